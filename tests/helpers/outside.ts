import { offeredPeer } from '../../src/features/federation/examples.ts';
import { describeNode } from '../../src/features/federation/node-pages.ts';
import { type Outbound, OutboundFailure, type OutboundRequest } from '../../src/platform/outbound.ts';
import { testKey } from './oauth.ts';

const node = /^https:\/\/leernetwerk\.[\w-]+\.example(?=\/)/;

/**
 * What is outside of a node that is tested in one process, where nothing is sent over a network: nodes like those of the
 * examples, each of which publishes a key and takes every message, and nothing else.
 */
export async function outsideWorld(): Promise<Outbound> {
  const { jwk } = await testKey('ES256', 'outside');
  const { name, oin } = offeredPeer;
  const answer = ({ method, url }: OutboundRequest) => {
    const [baseUrl] = node.exec(url) ?? [];
    if (baseUrl === undefined) throw new OutboundFailure('unresolvable');
    if (method !== 'GET') return { status: 202, body: '' };
    const isKeySet = url.endsWith('/.well-known/jwks.json');
    return { status: 200, body: JSON.stringify(isKeySet ? { keys: [jwk] } : describeNode({ name, oin, baseUrl })) };
  };
  return {
    send: async (request) => ({ ...answer(request), headers: {}, durationMs: 1 }),
    close: async () => undefined,
  };
}

import type { FastifyInstance } from 'fastify';
import type { Db } from '../../platform/db.ts';
import { sendPage } from '../../platform/html-page.ts';
import { canonicalUuid } from '../../platform/id.ts';
import { notFound } from '../../platform/problem.ts';
import { RateLimiter } from '../../platform/rate-limit.ts';
import { keySetMaxAge } from '../access/access.ts';
import { receiveDecision } from './deciding.ts';
import { maxMessageBytes } from './messages.ts';
import { messageIn, takeMessages } from './node-messages.ts';
import { receiveOffer } from './offering.ts';
import { descriptionPath, feedPath, movesPath, type NodeDescription, protocolVersion } from './peer-keys.ts';
import type { Peering } from './peering.ts';
import { policyPage } from './policy-page.ts';

/** What is needed to deal with other nodes; the limit holds for each address from which messages come. */
export type NodePagesDeps = { readonly db: Db; readonly peering: Peering; readonly rateLimitPerMinute?: number };

const policyPath = '/federation/policy';
const peeringsPath = '/federation/peerings';

/** What this node says of itself to other nodes. */
export const describeNode = ({ name, oin, baseUrl }: Pick<Peering, 'name' | 'oin' | 'baseUrl'>): NodeDescription => ({
  name,
  oin,
  baseUrl,
  protocolVersions: [protocolVersion],
  jwksUri: `${baseUrl}/.well-known/jwks.json`,
  policyUri: `${baseUrl}${policyPath}`,
  peeringsUri: `${baseUrl}${peeringsPath}`,
  feedUri: `${baseUrl}${feedPath}`,
  movesUri: `${baseUrl}${movesPath}`,
  receiptKeysUri: `${baseUrl}/.well-known/receipt-jwks.json`,
});

/** Mounts what other nodes read and send: the description of this node, its policy, and the peerings. */
export function federationPages(app: FastifyInstance, { db, peering, rateLimitPerMinute = 60 }: NodePagesDeps): void {
  const description = JSON.stringify(describeNode(peering));
  app.get(descriptionPath, async (_request, reply) =>
    reply.header('cache-control', `public, max-age=${keySetMaxAge}`).type('application/json').send(description),
  );
  app.get(policyPath, (request, reply) => sendPage(request, reply, policyPage));
  takeMessages(app, { maxBytes: maxMessageBytes, perMinute: rateLimitPerMinute, name: 'peering' }, (scope) => {
    // Whoever offers names an address that is looked at: so often, and no more often, whoever asks.
    const strangers = new RateLimiter({ quota: rateLimitPerMinute * 10, name: 'offers' });
    const options = (operationId: string) => ({ bodyLimit: maxMessageBytes, config: { operationId } });
    scope.post(peeringsPath, options('receivePeeringOffer'), async (request, reply) => {
      strangers.limit('all');
      await receiveOffer(db, peering, messageIn(request));
      return reply.code(202).send();
    });
    scope.post<{ Params: { peeringId: string } }>(
      `${peeringsPath}/:peeringId/decisions`,
      options('receivePeeringDecision'),
      async (request, reply) => {
        const { peeringId } = request.params;
        if (!canonicalUuid.test(peeringId)) throw notFound();
        await receiveDecision(db, peering, peeringId, messageIn(request));
        return reply.code(202).send();
      },
    );
  });
}

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { pino } from 'pino';
import type { Test } from 'tap';
import { buildApp } from '../../../src/app.ts';
import { fillDemoNetwork } from '../../../src/commands/demo-network.ts';
import { readConfig } from '../../../src/config.ts';
import { ensureAdministrator } from '../../../src/features/access/access.ts';
import { newPeer } from '../../../src/features/federation/examples.ts';
import { tellPeers } from '../../../src/features/federation/federation.ts';
import { messageTypes, signMessage } from '../../../src/features/federation/messages.ts';
import { describeNode } from '../../../src/features/federation/node-pages.ts';
import { withNamedIds } from '../../../src/platform/id.ts';
import { createOutbound } from '../../../src/platform/outbound.ts';
import { openPeeringOf } from '../../../src/sending.ts';
import { computingOf } from '../../helpers/computing.ts';
import { testDatabase } from '../../helpers/db.ts';
import { listen } from '../../helpers/endpoint.ts';
import { type Answered, administratorToken, newSecret, send } from '../../helpers/http.ts';
import { type TestKey, testKey } from '../../helpers/oauth.ts';
import { driverOf } from '../../helpers/statements.ts';

/** Settings that let a node send to this machine. */
const local = { OUTBOUND_ALLOW_HTTP: 'true', OUTBOUND_PRIVATE_RANGES: '["127.0.0.0/8"]' };

/** A whole node on a port of this machine, with a database of its own, and what its administrator and its worker do. */
export type RunningNode = Awaited<ReturnType<typeof startNode>>;

/** How a node of a test is set up: with the demo network, or known under another address than it listens on. */
export type NodeSetUp = { readonly demo?: boolean; readonly addressOf?: (port: number) => Promise<string> };

/** Starts a node; it ends with the test. */
export async function startNode(t: Test, name: string, { demo = false, addressOf }: NodeSetUp = {}) {
  const { db, owner } = await testDatabase(t);
  const secret = newSecret();
  const keySecret = Buffer.from(newSecret(), 'base64url');
  const ensure = () => ensureAdministrator(db, { nodeName: name, keySecret, secret });
  await (demo ? withNamedIds('node organisation', ensure) : ensure());
  // The port is part of the address that the node signs, so it is known before the node is built.
  const port = await freePort(t);
  const baseUrl = (await addressOf?.(port)) ?? `http://127.0.0.1:${port}`;
  if (demo) await fillDemoNetwork(db, keySecret, baseUrl);
  const config = readConfig({ ...local, NODE_NAME: name, BASE_URL: baseUrl, PORT: String(port) });
  const log = pino({ level: 'silent' });
  const deps = { config, baseUrl, db, sql: driverOf(db), secret: keySecret, computing: computingOf(db), log };
  const build = async () => {
    const app = await buildApp({ ...deps, check: true });
    await app.listen({ host: '127.0.0.1', port });
    return app;
  };
  let app: Awaited<ReturnType<typeof build>> | undefined = await build();
  t.teardown(() => app?.close());
  let token = await administratorToken(baseUrl, secret);
  const outbound = createOutbound({ privateRanges: ['127.0.0.0/8'], allowHttp: true });
  t.teardown(() => outbound.close());
  const ask = (method: string, path: string, body?: unknown): Promise<Answered> =>
    send(baseUrl, { method, path: `/v1${path}`, token, ...(body !== undefined && { body }) });
  return {
    db,
    owner,
    baseUrl,
    keySecret,
    /** How its worker deals with others. */
    peering: openPeeringOf(config, { db, secret: keySecret, outbound }),
    ask,
    /** The administrator's token. */
    bearer: () => administratorToken(baseUrl, secret),
    signIn: async () => {
      token = await administratorToken(baseUrl, secret);
    },
    /** A peering as it is shown here. */
    peer: async (id: string) => (await ask('GET', `/peers/${id}`)).json<PeerSeen>(),
    offer: (to: { readonly baseUrl: string }, change: object = {}) =>
      ask('POST', '/peers', { baseUrl: to.baseUrl, ...terms, ...change }),
    decide: (id: string, decision: string) => ask('PUT', `/peers/${id}/decision`, { decision }),
    end: (id: string, reason?: string) => ask('PUT', `/peers/${id}/ending`, { reason }),
    /** Tells others all that they were not told, as if its time had come, by a worker that was just started. */
    tell: async () => {
      await owner`update peer_messages set next_attempt_at = now() - interval '1 second' where told_at is null`;
      const peering = openPeeringOf(config, { db, secret: keySecret, outbound });
      while (await tellPeers(db, peering));
    },
    stop: async () => {
      await app?.close();
      app = undefined;
    },
    start: async () => {
      app = await build();
    },
  };
}

/** A peering as the interface shows it, as far as tests look at it. */
export type PeerSeen = {
  readonly id: string;
  readonly state: string;
  readonly live: boolean;
  readonly ourSignature: string | null;
  readonly theirSignature: string | null;
  readonly keyThumbprints: string[];
  readonly untold: { readonly kind: string; readonly lastError: string | null; readonly tries: number } | null;
  readonly [name: string]: unknown;
};

/** What is offered in tests. */
export const terms = {
  shares: ['organisations'],
  receives: ['organisations'],
  validUntil: newPeer.validUntil,
};

/** A port of this machine that nobody listens on. */
export async function freePort(t: Test): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  t.ok(port > 0);
  return port;
}

/** A node of which a test writes what it publishes and signs. */
export type Impostor = {
  readonly baseUrl: string;
  readonly key: TestKey;
  /** How often each path was asked for. */
  readonly asked: Map<string, number>;
  /** What it answers at a path; by default as a node does. */
  readonly pages: Map<string, (response: ServerResponse) => void>;
  /** Signs claims as this node. */
  sign(claims: object, typ?: string, key?: TestKey): Promise<string>;
};

/** Answers with JSON. */
export const json =
  (body: unknown, status = 200) =>
  (response: ServerResponse): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };

/** Starts a node of which a test writes what it publishes and signs. */
export async function startImpostor(t: Test): Promise<Impostor> {
  const key = await testKey('ES256');
  const asked = new Map<string, number>();
  const pages: Impostor['pages'] = new Map();
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const path = request.url ?? '';
    asked.set(path, (asked.get(path) ?? 0) + 1);
    await text(request);
    const page = pages.get(path);
    if (page !== undefined) page(response);
    else response.writeHead(request.method === 'POST' ? 202 : 404).end();
  };
  const port = await listen(t, createServer(answer));
  const baseUrl = `http://127.0.0.1:${port}`;
  pages.set('/.well-known/learning-network', json(describeNode({ name: 'Elders', oin: null, baseUrl })));
  pages.set('/.well-known/jwks.json', json({ keys: [key.jwk] }));
  return {
    ...{ baseUrl, key, asked, pages },
    sign: (claims, typ = messageTypes.offer, { privateKey, jwk } = key) =>
      signMessage(JSON.stringify(claims), typ, { kid: String(jwk.kid), privateKey }),
  };
}

/** Sends a message to a node as another does. */
export const sendMessage = (baseUrl: string, path: string, body: string, headers: Record<string, string> = {}) =>
  send(baseUrl, { method: 'POST', path, body, headers: { 'content-type': 'application/jwt', ...headers } });

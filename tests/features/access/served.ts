import { fastify, type InjectOptions, type LightMyRequestResponse } from 'fastify';
import { pino } from 'pino';
import type { Test } from 'tap';
import { ensureAdministrator, type FindPeer } from '../../../src/features/access/access.ts';
import type { TrustedIssuer } from '../../../src/features/access/issuers.ts';
import { accessRoutes, oauthRoutes } from '../../../src/features/access/routes.ts';
import { replaySaved } from '../../../src/features/events/events.ts';
import { createRoutes } from '../../../src/platform/contract.ts';
import type { Db } from '../../../src/platform/db.ts';
import { fastifyOptions, guardEdge } from '../../../src/platform/edge.ts';
import { Cursors } from '../../../src/platform/page.ts';
import type { Routes } from '../../../src/platform/route.ts';
import { testDatabase } from '../../helpers/db.ts';
import {
  assertionClaims,
  baseUrl,
  nodeSecret,
  registerClient,
  sign,
  testAccess,
  testKey,
} from '../../helpers/oauth.ts';
import { organisationWithCaller } from '../../helpers/people.ts';

/** The secret of the administrator's client of a served node. */
export const administratorSecret = 'samendoen_secret_of-the-administrator-in-tests';

/** The type of assertion that a client sends (RFC 7523). */
export const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

type Options = {
  readonly trustedIssuers?: readonly TrustedIssuer[];
  readonly peers?: FindPeer;
  /** Mounts more beside what the node serves of access. */
  readonly mount?: (routes: Routes, db: Db) => void;
  /** Token requests per minute, client and address. */
  readonly tokenQuota?: number;
};

/** Access behind the real edge and contract, with its administrator, a client, and all that it logs at level trace. */
export async function servedNode(
  t: Pick<Test, 'teardown'>,
  { trustedIssuers = [], tokenQuota = 100_000, peers, mount }: Options = {},
) {
  const lines: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
  const database = await testDatabase(t);
  const { db } = database;
  const access = await testAccess(t, database, trustedIssuers, log, peers);
  await ensureAdministrator(db, { nodeName: 'Samendoen', keySecret: nodeSecret, secret: administratorSecret });
  const key = await testKey('ES256');
  const { id: organisationId } = await organisationWithCaller(db, 'Gemeente Lindeveen');
  const client = await registerClient(database, organisationId, [key.jwk]);

  const app = fastify(fastifyOptions({ baseUrl, version: '1.0.0', log }));
  guardEdge(app, { baseUrl, version: '1.0.0' });
  const routes = createRoutes(app, {
    authenticate: access.authenticate,
    cursors: new Cursors(Buffer.alloc(32, 7)),
    baseUrl,
    replay: (context) => replaySaved(db, context),
    rateLimitPerMinute: 1_000_000,
    check: true,
  });
  accessRoutes(routes, { db, secret: nodeSecret, access });
  mount?.(routes, db);
  oauthRoutes(app, { access, receiptKeys: async () => ({ keys: [] }), rateLimitPerMinute: tokenQuota });
  await app.ready();
  t.teardown(() => app.close());

  const inject = (options: InjectOptions): Promise<LightMyRequestResponse> =>
    app.inject({ ...options, headers: { host: 'node.example', ...options.headers } });

  /** Asks the token endpoint with a form; a member that is undefined is left out. */
  const askToken = (form: Readonly<Record<string, string | undefined>> | string, more: InjectOptions = {}) => {
    const given = typeof form === 'string' ? form : Object.entries({ grant_type: 'client_credentials', ...form });
    const payload =
      typeof given === 'string'
        ? given
        : new URLSearchParams(given.filter((entry): entry is [string, string] => entry[1] !== undefined)).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded', ...more.headers };
    return inject({ method: 'POST', url: '/oauth/token', payload, ...more, headers });
  };

  /** The form of a client that proves itself with an assertion. */
  const asClient = async (claims: Record<string, unknown> = {}, by = { clientId: client.clientId, key }) => ({
    client_assertion_type: assertionType,
    client_assertion: await sign(by.key, assertionClaims(by.clientId, claims)),
  });

  /** Sends a request with a token; a body is JSON unless the headers say otherwise. */
  const send = (
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    url: string,
    { token, body, headers }: { token?: string; body?: unknown; headers?: Record<string, string> } = {},
  ) =>
    inject({
      method,
      url,
      ...(body !== undefined && { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && {
          'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
        }),
        ...headers,
      },
    });

  /** A token of the administrator's client. */
  const administratorToken = async (scope?: string): Promise<string> => {
    const answer = await askToken({ client_id: 'administrator', client_secret: administratorSecret, scope });
    return String(answer.json().access_token);
  };

  return {
    ...database,
    access,
    app,
    routes,
    lines,
    log,
    key,
    organisationId,
    client,
    inject,
    askToken,
    asClient,
    send,
    administratorToken,
  };
}

/** A node that is served for a test. */
export type ServedNode = Awaited<ReturnType<typeof servedNode>>;

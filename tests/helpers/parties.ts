import type { FastifyInstance } from 'fastify';
import { type Scope, scopes } from '../../src/platform/caller.ts';
import type { TestDatabase } from './db.ts';
import { administratorSecret } from './demo.ts';
import { assertionClaims, registerClient, sign, testKey } from './oauth.ts';

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

async function tokenBy(
  app: FastifyInstance,
  form: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<string> {
  const response = await app.inject({
    method: 'POST',
    url: '/oauth/token',
    headers: { host: 'node.example', 'content-type': 'application/x-www-form-urlencoded', ...headers },
    payload: new URLSearchParams({ grant_type: 'client_credentials', ...form }).toString(),
  });
  const token = (response.json() as { access_token?: string }).access_token;
  if (token === undefined) throw new Error(`no token: ${response.body}`);
  return token;
}

/** An access token of the administrator's client for these scopes alone. */
export const administratorTokenFor = (app: FastifyInstance, asked: readonly string[]): Promise<string> =>
  tokenBy(
    app,
    { scope: asked.join(' ') },
    { authorization: `Basic ${Buffer.from(`administrator:${administratorSecret}`).toString('base64')}` },
  );

/** The client of a party: its identifier and a token that it got with its own key. */
export type Party = { readonly id: string; readonly token: string };

/** Registers a client of an organisation with a new key, and gets its token with an assertion that the key signs. */
export async function registerParty(
  { app, db }: Pick<TestDatabase, 'db'> & { app: FastifyInstance },
  organisationId: string,
  granted: readonly Scope[] = scopes,
  fields: { administrator?: boolean } = {},
): Promise<Party> {
  const key = await testKey('ES256');
  const { id, clientId } = await registerClient({ db }, organisationId, [key.jwk], [...granted], fields);
  const assertion = await sign(key, assertionClaims(clientId));
  return { id, token: await tokenBy(app, { client_assertion_type: assertionType, client_assertion: assertion }) };
}

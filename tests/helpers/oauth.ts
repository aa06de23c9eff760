import { createHmac, KeyObject, randomUUID, constants as rsa, sign as signBytes } from 'node:crypto';
import type { FastifyBaseLogger } from 'fastify';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import type { Test } from 'tap';
import { type Access, type FindPeer, openAccess } from '../../src/features/access/access.ts';
import { createClient } from '../../src/features/access/clients.ts';
import type { TrustedIssuer } from '../../src/features/access/issuers.ts';
import { openKeyRing } from '../../src/features/access/keys.ts';
import type { Scope } from '../../src/platform/caller.ts';
import type { Db } from '../../src/platform/db.ts';
import { type TestDatabase, testDatabase } from './db.ts';
import { administrator, context, organisationWithCaller } from './people.ts';

/** The address of the node under test. */
export const baseUrl = 'https://node.example';

/** The secret of the node under test. */
export const nodeSecret = Buffer.alloc(32, 7);

/** A key pair of a client or an issuer, with its public half as a JSON Web Key. */
export type TestKey = { readonly privateKey: CryptoKey; readonly jwk: JWK; readonly alg: string };

/** Makes a key pair for an algorithm. */
export async function testKey(alg: string, kid: string = randomUUID()): Promise<TestKey> {
  const pair = await generateKeyPair(alg, { extractable: true, modulusLength: 2048 });
  return { privateKey: pair.privateKey, jwk: { ...(await exportJWK(pair.publicKey)), kid, alg }, alg };
}

/** The key with which a node signs now, as if it had leaked. */
export async function leakedKey(db: Db): Promise<TestKey> {
  const { kid, privateKey } = await openKeyRing(db, nodeSecret).current();
  return { privateKey, jwk: { kid }, alg: 'ES256' };
}

/** Opens access on a database; closed when the test ends. */
export async function testAccess(
  t: Pick<Test, 'teardown'>,
  { db, sql }: Pick<TestDatabase, 'db' | 'sql'>,
  trustedIssuers: readonly TrustedIssuer[] = [],
  log: Pick<FastifyBaseLogger, 'warn'> = { warn: () => undefined },
  peers: FindPeer = async () => undefined,
): Promise<Access> {
  const access = await openAccess(db, sql, { baseUrl, keySecret: nodeSecret, trustedIssuers, peers, log });
  t.teardown(() => access.close());
  return access;
}

/** A node with access, an organisation, and a client of it with a key for ES256. */
export async function testNode(
  t: Pick<Test, 'teardown'>,
  trustedIssuers: readonly TrustedIssuer[] = [],
  peers?: FindPeer,
) {
  const database = await testDatabase(t);
  const access = await testAccess(t, database, trustedIssuers, undefined, peers);
  const key = await testKey('ES256');
  const { id: organisationId } = await organisationWithCaller(database.db, 'Gemeente Lindeveen');
  const client = await registerClient(database, organisationId, [key.jwk]);
  return { ...database, access, key, organisationId, client };
}

/** Registers a client with these keys; answers its identifier and its `client_id`. */
export async function registerClient(
  { db }: Pick<TestDatabase, 'db'>,
  organisationId: string,
  keys: readonly JWK[],
  scopes: Scope[] = ['organisations:read', 'alliances:read'],
  fields: { administrator?: boolean } = {},
): Promise<{ id: string; clientId: string; version: number }> {
  const input = {
    name: 'A system',
    organisationId,
    scopes,
    jwks: { keys: keys as { kty: 'EC' }[] },
    administrator: fields.administrator ?? false,
  };
  const { body, version } = await createClient(db, context(administrator), input);
  return { id: body.id, clientId: body.clientId, version: version ?? 0 };
}

/** Now, in whole seconds. */
export const seconds = () => Math.floor(Date.now() / 1000);

/** Claims of a good assertion, with some changed; undefined takes one away. */
export const assertionClaims = (clientId: string, change: Record<string, unknown> = {}) => ({
  iss: clientId,
  sub: clientId,
  aud: `${baseUrl}/oauth/token`,
  iat: seconds(),
  exp: seconds() + 60,
  jti: randomUUID(),
  ...change,
});

/** Claims of a good access token of this node for a client, with some changed; undefined takes one away. */
export const tokenClaims = (clientId: string, change: Record<string, unknown> = {}) => ({
  iss: baseUrl,
  sub: clientId,
  client_id: clientId,
  azp: clientId,
  aud: baseUrl,
  scope: 'organisations:read',
  iat: seconds(),
  exp: seconds() + 600,
  jti: randomUUID(),
  ...change,
});

/** Signs claims with a key; members of the header can be changed or taken away. */
export function sign(
  key: TestKey,
  claims: Record<string, unknown>,
  header: Record<string, unknown> = {},
): Promise<string> {
  const given = { alg: key.alg, kid: key.jwk.kid, ...header };
  const kept = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return new SignJWT(claims).setProtectedHeader(kept as { alg: string }).sign(key.privateKey);
}

/** A part of a token: text as it is, anything else as JSON. */
export const encodePart = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** What a part of a token says. */
export const decodePart = (token: string, part: 0 | 1) =>
  JSON.parse(Buffer.from(token.split('.')[part] ?? '', 'base64url').toString()) as Record<string, unknown>;

const signers: Readonly<Record<string, (input: Buffer, key: KeyObject) => Buffer>> = {
  ES256: (input, key) => signBytes('sha256', input, { key, dsaEncoding: 'ieee-p1363' }),
  RS256: (input, key) => signBytes('sha256', input, key),
  PS256: (input, key) =>
    signBytes('sha256', input, {
      key,
      padding: rsa.RSA_PKCS1_PSS_PADDING,
      saltLength: rsa.RSA_PSS_SALTLEN_DIGEST,
    }),
  EdDSA: (input, key) => signBytes(null, input, key),
};

/** Signs any header over any payload, each JSON or text, whatever the header says: what a library would refuse. */
export function forge(key: Pick<TestKey, 'privateKey' | 'alg'>, header: unknown, payload: unknown): string {
  const input = `${encodePart(header)}.${encodePart(payload)}`;
  const signature = signers[key.alg]?.(Buffer.from(input), KeyObject.from(key.privateKey));
  if (signature === undefined) throw new Error(`there is no signer for ${key.alg}`);
  return `${input}.${signature.toString('base64url')}`;
}

/** A token with HMAC-SHA-256 under any text as the secret. */
export function forgeHmac(secret: string, header: unknown, payload: unknown): string {
  const input = `${encodePart(header)}.${encodePart(payload)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

/** Gets an access token for a client by an assertion; throws when it is refused. */
export async function tokenOf(access: Access, clientId: string, key: TestKey, scope?: string): Promise<string> {
  const assertion = await sign(key, assertionClaims(clientId));
  const result = await access.grantToken({ method: 'assertion', assertion }, { scope });
  if ('refused' in result) throw new Error(result.refused);
  return result.token;
}

/** Repeats an attempt until it is refused, for a notice to cross the database; answers the refusal, or undefined. */
export async function refusalOf(attempt: () => Promise<unknown>): Promise<unknown> {
  const until = Date.now() + 20_000;
  while (Date.now() < until) {
    const refusal = await attempt().then(
      () => undefined,
      (error: unknown) => error,
    );
    if (refusal !== undefined) return refusal;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return undefined;
}

import { eq, lt, sql } from 'drizzle-orm';
import { importJWK, type JWK, jwtVerify } from 'jose';
import type { Db } from '../../platform/db.ts';
import { prepared } from '../../platform/prepared.ts';
import { readCompact, type Unverified } from './jwt.ts';
import { areAssertionClaims, isAssertionHeader, isName } from './rules.ts';
import { matchesSecret } from './secrets.ts';
import { clientKeys, clientSecrets, clients, usedAssertions } from './tables.ts';

/** How a client proves who it is: by a signed assertion, or by its secret. */
export type Credentials =
  | { readonly method: 'assertion'; readonly assertion: string; readonly clientId?: string | undefined }
  | { readonly method: 'secret'; readonly secret: string; readonly clientId: string };

/** A client that proved who it is. */
export type AuthenticatedClient = {
  readonly clientId: string;
  readonly organisationId: string;
  readonly administrator: boolean;
  readonly scopes: readonly string[];
  /** Tokens issued up to this instant are refused. */
  readonly tokensRefusedUntil: Date | null;
};

type Known = AuthenticatedClient & {
  readonly disabledAt: Date | null;
  readonly keys: readonly { kid: string; alg: string; jwk: JWK }[];
  readonly digests: readonly string[];
};

// A used assertion is kept for longer than any machine, its clock being off by a minute, would still accept it.
const marginSeconds = 120;

async function findKnown(db: Db, clientId: string): Promise<Known | undefined> {
  const query = prepared(db, 'findAuthenticatingClient', () =>
    db
      .select({
        clientId: clients.clientId,
        organisationId: clients.organisationId,
        administrator: clients.administrator,
        scopes: clients.scopes,
        disabledAt: clients.disabledAt,
        tokensRefusedUntil: clients.tokensRefusedUntil,
        keys: sql<Known['keys']>`(
          select coalesce(json_agg(json_build_object('kid', k.kid, 'alg', k.alg, 'jwk', k.jwk)), '[]'::json)
          from ${clientKeys} k
          where k.client_id = ${clients}.id and (k.expires_at is null or k.expires_at > now()))`,
        digests: sql<Known['digests']>`(
          select coalesce(json_agg(encode(s.digest, 'hex')), '[]'::json)
          from ${clientSecrets} s
          where s.client_id = ${clients}.id and (s.expires_at is null or s.expires_at > now()))`,
      })
      .from(clients)
      .where(eq(clients.clientId, sql.placeholder('clientId'))),
  );
  const [known] = await query.execute({ clientId });
  return known;
}

/** The `client_id` that the credentials speak of, before anything is proved; undefined when they name none. */
export function claimedClient(credentials: Credentials): string | undefined {
  const claimed =
    credentials.method === 'secret' ? credentials.clientId : readCompact(credentials.assertion)?.payload.sub;
  return isName(claimed) ? claimed : undefined;
}

/** The client of a `client_id`, as callers are named, also where it is disabled. Undefined when there is none. */
export async function clientNamed(
  db: Db,
  clientId: string,
): Promise<{ readonly clientId: string; readonly organisationId: string } | undefined> {
  const [known] = await db
    .select({ clientId: clients.id, organisationId: clients.organisationId })
    .from(clients)
    .where(eq(clients.clientId, clientId));
  return known;
}

/**
 * The client that the credentials prove, or undefined: without a difference between an unknown client, a disabled one
 * and wrong credentials. An assertion is used up by this, once in the whole node, after its signature was verified.
 */
export async function authenticateClient(
  db: Db,
  credentials: Credentials,
  { nodeSecret, audiences }: { readonly nodeSecret: Buffer; readonly audiences: readonly string[] },
): Promise<AuthenticatedClient | undefined> {
  const clientId = claimedClient(credentials);
  if (clientId === undefined) return undefined;
  const known = await findKnown(db, clientId);
  if (credentials.method === 'secret') {
    const digests = (known?.digests ?? []).map((digest) => Buffer.from(digest, 'hex'));
    const matches = matchesSecret(nodeSecret, credentials.secret, digests);
    return matches && known !== undefined && known.disabledAt === null ? known : undefined;
  }
  if (credentials.clientId !== undefined && credentials.clientId !== clientId) return undefined;
  if (known === undefined || known.disabledAt !== null) return undefined;
  return (await isFreshAssertion(db, credentials.assertion, known, audiences)) ? known : undefined;
}

async function isFreshAssertion(
  db: Db,
  assertion: string,
  known: Known,
  audiences: readonly string[],
): Promise<boolean> {
  const unverified = readCompact(assertion);
  if (unverified === undefined || !isAssertionHeader(unverified)) return false;
  const key = chooseKey(known.keys, unverified.header);
  if (key === undefined || !(await isSignedBy(assertion, key))) return false;
  const now = Date.now() / 1000;
  if (!areAssertionClaims(unverified.payload, { clientId: known.clientId, audiences, now })) return false;
  const { jti, exp } = unverified.payload;
  return useOnce(db, { issuer: known.clientId, jti: String(jti), exp: Number(exp) });
}

// By its identifier; without one only when the client has a single key. Never by what the assertion brings along.
function chooseKey(keys: Known['keys'], { kid }: Unverified['header']): Known['keys'][number] | undefined {
  if (kid === undefined) return keys.length === 1 ? keys[0] : undefined;
  return keys.find((key) => key.kid === kid);
}

async function isSignedBy(assertion: string, { alg, jwk }: Known['keys'][number]): Promise<boolean> {
  const algorithms = alg === 'EdDSA' ? ['EdDSA', 'Ed25519'] : [alg];
  try {
    await jwtVerify(assertion, await importJWK(jwk, alg), { algorithms, clockTolerance: 5 });
    return true;
  } catch {
    return false;
  }
}

/**
 * Uses up a message that its issuer signed, once in the whole node; answers false where it was used before. `exp` is when
 * it runs out, in seconds. Called after its signature was verified, so that nobody else uses it up.
 */
export async function useOnce(
  db: Db,
  { issuer, jti, exp }: { readonly issuer: string; readonly jti: string; readonly exp: number },
): Promise<boolean> {
  const expiresAt = new Date((exp + marginSeconds) * 1000);
  const [used] = await db
    .insert(usedAssertions)
    .values({ issuer, jti, expiresAt })
    .onConflictDoNothing()
    .returning({ jti: usedAssertions.jti });
  return used !== undefined;
}

/** Forgets the used assertions that would be refused for their age anyway; answers how many. */
export async function removeExpiredAssertions(db: Db, limit = 10_000): Promise<number> {
  const { issuer, jti, expiresAt } = usedAssertions;
  const old = db.select({ issuer, jti }).from(usedAssertions).where(lt(expiresAt, new Date())).limit(limit);
  const removed = await db.delete(usedAssertions).where(sql`(${issuer}, ${jti}) in ${old}`).returning({ jti });
  return removed.length;
}

import { hash, randomUUID } from 'node:crypto';
import { eq, getTableColumns, sql } from 'drizzle-orm';
import { errors, type JWTVerifyGetKey, jwtVerify, SignJWT } from 'jose';
import { LRUCache } from 'lru-cache';
import type { Caller, OneRequest, Scope } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { prepared } from '../../platform/prepared.ts';
import { Problem } from '../../platform/problem.ts';
import { organisations } from '../organisations/tables.ts';
import { issuerKeys, outsideCaller, type TrustedIssuer } from './issuers.ts';
import { readCompact, type Unverified } from './jwt.ts';
import { type KeyRing, signingAlgorithm } from './keys.ts';
import { type FindPeer, type PeerIssuer, verifyPeerToken } from './peers.ts';
import { clockTolerance, effectiveScopes, isName, isWithinLife, maxTokenLife } from './rules.ts';
import { clients } from './tables.ts';

const keepMs = 60_000;
const keptTokens = 10_000;
const realm = 'Bearer realm="samendoen"';
const outsideAlgorithms = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'];

/** Who was found behind a token, and until when in milliseconds that may be kept; 0 where it is found out each time. */
type Verified = { readonly caller: Caller; readonly expiresAt: number };

/** Verifies access tokens: those of this node, of trusted issuers, and of peers. */
export type TokenVerifier = {
  /** The caller behind an Authorization header. Throws unauthenticated, invalid_token, and unavailable. */
  authenticate(authorization: string | undefined): Promise<Caller>;
  /** Looks at the tokens of one client, or at all, anew at their next use. */
  forget(clientId?: string): void;
};

const refused = (cause?: unknown) =>
  new Problem('invalid_token', {
    headers: {
      'www-authenticate': `${realm}, error="invalid_token", error_description="The access token is not valid"`,
    },
    cause,
  });

const bearer = /^Bearer +([A-Za-z0-9_.-]+)$/i;

function tokenOf(authorization: string | undefined): string {
  if (authorization === undefined || !/^Bearer(?: |$)/i.test(authorization)) {
    throw new Problem('unauthenticated', { headers: { 'www-authenticate': realm } });
  }
  const token = bearer.exec(authorization)?.[1];
  if (token === undefined) throw refused();
  return token;
}

/**
 * Opens the verifier; a verified token is kept for a minute at most, and never beyond its own end. That of a peer is not
 * kept: the peering, the key and the home of the organisation are looked at for each request.
 */
export function openVerifier(
  db: Db,
  ring: KeyRing,
  {
    baseUrl,
    trustedIssuers,
    peers,
  }: { readonly baseUrl: string; readonly trustedIssuers: readonly TrustedIssuer[]; readonly peers: FindPeer },
): TokenVerifier {
  const verified = new LRUCache<string, Verified>({ max: keptTokens });
  const outside = new Map(trustedIssuers.map((trusted) => [trusted.issuer, { trusted, keys: issuerKeys(trusted) }]));
  if (outside.has(baseUrl)) throw new Error('this node cannot be its own trusted issuer');
  if (outside.size < trustedIssuers.length) throw new Error('a trusted issuer is given twice');
  let notices = 0;

  const ownKey: JWTVerifyGetKey = async ({ kid }) => {
    const key = typeof kid === 'string' && kid.length <= 64 ? await ring.find(kid) : undefined;
    if (key === undefined) throw new errors.JWKSNoMatchingKey();
    return key;
  };
  const verify = async (token: string): Promise<Verified> => {
    const unverified = readCompact(token);
    if (unverified === undefined || 'crit' in unverified.header) throw refused();
    const issuer = unverified.payload.iss;
    if (issuer === baseUrl) return verifyOwn(db, token, unverified, ownKey, baseUrl);
    if (!isName(issuer)) throw refused();
    const known = outside.get(issuer);
    if (known !== undefined) return verifyOutside(db, token, unverified, known.keys, known.trusted);
    const caller = await callerAtPeer(issuer, { token, unverified });
    if (caller === undefined) throw refused();
    return { caller, expiresAt: 0 };
  };
  const callerAtPeer = async (issuer: string, given: { token: string; unverified: Unverified }) => {
    const peer = await peers(issuer);
    if (peer === undefined) return undefined;
    const keys = toldApart(peer.keys, 'the keys of a peer could not be read');
    return verifyPeerToken(db, given, { id: peer.id, issuer, baseUrl, keys });
  };

  return {
    authenticate: async (authorization) => {
      // By the header as it came: one that was met before need not be read again.
      const name = hash('sha256', authorization ?? '', 'base64');
      const known = verified.get(name);
      if (known !== undefined && known.expiresAt > Date.now()) return known.caller;
      const token = tokenOf(authorization);
      const before = notices;
      const found = await verify(token).catch(toProblem);
      // What was read before a notice may be what the notice is about.
      if (notices === before && found.expiresAt > 0)
        verified.set(name, found, { ttl: Math.max(1, Math.min(keepMs, found.expiresAt - Date.now())) });
      return found.caller;
    },
    forget: (clientId) => {
      notices++;
      if (clientId === undefined) verified.clear();
      else for (const [name, { caller }] of verified.entries()) if (caller.clientId === clientId) verified.delete(name);
    },
  };
}

function toProblem(error: unknown): never {
  if (error instanceof Problem) {
    throw error.code === 'invalid_token' ? refused(error) : error;
  }
  if (error instanceof KeySetError) {
    throw new Problem('unavailable', { headers: { 'retry-after': '10' }, cause: error });
  }
  if (error instanceof errors.JOSEError) throw refused(error);
  throw error;
}

class KeySetError extends Error {}

// What a key set says of a token; any other error is that of the key set, or of the way to it.
const tokenFaults = [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSENotSupported];

/** Keys of others, of which it is told whether they do not fit the token or could not be read. */
const toldApart =
  (keys: PeerIssuer['keys'], message: string): JWTVerifyGetKey =>
  async (header, jws) => {
    try {
      return await keys(header, jws);
    } catch (error) {
      if (tokenFaults.some((kind) => error instanceof kind)) throw error;
      throw new KeySetError(message, { cause: error });
    }
  };

const commonOptions = { clockTolerance, maxTokenAge: maxTokenLife };

async function verifyOwn(
  db: Db,
  token: string,
  { payload }: Unverified,
  key: JWTVerifyGetKey,
  baseUrl: string,
): Promise<Verified> {
  await jwtVerify(token, key, {
    ...commonOptions,
    issuer: baseUrl,
    audience: baseUrl,
    algorithms: [signingAlgorithm],
    typ: 'at+jwt',
    requiredClaims: ['exp', 'iat', 'jti', 'sub', 'client_id', 'azp'],
  });
  const now = Date.now() / 1000;
  const { client_id: clientId, sub, azp, aud, iat, exp, jti } = payload;
  if (aud !== baseUrl || typeof jti !== 'string' || !isWithinLife(payload, maxTokenLife, now)) throw refused();
  if (!isName(clientId) || sub !== clientId || azp !== clientId) throw refused();
  const client = await findClient(db, clientId);
  if (client === undefined || client.disabledAt !== null) throw refused();
  if (client.tokensRefusedUntil !== null && Number(iat) * 1000 <= client.tokensRefusedUntil.getTime()) throw refused();
  const caller: Caller = {
    clientId: client.id,
    clientName: client.name,
    // Whoever keeps this node for an organisation that moved away keeps it on, and acts for nobody: another node vouches.
    organisationId: client.administrator && client.home !== null ? null : client.organisationId,
    scopes: effectiveScopes(payload.scope, client.scopes as Scope[]),
    administrator: client.administrator,
    ownClient: client.clientId,
  };
  return { caller, expiresAt: Number(exp) * 1000 };
}

type TokenClient = typeof clients.$inferSelect & { readonly home: string | null };

async function findClient(db: Db, clientId: string): Promise<TokenClient | undefined> {
  const query = prepared(db, 'findTokenClient', () =>
    db
      .select({ ...getTableColumns(clients), home: organisations.home })
      .from(clients)
      .innerJoin(organisations, eq(organisations.id, clients.organisationId))
      .where(eq(clients.clientId, sql.placeholder('clientId'))),
  );
  const [client] = await query.execute({ clientId });
  return client;
}

async function verifyOutside(
  db: Db,
  token: string,
  { payload }: Unverified,
  keys: JWTVerifyGetKey,
  trusted: TrustedIssuer,
): Promise<Verified> {
  const typ = trusted.typ ?? 'at+jwt';
  const key = toldApart(keys, 'the key set of a trusted issuer could not be read');
  await jwtVerify(token, key, {
    ...commonOptions,
    issuer: trusted.issuer,
    audience: trusted.audience,
    algorithms: outsideAlgorithms,
    typ,
    requiredClaims: typ === 'at+jwt' ? ['exp', 'iat', 'jti', 'sub', 'client_id'] : ['exp', 'iat', 'sub'],
  }).catch((error: unknown) => {
    // The library throws errors of other kinds too, as for a key that is too weak.
    throw error instanceof KeySetError ? error : refused(error);
  });
  const audiences = Array.isArray(payload.aud) ? payload.aud : [payload.aud];
  if (audiences.length !== 1 || audiences[0] !== trusted.audience) throw refused();
  if (!isName(payload.sub)) throw refused();
  if (!isWithinLife(payload, maxTokenLife, Date.now() / 1000)) throw refused();
  return { caller: await outsideCaller(db, trusted, payload), expiresAt: Number(payload.exp) * 1000 };
}

/** What makes a token one for a peer: the peer, on whose behalf, and the one request that it is for. */
export type PeerToken = {
  readonly peer: string;
  readonly organisationId: string;
  readonly for?: OneRequest | undefined;
};

/**
 * Issues an access token (RFC 9068) to a client, for `lifeSeconds`; with `at`, for a peer and on behalf of an
 * organisation that is homed here, with `for` for one request alone (`htm` and `htu`, as in RFC 9449). Its time of issue lies after `refusedUntil`, by a
 * second at most ahead of the clock, so that it is not taken for one of those that are refused.
 */
export async function issueToken(
  ring: KeyRing,
  token: {
    readonly baseUrl: string;
    readonly clientId: string;
    readonly scopes: readonly string[];
    readonly lifeSeconds: number;
    readonly refusedUntil?: Date | null;
    readonly at?: PeerToken | undefined;
  },
): Promise<string> {
  const { kid, privateKey } = await ring.current();
  const afterRefused = Math.floor((token.refusedUntil?.getTime() ?? 0) / 1000) + 1;
  const now = Math.max(Math.floor(Date.now() / 1000), afterRefused);
  const { at, clientId } = token;
  const claims = { client_id: clientId, azp: clientId, scope: token.scopes.join(' ') };
  const one = at?.for && { htm: at.for.method, htu: `${at.peer}${at.for.address}` };
  return new SignJWT(at === undefined ? claims : { ...claims, organisation_id: at.organisationId, ...one })
    .setProtectedHeader({ alg: signingAlgorithm, typ: 'at+jwt', kid })
    .setIssuer(token.baseUrl)
    .setSubject(clientId)
    .setAudience(at?.peer ?? token.baseUrl)
    .setIssuedAt(now)
    .setExpirationTime(now + token.lifeSeconds)
    .setJti(randomUUID())
    .sign(privateKey);
}

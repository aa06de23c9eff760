import { and, eq, gt, isNull, lte, or, sql } from 'drizzle-orm';
import { createLocalJWKSet, createRemoteJWKSet, customFetch, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { type Caller, scopes } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { Problem } from '../../platform/problem.ts';
import { identifierSchemes, normaliseIdentifier } from '../organisations/identifiers.ts';
import { organisationIdentifiers, organisations } from '../organisations/tables.ts';
import { effectiveScopes, isName } from './rules.ts';

/** An issuer of access tokens outside this node, trusted by configuration alone. */
export type TrustedIssuer = {
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUri?: string | undefined;
  readonly jwks?: { readonly keys: readonly Record<string, unknown>[] } | undefined;
  /** The claim that names the organisation: its identifier here, or an official one as `scheme:value`. */
  readonly organisationClaim?: string | undefined;
  readonly scopeClaim: string;
  readonly administratorClaim?: string | undefined;
  readonly administratorValue?: string | undefined;
  /** The `typ` of its access tokens; `at+jwt` (RFC 9068) unless the issuer cannot. */
  readonly typ?: 'at+jwt' | 'JWT' | undefined;
};

/** How long a published key set is kept, and how soon it is asked for again; in milliseconds. */
export type KeySetTimes = {
  readonly maxAgeMs: number;
  /** Pause before an unknown key makes the set be read again. */
  readonly cooldownMs: number;
  /** Pause after a reading that failed. */
  readonly restMs: number;
  readonly timeoutMs: number;
};

const keySetTimes: KeySetTimes = { maxAgeMs: 600_000, cooldownMs: 30_000, restMs: 10_000, timeoutMs: 5_000 };
const maxKeySetBytes = 1_048_576;

/** The keys of an outside issuer: those given, or those that it publishes, asked for at most twice a minute. */
export function issuerKeys({ issuer, jwks, jwksUri }: TrustedIssuer, times = keySetTimes): JWTVerifyGetKey {
  if (jwks !== undefined) {
    const keys = createLocalJWKSet(jwks as unknown as JSONWebKeySet);
    if (jwks.keys.some((key) => 'd' in key || 'k' in key))
      throw new Error(`the keys of the trusted issuer ${issuer} must be public ones`);
    return keys;
  }
  if (jwksUri === undefined) throw new Error(`the trusted issuer ${issuer} needs jwksUri or jwks`);
  const url = new URL(jwksUri);
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url.protocol !== 'https:' && !local) throw new Error(`the key set of the trusted issuer ${issuer} needs https`);
  const keys = createRemoteJWKSet(url, {
    cooldownDuration: times.cooldownMs,
    cacheMaxAge: times.maxAgeMs,
    timeoutDuration: times.timeoutMs,
    [customFetch]: restingAfterFailure(times.restMs),
  });
  return (header, token) => keys(header, token);
}

/** Reads a key set; once that failed, fails at once for a while, so that an issuer is not asked for every request. */
function restingAfterFailure(restMs: number): (url: string, options: RequestInit) => Promise<Response> {
  let restsUntil = 0;
  return async (url, options) => {
    if (Date.now() < restsUntil) throw new Error('the key set could not be read a moment ago');
    try {
      return Response.json(await readKeySet(await fetch(url, options)));
    } catch (error) {
      restsUntil = Date.now() + restMs;
      throw error;
    }
  };
}

async function readKeySet(response: Response): Promise<object> {
  if (response.status !== 200) throw new Error(`the key set was answered with ${response.status}`);
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of response.body ?? []) {
    size += piece.length;
    if (size > maxKeySetBytes) throw new Error('the key set is too large');
    pieces.push(piece);
  }
  const read: unknown = JSON.parse(Buffer.concat(pieces).toString('utf8'));
  createLocalJWKSet(read as JSONWebKeySet);
  return read as object;
}

/** The caller behind a verified token of an outside issuer. Throws invalid_token when it names an unknown organisation. */
export async function outsideCaller(
  db: Db,
  trusted: TrustedIssuer,
  claims: Readonly<Record<string, unknown>>,
): Promise<Caller> {
  const names = [claims.name, claims.client_id, claims.azp, claims.sub];
  const name = names.find((given): given is string => typeof given === 'string' && given !== '');
  return {
    clientId: `${trusted.issuer}|${String(claims.sub)}`,
    clientName: name?.slice(0, 200) ?? '',
    organisationId: await claimedOrganisation(db, trusted, claims),
    scopes: effectiveScopes(claims[trusted.scopeClaim], scopes),
    administrator: isAdministrator(trusted, claims),
  };
}

function isAdministrator(
  { administratorClaim, administratorValue }: TrustedIssuer,
  claims: Readonly<Record<string, unknown>>,
): boolean {
  if (administratorClaim === undefined) return false;
  const claim = claims[administratorClaim];
  if (administratorValue === undefined) return claim === true;
  return Array.isArray(claim) ? claim.includes(administratorValue) : claim === administratorValue;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

async function claimedOrganisation(
  db: Db,
  trusted: TrustedIssuer,
  claims: Readonly<Record<string, unknown>>,
): Promise<string | null> {
  const claim = trusted.organisationClaim === undefined ? undefined : claims[trusted.organisationClaim];
  if (claim === undefined) return null;
  const found = isName(claim) ? await findOrganisations(db, claim) : [];
  const [organisation, ...others] = found;
  if (organisation === undefined || others.length > 0) throw new Problem('invalid_token');
  return organisation.id;
}

async function findOrganisations(db: Db, claim: string): Promise<{ id: string }[]> {
  if (uuid.test(claim))
    return db.select({ id: organisations.id }).from(organisations).where(eq(organisations.id, claim));
  const colon = claim.indexOf(':');
  const name = claim.slice(0, colon).toLowerCase();
  const scheme = identifierSchemes.find((known) => known === name);
  if (scheme === undefined) return [];
  const { organisationId, value, validFrom, validUntil } = organisationIdentifiers;
  const today = sql`current_date`;
  return db
    .selectDistinct({ id: organisationId })
    .from(organisationIdentifiers)
    .where(
      and(
        eq(organisationIdentifiers.scheme, scheme),
        eq(value, normaliseIdentifier(scheme, claim.slice(colon + 1))),
        or(isNull(validFrom), lte(validFrom, today)),
        or(isNull(validUntil), gt(validUntil, today)),
      ),
    )
    .limit(2);
}

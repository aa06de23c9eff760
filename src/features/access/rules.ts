import { type AsymmetricKeyDetails, createHash, createPublicKey, type KeyObject } from 'node:crypto';
import type { Scope } from '../../platform/caller.ts';
import type { Unverified } from './jwt.ts';

/** Signature algorithms of client assertions; HMAC and `none` are never among them. */
export const assertionAlgorithms = ['RS256', 'PS256', 'ES256', 'EdDSA'] as const;

/** One algorithm of a client's key. */
export type AssertionAlgorithm = (typeof assertionAlgorithms)[number];

/** Seconds by which the clocks of two machines may differ. */
export const clockTolerance = 5;

/** The longest life of a client assertion, in seconds. */
export const maxAssertionLife = 300;

/** The longest life of an access token, in seconds. */
export const maxTokenLife = 3600;

/** The longest life of an access token for a peer, in seconds: so long it may outlive the client that it was given to. */
export const maxPeerTokenLife = 300;

/** The life of an access token that this node makes for one request at a peer, in seconds. */
export const vouchedLife = 60;

/** A client's public key as it is kept: only its public members, with the one algorithm that it is used for. */
export type ClientKey = {
  readonly kid: string;
  readonly alg: AssertionAlgorithm;
  readonly thumbprint: string;
  readonly jwk: Record<string, string>;
};

type Jwk = Readonly<Record<string, unknown>>;

const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];
const publicMembers: Readonly<Record<string, readonly string[]>> = {
  RSA: ['e', 'kty', 'n'],
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
};

/**
 * Reads a public key that a client registers. Answers a fault code when it has private members, is no key for
 * signatures of a permitted algorithm, or is too small (RSA: 2048 to 8192 bits with exponent 65537).
 */
export function readClientKey(jwk: Jwk): ClientKey | { readonly fault: string } {
  if (privateMembers.some((member) => member in jwk)) return { fault: 'private_key' };
  if (jwk.use !== undefined && jwk.use !== 'sig') return { fault: 'unknown_key_type' };
  if (Array.isArray(jwk.key_ops) && jwk.key_ops.some((use) => use !== 'verify')) return { fault: 'unknown_key_type' };
  const alg = algorithmOf(jwk);
  if (alg === undefined) return { fault: 'unknown_key_type' };
  const read = readMaterial(jwk);
  if ('fault' in read) return read;
  const { material } = read;
  const thumbprint = createHash('sha256').update(JSON.stringify(material)).digest('base64url');
  return { kid: typeof jwk.kid === 'string' ? jwk.kid : thumbprint, alg, thumbprint, jwk: { ...material, alg } };
}

const algorithms = new Map<string, { readonly byDefault?: AssertionAlgorithm; readonly names: readonly string[] }>([
  ['RSA ', { names: ['RS256', 'PS256'] }],
  ['EC P-256', { byDefault: 'ES256', names: ['ES256'] }],
  ['OKP Ed25519', { byDefault: 'EdDSA', names: ['EdDSA', 'Ed25519'] }],
]);

// One key, one algorithm (RFC 8725): an RSA key must name it, the others have but one.
function algorithmOf({ kty, crv, alg }: Jwk): AssertionAlgorithm | undefined {
  const known = algorithms.get(`${String(kty)} ${String(crv ?? '')}`);
  if (known === undefined || (alg !== undefined && !known.names.includes(String(alg)))) return undefined;
  return known.byDefault ?? assertionAlgorithms.find((name) => name === alg);
}

// The key is written out anew, so that one key has one thumbprint however its numbers were spelled.
function readMaterial(jwk: Jwk): { readonly material: Record<string, string> } | { readonly fault: string } {
  const members = publicMembers[String(jwk.kty)] ?? [];
  const given = Object.fromEntries(members.map((member) => [member, String(jwk[member] ?? '')]));
  let key: KeyObject;
  try {
    key = createPublicKey({ key: given, format: 'jwk' });
  } catch {
    return { fault: 'unknown_key_type' };
  }
  if (jwk.kty === 'RSA' && !isStrongRsa(key.asymmetricKeyDetails)) return { fault: 'weak_key' };
  const written = key.export({ format: 'jwk' });
  return { material: Object.fromEntries(members.map((member) => [member, String(written[member])])) };
}

const isStrongRsa = ({ modulusLength: bits = 0, publicExponent }: AsymmetricKeyDetails = {}) =>
  bits >= 2048 && bits <= 8192 && publicExponent === 65537n;

const assertionTypes: readonly unknown[] = [undefined, 'jwt', 'client-authentication+jwt'];

/** Whether the header of a client assertion says that it can be one: never that of an access token. */
export function isAssertionHeader({ header }: Unverified): boolean {
  const typ = typeof header.typ === 'string' ? header.typ.toLowerCase() : header.typ;
  return assertionTypes.includes(typ) && !('crit' in header);
}

/**
 * Whether the claims of a client assertion with a verified signature hold: issued by and about the client, for exactly
 * one of our names, at most 300 seconds long, not from the future, and with an identifier of 16 characters or more.
 */
export function areAssertionClaims(
  claims: Jwk,
  of: { clientId: string; audiences: readonly string[]; now: number },
): boolean {
  if (claims.iss !== of.clientId || claims.sub !== of.clientId) return false;
  if (typeof claims.aud !== 'string' || !of.audiences.includes(claims.aud)) return false;
  if (!isName(claims.jti) || claims.jti.length < 16) return false;
  return isWithinLife(claims, maxAssertionLife, of.now);
}

/** Whether a value is a name of 1 to 256 visible ASCII characters, so that it can be stored and compared. */
export const isName = (value: unknown): value is string => typeof value === 'string' && name.test(value);

const name = /^[\x21-\x7e]{1,256}$/;

/** Whether a token is valid now and was made for no longer than `maxLife`; all in seconds. */
export function isWithinLife({ iat, exp, nbf }: Jwk, maxLife: number, now: number): boolean {
  if (!isSeconds(iat) || !isSeconds(exp) || (nbf !== undefined && !isSeconds(nbf))) return false;
  if (iat > now + clockTolerance || (nbf ?? 0) > now + clockTolerance) return false;
  return exp > now - clockTolerance && exp > iat && exp - iat <= maxLife;
}

const isSeconds = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0;

const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** The scopes to grant: those asked for, or all; undefined when one asked for was not granted to the client. */
export function grantScopes(asked: string | undefined, granted: readonly string[]): string[] | undefined {
  if (asked === undefined) return [...granted];
  const wanted = [...new Set(asked.split(' '))];
  return wanted.every((scope) => scopeToken.test(scope) && granted.includes(scope)) ? wanted : undefined;
}

/** The scopes of a token that its client still has, of those that this node knows. */
export function effectiveScopes(claim: unknown, granted: readonly Scope[]): Set<Scope> {
  const asked = new Set(Array.isArray(claim) ? claim : typeof claim === 'string' ? claim.split(' ') : []);
  return new Set(granted.filter((scope) => asked.has(scope)));
}

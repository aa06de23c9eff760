import {
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  randomUUID,
  sign,
  verify,
} from 'node:crypto';
import { parseStrictObject } from '../../features/access/jwt.ts';
import { Failed } from './report.ts';

/** A key of the kit: a pair for ES256, with its public half as a JSON Web Key. */
export type KitKey = {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly jwk: Readonly<Record<string, unknown>>;
};

/** Makes a key. */
export function newKey(): KitKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const kid = randomUUID();
  return { kid, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' } };
}

const encode = (value: object | string) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** Signs claims, or a text as it is, as a compact JWS; members of its header can be changed. */
export function compact(claims: object | string, typ: string, key: KitKey, header: object = {}): string {
  const input = `${encode({ alg: 'ES256', typ, kid: key.kid, ...header })}.${encode(claims)}`;
  const signature = sign('sha256', Buffer.from(input), { key: key.privateKey, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

/** A compact JWS that nobody signed. */
export const unsigned = (claims: object, typ: string): string => `${encode({ alg: 'none', typ })}.${encode(claims)}.`;

/** The same with one bit of its signature changed. */
export function spoilt(jws: string): string {
  const [header, payload, signature = ''] = jws.split('.');
  const bytes = Buffer.from(signature, 'base64url');
  bytes[9] = (bytes[9] ?? 0) ^ 1;
  return `${header}.${payload}.${bytes.toString('base64url')}`;
}

/** What a part of a compact JWS says; undefined where it is no JSON object. */
const partOf = (jws: string, part: 0 | 1) =>
  parseStrictObject(Buffer.from(jws.split('.')[part] ?? '', 'base64url').toString());

/** What a node signed, by one of its keys and as a message of this type. Throws Failed. */
export function verified(jws: string, keys: readonly JsonWebKey[], typ: string): Record<string, unknown> {
  const [header, payload] = [partOf(jws, 0), partOf(jws, 1)];
  if (header === undefined || payload === undefined) throw new Failed('it is no compact JWS of JSON objects');
  if (header.alg !== 'ES256' || header.typ !== typ) throw new Failed(`its header is not of ES256 and ${typ}`);
  const key = keys.find((one) => one.kid === header.kid);
  if (key === undefined) throw new Failed('its kid is not among the keys of the node');
  const [first, second, signature = ''] = jws.split('.');
  const by = { key: createPublicKey({ key, format: 'jwk' }), dsaEncoding: 'ieee-p1363' } as const;
  if (!verify('sha256', Buffer.from(`${first}.${second}`), by, Buffer.from(signature, 'base64url')))
    throw new Failed('its signature does not hold');
  return payload;
}

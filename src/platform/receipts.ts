import canonicalize from 'canonicalize';
import { compactVerify, decodeProtectedHeader, importJWK, type JWK } from 'jose';
import type { z } from 'zod';

const algorithm = 'ES256';

/** A payload as it is signed: RFC 8785 canonical JSON, the same from whoever writes it. */
export const canonicalBytes = (payload: unknown): Uint8Array => Buffer.from(canonicalize(payload) ?? '', 'utf8');

/** Public keys of receipts, as a node publishes them. */
export type KeySet = { readonly keys: readonly (JWK & { readonly revokedAt?: unknown })[] };

/** A receipt that is true to its signature; `revokedAt` where the key that signed it was stolen at some later time. */
export type Verified<Payload> = {
  readonly payload: Payload;
  readonly kid: string;
  readonly revokedAt?: string;
};

/** A kind of receipt: the type in its header, what it says, and when it says that this happened. */
export type ReceiptKind<Payload> = {
  readonly name: string;
  readonly type: string;
  readonly schema: z.ZodType<Payload>;
  readonly instantOf: (payload: Payload) => string;
};

/** Why a receipt is not valid. */
export class ReceiptError extends Error {}

/**
 * Verifies a receipt of a kind with public keys alone. Throws ReceiptError with what is wrong: its form, type, key or
 * signature, or a payload that is not canonical, or that a stolen key signed.
 */
export async function verifySigned<Payload>(
  receipt: string,
  { keys }: KeySet,
  kind: ReceiptKind<Payload>,
): Promise<Verified<Payload>> {
  const { type, instantOf } = kind;
  const { alg, kid, typ } = headerOf(receipt);
  if (typ !== type) throw new ReceiptError(`its type is ${String(typ)}, not ${type}`);
  if (alg !== algorithm) throw new ReceiptError(`its algorithm is ${String(alg)}, not ${algorithm}`);
  const jwk = keys.find((key) => key.kid === kid);
  if (kid === undefined || jwk === undefined)
    throw new ReceiptError(`the key ${String(kid)} is none of the published ones`);
  const payload = readPayload(await signedBytes(receipt, jwk), kind);
  const { revokedAt } = jwk;
  if (typeof revokedAt !== 'string') return { payload, kid };
  if (Date.parse(instantOf(payload)) >= Date.parse(revokedAt))
    throw new ReceiptError(`the key ${kid} was stolen; what it signed from ${revokedAt} on is not to be believed`);
  return { payload, kid, revokedAt };
}

/** The header of a receipt, which names its type and the key that signed it. Throws ReceiptError. */
export function headerOf(receipt: string): { alg?: unknown; kid?: string | undefined; typ?: unknown } {
  // Exactly one text for one receipt: base64url has spellings that decode to the same.
  const parts = receipt.split('.');
  const canonical = parts.every((part) => part !== '' && Buffer.from(part, 'base64url').toString('base64url') === part);
  if (parts.length !== 3 || !canonical) throw new ReceiptError('it is no compact JWS');
  try {
    return decodeProtectedHeader(receipt);
  } catch {
    throw new ReceiptError('it is no compact JWS');
  }
}

async function signedBytes(receipt: string, jwk: JWK): Promise<Uint8Array> {
  try {
    return (await compactVerify(receipt, await importJWK(jwk, algorithm), { algorithms: [algorithm] })).payload;
  } catch {
    throw new ReceiptError('its signature is not that of the node');
  }
}

function readPayload<Payload>(bytes: Uint8Array, { name, schema }: ReceiptKind<Payload>): Payload {
  try {
    const parsed = schema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
    if (Buffer.compare(bytes, canonicalBytes(parsed)) === 0) return parsed;
  } catch {
    // What cannot be read is no canonical receipt either.
  }
  throw new ReceiptError(`what was signed is no ${name} in canonical form`);
}

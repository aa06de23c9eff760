import { z } from 'zod';
import { canonicalBytes, type KeySet, type ReceiptKind, type Verified, verifySigned } from '../../platform/receipts.ts';
import { ErasureView } from './schemas.ts';

/** The type in the header of a receipt of an erasure, so that it is taken for no other token. */
export const erasureReceiptType = 'erasure-receipt+jwt';

const ErasurePayload = z.strictObject({ iss: z.string(), ...ErasureView.shape, erasedAt: z.iso.datetime() });
type Payload = z.output<typeof ErasurePayload>;

const kind: ReceiptKind<Payload> = {
  name: 'receipt of an erasure',
  type: erasureReceiptType,
  schema: ErasurePayload,
  instantOf: ({ erasedAt }) => erasedAt,
};

/** What is signed for an erasure, as canonical bytes. */
export const erasurePayload = (issuer: string, erasure: z.output<typeof ErasureView>): Uint8Array =>
  canonicalBytes({ iss: issuer, ...erasure, erasedAt: erasure.erasedAt.toISOString() });

/** Verifies a receipt of an erasure with public keys alone. Throws ReceiptError. */
export const verifyErasure = (receipt: string, keys: KeySet): Promise<Verified<Payload>> =>
  verifySigned(receipt, keys, kind);

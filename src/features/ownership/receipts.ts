import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { type KeySet, type ReceiptKind, type Verified, verifySigned } from '../../platform/receipts.ts';
import { ReceiptPayload } from './schemas.ts';

/** The type in the header of a receipt, so that it is taken for no other token. */
export const receiptType = 'ownership-receipt+jwt';

/** What a receipt says. */
export type Receipt = z.output<typeof ReceiptPayload>;

/** The name of a receipt in the one that follows it: the SHA-256 of its text. */
export const hashOf = (receipt: string): string => createHash('sha256').update(receipt, 'utf8').digest('hex');

const ownershipKind: ReceiptKind<Receipt> = {
  name: 'ownership receipt',
  type: receiptType,
  schema: ReceiptPayload,
  instantOf: ({ recordedAt }) => recordedAt,
};

/** Verifies a receipt of an ownership, as `verifySigned` does. */
export const verifyReceipt = (receipt: string, keys: KeySet): Promise<Verified<Receipt>> =>
  verifySigned(receipt, keys, ownershipKind);

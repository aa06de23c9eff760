import { sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { Db } from '../../platform/db.ts';
import { canonicalBytes, type KeySet, type ReceiptKind, type Verified, verifySigned } from '../../platform/receipts.ts';
import type { Receipts } from '../access/access.ts';
import { DestructionPayload } from './schemas.ts';
import type { spaceClosures } from './tables.ts';

/** The type in the header of a receipt of destruction, so that it is taken for no other token. */
export const destructionType = 'destruction-receipt+jwt';

/** What a receipt of destruction says. */
type Destruction = z.output<typeof DestructionPayload>;

const kind: ReceiptKind<Destruction> = {
  name: 'receipt of destruction',
  type: destructionType,
  schema: DestructionPayload,
  instantOf: ({ destroyedAt }) => destroyedAt,
};

/** Verifies a receipt of destruction with public keys alone. Throws ReceiptError. */
export const verifyDestruction = (receipt: string, keys: KeySet): Promise<Verified<Destruction>> =>
  verifySigned(receipt, keys, kind);

/**
 * Overwrites every text of an archived space, on its day of destruction or later, and signs for it; the database refuses
 * any other space. Answers the receipt; the space is locked by the caller.
 */
export async function destroySpace(
  db: Db,
  receipts: Receipts,
  closure: typeof spaceClosures.$inferSelect,
  destroyedAt: Date,
): Promise<string> {
  const { allianceId: space, endsOn, beganAt, archivedAt, archiveHash } = closure;
  const [row] = await db.execute<{ overwritten: Record<string, number> }>(
    sql`select destroy_space(${space}::uuid) as overwritten`,
  );
  const payload: Destruction = DestructionPayload.parse({
    iss: receipts.issuer,
    space,
    endsOn,
    beganAt: beganAt.toISOString(),
    archivedAt: archivedAt?.toISOString(),
    archiveHash,
    destroyedAt: destroyedAt.toISOString(),
    overwritten: row?.overwritten,
  });
  return receipts.sign(db, destructionType, canonicalBytes(payload));
}

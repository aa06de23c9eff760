import { createHash } from 'node:crypto';
import { and, asc, desc, eq, gt, gte, lt } from 'drizzle-orm';
import type { z } from 'zod';
import { type PageOf, pageOf } from '../../platform/answer.ts';
import type { Db } from '../../platform/db.ts';
import { canonicalBytes, type KeySet, type ReceiptKind, type Verified, verifySigned } from '../../platform/receipts.ts';
import type { Receipts } from '../access/access.ts';
import { auditRecords } from '../events/tables.ts';
import { unrestricted } from '../policy/policy.ts';
import { AuditHeadPayload, type AuditHeadQuery, type AuditHeadView } from './schemas.ts';
import { auditHeads } from './tables.ts';

/** The type in the header of a head, so that it is taken for no other token. */
const headType = 'audit-head+jwt';

type Payload = z.output<typeof AuditHeadPayload>;

const kind: ReceiptKind<Payload> = {
  name: 'audit head',
  type: headType,
  schema: AuditHeadPayload,
  instantOf: ({ signedAt }) => signedAt,
};

/** Verifies the head of a day with public keys alone. Throws ReceiptError. */
export const verifyHead = (head: string, keys: KeySet): Promise<Verified<Payload>> => verifySigned(head, keys, kind);

/**
 * What a head tells of the chain: the SHA-256 of the day, a line break, and the hash of the last record as hexadecimal
 * digits. With the day in it, the heads of two days differ also when nothing happened, which is nobody's to know.
 */
export const headHash = (day: string, recordHash: Uint8Array): string =>
  createHash('sha256')
    .update(`${day}\n${Buffer.from(recordHash).toString('hex')}`)
    .digest('hex');

const dayMs = 86_400_000;
const dayOf = (instant: Date): string => instant.toISOString().slice(0, 10);
const dayAfter = (day: string): string => dayOf(new Date(Date.parse(day) + dayMs));

/** The first day without a head; undefined while nothing was recorded. */
async function dayToSign(db: Db): Promise<string | undefined> {
  const [last] = await db
    .select({ day: auditHeads.day })
    .from(auditHeads)
    .where(unrestricted('node'))
    .orderBy(desc(auditHeads.day))
    .limit(1);
  if (last !== undefined) return dayAfter(last.day);
  const { recordedAt, number } = auditRecords;
  const [first] = await db
    .select({ recordedAt })
    .from(auditRecords)
    .where(and(eq(number, 1), unrestricted('node')));
  return first && dayOf(first.recordedAt);
}

/**
 * Signs the head of the first day (UTC) that is over and has none: the last record that was made before its end. What
 * was committed later than that, though it began before, is under the next head. Answers whether there was such a day.
 */
export async function signAuditHead(db: Db, receipts: Receipts, now: Date = new Date()): Promise<boolean> {
  return db.transaction(async (db) => {
    const day = await dayToSign(db);
    if (day === undefined || day >= dayOf(now)) return false;
    const { number, hash, recordedAt } = auditRecords;
    const [record] = await db
      .select({ number, hash })
      .from(auditRecords)
      .where(and(lt(recordedAt, new Date(dayAfter(day))), unrestricted('node')))
      .orderBy(desc(number))
      .limit(1);
    if (record === undefined) return false;
    const signedAt = new Date().toISOString();
    const payload: Payload = { iss: receipts.issuer, day, signedAt, hash: headHash(day, record.hash) };
    const signature = await receipts.sign(db, headType, canonicalBytes(payload));
    const signed = await db
      .insert(auditHeads)
      .values({ day, ...record, signature })
      .onConflictDoNothing()
      .returning({ day: auditHeads.day });
    return signed.length > 0;
  });
}

type View = z.output<typeof AuditHeadView>;

/** A page of signed heads, in the order of their days. */
export async function listAuditHeads(
  db: Db,
  { from, after, limit }: z.output<typeof AuditHeadQuery> & { after?: string[] | undefined },
): Promise<PageOf<View>> {
  const { day, signature } = auditHeads;
  const [last] = after ?? [];
  const rows = await db
    .select({ day, jws: signature })
    .from(auditHeads)
    .where(and(last === undefined ? undefined : gt(day, last), from === undefined ? undefined : gte(day, from)))
    .orderBy(asc(day))
    .limit(limit + 1);
  return pageOf(
    rows,
    limit,
    (row) => [row.day],
    (row) => row,
  );
}

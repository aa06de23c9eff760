import { createHash } from 'node:crypto';
import { and, asc, gt } from 'drizzle-orm';
import type { Db } from '../../platform/db.ts';
import type { KeySet } from '../../platform/receipts.ts';
import { auditLine, auditText } from '../events/events.ts';
import { auditRecords, eventCounter } from '../events/tables.ts';
import { unrestricted } from '../policy/policy.ts';
import { headHash, verifyHead } from './heads.ts';
import { auditHeads } from './tables.ts';

/** What came of a verification: how much was looked at, and every fault by the name of its row. */
export type AuditVerification = {
  readonly records: number;
  readonly heads: number;
  readonly faults: readonly string[];
};

type Row = typeof auditRecords.$inferSelect;
type Last = Pick<Row, 'number' | 'hash'>;

const rowsAtOnce = 1000;
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/** Every record in the order of the chain. */
async function* allRecords(db: Db): AsyncGenerator<Row> {
  const { number } = auditRecords;
  for (let last: Row | undefined; ; ) {
    const rows = await db
      .select()
      .from(auditRecords)
      .where(and(last && gt(number, last.number), unrestricted('node')))
      .orderBy(asc(number))
      .limit(rowsAtOnce);
    yield* rows;
    last = rows.at(-1);
    if (rows.length < rowsAtOnce) return;
  }
}

/** The hash that a record has by what its row holds. */
export function auditHash({ number, previousHash, recordedAt, ...fields }: Omit<Row, 'hash'>): Buffer {
  const text = [
    auditText({ ...fields, recordedAt: recordedAt.toISOString() }),
    auditLine('number', number),
    auditLine('previousHash', previousHash && hex(previousHash)),
  ].join('\n');
  return createHash('sha256').update(text, 'utf8').digest();
}

/** What is wrong with a record, as it follows the one before it. */
function faultOf(row: Row, before: Last | undefined): string | undefined {
  const expected = (before?.number ?? 0) + 1;
  if (row.number !== expected) return `its number is ${row.number}, not ${expected}: a record before it is missing`;
  const named = row.previousHash === null ? 'none' : hex(row.previousHash);
  const held = before === undefined ? 'none' : hex(before.hash);
  if (named !== held) return 'it does not name the hash of the record before it';
  if (!auditHash(row).equals(row.hash)) return 'its hash is not that of what it holds';
  return undefined;
}

/** A signed head that can be held against the records: from the table, or kept elsewhere. */
type Head = { readonly day: string; readonly hash: string; readonly name: string; number?: number; found: boolean };

async function readHead(name: string, jws: string, keys: KeySet, faults: string[]): Promise<Head | undefined> {
  try {
    const { payload } = await verifyHead(jws, keys);
    return { day: payload.day, hash: payload.hash, name, found: false };
  } catch (error) {
    faults.push(`${name}: ${(error as Error).message}`);
    return undefined;
  }
}

/** The heads of the table with what is wrong with each by itself. */
async function headsOf(db: Db, keys: KeySet, faults: string[]): Promise<Head[]> {
  const heads: Head[] = [];
  for (const row of await db.select().from(auditHeads).orderBy(asc(auditHeads.day))) {
    const name = `head ${row.day}`;
    const head = await readHead(name, row.signature, keys, faults);
    if (head === undefined) continue;
    if (head.day !== row.day) faults.push(`${name}: its signature is for ${head.day}`);
    else if (headHash(row.day, row.hash) !== head.hash) faults.push(`${name}: its signature is over another hash`);
    heads.push({ ...head, number: row.number });
  }
  return heads;
}

/** Marks the heads that are over this record. One from the table is over the record of its number alone. */
function hold(heads: readonly Head[], row: Row): void {
  for (const head of heads) {
    if (head.found || (head.number !== undefined && head.number !== row.number)) continue;
    head.found = headHash(head.day, row.hash) === head.hash;
  }
}

/** What is wrong with the end of the chain, which the counter holds too. */
async function endFaults(db: Db, last: Last | undefined): Promise<string[]> {
  const { auditNumber, auditHash: held } = eventCounter;
  const [counter] = await db.select({ number: auditNumber, hash: held }).from(eventCounter);
  const number = last?.number ?? 0;
  if (counter?.number !== number) return [`the last record is ${number}, and ${counter?.number} were made`];
  const same = counter.hash === null ? last === undefined : last !== undefined && hex(counter.hash) === hex(last.hash);
  return same ? [] : ['the hash of the last record is not the one that the next would name'];
}

/** Follows the chain up to its first fault: the last sound record, and the fault by the name of its row. */
async function follow(db: Db, heads: readonly Head[]): Promise<{ last?: Last; fault?: string }> {
  let last: Last | undefined;
  for await (const row of allRecords(db)) {
    const fault = faultOf(row, last);
    if (fault !== undefined) return { ...(last && { last }), fault: `record ${row.id}: ${fault}` };
    hold(heads, row);
    last = row;
  }
  return last === undefined ? {} : { last };
}

/**
 * Verifies the chain of audit records and its signed heads with public keys alone: numbers are dense, each record names
 * the hash of the one before, each hash is that of what its row holds, and each head is over a record that is there, also
 * heads that were kept elsewhere. After the first fault of the chain no further record is looked at. In one transaction,
 * so that it looks at one moment.
 */
export async function verifyAudit(
  db: Db,
  keys: KeySet,
  kept: readonly { readonly name: string; readonly jws: string }[] = [],
): Promise<AuditVerification> {
  return db.transaction(
    async (db) => {
      const ofHeads: string[] = [];
      const heads = await headsOf(db, keys, ofHeads);
      for (const { name, jws } of kept) {
        const head = await readHead(name, jws, keys, ofHeads);
        if (head !== undefined) heads.push(head);
      }
      const { last, fault } = await follow(db, heads);
      const sound = last?.number ?? 0;
      const lost = heads
        .filter(({ found }) => !found)
        .map(
          ({ name }) => `${name}: it signs for none of the first ${sound} records: one was changed or removed since`,
        );
      const ofChain = fault === undefined ? await endFaults(db, last) : [fault];
      return { records: sound, heads: heads.length, faults: [...ofChain, ...ofHeads, ...lost] };
    },
    { isolationLevel: 'repeatable read', accessMode: 'read only' },
  );
}

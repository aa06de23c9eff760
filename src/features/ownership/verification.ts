import { and, asc, eq, sql } from 'drizzle-orm';
import type { Db } from '../../platform/db.ts';
import { type KeySet, ReceiptError } from '../../platform/receipts.ts';
import { events } from '../events/tables.ts';
import { unrestricted } from '../policy/policy.ts';
import { spaceClosures } from '../spaces/tables.ts';
import { type OwnershipRow, ownersOf } from './chain.ts';
import { hashOf, type Receipt, verifyReceipt } from './receipts.ts';
import { ownersAfter } from './rules.ts';
import { allianceOf, subjectIsHere } from './subjects.ts';
import { ownershipOffers, ownershipRecords } from './tables.ts';

/** What came of a verification: how much was looked at, and every fault by the name of its row. */
export type Verification = {
  readonly subjects: number;
  readonly records: number;
  readonly offers: number;
  /** Records whose receipt was destroyed with the closed space that it told of; their hashes still hold them together. */
  readonly destroyed: number;
  readonly faults: readonly string[];
};

type Offer = typeof ownershipOffers.$inferSelect;
const rowsAtOnce = 500;

const nameOf = ({ subjectType, subjectId, number }: OwnershipRow) => `record ${number} of ${subjectType} ${subjectId}`;

/** Every record, chain by chain. */
async function* allRecords(db: Db): AsyncGenerator<OwnershipRow> {
  const { subjectType, subjectId, number } = ownershipRecords;
  for (let last: OwnershipRow | undefined; ; ) {
    const after =
      last === undefined
        ? undefined
        : sql`(${subjectType}, ${subjectId}, ${number}) > (${last.subjectType}, ${last.subjectId}::uuid, ${last.number})`;
    const rows = await db
      .select()
      .from(ownershipRecords)
      // The owners of a replica are recorded, and verified, by the node that keeps it.
      .where(and(after, subjectIsHere(sql`${subjectType}`, sql`${subjectId}`), unrestricted('node')))
      .orderBy(asc(subjectType), asc(subjectId), asc(number))
      .limit(rowsAtOnce);
    yield* rows;
    last = rows.at(-1);
    if (rows.length < rowsAtOnce) return;
  }
}

/** What a row would say if it were what was signed. */
const rowOf = (receipt: Receipt) => ({
  id: receipt.id,
  subjectType: receipt.subject.type,
  subjectId: receipt.subject.id,
  number: receipt.number,
  previousNumber: receipt.number === 1 ? null : receipt.number - 1,
  change: receipt.change,
  share: receipt.share,
  accountableOrganisationId: receipt.accountable,
  jointOrganisationIds: receipt.joint,
  fromOrganisationId: receipt.from,
  toOrganisationId: receipt.to,
  offerId: receipt.offer?.id ?? null,
  reason: receipt.reason,
  recordedAt: receipt.recordedAt,
  previousReceiptHash: receipt.previous,
});

/** Where a row differs from its receipt. */
function differences(row: OwnershipRow, receipt: Receipt): string[] {
  const said: Record<string, unknown> = rowOf(receipt);
  const held: Record<string, unknown> = { ...row, recordedAt: row.recordedAt.toISOString() };
  return Object.keys(said)
    .filter((key) => JSON.stringify(said[key]) !== JSON.stringify(held[key]))
    .map((key) => `${key} is not what its receipt says`);
}

/** Where the owners are not those that follow from the change, or a share was taken from whom did not have it. */
function changeFaults(
  receipt: Pick<Receipt, 'share' | 'from' | 'to' | 'accountable' | 'joint'>,
  previous: OwnershipRow | undefined,
): string[] {
  const before = ownersOf(previous);
  const { share, from, to, accountable, joint } = receipt;
  const had = share === 'accountable' ? before.accountable === from : from === null || before.joint.includes(from);
  const after = ownersAfter(before, { share, from, to });
  const follows = after.accountable === accountable && JSON.stringify(after.joint) === JSON.stringify(joint);
  return had && follows ? [] : ['its owners do not follow from the record before it'];
}

/** The name of a receipt, also of one that was destroyed. */
const nameOfReceipt = ({ receipt, receiptHash }: OwnershipRow) => (receipt === '' ? receiptHash : hashOf(receipt));

/** Whether the receipts of a subject were destroyed with its closed space, at that space's end. */
async function isDestroyed(db: Db, { receipt, subjectType, subjectId }: OwnershipRow): Promise<boolean> {
  if (receipt !== '') return false;
  const [closure] = await db
    .select({ state: spaceClosures.state })
    .from(spaceClosures)
    .where(
      and(
        eq(spaceClosures.allianceId, allianceOf(sql`${subjectType}::text`, sql`${subjectId}::uuid`)),
        eq(spaceClosures.state, 'destroyed'),
        unrestricted('node'),
      ),
    );
  return closure !== undefined;
}

/** Where a record without a receipt does not follow the one before it: what it says is held by nothing else. */
const destroyedFaults = (row: OwnershipRow, previous: OwnershipRow | undefined): string[] => [
  ...linkFaults(row, previous),
  ...changeFaults(
    {
      share: row.share as Receipt['share'],
      from: row.fromOrganisationId,
      to: row.toOrganisationId,
      accountable: row.accountableOrganisationId,
      joint: row.jointOrganisationIds,
    },
    previous,
  ),
];

/** Where a row does not follow the one before it. */
function linkFaults(row: OwnershipRow, previous: OwnershipRow | undefined): string[] {
  if (previous === undefined) return row.number === 1 ? [] : ['the record before it is missing'];
  return [
    row.number === previous.number + 1 ? '' : 'the record before it is missing',
    row.previousReceiptHash === nameOfReceipt(previous) ? '' : 'it does not name the receipt before it',
    row.recordedAt > previous.recordedAt ? '' : 'it is not later than the record before it',
  ].filter((fault) => fault !== '');
}

async function recordFaults(
  row: OwnershipRow,
  previous: OwnershipRow | undefined,
  keys: KeySet,
): Promise<{ faults: string[]; receipt?: Receipt }> {
  const faults = linkFaults(row, previous);
  if (hashOf(row.receipt) !== row.receiptHash) faults.push('receiptHash is not the hash of its receipt');
  try {
    const { payload } = await verifyReceipt(row.receipt, keys);
    faults.push(...differences(row, payload), ...changeFaults(payload, previous));
    return { faults, receipt: payload };
  } catch (error) {
    if (!(error instanceof ReceiptError)) throw error;
    return { faults: [...faults, `its receipt is not valid: ${error.message}`] };
  }
}

/** Where an offer differs from the receipt of the record that followed from it. */
function offerFaults(offer: Offer | undefined, receipt: Receipt): string[] {
  if (receipt.offer === null) return [];
  if (offer === undefined) return ['the offer that it followed from is missing'];
  const { offeredBy, offeredAt, decidedAt } = receipt.offer;
  const pairs: [string, unknown, unknown][] = [
    ['state', offer.state, 'accepted'],
    ['subjectType', offer.subjectType, receipt.subject.type],
    ['subjectId', offer.subjectId, receipt.subject.id],
    ['share', offer.share, receipt.share],
    ['fromOrganisationId', offer.fromOrganisationId, receipt.from],
    ['toOrganisationId', offer.toOrganisationId, receipt.to],
    ['offeredByOrganisationId', offer.offeredByOrganisationId, offeredBy],
    ['offeredAt', offer.offeredAt.toISOString(), offeredAt],
    ['decidedAt', offer.decidedAt?.toISOString(), decidedAt],
  ];
  return pairs
    .filter(([, held, said]) => held !== said)
    .map(([key]) => `${key} of the offer ${offer.id} is not what its receipt says`);
}

/** Accepted offers without a record, and recorded events whose record is gone. */
async function missingRecords(db: Db): Promise<string[]> {
  const without = await db
    .select({ id: ownershipOffers.id })
    .from(ownershipOffers)
    .leftJoin(ownershipRecords, eq(ownershipRecords.offerId, ownershipOffers.id))
    .where(
      and(
        eq(ownershipOffers.state, 'accepted'),
        sql`${ownershipRecords.id} is null`,
        subjectIsHere(sql`${ownershipOffers.subjectType}`, sql`${ownershipOffers.subjectId}`),
        unrestricted('node'),
      ),
    );
  const gone = await db
    .select({ id: events.subjectId, type: events.type })
    .from(events)
    .leftJoin(ownershipRecords, eq(ownershipRecords.id, events.subjectId))
    .where(and(eq(events.subjectType, 'ownership_record'), sql`${ownershipRecords.id} is null`, unrestricted('node')));
  return [
    ...without.map(({ id }) => `offer ${id}: it was accepted, and there is no record of it`),
    ...gone.map(({ id, type }) => `record ${id}: the event ${type} tells of it, and it is gone`),
  ];
}

async function offersById(db: Db, id: string | null): Promise<Offer | undefined> {
  if (id === null) return undefined;
  const named = and(eq(ownershipOffers.id, id), unrestricted('node'));
  const [offer] = await db.select().from(ownershipOffers).where(named);
  return offer;
}

/** What is wrong with a record, and with the offer that it followed from. */
async function lookAt(
  db: Db,
  row: OwnershipRow,
  previous: OwnershipRow | undefined,
  keys: KeySet,
): Promise<{ faults: string[]; destroyed: boolean; offered: boolean }> {
  if (await isDestroyed(db, row)) return { faults: destroyedFaults(row, previous), destroyed: true, offered: false };
  const { faults, receipt } = await recordFaults(row, previous, keys);
  const offered = receipt !== undefined && receipt.offer !== null;
  if (offered) faults.push(...offerFaults(await offersById(db, receipt.offer?.id ?? null), receipt));
  return { faults, destroyed: false, offered };
}

/**
 * Rebuilds every ownership from its receipts with public keys alone: chains are dense, each names the receipt before
 * it, signatures are valid, each row is equal to its receipt, instants increase, and every accepted offer has its
 * record and the other way round. A receipt may be missing where its closed space was destroyed, and only there. In one
 * transaction, so that it looks at one moment.
 */
export async function verifyOwnership(db: Db, keys: KeySet): Promise<Verification> {
  return db.transaction(
    async (db) => {
      const faults: string[] = [];
      const subjects = new Set<string>();
      let [records, offers, destroyed] = [0, 0, 0];
      let previous: OwnershipRow | undefined;
      for await (const row of allRecords(db)) {
        const subject = `${row.subjectType} ${row.subjectId}`;
        if (previous !== undefined && `${previous.subjectType} ${previous.subjectId}` !== subject) previous = undefined;
        const looked = await lookAt(db, row, previous, keys);
        if (looked.destroyed) destroyed++;
        if (looked.offered) offers++;
        faults.push(...looked.faults.map((fault) => `${nameOf(row)} (${row.id}): ${fault}`));
        subjects.add(subject);
        records++;
        previous = row;
      }
      faults.push(...(await missingRecords(db)));
      return { subjects: subjects.size, records, offers, destroyed, faults };
    },
    { isolationLevel: 'repeatable read', accessMode: 'read only' },
  );
}

import { and, desc, eq } from 'drizzle-orm';
import { type Db, violatedConstraint } from '../../platform/db.ts';
import { newId } from '../../platform/id.ts';
import { Problem } from '../../platform/problem.ts';
import { canonicalBytes } from '../../platform/receipts.ts';
import type { Receipts } from '../access/access.ts';
import type { NewEvent } from '../events/events.ts';
import { unrestricted } from '../policy/policy.ts';
import { hashOf, type Receipt, receiptType } from './receipts.ts';
import { type Change, type ChangeName, changeName, nobody, type Owners, ownersAfter, recordedAfter } from './rules.ts';
import type { Place } from './subjects.ts';
import { ownershipRecords } from './tables.ts';

/** One record of a chain. */
export type OwnershipRow = typeof ownershipRecords.$inferSelect;

/** The record of a subject that holds now; undefined where it never had an owner. */
export async function lastRecord(db: Db, { subject }: Pick<Place, 'subject'>): Promise<OwnershipRow | undefined> {
  const [row] = await db
    .select()
    .from(ownershipRecords)
    .where(
      and(
        eq(ownershipRecords.subjectType, subject.type),
        eq(ownershipRecords.subjectId, subject.id),
        unrestricted('checked'),
      ),
    )
    .orderBy(desc(ownershipRecords.number))
    .limit(1);
  return row;
}

/** Who owns by a record. */
export const ownersOf = (row: OwnershipRow | undefined): Owners =>
  row === undefined ? nobody : { accountable: row.accountableOrganisationId, joint: row.jointOrganisationIds };

/** Throws ownership_changed where another record followed the one that the caller saw. */
export function assertNumber(expected: number | undefined, row: OwnershipRow | undefined): void {
  if (expected !== undefined && expected !== (row?.number ?? 0)) throw new Problem('ownership_changed');
}

/** What leads to a record. */
export type Cause = {
  readonly change: Change;
  readonly name?: ChangeName;
  readonly offer?: {
    readonly id: string;
    readonly offeredBy: string;
    readonly offeredAt: Date;
    readonly decidedAt: Date;
  };
  readonly reason?: string | null;
};

const chainKeys = new Set([
  'ownership_records_subject_type_subject_id_number_pk',
  'ownership_records_next',
  'ownership_records_follow',
  'ownership_records_previous',
]);

/**
 * Appends a record to the chain of a subject with its signed receipt: it follows the record that the decision was made
 * on, or the whole transaction fails with ownership_changed. Answers the record and its event.
 */
export async function appendRecord(
  db: Db,
  receipts: Receipts,
  place: Pick<Place, 'subject' | 'allianceId'>,
  previous: OwnershipRow | undefined,
  { change, name = changeName(change), offer, reason = null }: Cause,
): Promise<{ row: OwnershipRow; event: NewEvent }> {
  const { subject, allianceId } = place;
  const owners = ownersAfter(ownersOf(previous), change);
  const recordedAt = recordedAfter(previous?.recordedAt ?? null, offer?.decidedAt ?? new Date());
  const payload: Receipt = {
    iss: receipts.issuer,
    id: newId(),
    subject: { type: subject.type, id: subject.id },
    number: (previous?.number ?? 0) + 1,
    change: name,
    share: change.share,
    accountable: owners.accountable,
    joint: [...owners.joint],
    from: change.from,
    to: change.to,
    offer:
      offer === undefined
        ? null
        : {
            id: offer.id,
            offeredBy: offer.offeredBy,
            offeredAt: offer.offeredAt.toISOString(),
            decidedAt: offer.decidedAt.toISOString(),
          },
    reason,
    recordedAt: recordedAt.toISOString(),
    previous: previous?.receiptHash ?? null,
  };
  const receipt = await receipts.sign(db, receiptType, canonicalBytes(payload));
  const row: OwnershipRow = {
    subjectType: subject.type,
    subjectId: subject.id,
    number: payload.number,
    previousNumber: previous?.number ?? null,
    id: payload.id,
    change: name,
    share: change.share,
    accountableOrganisationId: owners.accountable,
    jointOrganisationIds: payload.joint,
    fromOrganisationId: change.from,
    toOrganisationId: change.to,
    offerId: offer?.id ?? null,
    reason,
    recordedAt,
    receipt,
    receiptHash: hashOf(receipt),
    previousReceiptHash: payload.previous,
  };
  try {
    await db.insert(ownershipRecords).values(row);
  } catch (error) {
    if (chainKeys.has(violatedConstraint(error) ?? '')) throw new Problem('ownership_changed', { cause: error });
    throw error;
  }
  return { row, event: recordEvent(row, allianceId) };
}

function recordEvent(row: OwnershipRow, allianceId: string | null): NewEvent {
  const { id, change, subjectType, subjectId, number, share, fromOrganisationId, toOrganisationId } = row;
  return {
    type: `ownership.${change as ChangeName}`,
    subjectType: 'ownership_record',
    subjectId: id,
    allianceId: allianceId ?? undefined,
    organisationIds: [...new Set([fromOrganisationId, toOrganisationId].filter((one) => one !== null))],
    data: { subjectType, subjectId, number, share },
  };
}

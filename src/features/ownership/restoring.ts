import { decodeJwt } from 'jose';
import type { z } from 'zod';
import { inChunks } from '../../platform/chunks.ts';
import type { Db } from '../../platform/db.ts';
import { type OwnershipOfferView, type OwnershipRecordView, ReceiptPayload } from './schemas.ts';
import { ownershipOffers, ownershipRecords } from './tables.ts';

type SignedRecord = z.output<typeof OwnershipRecordView> & { readonly receipt: string };

/** What an archive holds of ownership. */
export type OwnershipRows = {
  readonly offers: readonly z.output<typeof OwnershipOfferView>[];
  /** Each with its receipt, which the node that it comes from has signed. */
  readonly records: readonly SignedRecord[];
};

/**
 * Puts ownership back as an archive has it. The receipts stay those of the node that signed them: they are verified with
 * its keys.
 */
export async function restoreOwnership(db: Db, { offers, records }: OwnershipRows): Promise<void> {
  await inChunks(offers, (chunk) =>
    db.insert(ownershipOffers).values(
      chunk.map(({ subject, from, to, offeredBy, recordId: _, ...row }) => ({
        ...{ ...row, subjectType: subject.type, subjectId: subject.id },
        ...{ fromOrganisationId: from?.id ?? null, toOrganisationId: to.id, offeredByOrganisationId: offeredBy.id },
      })),
    ),
  );
  const known = new Set(offers.map(({ id }) => id));
  const behind = records.filter(({ offerId }) => offerId !== null && !known.has(offerId)).map(offerBehind);
  await inChunks(behind, (chunk) => db.insert(ownershipOffers).values(chunk));
  // Each record stands behind the one before it.
  const inOrder = records.toSorted((a, b) => a.number - b.number);
  const hashes = new Map(records.map(({ subject, number, receiptHash }) => [nameOf(subject, number), receiptHash]));
  const rowOf = (record: SignedRecord) => ({
    ...recordRow(record),
    previousReceiptHash: hashes.get(nameOf(record.subject, record.number - 1)) ?? null,
  });
  await inChunks(inOrder, (chunk) => db.insert(ownershipRecords).values(chunk.map(rowOf)));
}

const nameOf = ({ type, id }: SignedRecord['subject'], number: number) => `${type} ${id} ${number}`;

function recordRow({ subject, accountable, joint, from, to, until: _, ...row }: SignedRecord) {
  return {
    ...{ ...row, subjectType: subject.type, subjectId: subject.id },
    previousNumber: row.number === 1 ? null : row.number - 1,
    accountableOrganisationId: accountable?.id ?? null,
    jointOrganisationIds: joint.map(({ id }) => id),
    ...{ fromOrganisationId: from?.id ?? null, toOrganisationId: to?.id ?? null },
  };
}

/** The accepted offer that a record followed from, as its receipt tells it: who asked whom may be shown to them alone. */
function offerBehind({ id, receipt }: SignedRecord) {
  const { offer, subject, share, from, to } = ReceiptPayload.parse(decodeJwt(receipt));
  if (offer === null || to === null) throw new Error(`the receipt of ownership record ${id} names no offer`);
  const decidedAt = new Date(offer.decidedAt);
  return {
    ...{ id: offer.id, state: 'accepted', subjectType: subject.type, subjectId: subject.id, share },
    ...{ fromOrganisationId: from, toOrganisationId: to, offeredByOrganisationId: offer.offeredBy },
    ...{ offeredAt: new Date(offer.offeredAt), decidedAt, changedAt: decidedAt },
  };
}

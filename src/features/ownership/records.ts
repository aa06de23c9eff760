import { and, eq, gt, gte, or, type SQL, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { type Answer, type PageOf, pageOf } from '../../platform/answer.ts';
import type { Caller } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { prepared } from '../../platform/prepared.ts';
import { notFound } from '../../platform/problem.ts';
import { organisationIfAnyIn } from '../organisations/organisations.ts';
import { organisations } from '../organisations/tables.ts';
import { visibleSubjects } from '../policy/policy.ts';
import type { ChangeName, Share, SubjectType } from './rules.ts';
import type { OwnershipRecordQuery, OwnershipRecordView } from './schemas.ts';
import { allianceOf, subjectName } from './subjects.ts';
import { ownershipRecords } from './tables.ts';

type View = z.output<typeof OwnershipRecordView>;
const { placeholder } = sql;
const records = ownershipRecords;
const type = sql`${records.subjectType}`;
const subjectId = sql`${records.subjectId}`;
const seen = visibleSubjects(placeholder('viewer'), type, subjectId);

const until = sql<Date | null>`(select next_r.recorded_at from ${records} next_r
  where next_r.subject_type = ${type} and next_r.subject_id = ${subjectId}
    and next_r.previous_number = ${records.number})`;
// Whom the record is about; the table is joined so that the columns above keep the name of theirs.
const about = sql`coalesce(${records.toOrganisationId}, ${records.fromOrganisationId})`;

const columns = {
  id: records.id,
  subjectType: sql<SubjectType>`${type}`,
  subjectId: records.subjectId,
  subjectName: subjectName(type, subjectId),
  number: records.number,
  change: sql<ChangeName>`${records.change}`,
  share: sql<Share>`${records.share}`,
  accountable: organisationIfAnyIn(records.accountableOrganisationId),
  joint: sql<
    View['joint']
  >`(select coalesce(json_agg(json_build_object('id', o.id, 'name', o.name) order by o.id), '[]')
    from ${organisations} o where o.id = any (${records.jointOrganisationIds}))`,
  from: organisationIfAnyIn(records.fromOrganisationId),
  to: organisationIfAnyIn(records.toOrganisationId),
  offerId: records.offerId,
  reason: records.reason,
  recordedAt: records.recordedAt,
  until: until.mapWith(records.recordedAt) as SQL<Date | null>,
  receiptHash: records.receiptHash,
};

const select = (db: Db, condition: SQL | undefined) =>
  db.select(columns).from(records).innerJoin(organisations, eq(organisations.id, about)).where(condition);

type Row = Awaited<ReturnType<typeof select>>[number];

const toView = ({ subjectType, subjectId: id, subjectName: name, ...row }: Row): View => ({
  ...row,
  subject: { type: subjectType, id, name },
});

/** One record of what the caller may see. Throws not_found. */
export async function getOwnershipRecord(db: Db, caller: Caller, recordId: string): Promise<Answer<View>> {
  const query = prepared(db, 'getOwnershipRecord', () => select(db, and(eq(records.id, placeholder('id')), seen)));
  const [row] = await query.execute({ id: recordId, viewer: caller.organisationId });
  if (row === undefined) throw notFound();
  return { body: toView(row) };
}

/** The signed receipt of a record, for whoever may see it. Throws not_found. */
export async function getOwnershipReceipt(
  db: Db,
  caller: Caller,
  recordId: string,
): Promise<Answer<{ receipt: string }>> {
  const [row] = await db
    .select({ receipt: records.receipt })
    .from(records)
    .where(and(eq(records.id, recordId), visibleSubjects(caller.organisationId, type, subjectId)));
  if (row === undefined) throw notFound();
  return { body: row };
}

const ownedJointly = sql`${placeholder('organisationId')}::uuid = any (${records.jointOrganisationIds})`;
const ownedAccountably = eq(records.accountableOrganisationId, placeholder('organisationId'));
const filters: Record<string, SQL | undefined> = {
  after: gt(records.id, placeholder('after')),
  subjectType: eq(records.subjectType, placeholder('subjectType')),
  subjectId: eq(records.subjectId, placeholder('subjectId')),
  allianceId: sql`${allianceOf(type, subjectId)} = ${placeholder('allianceId')}::uuid`,
  changedSince: gte(records.recordedAt, placeholder('changedSince')),
};

type Query = z.output<typeof OwnershipRecordQuery> & { after?: string[] | undefined };

/** Who owns: an organisation, in one way or either; or anybody, in this way. */
function ownerFilter({ organisationId, share }: Query): SQL | undefined {
  if (organisationId === undefined) {
    if (share === undefined) return undefined;
    return share === 'accountable'
      ? sql`${records.accountableOrganisationId} is not null`
      : sql`${records.jointOrganisationIds} <> '{}'`;
  }
  if (share === undefined) return or(ownedAccountably, ownedJointly);
  return share === 'accountable' ? ownedAccountably : ownedJointly;
}

function orphanFilter({ orphaned }: Query): SQL | undefined {
  if (orphaned === undefined) return undefined;
  const orphan = sql`${records.accountableOrganisationId} is null`;
  return orphaned ? orphan : sql`not (${orphan})`;
}

/** Which records of a subject are shown: the one that holds, now or at an instant, or all that were made by then. */
function timeFilter(history: boolean, instant: string | undefined): SQL | undefined {
  const at = sql`${placeholder('instant')}::timestamptz`;
  const made = sql`${records.recordedAt} <= ${at}`;
  if (history) return instant === undefined ? undefined : made;
  return instant === undefined ? sql`${until} is null` : sql`(${made} and (${until} is null or ${until} > ${at}))`;
}

/** The instant that is asked for: the last one of a day. */
function instantOf({ asOf, asOfInstant }: Query): string | undefined {
  return asOfInstant?.toISOString() ?? (asOf === undefined ? undefined : `${asOf}T23:59:59.999Z`);
}

/** A page of the records that hold, or of all, of what the caller may see, in the order of their identifiers. */
export async function listOwnershipRecords(db: Db, caller: Caller, input: Query): Promise<PageOf<View>> {
  const given = Object.entries(filters).filter(([key]) => input[key as keyof typeof input] !== undefined);
  const instant = instantOf(input);
  const shape = [
    given.map(([key]) => key).join(),
    `${input.organisationId === undefined ? '' : 'organisationId'} ${input.share ?? ''} ${input.orphaned ?? ''}`,
    `${input.history} ${instant !== undefined}`,
  ];
  const query = prepared(db, `listOwnershipRecords ${shape.join(' | ')}`, () =>
    select(
      db,
      and(
        seen,
        ...given.map(([, condition]) => condition),
        ownerFilter(input),
        orphanFilter(input),
        timeFilter(input.history, instant),
      ),
    )
      .orderBy(records.id)
      .limit(placeholder('rows')),
  );
  const rows = await query.execute({
    ...input,
    instant,
    changedSince: input.changedSince?.toISOString(),
    after: input.after?.[0],
    viewer: caller.organisationId,
    rows: input.limit + 1,
  });
  return pageOf(rows, input.limit, (row) => [row.id], toView);
}

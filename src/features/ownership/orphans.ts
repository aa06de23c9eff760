import { type SQL, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { type PageOf, pageOf } from '../../platform/answer.ts';
import type { Caller } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { alliances } from '../alliances/tables.ts';
import { initiatives } from '../initiatives/tables.ts';
import { knowledgeItems } from '../knowledge/tables.ts';
import {
  type Viewer,
  type Visible,
  visibleAlliances,
  visibleInitiatives,
  visibleKnowledgeItems,
} from '../policy/policy.ts';
import type { SubjectType } from './rules.ts';
import type { OrphanQuery, OrphanView } from './schemas.ts';
import { isLast } from './subjects.ts';
import { ownershipRecords } from './tables.ts';

type View = z.output<typeof OrphanView>;
type Query = z.output<typeof OrphanQuery> & { after?: string[] | undefined };

/** Where subjects of a type are: those that are in use, and what they are called. */
type Source = {
  readonly from: SQL;
  readonly id: SQL;
  readonly name: SQL;
  readonly began: SQL;
  readonly allianceId: SQL;
  readonly inUse: SQL;
  readonly visible: (viewer: Viewer) => Visible;
};

const notEnded = sql`(${alliances.endsOn} is null or ${alliances.endsOn} > current_date)`;
const sources: Record<SubjectType, Source> = {
  alliance: {
    from: sql`${alliances}`,
    id: sql`${alliances.id}`,
    name: sql`${alliances.name}`,
    began: sql`${alliances.createdAt}`,
    allianceId: sql`${alliances.id}`,
    inUse: notEnded,
    visible: visibleAlliances,
  },
  initiative: {
    from: sql`${initiatives} join ${alliances} on ${alliances.id} = ${initiatives.allianceId}`,
    id: sql`${initiatives.id}`,
    name: sql`${initiatives.title}`,
    began: sql`${initiatives.createdAt}`,
    allianceId: sql`${initiatives.allianceId}`,
    inUse: sql`(${initiatives.stage} in ('idea', 'active') and ${notEnded})`,
    visible: visibleInitiatives,
  },
  knowledge_item: {
    from: sql`${knowledgeItems}`,
    id: sql`${knowledgeItems.id}`,
    name: sql`${knowledgeItems.title}`,
    began: sql`coalesce(${knowledgeItems.firstPublishedAt}, ${knowledgeItems.createdAt})`,
    allianceId: sql`null::uuid`,
    inUse: sql`${knowledgeItems.state} = 'published'`,
    visible: visibleKnowledgeItems,
  },
};

/** The orphans of one type, so far as a page needs them; `gone` is the record by which nobody was accountable any more. */
function orphansOf(type: SubjectType, viewer: Viewer, input: Query): SQL {
  const { from, id, name, began, allianceId, inUse, visible } = sources[type];
  const since = sql`coalesce(gone.recorded_at, ${began})`;
  const conditions = [
    visible(viewer),
    inUse,
    sql`last_r.accountable_organisation_id is null`,
    input.after?.[0] === undefined ? undefined : sql`${id} > ${input.after[0]}::uuid`,
    input.allianceId === undefined ? undefined : sql`${allianceId} = ${input.allianceId}::uuid`,
    input.released === undefined ? undefined : sql`(gone.id is not null) = ${input.released}`,
    input.changedSince === undefined ? undefined : sql`${since} >= ${input.changedSince.toISOString()}::timestamptz`,
  ].filter((condition) => condition !== undefined);
  return sql`(select ${id} as id, ${type}::text as type, ${name} as name, ${since} as since,
      gone.id is not null as released, gone.id as "recordId"
    from ${from} left join ${ownershipRecords} last_r on last_r.subject_type = ${type} and last_r.subject_id = ${id}
      and ${isLast(sql`last_r`)}
    left join ${ownershipRecords} gone on gone.subject_type = ${type} and gone.subject_id = ${id}
      and gone.number = 1 + (select max(owned.number) from ${ownershipRecords} owned where owned.subject_type = ${type}
        and owned.subject_id = ${id} and owned.accountable_organisation_id is not null)
    where ${sql.join(conditions, sql` and `)} order by ${id} limit ${input.limit + 1})`;
}

/**
 * A page of what nobody answers for: alliances that have not ended, ideas and active initiatives, and published items
 * that were given up or never had an owner, so far as the caller may see them; in the order of their identifiers.
 */
export async function listOwnershipOrphans(db: Db, caller: Caller, input: Query): Promise<PageOf<View>> {
  const types = input.type === undefined ? (Object.keys(sources) as SubjectType[]) : [input.type];
  const parts = types.map((type) => orphansOf(type, caller.organisationId, input));
  const rows = await db.execute<Omit<View, 'since'> & { since: string }>(
    sql`select * from (${sql.join(parts, sql` union all `)}) o order by o.id limit ${input.limit + 1}`,
  );
  return pageOf(
    rows,
    input.limit,
    (row) => [row.id],
    (row) => ({ ...row, since: new Date(row.since) }),
  );
}

import { type SQL, sql } from 'drizzle-orm';
import type { Caller } from '../../platform/caller.ts';
import { alliances } from '../alliances/tables.ts';
import { auditRecords, events } from '../events/tables.ts';
import { visibleEvents } from './event-sight.ts';
import { type Visible, visible } from './policy.ts';

/** Who reads audit records: for which organisation, and whether as an administrator. */
export type AuditReader = Pick<Caller, 'organisationId' | 'administrator'>;

const own = ({ organisationId }: AuditReader): SQL => sql`${auditRecords.organisationId} = ${organisationId}::uuid`;

/**
 * Audit records that the reader may see: those of the clients of its organisation; an administrator all, of which
 * `toldAuditRecords` says whether it may know what was done.
 */
export function visibleAuditRecords(reader: AuditReader): Visible {
  return visible(reader.administrator ? sql`true` : own(reader));
}

/** Refused before anything was looked at, so that the refusal tells of no space. */
const refusedAtTheDoor = sql`'insufficient_scope', 'administrator_required', 'invalid_client', 'invalid_scope'`;

/**
 * True where the reader may know what was done. Of others than its own organisation an administrator knows it of deeds
 * in alliances that are not closed and in the register, else where it may see the event of the very subject that the
 * record names, and of what was refused at the door: any other refusal may have been within a closed space.
 */
export function toldAuditRecords(reader: AuditReader): Visible {
  const { id, outcome, code, allianceId, subjectType, subjectId } = auditRecords;
  return visible(sql`(coalesce(${own(reader)}, false) or coalesce(case
    when ${outcome} = 'refused' then ${code} in (${refusedAtTheDoor})
    when ${allianceId} is not null then (select ${alliances.visibility} in ('public', 'network') from ${alliances}
      where ${alliances.id} = ${allianceId})
    when ${subjectType} in ('organisation', 'merger', 'client', 'import') then true
    else (select true from ${events} where ${events.auditRecordId} = ${id} and ${events.subjectId} = ${subjectId}
      and ${visibleEvents(reader)} limit 1)
    end, false))`);
}

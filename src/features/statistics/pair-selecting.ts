import { type SQL, sql } from 'drizzle-orm';
import { alliances } from '../alliances/tables.ts';
import { commitments, initiatives } from '../initiatives/tables.ts';
import { knowledgeAdoptions, knowledgeItems } from '../knowledge/tables.ts';
import { ownershipRecords } from '../ownership/tables.ts';
import { countedKnowledgeItems } from '../policy/policy.ts';
import type { Selection } from './rules.ts';
import { countedChoice, themeChoice, utcDay, windowEnd, within } from './selecting-parts.ts';

/** Confirmed commitments of the window, from promiser to beneficiary. */
export const deeds = (viewer: string | null, selection: Selection): SQL => sql`
  select ${commitments.promiserOrganisationId} as from_id, ${commitments.beneficiaryOrganisationId} as to_id,
    count(*)::int as weight
  from ${commitments} join ${alliances} on ${alliances.id} = ${commitments.allianceId}
  where ${countedChoice(viewer, selection)} and ${commitments.state} = 'confirmed'
    and ${within(utcDay(commitments.confirmedAt), selection)}
    ${
      selection.theme === null
        ? sql``
        : sql`and exists (select from ${initiatives} where ${initiatives.id} = ${commitments.initiativeId}
            ${themeChoice(initiatives.themes, selection)})`
    }
  group by 1, 2`;

/** Adoptions of the window that stand on the day, from author to adopter. */
export const reuse = (viewer: string | null, selection: Selection): SQL => sql`
  select ${knowledgeItems.organisationId} as from_id, ${knowledgeAdoptions.organisationId} as to_id,
    count(*)::int as weight
  from ${knowledgeAdoptions} join ${knowledgeItems} on ${knowledgeItems.id} = ${knowledgeAdoptions.itemId}
  where ${countedKnowledgeItems(viewer)} and ${within(knowledgeAdoptions.adoptedOn, selection)}
    ${themeChoice(knowledgeItems.themes, selection)}
    and (${knowledgeAdoptions.withdrawnAt} is null
      or ${utcDay(knowledgeAdoptions.withdrawnAt)} > ${selection.asOf}::date)
  group by 1, 2`;

/** What can be owned and is counted: with a filter of alliances, these and their initiatives alone. */
const subjects = (viewer: string | null, selection: Selection) => sql`
  select 'alliance' as type, ${alliances.id} as id from ${alliances} where ${countedChoice(viewer, selection)}
    ${selection.theme === null ? sql`` : sql`and false`}
  union all
  select 'initiative', ${initiatives.id} from ${initiatives} join ${alliances} on ${alliances.id} = ${initiatives.allianceId}
    where ${countedChoice(viewer, selection)} ${themeChoice(initiatives.themes, selection)}
  ${
    selection.allianceId !== null || selection.allianceKind !== null
      ? sql``
      : sql`union all select 'knowledge_item', ${knowledgeItems.id} from ${knowledgeItems}
          where ${countedKnowledgeItems(viewer)} ${themeChoice(knowledgeItems.themes, selection)}`
  }`;

/** The states of ownership that held at some moment of the window, and what each owner is. */
const owners = (selection: Selection) => sql`
  select c.type, c.id, unnest(array_append(c.joint, c.accountable)) as owner, c.number from chains c
  where ${utcDay(sql`c.since`)} < ${windowEnd(selection)}
    ${
      selection.from === null
        ? sql``
        : sql`and ${selection.from}::date < ${windowEnd(selection)}
      and (c.until is null or c.until > ${selection.from}::timestamp at time zone 'UTC')`
    }`;

/**
 * Transfers of the window, and subjects that two organisations own at the same time within it. A state of ownership
 * holds from its record until the next one of its subject.
 */
export const ownership = (viewer: string | null, selection: Selection): SQL => sql`
  with chains as (
    select s.type, s.id, r.number, r.change, r.accountable_organisation_id as accountable,
      r.joint_organisation_ids as joint, r.from_organisation_id as from_id, r.to_organisation_id as to_id,
      r.recorded_at as since,
      lead(r.recorded_at) over (partition by r.subject_type, r.subject_id order by r.number) as until
    from ${ownershipRecords} r join (${subjects(viewer, selection)}) s on s.type = r.subject_type and s.id = r.subject_id
  ), owners as (${owners(selection)}), shared as (
    select distinct a.type, a.id, a.owner as from_id, b.owner as to_id
    from owners a join owners b on b.type = a.type and b.id = a.id and b.number = a.number and b.owner > a.owner
  )
  select from_id, to_id, count(*)::int as weight from (
    select from_id, to_id from shared
    union all
    select least(from_id, to_id), greatest(from_id, to_id) from chains
    where change = 'transferred' and ${within(utcDay(sql`since`), selection)}
  ) one group by 1, 2`;

import { type SQL, sql } from 'drizzle-orm';
import type { Db } from '../../platform/db.ts';
import { Problem } from '../../platform/problem.ts';
import { alliances, memberships } from '../alliances/tables.ts';
import { organisations } from '../organisations/tables.ts';
import { unrestricted } from '../policy/policy.ts';
import { knowledgeContributions, knowledgeItems, knowledgeShares } from './tables.ts';

/** Where an item would go: to an alliance, to one organisation, or, where neither is named, to a wider public. */
type Target = { readonly toAllianceId?: string; readonly toOrganisationId?: string };

/** Shares, past ones too, of an item with closed spaces. */
const inSpaces = (itemId: string) => sql`from ${knowledgeShares} s join ${alliances} a on a.id = s.alliance_id
  where s.item_id = ${itemId} and a.visibility = 'closed' and ${unrestricted('rule')}`;

/** True where the item would leave a closed space by going there. */
function leaves(itemId: string, { toAllianceId, toOrganisationId }: Target): SQL {
  if (toAllianceId !== undefined) return sql`exists (select ${inSpaces(itemId)} and a.id <> ${toAllianceId}::uuid)`;
  if (toOrganisationId === undefined) return sql`exists (select ${inSpaces(itemId)})`;
  return sql`(exists (select ${inSpaces(itemId)}) and not exists (select ${inSpaces(itemId)} and s.ended_at is null
    and exists (select from ${memberships} m where m.alliance_id = a.id and m.organisation_id = ${toOrganisationId}::uuid
      and m.state = 'accepted' and m.starts_on <= current_date and (m.ends_on is null or m.ends_on > current_date))))`;
}

/**
 * Throws harvest_required where the author alone would let an item out of a closed space with which it is or was shared,
 * though others contributed to it. The item was locked before, so that nobody joins meanwhile.
 */
export async function assertMayGoFurther(
  db: Db,
  { id, organisationId }: { readonly id: string; readonly organisationId: string },
  target: Target = {},
): Promise<void> {
  const [row] = await db.execute<{ refused: boolean }>(sql`select (${leaves(id, target)}
    and exists (select from ${knowledgeContributions} c where c.item_id = ${id} and c.state = 'accepted'
      and c.organisation_id <> ${organisationId}::uuid and ${unrestricted('rule')})) as refused`);
  if (row?.refused === true) throw new Problem('harvest_required');
}

/**
 * The organisations that contributed to an item: its author, those who said yes to be named, and who shared it; in the
 * place of one that merged, whoever succeeded it.
 */
export async function contributorsOf(db: Db, itemId: string): Promise<string[]> {
  const rows = await db.execute<{ id: string }>(sql`
    with recursive line as (
      select o.id, o.successor_id, o.ends_on from ${organisations} o where o.id in (
        select k.organisation_id from ${knowledgeItems} k where k.id = ${itemId} and ${unrestricted('rule')}
        union select c.organisation_id from ${knowledgeContributions} c where c.item_id = ${itemId} and c.state = 'accepted'
        union select s.shared_by_organisation_id from ${knowledgeShares} s where s.item_id = ${itemId})
      union select o.id, o.successor_id, o.ends_on from line l
        join ${organisations} o on o.id = l.successor_id and l.ends_on <= current_date)
    select id from line where successor_id is null or ends_on is null or ends_on > current_date order by id`);
  return rows.map(({ id }) => id);
}

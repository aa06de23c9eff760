import { type SQL, sql } from 'drizzle-orm';
import type { Db } from '../../platform/db.ts';
import { alliances, charters, memberships, sponsorships } from '../alliances/tables.ts';
import { commitments, dateOffers, initiatives, participations } from '../initiatives/tables.ts';
import { knowledgeContributions, knowledgeItems } from '../knowledge/tables.ts';
import { ownershipOffers } from '../ownership/tables.ts';
import { handovers, harvests } from '../spaces/tables.ts';
import { unrestricted } from './policy.ts';

/*
 * What a background loop may change: what is kept at this node. A replica is changed by its home alone, also where time
 * passes; the home tells of it. What is recorded by an event is refused by the database as well (`kept_here`).
 */

/** True unless the alliance in `id` is a replica, and what lies in it with it. */
export const allianceIsHere = (id: SQL): SQL =>
  sql`not exists (select from ${alliances} home_a where home_a.id = ${id} and home_a.home is not null)`;

/** True unless the knowledge item in `id` is a replica, and what others do with it. */
export const itemIsHere = (id: SQL): SQL =>
  sql`not exists (select from ${knowledgeItems} home_k where home_k.id = ${id} and home_k.home is not null)`;

/** The node that keeps something, and the alliance in which it lies, where it does in one. */
export type HomeOfSubject = { readonly home: string | null; readonly allianceId: string | null };

const inAlliance = (allianceId: SQL) =>
  sql`select a.home, a.id as "allianceId" from ${alliances} a where a.id = ${allianceId}`;
const ofItem = (itemId: SQL) =>
  sql`select k.home, null::uuid as "allianceId" from ${knowledgeItems} k where k.id = ${itemId}`;
const inInitiative = (id: SQL) => inAlliance(sql`(select i.alliance_id from ${initiatives} i where i.id = ${id})`);
const inCommitment = (id: SQL) => inAlliance(sql`(select c.alliance_id from ${commitments} c where c.id = ${id})`);

/** Where that is kept on which an organisation decides, as `kept_here` has it. A harvest is decided in its space. */
const homes: Readonly<Record<string, (id: string) => SQL>> = {
  alliance: (id) => inAlliance(sql`${id}::uuid`),
  initiative: (id) => inInitiative(sql`${id}::uuid`),
  knowledge_item: (id) => ofItem(sql`${id}::uuid`),
  membership: (id) => inAlliance(sql`(select m.alliance_id from ${memberships} m where m.id = ${id})`),
  charter: (id) => inAlliance(sql`(select c.alliance_id from ${charters} c where c.id = ${id})`),
  sponsorship: (id) => inAlliance(sql`(select s.alliance_id from ${sponsorships} s where s.id = ${id})`),
  participation: (id) => inInitiative(sql`(select p.initiative_id from ${participations} p where p.id = ${id})`),
  commitment: (id) => inCommitment(sql`${id}::uuid`),
  date_offer: (id) => inCommitment(sql`(select d.commitment_id from ${dateOffers} d where d.id = ${id})`),
  handover: (id) => inCommitment(sql`(select h.commitment_id from ${handovers} h where h.id = ${id})`),
  harvest: (id) => inAlliance(sql`(select h.alliance_id from ${harvests} h where h.id = ${id})`),
  knowledge_contribution: (id) => ofItem(sql`(select c.item_id from ${knowledgeContributions} c where c.id = ${id})`),
  ownership_offer: (id) => sql`
    ${inAlliance(sql`(select o.subject_id from ${ownershipOffers} o where o.id = ${id} and o.subject_type = 'alliance')`)}
    union all ${inInitiative(sql`(select o.subject_id from ${ownershipOffers} o
      where o.id = ${id} and o.subject_type = 'initiative')`)}
    union all ${ofItem(sql`(select o.subject_id from ${ownershipOffers} o
      where o.id = ${id} and o.subject_type = 'knowledge_item')`)}`,
};

/**
 * Where something is kept that the caller was found to see; undefined where it is not there. Throws for a type on which
 * nobody decides.
 */
export async function homeOf(db: Db, type: string, id: string): Promise<HomeOfSubject | undefined> {
  const home = Object.hasOwn(homes, type) ? homes[type]?.(id) : undefined;
  if (home === undefined) throw new Error(`${type} is nothing that is decided on`);
  const [row] = await db.execute<HomeOfSubject>(sql`select * from (${home}) kept where ${unrestricted('checked')}`);
  return row;
}

import { type SQL, sql } from 'drizzle-orm';
import { alliances } from '../alliances/tables.ts';
import { knowledgeItems } from '../knowledge/tables.ts';

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

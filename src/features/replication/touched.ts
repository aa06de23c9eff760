import { sql } from 'drizzle-orm';
import type { Db } from '../../platform/db.ts';
import { memberships } from '../alliances/tables.ts';
import { events } from '../events/tables.ts';
import { commitments, initiativeKnowledge, initiatives } from '../initiatives/tables.ts';
import { knowledgeShares } from '../knowledge/tables.ts';
import { organisations } from '../organisations/tables.ts';
import { unrestricted } from '../policy/policy.ts';

/** What happened between two positions of the event log, as far as it can change what a peer may have. */
export type Touched = {
  /** Subjects of events, by their type. */
  readonly subjects: ReadonlyMap<string, readonly string[]>;
  /** Organisations that events name. */
  readonly organisations: readonly string[];
  /** Alliances of which everything may be another for the peer: its part in them, or they themselves, began or ended. */
  readonly alliances: readonly string[];
  /** Knowledge items that changed, were shared or linked, or are no more. */
  readonly items: readonly string[];
};

/** An uuid array from identifiers, as one parameter. */
export const uuids = (ids: readonly string[]) =>
  sql`(select id::uuid from jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb) as given(id))`;

type Row = {
  readonly type: string;
  readonly subject: string;
  readonly organisations: readonly string[];
  readonly alliance: string | null;
  readonly item: string | null;
  readonly moved: boolean;
};

/** From which position and day, up to which. */
type Span = { readonly after: number; readonly until: number; readonly since: string; readonly today: string };

/** What happened after a position, up to another, for a peer; and what the passing of days changed since a day. */
export async function readTouched(db: Db, baseUrl: string, { after, until, since, today }: Span): Promise<Touched> {
  // Where an organisation of the peer joins or leaves, or a space ends, everything in the alliance is looked at.
  const ofPeer = sql`exists (select from ${organisations} o where o.home = ${baseUrl} and o.id = any(e.organisation_ids))`;
  const rows = await db.execute<Row>(sql`
    select distinct e.subject_type as type, e.subject_id as subject, e.organisation_ids as organisations,
      case when e.subject_type = 'space_closure' or (e.subject_type = 'membership' and ${ofPeer})
        then coalesce(e.alliance_id, e.subject_id) end as alliance,
      e.data ->> 'itemId' as item, e.type in ('organisation.moved', 'organisation.replicated') as moved
    from ${events} e where ${unrestricted('node')} and e.position > ${after} and e.position <= ${until}`);
  const subjects = new Map<string, Set<string>>();
  for (const { type, subject } of rows) {
    const ids = subjects.get(type) ?? new Set();
    subjects.set(type, ids.add(subject));
  }
  const days = since === today ? [] : await passedDays(db, baseUrl, { since, today });
  for (const { type, id } of days) subjects.set(type, (subjects.get(type) ?? new Set()).add(id));
  const alliances = distinct([
    ...rows.map(({ alliance }) => alliance),
    ...(subjects.get('begun_or_ended') ?? []),
    ...(await alliancesOfMoved(db, distinct(rows.map(({ moved, subject }) => (moved ? subject : null))))),
  ]);
  const items = distinct([
    ...(subjects.get('knowledge_item') ?? []),
    ...rows.map(({ item }) => item),
    ...(alliances.length === 0 ? [] : await itemsEverIn(db, alliances)),
  ]);
  return {
    subjects: new Map([...subjects].map(([type, ids]) => [type, [...ids]])),
    organisations: distinct([...rows.flatMap((row) => row.organisations), ...(subjects.get('organisation') ?? [])]),
    alliances,
    items,
  };
}

const distinct = (ids: readonly (string | null)[]): string[] => [...new Set(ids.filter((id) => id !== null))];

/** Items that are or were shared with alliances, or linked there. */
async function itemsEverIn(db: Db, alliances: readonly string[]): Promise<string[]> {
  const rows = await db.execute<{ id: string }>(sql`
    select s.item_id as id from ${knowledgeShares} s where ${unrestricted('node')} and s.alliance_id in ${uuids(alliances)}
    union select l.item_id from ${initiativeKnowledge} l join ${initiatives} i on i.id = l.initiative_id
      where i.alliance_id in ${uuids(alliances)}`);
  return rows.map(({ id }) => id);
}

/**
 * What the passing of days changed: alliances in which an organisation of the peer began or ended to take part, and
 * promises whose day passed, which are then for their two parties alone.
 */
async function passedDays(
  db: Db,
  baseUrl: string,
  { since, today }: Pick<Span, 'since' | 'today'>,
): Promise<readonly { readonly type: string; readonly id: string }[]> {
  return db.execute<{ type: string; id: string }>(sql`
    select 'begun_or_ended' as type, m.alliance_id as id from ${memberships} m
      join ${organisations} o on o.id = m.organisation_id and o.home = ${baseUrl}
      where ${unrestricted('node')} and (m.starts_on between ${since}::date and ${today}::date
        or m.ends_on between ${since}::date and ${today}::date)
    union select 'commitment', c.id from ${commitments} c
      where c.state = 'accepted' and c.due_on between ${since}::date - 1 and ${today}::date`);
}

/** Alliances of organisations that may have another home by now. */
async function alliancesOfMoved(db: Db, moved: readonly string[]): Promise<string[]> {
  if (moved.length === 0) return [];
  const rows = await db.execute<{ id: string }>(sql`select distinct m.alliance_id as id from ${memberships} m
    where ${unrestricted('node')} and m.organisation_id in ${uuids(moved)}`);
  return rows.map(({ id }) => id);
}

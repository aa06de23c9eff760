import { type SQL, sql } from 'drizzle-orm';
import { storeAsFarAsPossible } from '../../platform/as-far-as-possible.ts';
import { type Db, sqlState, violatedConstraint } from '../../platform/db.ts';
import type { ReplicatedRows, RowContent } from '../../platform/replicated-rows.ts';
import { allianceReplicas } from '../alliances/alliances.ts';
import { alliances, memberships } from '../alliances/tables.ts';
import type { NewEvent } from '../events/events.ts';
import type { Giver } from '../federation/federation.ts';
import { initiativeReplicas } from '../initiatives/initiatives.ts';
import { initiativeKnowledge, initiatives } from '../initiatives/tables.ts';
import { knowledgeReplicas } from '../knowledge/knowledge.ts';
import { knowledgeItems } from '../knowledge/tables.ts';
import { organisations } from '../organisations/tables.ts';
import { ownershipReplicas } from '../ownership/ownership.ts';
import { itemsOfAlliances } from '../policy/peer-sight.ts';
import { unrestricted } from '../policy/policy.ts';
import { type Audience, type Changed, type Collection, inParts } from './collection.ts';
import { replicas } from './tables.ts';
import { type Touched, uuids } from './touched.ts';

type Places = { readonly alliances: SQL; readonly items: SQL };

/** Rows that lie in alliances and hang on items, as far as they do either. */
function within({ inAlliances, ofItems, isEither }: ReplicatedRows, { alliances, items }: Places): SQL {
  const conditions = [inAlliances?.(alliances), ofItems?.(items)].filter((one) => one !== undefined);
  return sql`(${sql.join(conditions, isEither ? sql` or ` : sql` and `)})`;
}

/** What a peer may have of rows. */
function givenTo(rows: ReplicatedRows, { baseUrl, alliances }: Audience): SQL {
  const ids = uuids(alliances);
  const inside = within(rows, { alliances: ids, items: itemsOfAlliances(ids) });
  const narrow = rows.narrowed === undefined ? inside : sql`(${inside} and ${rows.narrowed(baseUrl)})`;
  return rows.widened === undefined ? narrow : sql`(${narrow} or ${rows.widened(baseUrl)})`;
}

/** Rows by what happened: about the subject of an event, in an alliance that came or went, of an item that did. */
function touchedRows(rows: ReplicatedRows, touched: Touched): SQL | undefined {
  const { table, id, inAlliances, ofItems, about } = rows;
  const conditions = Object.entries(about).flatMap(([type, ofSubjects]) => {
    const ids = touched.subjects.get(type);
    return ids === undefined ? [] : [ofSubjects(uuids(ids))];
  });
  if (inAlliances !== undefined && touched.alliances.length > 0) conditions.push(inAlliances(uuids(touched.alliances)));
  if (ofItems !== undefined && touched.items.length > 0) conditions.push(ofItems(uuids(touched.items)));
  if (conditions.length === 0) return undefined;
  const found = conditions.map((one) => sql`select ${id} as id from ${table} where ${unrestricted('node')} and ${one}`);
  return sql`${sql.join(found, sql` union `)} order by id`;
}

const candidatesOf = (rows: ReplicatedRows) =>
  async function* (db: Db, peer: Audience, touched: Touched | null) {
    const query =
      touched === null
        ? sql`select ${rows.id} as id from ${rows.table} where ${unrestricted('node')} and ${givenTo(rows, peer)} order by id`
        : touchedRows(rows, touched);
    if (query === undefined) return;
    const found = await db.execute<{ id: string }>(query);
    yield* inParts(found.map(({ id }) => id));
  };

async function contentsOf(rows: ReplicatedRows, db: Db, peer: Audience, ids: readonly string[]): Promise<RowContent[]> {
  const { table, columns, masked = {} } = rows;
  const fields = Object.entries(columns).map(([name, column]) => [
    name,
    masked[name]?.(peer.baseUrl).mapWith(column) ?? column,
  ]);
  const found: Record<string, unknown>[] = await db
    .select({ id: rows.id, ...Object.fromEntries(fields) })
    .from(table)
    // Joined, so that columns in conditions of their own keep the name of their table.
    .innerJoin(sql`(values (1)) as one_row`, sql`true`)
    .where(sql`${unrestricted('node')} and ${rows.id} in ${uuids(ids)} and ${givenTo(rows, peer)}`);
  const plain = (value: unknown) => (value instanceof Date ? value.toISOString() : value);
  return found.map(
    (row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)])) as RowContent,
  );
}

/** Why the database refuses rows; what refers to something that may come later, or takes its place, is tried again. */
function faultOf(error: unknown): string | undefined {
  const state = sqlState(error) ?? '';
  if (state === 'SD409') return 'homed_elsewhere';
  // A record of ownership follows the one before it, which may come later.
  if (state === '23503' || violatedConstraint(error) === 'ownership_records_follow') return 'reference_missing';
  if (state === '23505') return 'place_taken';
  return /^(2[23]|54)/.test(state) ? 'malformed' : undefined;
}

async function storeRows(
  rows: ReplicatedRows,
  db: Db,
  home: string,
  given: readonly RowContent[],
): Promise<Map<string, string>> {
  const elsewhere = new Set<string>();
  const store = async (db: Db, given: readonly RowContent[]): Promise<void> => {
    const left = given.filter(({ id }) => !elsewhere.has(id));
    if (left.length === 0) return;
    const ids = left.map(({ id }) => id);
    const records = left.map((content) => recordOf(rows, home, content));
    const [answer] = await db.execute<{ ids: string[] }>(sql`select store_replica_rows(${rows.name}, ${home},
      array${uuids(ids)}, ${JSON.stringify(records)}::jsonb) as ids`);
    if (answer === undefined || answer.ids.length === 0) return;
    for (const id of answer.ids) elsewhere.add(id);
    await store(db, left);
  };
  const refused = await storeAsFarAsPossible(db, given, { store, faultOf });
  return new Map([
    ...refused.map(([{ id }, fault]) => [id, fault] as const),
    ...[...elsewhere].map((id) => [id, 'homed_elsewhere'] as const),
  ]);
}

/** A row by the names of its columns. */
function recordOf({ table, columns }: ReplicatedRows, home: string, content: RowContent): Record<string, unknown> {
  const named = Object.entries(columns).map(([name, { name: column }]) => [column, content[name]]);
  const root = table === alliances || table === knowledgeItems ? [['home', home]] : [];
  return Object.fromEntries([...named, ...root]);
}

async function removeRows(rows: ReplicatedRows, db: Db, home: string, ids: readonly string[]): Promise<string[]> {
  const [answer] = await db.execute<{ ids: string[] }>(
    sql`select drop_replica_rows(${rows.name}, ${home}, array${uuids(ids)}) as ids`,
  );
  return answer?.ids ?? [];
}

async function lostRows(rows: ReplicatedRows, db: Db, giver: Giver): Promise<string[]> {
  const found = await db.execute<{ id: string }>(sql`
    select r.object_id as id from ${replicas} r
      left join replica_homes(${rows.name}, array(select l.object_id from ${replicas} l
        where l.peer_id = ${giver.id} and l.collection = ${rows.name} and l.fault is null)) h on h.id = r.object_id
    where ${unrestricted('node')} and r.peer_id = ${giver.id} and r.collection = ${rows.name} and r.fault is null
      and h.home is distinct from ${giver.baseUrl}`);
  return found.map(({ id }) => id);
}

type Named = { readonly id: string };
const isAmong = (rows: ReplicatedRows, ids: readonly string[]) => sql`${rows.id} in ${uuids(ids)}`;

/** Of many rows one event for the alliance in which they lie, or the item on which they hang: at its home it is told each. */
async function eventsOf(rows: ReplicatedRows, db: Db, home: string, { stored, removed }: Changed): Promise<NewEvent[]> {
  const ids = [...stored, ...removed];
  const { table, inAlliances, ofItems } = rows;
  const inAny = (place: SQL) => sql`exists (select from ${table} where ${isAmong(rows, ids)} and ${place})`;
  const inAlliance =
    inAlliances &&
    (await db.execute<Named>(sql`select policy_a.id from ${alliances} policy_a
      where ${unrestricted('node')} and policy_a.home = ${home} and ${inAny(inAlliances(sql`policy_a.id`))}`));
  const ofItem =
    ofItems &&
    (await db.execute<Named>(sql`select policy_k.id from ${knowledgeItems} policy_k
      where ${unrestricted('node')} and policy_k.home = ${home} and ${inAny(ofItems(sql`policy_k.id`))}`));
  return [
    ...(inAlliance ?? []).map(({ id }) => ({
      ...{ type: 'alliance.replicated', subjectType: 'alliance', subjectId: id, allianceId: id },
    })),
    ...(ofItem ?? []).map(({ id }) => ({
      ...{ type: 'knowledge_item.replicated', subjectType: 'knowledge_item', subjectId: id },
    })),
    ...(table === memberships ? await droppedMemberships(db, removed) : []),
    ...(table === knowledgeItems ? await droppedLinks(db, removed) : []),
  ] as NewEvent[];
}

/** Whoever took part and does no more, or whose offer is over, is told so. */
async function droppedMemberships(db: Db, ids: readonly string[]): Promise<NewEvent[]> {
  const rows = await db.execute<Named & { organisation: string }>(sql`
    select m.id, m.organisation_id as organisation from ${memberships} m
      join ${organisations} o on o.id = m.organisation_id
    where ${unrestricted('node')} and o.home is null and m.id in ${uuids(ids)}`);
  return rows.map(({ id, organisation }) => ({
    ...{ type: 'membership.dropped', subjectType: 'membership', subjectId: id, organisationIds: [organisation] },
  }));
}

/** Links of initiatives of this node to items that go, which go with them. */
async function droppedLinks(db: Db, ids: readonly string[]): Promise<NewEvent[]> {
  const rows = await db.execute<{ initiative: string; alliance: string; item: string }>(sql`
    select i.id as initiative, i.alliance_id as alliance, l.item_id as item from ${initiativeKnowledge} l
      join ${initiatives} i on i.id = l.initiative_id join ${alliances} a on a.id = i.alliance_id
    where ${unrestricted('node')} and a.home is null and l.removed_at is null and l.item_id in ${uuids(ids)}`);
  return rows.map(({ initiative, alliance, item }) => ({
    ...{ type: 'initiative.knowledge_removed', subjectType: 'initiative', subjectId: initiative, allianceId: alliance },
    data: { itemId: item },
  }));
}

/** The collection of rows that a feature describes. */
const collectionOf = (rows: ReplicatedRows): Collection => ({
  name: rows.name,
  share: 'alliances',
  removalOf: rows.table === alliances ? 'alliance' : rows.table === knowledgeItems ? 'knowledge_item' : undefined,
  candidates: candidatesOf(rows),
  contents: (db, peer, ids) => contentsOf(rows, db, peer, ids),
  schema: rows.schema,
  store: (db, home, given) => storeRows(rows, db, home, given as RowContent[]),
  remove: (db, home, ids) => removeRows(rows, db, home, ids),
  lost: (db, giver) => lostRows(rows, db, giver),
  events: (db, home, changed) => eventsOf(rows, db, home, changed),
});

/** What lies in alliances, in an order in which each refers to those before it. */
export const rowCollections: readonly Collection[] = [
  ...allianceReplicas,
  ...knowledgeReplicas,
  ...initiativeReplicas,
  ...ownershipReplicas,
].map(collectionOf);

import { readdirSync } from 'node:fs';
import { eq, sql as text } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/postgres-js';
import t, { type Test } from 'tap';
import { listAlliances } from '../../../src/features/alliances/alliances.ts';
import { alliances } from '../../../src/features/alliances/tables.ts';
import { organisations } from '../../../src/features/organisations/tables.ts';
import { unrestricted, visibleAlliances } from '../../../src/features/policy/policy.ts';
import type { Db } from '../../../src/platform/db.ts';
import { newId } from '../../../src/platform/id.ts';
import { execute, prepared } from '../../../src/platform/prepared.ts';
import { testDatabase } from '../../helpers/db.ts';
import { gate, guardedFeatures, isUnmarked, openFeatures, protectedTables, tablesIn } from '../../helpers/gate.ts';
import { driverOf, watched } from '../../helpers/statements.ts';
import { found, parties } from '../alliances/world.ts';

/** A database whose application goes through a gate of the test's own, so that what it refuses fails no test. */
async function gated(t: Pick<Test, 'teardown'>) {
  const { sql } = await testDatabase(t);
  const { watcher, passed } = gate();
  return { ...watched({ db: drizzle(sql) as Db, sql }, watcher), passed };
}

const unmarked = 'select id from alliances';
const one = { id: alliances.id };

/** Every way in which the code of the product, or a new line in it, could send a statement. */
const ways: Readonly<Record<string, (db: Db) => PromiseLike<unknown>>> = {
  'a builder': (db) => db.select(one).from(alliances),
  'a builder that is made and sent later': async (db) => {
    const later = db.select(one).from(alliances);
    await Promise.resolve();
    return later;
  },
  'a join': (db) =>
    db.select().from(organisations).innerJoin(alliances, eq(alliances.createdByOrganisationId, organisations.id)),
  'a nested builder': (db) =>
    db
      .select()
      .from(organisations)
      .where(text`${organisations.id} in ${db.select({ id: alliances.createdByOrganisationId }).from(alliances)}`),
  'a common table expression': (db) => {
    const all = db.$with('all').as(db.select(one).from(alliances));
    return db.with(all).select().from(all);
  },
  'a count': (db) => db.$count(alliances),
  'an update': (db) => db.update(alliances).set({ version: 9 }),
  'a deletion': (db) => db.delete(alliances).where(eq(alliances.id, newId())),
  'a prepared query': (db) => prepared(db, 'gate test', () => db.select(one).from(alliances)).execute(),
  'a query that drizzle prepares': (db) => db.select(one).from(alliances).prepare('gate').execute(),
  'a text that is kept prepared': (db) => execute(db, `${unmarked} where id = $1::uuid`, [newId()]),
  'a text of drizzle': (db) => db.execute(text`select id from ${alliances}`),
  'a text of the driver': (db) => driverOf(db).unsafe(unmarked),
  'a template of the driver': (db) => driverOf(db)`select id from alliances where id = ${newId()}`,
  'a template with the name as a fragment': (db) => driverOf(db)`select id from ${driverOf(db)('alliances')}`,
  'a template in a template': (db) => {
    const sql = driverOf(db);
    return sql`select count(*) from (${sql`select id from alliances`}) a`;
  },
  'a transaction of drizzle': (db) => db.transaction((db) => db.select(one).from(alliances)),
  'a savepoint of drizzle': (db) => db.transaction((db) => db.transaction((db) => db.select(one).from(alliances))),
  'a prepared query in a savepoint': (db) =>
    db.transaction((db) => db.transaction((db) => execute(db, unmarked, []) as Promise<unknown>)),
  'a transaction of the driver': (db) => driverOf(db).begin((sql) => sql`select id from alliances`),
  'a savepoint of the driver': (db) =>
    driverOf(db).begin((sql) => sql.savepoint((sql) => sql.unsafe(unmarked) as Promise<unknown>)),
  'rows that are added and looked up': (db) =>
    db.execute(text`insert into memberships (alliance_id) select id from alliances`),
  'rows that are added, or changed where they are': (db) =>
    db
      .insert(alliances)
      .values({ id: newId() } as never)
      .onConflictDoUpdate({ target: alliances.id, set: { version: 9 } }),
};

for (const [name, send] of Object.entries(ways)) {
  t.test(`a statement without the mark is refused where it comes by ${name}`, async (t) => {
    const { db, passed } = await gated(t);
    const refusal = await Promise.resolve()
      .then(() => send(db))
      .then(
        () => undefined,
        (error: Error) => error,
      );
    t.ok(refusal !== undefined, 'it fails');
    t.equal(passed.refused.length, 1);
    t.match(passed.refused[0], /^a statement on .*alliances.* asks the policy nothing:\n/);
    t.match(passed.refused[0], /\n {4}at .*gate\.test\.ts:\d+/, 'and it is told where it came from');
  });
}

t.test('a statement with the mark passes, and so do rows that are only added', async (t) => {
  const { db, passed } = await gated(t);
  await db.select(one).from(alliances).where(visibleAlliances(newId()));
  await db.transaction((db) => db.select(one).from(alliances).where(unrestricted('rule')));
  await db.select().from(organisations);
  await t.rejects(db.insert(alliances).values({ id: newId() } as never), { cause: { code: '23502' } });
  t.same(passed.refused, []);
  t.same(Object.fromEntries(passed.tables), { alliances: 3, memberships: 1 });
  t.ok(passed.statements >= 4, `${passed.statements} statements`);
});

t.test('the database of a test refuses them, and fails the test even where nobody heeds the refusal', async (t) => {
  const ends: (() => unknown)[] = [];
  const { db } = await testDatabase({ teardown: (end: () => unknown) => void ends.push(end) } as never);
  await db
    .select(one)
    .from(alliances)
    .then(undefined, () => undefined);
  await t.rejects(
    (async () => {
      for (const end of ends) await end();
    })(),
    /a statement on alliances asks the policy nothing/,
  );
});

t.test('the verbs of the product go through it', async (t) => {
  const { db, passed } = await gated(t);
  const { one: founder } = await parties(db, 'one');
  await found(db, founder);
  await listAlliances(db, founder.caller, { limit: 50 } as never);
  t.same(passed.refused, []);
  t.ok(passed.statements > 10, `${passed.statements} statements`);
  for (const table of ['alliances', 'memberships']) t.ok((passed.tables.get(table) ?? 0) > 0, table);
});

t.test('what names a protected table is known by its text', (t) => {
  const cases: Readonly<Record<string, readonly string[]>> = {
    'select 1 from "alliances"': ['alliances'],
    'select 1 from public.alliances a, charters': ['alliances', 'charters'],
    "select 'alliances' from organisations": [],
    'select 1 from organisations /* alliances */ -- charters': [],
    'select alliances_count, my_stances from organisations': [],
    'delete from "ownership_records"': ['ownership_records'],
  };
  for (const [text, tables] of Object.entries(cases)) t.same(tablesIn(text), tables, text);
  const unmarked = (text: string) => isUnmarked(text);
  t.notOk(unmarked('insert into "stances" ("id") values ($1) returning "id"'));
  t.notOk(unmarked('insert into stances (id) select r.id from jsonb_to_recordset($1) as r(id uuid)'));
  t.ok(unmarked('insert into stances (id) select id from participations'));
  t.ok(unmarked('insert into stances (id) values ($1) on conflict (id) do update set id = $2'));
  t.notOk(unmarked('select 1 from charters where /* policy: counted */ true'));
  t.ok(unmarked("select '/* policy */' from charters"), 'a mark in quotes is none');
  t.end();
});

t.test('every table is protected, or its feature is named with the reason why it is not', (t) => {
  t.ok(protectedTables.length >= 20, protectedTables.join());
  const features = readdirSync(new URL('../../../src/features/', import.meta.url)).filter((feature) =>
    readdirSync(new URL(`../../../src/features/${feature}`, import.meta.url)).includes('tables.ts'),
  );
  const named = [...Object.keys(guardedFeatures), ...Object.keys(openFeatures)];
  t.same(features, named.toSorted(), 'a feature with tables more is named in tests/helpers/gate.ts');
  t.end();
});

import { sql as text } from 'drizzle-orm';
import type { FastifyInstance } from 'fastify';
import type { Sql } from 'postgres';
import t, { type Test } from 'tap';
import { alliances, memberships } from '../../../src/features/alliances/tables.ts';
import { unrestricted, visibleAlliances } from '../../../src/features/policy/policy.ts';
import type { Db } from '../../../src/platform/db.ts';
import { execute } from '../../../src/platform/prepared.ts';
import { testDatabase } from '../../helpers/db.ts';
import { administratorToken, fillDemo, testApp } from '../../helpers/demo.ts';
import { addressOf, type Operation, operationsOf, readDocument, soundRequest } from '../../helpers/document.ts';
import { asJudged, asViewer, judgedTables, type Verdict } from '../../helpers/judge.ts';
import { registerParty } from '../../helpers/parties.ts';
import { lists, neighbourhood, openSpace, probes } from './spaces.ts';

/** A database that is judged, whose verdict is the test's to look at. */
async function judgedDatabase(t: Pick<Test, 'teardown'>) {
  const { verdict, ...database } = await testDatabase(t, { judged: true });
  if (verdict === undefined) throw new Error('there is no judge');
  return { ...database, verdict };
}

const told = ({ judged, rows, tables }: Verdict) => `${judged} statements and ${rows} rows: ${JSON.stringify(tables)}`;

t.test('whatever anybody reads of a closed space and beside it, the judge gives it too', async (t) => {
  const { db, owner, verdict } = await judgedDatabase(t);
  const hood = await neighbourhood(db);
  const space = await openSpace(db, hood);
  const readAll = async () => {
    for (const who of Object.values(hood.viewers)) {
      await asViewer(who.organisationId, async () => {
        await probes(db, who, space);
        await lists(db, who, hood);
      });
    }
  };
  await readAll();
  t.same(verdict.faults, []);
  t.ok(verdict.judged > 700, told(verdict));
  t.comment(told(verdict), verdict.unjudged);

  const narrowed: Readonly<Record<string, string>> = {
    alliances: "visibility = 'public'",
    memberships: 'organisation_id = judge.viewer()',
    sponsorships: 'organisation_id = judge.viewer()',
    charters: 'false',
    charter_decisions: 'false',
  };
  for (const [table, condition] of Object.entries(narrowed)) {
    const before = verdict.faults.length;
    const policy = await changePolicy(owner, table, condition);
    await asViewer(hood.people.member.id, () => probes(db, hood.viewers.member, space));
    t.ok(verdict.faults.length > before, `a judge that narrows ${table} contradicts`);
    await policy.restore();
  }
  const before = verdict.faults.length;
  await asViewer(hood.people.member.id, () => probes(db, hood.viewers.member, space));
  t.equal(verdict.faults.length, before, 'and no longer when it does not');
});

async function changePolicy(owner: Sql, table: string, condition: string) {
  const [was] = await owner<
    { qual: string }[]
  >`select qual from pg_policies where tablename = ${table} and policyname = 'judged'`;
  const change = (using: string) => owner.unsafe(`alter policy judged on ${table} using (${using})`);
  await change(condition);
  return { restore: () => change(was?.qual ?? 'false') };
}

t.test('the judge finds a policy that was widened, wherever it stands in a statement', async (t) => {
  const { db, verdict } = await judgedDatabase(t);
  const hood = await neighbourhood(db);
  const space = await openSpace(db, hood);
  const { outsider } = hood.people;
  const wide = text`/* policy */ true`;
  const id = text`${space.space}::uuid`;
  const leaks: Readonly<Record<string, (db: Db) => PromiseLike<unknown>>> = {
    'of rows': (db) => db.select({ id: alliances.id, name: alliances.name }).from(alliances).where(wide),
    'of rows that are joined': (db) =>
      db
        .select({ id: alliances.id, name: alliances.name })
        .from(memberships)
        .innerJoin(alliances, text`${alliances.id} = ${memberships.allianceId} and ${wide}`),
    'of a count': (db) => db.execute(text`select count(*) from ${alliances} where ${wide}`),
    'of a value beside a row': (db) =>
      db.execute(text`select a.id, (select count(*) from ${memberships} m where m.alliance_id = ${id} and ${wide})
        from ${alliances} a where a.id = ${hood.open}::uuid`),
    'of an existence': (db) => db.execute(text`select true from ${alliances} where id = ${id} and ${wide}`),
    'of a text that is kept prepared': (db) =>
      execute(db, 'select name from alliances where id = $1::uuid and /* policy */ true', [space.space]),
    'of a row that is locked': (db) =>
      db.select({ id: alliances.id }).from(alliances).where(text`${alliances.id} = ${id} and ${wide}`).for('update'),
    'beside what is exempted': (db) =>
      db.execute(text`select (select count(*) from ${memberships} m where ${unrestricted('counted')} and m.id is not null),
        (select a.name from ${alliances} a where a.id = ${id} and ${wide})`),
  };
  t.same(verdict.faults, [], 'none is planted');
  for (const [name, leak] of Object.entries(leaks)) {
    const ways = { '': leak, ' in a transaction': (db: Db) => db.transaction((db) => leak(db) as Promise<unknown>) };
    for (const [where, way] of Object.entries(ways)) {
      const before = verdict.faults.length;
      await asViewer(outsider.id, () => way(db));
      t.equal(verdict.faults.length, before + 1, `${name}${where}`);
      t.match(verdict.faults.at(-1), new RegExp(`for ${outsider.id}\\n[^]*judge\\.test\\.ts`), 'and tells where');
    }
  }
  const before = verdict.faults.length;
  for (const leak of Object.values(leaks)) await asViewer(hood.people.convener.id, () => leak(db));
  t.equal(verdict.faults.length, before, 'to whoever takes part everywhere it is no leak');
  await asViewer(outsider.id, () =>
    db.select({ id: alliances.id }).from(alliances).where(visibleAlliances(hood.people.member.id)),
  );
  t.match(verdict.faults.at(-2), /the statement asks for/, 'a policy that is asked for another viewer than the caller');
});

t.test('a statement is read as it stands, save for its locks and for what is exempted', (t) => {
  const same = 'select "id" from "alliances" where /* policy */ (true)';
  t.equal(asJudged(same), same);
  for (const lock of ['for update', 'for no key update', 'for share', 'for key share', 'for update skip locked'])
    t.equal(asJudged(`${same} ${lock}`), same, lock);
  t.equal(asJudged('select 1 from "alliances" where /* policy: node */ true'), undefined);
  t.equal(asJudged('select 1 from "organisations"'), undefined);
  t.equal(
    asJudged(`select (select count(*) from "memberships" m where /* policy: counted */ true and m.x) ${same.slice(7)}`),
    `select (select count(*) from judge_open."memberships" m where true and m.x) ${same.slice(7)}`,
    'the rows behind an exemption are open',
  );
  t.equal(asJudged(`${same} and /* policy: checked */ true`), undefined, 'a whole statement that is exempted');
  t.end();
});

type Ids = Readonly<Record<string, readonly string[]>>;
/** Where the identifiers in paths come from. */
const tablesOfIds: Readonly<Record<string, string>> = {
  allianceId: 'alliances',
  membershipId: 'memberships',
  sponsorshipId: 'sponsorships',
  itemId: 'knowledge_items',
  contributionId: 'knowledge_contributions',
  adoptionId: 'knowledge_adoptions',
  initiativeId: 'initiatives',
  participationId: 'participations',
  linkId: 'initiative_knowledge',
  commitmentId: 'commitments',
  dateOfferId: 'date_offers',
  offerId: 'ownership_offers',
  recordId: 'ownership_records',
};

async function idsIn(owner: Sql): Promise<Ids> {
  const found: [string, string[]][] = [];
  for (const [name, table] of Object.entries(tablesOfIds)) {
    const rows = await owner<{ id: string }[]>`select id from ${owner(table)} order by id limit 10`;
    found.push([name, rows.map(({ id }) => id)]);
  }
  return Object.fromEntries(found);
}

/** The address of an operation with its examples, and with every identifier that there is in its only variable. */
function addressesOf(operation: Operation, ids: Ids): string[] {
  const sound = soundRequest(operation);
  const [name, ...more] = Object.keys(sound.params);
  const all = name === undefined || more.length > 0 ? [] : (ids[name] ?? []);
  const others = all.map((id) => ({ ...sound, params: { [name ?? '']: id }, query: [] }));
  const page = sound.query.filter(([key]) => key === 'limit');
  return [...new Set([sound, { ...sound, query: page }, ...others].map(addressOf))];
}

async function get(app: FastifyInstance, url: string, token: string | undefined): Promise<number> {
  const headers = { host: 'node.example', ...(token !== undefined && { authorization: `Bearer ${token}` }) };
  return (await app.inject({ url, headers })).statusCode;
}

t.test('whatever ten callers get of the demo network over HTTP, the judge gives it too', async (t) => {
  const database = await judgedDatabase(t);
  const { db, owner, verdict } = database;
  await fillDemo(database);
  const app = await testApp(t, database);
  const organisations = await owner<{ id: string; name: string }[]>`select id, name from organisations o
    where ends_on is null order by (select count(*) from memberships m where m.organisation_id = o.id) desc, id limit 8`;
  const tokens: [string, string | undefined][] = [
    ['the administrator', await administratorToken(app)],
    ['nobody', undefined],
  ];
  for (const { id, name } of organisations) tokens.push([name, (await registerParty({ app, db }, id)).token]);
  t.equal(tokens.length, 10);

  const ids = await idsIn(owner);
  const reads = operationsOf(await readDocument()).filter(({ method }) => method === 'GET');
  const addresses = reads.flatMap((operation) => addressesOf(operation, ids));
  for (const [name, token] of tokens) {
    const statuses: Record<number, number> = {};
    for (const url of addresses) {
      const status = await get(app, url, token);
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
    t.comment(name, statuses);
  }
  t.same(verdict.faults, []);
  t.same(
    judgedTables.filter((table) => (verdict.tables[table] ?? 0) < 10),
    [],
    'every table of which the judge has an account was judged',
  );
  t.comment(told(verdict), verdict.unjudged);
});

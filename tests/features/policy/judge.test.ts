import { sql as text } from 'drizzle-orm';
import type { Sql } from 'postgres';
import t from 'tap';
import { alliances, memberships } from '../../../src/features/alliances/tables.ts';
import { unrestricted, visibleAlliances } from '../../../src/features/policy/policy.ts';
import type { Db } from '../../../src/platform/db.ts';
import { execute } from '../../../src/platform/prepared.ts';
import { asJudged, asViewer } from '../../helpers/judge.ts';
import { judgedDatabase, told } from './judged.ts';
import { lists, neighbourhood, openSpace, probes } from './spaces.ts';

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

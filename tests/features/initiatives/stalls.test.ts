import fc from 'fast-check';
import type { Sql } from 'postgres';
import t from 'tap';
import { changeAlliance } from '../../../src/features/alliances/alliances.ts';
import { readEvents } from '../../../src/features/events/feed.ts';
import { CommitmentQuery } from '../../../src/features/initiatives/commitment-schemas.ts';
import { getCommitment, listCommitments } from '../../../src/features/initiatives/commitments.ts';
import { decideDateOffer, offerDate } from '../../../src/features/initiatives/date-offers.ts';
import { confirmCommitment, fulfilCommitment } from '../../../src/features/initiatives/deeds.ts';
import {
  changeInitiative,
  changeInitiativeStage,
  countStalls,
  detectStalls,
  getInitiative,
  listInitiatives,
} from '../../../src/features/initiatives/initiatives.ts';
import { stalledAfterDays } from '../../../src/features/initiatives/rules.ts';
import { InitiativeQuery } from '../../../src/features/initiatives/schemas.ts';
import { type Db, openDatabase } from '../../../src/platform/db.ts';
import { applicationRole, testDatabase } from '../../helpers/db.ts';
import { by, inDays, lastPosition, ledgerFaults, type Party, untilStill } from '../alliances/world.ts';
import { close, pass, openWorld as spaceWorld } from '../spaces/world.ts';
import { begin, openWorld, promise } from './world.ts';

const evidence = [{ text: 'Gedaan.', url: null }];

/** A deed of two in an initiative, done and confirmed today. */
async function deed(db: Db, who: Party, other: Party, initiativeId: string): Promise<void> {
  const id = await promise(db, who, { initiativeId, beneficiaryOrganisationId: other.id });
  await fulfilCommitment(db, by(who), id, { evidence });
  await confirmCommitment(db, by(other), id, { outcome: 'confirmed' });
}

async function moveDate(db: Db, who: Party, other: Party, id: string, dueOn: string): Promise<void> {
  const { body } = await offerDate(db, by(who), id, { dueOn, reason: 'Later.', expiresInDays: 30 });
  await decideDateOffer(db, by(other), body.id, { decision: 'accepted' });
}

/** Lets days pass for initiatives, and for promises: what is kept of days lies so much further back. */
async function letPass(owner: Sql, ids: readonly string[], days: number): Promise<void> {
  await owner`update initiatives set talked_since = talked_since - ${days}::int,
    stall_told_since = stall_told_since - ${days}::int where id = any(${[...ids]})`;
  await owner`update commitments set due_on = due_on - ${days}::int, first_due_on = first_due_on - ${days}::int,
    late_told_due_on = late_told_due_on - ${days}::int, confirmed_at = confirmed_at - make_interval(days => ${days})
    where id = any(${[...ids]}) or initiative_id = any(${[...ids]})`;
  await owner`update date_offers set due_on = due_on - ${days}::int where commitment_id = any(${[...ids]})`;
}

/** What was told since a position, as `type subject`. */
async function toldSince(sql: Sql, position: number): Promise<string[]> {
  const rows = await sql<{ told: string }[]>`select type || ' ' || subject_id as told from events
    where position > ${position} and type in ('initiative.stalled', 'commitment.late') order by position`;
  return rows.map(({ told }) => told);
}

/** What a party reads in the feed of the events of these two types. */
async function readBy(db: Db, sql: Sql, who: Pick<Party, 'caller'>): Promise<string[]> {
  const upTo = await lastPosition(sql);
  const types = ['initiative.stalled', 'commitment.late'];
  const rows = await readEvents(db, who.caller, { after: 0, upTo, limit: 100, types });
  return rows.map(({ type, subjectId }) => `${type} ${subjectId}`);
}

t.test(
  'an initiative is told to stall on the day on which it does, and a promise to be late on the next',
  async (t) => {
    const { db, sql, owner } = await testDatabase(t);
    const { town, care, allianceId } = await openWorld(db);
    const initiative = await begin(db, town, allianceId);
    const late = await promise(db, town, { allianceId, beneficiaryOrganisationId: care.id, dueOn: inDays(0) });
    const offered = await promise(db, town, { allianceId, promiserOrganisationId: care.id, dueOn: inDays(0) });
    const position = await lastPosition(sql);
    const told = () => toldSince(sql, position);
    t.equal(await detectStalls(db), 0);
    t.same(await countStalls(db), { count: 0, oldestAt: undefined });
    await letPass(owner, [late, offered], 1);
    await letPass(owner, [initiative], stalledAfterDays - 1);
    t.same(await countStalls(db), { count: 1, oldestAt: new Date(`${inDays(0)}T00:00:00Z`) });
    t.equal(await detectStalls(db), 1, 'an offer is no promise');
    t.same(await told(), [`commitment.late ${late}`]);
    await letPass(owner, [initiative], 1);
    t.same(await countStalls(db), { count: 1, oldestAt: new Date(`${inDays(0)}T00:00:00Z`) });
    t.equal(await detectStalls(db), 1);
    t.equal(await detectStalls(db), 0);
    t.same(await told(), [`commitment.late ${late}`, `initiative.stalled ${initiative}`]);
    t.same(await countStalls(db), { count: 0, oldestAt: undefined });
    const lists = [
      await listInitiatives(db, town.caller, InitiativeQuery.parse({ stalled: true })),
      await listCommitments(db, town.caller, CommitmentQuery.parse({ state: 'accepted' })),
    ];
    t.same(
      lists.flatMap(({ items }) => items.map(({ id }) => id)),
      [initiative, late],
      'the lists say the same',
    );
    const [event] = await sql`select alliance_id, organisation_ids, data from events where type = 'initiative.stalled'`;
    t.same(event, { alliance_id: allianceId, organisation_ids: [town.id], data: {} });
    const [other] = await sql`select organisation_ids from events where type = 'commitment.late'`;
    t.same(other?.organisation_ids, [town.id, care.id]);
    const audits = await sql`select client_id, operation_id, event_count from audit_records
    where operation_id = 'detectStalls'`;
    t.same([...audits], Array(2).fill({ client_id: 'node', operation_id: 'detectStalls', event_count: 1 }));
    t.same(await ledgerFaults(sql), []);
  },
);

t.test('what is told changes no row: versions, instants of change and entity tags stay', async (t) => {
  const { db, owner } = await testDatabase(t);
  const { town, care, allianceId } = await openWorld(db);
  const initiative = await begin(db, town, allianceId);
  const late = await promise(db, town, {
    initiativeId: initiative,
    beneficiaryOrganisationId: care.id,
    dueOn: inDays(0),
  });
  await letPass(owner, [initiative, late], 60);
  const shown = async () => [
    await getInitiative(db, town.caller, initiative),
    await getCommitment(db, town.caller, late),
  ];
  const before = await shown();
  const since = new Date();
  t.equal(await detectStalls(db), 2);
  t.same(await shown(), before);
  t.match(before, [{ body: { stalled: true } }, { body: { late: true } }]);
  const changed = await listInitiatives(db, town.caller, InitiativeQuery.parse({ changedSince: since.toISOString() }));
  t.same(changed.items, []);
  const { version } = await getInitiative(db, town.caller, initiative);
  t.match(await changeInitiative(db, by(town), initiative, version ?? 0, { title: 'Anders' }), {
    body: { title: 'Anders' },
  });
  t.equal(await detectStalls(db), 0, 'another title is no deed');
});

t.test('a late promise is told to its two parties, a stalled initiative to whoever sees it', async (t) => {
  const { db, sql, owner } = await testDatabase(t);
  const { town, care, school, stranger, allianceId } = await openWorld(db, { visibility: 'network' });
  const outsider = { caller: { ...stranger.caller, organisationId: null } };
  const initiative = await begin(db, town, allianceId);
  const late = await promise(db, town, {
    initiativeId: initiative,
    beneficiaryOrganisationId: care.id,
    dueOn: inDays(0),
  });
  await letPass(owner, [initiative, late], 60);
  t.equal(await detectStalls(db), 2);
  const both = [`initiative.stalled ${initiative}`, `commitment.late ${late}`];
  for (const party of [town, care]) t.same(await readBy(db, sql, party), both);
  for (const other of [school, stranger]) t.same(await readBy(db, sql, other), both.slice(0, 1));
  t.same(await readBy(db, sql, outsider), [], 'nobody of the network sees neither');
  const admin = { caller: { ...stranger.caller, administrator: true } };
  t.same(await readBy(db, sql, admin), both.slice(0, 1), 'and an administrator no more than its organisation');
  await fulfilCommitment(db, by(town), late, { evidence });
  t.same(await readBy(db, sql, school), both.slice(0, 1), 'that it was late is not told once it was kept, either');
});

t.test('in a closed space it is told inside alone, and at its end nothing is told any more', async (t) => {
  const { db, sql, owner } = await testDatabase(t);
  const { convener, author, helper, observer, sponsor, stranger, space } = await spaceWorld(db);
  const work = async () => {
    const initiativeId = await begin(db, author, space);
    const given = { initiativeId, beneficiaryOrganisationId: helper.id, dueOn: inDays(0) };
    return { initiativeId, late: await promise(db, author, given) };
  };
  const inside = await work();
  await letPass(owner, [inside.initiativeId, inside.late], 60);
  t.equal(await detectStalls(db), 2);
  const stall = `initiative.stalled ${inside.initiativeId}`;
  for (const who of [author, helper]) t.same(await readBy(db, sql, who), [stall, `commitment.late ${inside.late}`]);
  for (const who of [convener, observer]) t.same(await readBy(db, sql, who), [stall]);
  for (const who of [sponsor, stranger]) t.same(await readBy(db, sql, who), []);

  const untold = await work();
  await changeAlliance(db, by(convener), space, 1, { endsOn: inDays(0) });
  await letPass(owner, [untold.initiativeId, untold.late], 60);
  const position = await lastPosition(sql);
  const nothing = async (state: string) => {
    t.same(await countStalls(db), { count: 0, oldestAt: undefined }, state);
    t.equal(await detectStalls(db), 0, state);
  };
  await nothing('at its end, before a job notes it');
  for (const [days, state] of [
    [0, 'closing'],
    [23, 'archived'],
    [7, 'destroyed'],
  ] as const) {
    await pass(owner, space, days);
    t.equal(await close(db), 1);
    const [closure] = await owner`select state from space_closures where alliance_id = ${space}`;
    t.equal(closure?.state, state);
    await nothing(state);
  }
  t.same(await toldSince(sql, position), []);
});

t.test('an alliance that is no closed space is told of after its end too, as its lists still show it', async (t) => {
  const { db, owner } = await testDatabase(t);
  const { town, allianceId } = await openWorld(db);
  const initiative = await begin(db, town, allianceId);
  await letPass(owner, [initiative], 60);
  await owner`update alliances set starts_on = current_date - 90, ends_on = current_date - 1 where id = ${allianceId}`;
  t.equal(await detectStalls(db), 1);
  t.match((await getInitiative(db, town.caller, initiative)).body, { stalled: true });
});

type Step =
  | { readonly do: 'pass'; readonly days: number }
  | { readonly do: 'run' | 'runTwice' | 'deed' | 'title' | 'stop' | 'resume' }
  | { readonly do: 'move'; readonly days: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('pass' as const), days: fc.integer({ min: 1, max: 60 }) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('run' as const, 'runTwice' as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('deed', 'title', 'stop', 'resume') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('move' as const), days: fc.integer({ min: 0, max: 40 }) }) },
);

t.test('each occasion is told once, whatever happens and whenever the job runs', async (t) => {
  const { db, sql, owner } = await testDatabase(t);
  const { town, care, allianceId } = await openWorld(db);
  let told = 0;
  const follow = async (steps: readonly Step[]) => {
    const initiative = await begin(db, town, allianceId);
    const dueOn = inDays(10);
    const id = await promise(db, town, { allianceId, beneficiaryOrganisationId: care.id, dueOn });
    const model = { idle: 0, stage: 'idea', stallTold: false, left: 10, lateTold: false, version: 1 };
    const expected: string[] = [];
    const expectTold = () => {
      if (model.stage === 'idea' && model.idle >= stalledAfterDays && !model.stallTold) {
        expected.push(`initiative.stalled ${initiative}`);
        model.stallTold = true;
      }
      if (model.left < 0 && !model.lateTold) {
        expected.push(`commitment.late ${id}`);
        model.lateTold = true;
      }
    };
    const acts: { [Do in Step['do']]: (days: number) => Promise<unknown> } = {
      pass: async (days) => {
        await letPass(owner, [initiative, id], days);
        model.idle += days;
        model.left -= days;
      },
      run: async () => {
        expectTold();
        await detectStalls(db);
      },
      runTwice: async () => {
        expectTold();
        await Promise.all([detectStalls(db), detectStalls(db)]);
      },
      deed: async () => {
        // Of what was stopped nothing new is promised.
        if (model.stage === 'stopped') return;
        await deed(db, town, care, initiative);
        if (model.idle > 0) Object.assign(model, { idle: 0, stallTold: false });
      },
      title: async () => {
        await changeInitiative(db, by(town), initiative, model.version, { title: `Plan ${model.version}` });
        model.version += 1;
      },
      stop: async () => {
        if (model.stage === 'idea')
          await changeInitiativeStage(db, by(town), initiative, { stage: 'stopped', reason: 'Even niet.' });
        model.stage = 'stopped';
      },
      resume: async () => {
        if (model.stage === 'stopped') await changeInitiativeStage(db, by(town), initiative, { stage: 'idea' });
        model.stage = 'idea';
      },
      move: async (days) => {
        if (days === model.left) return;
        await moveDate(db, town, care, id, inDays(days));
        Object.assign(model, { left: days, lateTold: false });
      },
    };
    const position = await lastPosition(sql);
    for (const one of steps) {
      await acts[one.do]('days' in one ? one.days : 0);
      const events = (await toldSince(sql, position)).filter(
        (event) => event.endsWith(initiative) || event.endsWith(id),
      );
      t.same(events.toSorted(), expected.toSorted(), JSON.stringify(steps));
      if (!t.passing()) throw new Error('told otherwise');
    }
    told += expected.length;
  };
  const property = fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 25 }), follow);
  await fc.assert(property, { numRuns: 15, interruptAfterTimeLimit: 120_000 });
  t.ok(told > 5, `${told} occasions were told`);
  t.same(await ledgerFaults(sql), []);
});

t.test('runners at once tell everything once, by a limited number in one transaction', async (t) => {
  const { db, sql, owner, connection } = await testDatabase(t);
  const { town, care, allianceId } = await openWorld(db);
  await owner`insert into initiatives (id, alliance_id, title, themes, stage, stage_changed_at, talked_since,
      created_by_organisation_id, created_at, changed_at)
    select gen_random_uuid(), ${allianceId}, 'Plan ' || n, '{}', 'active', now(), current_date - 100, ${town.id}, now(), now()
    from generate_series(1, 1200) n`;
  await owner`insert into commitments (id, alliance_id, title, promiser_organisation_id, beneficiary_organisation_id, due_on,
      first_due_on, state, offered_by_organisation_id, offered_at, created_at, changed_at)
    select gen_random_uuid(), ${allianceId}, 'Belofte ' || n, ${town.id}, ${care.id}, current_date - 1, current_date - 1,
      'accepted', ${town.id}, now(), now(), now() from generate_series(1, 1200) n`;
  const second = openDatabase(connection, { max: 2, role: applicationRole });
  t.teardown(() => second.close());
  const position = await lastPosition(sql);
  t.equal((await countStalls(db)).count, 2400);
  let told = 0;
  const run = async (runner: Db) => {
    for (let count = await detectStalls(runner); count > 0; count = await detectStalls(runner)) told += count;
  };
  await Promise.all([run(db), run(second.db)]);
  await run(db);
  t.equal(told, 2400);
  const events = await toldSince(sql, position);
  t.equal(events.length, 2400);
  t.equal(new Set(events).size, 2400);
  const [largest] = await sql`select max(event_count) as count from audit_records where operation_id = 'detectStalls'`;
  t.ok(largest?.count <= 500, `a transaction tells a limited number: ${largest?.count}`);
  t.same(await ledgerFaults(sql), []);
});

t.test('what is locked is left for the next run, which sees what was done meanwhile', async (t) => {
  const { db, sql, owner } = await testDatabase(t);
  const { town, care, allianceId } = await openWorld(db);
  const initiative = await begin(db, town, allianceId);
  const given = { initiativeId: initiative, beneficiaryOrganisationId: care.id };
  const id = await promise(db, town, given);
  const late = await promise(db, town, { ...given, dueOn: inDays(0) });
  await fulfilCommitment(db, by(town), id, { evidence });
  await letPass(owner, [initiative, late], 60);
  const position = await lastPosition(sql);
  await owner.begin(async (owner) => {
    await owner`select from initiatives where id = ${initiative} for update`;
    await owner`select from commitments where id = ${late} for update`;
    t.equal(await detectStalls(db), 0);
  });
  t.same(await toldSince(sql, position), []);
  await fulfilCommitment(db, by(town), late, { evidence });
  // The confirmation is written, and waits for its number in the log.
  let confirming: Promise<unknown> = Promise.resolve();
  await owner.begin(async (held) => {
    await held`select from event_counter for update`;
    confirming = confirmCommitment(db, by(care), id, { outcome: 'confirmed' });
    await untilStill(owner, [confirming]);
    t.equal(await detectStalls(db), 0);
  });
  await confirming;
  t.equal(await detectStalls(db), 0);
  t.same(await toldSince(sql, position), [], 'it was done before it was told');
});

t.test('among deeds and runners at once, no initiative is told to stall after its deed', async (t) => {
  const { db, sql, owner } = await testDatabase(t);
  const { town, care, allianceId } = await openWorld(db);
  const ids: string[] = [];
  const deeds: string[] = [];
  for (let n = 0; n < 30; n++) {
    const initiativeId = await begin(db, town, allianceId);
    const id = await promise(db, town, { initiativeId, beneficiaryOrganisationId: care.id });
    await fulfilCommitment(db, by(town), id, { evidence });
    ids.push(initiativeId);
    deeds.push(id);
  }
  await letPass(owner, ids, 60);
  let going = true;
  const runner = async () => {
    while (going) await detectStalls(db);
  };
  const runners = [runner(), runner()];
  for (const id of deeds) await confirmCommitment(db, by(care), id, { outcome: 'confirmed' });
  going = false;
  await Promise.all(runners);
  await detectStalls(db);
  const wrong = await sql`select s.subject_id from events s join commitments c on c.initiative_id = s.subject_id
    join events d on d.subject_id = c.id and d.type = 'commitment.confirmed'
    where s.type = 'initiative.stalled' and s.position > d.position`;
  t.same([...wrong], []);
  const told = await toldSince(sql, 0);
  t.equal(new Set(told).size, told.length, 'and none twice');
});

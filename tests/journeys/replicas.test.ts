import pino from 'pino';
import t from 'tap';
import { importAlliances, importMemberships } from '../../src/features/alliances/alliances.ts';
import { endMembership } from '../../src/features/alliances/membership-offers.ts';
import { commit } from '../../src/features/events/events.ts';
import { offerDate } from '../../src/features/initiatives/date-offers.ts';
import { importKnowledgeItems } from '../../src/features/knowledge/knowledge-import.ts';
import { recordMerger } from '../../src/features/organisations/mergers.ts';
import { importOrganisations } from '../../src/features/organisations/organisations.ts';
import { NewSessionSeries } from '../../src/features/sessions/schemas.ts';
import { createSessionSeries } from '../../src/features/sessions/series.ts';
import { closeSpaces } from '../../src/features/spaces/spaces.ts';
import { nodeContext } from '../../src/platform/caller.ts';
import { newId } from '../../src/platform/id.ts';
import { loops, retentionWorks } from '../../src/worker.ts';
import { by, inDays, invite, join, parties } from '../features/alliances/world.ts';
import { begin, promise, takePart } from '../features/initiatives/world.ts';
import { alliance, give, offer } from '../features/ownership/world.ts';
import { register } from '../features/professionals/world.ts';
import { end, harvest, learn, openWorld, pass, testReceipts } from '../features/spaces/world.ts';
import { computingOf, testPool } from '../helpers/computing.ts';
import { contentsOf } from '../helpers/contents.ts';
import { type TestDatabase, testDatabase } from '../helpers/db.ts';
import { testPeering, testSending } from '../helpers/demo.ts';
import { administrator, context } from '../helpers/people.ts';

const home = 'https://other.example';
const log = pino({ enabled: false });
const none = { count: 0, oldestAt: undefined };

/** What each loop changes of what was due, so that of none of it nothing was due before. */
const done: Readonly<Record<string, readonly string[]>> = {
  'expire-offers': ['commitment_steps', 'commitments', 'date_offers', 'participations'],
  'detect-stalls': ['commitments', 'initiatives'],
  'plan-sessions': ['session_series', 'sessions'],
  'pass-days': ['memberships', 'ownership_records', 'sponsorships'],
  'expire-space-offers': ['handovers', 'harvests'],
  'close-spaces': ['space_closure_members', 'space_closures'],
  'expire-ownership-offers': ['ownership_offers'],
  'expire-affiliations': ['affiliations'],
  'personal-codes': ['professionals'],
  'affiliation-offers': ['affiliations'],
  'unaffiliated-professionals': ['affiliations', 'erasures', 'processing_records', 'professionals'],
};
/** Where it is recorded that something was done. */
const beside = ['audit_records', 'events', 'event_counter'];

/** Makes replicas of all that there is, or brings all of it home. */
async function moveAll({ owner }: TestDatabase, to: string | null): Promise<void> {
  for (const table of ['organisations', 'alliances', 'knowledge_items'])
    await owner`update ${owner(table)} set home = ${to}`;
}

/** A network in which time has passed over everything that a loop looks at. */
async function overdue({ db, owner }: TestDatabase) {
  const world = await openWorld(db);
  const { convener, author, helper, space, open } = world;
  const ranOut = (table: string, id: string) =>
    owner`update ${owner(table)} set expires_at = now() - interval '1 hour' where id = ${id}`;

  const initiative = await begin(db, author, open);
  await ranOut('commitments', await promise(db, author, { allianceId: open, promiserOrganisationId: helper.id }));
  const agreed = await promise(db, author, { allianceId: open, beneficiaryOrganisationId: helper.id });
  const later = { dueOn: inDays(40), reason: 'Later.', expiresInDays: 30 };
  await ranOut('date_offers', (await offerDate(db, by(author), agreed, later)).body.id);
  const participation = await takePart(db, helper, initiative);
  await takePart(db, convener, initiative);
  await owner`update participations set state = 'offered' where id = ${participation}`;
  await ranOut('participations', participation);
  const late = await promise(db, author, { allianceId: open, beneficiaryOrganisationId: helper.id });
  await owner`update commitments set due_on = current_date - 3 where id = ${late}`;
  await owner`update initiatives set talked_since = current_date - 57 where id = ${initiative}`;

  const weekly = NewSessionSeries.parse({
    ...{ allianceId: open, title: 'Weektraining', kind: 'training', startsAt: `${inDays(1)}T09:30` },
    ...{ timeZone: 'Europe/Amsterdam', durationMinutes: 60, recurrence: 'FREQ=WEEKLY' },
  });
  const { id: series } = (await createSessionSeries(db, by(author), weekly)).body;
  await owner`delete from sessions where series_id = ${series} and planned_on > current_date + 100`;
  await owner`update session_series set planned_through = current_date + 100 where id = ${series}`;

  const others = await parties(db, 'guest', 'leaver', 'gone', 'heir');
  await ranOut('memberships', await invite(db, open, convener, others.guest));
  const memberships: string[] = [];
  for (const party of [others.leaver, others.gone]) {
    const id = await invite(db, open, convener, party);
    await owner`update memberships set state = 'accepted', starts_on = current_date - 9,
      decided_by_organisation_id = ${party.id} where id = ${id}`;
    memberships.push(id);
  }
  await give(db, author, { type: 'initiative', id: await begin(db, author, open) }, others.leaver);
  await endMembership(db, by(others.leaver), memberships[0] ?? '', { endsOn: inDays(2) });
  await owner`update memberships set ends_on = current_date - 1 where id = ${memberships[0] ?? ''}`;
  await give(db, others.leaver, { type: 'initiative', id: await begin(db, author, open) }, others.gone).catch(
    () => null,
  );
  const merger = { predecessorIds: [others.gone.id], successorId: others.heir.id, effectiveOn: inDays(-5) };
  await recordMerger(db, context(administrator), merger, async () => []);

  const itemId = await learn(db, author, space, [helper]);
  await ranOut('harvests', await harvest(db, author, itemId, space));
  await ranOut('ownership_offers', await offer(db, convener, alliance(open), author));
  await ranOut('affiliations', (await register(db, author)).affiliationId);
  await owner`insert into handovers (id, commitment_id, to_alliance_id, title, state, offered_by_organisation_id, offered_at,
    expires_at, changed_at) values (${newId()}, ${agreed}, ${space}, 'Verder', 'offered', ${author.id}, now(), now(), now())`;
  await owner`update sponsorships set state = 'offered', expires_at = now() - interval '1 hour'`;

  const { id: forgotten, affiliationId } = await register(db, author);
  await owner`update professionals set created_at = now() - interval '3 years',
    code_issued_at = now() - interval '3 years' where id = ${forgotten}`;
  await owner`update affiliations set state = 'declined', decided_at = now() - interval '200 days'
    where id = ${affiliationId}`;
  await owner`update alliances set ends_on = current_date where id = ${space}`;
  return { ...world, itemId };
}

t.test('no loop changes a replica, or counts it as due; what comes home is due at once', async (t) => {
  const database = await testDatabase(t);
  const { db, owner } = database;
  await overdue(database);
  const receipts = await testReceipts(db);
  const sending = testSending(t, { log });
  const computing = computingOf(db);
  const names = ['expire-offers', 'detect-stalls', 'pass-days', 'expire-space-offers', 'close-spaces'].concat(
    'expire-ownership-offers',
    'expire-affiliations',
    'plan-sessions',
  );
  const all = loops({ db, receipts, sending, peering: await testPeering(db), computing, pool: testPool(), log }).filter(
    ({ name }) => names.includes(name),
  );
  t.equal(all.length, names.length);
  const works = Object.entries(retentionWorks(receipts)).filter(([rule]) =>
    ['unaffiliated-professionals', 'affiliation-offers', 'personal-codes'].includes(rule),
  );
  t.equal(works.length, 3);
  const runs = [
    ...all.map(({ name, run, backlog }) => ({ name, backlog, run: () => run(new AbortController().signal) })),
    // The code first, since whoever is erased has none.
    ...works.reverse().map(([name, work]) => ({ name, backlog: undefined, run: () => work(db, 100) })),
  ];

  // People are kept where they were registered, wherever their organisation is homed.
  const ofPeople = ['expire-affiliations', ...works.map(([name]) => name)];
  await moveAll(database, home);
  const before = await contentsOf(owner);
  for (const { name, run, backlog } of runs.filter((one) => !ofPeople.includes(one.name))) {
    if (backlog !== undefined) t.same(await backlog(), none, `${name}: nothing is due`);
    await run();
    const now = await contentsOf(owner);
    t.same(
      Object.keys(before).filter((table) => now[table] !== before[table]),
      [],
      `${name}: it changed nothing`,
    );
  }

  await moveAll(database, null);
  for (const { name, run, backlog } of runs) {
    if (backlog !== undefined) t.not((await backlog())?.count, 0, `${name}: it is due at home`);
    const then = await contentsOf(owner);
    await run();
    const now = await contentsOf(owner);
    const changed = Object.keys(then).filter((table) => now[table] !== then[table] && !beside.includes(table));
    t.same(changed.sort(), done[name], `${name}: what is done at home`);
  }
});

t.test('a merger passes on what is kept here and leaves what another node keeps', async (t) => {
  const database = await testDatabase(t);
  const { db, owner } = database;
  const { convener, open, space, author } = await openWorld(db);
  const { gone, heir } = await parties(db, 'gone', 'heir');
  for (const where of [open, space]) await join(db, where, convener, gone);
  const mine = { type: 'initiative', id: await begin(db, author, open) } as const;
  const theirs = { type: 'initiative', id: await begin(db, author, space) } as const;
  for (const subject of [mine, theirs]) await give(db, author, subject, gone);
  await owner`update alliances set home = ${home} where id = ${space}`;
  const merger = { predecessorIds: [gone.id], successorId: heir.id, effectiveOn: inDays(-1) };
  const receipts = await testReceipts(db);
  await recordMerger(db, context(administrator), merger, async () => []);
  const passDays = loops({
    ...{
      db,
      receipts,
      sending: testSending(t, { log }),
      peering: await testPeering(db),
      computing: computingOf(db),
      pool: testPool(),
      log,
    },
  }).find(({ name }) => name === 'pass-days');
  while (await passDays?.run(new AbortController().signal));
  const members = await owner<{ allianceId: string; state: string }[]>`
    select alliance_id as "allianceId", state from memberships where organisation_id in (${gone.id}, ${heir.id})
    order by alliance_id, state`;
  t.same(
    members.filter(({ allianceId }) => allianceId === space).map(({ state }) => state),
    ['accepted'],
  );
  t.same(
    members.filter(({ allianceId }) => allianceId === open).map(({ state }) => state),
    ['accepted', 'ended'],
  );
  const owners = async (id: string) =>
    owner`select change from ownership_records where subject_id = ${id} order by number`;
  t.match(await owners(mine.id), [{ change: 'accepted' }, { change: 'succeeded' }]);
  t.equal((await owners(theirs.id)).length, 1, 'its home records who succeeds');
});

t.test('a space is closed to its end although what was shared with it is kept elsewhere', async (t) => {
  const database = await testDatabase(t);
  const { db, owner } = database;
  const { convener, author, helper, space } = await openWorld(db);
  const itemId = await learn(db, author, space, [helper]);
  await owner`update knowledge_items set home = ${home}`;
  await end(db, convener, space);
  for (const days of [25, 7, 400]) {
    await pass(owner, space, days);
    await closeSpaces(db, await testReceipts(db));
  }
  t.match([...(await owner`select state from space_closures`)], [{ state: 'destroyed' }]);
  t.same([...(await owner`select 1 from events where type = 'knowledge_item.unshared'`)], [], 'that is for its home');
  t.match([...(await owner`select state from knowledge_items where id = ${itemId}`)], [{ state: 'published' }]);
});

t.test('an import leaves replicas as they are, and tells of each row that meets one', async (t) => {
  const database = await testDatabase(t);
  const { db, owner } = database;
  const [source, schemes] = ['register', []];
  const { id: organisationId } = (await parties(db, 'academy')).academy;
  const importAll = (name: string) =>
    commit(db, nodeContext('import'), async (db, record) => {
      const rows = <T>(fields: T) => [{ line: 2, key: 'one', ...fields }];
      const day = '2024-01-01';
      const text = { type: 'practice', title: name, summary: '', body: '', links: [], language: 'nl', themes: [] };
      const content = { ...text, licence: 'CC0-1.0' } as const;
      const body = [
        ...(await importOrganisations(db, nodeContext('import'), record, rows({ name, kind: 'other' }), {
          ...{ source, schemes },
        })),
        ...(await importAlliances(db, record, source, rows({ name, kind: 'alliance', startsOn: day }))),
        ...(await importMemberships(
          db,
          record,
          source,
          rows({ allianceKey: 'one', organisationId, startsOn: name === 'Eén' ? day : '2024-02-01' }),
        )),
        ...(await importKnowledgeItems(db, record, { organisationId, source }, rows({ content }))),
      ];
      return { body };
    });
  t.same(
    (await importAll('Eén')).body.map(({ outcome }) => outcome),
    Array(4).fill('created'),
  );
  await moveAll(database, home);
  const before = await contentsOf(owner);
  const told = (await importAll('Anders')).body.map(({ outcome, faults }) => `${outcome} ${faults[0]?.code}`);
  t.same(told, ['unchanged kept_elsewhere', ...Array(3).fill('refused kept_elsewhere')]);
  t.same(await contentsOf(owner), before);
  await moveAll(database, null);
  t.same(
    (await importAll('Anders')).body.map(({ outcome }) => outcome),
    Array(4).fill('updated'),
    'at home they are changed',
  );
});

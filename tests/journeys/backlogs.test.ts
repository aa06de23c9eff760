import pino from 'pino';
import t from 'tap';
import { endMembership } from '../../src/features/alliances/membership-offers.ts';
import { createImport } from '../../src/features/imports/imports.ts';
import { offerDate } from '../../src/features/initiatives/date-offers.ts';
import { recordMerger } from '../../src/features/organisations/mergers.ts';
import { NewSessionSeries } from '../../src/features/sessions/schemas.ts';
import { createSessionSeries } from '../../src/features/sessions/series.ts';
import { computeInBackground } from '../../src/features/statistics/background.ts';
import { listComputations } from '../../src/features/statistics/computing/computations.ts';
import type { Loop } from '../../src/platform/loop.ts';
import { loops } from '../../src/worker.ts';
import { by, inDays, invite, type Party, parties } from '../features/alliances/world.ts';
import { begin, promise, takePart } from '../features/initiatives/world.ts';
import { alliance, give, offer } from '../features/ownership/world.ts';
import { register } from '../features/professionals/world.ts';
import { end, harvest, learn, openWorld, pass, testReceipts } from '../features/spaces/world.ts';
import { computingOf, testPool } from '../helpers/computing.ts';
import { testDatabase } from '../helpers/db.ts';
import { testPeering, testSending } from '../helpers/demo.ts';
import { administrator, context } from '../helpers/people.ts';

const none = { count: 0, oldestAt: undefined };
const log = pino({ enabled: false });

t.test('what each job shows as due is what its runs do: it counts that, dates it, and nothing is left', async (t) => {
  const { db, owner } = await testDatabase(t);
  const world = await openWorld(db);
  const { convener, author, helper, space, open } = world;
  const sending = testSending(t, { log });
  const all = loops({
    db,
    receipts: await testReceipts(db),
    sending,
    peering: await testPeering(db),
    computing: computingOf(db),
    pool: testPool(),
    log,
  }).filter(({ backlog }) => backlog !== undefined);
  const backlogOf = async (name: string) => all.find((loop) => loop.name === name)?.backlog?.();
  const runAll = async (name: string) => {
    const loop = all.find((one) => one.name === name) as Loop;
    while (await loop.run(new AbortController().signal));
  };
  const untouched = new Set(all.map(({ name }) => name));
  const check = async (name: string, count: number, oldestAt: Date) => {
    t.same(await backlogOf(name), { count, oldestAt }, `${name}: what is due`);
    await runAll(name);
    t.same(await backlogOf(name), none, `${name}: nothing is left`);
    untouched.delete(name);
  };
  t.ok(((await backlogOf('dispatch-webhooks'))?.count ?? 0) > 10, 'what happened is to be queued, be it for nobody');
  await runAll('dispatch-webhooks');
  for (const { name } of all.filter((loop) => loop.name !== 'retention'))
    t.same(await backlogOf(name), none, `${name}: nothing is due at first`);
  /** Lets an offer run out, an hour ago or as many as are named. */
  const hoursAgo = (hours: number) => new Date(Math.floor(Date.now() / 1000) * 1000 - hours * 3_600_000);
  const runOut = (table: string, id: string, hours = 1) =>
    owner`update ${owner(table)} set expires_at = ${hoursAgo(hours).toISOString()} where id = ${id}`;
  const oldest = async (table: string, id: string) => {
    const [row] = await owner<{ at: string }[]>`select expires_at as at from ${owner(table)} where id = ${id}`;
    return new Date(row?.at ?? 0);
  };
  const midnight = (days: number) => new Date(`${inDays(days)}T00:00:00Z`);

  const given = { resource: 'organisations', source: 'test', dryRun: false } as const;
  const admin = context(administrator);
  const { body } = await createImport(db, admin, given, 'key,name,kind\na,Eén,other\n');
  await createImport(db, admin, given, 'key,name,kind\nb,Twee,other\n');
  await check('imports', 2, body.createdAt);

  await computeInBackground(db, administrator, '/v1/statistics/network');
  const [computation] = (await listComputations(db, administrator, { limit: 1 })).items;
  await check('computations', 1, computation?.createdAt as Date);

  const initiative = await begin(db, author, open);
  const offered = await promise(db, author, { allianceId: open, promiserOrganisationId: helper.id });
  const accepted = await promise(db, author, { allianceId: open, beneficiaryOrganisationId: helper.id });
  const later = { dueOn: inDays(40), reason: 'Later.', expiresInDays: 30 };
  const date = (await offerDate(db, by(author), accepted, later)).body.id;
  const participation = await takePart(db, helper, initiative);
  const left = await takePart(db, convener, initiative);
  await owner`update participations set state = 'offered' where id = ${participation}`;
  await runOut('commitments', offered);
  await runOut('date_offers', date);
  await runOut('participations', participation, 3);
  await check('expire-offers', 3, await oldest('participations', participation));
  const spell =
    await owner`select id from memberships where alliance_id = ${open} and organisation_id = ${convener.id}`;
  await owner`update memberships set starts_on = current_date - 9, ends_on = current_date - 2 where id = ${spell[0]?.id}`;
  await check('expire-offers', 1, midnight(-2));
  t.match([...(await owner`select state from participations where id = ${left}`)], [{ state: 'ended' }]);
  await owner`update memberships set ends_on = null where id = ${spell[0]?.id}`;

  const promised = await promise(db, author, { allianceId: open, beneficiaryOrganisationId: helper.id });
  await owner`update commitments set due_on = current_date - 3 where id = ${promised}`;
  await owner`update initiatives set talked_since = current_date - 57 where id = ${initiative}`;
  await check('detect-stalls', 2, midnight(-2));

  const weekly = NewSessionSeries.parse({
    ...{ allianceId: open, title: 'Weektraining', kind: 'training', startsAt: `${inDays(1)}T09:30` },
    ...{ timeZone: 'Europe/Amsterdam', durationMinutes: 60, recurrence: 'FREQ=WEEKLY' },
  });
  const series = (await createSessionSeries(db, by(author), weekly)).body.id;
  await owner`delete from sessions where series_id = ${series} and planned_on > current_date + 173`;
  await owner`update session_series set planned_through = current_date + 173 where id = ${series}`;
  await check('plan-sessions', 1, midnight(-2));

  await passingDays(convener);
  async function passingDays(founder: Party): Promise<void> {
    const { guest, leaver, gone, heir } = await parties(db, 'guest', 'leaver', 'gone', 'heir');
    const invitation = await invite(db, open, founder, guest);
    await runOut('memberships', invitation);
    const memberships: string[] = [];
    for (const party of [leaver, gone]) {
      const id = await invite(db, open, founder, party);
      await owner`update memberships set state = 'accepted', starts_on = current_date - 9,
        decided_by_organisation_id = ${party.id} where id = ${id}`;
      memberships.push(id);
    }
    const owned = { type: 'initiative', id: await begin(db, author, open) } as const;
    await give(db, author, owned, leaver);
    await endMembership(db, by(leaver), memberships[0] ?? '', { endsOn: inDays(2) });
    await owner`update memberships set ends_on = current_date - 1 where id = ${memberships[0] ?? ''}`;
    const merger = { predecessorIds: [gone.id], successorId: heir.id, effectiveOn: inDays(-5) };
    await recordMerger(db, admin, merger, async () => []);
    // The invitation, the membership that is over, the share of who left with it, and the merger.
    await check('pass-days', 4, midnight(-5));
  }

  const itemId = await learn(db, author, space, [helper]);
  const leaving = await harvest(db, author, itemId, space);
  await runOut('harvests', leaving);
  await check('expire-space-offers', 1, await oldest('harvests', leaving));

  const owning = await offer(db, convener, alliance(open), author);
  await runOut('ownership_offers', owning);
  await check('expire-ownership-offers', 1, await oldest('ownership_offers', owning));

  const { affiliationId } = await register(db, author);
  await runOut('affiliations', affiliationId);
  await check('expire-affiliations', 1, await oldest('affiliations', affiliationId));

  await end(db, convener, space);
  t.same(await backlogOf('close-spaces'), none, 'its first step was taken');
  await pass(owner, space, 25);
  await check('close-spaces', 1, midnight(-2));
  await pass(owner, space, 7);
  await check('close-spaces', 1, midnight(-2));
  await pass(owner, space, 400);
  t.same(await backlogOf('close-spaces'), none, 'a destroyed space is due for nothing more');

  const rules = await backlogOf('retention');
  t.ok((rules?.count ?? 0) >= 8, 'no rule ever ran');
  t.ok(Math.abs(Date.now() - (rules?.oldestAt?.getTime() ?? 0)) < 600_000, 'each waits since the process began');
  await runAll('retention');
  t.same(await backlogOf('retention'), none);
  await owner`update retention_runs set started_at = date_trunc('second', now()) - interval '1 hour'
    where rule_id = 'saved-answers'`;
  const [run] = await owner<{ at: string }[]>`select started_at + interval '10 minutes' as at from retention_runs
    where rule_id = 'saved-answers'`;
  await check('retention', 1, new Date(run?.at ?? 0));
  t.same(
    [...untouched].sort(),
    ['deliver-webhooks', 'dispatch-webhooks', 'exports', 'pull-peers', 'tell-moves', 'tell-peers', 'verify-webhooks'],
    'the others are those of backlogs-sending.test.ts',
  );
});

import fc from 'fast-check';
import type { Sql } from 'postgres';
import t from 'tap';
import { passDays, succeedMemberships } from '../../../src/features/alliances/alliances.ts';
import { decideMembership, endMembership, offerMembership } from '../../../src/features/alliances/membership-offers.ts';
import { roles } from '../../../src/features/alliances/schemas.ts';
import { recordMerger } from '../../../src/features/organisations/mergers.ts';
import { decisions } from '../../../src/platform/handshake.ts';
import { type TestDatabase, testDatabase } from '../../helpers/db.ts';
import { administrator, context } from '../../helpers/people.ts';
import {
  type Aimed,
  aim,
  type Command,
  endless,
  type Known,
  type Prediction,
  predict,
  type Row,
  roleIn,
} from './model.ts';
import {
  by,
  found,
  inDays,
  invite,
  ledgerFaults,
  letDaysPass,
  membershipFaults,
  outcome,
  type Party,
  parties,
  recorded,
  recordMemberships,
} from './world.ts';

const party = fc.nat(4);
const alliance = fc.nat(1);
const role = fc.constantFrom(...roles);
const day = fc.option(fc.constantFrom(0, 5, 20, 50), { nil: undefined });
const pick = fc.nat(30);
const offer = fc.record({ kind: fc.constant('offer' as const), who: party, alliance, to: party, role });
const decision = fc.constantFrom(...decisions);
const decide = fc.record({ kind: fc.constant('decide' as const), who: party, pick, decision });
const end = fc.record({ kind: fc.constant('end' as const), who: party, pick, day });
const merge = fc.record({
  kind: fc.constant('merge' as const),
  from: fc.uniqueArray(party, { minLength: 1, maxLength: 2 }),
  to: party,
  day: fc.constantFrom(-10, 0, 20),
});
const pass = fc.record({ kind: fc.constant('pass' as const), days: fc.constantFrom(4, 16) });
const made = (...more: { weight: number; arbitrary: fc.Arbitrary<Command> }[]): fc.Arbitrary<Aimed> =>
  fc.record({
    aimed: fc.constantFrom(true, true, true, false),
    command: fc.oneof<{ weight: number; arbitrary: fc.Arbitrary<Command> }[]>(
      { weight: 6, arbitrary: offer },
      { weight: 8, arbitrary: decide },
      { weight: 3, arbitrary: end },
      { weight: 1, arbitrary: merge },
      ...more,
    ),
  });

type World = { readonly people: Party[]; readonly alliances: string[] };

/** Five organisations; the first founded an alliance with the second, the third and fourth are in one without a convener. */
async function begin({ db }: TestDatabase): Promise<World> {
  const people = Object.values(await parties(db, 'a', 'b', 'c', 'd', 'e'));
  const [a, b, c, d] = people as [Party, Party, Party, Party];
  const first = await found(db, a, { startsOn: inDays(-100) });
  await invite(db, first, a, b);
  return { people, alliances: [first, await recorded(db, [c, d], { key: first, visibility: 'public' })] };
}

/** What the database holds of a world, in days from today. */
async function read(sql: Sql, { people, alliances }: World): Promise<Known> {
  const ids = people.map(({ id }) => id);
  const rows = await sql<Row[]>`
    select id, version, array_position(${alliances}::uuid[], alliance_id) - 1 as alliance,
      array_position(${ids}::uuid[], organisation_id) - 1 as organisation, role, offered_by as "offeredBy", basis,
      end_reason as "endReason", ended_by_organisation_id is not null as "endedHere",
      coalesce(starts_on - current_date, 0) as "from", coalesce(ends_on - current_date, 9999) as until,
      case when state = 'offered' and expires_at <= now() then 'expired'
        when state = 'accepted' and ends_on <= current_date then 'ended' else state end as state
    from memberships where alliance_id = any(${alliances}::uuid[]) order by id`;
  const organisations = await sql<{ until: number; successor: number | null }[]>`
    select coalesce(ends_on - current_date, 9999) as until, array_position(${ids}::uuid[], successor_id) - 1 as successor
    from organisations where id = any(${ids}::uuid[]) order by id`;
  return { rows: [...rows], organisations: [...organisations] };
}

/** Carries out a command; answers what came of it. */
async function carryOut({ db, owner }: TestDatabase, world: World, rows: readonly Row[], given: Command) {
  const who = (index: number) => world.people[index] as Party;
  const row = (index: number) => rows[index % rows.length]?.id ?? '';
  if (given.kind === 'offer') {
    const input = { organisationId: who(given.to).id, role: given.role, expiresInDays: 30 };
    return outcome(offerMembership(db, by(who(given.who)), world.alliances[given.alliance] ?? '', input));
  }
  if (given.kind === 'decide')
    return outcome(decideMembership(db, by(who(given.who)), row(given.pick), { decision: given.decision }));
  if (given.kind === 'end') {
    const endsOn = given.day === undefined ? undefined : inDays(given.day);
    return outcome(endMembership(db, by(who(given.who)), row(given.pick), { endsOn, reason: 'Daarom' }));
  }
  if (given.kind === 'merge') {
    const predecessorIds = given.from.map((index) => who(index).id);
    const merger = { predecessorIds, successorId: who(given.to).id, effectiveOn: inDays(given.day) };
    return outcome(recordMerger(db, context(administrator), merger, succeedMemberships));
  }
  await letDaysPass(owner, given.days);
  while ((await passDays(db)) > 0);
  return 'done';
}

const over = ['ended', 'declined', 'withdrawn', 'expired'];

/** Where the database and the model do not agree after a command, and what must hold whatever happens. */
function differences(before: Known, after: Known, { map, days, unsure }: Prediction, passed: number): string[] {
  const faults: string[] = [];
  const now = roleIn(after.rows);
  for (const alliance of [0, 1]) {
    for (const organisation of [0, 1, 2, 3, 4].filter((one) => !unsure.has(`${alliance} ${one}`))) {
      const wrong = days.filter((on) => now(alliance, organisation, on) !== map(alliance, organisation, on));
      faults.push(...wrong.map((on) => `${alliance} ${organisation} on ${on}: ${now(alliance, organisation, on)}`));
    }
  }
  return [...faults, ...before.rows.flatMap((row) => lost(row, after, passed))];
}

/** What is over stays as it is, and no row is ever removed. */
function lost(row: Row, after: Known, passed: number): string[] {
  const kept = after.rows.find(({ id }) => id === row.id);
  const until = row.until === endless ? endless : row.until - passed;
  if (kept === undefined) return [`${row.id} is gone`];
  return over.includes(row.state) && (kept.role !== row.role || kept.until !== until || kept.state !== row.state)
    ? [`${row.id} is over and was changed`]
    : [];
}

const told = new Map<string, number>();

async function follow(database: TestDatabase, commands: readonly Aimed[]): Promise<void> {
  const { sql } = database;
  const world = await begin(database);
  const done: string[] = [];
  let before = await read(sql, world);
  for (const one of commands) {
    const given = aim(before, one);
    const prediction = predict(before, given);
    const [position] = await sql`select position::int from event_counter`;
    const came = await carryOut(database, world, before.rows, given);
    const [next] = await sql`select position::int from event_counter`;
    const after = await read(sql, world);
    const passed = given.kind === 'pass' ? given.days : 0;
    const faults = [...differences(before, after, prediction, passed), ...(await membershipFaults(sql))];
    if (![came, 'either'].includes(prediction.code)) faults.push(`${came} and not ${prediction.code}`);
    const changed = JSON.stringify(before.rows) !== JSON.stringify(after.rows);
    if (given.kind !== 'pass' && given.kind !== 'merge' && changed !== position?.position < next?.position)
      faults.push('a change without an event, or an event without a change');
    done.push(`${JSON.stringify(given)} → ${came}`);
    if (faults.length > 0) throw new Error([...done, ...faults].join('\n'));
    const name = `${given.kind} ${came}`;
    told.set(name, (told.get(name) ?? 0) + 1);
    before = after;
  }
  const faults = await ledgerFaults(sql);
  if (faults.length > 0) throw new Error(faults.join());
}

t.test(
  'whatever is offered, decided, ended and merged in whatever order, memberships are what the model says',
  async (t) => {
    const database = await testDatabase(t);
    const runs = 16;
    await fc.assert(
      fc.asyncProperty(
        fc.array(made({ weight: 1, arbitrary: pass }), { minLength: 8, maxLength: 24 }),
        async (commands) => follow(database, commands),
      ),
      { numRuns: runs, interruptAfterTimeLimit: 20_000, markInterruptAsFailure: false },
    );
    t.ok((told.get('decide done') ?? 0) > 0 && (told.get('offer done') ?? 0) > 0, JSON.stringify([...told]));
  },
);

t.test('whatever is done at the same time, it waits its turn, and nothing is torn', async (t) => {
  const database = await testDatabase(t, { max: 16 });
  const { db, sql } = database;
  const world = await begin(database);
  const others = [
    async () => outcome(passDays(db)),
    async (index: number) => {
      const organisationId = world.people[index % 5]?.id ?? '';
      return outcome(
        recordMemberships(db, [{ organisationId, key: `s ${index}`, allianceKey: world.alliances[0] ?? '' }]),
      );
    },
  ];
  const seen = new Set<string>();
  for (let round = 0; round < 6; round++) {
    const known = await read(sql, world);
    const commands = fc.sample(made(), 14).map((one) => aim(known, one));
    const all = [
      ...commands.map((given) => carryOut(database, world, known.rows, given)),
      ...others.map((work) => work(round)),
    ];
    for (const came of await Promise.all(all)) seen.add(came);
    t.same([...(await membershipFaults(sql)), ...(await ledgerFaults(sql))], []);
  }
  t.notOk(seen.has('unavailable'), [...seen].join());
});

import t, { type Test } from 'tap';
import { getCommitmentStatistics } from '../../../src/features/statistics/commitments.ts';
import { isToldOfMonths, type Promisers } from '../../../src/features/statistics/disclosure.ts';
import type { Db } from '../../../src/platform/db.ts';
import { testDatabase } from '../../helpers/db.ts';
import { caller } from '../../helpers/people.ts';
import { type Ask, comparable, day, groupsOf, promisesOf, ratio } from './naive.ts';
import { drawWorld, storeWorld, type World } from './world.ts';

/** The same figures from the steps alone, one commitment after the other. */
function naive(world: World, ask: Ask): Record<string, number | null> {
  const { from, until } = ask;
  const { inGroup } = groupsOf(world, ask);
  const within = (at: Date | undefined) => at !== undefined && day(at) >= from && day(at) < until;
  const all = promisesOf(world, ask).filter(({ promiser }) => inGroup(promiser));
  const size = (list: readonly unknown[]) => list.length;
  const due = all.filter(({ row }) => row.firstDueOn >= from && row.firstDueOn < until);
  const early = due.filter(({ at, row }) => at('cancelled') && day(at('cancelled') as Date) < row.firstDueOn);
  const kept = due.filter(({ state }) => state === 'confirmed');
  const onTime = kept.filter(({ at, row }) => day(at('fulfilled') as Date) <= row.firstDueOn);
  const inState = (name: string) => size(due.filter((one) => one.state === name && !early.includes(one)));
  const confirmed = all.filter(({ at }) => within(at('confirmed')));
  const made = all.filter(({ at }) => within(at('accepted')));
  const contested = all.filter((one) => one.contested);
  const answered = all.filter(({ contested, at }) => contested || within(at('confirmed')));
  const inEarnest = size(due) - size(early);
  const last = new Date(Date.parse(until) - 86_400_000);
  return {
    madeCount: size(made),
    confirmedCount: size(confirmed),
    contestedCount: size(contested),
    cancelledCount: size(all.filter(({ at }) => within(at('cancelled')))),
    overdueCount: size(all.filter(({ state, dueOn }) => state === 'accepted' && dueOn < day(last))),
    contestedShare: ratio(size(contested), size(answered)),
    deedsPerCommitment: ratio(size(confirmed), size(made)),
    dueCount: size(due),
    keptOnTimeCount: size(onTime),
    keptLaterCount: size(kept) - size(onTime),
    unansweredCount: inState('fulfilled'),
    deniedCount: inState('disputed'),
    stillOpenCount: inState('accepted'),
    cancelledBeforeDueCount: size(early),
    cancelledLaterCount: inState('cancelled'),
    keptOnTimeShare: ratio(size(onTime), inEarnest),
    movedShare: ratio(size(due.filter((one) => !early.includes(one) && one.dueOn !== one.row.firstDueOn)), inEarnest),
  };
}

/** The months of a window. */
function monthsOf({ from, until }: Ask): string[] {
  const months: string[] = [];
  for (let month = from.slice(0, 7); month < until.slice(0, 7); ) {
    months.push(month);
    const [year = 0, number = 0] = month.split('-').map(Number);
    month = number === 12 ? `${year + 1}-01` : `${year}-${String(number + 1).padStart(2, '0')}`;
  }
  return months;
}

/** Who had promises that were open or due, month after month, one promise after the other. */
function promisers(world: World, ask: Ask): Promisers[] {
  const { organisationKind: _, ...everybody } = ask;
  const standing = promisesOf(world, everybody).map(({ row, at, promiser }) => ({
    promiser,
    visibility: world.alliances.find(({ id }) => id === row.allianceId)?.visibility,
    due: row.firstDueOn.slice(0, 7),
    from: day(at('accepted') as Date).slice(0, 7),
    until: day(at('confirmed') ?? at('cancelled') ?? new Date('9000-01-01')).slice(0, 7),
  }));
  return monthsOf(ask).flatMap((month) =>
    [...new Set(world.organisations.map(({ kind }) => kind))].map((kind) => {
      const members = world.organisations.filter((one) => one.kind === kind).map(({ id }) => id as string);
      const count = (visibility: string) =>
        new Set(
          standing
            .filter((one) => members.includes(one.promiser) && one.visibility === visibility)
            .filter(({ due, from, until }) => due === month || (from <= month && until >= month))
            .map(({ promiser }) => promiser),
        ).size;
      return { month, kind, publicCount: count('public'), networkCount: count('network') };
    }),
  );
}

const windows = [
  { from: '2024-03-01', until: '2025-03-01' },
  { from: '2024-06-01', until: '2024-07-01' },
  { from: '2023-01-01', until: '2026-01-01' },
  { from: '2022-01-01', until: '2023-01-01' },
];
const asks: Ask[] = windows.flatMap((window) =>
  [undefined, 'municipality' as const, 'care_organisation' as const].flatMap((organisationKind) =>
    [true, false].map((outside) => ({ ...window, outside, ...(organisationKind && { organisationKind }) })),
  ),
);

async function compare(t: Test, db: Db, world: World) {
  const seen = { told: 0, hidden: 0, figures: 0 };
  for (const ask of asks) {
    const { outside, ...query } = ask;
    const who = caller(outside ? {} : { organisationId: world.organisations[0]?.id as string });
    const { body } = await getCommitmentStatistics(db, who, query);
    const { found, told } = comparable(body);
    const small = !isToldOfMonths(promisers(world, ask), ask.organisationKind ?? null);
    if (small) t.equal(told, false, JSON.stringify(ask));
    if (!told) {
      t.ok(Object.values(found).every((value) => value === null));
      seen.hidden++;
      continue;
    }
    t.same(found, naive(world, ask), JSON.stringify(ask));
    seen.told++;
    seen.figures += Object.values(found).filter((value) => typeof value === 'number' && value > 0).length;
  }
  return seen;
}

t.test(
  'the figures on commitments are those of a plain look at history, or left out where too few have any',
  async (t) => {
    const all = { told: 0, hidden: 0, figures: 0 };
    for (const seed of [1, 2, 3, 4]) {
      const { db } = await testDatabase(t);
      const world = drawWorld(seed);
      await storeWorld(db, world);
      const seen = await compare(t, db, world);
      for (const name of ['told', 'hidden', 'figures'] as const) all[name] += seen[name];
    }
    t.ok(all.told > 10 && all.hidden > 10 && all.figures > 100, JSON.stringify(all));
  },
);

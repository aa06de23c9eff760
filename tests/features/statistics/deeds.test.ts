import t, { type Test } from 'tap';
import { getDeedStatistics } from '../../../src/features/statistics/deeds.ts';
import { kaplanMeier, median } from '../../../src/features/statistics/distribution.ts';
import { addDays } from '../../../src/features/statistics/windows.ts';
import type { Db } from '../../../src/platform/db.ts';
import { testDatabase } from '../../helpers/db.ts';
import { caller } from '../../helpers/people.ts';
import {
  type Ask,
  asks,
  comparable,
  day,
  groupsOf,
  initiativesOf,
  orNull,
  promisesOf,
  ratio,
  spellsOf,
  talked,
  themesAsked,
} from './naive.ts';
import { drawWorld, storeWorld, type World } from './world.ts';

/** The same figures from the steps alone, one commitment after the other. */
function naive(world: World, ask: Ask): Record<string, number | null> {
  const { from, until } = ask;
  const asOf = addDays(until, -1);
  const { counted, inGroup } = groupsOf(world, ask);
  const within = (at: Date | undefined) => at !== undefined && day(at) >= from && day(at) < until;
  const ofTheme = themesAsked(world, ask);
  const histories = promisesOf(world, ask);
  const all = histories.filter(({ promiser }) => inGroup(promiser));
  const size = (list: readonly unknown[]) => list.length;
  const confirmed = all.filter(({ at }) => within(at('confirmed')));
  const promisersIn = (initiativeId: string | null | undefined) =>
    new Set(
      histories
        .filter(({ row, at }) => row.initiativeId === initiativeId && within(at('confirmed')))
        .map((one) => one.promiser),
    ).size;
  const joint = confirmed.filter(({ row }) => row.initiativeId && promisersIn(row.initiativeId) >= 2);
  const initiatives = initiativesOf(world, ask);
  const begun = initiatives.filter(({ createdAt }) => within(createdAt));
  const charters = world.charters.filter(
    (one) => counted.has(one.allianceId) && within(one.publishedAt) && inGroup(one.publishedByOrganisationId),
  );
  const words = charters.reduce((sum, { text }) => sum + text.trim().split(/\s+/).length, 0);
  const survival = kaplanMeier(spellsOf(initiatives.map(({ days, ended }) => ({ days, ended }))));
  const talkAges = talked(initiatives);
  const present = world.memberships.filter(
    (one) =>
      counted.has(one.allianceId) &&
      one.role !== 'observer' &&
      inGroup(one.organisationId) &&
      (one.startsOn ?? '') <= asOf &&
      (one.endsOn ?? '9999') > asOf &&
      (world.organisations.find(({ id }) => id === one.organisationId)?.startsOn ?? '0001') <= asOf,
  );
  const byGroup = ask.organisationKind !== undefined || ask.region !== undefined;
  const inForce = world.alliances.filter(
    (one) =>
      counted.has(one.id as string) &&
      one.startsOn <= asOf &&
      (one.endsOn ?? '9999') > asOf &&
      (!byGroup || present.some(({ allianceId }) => allianceId === one.id)),
  );
  const acting = inForce.filter(({ id }) => {
    const recent = all.filter(
      ({ row, at }) => row.allianceId === id && at('confirmed') && day(at('confirmed') as Date) >= addDays(until, -90),
    );
    return new Set(recent.map(({ promiser }) => promiser)).size >= 2;
  });
  const yes = world.participations.filter(
    (one) =>
      ['accepted', 'ended'].includes(one.state) &&
      within(one.joinedAt as Date) &&
      day(one.joinedAt as Date) < addDays(until, -90) &&
      inGroup(one.organisationId) &&
      ofTheme(one.initiativeId) &&
      counted.has(world.initiatives.find(({ id }) => id === one.initiativeId)?.allianceId ?? '') &&
      ['contributor', 'consent'].includes(
        world.stances.filter((stance) => stance.participationId === one.id && day(stance.recordedAt) < until).at(-1)
          ?.stance ?? '',
      ),
  );
  const polite = yes.filter(
    (one) =>
      !histories.some(
        ({ row, at, promiser }) =>
          row.initiativeId === one.initiativeId &&
          promiser === one.organisationId &&
          (at('confirmed') ?? 0) >= (one.joinedAt as Date),
      ),
  );
  const ofCharters = (figure: number | null) => (ask.theme === undefined ? figure : null);
  return {
    confirmedCount: size(confirmed),
    initiativeCount: size(begun),
    deedsPerInitiative: ratio(size(confirmed), size(begun)),
    charterCount: ofCharters(size(charters)),
    charterWordCount: ofCharters(words),
    deedsPerThousandCharterWords: ofCharters(ratio(1000 * size(confirmed), words)),
    medianDaysToFirstDeed: orNull(survival.median),
    firstDeedWithin90DaysShare: orNull(survival.shareWithin(90)),
    firstDeedWithin180DaysShare: orNull(survival.shareWithin(180)),
    firstDeedWithin365DaysShare: orNull(survival.shareWithin(365)),
    onlyTalkedCount: size(talkAges),
    medianTalkAgeDays: orNull(median(talkAges.map((age) => [age, 1]))),
    jointDeedShare: ratio(size(joint), size(confirmed)),
    actingAllianceCount: size(acting),
    allianceCount: size(inForce),
    actingAllianceShare: ratio(size(acting), size(inForce)),
    politeYesCount: size(polite),
    politeYesIndex: ratio(size(polite), size(yes)),
  };
}

async function compare(t: Test, db: Db, world: World) {
  let figures = 0;
  for (const ask of asks(world)) {
    const who = caller(ask.outside ? {} : { organisationId: world.organisations[0]?.id as string });
    const { outside: _, ...query } = ask;
    const { body } = await getDeedStatistics(db, who, query);
    const { found, told } = comparable(body);
    if (!told) continue;
    t.same(found, naive(world, ask), JSON.stringify(query));
    figures += Object.values(found).filter((value) => typeof value === 'number' && value > 0).length;
  }
  return figures;
}

for (const seed of [1, 2, 3])
  t.test(`the figures on deeds are those of a plain look at history ${seed}`, async (t) => {
    const { db } = await testDatabase(t);
    const world = drawWorld(seed);
    await storeWorld(db, world);
    const figures = await compare(t, db, world);
    t.ok(figures > 100, `${figures} figures are not zero`);
  });

import t from 'tap';
import { gini, kaplanMeier, normalisedHhi } from '../../../src/features/statistics/distribution.ts';
import { getKnowledgeFlowStatistics } from '../../../src/features/statistics/flows.ts';
import { addDays } from '../../../src/features/statistics/windows.ts';
import { testDatabase } from '../../helpers/db.ts';
import { caller } from '../../helpers/people.ts';
import {
  type Ask,
  asks,
  comparable,
  daysBetween,
  everyKind,
  groupsOf,
  histogramOf,
  itemsOf,
  orNull,
  partsIn,
  ratio,
  spellsOf,
  tally,
} from './naive.ts';
import { drawWorld, storeWorld, type World } from './world.ts';

const day = (at: Date) => at.toISOString().slice(0, 10);
const horizonDays = 120;

/** The same figures, one item and one adoption after the other. */
function naive(world: World, ask: Ask) {
  const asOf = addDays(ask.until, -1);
  const items = itemsOf(world, ask)
    .filter(({ sharedOn }) => sharedOn < ask.until)
    .map((one) => ({
      ...one,
      adoptions: world.adoptions.filter(
        (adoption) =>
          adoption.itemId === one.item.id &&
          adoption.organisationId !== one.item.organisationId &&
          adoption.adoptedOn < ask.until &&
          (!adoption.withdrawnAt || day(adoption.withdrawnAt) >= ask.until),
      ),
    }));
  const chosen = items.filter((one) => one.chosen);
  const firstOf = ({ adoptions }: (typeof items)[number]) => adoptions.map(({ adoptedOn }) => adoptedOn).sort()[0];
  const shared = chosen.filter(({ sharedOn }) => sharedOn >= ask.from);
  const matured = shared.filter(({ sharedOn }) => daysBetween(sharedOn, asOf) >= horizonDays);
  const reused = matured.filter((one) => daysBetween(one.sharedOn, firstOf(one) ?? '9999-01-01') <= horizonDays);
  const survival = kaplanMeier(
    spellsOf(
      chosen.map((one) => {
        const first = firstOf(one);
        const last = one.withdrawnOn ?? asOf;
        return { days: Math.max(0, daysBetween(one.sharedOn, first ?? last)), ended: first !== undefined };
      }),
    ),
  );
  const pairsOf = (list: typeof items) =>
    list.flatMap(({ item, adoptions }) =>
      [...new Set(adoptions.filter(({ adoptedOn }) => adoptedOn >= ask.from).map((one) => one.organisationId))].map(
        (adopter) => ({ item: item.id as string, author: item.organisationId, adopter }),
      ),
    );
  const pairs = pairsOf(chosen);
  const kindOf = (id: string) => world.organisations.find((one) => one.id === id)?.kind;
  const adopters = new Set(pairs.map(({ adopter }) => adopter));
  const everywhere = everyKind(ask);
  const reached = partsIn(world, everywhere, { from: asOf, until: ask.until }).filter((one) =>
    adopters.has(one.organisationId),
  );
  const authors = [...new Set(chosen.map(({ item }) => item.organisationId))];
  const given = tally(pairs.map(({ author }) => author));
  const histogram = histogramOf(authors.map((id) => given.get(id) ?? 0));
  const perItem = tally(pairs.map(({ item }) => item));
  return {
    sharedCount: shared.length,
    maturedCount: matured.length,
    reusedCount: reused.length,
    reuseRate: ratio(reused.length, matured.length),
    medianDaysToFirstReuse: orNull(survival.median),
    firstReuseWithin90DaysShare: orNull(survival.shareWithin(90)),
    firstReuseWithin180DaysShare: orNull(survival.shareWithin(180)),
    firstReuseWithin365DaysShare: orNull(survival.shareWithin(365)),
    adoptionCount: pairs.length,
    adoptedItemCount: perItem.size,
    adopterCount: adopters.size,
    sharerCount: given.size,
    adoptersPerItem: ratio(pairs.length, perItem.size),
    maximumAdopterCount: Math.max(0, ...perItem.values()),
    acrossKindsShare: ratio(
      pairs.filter(({ author, adopter }) => kindOf(author) !== kindOf(adopter)).length,
      pairs.length,
    ),
    reachedAllianceCount: new Set(reached.map(({ allianceId }) => allianceId)).size,
    reuseHhi: orNull(normalisedHhi(histogram)),
    reuseGini: orNull(gini(histogram)),
    balances: balancesOf(world, ask, pairsOf(items)),
  };
}

function balancesOf(world: World, ask: Ask, pairs: readonly { item: string; author: string; adopter: string }[]) {
  const { inGroup } = groupsOf(world, ask);
  const given = tally(
    [...new Set(pairs.map(({ item, author }) => `${author} ${item}`))].map((key) => key.split(' ')[0] as string),
  );
  const taken = tally(pairs.map(({ adopter }) => adopter));
  return world.organisations
    .map(({ id, name, kind }) => {
      const [out, back] = [given.get(id as string) ?? 0, taken.get(id as string) ?? 0];
      return { id: id as string, name, kind, givenCount: out, takenCount: back, balance: (out - back) / (out + back) };
    })
    .filter(({ id, givenCount, takenCount }) => givenCount + takenCount > 0 && inGroup(id))
    .sort((a, b) => b.givenCount + b.takenCount - a.givenCount - a.takenCount || (a.name < b.name ? -1 : 1))
    .slice(0, 6);
}

for (const seed of [21, 22, 23])
  t.test(`the figures on flows of knowledge are those of a plain look at history ${seed}`, async (t) => {
    const { db } = await testDatabase(t);
    const world = drawWorld(seed);
    await storeWorld(db, world);
    let figures = 0;
    for (const { outside, ...query } of asks(world)) {
      const who = caller(outside ? {} : { organisationId: world.organisations[0]?.id as string });
      const { body } = await getKnowledgeFlowStatistics(db, who, { ...query, horizonDays, top: 6 });
      const { found, told } = comparable(body);
      if (!told) continue;
      t.same(found, naive(world, outside ? { ...query, outside } : query), JSON.stringify(query));
      figures += Object.values(found).filter((value) => typeof value === 'number' && value > 0).length;
    }
    t.ok(figures > 80, `${figures} figures are not zero`);
  });

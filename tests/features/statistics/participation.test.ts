import t from 'tap';
import { evenness, gini } from '../../../src/features/statistics/distribution.ts';
import { getParticipationStatistics } from '../../../src/features/statistics/participation.ts';
import { testDatabase } from '../../helpers/db.ts';
import { caller } from '../../helpers/people.ts';
import { type Ask, asks, comparable, groupsOf, histogramOf, orNull, partsIn, ratio, tally } from './naive.ts';
import { drawWorld, storeWorld, type World } from './world.ts';

const day = (at: Date) => at.toISOString().slice(0, 10);

function naive(world: World, ask: Ask) {
  const { counted } = groupsOf(world, ask);
  const members = [...new Set(partsIn(world, ask, ask).map(({ organisationId }) => organisationId))];
  const confirmed = new Set(
    world.steps
      .filter(
        ({ step, recordedAt }) => step === 'confirmed' && day(recordedAt) >= ask.from && day(recordedAt) < ask.until,
      )
      .map(({ commitmentId }) => commitmentId),
  );
  const deeds = world.commitments.filter(
    ({ id, allianceId }) => confirmed.has(id as string) && counted.has(allianceId),
  );
  const perMember = tally(deeds.map((one) => one.promiserOrganisationId).filter((id) => members.includes(id)));
  const histogram = histogramOf(members.map((id) => perMember.get(id) ?? 0));
  const involved = members.filter((id) =>
    deeds.some((one) => one.initiativeId && [one.promiserOrganisationId, one.beneficiaryOrganisationId].includes(id)),
  ).length;
  return {
    memberCount: members.length,
    deedCount: [...perMember.values()].reduce((sum, count) => sum + count, 0),
    actingCount: perMember.size,
    actingShare: ratio(perMember.size, members.length),
    contributingCount: involved,
    contributingShare: ratio(involved, members.length),
    evenness: orNull(evenness(histogram)),
    gini: orNull(gini(histogram)),
  };
}

for (const seed of [31, 32, 33])
  t.test(`the figures on participation are those of a plain look at history ${seed}`, async (t) => {
    const { db } = await testDatabase(t);
    const world = drawWorld(seed);
    await storeWorld(db, world);
    let figures = 0;
    for (const { outside, theme, ...query } of asks(world)) {
      if (theme !== undefined) continue;
      const who = caller(outside ? {} : { organisationId: world.organisations[0]?.id as string });
      const { found, told } = comparable((await getParticipationStatistics(db, who, query)).body);
      if (!told) continue;
      t.same(found, naive(world, outside ? { ...query, outside } : query), JSON.stringify(query));
      figures += Object.values(found).filter((value) => typeof value === 'number' && value > 0).length;
    }
    t.ok(figures > 40, `${figures} figures are not zero`);
  });

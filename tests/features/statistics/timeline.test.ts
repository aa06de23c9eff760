import t from 'tap';
import { getNetworkStatistics } from '../../../src/features/statistics/statistics.ts';
import { getTimeline } from '../../../src/features/statistics/timeline.ts';
import type { Caller } from '../../../src/platform/caller.ts';
import type { Db } from '../../../src/platform/db.ts';
import { asker, computingOf } from '../../helpers/computing.ts';
import { testDatabase } from '../../helpers/db.ts';
import { caller } from '../../helpers/people.ts';
import { drawWorld, storeWorld } from './world.ts';

type Filter = { readonly organisationKind?: 'municipality'; readonly region?: string; readonly allianceId?: string };
const names = ['organisationCount', 'connectedCount', 'allianceCount', 'membershipCount', 'tieCount'] as const;

/** The network of a day, as far as a point tells it; nothing of a small group. */
async function pointOf(db: Db, who: Caller, day: string, { organisationKind, ...rest }: Filter) {
  const kinds = organisationKind === undefined ? {} : { organisationKind: [organisationKind] };
  const { body } = await getNetworkStatistics(computingOf(db), asker(who), {
    relation: 'membership',
    asOf: day,
    ...rest,
    ...kinds,
  });
  const small = (organisationKind ?? rest.region ?? rest.allianceId) !== undefined && body.organisationCount < 5;
  const whole = { ...body, connectedCount: body.coverage.connectedCount };
  const point = Object.fromEntries(names.map((name) => [name, small ? null : whole[name]]));
  return { point: { day, ...point }, small };
}

for (const seed of [41, 42])
  t.test(`each point of a time line is the network of its day in history ${seed}`, async (t) => {
    const { db } = await testDatabase(t);
    const world = drawWorld(seed);
    await storeWorld(db, world);
    const ofAlliances = world.alliances.map(({ id }): Filter => ({ allianceId: id as string }));
    const filters: Filter[] = [{}, { organisationKind: 'municipality' }, { region: 'Zuid' }, ...ofAlliances];
    const asked = filters.flatMap((filter) => [
      { filter, who: caller() },
      { filter, who: caller({ organisationId: world.organisations[0]?.id as string }) },
    ]);
    let ties = 0;
    for (const { filter, who } of asked) {
      const query = { from: '2022-11-01', until: '2025-09-01', ...filter, step: 'quarter' } as const;
      const { body } = await getTimeline(db, who, query);
      const wanted = await Promise.all(body.points.map(({ day }) => pointOf(db, who, day, filter)));
      t.equal(body.points.length, 11);
      t.same(
        body.points,
        wanted.map(({ point }) => point),
        JSON.stringify(filter),
      );
      t.same(
        body.suppressed,
        wanted.filter(({ small }) => small).map(({ point }) => `points ${point.day}`),
      );
      ties += body.points.reduce((sum, { tieCount }) => sum + (tieCount ?? 0), 0);
    }
    t.ok(ties > 1000, `${ties} ties`);
  });

import t from 'tap';
import { gini, normalisedHhi } from '../../../src/features/statistics/distribution.ts';
import { getOwnershipStatistics } from '../../../src/features/statistics/owners.ts';
import { addDays } from '../../../src/features/statistics/windows.ts';
import { testDatabase } from '../../helpers/db.ts';
import { caller } from '../../helpers/people.ts';
import {
  type Ask,
  asks,
  comparable,
  everyKind,
  groupsOf,
  histogramOf,
  itemsOf,
  orNull,
  partsIn,
  ratio,
  tally,
} from './naive.ts';
import { drawWorld, storeWorld, type World } from './world.ts';

const day = (at: Date) => at.toISOString().slice(0, 10);
type Subject = { id: string; type: string; began: string; open: boolean; chosen: boolean; allianceId?: string };

/** The initiatives and items that are counted, by their histories alone. */
function subjectsOf(world: World, ask: Ask): Subject[] {
  const { counted, inGroup } = groupsOf(world, ask);
  const asOf = addDays(ask.until, -1);
  const initiatives = world.initiatives
    .filter((one) => counted.has(one.allianceId) && day(one.createdAt) < ask.until)
    .filter((one) => ask.theme === undefined || one.themes.includes(ask.theme))
    .map((one): Subject => {
      const stage = world.stages.filter((row) => row.initiativeId === one.id && day(row.recordedAt) < ask.until).at(-1);
      const alliance = world.alliances.find(({ id }) => id === one.allianceId);
      const inForce = (alliance?.startsOn ?? '') <= asOf && (alliance?.endsOn ?? '9999') > asOf;
      return {
        ...{ id: one.id as string, type: 'initiative', began: day(one.createdAt), allianceId: one.allianceId },
        open: inForce && ['idea', 'active'].includes(stage?.stage ?? ''),
        chosen: inGroup(one.createdByOrganisationId),
      };
    });
  const items = itemsOf(world, ask).map(
    ({ item, withdrawnOn, sharedOn, chosen }): Subject => ({
      ...{ id: item.id as string, type: 'item', began: sharedOn, chosen },
      open: withdrawnOn === undefined,
    }),
  );
  return [...initiatives, ...items];
}

function naive(world: World, ask: Ask) {
  const { inGroup } = groupsOf(world, ask);
  const asOf = addDays(ask.until, -1);
  const present = partsIn(world, ask, { from: asOf, until: ask.until });
  const everybody = partsIn(world, everyKind(ask), {
    from: asOf,
    until: ask.until,
  });
  const members = new Set(present.map(({ organisationId }) => organisationId));
  const subjects = subjectsOf(world, ask);
  const of = new Map(
    subjects.map(({ id }) => [
      id,
      world.records.filter((one) => one.subjectId === id && day(one.recordedAt) < ask.until),
    ]),
  );
  const last = ({ id }: Subject) => of.get(id)?.at(-1);
  const ownersOf = (subject: Subject) => {
    const record = last(subject);
    return [record?.accountableOrganisationId, ...(record?.jointOrganisationIds ?? [])].filter((id) => id != null);
  };
  const isPresent = (subject: Subject) =>
    ownersOf(subject).some(
      (owner) =>
        subject.allianceId === undefined ||
        everybody.some((one) => one.organisationId === owner && one.allianceId === subject.allianceId),
    );
  const isOrphan = (subject: Subject) =>
    ownersOf(subject).length > 0
      ? !isPresent(subject)
      : (last(subject) ? day(last(subject)?.recordedAt as Date) : subject.began) < addDays(asOf, -30);
  const counts = (type: string, name: string) => {
    const open = subjects.filter((one) => one.type === type && one.open && one.chosen);
    const owned = open.filter((one) => ownersOf(one).length > 0).length;
    const orphaned = open.filter(isOrphan).length;
    return {
      [`open${name}Count`]: open.length,
      [`owned${name}Count`]: owned,
      [`accountable${name}Count`]: open.filter((one) => last(one)?.accountableOrganisationId).length,
      [`owned${name}Share`]: ratio(owned, open.length),
      [`orphaned${name}Count`]: orphaned,
      [`orphaned${name}Share`]: ratio(orphaned, open.length),
    };
  };
  const owners = tally(
    subjects
      .filter(({ open }) => open)
      .map((one) => last(one)?.accountableOrganisationId ?? '')
      .filter((id) => members.has(id)),
  );
  const histogram = histogramOf([...members].map((id) => owners.get(id) ?? 0));
  const changes = subjects
    .flatMap(({ id }) => of.get(id) ?? [])
    .filter((one) => day(one.recordedAt) >= ask.from && inGroup(one.toOrganisationId ?? one.fromOrganisationId ?? ''));
  const changed = (name: string) => changes.filter(({ change }) => change === name).length;
  return {
    ...counts('initiative', 'Initiative'),
    ...counts('item', 'Item'),
    ownerCount: owners.size,
    ownershipHhi: orNull(normalisedHhi(histogram)),
    ownershipGini: orNull(gini(histogram)),
    acceptedCount: changed('accepted'),
    transferCount: changed('transferred'),
    releasedCount: changed('released'),
    succeededCount: changed('succeeded'),
  };
}

for (const seed of [11, 12, 13])
  t.test(`the figures on ownership are those of a plain look at history ${seed}`, async (t) => {
    const { db } = await testDatabase(t);
    const world = drawWorld(seed);
    await storeWorld(db, world);
    let figures = 0;
    for (const { outside, ...query } of asks(world)) {
      const who = caller(outside ? {} : { organisationId: world.organisations[0]?.id as string });
      const { found, told } = comparable((await getOwnershipStatistics(db, who, query)).body);
      if (!told) continue;
      t.same(found, naive(world, outside ? { ...query, outside } : query), JSON.stringify(query));
      figures += Object.values(found).filter((value) => typeof value === 'number' && value > 0).length;
    }
    t.ok(figures > 80, `${figures} figures are not zero`);
  });

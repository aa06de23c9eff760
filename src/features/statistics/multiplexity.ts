import type { z } from 'zod';
import type { Answer } from '../../platform/answer.ts';
import { today } from '../../platform/days.ts';
import { invalid, Problem } from '../../platform/problem.ts';
import { lastPosition } from '../events/events.ts';
import { queryOf, tagOf, versionOf, visibilitiesFor } from './addresses.ts';
import type { Asker, Computing } from './computing/computing.ts';
import { sizeOf } from './computing/network-input.ts';
import type { NamedNetwork } from './computing/networks.ts';
import { part, partKey } from './computing/parts.ts';
import { readNetwork } from './computing/storing.ts';
import { coverageRuleOf } from './envelope.ts';
import { medianOf } from './kernel/moments.ts';
import { sizeOfSet, sumOver } from './kernel/overlap.ts';
import type { Multiplexity, MultiplexityQuery } from './multiplexity-schemas.ts';
import { type Relation, relationFaults, relations, type Selection, selectionOf, shapes } from './rules.ts';
import { addressOf, namedNetwork, nameOf, newestNetwork } from './snapshots.ts';

type View = z.output<typeof Multiplexity>;
type Query = z.output<typeof MultiplexityQuery>;
type Figures = Pick<
  View,
  | 'relations'
  | 'tiedPairCount'
  | 'multiplexPairCount'
  | 'multiplexShare'
  | 'meanRelationCount'
  | 'relationCounts'
  | 'overlaps'
  | 'activatedTies'
  | 'undefinedValues'
>;

/** The networks of the five relations, in their order, over the same population. */
type Networks = readonly NamedNetwork[];

/** How they lie over each other, and the share of each alliance that is acted in. */
type Found = NonNullable<ReturnType<typeof part<'overlap'>>['value']>;

/** How often the relations are looked at anew before they are given up, when others write all the time. */
const mostRounds = 10;

const definition = {
  version: 1,
  text: [
    'Population: the organisations of the filter that exist on the day, isolates included.',
    'Relations, each counted as by `/statistics/network` with the same parameters: membership and initiatives on the day asOf; deeds, knowledge and ownership in the window, the days from `from` (included) until `until` (excluded), in UTC, and never later than asOf, all up to and with asOf when both are absent. Direction and weight are dropped: a relation ties a pair once, either way.',
    'multiplexShare: pairs that two relations or more tie ÷ pairs that any ties. meanRelationCount: relations per tied pair. overlaps: for every two relations, pairs that both tie ÷ pairs that either ties (Jaccard). Relations are not recorded equally often: a low overlap can be a matter of registration.',
    'activatedShare: pairs that share an alliance on the day and did something with each other in the window ÷ pairs that share an alliance. What counts is a deed, which is a commitment that one of them made to the other and that the other confirmed as kept, or an adoption of knowledge of the one by the other that stands on the day; in or outside that alliance. What was promised, offered or planned does not count, nor does taking part in the same initiative or owning together.',
    'medianAllianceShare: over the alliances with at least two members in the population, the median of the share of the pairs of members that are activated. A large alliance has very many pairs: read the median beside the whole. No alliance is named.',
  ].join(' '),
  source:
    'Talking about collaboration is not collaboration: section 1.3 of the statistics reference of this project; multiplexity after Wasserman and Faust 1994; overlap after Jaccard 1912.',
};

/**
 * How the five relations of a population lie over each other, and which shared alliances are acted in. Throws
 * invalid_input, data_version_not_kept, computation_too_long, and Accepted where it takes long.
 */
export async function getMultiplexity(computing: Computing, asker: Asker, query: Query): Promise<Answer<View>> {
  const faults = relationFaults({ ...query, relation: 'deeds' });
  if (faults.length > 0) throw invalid(faults);
  const { organisationId: viewer } = asker.caller;
  const day = query.asOf ?? today();
  const network = await layeredNetwork(computing, viewer, day, query);
  const { dataVersion, organisations } = network;
  const found = await computing.values(network, [part('overlap')], {
    ...asker,
    address: addressOf(asker.address, day, dataVersion),
  });
  const overlap = found.get(partKey(part('overlap'))) as Found;
  const versions = dataVersion.split('.');
  const { organisationKind, region, organisationId } = selectionOf({ ...query, relation: 'membership' }, day);
  const { from = null, until = null } = query;
  const parameters = { asOf: day, from, until, organisationKind, region, organisationId } as View['parameters'];
  const visibilities = visibilitiesFor(viewer);
  const address = queryOf('/v1/statistics/multiplexity', parameters, dataVersion);
  const organisationCount = organisations.length;
  const body: View = {
    ...{ definition, dataVersion, asOf: day, parameters },
    coverage: {
      organisationCount,
      connectedCount: overlap.connectedCount,
      isolateCount: organisationCount - overlap.connectedCount,
      visibilities,
      rule: coverageRuleOf('knowledge'),
    },
    suppressed: [],
    query: address,
    ...figuresOf(overlap, versions),
  };
  return { body, version: tagOf(address, visibilities) };
}

/** What is selected for each relation; the window is that of what was done. */
const selectionsOf = (day: string, { dataVersion: _, from, until, ...rest }: Query): Selection[] =>
  relations.map((relation) =>
    selectionOf({ ...rest, ...(shapes[relation] === 'two-mode' ? {} : { from, until }), relation }, day),
  );

/**
 * The five networks as one, of which a part can be computed: the newest, or those of a data version, also where this
 * process never saw them but something was computed of them in the background. Throws data_version_not_kept, unavailable.
 */
async function layeredNetwork(
  computing: Computing,
  viewer: string | null,
  day: string,
  query: Query,
): Promise<NamedNetwork> {
  const selections = selectionsOf(day, query);
  const name = versionOf(selections.map((selection) => nameOf(viewer, selection)));
  const { dataVersion } = query;
  if (dataVersion === undefined) return layered(name, await newestNetworks(computing, viewer, selections));
  const stored = await readNetwork(computing.db, name, dataVersion);
  if (stored !== undefined) return stored;
  const versions = dataVersion.split('.');
  const works = selections.map((selection, index) => namedNetwork(computing, viewer, selection, versions[index] ?? ''));
  return layered(name, await everyOne(works));
}

/**
 * The networks of the five relations as they were at one moment: read again while something was written meanwhile. Where
 * others write all the time, those that at least have the same population will do. Throws unavailable when there are none.
 */
async function newestNetworks(
  computing: Computing,
  viewer: string | null,
  selections: readonly Selection[],
): Promise<Networks> {
  for (let round = 1; round <= mostRounds; round++) {
    const before = await lastPosition(computing.db);
    const networks = await everyOne(selections.map((selection) => newestNetwork(computing, viewer, selection)));
    if ((await lastPosition(computing.db)) === before) return networks;
    if (round > 2 && haveOnePopulation(networks)) return networks;
  }
  throw new Problem('unavailable', { headers: { 'retry-after': '2' } });
}

/** All of them, once none goes on, so that nothing is left behind where one fails. */
async function everyOne<T>(works: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(works);
  return Promise.all(works);
}

const haveOnePopulation = ([first, ...others]: Networks) =>
  others.every(
    ({ organisations }) =>
      organisations.length === first?.organisations.length &&
      organisations.every(({ id }, index) => id === first.organisations[index]?.id),
  );

function layered(name: string, networks: Networks): NamedNetwork {
  const [first] = networks as [NamedNetwork];
  const acts = [relations.indexOf('deeds'), relations.indexOf('knowledge')];
  const input = { ...first.input, layers: networks.map(({ input }) => input), acts };
  return {
    name,
    dataVersion: networks.map((one) => one.dataVersion).join('.'),
    organisations: first.organisations,
    input,
    size: sizeOf(input),
  };
}

const bitOf = (relation: Relation) => 1 << relations.indexOf(relation);
const holds = (set: number, ...wanted: Relation[]) => wanted.every((relation) => (set & bitOf(relation)) !== 0);
const shareOf = (part: number, whole: number) => (whole === 0 ? null : part / whole);

/** What follows from how many pairs are tied by which relations, and from the share of each alliance. */
function figuresOf(overlap: Found, versions: readonly string[]): Figures {
  const count = (condition: (set: number) => boolean) => sumOver(overlap, condition);
  const tiedPairCount = count((set) => set > 0);
  const multiplexPairCount = count((set) => sizeOfSet(set) > 1);
  const figures = {
    relations: relations.map((relation, index) => ({
      relation,
      tiedPairCount: count((set) => holds(set, relation)),
      dataVersion: versions[index] ?? '',
    })),
    tiedPairCount,
    multiplexPairCount,
    multiplexShare: shareOf(multiplexPairCount, tiedPairCount),
    meanRelationCount: shareOf(sumOver(overlap, sizeOfSet), tiedPairCount),
    relationCounts: relations.map((_, index) => ({
      relationCount: index + 1,
      pairCount: count((set) => sizeOfSet(set) === index + 1),
    })),
    overlaps: relations.flatMap((relation, index) =>
      relations.slice(index + 1).map((otherRelation) => {
        const bothCount = count((set) => holds(set, relation, otherRelation));
        const eitherCount = count((set) => holds(set, relation) || holds(set, otherRelation));
        return { relation, otherRelation, bothCount, eitherCount, jaccard: shareOf(bothCount, eitherCount) };
      }),
    ),
    activatedTies: activatedTiesOf(overlap),
  };
  return { ...figures, undefinedValues: undefinedIn(figures) };
}

function activatedTiesOf(overlap: Found): Figures['activatedTies'] {
  const count = (condition: (set: number) => boolean) =>
    sumOver(overlap, (set) => holds(set, 'membership') && condition(set));
  const { shares } = overlap;
  const sharingPairCount = count(() => true);
  const activatedPairCount = count((set) => holds(set, 'deeds') || holds(set, 'knowledge'));
  return {
    sharingPairCount,
    activatedPairCount,
    withDeedCount: count((set) => holds(set, 'deeds')),
    withAdoptionCount: count((set) => holds(set, 'knowledge')),
    activatedShare: shareOf(activatedPairCount, sharingPairCount),
    allianceCount: shares.length,
    medianAllianceShare: medianOf(shares),
    inactiveAllianceCount: shares.filter((share) => share === 0).length,
  };
}

/** Every figure that is null is a share of no pairs. */
function undefinedIn({ multiplexShare, meanRelationCount, overlaps, activatedTies }: Omit<Figures, 'undefinedValues'>) {
  const values: [name: string, value: number | null][] = [
    ['multiplexShare', multiplexShare],
    ['meanRelationCount', meanRelationCount],
    ...overlaps.map(({ relation, otherRelation, jaccard }): [string, number | null] => [
      `jaccard of ${relation} and ${otherRelation}`,
      jaccard,
    ]),
    ['activatedTies.activatedShare', activatedTies.activatedShare],
    ['activatedTies.medianAllianceShare', activatedTies.medianAllianceShare],
  ];
  return values.filter(([, value]) => value === null).map(([name]) => ({ name, reason: 'NO_TIES' as const }));
}

import { at, real } from '../../src/features/statistics/kernel/rows.ts';
import { type Draws, drawsOf, shuffled } from '../../src/features/statistics/kernel/seeded.ts';
import type { Incidence } from '../../src/features/statistics/kernel/two-mode.ts';

/** What a synthetic network is made of. */
export type AffiliationSizes = {
  readonly organisations: number;
  readonly alliances: number;
  readonly memberships: number;
  /** Standard deviation of the logarithm of the sizes of alliances: the number of tied pairs follows from it. */
  readonly spread: number;
};

/** The networks that are measured: of a region, of a country, and four times that. */
export const affiliationSizes: readonly AffiliationSizes[] = [
  { organisations: 500, alliances: 180, memberships: 1_390, spread: 0.45 },
  { organisations: 5_000, alliances: 1_263, memberships: 14_665, spread: 0.67 },
  { organisations: 20_000, alliances: 3_949, memberships: 75_167, spread: 0.75 },
];

/** A synthetic network: who takes part in what, and the sector of each organisation, 0 … sectorCount − 1. */
export type Affiliations = {
  readonly incidence: Incidence;
  readonly sectorOf: Int32Array;
  readonly sectorCount: number;
};

const sectorCount = 5;
const organisationsInRegion = 200;
/** How likely a seat goes to an organisation of the alliance's own region. */
const homophily = 0.8;
/** Standard deviation of the logarithm of how active an organisation is. */
const activitySpread = 0.8;
const isolatedShare = 0.03;

/**
 * Makes a synthetic affiliation network that follows from the seed alone: sizes of alliances and activity of
 * organisations are log-normal, most seats go to the alliance's own region, 3 % of the organisations are in no alliance
 * and every other one is in at least one. The numbers of organisations, alliances and memberships are exact. Throws a
 * RangeError when an alliance would be larger than the number of organisations that are in one.
 */
export function affiliationsOf(sizes: AffiliationSizes, seed: number): Affiliations {
  const { organisations, alliances } = sizes;
  const draw = drawsOf(seed);
  const regions = Math.ceil(organisations / organisationsInRegion);
  const regionOf = Int32Array.from({ length: organisations }, () => below(draw, regions));
  const homeOf = Int32Array.from({ length: alliances }, () => below(draw, regions));
  const active = shuffled(organisations, draw).subarray(Math.floor(organisations * isolatedShare));
  const tables = seatsOf(sizes, draw).map((seats) => ({ seats, members: new Set<number>() }));
  if (tables.some(({ seats }) => seats > active.length)) throw new RangeError('an alliance has too many seats');
  seatEveryone(active, tables, { regionOf, homeOf, draw });
  fillSeats(active, tables, { regionOf, homeOf, draw });
  return {
    incidence: incidenceOf(
      organisations,
      tables.map(({ members }) => members),
    ),
    sectorOf: Int32Array.from({ length: organisations }, () => below(draw, sectorCount)),
    sectorCount,
  };
}

type Table = { readonly seats: number; readonly members: Set<number> };
type Places = { readonly regionOf: Int32Array; readonly homeOf: Int32Array; readonly draw: Draws };

const below = (draw: Draws, count: number) => Math.floor(draw() * count);
/** A draw from the standard normal distribution (Box and Muller). */
const normal = (draw: Draws) => Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());

/** The size of each alliance, two or more; together they are the memberships. */
function seatsOf({ alliances, memberships, spread }: AffiliationSizes, draw: Draws): number[] {
  const drawn = Array.from({ length: alliances }, () => Math.exp(spread * normal(draw)));
  const scale = (memberships - 2 * alliances) / drawn.reduce((sum, size) => sum + size, 0);
  let [exact, given] = [0, 0];
  return drawn.map((size, place) => {
    exact += size * scale;
    const more = (place + 1 === alliances ? memberships - 2 * alliances : Math.round(exact)) - given;
    given += more;
    return 2 + more;
  });
}

/** Gives every organisation one seat, mostly in its own region. */
function seatEveryone(organisations: Int32Array, tables: readonly Table[], { regionOf, homeOf, draw }: Places): void {
  for (const organisation of organisations) {
    const free = tables.filter(({ seats, members }) => members.size < seats);
    const near = free.filter((_, alliance) => homeOf[alliance] === regionOf[organisation]);
    const choice = near.length > 0 && draw() < homophily ? near : free;
    choice[below(draw, choice.length)]?.members.add(organisation);
  }
}

/** Fills the seats that are left by the activity of organisations, mostly by those of the alliance's own region. */
function fillSeats(organisations: Int32Array, tables: readonly Table[], { regionOf, homeOf, draw }: Places): void {
  const activity = new Float64Array(regionOf.length);
  for (const organisation of organisations) activity[organisation] = Math.exp(activitySpread * normal(draw));
  const everywhere = lotteryOf(organisations, activity, draw);
  const regions = [...new Set(regionOf)].sort((a, b) => a - b);
  const within = new Map(
    regions.map((region) => [
      region,
      lotteryOf(
        organisations.filter((one) => regionOf[one] === region),
        activity,
        draw,
      ),
    ]),
  );
  tables.forEach(({ seats, members }, alliance) => {
    const near = within.get(at(homeOf, alliance)) ?? everywhere;
    while (members.size < seats) members.add(draw() < homophily ? near() : everywhere());
  });
}

/** Draws one of the organisations, each as likely as its share of the activity. */
function lotteryOf(organisations: Int32Array, activity: Float64Array, draw: Draws): () => number {
  let sum = 0;
  const sums = Float64Array.from(organisations, (one) => {
    sum += real(activity, one);
    return sum;
  });
  return () => {
    const wanted = draw() * sum;
    let [from, until] = [0, sums.length - 1];
    while (from < until) {
      const middle = (from + until) >> 1;
      if (real(sums, middle) <= wanted) from = middle + 1;
      else until = middle;
    }
    return at(organisations, from);
  };
}

function incidenceOf(organisationCount: number, alliances: readonly ReadonlySet<number>[]): Incidence {
  const pairs = alliances.flatMap((members, alliance) =>
    [...members].sort((a, b) => a - b).map((member) => [member, alliance] as const),
  );
  return {
    organisationCount,
    allianceCount: alliances.length,
    organisationOf: Int32Array.from(pairs, ([member]) => member),
    allianceOf: Int32Array.from(pairs, ([, alliance]) => alliance),
  };
}

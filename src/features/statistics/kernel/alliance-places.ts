import { betweennessOf, normalisedBetweenness } from './betweenness.ts';
import { graphOf, rowSizes } from './graph.ts';
import { at, real } from './rows.ts';
import { type Incidence, projectionOf, type TwoMode, twoModeOf } from './two-mode.ts';
import type { Work } from './work.ts';

/** The place of every alliance in a two-mode network. */
export type AlliancePlaces = {
  readonly memberCount: Int32Array;
  /** Blau's 1 − Σp² over the kinds of the members: the chance that two of them, drawn with return, differ in kind. */
  readonly kindMix: Float64Array;
  /** Other alliances with which it shares a member. */
  readonly linkedCount: Int32Array;
  /** The highest share of members in common with another alliance: |A ∩ B| ÷ |A ∪ B| (Jaccard); 0 without a shared member. */
  readonly highestOverlap: Float64Array;
};

/** The same incidence seen from the alliances: they are tied where they share an organisation. */
const turned = ({ organisationCount, allianceCount, organisationOf, allianceOf }: Incidence): Incidence => ({
  organisationCount: allianceCount,
  allianceCount: organisationCount,
  organisationOf: allianceOf,
  allianceOf: organisationOf,
});

/** At most as many pairs of alliances share a member. */
export function linkedPairsAtMost({ alliancesOf }: Pick<TwoMode, 'alliancesOf'>): number {
  return rowSizes(alliancesOf).reduce((sum, size) => sum + (size * (size - 1)) / 2, 0);
}

/** The places of the alliances; `kindOf` holds a number from 0 on for every organisation. */
export function alliancePlacesOf(incidence: Incidence, kindOf: Int32Array): AlliancePlaces {
  const { membersOf } = twoModeOf(incidence);
  const { offsets, weights } = projectionOf(twoModeOf(turned(incidence)), 'jaccard').out;
  const memberCount = rowSizes(membersOf);
  const kindMix = new Float64Array(memberCount.length);
  const highestOverlap = new Float64Array(memberCount.length);
  for (let alliance = 0; alliance < memberCount.length; alliance++) {
    const members = membersOf.items.subarray(at(membersOf.offsets, alliance), at(membersOf.offsets, alliance + 1));
    kindMix[alliance] = blauOf(members, kindOf);
    for (let i = at(offsets, alliance); i < at(offsets, alliance + 1); i++)
      highestOverlap[alliance] = Math.max(real(highestOverlap, alliance), real(weights, i));
  }
  return { memberCount, kindMix, linkedCount: rowSizes({ offsets, items: membersOf.items }), highestOverlap };
}

function blauOf(members: Int32Array, kindOf: Int32Array): number {
  const counts = new Map<number, number>();
  for (const member of members) counts.set(at(kindOf, member), (counts.get(at(kindOf, member)) ?? 0) + 1);
  const squares = [...counts.values()].reduce((sum, count) => sum + count * count, 0);
  // In whole numbers, so that members of one kind give exactly 0.
  return members.length === 0 ? 0 : (members.length ** 2 - squares) / members.length ** 2;
}

/**
 * The bridge value of every alliance: its betweenness in the graph of organisations and alliances, both of which are
 * nodes, over the number of pairs of other nodes (Borgatti and Everett 1997). NaN with fewer than three nodes. Yields
 * now and then.
 */
export function* bridgeValuesOf(incidence: Incidence): Work<Float64Array> {
  const { organisationCount, allianceCount, organisationOf, allianceOf } = incidence;
  const graph = graphOf(organisationCount + allianceCount, false, {
    from: organisationOf,
    to: allianceOf.map((alliance) => organisationCount + alliance),
    weights: new Float64Array(organisationOf.length).fill(1),
  });
  return normalisedBetweenness(yield* betweennessOf(graph), false).slice(organisationCount);
}

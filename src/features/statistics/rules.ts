import type { Fault } from '../../platform/problem.ts';
import type { Network, UndefinedReason } from './incidence.ts';

/** What can tie two organisations. */
export const relations = ['membership', 'initiatives', 'deeds', 'knowledge', 'ownership'] as const;
export type Relation = (typeof relations)[number];

/** How a relation ties: by something that both are in, or in pairs, with or without a direction. */
export type Shape = 'two-mode' | 'directed' | 'undirected';

/** The shape of every relation. */
export const shapes: Readonly<Record<Relation, Shape>> = {
  membership: 'two-mode',
  initiatives: 'two-mode',
  deeds: 'directed',
  knowledge: 'directed',
  ownership: 'undirected',
};

/** What a network statistic is asked about, with every default filled in; lists are sorted and without repetition. */
export type Selection = {
  readonly relation: Relation;
  readonly asOf: string;
  readonly organisationKind: readonly string[] | null;
  readonly region: string | null;
  readonly allianceId: string | null;
  readonly allianceKind: readonly string[] | null;
  readonly theme: string | null;
  readonly from: string | null;
  readonly until: string | null;
  readonly organisationId: readonly string[] | null;
};

type Given = {
  readonly relation: Relation;
  readonly asOf?: string | undefined;
  readonly organisationKind?: readonly string[] | undefined;
  readonly region?: string | undefined;
  readonly allianceId?: string | undefined;
  readonly allianceKind?: readonly string[] | undefined;
  readonly theme?: string | undefined;
  readonly from?: string | undefined;
  readonly until?: string | undefined;
  readonly organisationId?: readonly string[] | undefined;
};

/** How the ties of a relation are weighted when nothing is asked: after Newman where a large group ties loosely. */
export const usualWeighting = (relation: Relation): 'count' | 'newman' =>
  shapes[relation] === 'two-mode' ? 'newman' : 'count';

const ofArcs = ['inDegree', 'outDegree', 'inStrength', 'outStrength'];

/** What the size of a sign on the map can show, by relation. */
const mapSizes: Readonly<Record<Relation, readonly string[]>> = {
  membership: ['degree', 'strength', 'alliances'],
  initiatives: ['degree', 'strength', 'initiatives'],
  deeds: ['degree', 'strength', ...ofArcs],
  knowledge: ['degree', 'strength', ...ofArcs],
  ownership: ['degree', 'strength'],
};

/** What was asked for that the relation does not have, or a window that ends before it begins; empty if nothing. */
export function relationFaults(
  given: Given & { readonly weighting?: string | undefined; readonly sizeBy?: string | undefined },
): Fault[] {
  const { relation, from, until } = given;
  const twoMode = shapes[relation] === 'two-mode';
  const foreign = [
    ...(twoMode ? (['from', 'until'] as const) : []),
    ...(relation === 'membership' ? (['theme'] as const) : []),
    ...(relation === 'knowledge' ? (['allianceId', 'allianceKind'] as const) : []),
  ].filter((name) => given[name] !== undefined);
  const weighted = !twoMode && given.weighting !== undefined && given.weighting !== 'count';
  const sized = given.sizeBy !== undefined && !mapSizes[relation].includes(given.sizeBy);
  const faults = [...foreign, ...(weighted ? ['weighting'] : []), ...(sized ? ['sizeBy'] : [])].map(
    (location): Fault => ({ in: 'query', location, code: 'not_of_relation', params: { relation } }),
  );
  const backwards = !twoMode && from !== undefined && until !== undefined && until <= from;
  return backwards ? [...faults, { in: 'query', location: 'until', code: 'ends_before_start' }] : faults;
}

/** Fills in the defaults: `today` (a day in UTC) for the day, null for a filter that is not there. */
export function selectionOf(given: Given, today: string): Selection {
  const list = (values: readonly string[] | undefined) => (values === undefined ? null : [...new Set(values)].sort());
  return {
    relation: given.relation,
    asOf: given.asOf ?? today,
    organisationKind: list(given.organisationKind),
    region: given.region ?? null,
    allianceId: given.allianceId?.toLowerCase() ?? null,
    allianceKind: list(given.allianceKind),
    theme: given.theme ?? null,
    from: given.from ?? null,
    until: given.until ?? null,
    organisationId: list(given.organisationId?.map((id) => id.toLowerCase())),
  };
}

/** Who is compared in a ranking. */
export type Ranked = { readonly id: string; readonly name: string };

const dutch = new Intl.Collator('nl', { numeric: true });

/** The indices of the organisations with the highest degree, at most `count`; equals stand in Dutch order of name. */
export function topByDegree(organisations: readonly Ranked[], network: Network, count: number): number[] {
  return indices(organisations)
    .sort(
      (a, b) =>
        down(network.degree, a, b) ||
        dutch.compare(organisations[a]?.name ?? '', organisations[b]?.name ?? '') ||
        a - b,
    )
    .slice(0, count);
}

/** All indices by degree, then strength, both falling, then identifier; `organisations` are in order of identifier. */
export function byDegree(organisations: readonly Ranked[], network: Network): number[] {
  return indices(organisations).sort((a, b) => down(network.degree, a, b) || down(network.strength, a, b) || a - b);
}

const indices = (organisations: readonly Ranked[]) => organisations.map((_, index) => index);
const down = (values: Int32Array, a: number, b: number) => (values[b] ?? 0) - (values[a] ?? 0);

/** The figures that have no value, each with its reason, by name. */
export function undefinedValues(network: Network): { name: string; reason: UndefinedReason }[] {
  return Object.entries(network.reasons).map(([name, reason]) => ({ name, reason }));
}

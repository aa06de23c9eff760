import type { Network, UndefinedReason } from './incidence.ts';

/** What a network statistic is asked about, with every default filled in; lists are sorted and without repetition. */
export type Selection = {
  readonly relation: 'membership';
  readonly asOf: string;
  readonly organisationKind: readonly string[] | null;
  readonly region: string | null;
  readonly allianceId: string | null;
  readonly allianceKind: readonly string[] | null;
};

type Given = {
  readonly relation: 'membership';
  readonly asOf?: string | undefined;
  readonly organisationKind?: readonly string[] | undefined;
  readonly region?: string | undefined;
  readonly allianceId?: string | undefined;
  readonly allianceKind?: readonly string[] | undefined;
};

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
  };
}

/** The address that gives the same figures again, or says that this data version is no longer kept. */
export function queryOf(path: string, selection: Selection, dataVersion: string): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(selection)) {
    for (const one of value === null ? [] : [value].flat()) search.append(name, one);
  }
  search.append('dataVersion', dataVersion);
  return `${path}?${search}`;
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

import { type Selection, shapes } from '../../../src/features/statistics/rules.ts';
import type { Selected } from '../../../src/features/statistics/selecting.ts';

/** What a tie weighs: how much is counted for it, and what two modes make of it. */
type Weights = { readonly weight: number; readonly sharedCount: number | null; readonly newmanWeight: number | null };

/** Ties by their two identifiers: arcs from the first to the second, or pairs with the lower one first. */
export type NaiveTies = { readonly directed: boolean; readonly by: Map<string, Weights> };

const pairsOf = (members: readonly string[]) =>
  members.flatMap((first, place) => members.slice(place + 1).map((second) => `${first} ${second}`));

/** What was selected, made into ties one pair after the other. */
export function tiesFrom({ organisations, pairs }: Selected, { relation }: Selection): NaiveTies {
  const idOf = (index: number) => organisations[index]?.[0] ?? '';
  const directed = shapes[relation] === 'directed';
  if (shapes[relation] === 'two-mode')
    return { directed, by: sharedIn(pairs.map(([one, other]) => [idOf(one), other])) };
  const by = new Map<string, Weights>();
  for (const [from, to, weight = 0] of pairs.filter(([from, to]) => from !== to)) {
    const both = [idOf(from), idOf(to)];
    by.set((directed ? both : both.sort()).join(' '), { weight, sharedCount: null, newmanWeight: null });
  }
  return { directed, by };
}

function sharedIn(taking: readonly (readonly [organisation: string, affiliation: number])[]): NaiveTies['by'] {
  const by = new Map<string, Weights>();
  for (const affiliation of new Set(taking.map(([, affiliation]) => affiliation))) {
    const members = taking.flatMap(([organisation, one]) => (one === affiliation ? [organisation] : [])).sort();
    for (const key of pairsOf(members)) {
      const { weight = 0, newmanWeight = 0 } = by.get(key) ?? {};
      const newman = (newmanWeight ?? 0) + 1 / (members.length - 1);
      by.set(key, { weight: weight + 1, sharedCount: weight + 1, newmanWeight: newman });
    }
  }
  return by;
}

/** All ordered triples of different organisations. */
function* triples<T>(all: readonly T[]): Generator<[T, T, T]> {
  for (const i of all) for (const j of all) for (const k of all) if (new Set([i, j, k]).size === 3) yield [i, j, k];
}

/** Brokers by brute force over all triples: how many roles they have, and how many between three different kinds. */
export function brokersIn({ organisations }: Selected, { directed, by }: NaiveTies) {
  const tied = (one: string, other: string) => by.has(`${one} ${other}`) || (!directed && by.has(`${other} ${one}`));
  const found: Record<string, { total: number; liaison: number }> = {};
  const once = directed ? 1 : 0.5;
  for (const all of triples(organisations)) {
    const [i, j, k] = all.map(([id]) => id) as [string, string, string];
    if (!tied(i, j) || !tied(j, k) || tied(i, k)) continue;
    const { total, liaison } = found[j] ?? { total: 0, liaison: 0 };
    const kinds = new Set(all.map(([, , kind]) => kind)).size;
    found[j] = { total: total + once, liaison: kinds === 3 ? liaison + once : liaison };
  }
  return found;
}

/** The modularity of a division by its definition: over all pairs of organisations, weights either way added. */
export function modularityOf({ by }: NaiveTies, groupOf: ReadonlyMap<string, number>): number | null {
  const strength = new Map<string, number>();
  let inside = 0;
  for (const [key, { weight, newmanWeight }] of by) {
    const ends = key.split(' ');
    for (const end of ends) strength.set(end, (strength.get(end) ?? 0) + (newmanWeight ?? weight));
    if (new Set(ends.map((end) => groupOf.get(end))).size === 1) inside += 2 * (newmanWeight ?? weight);
  }
  const total = [...strength.values()].reduce((sum, one) => sum + one, 0);
  if (total === 0) return null;
  const expected = [...strength].flatMap(([one, a]) =>
    [...strength].map(([other, b]) => (groupOf.get(one) === groupOf.get(other) ? (a * b) / total ** 2 : 0)),
  );
  return inside / total - expected.reduce((sum, one) => sum + one, 0);
}

import { organisationKinds } from '../../organisations/organisations.ts';
import { otherSign, type Sign, signs } from './signs.ts';

/** What a colour and shape stand for. */
export type Category = { readonly name: string; readonly sign: Sign; readonly count: number };

/** The categories of a map, and which of them each point is of. */
export type Grouping = { readonly categories: readonly Category[]; readonly categoryOf: Int32Array };

/** A value of an enumeration as words. */
export const words = (name: string) => name.replaceAll('_', ' ');

/** What can be shown of an organisation by colour and shape. */
type Shown = { readonly kind: string; readonly region: string | null; readonly community: number };
type Property = 'kind' | 'region' | 'community';

const shownOf = ({ kind, region, community }: Shown, by: Property): string | null => {
  if (by === 'kind') return kind;
  if (by === 'region') return region;
  return community < 0 ? null : `community ${community + 1}`;
};

const kinds: readonly string[] = organisationKinds;

/** The sign of a kind is fixed, so that maps can be compared; of the kind `other` it is that of all others. */
function signOf(value: string, by: Property, place: number): Sign {
  const fixed = by === 'kind' ? kinds.indexOf(value) : place;
  return (value === 'other' ? undefined : signs[fixed]) ?? otherSign;
}

/**
 * Gives signs to kinds by their fixed order, to communities by their size, and to regions by name: the largest ones where
 * there are more than signs. Only what is `drawn` is counted; what none of it is of has no line in the legend.
 */
export function categorise(points: readonly Shown[], by: Property, drawn: readonly number[]): Grouping {
  const counts = new Map<string | null, number>();
  const values = points.map((point) => shownOf(point, by));
  for (const index of drawn) counts.set(values[index] ?? null, (counts.get(values[index] ?? null) ?? 0) + 1);
  const count = (value: string | null) => counts.get(value) ?? 0;
  const order = [...counts.keys()]
    .filter((value) => value !== null)
    .sort((a, b) => (by === 'kind' ? kinds.indexOf(a) - kinds.indexOf(b) : count(b) - count(a) || (a < b ? -1 : 1)));
  const most = order.slice(0, signs.length);
  // By name, a region keeps its sign from year to year while its size changes.
  const shown = by === 'region' ? most.sort() : most;
  const categories = shown.map((name, place) => ({
    name: words(name),
    sign: signOf(name, by, place),
    count: count(name),
  }));
  const rest = order.slice(signs.length).reduce((sum, value) => sum + count(value), count(null));
  if (rest > 0)
    categories.push({ name: restName(by, order.length > shown.length, count(null) > 0), sign: otherSign, count: rest });
  return {
    categories,
    categoryOf: Int32Array.from(values, (value) => {
      const place = value === null ? -1 : shown.indexOf(value);
      return place < 0 ? shown.length : place;
    }),
  };
}

function restName(by: Property, others: boolean, without: boolean): string {
  if (!others) return `without ${by}`;
  return without ? `other, or without ${by}` : `other ${by === 'community' ? 'communities' : `${by}s`}`;
}

import { type Category, categorise, type Grouping, words } from './categories.ts';
import type { Wanted } from './labels.ts';
import type { Bodies } from './layout.ts';

/** A sign on the map: an organisation, or a group of them as a pie. */
export type Mark = {
  readonly name: string;
  /** What is told when one points at it. */
  readonly title: string;
  readonly radius: number;
  /** Shares of the categories, by number; a single one is drawn by its sign. */
  readonly parts: readonly { readonly category: number; readonly share: number }[];
};

/** All that is on a map but where it stands. */
export type Picture = {
  readonly title: string;
  readonly description: string;
  readonly corner: string;
  readonly categories: readonly Category[];
  readonly legend: { readonly colour: string; readonly size: string; readonly notes: readonly string[] };
  /** Values whose sizes the legend shows, with their radii. */
  readonly sizes: readonly { readonly value: number; readonly radius: number }[];
  readonly marks: readonly Mark[];
  readonly bodies: Bodies;
  /** Whether the marks are groups: pies, also where all are of one category. */
  readonly grouped: boolean;
  /** Whether a line is broad where its tie begins and thin where it ends. */
  readonly tapered: boolean;
  /** Marks whose names are shown. */
  readonly wanted: Wanted;
  /** Organisations without ties, drawn in rows beneath. */
  readonly loose: readonly Mark[];
};

/** An organisation as the map sees it. */
export type Point = {
  readonly name: string;
  readonly kind: string;
  readonly region: string | null;
  /** −1 without ties. */
  readonly community: number;
  /** What its size shows. */
  readonly size: number;
};

/** Ties between points, each pair once, or each arc from its first point to its second. */
export type Lines = { readonly first: Int32Array; readonly second: Int32Array; readonly weight: Float64Array };

/** What the map is asked to show, in words. */
export type Wording = {
  readonly title: string;
  readonly description: string;
  readonly corner: string;
  /** What a line stands for, in short lines of text. */
  readonly lines: readonly string[];
  /** Whether ties have a direction. */
  readonly tapered: boolean;
  readonly sizeBy: string;
  readonly colourBy: 'kind' | 'region' | 'community';
};

/** How many organisations are drawn one by one; a larger network is drawn by its communities. */
export const mostIndividuals = 500;
const mostGroups = 60;
const mostLoose = 160;
const mostNames = 44;
/** The largest signs, which are named wherever they are. */
const surelyNamed = 8;

/** Draws a network of points: one by one, or by community when more than 500 have ties. */
export function pictureOf(points: readonly Point[], lines: Lines, wording: Wording): Picture {
  const tied = [...points.keys()].filter((index) => (points[index] as Point).community >= 0);
  const allDrawn = tied.length <= mostIndividuals && points.length - tied.length <= mostLoose;
  const grouping = categorise(points, wording.colourBy, allDrawn ? [...points.keys()] : tied);
  return tied.length > mostIndividuals
    ? groups(points, lines, { wording, ...grouping })
    : individuals(points, lines, { wording, tied, ...grouping });
}

/** The radius whose area shows a value. */
const scaled = (value: number, most: number, [least, largest]: readonly [number, number]) =>
  least + (largest - least) * Math.sqrt(most === 0 ? 0 : value / most);

function sizesUpTo(most: number, range: readonly [number, number]): Picture['sizes'] {
  const values = [...new Set([1, ...(range[1] > 20 ? [] : [Math.round(most / 4)]), most])].filter((value) => value > 0);
  return values.map((value) => ({ value, radius: scaled(value, most, range) }));
}

function individuals(
  points: readonly Point[],
  lines: Lines,
  { wording, tied, categories, categoryOf }: Grouping & { wording: Wording; tied: readonly number[] },
): Picture {
  const most = points.reduce((highest, { size }) => Math.max(highest, size), 0);
  const range = [3.5, tied.length > 250 ? 11 : tied.length > 150 ? 13 : 18] as const;
  const markOf = (index: number): Mark => {
    const { name, kind, region, size, community } = points[index] as Point;
    const facts = [
      words(kind),
      region,
      `${wording.sizeBy} ${size}`,
      community < 0 ? 'no ties' : `community ${community + 1}`,
    ];
    return {
      name,
      title: [name, facts.filter((fact) => fact !== null).join(', ')].join('\n'),
      radius: scaled(size, most, range),
      parts: [{ category: categoryOf[index] ?? 0, share: 1 }],
    };
  };
  const place = new Map(tied.map((index, mark) => [index, mark]));
  const loose = [...points.keys()].filter((index) => !place.has(index));
  const marks = tied.map(markOf);
  const first = lines.first.map((index) => place.get(index) ?? 0);
  const second = lines.second.map((index) => place.get(index) ?? 0);
  return {
    ...wording,
    categories,
    legend: {
      colour: `Colour and shape: ${wording.colourBy}`,
      size: `Size: ${wording.sizeBy}`,
      notes: [...wording.lines, ...notDrawn(loose.length > mostLoose ? loose.length : 0, 'without ties')],
    },
    sizes: sizesUpTo(most, range),
    marks,
    bodies: { mass: massOf(marks.length, { ...lines, first, second }), first, second, weight: lines.weight },
    grouped: false,
    wanted: {
      first: topOf(tied.map((index) => (points[index] as Point).size)).slice(0, surelyNamed),
      groups: namedByGroup(tied.map((index) => points[index] as Point)),
      most: mostNames,
    },
    loose: loose.length > mostLoose ? [] : loose.map(markOf),
  };
}

/** That some are left out, in lines that fit beside the map. */
const notDrawn = (count: number, which: string): string[] =>
  count === 0 ? [] : [`Not drawn: ${count} organisation${count === 1 ? '' : 's'}`, which];

/** One and the weight of the ties of each: what is tied to much pushes more. */
function massOf(count: number, { first, second, weight }: Lines): Float64Array {
  const mass = new Float64Array(count).fill(1);
  weight.forEach((value, tie) => {
    for (const end of [first[tie] ?? 0, second[tie] ?? 0]) mass[end] = (mass[end] ?? 0) + value;
  });
  return mass;
}

const topOf = (sizes: readonly number[]): number[] =>
  [...sizes.keys()].sort((a, b) => (sizes[b] ?? 0) - (sizes[a] ?? 0) || a - b);

/** The points of each community from the largest on, so that names stand everywhere and not only where degrees are high. */
const namedByGroup = (points: readonly Point[]): number[][] =>
  membersOf(points).map((group) =>
    topOf(group.map((index) => points[index]?.size ?? 0)).map((place) => group[place] ?? 0),
  );

function groups(
  points: readonly Point[],
  lines: Lines,
  { wording, categories, categoryOf }: Grouping & { wording: Wording },
): Picture {
  const all = membersOf(points);
  const members = all.slice(0, mostGroups);
  const most = members.reduce((highest, group) => Math.max(highest, group.length), 0);
  const range = [7, 42] as const;
  const marks = members.map((group, number): Mark => {
    const name = leaderOf(points, group);
    return {
      name: group.length > 1 ? `${name} +${group.length - 1}` : name,
      title: `Community ${number + 1}: ${group.length} organisations\n${partsText(group, categories, categoryOf)}`,
      radius: scaled(group.length, most, range),
      parts: shares(group, categoryOf, categories.length),
    };
  });
  const between = linesBetween(points, lines, members.length);
  const looseCount = points.filter(({ community }) => community < 0).length;
  const left = all.slice(mostGroups).flat().length;
  return {
    ...wording,
    categories,
    legend: {
      colour: `Colour: ${wording.colourBy}`,
      size: 'Size: organisations in the community',
      notes: [
        'A pie: a community, named after',
        `its organisation with the ${wording.sizeBy === 'alliances' || wording.sizeBy === 'initiatives' ? 'most' : 'highest'} ${wording.sizeBy}`,
        `A line: ties between communities${wording.tapered ? ',' : ';'}`,
        ...(wording.tapered ? ['either way; the thicker, the more'] : ['the thicker, the more and stronger']),
        ...notDrawn(looseCount, 'without ties'),
        ...notDrawn(left, 'in small communities'),
      ],
    },
    sizes: sizesUpTo(most, range),
    marks,
    // Pulls are of like size whatever the number of ties, so that the largest communities do not collapse on each other.
    bodies: {
      ...between,
      mass: Float64Array.from(marks, ({ radius }) => 1 + radius / 10),
      weight: evened(between.weight),
    },
    grouped: true,
    tapered: false,
    wanted: { first: topOf(members.map((group) => group.length)), groups: [], most: mostGroups },
    loose: [],
  };
}

/** Weights as shares of the greatest one, by their square root. */
function evened(weight: Float64Array): Float64Array {
  const most = weight.reduce((highest, value) => Math.max(highest, value), 0);
  return weight.map((value) => Math.sqrt(value / most));
}

/** The members of each community; communities are numbered by size. */
function membersOf(points: readonly Point[]): number[][] {
  const members: number[][] = [];
  points.forEach(({ community }, index) => {
    if (community < 0) return;
    const group = members[community] ?? [];
    group.push(index);
    members[community] = group;
  });
  return members;
}

function leaderOf(points: readonly Point[], group: readonly number[]): string {
  const leader = group.reduce((best, index) => ((points[index]?.size ?? 0) > (points[best]?.size ?? 0) ? index : best));
  return points[leader]?.name ?? '';
}

function countsOf(group: readonly number[], categoryOf: Int32Array, count: number): number[] {
  const counts = new Array<number>(count).fill(0);
  for (const index of group) counts[categoryOf[index] ?? 0] = (counts[categoryOf[index] ?? 0] ?? 0) + 1;
  return counts;
}

const shares = (group: readonly number[], categoryOf: Int32Array, count: number): Mark['parts'] =>
  countsOf(group, categoryOf, count)
    .map((one, category) => ({ category, share: one / group.length }))
    .filter(({ share }) => share > 0);

const partsText = (group: readonly number[], categories: readonly Category[], categoryOf: Int32Array): string =>
  countsOf(group, categoryOf, categories.length)
    .flatMap((count, category) => (count === 0 ? [] : [`${categories[category]?.name}: ${count}`]))
    .join(', ');

/** The weight of the ties between each two of the first `count` communities. */
function linesBetween(points: readonly Point[], { first, second, weight }: Lines, count: number): Lines {
  const sums = new Map<number, number>();
  weight.forEach((value, tie) => {
    const ends = [points[first[tie] ?? 0]?.community ?? -1, points[second[tie] ?? 0]?.community ?? -1];
    const [low, high] = [Math.min(...ends), Math.max(...ends)];
    if (low < 0 || low === high || high >= count) return;
    sums.set(low * count + high, (sums.get(low * count + high) ?? 0) + value);
  });
  const keys = [...sums.keys()].sort((a, b) => a - b);
  return {
    first: Int32Array.from(keys, (key) => Math.floor(key / count)),
    second: Int32Array.from(keys, (key) => key % count),
    weight: Float64Array.from(keys, (key) => sums.get(key) ?? 0),
  };
}

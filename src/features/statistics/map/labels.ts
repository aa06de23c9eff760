import type { Frame, Places } from './layout.ts';

/** A name at its place: the left end of its base line. */
export type Label = {
  readonly index: number;
  readonly text: string;
  readonly x: number;
  readonly y: number;
  /** Where a line to its sign begins, for a name that stands away from it. */
  readonly away: { readonly x: number; readonly y: number } | undefined;
};

type Box = { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number };

/** Size of the letters in pixels. */
export const letterSize = 12;
const longestName = 32;

/** Width of a letter as a share of its size, for a common sans serif; a little wide rather than narrow. */
function letterWidth(letter: string): number {
  if (/[iljtfrI.,;:'’|!()[\]\- ]/.test(letter)) return 0.34;
  if (/[mwMW@%]/.test(letter)) return 0.9;
  return /[A-Z0-9&]/.test(letter) ? 0.7 : 0.57;
}

/** About how wide a text is in pixels. */
export const textWidth = (text: string, size = letterSize): number =>
  [...text].reduce((width, letter) => width + letterWidth(letter), 0) * size;

/** A name as it is shown: without the word that all municipalities share, and cut where it is too long. */
export function shortened(name: string): string {
  const letters = [...name.replace(/^Gemeente (?=\S)/, '')];
  const cut = letters.slice(0, longestName - 1).join('');
  return letters.length <= longestName ? letters.join('') : `${cut.trimEnd()}…`;
}

/** Where a name may stand about its sign: beside it first, then above and below, then at the corners. */
const positions = [
  [1, 0],
  [-1, 0],
  [0, -1],
  [0, 1],
  [1, -1],
  [1, 1],
  [-1, -1],
  [-1, 1],
] as const;

/** Where a name may stand away from its sign, with a line between the two: how far, and in which directions. */
const distances = [14, 26, 40, 56, 74, 94];
const directions = Array.from({ length: 16 }, (_, index) => {
  const angle = (2 * Math.PI * index) / 16;
  return [Math.cos(angle), Math.sin(angle)] as const;
});

/** Which signs are to be named. */
export type Wanted = {
  /** Named wherever they are, the most important first. */
  readonly first: readonly number[];
  /** Signs that belong together, the most important first: one of each is named at least, the others as there is room. */
  readonly groups: readonly (readonly number[])[];
  /** No more names than these when there is room, beside those that are named anyway. */
  readonly most: number;
};

/** Where signs are. */
type Room = { readonly places: Places; readonly radius: Float64Array; readonly frame: Frame };

/**
 * Places the names of signs, each at one of eight positions: as many as there is room for without covering a sign, in
 * turn from every group. Those that must be named and are not stand away from their sign, with a line to it, or where
 * they cover the fewest signs. A name that would meet another name or leave the frame everywhere is left out.
 */
export function placeLabels(names: readonly string[], { first, groups, most }: Wanted, room: Room): Label[] {
  const labels = new Map<number, Placed>();
  const add = (index: number | undefined, must: boolean) => {
    if (index === undefined || labels.has(index) || (!must && labels.size >= most)) return;
    const text = shortened(names[index] ?? '');
    const placed = text === '' ? undefined : placeOf(index, text, { ...room, taken: [...labels.values()], must });
    if (placed !== undefined) labels.set(index, placed);
  };
  for (const index of first) add(index, false);
  const longest = groups.reduce((length, group) => Math.max(length, group.length), 0);
  for (let rank = 0; rank < longest && labels.size < most; rank++) for (const group of groups) add(group[rank], false);
  for (const index of first) add(index, true);
  for (const group of groups) if (!group.some((index) => labels.has(index))) add(group[0], true);
  return [...labels].map(([index, { text, box, line }]): Label => {
    return { index, text, x: box.left, y: box.bottom - letterSize * 0.3, away: line?.to };
  });
}

type Spot = { readonly x: number; readonly y: number };
type Line = { readonly from: Spot; readonly to: Spot };
type Placed = { readonly text: string; readonly box: Box; readonly line: Line | undefined };

/** The place of a name; undefined where there is none. */
function placeOf(
  index: number,
  text: string,
  room: Room & { readonly taken: readonly Placed[]; readonly must: boolean },
): Placed | undefined {
  const boxes = positions
    .map((position) => boxAt(position, text, index, room))
    .filter((box) => isFree(box, undefined, room));
  const costs = boxes.map((box) => covered(box, index, room));
  const least = Math.min(...costs);
  const box = boxes[costs.indexOf(least)];
  if (box !== undefined && least === 0) return { text, box, line: undefined };
  if (!room.must) return undefined;
  return farPlaceOf(index, text, room) ?? (box && { text, box, line: undefined });
}

/** The nearest place away from a sign where the line to it passes the fewest others. */
function farPlaceOf(index: number, text: string, room: Room & { readonly taken: readonly Placed[] }) {
  let best: { readonly cost: number; readonly placed: Placed } | undefined;
  for (const distance of distances)
    for (const direction of directions) {
      const box = boxAt(direction, text, index, room, distance);
      const line = lineTo(box, index, room);
      if (!isFree(box, line, room) || covered(box, index, room) > 0) continue;
      const cost = distance + passing * passed(line, index, room);
      if (best === undefined || cost < best.cost) best = { cost, placed: { text, box, line } };
    }
  return best?.placed;
}

/** How much further off a name may stand to spare its line a sign. */
const passing = 30;

/** How many other signs a line passes over. */
function passed(line: Line, own: number, { places, radius }: Room): number {
  let count = 0;
  radius.forEach((reach, index) => {
    const [x, y] = [places.x[index] ?? 0, places.y[index] ?? 0];
    const box = { left: x - reach, right: x + reach, top: y - reach, bottom: y + reach };
    if (index !== own && crosses(line, box)) count += 1;
  });
  return count;
}

/** The line from a sign to the nearest point of a box. */
function lineTo({ left, top, right, bottom }: Box, index: number, { places }: Room): Line {
  const between = (value: number, least: number, most: number) => Math.min(most, Math.max(least, value));
  const from = { x: places.x[index] ?? 0, y: places.y[index] ?? 0 };
  return { from, to: { x: between(from.x, left, right), y: between(from.y, top, bottom) } };
}

/** Whether a name with its line may stand there: within the frame, and not across other names and their lines. */
const isFree = (box: Box, line: Line | undefined, { frame, taken }: Room & { readonly taken: readonly Placed[] }) =>
  isWithin(box, frame) &&
  !taken.some((other) => meet(box, other.box) || crosses(other.line, box) || crosses(line, other.box));

/** Whether a line goes through a box, looked at in steps that are smaller than a name is high. */
function crosses(line: Line | undefined, box: Box): boolean {
  if (line === undefined) return false;
  const { from, to } = line;
  return Array.from({ length: 17 }, (_, step) => step / 16).some((share) => {
    const [x, y] = [from.x + (to.x - from.x) * share, from.y + (to.y - from.y) * share];
    return x >= box.left && x <= box.right && y >= box.top && y <= box.bottom;
  });
}

function boxAt(
  [across, down]: readonly [number, number],
  text: string,
  index: number,
  { places, radius }: Room,
  further = 0,
): Box {
  const away = (radius[index] ?? 0) + 3 + further;
  // At a corner, a name may stand closer.
  const reach = Math.abs(across) === 1 && Math.abs(down) === 1 ? away * 0.75 : away;
  const width = textWidth(text);
  const height = letterSize * 1.25;
  const left = (places.x[index] ?? 0) + across * reach - (width * (1 - across)) / 2;
  const top = (places.y[index] ?? 0) + down * reach - (height * (1 - down)) / 2;
  return { left, top, right: left + width, bottom: top + height };
}

const isWithin = (box: Box, { left, top, width, height }: Frame) =>
  box.left >= left && box.right <= left + width && box.top >= top && box.bottom <= top + height;

const meet = (one: Box, other: Box) =>
  one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;

/** How much of other signs a name would cover: the sum of their radii. */
function covered(box: Box, own: number, { places, radius }: Room): number {
  let total = 0;
  for (let index = 0; index < radius.length; index++) {
    if (index === own) continue;
    const reach = radius[index] ?? 0;
    const dx = Math.max(box.left - (places.x[index] ?? 0), 0, (places.x[index] ?? 0) - box.right);
    const dy = Math.max(box.top - (places.y[index] ?? 0), 0, (places.y[index] ?? 0) - box.bottom);
    if (dx * dx + dy * dy < reach * reach) total += reach;
  }
  return total;
}

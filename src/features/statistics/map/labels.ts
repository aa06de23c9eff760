import type { Frame, Places } from './layout.ts';

/** A name at its place: the left end of its base line. */
export type Label = { readonly index: number; readonly text: string; readonly x: number; readonly y: number };

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

/**
 * Places the names of signs, in the order of `wanted`, each at the one of eight positions that covers the fewest signs;
 * a name that would meet another name or leave the frame everywhere is left out.
 */
export function placeLabels(
  names: readonly string[],
  wanted: readonly number[],
  { places, radius, frame }: { places: Places; radius: Float64Array; frame: Frame },
): Label[] {
  const taken: Box[] = [];
  const labels: Label[] = [];
  for (const index of wanted) {
    const text = shortened(names[index] ?? '');
    const boxes = positions.map((position) => boxAt(position, text, index, { places, radius }));
    const free = boxes.filter((box) => isWithin(box, frame) && !taken.some((other) => meet(box, other)));
    const costs = free.map((box) => covered(box, index, { places, radius }));
    const box = free[costs.indexOf(Math.min(...costs))];
    if (box === undefined || text === '') continue;
    taken.push(box);
    labels.push({ index, text, x: box.left, y: box.bottom - letterSize * 0.3 });
  }
  return labels;
}

function boxAt(
  [across, down]: readonly [number, number],
  text: string,
  index: number,
  { places, radius }: { places: Places; radius: Float64Array },
): Box {
  const away = (radius[index] ?? 0) + 3;
  const reach = across !== 0 && down !== 0 ? away * 0.75 : away;
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
function covered(box: Box, own: number, { places, radius }: { places: Places; radius: Float64Array }): number {
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

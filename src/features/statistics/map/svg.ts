import { xmlText } from '../formats/xml.ts';
import type { Category } from './categories.ts';
import { placeLabels, shortened, textWidth } from './labels.ts';
import { type Frame, fitted, type Places } from './layout.ts';
import type { Mark, Picture } from './picture.ts';
import { decimal, otherSign, outline, slice } from './signs.ts';

const [width, height] = [1400, 920];
const legendLeft = 1150;
const frame: Frame = { left: 40, top: 90, width: 1080, height: 780 };
const looseRow = 22;
/** Up to so many organisations without ties are named. */
const mostLooseNames = 6;

const style = [
  'text{font-family:"Liberation Sans",Arial,Helvetica,sans-serif;font-size:12px;fill:#222}',
  '.h{font-size:20px;font-weight:bold}.s,.c{fill:#555}.l{font-weight:bold}.c{font-size:11px}',
  '.n{paint-order:stroke;stroke:#fff;stroke-width:3.5px;stroke-linejoin:round}',
  '.t{fill:none;stroke:#5b6770}.a{fill:#5b6770}.y{fill:#222;stroke:#222}.m{stroke:#333;stroke-width:.6;stroke-linejoin:round}',
].join('');

/** Widths and strengths of the lines, from the weakest ties to the strongest; many ties are drawn lighter. */
const lineClasses = [
  { width: 0.5, opacity: 0.16 },
  { width: 0.8, opacity: 0.26 },
  { width: 1.3, opacity: 0.42 },
  { width: 2.2, opacity: 0.6 },
];

/** Draws a picture as SVG 1.1, with a title and a description for those who cannot see it. Names are escaped. */
export function writeSvg(picture: Picture, laidOut: Places): string {
  const rows = looseRows(picture.loose);
  const loosest = rows.length === 0 ? 0 : rows.length * looseRow + 40;
  const inner: Frame = { ...frame, height: frame.height - loosest };
  const radius = Float64Array.from(picture.marks, (mark) => mark.radius);
  const margin = radius.reduce((most, one) => Math.max(most, one), 18) + 2;
  const room: Frame = {
    left: inner.left + margin,
    top: inner.top + margin,
    width: inner.width - 2 * margin,
    height: inner.height - 2 * margin,
  };
  const places = fitted(laidOut, radius, room);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title desc">`,
    `<title id="title">${xmlText(picture.title)}</title>`,
    `<desc id="desc">${xmlText(picture.description)}</desc>`,
    `<style>${style}</style>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...linesOf(picture, places),
    ...marksOf(picture, places),
    ...looseOf(picture, rows, inner.top + inner.height),
    ...namesOf(picture, { places, radius, frame: inner }),
    text(24, 36, picture.title, 'h'),
    text(24, 60, picture.description, 's'),
    ...legendOf(picture),
    `<text class="c" x="${width - 16}" y="${height - 14}" text-anchor="end">${xmlText(picture.corner)}</text>`,
    '</svg>',
    '',
  ].join('\n');
}

const text = (x: number, y: number, words: string, kind: string) =>
  `<text class="${kind}" x="${decimal(x)}" y="${decimal(y)}">${xmlText(words)}</text>`;

/** A handful of paths, one for each class of weight: a line of its own for every tie would make the file many times larger. */
function linesOf({ bodies: { first, second, weight }, grouped, tapered }: Picture, places: Places): string[] {
  const sorted = weight.slice().sort();
  const limits = [0.5, 0.8, 0.95].map((share) => sorted[Math.floor(share * sorted.length)] ?? 0);
  // Where no tie is stronger than another, none is drawn as weak.
  const even = sorted[0] === sorted[sorted.length - 1];
  const paths: string[][] = lineClasses.map(() => []);
  weight.forEach((value, tie) => {
    const index = even ? 1 : limits.filter((limit) => value > limit).length;
    const ends = [pointOf(places, first[tie] ?? 0), pointOf(places, second[tie] ?? 0)] as const;
    paths[index]?.push(tapered ? wedge(ends, broadEnd * (lineClasses[index]?.width ?? 0)) : straight(ends));
  });
  const light = Math.min(2, Math.sqrt(3000 / Math.max(1, weight.length)));
  return lineClasses.flatMap(({ width, opacity }, index) => {
    const lines = paths[index] ?? [];
    const shown = decimalOpacity(Math.min(0.8, opacity * light));
    if (lines.length === 0) return [];
    const look = tapered
      ? `class="a" fill-opacity="${shown}"`
      : `class="t" stroke-width="${grouped ? 2.5 * width : width}" stroke-opacity="${shown}"`;
    return [`<path ${look} d="${lines.join('')}"/>`];
  });
}

type Point = readonly [x: number, y: number];

const pointOf = ({ x, y }: Places, index: number): Point => [x[index] ?? 0, y[index] ?? 0];

const straight = ([[x1, y1], [x2, y2]]: readonly [Point, Point]) =>
  `M${decimal(x1)} ${decimal(y1)}L${decimal(x2)} ${decimal(y2)}`;

/** How much broader the broad end of a tapered line is than a straight line of its class, and how broad its thin end. */
const [broadEnd, thinEnd] = [5, 0.6];

/** A tapered line: broad where the arc begins, thin where it ends. All turn one way, so that none cuts another out. */
function wedge([[x1, y1], [x2, y2]]: readonly [Point, Point], width: number): string {
  const length = Math.sqrt((x2 - x1) ** 2 + (y2 - y1) ** 2);
  const [acrossX, acrossY] = length === 0 ? [0, 0] : [(y2 - y1) / length, (x1 - x2) / length];
  const aside = (x: number, y: number, by: number) => `${decimal(x + by * acrossX)} ${decimal(y + by * acrossY)}`;
  const corners = [
    aside(x1, y1, width / 2),
    aside(x2, y2, thinEnd / 2),
    aside(x2, y2, -thinEnd / 2),
    aside(x1, y1, -width / 2),
  ];
  return `M${corners.join('L')}z`;
}

const decimalOpacity = (value: number) => String(Math.round(value * 1000) / 1000);

const signOf = (categories: readonly Category[], category: number) => categories[category]?.sign ?? otherSign;

function markAt({ categories, grouped }: Picture, { title, radius, parts }: Mark, x: number, y: number): string {
  let from = 0;
  const pieces = parts.map(({ category, share }) => {
    const { colour, shape } = signOf(categories, category);
    const path = grouped ? slice(x, y, radius, [from, from + share]) : outline(shape, x, y, radius);
    from += share;
    return `<path fill="${colour}" d="${path}"/>`;
  });
  return `<g class="m"><title>${xmlText(title)}</title>${pieces.join('')}</g>`;
}

/** The largest first, so that a small sign is not hidden. */
function marksOf(picture: Picture, { x, y }: Places): string[] {
  const order = [...picture.marks.keys()].sort(
    (a, b) => (picture.marks[b]?.radius ?? 0) - (picture.marks[a]?.radius ?? 0) || a - b,
  );
  return order.map((index) => markAt(picture, picture.marks[index] as Mark, x[index] ?? 0, y[index] ?? 0));
}

const perRow = Math.floor(frame.width / looseRow);

function looseRows(loose: readonly Mark[]): (readonly Mark[])[] {
  return Array.from({ length: Math.ceil(loose.length / perRow) }, (_, row) =>
    loose.slice(row * perRow, (row + 1) * perRow),
  );
}

function looseOf(picture: Picture, rows: readonly (readonly Mark[])[], top: number): string[] {
  if (rows.length === 0) return [];
  const signs = rows.flatMap((row, down) =>
    row.map((mark, across) => {
      const [x, y] = [frame.left + (across + 0.5) * looseRow, top + 34 + (down + 0.5) * looseRow];
      return markAt(picture, { ...mark, radius: 4.5 }, x, y);
    }),
  );
  const count = picture.loose.length;
  const names = count <= mostLooseNames ? picture.loose.map(({ name }) => shortened(name)).join(', ') : String(count);
  return [text(frame.left, top + 24, `Without ties: ${names}`, 's'), ...signs];
}

function namesOf(picture: Picture, room: { places: Places; radius: Float64Array; frame: Frame }): string[] {
  const names = picture.marks.map(({ name }) => name);
  const labels = placeLabels(names, picture.wanted, room);
  const lines = labels.flatMap(({ index, away }) => {
    if (away === undefined) return [];
    const [x, y] = [room.places.x[index] ?? 0, room.places.y[index] ?? 0];
    // A dot tells of which sign it is where the line passes others.
    const dot = outline('circle', x, y, 2);
    return [`<path class="y" d="M${decimal(x)} ${decimal(y)}L${decimal(away.x)} ${decimal(away.y)}${dot}"/>`];
  });
  return [...lines, ...labels.map((label) => text(label.x, label.y, label.text, 'n'))];
}

function legendOf({ categories, legend, sizes, grouped }: Picture): string[] {
  let y = 110;
  const lines = [text(legendLeft, y, legend.colour, 'l')];
  for (const { name, sign, count } of categories) {
    y += 24;
    const path = outline(grouped ? 'circle' : sign.shape, legendLeft + 10, y - 4, 6.5);
    lines.push(`<path class="m" fill="${sign.colour}" d="${path}"/>`);
    lines.push(text(legendLeft + 26, y, `${name} (${count})`, 'k'));
  }
  y += 40;
  lines.push(text(legendLeft, y, legend.size, 'l'));
  let x = legendLeft;
  const largest = sizes.reduce((most, { radius }) => Math.max(most, radius), 0);
  y += 14 + largest;
  for (const { value, radius } of sizes) {
    lines.push(`<path fill="none" stroke="#555" d="${outline('circle', x + radius + 2, y, radius)}"/>`);
    lines.push(text(x + 2 * radius + 7, y + 4, String(value), 'k'));
    x += 2 * radius + 22 + textWidth(String(value));
  }
  y += largest + 34;
  for (const note of legend.notes) {
    lines.push(text(legendLeft, y, note, 's'));
    y += 18;
  }
  return lines;
}

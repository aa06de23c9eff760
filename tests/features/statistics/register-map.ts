import { all, type Element, readXml } from './formats/read-xml.ts';

/** Widths of the letters of Liberation Sans, which are Arial's, in thousandths of the size; others are as wide as an m. */
const widths: Readonly<Record<string, number>> = {
  ...each("ijl'", 222),
  ...each(' ,./:;!|tfI[]\\·', 278),
  ...each('()r-', 333),
  ...each('ckszxvyJ*', 500),
  ...each('abdeghnopqu0123456789L?_#$âéëïöüè–', 556),
  ...each('FTZ+=<>', 611),
  ...each('ABEKPSVXY&', 667),
  ...each('HNRUCDw', 722),
  ...each('GOQÖ', 778),
};

function each(letters: string, width: number): Record<string, number> {
  return Object.fromEntries([...letters].map((letter) => [letter, width]));
}

const sizes: Readonly<Record<string, number>> = { h: 20, c: 11 };

/** A text as it stands on the map, with the box that it fills. */
export type Placed = { text: string; kind: string; left: number; top: number; right: number; bottom: number };

function placed({ attributes, text }: Element): Placed {
  const { class: kind = '', x = '', y = '', 'text-anchor': anchor } = attributes;
  const size = sizes[kind] ?? 12;
  // Bold letters are a little wider.
  const bold = kind === 'h' || kind === 'l' ? 1.06 : 1;
  const width = ([...text].reduce((sum, letter) => sum + (widths[letter] ?? 833), 0) * size * bold) / 1000;
  const left = anchor === 'end' ? Number(x) - width : Number(x);
  return { text, kind, left, top: Number(y) - 0.75 * size, right: left + width, bottom: Number(y) + 0.22 * size };
}

/** All texts of a map. */
export const textsOf = (svg: string): Placed[] => all(readXml(svg), 'text').map(placed);

/** What the legend says of colours: the texts in the order in which they stand. */
export const legendOf = (svg: string): string[] =>
  textsOf(svg).flatMap(({ kind, text }) => (kind === 'k' && /\(\d+\)$/.test(text) ? [text] : []));

const meet = (one: Placed, other: Placed) =>
  one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;

/** What is wrong with a map as a picture: texts that meet or leave it, signs of the legend that are the same. */
export function mapFaults(svg: string): string[] {
  const root = readXml(svg);
  const texts = textsOf(svg);
  const [width, height] = [Number(root.attributes.width), Number(root.attributes.height)];
  const outside = texts.filter(
    ({ left, top, right, bottom }) => left < 0 || top < 0 || right > width - 4 || bottom > height,
  );
  const meeting = texts.flatMap((one, place) =>
    texts.slice(0, place).flatMap((other) => (meet(one, other) ? [`${one.text} and ${other.text} meet`] : [])),
  );
  const fills = root.children.flatMap(({ name, attributes }) =>
    name === 'path' && attributes.fill?.startsWith('#') ? [attributes.fill] : [],
  );
  const twice = fills.filter((fill, place) => fills.indexOf(fill) !== place);
  return [
    ...(texts.length < 5 ? ['there are hardly any texts'] : []),
    ...(fills.length === 0 ? ['the legend has no colours'] : []),
    ...outside.map(({ text }) => `${text} leaves the picture`),
    ...meeting,
    ...twice.map((fill) => `the colour ${fill} twice`),
  ];
}

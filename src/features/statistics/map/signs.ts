/** A sign: a colour with a shape of its own, so that it can be told without colour too. */
export type Sign = { readonly colour: string; readonly shape: Shape };
type Shape =
  | 'circle'
  | 'square'
  | 'triangle'
  | 'diamond'
  | 'pentagon'
  | 'hexagon'
  | 'star'
  | 'cross'
  | 'saltire'
  | 'spark'
  | 'bar'
  | 'bow'
  | 'post'
  | 'wedge';

/**
 * Signs in the order in which they are given out: the colours of Okabe and Ito, which colour-blind people tell apart, then
 * five that lie as far from those as they do from each other. Twelve are needed for the Dutch provinces.
 */
export const signs: readonly Sign[] = [
  { colour: '#0072b2', shape: 'circle' },
  { colour: '#d55e00', shape: 'square' },
  { colour: '#009e73', shape: 'triangle' },
  { colour: '#cc79a7', shape: 'diamond' },
  { colour: '#e69f00', shape: 'pentagon' },
  { colour: '#56b4e9', shape: 'hexagon' },
  { colour: '#f0e442', shape: 'star' },
  { colour: '#000000', shape: 'cross' },
  { colour: '#990066', shape: 'saltire' },
  { colour: '#663300', shape: 'spark' },
  { colour: '#6666ff', shape: 'bar' },
  { colour: '#332288', shape: 'post' },
  { colour: '#ffcc99', shape: 'bow' },
];

/** What has no sign of its own. */
export const otherSign: Sign = { colour: '#999999', shape: 'wedge' };

const plus: readonly (readonly [number, number])[] = [
  [-0.4, -1.1],
  [0.4, -1.1],
  [0.4, -0.4],
  [1.1, -0.4],
  [1.1, 0.4],
  [0.4, 0.4],
  [0.4, 1.1],
  [-0.4, 1.1],
  [-0.4, 0.4],
  [-1.1, 0.4],
  [-1.1, -0.4],
  [-0.4, -0.4],
];

/** Corners of the shapes about the middle, for a radius of 1; sizes such that the areas look alike. */
const corners: Readonly<Record<Exclude<Shape, 'circle'>, readonly (readonly [number, number])[]>> = {
  square: polygon(4, 1.22, true),
  triangle: polygon(3, 1.4, false),
  diamond: polygon(4, 1.25, false),
  pentagon: polygon(5, 1.15, false),
  hexagon: polygon(6, 1.1, true),
  star: polygon(5, 1.4, false).flatMap((corner, index) => {
    const inner = polygon(5, 0.65, true)[index] as [number, number];
    return [corner, inner];
  }),
  cross: plus,
  saltire: plus.map(([x, y]) => [(x - y) * Math.SQRT1_2, (x + y) * Math.SQRT1_2] as const),
  spark: polygon(4, 1.35, false).flatMap((corner, index) => {
    const inner = polygon(4, 0.6, true)[index] as [number, number];
    return [corner, inner];
  }),
  bar: rectangle(1.15, 0.62),
  bow: [
    [-1.05, -0.95],
    [0, -0.3],
    [1.05, -0.95],
    [1.05, 0.95],
    [0, 0.3],
    [-1.05, 0.95],
  ],
  post: rectangle(0.62, 1.15),
  wedge: polygon(3, 1.4, true),
};

/** A regular polygon; the first corner is at the top, or half a step on. */
function polygon(count: number, radius: number, half: boolean): [number, number][] {
  return Array.from({ length: count }, (_, index) => {
    const angle = (2 * Math.PI * (index + (half ? 0.5 : 0))) / count;
    return [radius * Math.sin(angle), -radius * Math.cos(angle)];
  });
}

/** A rectangle by half of its width and height. */
function rectangle(x: number, y: number): [number, number][] {
  return [
    [-x, -y],
    [x, -y],
    [x, y],
    [-x, y],
  ];
}

/** A coordinate as it is written: to a tenth of a pixel. */
export const decimal = (value: number): string => {
  const text = value.toFixed(1);
  return text.endsWith('.0') ? text.slice(0, -2) : text;
};

/** The outline of a shape as the data of a path. */
export function outline(shape: Shape, x: number, y: number, radius: number): string {
  if (shape === 'circle') {
    // The width is twice what is written as the radius: else the two arcs would not meet as a circle.
    const r = Number(decimal(radius));
    return `M${decimal(x - r)} ${decimal(y)}a${r} ${r} 0 1 0 ${decimal(2 * r)} 0a${r} ${r} 0 1 0-${decimal(2 * r)} 0z`;
  }
  const points = corners[shape].map(([dx, dy]) => `${decimal(x + dx * radius)} ${decimal(y + dy * radius)}`);
  return `M${points.join('L')}z`;
}

/** A slice of a pie, from one share of the circle to another, clockwise from the top. */
export function slice(x: number, y: number, radius: number, [from, until]: readonly [number, number]): string {
  if (until - from >= 0.9999) return outline('circle', x, y, radius);
  const point = (share: number) =>
    `${decimal(x + radius * Math.sin(2 * Math.PI * share))} ${decimal(y - radius * Math.cos(2 * Math.PI * share))}`;
  const r = decimal(radius);
  return `M${decimal(x)} ${decimal(y)}L${point(from)}A${r} ${r} 0 ${until - from > 0.5 ? 1 : 0} 1 ${point(until)}z`;
}

import { drawsOf } from '../kernel/seeded.ts';
import type { Work } from '../kernel/work.ts';

/** What is laid out: `mass` pushes others away, ties pull together by weight; index for index. */
export type Bodies = {
  readonly mass: Float64Array;
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly weight: Float64Array;
};

/** Places of the bodies. */
export type Places = { readonly x: Float64Array; readonly y: Float64Array };

const rounds = 500;
const gravity = 0.05;
/** Of the side of the square in which it begins: how far a body may move in the first round, and in the last. */
const [longest, shortest] = [0.1, 0.0005];

const value = (array: ArrayLike<number>, index: number) => array[index] as number;

/**
 * Lays bodies out by forces, after ForceAtlas2 (Jacomy et al. 2014): every pair is pushed apart by the product of its
 * masses ÷ distance, ties pull by weight × distance, and a light pull to the middle keeps parts together. Starts where
 * the seed draws and cools down over a fixed number of rounds: the same input gives the same bits. Takes about rounds ×
 * bodies² ÷ 2 steps, and yields now and then.
 */
export function* layOut(bodies: Bodies, seed: number): Work<Places> {
  const n = bodies.mass.length;
  const draw = drawsOf(seed);
  const side = 10 * Math.sqrt(n);
  const x = Float64Array.from({ length: n }, () => (draw() - 0.5) * side);
  const y = Float64Array.from({ length: n }, () => (draw() - 0.5) * side);
  const forces = { x: new Float64Array(n), y: new Float64Array(n) };
  const cooling = (shortest / longest) ** (1 / (rounds - 1));
  let reach = side * longest;
  for (let round = 0; round < rounds; round++) {
    push({ x, y }, bodies, forces);
    pull({ x, y }, bodies, forces);
    step({ x, y }, forces, reach);
    reach *= cooling;
    if (round % 25 === 24) yield;
  }
  return turned({ x, y });
}

/** The push of all pairs and the pull to the middle. */
function push({ x, y }: Places, { mass }: Bodies, forces: Places): void {
  for (let one = 0; one < mass.length; one++) {
    const own = value(mass, one);
    let forceX = value(forces.x, one) - gravity * own * value(x, one);
    let forceY = value(forces.y, one) - gravity * own * value(y, one);
    for (let other = one + 1; other < mass.length; other++) {
      const dx = value(x, one) - value(x, other);
      const dy = value(y, one) - value(y, other);
      // Never nothing: two in one place would have no direction.
      const strength = (own * value(mass, other)) / (dx * dx + dy * dy + 1e-6);
      forceX += dx * strength;
      forceY += dy * strength;
      forces.x[other] = value(forces.x, other) - dx * strength;
      forces.y[other] = value(forces.y, other) - dy * strength;
    }
    forces.x[one] = forceX;
    forces.y[one] = forceY;
  }
}

function pull({ x, y }: Places, { first, second, weight }: Bodies, forces: Places): void {
  for (let tie = 0; tie < weight.length; tie++) {
    const [one, other, strength] = [value(first, tie), value(second, tie), value(weight, tie)];
    const dx = (value(x, other) - value(x, one)) * strength;
    const dy = (value(y, other) - value(y, one)) * strength;
    forces.x[one] = value(forces.x, one) + dx;
    forces.y[one] = value(forces.y, one) + dy;
    forces.x[other] = value(forces.x, other) - dx;
    forces.y[other] = value(forces.y, other) - dy;
  }
}

/** Moves every body along its force, no further than it may, and lets go of the forces. */
function step({ x, y }: Places, forces: Places, reach: number): void {
  for (let one = 0; one < x.length; one++) {
    const [dx, dy] = [value(forces.x, one), value(forces.y, one)];
    const length = Math.sqrt(dx * dx + dy * dy);
    const share = length > reach ? reach / length : 1;
    x[one] = value(x, one) + dx * share;
    y[one] = value(y, one) + dy * share;
  }
  forces.x.fill(0);
  forces.y.fill(0);
}

/** Turns the cloud so that its long axis lies flat, about its middle. */
function turned({ x, y }: Places): Places {
  const n = Math.max(1, x.length);
  const [middleX, middleY] = [x.reduce((a, b) => a + b, 0) / n, y.reduce((a, b) => a + b, 0) / n];
  let [xx, xy, yy] = [0, 0, 0];
  for (let one = 0; one < x.length; one++) {
    const [dx, dy] = [value(x, one) - middleX, value(y, one) - middleY];
    xx += dx * dx;
    xy += dx * dy;
    yy += dy * dy;
  }
  // The direction in which the cloud spreads most: an eigenvector of its covariance.
  const spread = (xx - yy) / 2;
  const root = Math.sqrt(spread * spread + xy * xy);
  const [alongX, alongY] = spread >= 0 ? [spread + root, xy] : [xy, root - spread];
  const length = Math.sqrt(alongX * alongX + alongY * alongY);
  const [cos, sin] = length === 0 ? [1, 0] : [alongX / length, alongY / length];
  return {
    x: x.map((one, index) => (one - middleX) * cos + (value(y, index) - middleY) * sin),
    y: y.map((one, index) => (one - middleY) * cos - (value(x, index) - middleX) * sin),
  };
}

/** A frame on the picture. */
export type Frame = { readonly left: number; readonly top: number; readonly width: number; readonly height: number };

/** Fits places into a frame, the same scale both ways, and pushes signs apart that would cover each other. */
export function fitted(places: Places, radius: Float64Array, frame: Frame): Places {
  const boundless = { left: -1e9, top: -1e9, width: 2e9, height: 2e9 };
  // Apart first, and then into the frame: signs that are pushed against its edge would stand in a row.
  let fit = scaledInto(places, frame);
  for (let turn = 0; turn < 4; turn++) fit = scaledInto(apart(fit, radius, boundless), frame);
  return apart(fit, radius, frame);
}

function scaledInto(places: Places, frame: Frame): Places {
  const [x, y] = [spanned(places.x), spanned(places.y)];
  const scale = Math.min(frame.width / x.span, frame.height / y.span);
  return {
    x: places.x.map((one) => frame.left + frame.width / 2 + (one - x.middle) * scale),
    y: places.y.map((one) => frame.top + frame.height / 2 + (one - y.middle) * scale),
  };
}

function apart(places: Places, radius: Float64Array, frame: Frame): Places {
  for (let round = 0; round < 60; round++) if (!separate(places, radius, frame)) break;
  return places;
}

function spanned(values: Float64Array): { middle: number; span: number } {
  const lowest = values.reduce((least, one) => Math.min(least, one), Number.POSITIVE_INFINITY);
  const highest = values.reduce((most, one) => Math.max(most, one), Number.NEGATIVE_INFINITY);
  return values.length === 0
    ? { middle: 0, span: 1 }
    : { middle: (lowest + highest) / 2, span: Math.max(highest - lowest, 1e-9) };
}

const gap = 3.5;

/** Moves every two signs that cover each other half of the way apart; tells whether there were any. */
function separate({ x, y }: Places, radius: Float64Array, frame: Frame): boolean {
  let found = false;
  for (let one = 0; one < radius.length; one++)
    for (let other = one + 1; other < radius.length; other++) {
      const dx = value(x, one) - value(x, other);
      const dy = value(y, one) - value(y, other);
      const least = value(radius, one) + value(radius, other) + gap;
      const distance = Math.sqrt(dx * dx + dy * dy);
      if (distance >= least) continue;
      found = true;
      const share = distance === 0 ? 0 : (least - distance) / (2 * distance);
      const [moveX, moveY] = distance === 0 ? [least / 2, 0] : [dx * share, dy * share];
      x[one] = clamp(value(x, one) + moveX, frame.left, frame.width);
      y[one] = clamp(value(y, one) + moveY, frame.top, frame.height);
      x[other] = clamp(value(x, other) - moveX, frame.left, frame.width);
      y[other] = clamp(value(y, other) - moveY, frame.top, frame.height);
    }
  return found;
}

const clamp = (one: number, start: number, size: number) => Math.min(start + size, Math.max(start, one));

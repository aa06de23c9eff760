/** Draws numbers from 0 up to 1 that follow from the seed alone (mulberry32): whole-number arithmetic, so the same bits everywhere. */
export type Draws = () => number;

/** Begins the draws of a seed. */
export function drawsOf(seed: number): Draws {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The numbers 0 … count − 1 in an order that is drawn (Fisher and Yates). */
export function shuffled(count: number, draw: Draws): Int32Array {
  const order = Int32Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const other = Math.floor(draw() * (last + 1));
    const kept = order[last] as number;
    order[last] = order[other] as number;
    order[other] = kept;
  }
  return order;
}

/** Draws seeds that follow from a seed, each of which begins draws of its own. */
export function seedsOf(seed: number): () => number {
  const draw = drawsOf(seed);
  return () => Math.floor(draw() * 4_294_967_296);
}

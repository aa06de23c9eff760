import type { Chunk } from '../kernel/chunks.ts';
import type { Work } from '../kernel/work.ts';
import type { NetworkSize, Prepared } from './network-input.ts';

type Argument = string | number;

/** How a part of the figures of a network is computed. */
export type Recipe<Args extends readonly Argument[], Value> = {
  /** Nanoseconds that it takes, estimated from what was measured on one core. */
  readonly nanoseconds: (size: NetworkSize, ...args: Args) => number;
  /** How many steps its work has, where it tells them. */
  readonly steps?: (size: NetworkSize) => number;
  /** It is left out of a network that is too large for it, in place of the whole answer. */
  readonly dispensable?: true;
  /** It holds every tie, so that a network with very many has no room for it. */
  readonly holdsTies?: true;
  /** It takes no more than a request can wait for, and much room: it is never stored. */
  readonly light?: true;
  /** What a chunk of sources adds to it, where threads can share it; it is the sum over all chunks, in their order. */
  readonly ofChunk?: (network: Prepared) => (chunk: Chunk) => Work<Float64Array>;
  readonly compute: (network: Prepared, ...args: Args) => Work<Value> | Value;
};

/** Writes a recipe, with the types of its parameters and its value. */
export const recipe = <Args extends readonly Argument[], Value>(given: Recipe<Args, Value>) => given;

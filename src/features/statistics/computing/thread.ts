import type { Chunk } from '../kernel/chunks.ts';
import { type NetworkInput, Prepared } from './network-input.ts';
import { computeChunks, computePart, type Part } from './parts.ts';

/** What a thread is given: a network, what is wanted of it, and where it counts the steps that it has done. */
export type Task = {
  readonly input: NetworkInput;
  readonly done: Int32Array;
  /** Parts, in whose order their values are answered. */
  readonly parts: readonly Part[];
  /** Chunks of sources, where the one part is shared with other threads: what each adds is answered, in their order. */
  readonly chunks?: readonly Chunk[];
};

/** Runs in a thread of the pool. */
export function computeTask({ input, parts, chunks, done }: Task): unknown[] {
  const network = new Prepared(input);
  const stepped = () => Atomics.add(done, 0, 1);
  const [first] = parts;
  if (chunks !== undefined && first !== undefined) return computeChunks(network, first, { chunks, stepped });
  return parts.map((part) => computePart(network, part, stepped));
}

import { type NetworkInput, Prepared } from './network-input.ts';
import { computePart, type Part } from './parts.ts';

/** What a thread is given: a network, the parts that are wanted of it, and where it counts the steps that it has done. */
export type Task = { readonly input: NetworkInput; readonly parts: readonly Part[]; readonly done: Int32Array };

/** Runs in a thread of the pool: computes parts of a network, in the order of the task. */
export function computeParts({ input, parts, done }: Task): unknown[] {
  const network = new Prepared(input);
  return parts.map((part) => computePart(network, part, () => Atomics.add(done, 0, 1)));
}

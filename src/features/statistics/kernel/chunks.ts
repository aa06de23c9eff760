import { real } from './rows.ts';
import type { Work } from './work.ts';

/** A part of the nodes as sources: `from`, up to but not including `until`. */
export type Chunk = { readonly from: number; readonly until: number };

/** Fixed, and not by the number of threads: the size of chunks decides how sums are rounded. */
const sourcesInChunk = 250;

/** The nodes 0 … n − 1 in chunks of 250 sources, which several threads can share. */
export function chunksOf(n: number): Chunk[] {
  return Array.from({ length: Math.ceil(n / sourcesInChunk) }, (_, chunk) => ({
    from: chunk * sourcesInChunk,
    until: Math.min(n, (chunk + 1) * sourcesInChunk),
  }));
}

/**
 * Adds up what the chunks gave, node by node in the order of the chunks: the same bits whatever thread computed which
 * chunk, and in whatever order they were ready.
 */
export function sumOfParts(n: number, parts: Iterable<Float64Array>): Float64Array {
  const sum = new Float64Array(n);
  for (const part of parts) addPart(sum, part);
  return sum;
}

/** Computes all chunks one after the other, and adds them up to the same bits as `sumOfParts`. */
export function* overChunks(n: number, partOf: (chunk: Chunk) => Work<Float64Array>): Work<Float64Array> {
  const sum = new Float64Array(n);
  for (const chunk of chunksOf(n)) addPart(sum, yield* partOf(chunk));
  return sum;
}

function addPart(sum: Float64Array, part: Float64Array): void {
  for (let node = 0; node < sum.length; node++) sum[node] = real(sum, node) + real(part, node);
}

import { Problem } from '../../platform/problem.ts';
import { derived } from './derived.ts';
import type { Graph } from './kernel/graph.ts';
import type { Weighting } from './kernel/two-mode.ts';
import { projected } from './measures.ts';
import type { Snapshot } from './snapshots.ts';

/** The most tied pairs that are held in memory for one network. */
const mostPairs = 2_000_000;

function assertHeld({ network }: Snapshot): void {
  if (network.tieCount > mostPairs) throw new Problem('network_too_large');
}

/**
 * The ties of a network either way, weights of arcs both ways added; for a relation by two modes, weighted as is asked.
 * All weightings of a network have their ties at the same places. Throws network_too_large.
 */
export async function tiesIn(snapshot: Snapshot, weighting: Weighting): Promise<Graph> {
  assertHeld(snapshot);
  return derived(snapshot, `ties ${weighting}`, async () => {
    const value = projected(snapshot, weighting);
    return { value, bytes: value.out.offsets.byteLength + 12 * value.out.items.length };
  });
}

/** The ties of a network as they are: arcs where the relation has a direction. Throws network_too_large. */
export async function arcsIn(snapshot: Snapshot, weighting: Weighting): Promise<Graph> {
  assertHeld(snapshot);
  return snapshot.graph?.directed === true ? snapshot.graph : tiesIn(snapshot, weighting);
}

import type { Caller } from '../../../platform/caller.ts';
import type { Db } from '../../../platform/db.ts';
import { Problem } from '../../../platform/problem.ts';
import { requestComputation } from './computations.ts';
import { Keeping } from './keeping.ts';
import type { NamedNetwork } from './networks.ts';
import { costOf, holdsTies, isDispensable, isLight, millisecondsOf, type Part, partKey, unique } from './parts.ts';
import type { Pool } from './pool.ts';
import { readParts } from './storing.ts';

/** Who asks, until when, and by what address the same can be asked for again. */
export type Asker = { readonly caller: Caller; readonly signal: AbortSignal; readonly address: string };

/** How long a computation may take, in estimated milliseconds of processor time. */
export type Limits = {
  /** While a request waits. */
  readonly atOnceMs: number;
  /** In the background. */
  readonly atMostMs: number;
  /** What may wait for the threads before more is computed in the background. */
  readonly waitingMs: number;
  /** What takes longer is looked for among what was computed in the background before it is computed. */
  readonly storedMs: number;
  /** What takes no longer than this is not computed ahead. */
  readonly aheadMs: number;
};

/** The limits of a node. */
export const usualLimits: Limits = {
  atOnceMs: 2_000,
  atMostMs: 600_000,
  waitingMs: 10_000,
  storedMs: 100,
  aheadMs: 500,
};

/** Twice the two million tied pairs of which every one is held. */
const mostArcs = 4_000_000;

/** An hour: for so long a data version can be asked for again, if there is room. */
const keptMs = 3_600_000;
const keptBytes = 256 * 1024 * 1024;

/**
 * What the statistics of networks are computed with: the database, threads, and what was computed before. One for each
 * process.
 */
export class Computing {
  readonly db: Db;
  readonly pool: Pool;
  readonly limits: Limits;
  /** Networks and their parts, by name. */
  readonly kept = new Keeping({ bytes: keptBytes, milliseconds: keptMs });
  /** Estimated time of what is being computed, or waits for it. */
  #waitingMs = 0;

  constructor(db: Db, pool: Pool, limits: Limits = usualLimits) {
    this.db = db;
    this.pool = pool;
    this.limits = limits;
  }

  /**
   * The values of parts of a network: kept, computed in the background before, or computed now. A dispensable part of a
   * network that is too large for it is null. Throws Accepted where that takes long, or where too much waits for the
   * threads: it is then computed in the background; and network_too_large, computation_too_long, too_many_computations.
   */
  async values(network: NamedNetwork, asked: readonly Part[], asker: Asker): Promise<ReadonlyMap<string, unknown>> {
    const parts = unique(asked);
    const found = new Map<string, unknown>();
    await this.#find(network, parts, found);
    const missing = parts.filter((part) => !found.has(partKey(part)));
    for (const part of missing.filter((one) => !this.isBearable(one, network))) found.set(partKey(part), null);
    const needed = missing.filter((part) => !found.has(partKey(part)));
    this.#assertBearable(network, missing, needed);
    if (needed.length === 0) return found;
    const milliseconds = costOf(needed, network.size);
    const stored = needed.filter((part) => !isLight(part));
    const long = costOf(stored, network.size) > this.limits.atOnceMs;
    if (long || (stored.length > 0 && this.#waitingMs + milliseconds > this.limits.waitingMs))
      throw await requestComputation(this.db, asker, network, stored);
    for (const [part, value] of await this.#compute(network, needed, asker.signal)) found.set(partKey(part), value);
    return found;
  }

  /** Finds what is kept; where the rest would take a while, also what was computed in the background. */
  async #find(network: NamedNetwork, parts: readonly Part[], found: Map<string, unknown>): Promise<void> {
    const look = () => {
      for (const part of parts) {
        const known = this.kept.get(keyOf(network, partKey(part)));
        if (known !== undefined) found.set(partKey(part), known.value);
      }
      return parts.filter((part) => !found.has(partKey(part)));
    };
    const missing = look();
    if (costOf(missing, network.size) <= this.limits.storedMs) return;
    for (const [key, value] of await readParts(this.db, network, missing.map(partKey))) {
      found.set(key, value);
      this.kept.set(keyOf(network, key), value);
    }
    // What was computed meanwhile.
    look();
  }

  async #compute(network: NamedNetwork, needed: readonly Part[], signal: AbortSignal): Promise<[Part, unknown][]> {
    const byKey = new Map(needed.map((part) => [keyOf(network, partKey(part)), part]));
    const values = await this.kept.together([...byKey.keys()], signal, async (keys, signal) => {
      const own = keys.map((key) => byKey.get(key) as Part);
      const milliseconds = costOf(own, network.size);
      this.#waitingMs += milliseconds;
      try {
        return await this.pool.run(network.input, own, { signal });
      } finally {
        this.#waitingMs -= milliseconds;
      }
    });
    return needed.map((part, place) => [part, values[place]]);
  }

  /** Whether a part can be computed, in the background if need be, and held. */
  isBearable(part: Part, { size }: NamedNetwork): boolean {
    return millisecondsOf(part, size) <= this.limits.atMostMs && !(holdsTies(part) && size.arcs > mostArcs);
  }

  #assertBearable(network: NamedNetwork, missing: readonly Part[], needed: readonly Part[]): void {
    const lost = missing.find((part) => !needed.includes(part) && !isDispensable(part));
    if (lost !== undefined && holdsTies(lost)) throw new Problem('network_too_large');
    const milliseconds = lost === undefined ? costOf(needed, network.size) : millisecondsOf(lost, network.size);
    if (lost === undefined && milliseconds <= this.limits.atMostMs) return;
    const seconds = Math.ceil(milliseconds / 1000);
    throw new Problem('computation_too_long', { params: { seconds, maximum: this.limits.atMostMs / 1000 } });
  }
}

const keyOf = ({ dataVersion, name }: NamedNetwork, part: string) => `${dataVersion} ${name} ${part}`;

import type { Caller } from '../../../platform/caller.ts';
import type { Db } from '../../../platform/db.ts';
import { Problem } from '../../../platform/problem.ts';
import { requestComputation } from './computations.ts';
import { Keeping } from './keeping.ts';
import type { NamedNetwork } from './networks.ts';
import { isDispensable, isLight, millisecondsOf, type Part, partKey, unique } from './parts.ts';
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
  /** What takes longer is looked for among what was computed in the background before it is computed. */
  readonly storedMs: number;
  /** What takes no longer than this is not computed ahead. */
  readonly aheadMs: number;
};

const usual: Limits = { atOnceMs: 2_000, atMostMs: 600_000, storedMs: 100, aheadMs: 500 };

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

  constructor(db: Db, pool: Pool, limits: Limits = usual) {
    this.db = db;
    this.pool = pool;
    this.limits = limits;
  }

  /**
   * The values of parts of a network: kept, computed in the background before, or computed now. A dispensable part of a
   * network that is too large for it is null. Throws Accepted where that takes long: it is then computed in the
   * background; and computation_too_long, too_many_computations.
   */
  async values(network: NamedNetwork, asked: readonly Part[], asker: Asker): Promise<ReadonlyMap<string, unknown>> {
    const keyOf = (part: Part) => `${network.dataVersion} ${network.name} ${partKey(part)}`;
    const parts = unique(asked);
    const found = new Map<string, unknown>();
    const find = (part: Part) => {
      const known = this.kept.get(keyOf(part));
      if (known !== undefined) found.set(partKey(part), known.value);
    };
    const missing = () => parts.filter((part) => !found.has(partKey(part)));
    const cost = (of: readonly Part[]) => of.reduce((sum, part) => sum + millisecondsOf(part, network.size), 0);
    for (const part of parts) find(part);
    if (cost(missing()) > this.limits.storedMs) {
      for (const [key, value] of await readParts(this.db, network, missing().map(partKey))) {
        found.set(key, value);
        this.kept.set(`${network.dataVersion} ${network.name} ${key}`, value);
      }
    }
    for (const part of missing()) {
      if (this.isBearable(part, network)) continue;
      if (!isDispensable(part)) throw this.#tooLong(part, network);
      found.set(partKey(part), null);
    }
    const needed = missing();
    if (needed.length === 0) return found;
    const stored = needed.filter((part) => !isLight(part));
    if (cost(stored) > this.limits.atOnceMs) throw await requestComputation(this.db, asker, network, stored);
    const byKey = new Map(needed.map((part) => [keyOf(part), part]));
    const values = await this.kept.together([...byKey.keys()], asker.signal, (keys, signal) =>
      this.pool.run(
        network.input,
        keys.map((key) => byKey.get(key) as Part),
        { signal },
      ),
    );
    for (const [place, part] of needed.entries()) found.set(partKey(part), values[place]);
    return found;
  }

  /** Whether a part can be computed, in the background if need be. */
  isBearable(part: Part, { size }: NamedNetwork): boolean {
    return millisecondsOf(part, size) <= this.limits.atMostMs;
  }

  #tooLong(part: Part, { size }: NamedNetwork): Problem {
    const seconds = Math.ceil(millisecondsOf(part, size) / 1000);
    return new Problem('computation_too_long', { params: { seconds, maximum: this.limits.atMostMs / 1000 } });
  }
}

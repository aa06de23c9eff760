import fc from 'fast-check';
import t from 'tap';
import { betweennessOf, betweennessParts } from '../../../../src/features/statistics/kernel/betweenness.ts';
import { chunksOf, sumOfParts } from '../../../../src/features/statistics/kernel/chunks.ts';
import {
  distancesFrom,
  distancesOf,
  graphWalk,
  joinedDistances,
} from '../../../../src/features/statistics/kernel/distances.ts';
import { graphOf } from '../../../../src/features/statistics/kernel/graph.ts';
import { projectionOf, twoModeOf } from '../../../../src/features/statistics/kernel/two-mode.ts';
import {
  twoModeBetweenness,
  twoModeBetweennessParts,
} from '../../../../src/features/statistics/kernel/two-mode-betweenness.ts';
import { twoModeWalk } from '../../../../src/features/statistics/kernel/two-mode-walk.ts';
import { finish } from '../../../../src/features/statistics/kernel/work.ts';
import { affiliationsOf } from '../../../bench/affiliations.ts';

/** Networks of one to four chunks of organisations. */
const networks = fc
  .record({
    organisations: fc.integer({ min: 100, max: 900 }),
    seed: fc.nat(),
    spread: fc.double({ min: 0, max: 0.7, noNaN: true }),
  })
  .map(({ organisations, seed, spread }) => {
    const alliances = Math.ceil(organisations / 4);
    return twoModeOf(
      affiliationsOf({ organisations, alliances, memberships: 2 * alliances + organisations, spread }, seed).incidence,
    );
  });

const bits = (values: Float64Array) => Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('hex');

/** Parts of all chunks, computed in another order by as many workers as told, each with work arrays of its own. */
function shared<T>(n: number, workers: number, worker: () => (chunk: { from: number; until: number }) => T): T[] {
  const own = Array.from({ length: workers }, worker);
  const parts = chunksOf(n).map((chunk, place) => ({ chunk, place }));
  const found = parts.reverse().map(({ chunk, place }) => {
    const partOf = own[place % workers] as (typeof own)[number];
    return { place, part: partOf(chunk) };
  });
  return found.sort((a, b) => a.place - b.place).map(({ part }) => part);
}

t.test('chunks hold every source once, in order, and 250 but for the last', async (t) => {
  t.same(chunksOf(0), []);
  t.same(chunksOf(250), [{ from: 0, until: 250 }]);
  t.same(chunksOf(501), [
    { from: 0, until: 250 },
    { from: 250, until: 500 },
    { from: 500, until: 501 },
  ]);
});

t.test('betweenness in chunks by any number of workers has the bits of the whole', async (t) => {
  fc.assert(
    fc.property(networks, fc.integer({ min: 1, max: 4 }), (twoMode, workers) => {
      const parts = shared(twoMode.n, workers, () => {
        const partOf = twoModeBetweennessParts(twoMode);
        return (chunk) => finish(partOf(chunk));
      });
      t.equal(bits(sumOfParts(twoMode.n, parts)), bits(finish(twoModeBetweenness(twoMode))));
    }),
    { numRuns: 10 },
  );
});

t.test('so has betweenness over ties, with a direction or without', async (t) => {
  fc.assert(
    fc.property(networks, fc.integer({ min: 1, max: 4 }), fc.boolean(), (twoMode, workers, directed) => {
      const { out } = projectionOf(twoMode, 'count');
      const from = Int32Array.from({ length: out.items.length }, (_, tie) => tie % twoMode.n);
      const graph = graphOf(twoMode.n, directed, { from, to: out.items, weights: out.weights });
      const parts = shared(graph.n, workers, () => {
        const partOf = betweennessParts(graph);
        return (chunk) => finish(partOf(chunk));
      });
      t.equal(bits(sumOfParts(graph.n, parts)), bits(finish(betweennessOf(graph))));
    }),
    { numRuns: 10 },
  );
});

t.test('distances in chunks are those of the whole, over alliances as over ties', async (t) => {
  fc.assert(
    fc.property(networks, fc.integer({ min: 1, max: 4 }), (twoMode, workers) => {
      const graph = projectionOf(twoMode, 'count');
      for (const walk of [() => twoModeWalk(twoMode), () => graphWalk(graph)]) {
        const parts = shared(twoMode.n, workers, () => {
          const own = walk();
          return (chunk) => finish(distancesFrom(chunk, twoMode.n, own));
        });
        t.same(joinedDistances(twoMode.n, parts), finish(distancesOf(twoMode.n, walk())));
      }
    }),
    { numRuns: 10 },
  );
});

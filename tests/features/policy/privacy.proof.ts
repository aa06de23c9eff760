import fc from 'fast-check';
import t from 'tap';
import { begin } from './twins/beginning.ts';
import { Difference } from './twins/comparison.ts';
import { leaks } from './twins/leaks.ts';
import { timingGap } from './twins/timing.ts';
import { findLeak, newTally, twins } from './twins/twins.ts';

// WORLDS=2000 SEED=7 npm run proof:privacy
const wanted = Number(process.env.WORLDS ?? 200);
const seed = Number(process.env.SEED ?? Date.now() % 1e9);
const rounds = 20;
const beginning = await begin(t);
const seconds = (since: number) => ((performance.now() - since) / 1000).toFixed(0);

t.test(`${wanted} worlds, seed ${seed}`, async (t) => {
  const tally = newTally();
  const since = performance.now();
  const property = twins(beginning, { rounds, probes: 20, tally, sweepEvery: 10 });
  const result = await fc.check(property, { numRuns: Math.ceil(wanted / rounds), seed, endOnFailure: true });
  const done = [...tally.done.values()].reduce((sum, count) => sum + count, 0);
  const reads = [...tally.operations.values()].reduce((sum, asked) => sum + asked.size, 0);
  t.comment(
    `${tally.worlds} pairs of worlds, ${done} closed deeds of ${tally.done.size} kinds, ${tally.requests} requests, ${tally.operations.size} reads × roles = ${reads}, ${seconds(since)} s`,
  );
  t.notOk(result.failed, `0 differing bytes ${result.errorInstance ?? ''}`);
  t.ok(tally.worlds >= wanted);
});

t.test('planted leaks', async (t) => {
  for (const [name, leak] of Object.entries(leaks)) {
    const { found, worlds } = await findLeak(beginning, leak, { seed, pairs: 40 });
    t.ok(found instanceof Difference, `${name}: found after ${worlds} worlds`);
  }
});

t.test('what is closed takes as long to be refused as what does not exist', async (t) => {
  const { existing, missing, gap } = await timingGap(t, beginning, 2000);
  t.ok(gap < 0.05, `${existing.toFixed(3)} ms and ${missing.toFixed(3)} ms: ${(gap * 100).toFixed(1)} % of the median`);
});

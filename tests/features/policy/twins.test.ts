import fc from 'fast-check';
import t from 'tap';
import { begin } from './twins/beginning.ts';
import { reads } from './twins/probes.ts';
import { newTally, twins } from './twins/twins.ts';
import { roles } from './twins/world.ts';

t.setTimeout(300_000);
const beginning = await begin(t);

t.test('no outsider is answered otherwise by a world in which something else happened in closed spaces', async (t) => {
  const tally = newTally();
  const seed = Number(process.env.SEED ?? Date.now() % 1e9);
  const result = await fc.check(twins(beginning, { rounds: 10, probes: 20, tally, sweepEvery: 1 }), {
    numRuns: 2,
    seed,
    endOnFailure: true,
  });
  t.notOk(result.failed, `seed ${seed}: ${result.errorInstance}`);
  t.ok(tally.worlds >= 20 && tally.requests > 1000, `${tally.worlds} worlds, ${tally.requests} requests`);
  t.ok(tally.done.size >= 15, `${[...tally.done.keys()].join(' ')} were done`);
  for (const operationId of reads(beginning))
    t.equal(tally.operations.get(operationId)?.size, roles.length, `${operationId} was read by every role`);
});

import t from 'tap';
import { Simulation } from './simulator/simulation.ts';
import { type PlantedBug, plantedBugs } from './simulator/state.ts';

/** `SEEDS` and `SEED` make it longer and other: `npm run proof:federation`. */
const seeds = Number(process.env.SEEDS ?? 20);
const first = Number(process.env.SEED ?? 1);
/** Parts without their whole in one world: a baseline, which is read over some time, may bring one. */
const seldom = 3;
const size = { nodes: 12, steps: 1500, pageSize: 6 };

function play(seed: number, bug?: PlantedBug) {
  const world = new Simulation(seed, size, bug);
  world.run();
  return { rounds: world.heal(bug === undefined ? 2000 : 250), leaks: world.leaks.length, told: world.told };
}

t.test(
  'twelve nodes have what they should after cuts, crashes, repeated and late answers, and restored backups',
  (t) => {
    const rounds: number[] = [];
    const told: Record<string, number> = {};
    const began = Date.now();
    for (let seed = first; seed < first + seeds; seed++) {
      const world = play(seed);
      if (world.rounds === undefined || world.leaks > 0)
        t.fail(`seed ${seed}: ${world.rounds === undefined ? 'not converged' : `${world.leaks} leaks`}`);
      rounds.push(world.rounds ?? Number.POSITIVE_INFINITY);
      for (const [name, count] of Object.entries(world.told)) told[name] = (told[name] ?? 0) + count;
    }
    rounds.sort((a, b) => a - b);
    const converged = rounds.filter(Number.isFinite).length;
    t.equal(converged, seeds, `${converged} of ${seeds} worlds`);
    const spread = `rounds of healing: median ${rounds[seeds >> 1]}, most ${rounds.at(-1)}`;
    t.comment(`${seeds} worlds in ${Math.round((Date.now() - began) / 1000)} s; ${spread}; ${JSON.stringify(told)}`);
    const { dangling, ...often } = told;
    t.comment(`${dangling} baselines were begun anew for a part without its whole`);
    for (const [name, count] of Object.entries(often)) t.ok(count > 0, `${name} happened`);
    t.end();
  },
);

t.test('each way to be wrong is found', (t) => {
  const isLong = process.env.SEEDS !== undefined;
  for (const bug of plantedBugs) {
    const found: number[] = [];
    let tried = 0;
    while ((isLong && tried < 40) || (found.length === 0 && tried < 200)) {
      const { rounds, leaks, told } = play(first + tried, bug);
      tried += 1;
      if (rounds === undefined || leaks > 0 || told.dangling > seldom) found.push(tried);
    }
    t.ok(found.length > 0, `${bug}: found in ${found.length} of ${tried} worlds`);
  }
  t.end();
});

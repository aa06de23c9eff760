import t from 'tap';
import { begin } from './twins/beginning.ts';
import { Difference } from './twins/comparison.ts';
import { leaks, shows } from './twins/leaks.ts';
import { findLeak } from './twins/twins.ts';

t.setTimeout(300_000);
const beginning = await begin(t);

for (const [name, leak] of Object.entries(leaks))
  t.test(`the comparison of twin worlds finds that ${name}`, async (t) => {
    const { found, worlds } = await findLeak(beginning, leak, { seed: 1, pairs: 30, focus: shows[name] });
    t.ok(found instanceof Difference, `found after ${worlds} worlds`);
  });

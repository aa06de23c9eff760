import { type Connection, openDatabase } from '../../../src/platform/db.ts';
import { knownWorld } from './case-world.ts';
import { faultsOf, seenAtOnce } from './judging.ts';
import { wholePolicy } from './modules.ts';

// Judges the policy of this folder over a world that is there already: ends with 1 where it is not what it promises.
const connection = JSON.parse(process.env.JUDGED_WORLD ?? 'null') as Connection;
const database = openDatabase(connection, { max: 2 });
try {
  const faults = await faultsOf(database.db, wholePolicy, await knownWorld(), seenAtOnce);
  process.stdout.write(faults.map((fault) => `${fault}\n`).join(''));
  process.exitCode = faults.length === 0 ? 0 : 1;
} finally {
  await database.close();
}

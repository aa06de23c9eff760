import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { serverFile } from './server.ts';

// Starts the keeper of the run's database server and waits until the template is ready.
const keeper = spawn(
  process.execPath,
  ['--import=tsx', fileURLToPath(new URL('keeper.ts', import.meta.url)), String(process.ppid)],
  { detached: true, stdio: ['ignore', 'ignore', 'inherit'] },
);
let failed = false;
keeper.once('exit', () => {
  failed = true;
});
while (!existsSync(serverFile(process.ppid))) {
  if (failed) throw new Error('the database server of the tests did not start');
  await wait(20);
}
keeper.unref();
process.exit(0);

import { existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { serverFile, testServer } from './server.ts';

// Ends the database server of the run and waits until it is gone.
const { keeperPid } = testServer();
if (keeperPid !== null) {
  process.kill(keeperPid, 'SIGTERM');
  while (existsSync(serverFile(process.ppid)) || existsSync(`/proc/${keeperPid}`)) await wait(20);
}

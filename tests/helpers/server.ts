import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connection } from '../../src/platform/db.ts';

/** The database server of one run of the tests: how to reach a database of it as owner, and the template to clone. */
export type TestServer = {
  readonly keeperPid: number | null;
  readonly url: string | null;
  readonly socket: string | null;
  readonly template: string;
};

/** Where the server of a run is told; the run is named by the process that starts the test files. */
export const serverFile = (runnerPid: number): string => join(tmpdir(), `samendoen-tests-${runnerPid}.json`);

/** The server of this run. */
export function testServer(): TestServer {
  try {
    return JSON.parse(readFileSync(serverFile(process.ppid), 'utf8')) as TestServer;
  } catch {
    throw new Error('There is no database server for this run: start the tests with npm test.');
  }
}

/** The address of a database of the server, as its owner. */
export function serverConnection({ url, socket }: Pick<TestServer, 'url' | 'socket'>, database: string): Connection {
  if (url !== null) {
    const address = new URL(url);
    address.pathname = `/${database}`;
    return address.href;
  }
  return { host: socket ?? '', port: 5432, user: 'samendoen', database };
}

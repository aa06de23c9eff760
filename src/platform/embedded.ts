import { existsSync, mkdirSync, realpathSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import postgres from 'postgres';
import type { Connection } from './db.ts';
import { findBinaries } from './embedded-binaries.ts';
import {
  initialise,
  isServer,
  type Launched,
  launch,
  port,
  type RunningServer,
  runningServer,
  serverOwner,
} from './embedded-server.ts';

const startLimitMs = 60_000;
const stopLimitMs = 20_000;
const launchAttempts = 5;
/** How long a node that was killed a moment ago may still be held by its connection. */
const lockPatienceMs = 2_000;
/** Held by the node that works on the directory, for as long as its connection lives. */
const nodeLock = 7_240_112;

/** A running server of its own: where its databases are, and how to stop it. */
export type Embedded = { connection(database: string): Exclude<Connection, string>; stop(): Promise<void> };

type Log = (message: string) => void;
type NodeLock = { release(): Promise<void> };

/**
 * Starts a private PostgreSQL on a directory, on a socket that only this user reaches; a server that a killed node left
 * behind is taken over. It stops with `stop`, and when the process ends in an orderly way. Throws with a clear message
 * when another node works on the directory or the platform has no server. `durable: false` trades safety for speed,
 * for tests.
 */
export async function startEmbedded(options: { dataDir: string; durable?: boolean; log?: Log }): Promise<Embedded> {
  const given = resolve(options.dataDir);
  mkdirSync(dirname(given), { recursive: true });
  const folder = join(realpathSync(dirname(given)), basename(given));
  const log = options.log ?? (() => undefined);
  const binaries = findBinaries(folder);
  if (!existsSync(join(folder, 'PG_VERSION'))) {
    log('the embedded database is made, which happens once');
    await initialise(folder, binaries);
  }
  const { sockets, lock } = await acquire(folder, () => launch(folder, binaries, options.durable !== false), log);
  const forget = stopWithProcess(folder, sockets);
  return {
    connection: (database) => at(sockets, database),
    stop: async () => {
      forget();
      // The lock goes last, so that the next node never takes a server that is about to stop.
      await stopServer(folder);
      await lock.release();
      rmSync(sockets, { recursive: true, force: true });
    },
  };
}

/** Makes a database on a server when it is not there. */
export async function ensureDatabase(connection: Exclude<Connection, string>, name: string): Promise<void> {
  const sql = postgres({ ...connection, max: 1, onnotice: () => undefined });
  try {
    const [known] = await sql`select 1 from pg_database where datname = ${name}`;
    if (known === undefined) await sql`create database ${sql(name)} encoding 'UTF8' template template0`;
  } catch (error) {
    // Another start made it in between.
    if (!['42P04', '23505'].includes((error as { code?: string }).code ?? '')) throw error;
  } finally {
    await sql.end();
  }
}

const at = (sockets: string, database: string) => ({ host: sockets, port, user: serverOwner, database });

type Acquired = { readonly sockets: string; readonly lock: NodeLock };

/** Finds the server of the directory or starts one, and takes the node's lock in it. */
async function acquire(folder: string, start: () => Launched, log: Log): Promise<Acquired> {
  const launches = launcher(start);
  const limit = Date.now() + startLimitMs;
  let refusedSince = Number.POSITIVE_INFINITY;
  while (Date.now() < limit) {
    const server = runningServer(folder);
    await launches.ensure(server);
    const acquired = server && (await lockOn(server));
    if (typeof acquired === 'object') {
      const own = launches.latest()?.pid === server?.pid;
      log(own ? 'the embedded database runs' : 'the embedded database was running and is used again');
      return acquired;
    }
    if (acquired === 'refused') refusedSince = Math.min(refusedSince, Date.now());
    if (Date.now() - refusedSince > lockPatienceMs)
      throw new Error('Another node works on this data directory. Stop it, or set another DATA_DIR.');
    await wait(25);
  }
  throw new Error(`The embedded PostgreSQL did not start within a minute. ${launches.latest()?.said() ?? ''}`.trim());
}

/** Starts servers until one stays; a server that is still going away makes the first attempts fail. */
function launcher(start: () => Launched) {
  let launched: Launched | undefined;
  let attempts = 0;
  const ensure = async (server: RunningServer | undefined): Promise<void> => {
    if (server !== undefined || launched?.ended() === false) return;
    if (++attempts > launchAttempts) throw new Error(`The embedded PostgreSQL did not start: ${launched?.said()}`);
    if (launched !== undefined) await wait(200);
    launched = start();
  };
  return { ensure, latest: () => launched };
}

/** The node's lock on a server; undefined when the server does not answer yet, or not any more. */
async function lockOn({ sockets }: RunningServer): Promise<Acquired | 'refused' | undefined> {
  if (sockets === undefined) return undefined;
  const lock = await takeLock(at(sockets, 'postgres'));
  return typeof lock === 'object' ? { sockets, lock } : lock;
}

/** One node works on a directory at a time; the lock goes with the connection that took it. */
async function takeLock(connection: Exclude<Connection, string>): Promise<NodeLock | 'refused' | undefined> {
  let held = false;
  let retaking = false;
  const take = async (): Promise<boolean> => {
    const [row] = await sql<{ taken: boolean }[]>`select pg_try_advisory_lock(${nodeLock}) as taken`;
    return row?.taken === true;
  };
  // A server that recovers from the crash of one of its processes drops all connections, and the lock with them.
  const retake = async () => {
    if (!held || retaking) return;
    retaking = true;
    while (held && !(await take().catch(() => false))) await wait(250, undefined, { ref: false });
    retaking = false;
  };
  const sql = postgres({
    ...connection,
    max: 1,
    connect_timeout: 5,
    idle_timeout: 0,
    max_lifetime: null,
    fetch_types: false,
    onnotice: () => undefined,
    onclose: () => void retake(),
  });
  const release = async () => {
    held = false;
    await sql.end({ timeout: 1 });
  };
  const outcome = await take().then(
    (taken) => (taken ? 'taken' : 'refused'),
    () => undefined,
  );
  held = outcome === 'taken';
  if (outcome === 'taken') return { release };
  await release();
  return outcome;
}

/** Stops the server in its fast way: open transactions roll back, everything committed is on disk. */
async function stopServer(folder: string): Promise<void> {
  const server = runningServer(folder);
  if (server === undefined) return;
  const limit = Date.now() + stopLimitMs;
  signal(server.pid, 'SIGINT');
  // Its file goes a moment before it does.
  while (isServer(server.pid, folder)) {
    if (Date.now() > limit) return signal(server.pid, 'SIGQUIT');
    await wait(20);
  }
}

/** Stops the server when the process exits or is ended by a signal that nobody else handles; gives how to undo that. */
function stopWithProcess(folder: string, sockets: string): () => void {
  const stopNow = () => {
    const server = runningServer(folder);
    if (server !== undefined) signal(server.pid, 'SIGINT');
    rmSync(sockets, { recursive: true, force: true });
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const onSignal = (name: NodeJS.Signals) => {
    if (process.listenerCount(name) > 1) return;
    stopNow();
    forget();
    process.kill(process.pid, name);
  };
  const forget = () => {
    process.removeListener('exit', stopNow);
    for (const name of signals) process.removeListener(name, onSignal);
  };
  process.once('exit', stopNow);
  for (const name of signals) process.on(name, onSignal);
  return forget;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended by itself.
  }
}

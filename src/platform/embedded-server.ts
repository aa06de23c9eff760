import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { type Binaries, fileOwner, program, reaches } from './embedded-binaries.ts';

/** The port is part of the name of the socket; the server listens on no other. */
export const port = 5432;
/** The role that owns the server and everything in it. */
export const serverOwner = 'samendoen';

const socketPrefix = 'samendoen-';
/** The operating system's limit lies between 104 and 108 bytes. */
const socketPathLimit = 100;

/** A server process that was started: its id, whether it ended, and what it said. */
export type Launched = { readonly pid: number | undefined; ended(): boolean; said(): string };

/** A server that is alive on a directory; its socket folder is known a moment after it started. */
export type RunningServer = { readonly pid: number; readonly sockets: string | undefined };

/** Makes the files of a server in a new directory; of several first starts one wins and the others use what it made. */
export async function initialise(folder: string, binaries: Binaries): Promise<void> {
  refuseForeign(folder);
  removeDrafts(folder);
  const draft = `${folder}.new.${process.pid}.${randomBytes(4).toString('hex')}`;
  mkdirSync(draft, { mode: 0o700 });
  own(draft, binaries);
  const given = ['-D', draft, '-U', serverOwner, '--auth=trust', '--encoding=UTF8', '--locale=C', '--data-checksums'];
  const child = run(binaries, 'initdb', [...given, '--no-instructions']);
  const code = await child.closed;
  try {
    if (code !== 0) throw new Error(`The embedded PostgreSQL could not be made: ${child.said()}`);
    renameSync(draft, folder);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (existsSync(join(folder, 'PG_VERSION'))) return;
    refuseForeign(folder);
    throw error;
  }
}

/** Nothing is made where something else lies. */
function refuseForeign(folder: string): void {
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found === undefined || (found.isDirectory() && readdirSync(folder).length === 0)) return;
  if (existsSync(join(folder, 'PG_VERSION'))) return;
  throw new Error(`${folder} is neither empty nor the directory of a PostgreSQL. Set another DATA_DIR.`);
}

/** Starts the server of a directory; it outlives this process unless it is stopped. */
export function launch(folder: string, binaries: Binaries, durable: boolean): Launched {
  clearStaleFiles(folder);
  const sockets = socketFolder(binaries);
  const settings = {
    listen_addresses: '',
    unix_socket_directories: sockets,
    unix_socket_permissions: '0700',
    max_connections: '120',
    log_min_messages: 'fatal',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  const given = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const { pid, closed, ended, said, unref } = run(binaries, 'postgres', ['-D', folder, '-p', String(port), ...given]);
  unref();
  // Also where another start was faster, and its server is used.
  void closed.then(() => rmSync(sockets, { recursive: true, force: true }));
  return { pid, ended, said };
}

/** The server that is alive on a directory, as its own file tells; undefined when there is none. */
export function runningServer(folder: string): RunningServer | undefined {
  const { pid, sockets } = serverFile(folder);
  return pid !== undefined && isServer(pid, folder) ? { pid, sockets } : undefined;
}

function serverFile(folder: string): { pid: number | undefined; sockets: string | undefined } {
  try {
    const lines = readFileSync(join(folder, 'postmaster.pid'), 'utf8').split('\n');
    return { pid: Number(lines[0]) || undefined, sockets: lines[4] || undefined };
  } catch {
    return { pid: undefined, sockets: undefined };
  }
}

/**
 * Clears what a server that is gone left behind. PostgreSQL itself clears a file that names no living process; what it
 * cannot see is that the id now is another program's. With or without the file, it refuses to start while a process of
 * that server still uses its memory.
 */
function clearStaleFiles(folder: string): void {
  const { pid, sockets } = serverFile(folder);
  if (pid === undefined || isServer(pid, folder)) return;
  if (isAlive(pid)) rmSync(join(folder, 'postmaster.pid'), { force: true });
  if (sockets !== undefined && basename(sockets).startsWith(socketPrefix))
    rmSync(sockets, { recursive: true, force: true });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A server works in its directory; a process id that another program has by now, or that died unburied, is none. */
export function isServer(pid: number, folder: string): boolean {
  if (!isAlive(pid)) return false;
  if (!existsSync('/proc/self/stat')) return true;
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return false;
  }
  if (/\) [ZX] /.test(stat)) return false;
  try {
    const [place, expected] = [statSync(`/proc/${pid}/cwd`), statSync(folder)];
    return place.ino === expected.ino && place.dev === expected.dev;
  } catch {
    return stat.includes('(postgres)');
  }
}

/** A new folder for the socket, of which the path has to be short; a running server tells where it is. */
function socketFolder(binaries: Binaries): string {
  for (const place of new Set([tmpdir(), '/tmp'])) {
    const length = Buffer.byteLength(join(place, `${socketPrefix}xxxxxx`, `.s.PGSQL.${port}`));
    if (length > socketPathLimit || !existsSync(place) || !reaches(binaries.user, place)) continue;
    const sockets = mkdtempSync(join(place, socketPrefix));
    own(sockets, binaries);
    return sockets;
  }
  throw new Error('There is no place for the socket of the embedded PostgreSQL. Set TMPDIR to a shorter path.');
}

function own(path: string, binaries: Binaries): void {
  const user = fileOwner(binaries);
  if (user !== undefined) chownSync(path, user.uid, user.gid);
}

/** First starts that were killed leave their half-made directory. */
function removeDrafts(folder: string): void {
  const prefix = `${basename(folder)}.new.`;
  for (const name of readdirSync(dirname(folder))) {
    if (!name.startsWith(prefix) || isAlive(Number.parseInt(name.slice(prefix.length), 10))) continue;
    rmSync(join(dirname(folder), name), { recursive: true, force: true });
  }
}

const environment = (): NodeJS.ProcessEnv => ({ LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' });

function run(binaries: Binaries, name: 'initdb' | 'postgres', given: readonly string[]) {
  const { file, args, as } = program(binaries, name, given);
  const stdio: ['ignore', 'ignore', 'pipe'] = ['ignore', 'ignore', 'pipe'];
  // A session of its own: an interrupt typed at the terminal is for the node, which then stops the server in order.
  const child = spawn(file, args, { ...as, cwd: '/', stdio, env: environment(), detached: true });
  let said = '';
  let ended = false;
  child.stderr.on('data', (text: Buffer) => {
    said = (said + text.toString('utf8')).slice(-4000);
  });
  const closed = new Promise<number | null>((done) => {
    const finish = (code: number | null) => {
      ended = true;
      done(code);
    };
    child.once('close', finish);
    child.once('error', (error) => {
      said += error.message;
      finish(null);
    });
  });
  const unref = () => {
    child.unref();
    (child.stderr as unknown as { unref(): void }).unref();
  };
  return { pid: child.pid, closed, ended: () => ended, said: () => said.trim(), unref };
}

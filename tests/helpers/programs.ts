import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import { type Database, openDatabase } from '../../src/platform/db.ts';
import { port, runningServer, serverOwner } from '../../src/platform/embedded-server.ts';
import { send } from './http.ts';
import { place } from './place.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A test, or whatever else tidies up at its end. */
export type Teardown = Pick<Test, 'teardown'>;
export type Settings = Readonly<Record<string, string>>;

/** How a program ended. */
export type Ending = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

/** A program in a process of its own, with all that it said. */
export type Program = {
  readonly pid: number;
  readonly ended: Promise<Ending>;
  alive(): boolean;
  stdout(): string;
  stderr(): string;
  /** Sends a signal, and waits for the end. */
  end(signal?: NodeJS.Signals): Promise<Ending>;
};

/** A node that answers. */
export type NodeProgram = Program & { readonly baseUrl: string; readonly port: number; readonly dataDir: string };

/** How long is waited for anything: long enough for a machine that is busy with other tests. */
const patienceSeconds = 60;

/** Polls until the condition holds, or throws with what was waited for. */
export async function until<T>(
  what: string,
  condition: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  for (const limit = Date.now() + patienceSeconds * 1000; ; await wait(10)) {
    const found = await condition();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > limit) throw new Error(`it took longer than ${patienceSeconds} s until ${what}`);
  }
}

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Where a node keeps its embedded server. */
export const serverFolder = (dataDir: string) => join(dataDir, 'postgres');

/** Starts a program of the product, `src/…`, with these settings and no others; it is killed at the end of the test. */
export function startProgram(t: Teardown, file: string, settings: Settings, given: readonly string[] = []): Program {
  const child = spawn(process.execPath, ['--import=tsx', join(root, 'src', file), ...given], {
    cwd: root,
    env: { PATH: process.env.PATH, TMPDIR: place(), LOG_LEVEL: 'warn', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const heard = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      heard[stream] += text;
    });
  const ended = once(child, 'close').then(([code, signal]): Ending => ({ code, signal }));
  t.teardown(() => end(child, ended, 'SIGKILL'));
  return {
    pid: child.pid ?? 0,
    ended,
    alive: () => isAlive(child),
    stdout: () => heard.stdout,
    stderr: () => heard.stderr,
    end: (signal = 'SIGTERM') => end(child, ended, signal),
  };
}

const isAlive = ({ exitCode, signalCode }: ChildProcess) => exitCode === null && signalCode === null;

async function end(child: ChildProcess, ended: Promise<Ending>, signal: NodeJS.Signals): Promise<Ending> {
  if (isAlive(child)) child.kill(signal);
  return ended;
}

/** Starts a node, of `src/server.ts` unless another is named, on a free port; waits until it answers. */
export async function startNode(
  t: Teardown,
  dataDir: string,
  settings: Settings = {},
  file = 'server.ts',
): Promise<NodeProgram> {
  const port = Number(settings.PORT ?? (await freePort()));
  const limits = { RATE_LIMIT_PER_MINUTE: '1000000', TOKEN_RATE_LIMIT_PER_MINUTE: '1000000' };
  const program = startProgram(t, file, { DATA_DIR: dataDir, PORT: String(port), ...limits, ...settings });
  const baseUrl = `http://127.0.0.1:${port}`;
  await until('the node answers', async () => {
    if (!program.alive()) throw new Error(`the node ended at its start: ${program.stdout()} ${program.stderr()}`);
    return send(baseUrl, { path: '/health/live' }).then(
      ({ status }) => status === 200,
      () => false,
    );
  });
  return { ...program, baseUrl, port, dataDir };
}

/** The database of a node on the embedded server, as its owner; closed at the end of the test. */
export function openNodeDatabase(t: Teardown, dataDir: string, database = 'samendoen'): Database {
  const sockets = runningServer(serverFolder(dataDir))?.sockets;
  if (sockets === undefined) throw new Error('there is no embedded server');
  const opened = openDatabase({ host: sockets, port, user: serverOwner, database }, { max: 2 });
  t.teardown(() => opened.close());
  return opened;
}

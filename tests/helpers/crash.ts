import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runningServer } from '../../src/platform/embedded-server.ts';
import { checkWhole, type Faults } from './crash-check.ts';
import { administratorToken, newSecret } from './http.ts';
import { newDirectory, processesIn } from './place.ts';
import { type NodeProgram, openNodeDatabase, serverFolder, startNode, type Teardown, until } from './programs.ts';
import { type Acknowledged, type Pending, register, writeUntilGone } from './writers.ts';

/** What is killed: the node; the server beneath it and then the node; or every process of both at once. */
const kinds = ['node', 'server and node', 'everything'] as const;
type Kind = (typeof kinds)[number];

/** How a node is killed again and again; `unsafe` makes its database acknowledge commits that are not written. */
export type CrashPlan = { readonly rounds: number; readonly unsafe?: boolean; readonly tell?: (text: string) => void };

/** What came of it. `dataDir` and `acknowledged` are for whoever wants to look further. */
export type CrashProof = {
  readonly acknowledged: readonly Acknowledged[];
  readonly repeated: number;
  readonly faults: Faults;
  readonly slowestStart: number;
  readonly node: NodeProgram;
};

const writers = 8;

/** Kills a node at random moments while it is written to, and looks after each restart whether all is whole. */
export async function killAgainAndAgain(t: Teardown, plan: CrashPlan): Promise<CrashProof> {
  const dataDir = newDirectory();
  const secret = newSecret();
  const journal = join(dataDir, 'acknowledged.jsonl');
  const known = { acknowledged: [] as Acknowledged[], pending: [] as Pending[], repeated: 0, slowestStart: 0 };
  const faults: Faults = [];
  for (let round = 0; ; round++) {
    const started = performance.now();
    const node = await startNode(t, dataDir, { ADMIN_CLIENT_SECRET: secret });
    if (round > 0) known.slowestStart = Math.max(known.slowestStart, (performance.now() - started) / 1000);
    const token = await administratorToken(node.baseUrl, secret);
    const target = { baseUrl: node.baseUrl, token, journal };
    for (const one of await repeat(target, known)) faults.push(`round ${round}: ${one}`);
    for (const one of await check(dataDir, known.acknowledged, plan)) faults.push(`round ${round}: ${one}`);
    if (round === plan.rounds) return { ...known, faults, node };
    const kind: Kind = plan.unsafe === true ? 'everything' : (kinds[round % kinds.length] ?? 'node');
    const before = known.acknowledged.length;
    known.pending = await writeAndKill(node, target, kind);
    known.acknowledged = readJournal(journal);
    plan.tell?.(`round ${round + 1}: ${kind} killed, ${known.acknowledged.length - before} writes acknowledged\n`);
  }
}

type Target = { readonly baseUrl: string; readonly token: string; readonly journal: string };

/** Answers the requests that were under way: each may have had its effect or not. */
async function writeAndKill(node: NodeProgram, target: Target, kind: Kind): Promise<Pending[]> {
  let count = 0;
  const limit = 10 + Math.random() * 90;
  const onAcknowledged = () => {
    count += 1;
  };
  const name = (index: number) => `${node.pid}-${Date.now()}-${index}`;
  const writing = Array.from({ length: writers }, (_, index) =>
    writeUntilGone({ ...target, onAcknowledged }, name(index)),
  );
  await until('there is something to lose', () => count >= limit);
  const server = runningServer(serverFolder(node.dataDir))?.pid ?? 0;
  if (kind === 'everything') for (const pid of processesIn(node.dataDir)) kill(pid);
  if (kind === 'server and node') kill(server);
  await node.end('SIGKILL');
  const written = await Promise.all(writing);
  return written.flatMap(({ pending }) => (pending === undefined ? [] : [pending]));
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

const readJournal = (file: string): Acknowledged[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Acknowledged);

/** Sends the requests again that were under way, and one that was answered; each must have one effect in the end. */
async function repeat(
  target: Target,
  known: { acknowledged: Acknowledged[]; pending: Pending[]; repeated: number },
): Promise<Faults> {
  const faults: Faults = [];
  const last = known.acknowledged.at(-1);
  for (const asked of [...known.pending, ...(last === undefined ? [] : [last])]) {
    const answer = await register(target, asked);
    const { id } = answer.json<{ id?: string }>();
    if (answer.status !== 201 || id === undefined) faults.push(`${asked.name} was answered with ${answer.status}`);
    else if (asked === last && id !== last.id) faults.push(`${asked.name} was answered with another organisation`);
    else if (asked !== last) {
      known.acknowledged.push({ ...asked, id });
      appendFileSync(target.journal, `${JSON.stringify({ ...asked, id })}\n`);
    }
    known.repeated += 1;
  }
  return faults;
}

async function check(dataDir: string, acknowledged: readonly Acknowledged[], { unsafe }: CrashPlan): Promise<Faults> {
  const opened: { close?: () => unknown } = {};
  const { sql } = openNodeDatabase({ teardown: (close) => Object.assign(opened, { close }) }, dataDir);
  try {
    if (unsafe === true) await loseCommits(sql);
    return await checkWhole(sql, acknowledged);
  } finally {
    await opened.close?.();
  }
}

/** Lets the server answer before a commit is written, and write late: the planted fault. */
async function loseCommits(sql: ReturnType<typeof openNodeDatabase>['sql']): Promise<void> {
  await sql`alter system set synchronous_commit = off`;
  await sql`alter system set wal_writer_delay = '10s'`;
  await sql`alter system set wal_writer_flush_after = '1GB'`;
  await sql`select pg_reload_conf()`;
}

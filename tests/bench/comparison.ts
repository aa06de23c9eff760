import { load } from './load.ts';
import { familySeconds, median, middleHalf, processorSeconds } from './measure.ts';
import type { ServerProcess } from './processes.ts';

/**
 * One of the things that are measured: its paths are asked for in turn, of the hand-written server others where cursors
 * are in them. With `body` it is a write.
 */
export type Measure = {
  readonly name: string;
  readonly paths: readonly string[];
  readonly barePaths?: readonly string[];
  readonly body?: string;
};

/** What one run of one server needed: microseconds of processor time per request, in all and of the database. */
export type Run = { readonly microseconds: number; readonly database: number; readonly perSecond: number };

/** Every run of both servers for one measure, in the order of the rounds. */
export type Comparison = { readonly name: string; readonly node: readonly Run[]; readonly bare: readonly Run[] };

/** How long, and how often: `starts` pairs of servers, since two starts of one program are not equally fast. */
export type Plan = {
  readonly starts: number;
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly callers: number;
};

/** The two servers and the token that both take; `postmaster` is undefined where its processes cannot be seen. */
export type Contest = {
  readonly node: ServerProcess;
  readonly bare: ServerProcess;
  readonly token: string;
  readonly postmaster: number | undefined;
};

/** Refuses to measure two servers that do not answer the same. The cursors differ, since ours are sealed. */
export async function assertSameAnswers({ node, bare, token }: Contest, measures: readonly Measure[]): Promise<void> {
  for (const { paths, barePaths = paths, body } of measures) {
    if (body !== undefined) continue;
    for (const [index, path] of paths.slice(0, 25).entries()) {
      const ours = await read(node.port, path, token);
      const theirs = await read(bare.port, barePaths[index] ?? path, token);
      if (ours !== theirs) throw new Error(`the two servers differ on ${path}:\n${ours}\n${theirs}`);
    }
  }
}

async function read(port: number, path: string, token: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { authorization: `Bearer ${token}` } });
  const text = (await response.text()).replace(/"nextCursor":"[^"]+"/, '"nextCursor":"…"');
  return `${response.status} ${response.headers.get('content-type')} ${response.headers.get('etag')} ${text}`;
}

/** Measures both servers in turn; in every second round the other one goes first. */
export async function compare(contest: Contest, measure: Measure, plan: Plan): Promise<Comparison> {
  const once = (server: ServerProcess, seconds: number) => run(contest, server, measure, { ...plan, seconds });
  for (const server of [contest.node, contest.bare]) await warmUp(server, plan.warmUpSeconds, once);
  const node: Run[] = [];
  const bare: Run[] = [];
  for (let round = 0; round < plan.rounds; round++) {
    if (round % 2 === 0) node.push(await once(contest.node, plan.seconds));
    bare.push(await once(contest.bare, plan.seconds));
    if (round % 2 === 1) node.push(await once(contest.node, plan.seconds));
  }
  return { name: measure.name, node, bare };
}

/** Asks until code is compiled and plans are kept, which takes processor time, of which a busy machine gives little. */
async function warmUp(
  server: ServerProcess,
  seconds: number,
  ask: (server: ServerProcess, seconds: number) => Promise<Run>,
): Promise<void> {
  const enough = processorSeconds(server.pid) + seconds;
  const patience = Date.now() + seconds * 6_000;
  while (processorSeconds(server.pid) < enough && Date.now() < patience) await ask(server, seconds / 4);
}

/** What came of several starts, as one. */
export const together = (name: string, comparisons: readonly Comparison[]): Comparison => ({
  name,
  node: comparisons.flatMap(({ node }) => node),
  bare: comparisons.flatMap(({ bare }) => bare),
});

async function run(contest: Contest, server: ServerProcess, measure: Measure, plan: Plan): Promise<Run> {
  const { token, postmaster } = contest;
  const paths = server === contest.bare ? (measure.barePaths ?? measure.paths) : measure.paths;
  const used = () => [processorSeconds(server.pid), postmaster === undefined ? 0 : familySeconds(postmaster)] as const;
  const before = used();
  const { requests, seconds } = await load({ port: server.port, token }, paths, { ...plan, body: measure.body });
  const [own, database] = used().map((after, index) => ((after - (before[index] ?? 0)) / requests) * 1e6) as [
    number,
    number,
  ];
  return { microseconds: own + database, database, perSecond: requests / seconds };
}

const figure = (value: number) => value.toFixed(2);
const middle = (runs: readonly Run[], of: keyof Run) => Math.round(median(runs.map((run) => run[of]))).toString();
const spread = (ratios: readonly number[]) => `${figure(median(ratios))} (${middleHalf(ratios).map(figure).join('–')})`;

/** Processor time per request, node to bare, of every round. */
const ratios = ({ node, bare }: Comparison) =>
  node.map((run, round) => run.microseconds / (bare[round] as Run).microseconds);

/** The node to itself in the round before or, every second time, after: what would be 1 without any noise. */
const ratiosToItself = ({ node }: Comparison) =>
  node.slice(1).map((after, index) => {
    const ratio = after.microseconds / (node[index] as Run).microseconds;
    return index % 2 === 0 ? ratio : 1 / ratio;
  });

/** Writes one line of the report. */
export function line(comparison: Comparison): string[] {
  const { name, node, bare } = comparison;
  return [
    name,
    spread(ratios(comparison)),
    spread(ratiosToItself(comparison)),
    middle(node, 'microseconds'),
    middle(node, 'database'),
    middle(bare, 'microseconds'),
    middle(bare, 'database'),
    middle(node, 'perSecond'),
    middle(bare, 'perSecond'),
  ];
}

/** Writes a table for the terminal: the first column to the left, figures to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const cell = (text: string, column: number) =>
    column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0);
  return rows.map((row) => row.map(cell).join('  ').trimEnd()).join('\n');
}

import type { Sql } from 'postgres';

/** A statement as the application sent it. */
export type Statement = { readonly text: string; readonly given: readonly unknown[] };

/** What the database did for a statement. */
export type Explained = {
  readonly planningMs: number;
  /** With a plan for these values, as a new connection has it. */
  readonly firstMs: number;
  /** With the plan that is kept after some uses, which may be one for all values. */
  readonly keptMs: number;
  readonly buffers: number;
  /** Tables that were read from end to end. */
  readonly scanned: readonly string[];
};

type Node = {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Shared Hit Blocks'?: number;
  readonly 'Shared Read Blocks'?: number;
  readonly Plans?: readonly Node[];
};
type Explanation = { readonly Plan: Node; readonly 'Planning Time': number; readonly 'Execution Time': number };

/** After five executions the database decides whether to keep one plan. */
const executions = 7;
const patienceMs = 1_000;

/** Explains a statement by executing it as a prepared one, on a pool of one connection. */
export async function explain(sql: Sql, { text, given }: Statement): Promise<Explained> {
  await sql.unsafe(`prepare explained as ${text}`);
  try {
    const values = given.length === 0 ? '' : `(${given.map(literal).join(', ')})`;
    const once = async () => {
      const [row] = await sql.unsafe<{ 'QUERY PLAN': [Explanation] }[]>(
        `explain (analyze, buffers, format json) execute explained ${values}`,
      );
      if (row === undefined) throw new Error('the database explained nothing');
      return row['QUERY PLAN'][0];
    };
    const first = await once();
    let last = first;
    for (let done = 1; done < executions && first['Execution Time'] < patienceMs; done++) last = await once();
    return {
      planningMs: last['Planning Time'],
      firstMs: first['Execution Time'],
      keptMs: last['Execution Time'],
      buffers: (last.Plan['Shared Hit Blocks'] ?? 0) + (last.Plan['Shared Read Blocks'] ?? 0),
      scanned: [...new Set([first, last].flatMap(({ Plan }) => scannedIn(Plan)))],
    };
  } finally {
    await sql.unsafe('deallocate explained');
  }
}

const scannedIn = (node: Node): string[] => [
  ...(node['Node Type'] === 'Seq Scan' && node['Relation Name'] !== undefined ? [node['Relation Name']] : []),
  ...(node.Plans ?? []).flatMap(scannedIn),
];

function literal(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return `array[${value.map(literal).join(', ')}]`;
  return `'${String(value).replaceAll("'", "''")}'`;
}

import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Given } from './shapes.ts';

/** The values of a graph by name: single ones or one for each node, null where undefined. */
export type Values = Readonly<Record<string, number | null | readonly (number | null)[]>>;

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const kernel = here('../../src/features/statistics/kernel');

/** The values that igraph and networkx give. ORACLE_PYTHON names a Python that has both, else it is that of Debian. */
export const oracleValues = (graphs: readonly Given[]) =>
  run(process.env.ORACLE_PYTHON ?? '/usr/bin/python3', [here('oracle.py')], graphs);

/** The values that our kernels give; of those in another directory when one is named. */
export const kernelValues = (graphs: readonly Given[], directory = kernel) =>
  run(process.execPath, ['--import=tsx', here('measure.ts'), directory], graphs);

async function run(program: string, args: readonly string[], graphs: readonly Given[]): Promise<Values[]> {
  const running = promisify(execFile)(program, args, { maxBuffer: 2 ** 30 });
  // What ends before it has read all tells why by its own error.
  running.child.stdin?.on('error', () => undefined);
  running.child.stdin?.end(JSON.stringify(graphs));
  return JSON.parse((await running).stdout) as Values[];
}

/** A change of one place in a kernel's file, that makes it wrong. */
export type Bug = { readonly file: string; readonly from: string; readonly to: string };

/** The values of the kernels with a bug in them. Throws when its place is not found exactly once. */
export async function valuesWith({ file, from, to }: Bug, graphs: readonly Given[]): Promise<Values[]> {
  const directory = await mkdtemp(join(tmpdir(), 'samendoen-kernel-'));
  try {
    await cp(kernel, directory, { recursive: true });
    await writeFile(join(directory, 'package.json'), '{"type":"module"}');
    const source = await readFile(join(directory, file), 'utf8');
    if (source.split(from).length !== 2) throw new Error(`${file} does not hold once: ${from}`);
    await writeFile(join(directory, file), source.replace(from, to));
    return await kernelValues(graphs, directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

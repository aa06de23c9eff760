import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { writeGexf } from '../../../../src/features/statistics/formats/gexf.ts';
import { writeGraphml } from '../../../../src/features/statistics/formats/graphml.ts';
import { dirtyGraph, readable } from './dirty-graph.ts';

const script = join(import.meta.dirname, '../../../oracle/read_back.py');
/** A Python that has igraph and networkx. */
const python = process.env.ORACLE_PYTHON ?? '/usr/bin/python3';

/** Writes every format into a directory and has it read by the tools; gives what they say. */
async function readBack(directory: string, graphml: string) {
  const graph = dirtyGraph();
  const nodes = graph.nodes.map((node) => ({ ...node, name: readable(node.name) }));
  writeFileSync(join(directory, 'graph.json'), JSON.stringify({ ...graph, nodes }));
  writeFileSync(join(directory, 'graph.graphml'), graphml);
  for (const version of ['1.2', '1.3'] as const)
    writeFileSync(join(directory, `graph.${version}.gexf`), writeGexf(dirtyGraph(version)));
  return promisify(execFile)(python, [script, directory]);
}

t.test('igraph and networkx read the same organisations, ties and values', async (t) => {
  const { stdout } = await readBack(t.testdir(), writeGraphml(dirtyGraph()));
  t.comment(stdout.trim());
  t.match(stdout, ' 0 differ');
});

t.test('and a fault that is planted is seen', async (t) => {
  const faulty = writeGraphml(dirtyGraph()).replace('1099511627776', '1099511627777');
  const told = await readBack(t.testdir(), faulty).catch((error: { stdout: string }) => error);
  t.ok(told instanceof Error);
  t.match(told.stdout, /strength of .* is 1099511627777/);
});

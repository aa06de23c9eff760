import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { writeGexf } from '../../../../src/features/statistics/formats/gexf.ts';
import { writeGraphml } from '../../../../src/features/statistics/formats/graphml.ts';
import { relations } from '../../../../src/features/statistics/rules.ts';
import { dirtyGraph, readable } from './dirty-graph.ts';

const script = join(import.meta.dirname, '../../../oracle/read_back.py');
/** A Python that has igraph and networkx. */
const python = process.env.ORACLE_PYTHON ?? '/usr/bin/python3';

/** Whether GEXF is validated too: against the schemas that Gephi publishes, which are not part of this project. */
const validates = process.env.GEXF_SCHEMAS !== undefined;

/** What is done to a file before it is read. */
type Planted = Readonly<Record<string, (text: string) => string>>;

/** Writes every format of every relation into a directory and has it read by the tools; gives what they say. */
async function readBack(directory: string, planted: Planted = {}) {
  const write = (name: string, text: string) =>
    writeFileSync(join(directory, name), planted[name] === undefined ? text : planted[name](text));
  for (const relation of relations) {
    const graph = dirtyGraph('1.3', relation);
    const nodes = graph.nodes.map((node) => ({ ...node, name: readable(node.name) }));
    write(`${relation}.json`, JSON.stringify({ ...graph, nodes }));
    write(`${relation}.graphml`, writeGraphml(graph));
    for (const version of ['1.2', '1.3'] as const)
      write(`${relation}.${version}.gexf`, writeGexf(dirtyGraph(version, relation)));
  }
  return promisify(execFile)(python, [script, directory]);
}

t.test('igraph and networkx read the same organisations, ties, directions and values of every relation', async (t) => {
  const { stdout } = await readBack(t.testdir());
  t.comment(stdout.trim());
  t.match(stdout, ' of 5 relations compared, 0 differ');
  if (validates) t.match(stdout, 'by the schemas of 1.2 and 1.3');
});

t.test('and a fault that is planted is seen', async (t) => {
  const faults: readonly [Planted, RegExp][] = [
    [
      { 'membership.graphml': (text) => text.replace('1099511627776', '1099511627777') },
      /igraph GraphML membership: strength of .* is 1099511627777/,
    ],
    [
      { 'deeds.graphml': (text) => text.replace('edgedefault="directed"', 'edgedefault="undirected"') },
      /networkx GraphML deeds: directed is False/,
    ],
    [
      { 'knowledge.1.2.gexf': (text) => text.replace('weight="99"', 'weight="98"') },
      /networkx GEXF 1.2 knowledge: weight of .* is 98/,
    ],
  ];
  const ofSchema: typeof faults = [
    [
      { 'deeds.1.3.gexf': (text) => text.replace('defaultedgetype="directed"', 'defaultedgetype="oneway"') },
      /xmllint: the verdict on deeds 1.3 .*'oneway' is not an element of the set/,
    ],
  ];
  for (const [planted, expected] of [...faults, ...(validates ? ofSchema : [])]) {
    const told = await readBack(t.testdir(), planted).catch((error: { stdout: string }) => error);
    t.ok(told instanceof Error);
    t.match(told.stdout, expected);
  }
});

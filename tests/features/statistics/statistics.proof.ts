import t from 'tap';
import { compare } from '../../oracle/compare.ts';
import { type Bug, kernelValues, oracleValues, valuesWith } from '../../oracle/programs.ts';
import { type Given, shapedGraphs } from '../../oracle/shapes.ts';
import { directory, membersInForce, municipalities, rows } from './register.ts';

// apt-get install python3-igraph python3-networkx; TIMES=20 npm run proof:statistics
const times = Number(process.env.TIMES ?? 20);

/** Every measure of the graphs by our kernels against igraph's; tells the largest difference of each. */
async function proveEqual(
  t: { comment(text: string): void; ok(value: unknown, name: string): unknown; same(a: unknown, b: unknown): unknown },
  graphs: readonly Given[],
) {
  const [found, wanted] = await Promise.all([kernelValues(graphs), oracleValues(graphs)]);
  const { compared, largest, faults } = compare(graphs, found, wanted);
  const sorted = Object.entries(largest).sort(([, a], [, b]) => b - a);
  t.comment(`${graphs.length} graphs, ${Object.keys(largest).length} measures, ${compared} values`);
  for (const [name, difference] of sorted) t.comment(`${name}: ${difference.toExponential(1)}`);
  t.ok(compared > 0 && graphs.length > 0, 'something was compared');
  t.same(faults, []);
}

t.test(`graphs of every shape, ${times} of each`, async (t) => {
  await proveEqual(t, shapedGraphs(times));
});

t.test('the register: municipalities by agreements in force', { skip: directory.skip }, async (t) => {
  const current = rows('municipalities').filter((row) => row.status === 'current');
  const provinces = [...new Set(current.map((row) => row.province))];
  const groups = current.map((row) => provinces.indexOf(row.province));
  const alliances = membersInForce(municipalities());
  const graph = (weighting: 'count' | 'newman' | 'jaccard') => {
    return { shape: `register, ${weighting}`, n: groups.length, groups, alliances, weighting };
  };
  await proveEqual(t, [graph('count'), graph('newman'), graph('jaccard')]);
});

t.test('the register: every organisation by agreements in force', { skip: directory.skip }, async (t) => {
  const keys = rows('organisations').flatMap((row) => (row.roo_id ? [row.roo_id] : []));
  const groups = keys.map((_, place) => place % 4);
  await proveEqual(t, [
    { shape: 'register, all', n: keys.length, groups, alliances: membersInForce(keys), weighting: 'newman' },
  ]);
});

const bugs: Readonly<Record<string, Bug>> = {
  'a pair that shares several alliances is counted too often': {
    ...{ file: 'two-mode-betweenness.ts', from: 'real(paths, node) - sum', to: 'real(paths, node)' },
  },
  'the same on the way back': {
    ...{
      file: 'two-mode-betweenness.ts',
      from: 'real(share, near) - real(extraOf, pair) *',
      to: 'real(share, near) - 0 *',
    },
  },
  'one leaf stands for itself alone': {
    ...{ file: 'two-mode-betweenness.ts', from: 'times: real(plan.leaves, alliance)', to: 'times: 1' },
  },
  'leaves are no ends': {
    ...{ file: 'two-mode-betweenness.ts', from: 'real(leaves, alliance) /', to: '0 /' },
  },
  'a directed graph is walked back by its out-neighbours': {
    ...{
      file: 'betweenness.ts',
      from: 'const { offsets, items } = graph.in',
      to: 'const { offsets, items } = graph.out',
    },
  },
  'a node is reached twice': { file: 'two-mode-walk.ts', from: 'bits & ~at(seen, other)', to: 'bits' },
  'a mean over all nodes, not over the others': { file: 'distances.ts', from: 'sum / (n - 1)', to: 'sum / n' },
  'the diagonal is left in': { file: 'eigenvector.ts', from: ' - real(from, node)) *', to: ') *' },
  'every component has its vector': { file: 'eigenvector.ts', from: '? 0 : value', to: '? value : value' },
  'PageRank flows against the arcs': { file: 'pagerank.ts', from: 'weights } = graph.in', to: 'weights } = graph.out' },
  'PageRank stops early': { file: 'pagerank.ts', from: '< 1e-14', to: '< 1e-6' },
  'an indirect investment is forgotten': {
    ...{ file: 'structural-holes.ts', from: 'real(invested, other) + perWeight', to: 'real(invested, other) + 0' },
  },
  'redundancy by the wrong end': {
    ...{ file: 'structural-holes.ts', from: '/ real(greatest, other)', to: '/ real(greatest, node)' },
  },
  'parallel ties lose a weight': {
    file: 'graph.ts',
    from: 'real(sums, size - 1) + real',
    to: '0 * real(sums, size - 1) + real',
  },
  'a core is one too large': { file: 'cores.ts', from: 'if (current >= errors)', to: 'if (current > errors)' },
  'ties of a removed node stay': { file: 'cores.ts', from: 'left[other] = ties - 1', to: 'left[other] = ties' },
  'assortativity of the arcs out alone': {
    file: 'mixing.ts',
    from: 'count * (ends[group] as number)',
    to: 'count * count',
  },
  'strong components are weak': { file: 'components.ts', from: 'else if (of[other] === -1)', to: 'else' },
  'lengths are equal only to the last bit': {
    file: 'weighted-paths.ts',
    from: 'const sameLength = 1e-10',
    to: 'const sameLength = 0',
  },
  'weights are lengths': {
    file: 'weighted-paths.ts',
    from: 'real(distance, node) + 1 / real',
    to: 'real(distance, node) + 1 * real',
  },
};

t.test('a bug that is planted is found', async (t) => {
  const graphs = shapedGraphs(3);
  const wanted = await oracleValues(graphs);
  t.same(compare(graphs, await kernelValues(graphs), wanted).faults, [], 'without a bug, nothing is found');
  for (const [name, bug] of Object.entries(bugs)) {
    const { faults } = compare(graphs, await valuesWith(bug, graphs), wanted);
    t.not(faults.length, 0, `${name}: ${faults.length} faults, the first ${faults[0]}`);
  }
});

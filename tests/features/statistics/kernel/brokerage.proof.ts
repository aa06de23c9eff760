import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { brokerageOf, expectedRoles, roles } from '../../../../src/features/statistics/kernel/brokerage.ts';
import { mixingMatrix } from '../../../../src/features/statistics/kernel/mixing.ts';
import { drawsOf } from '../../../../src/features/statistics/kernel/seeded.ts';
import { graphOf } from './graphs.ts';

const script = join(import.meta.dirname, '../../../oracle/brokerage.py');
const python = process.env.ORACLE_PYTHON ?? '/usr/bin/python3';

type Given = { n: number; directed: boolean; pairs: [number, number][]; groups: number[]; groupCount: number };
type Moments = Record<string, { mean: number; deviation: number }>;
type Measured = { roles: Record<string, number[]>; mixing: number[][]; moments: Record<string, Moments> };

/** Graphs of up to 40 nodes, of every density, with one to five groups. */
function drawn(count: number): Given[] {
  const draw = drawsOf(20);
  return Array.from({ length: count }, (_, number) => {
    const n = number % 2 === 0 ? Math.floor(draw() * 9) : 1 + Math.floor(draw() * 40);
    const [directed, density, groupCount] = [number % 3 !== 0, draw(), 1 + (number % 5)];
    const all = Array.from({ length: n * n }, (_, place): [number, number] => [Math.floor(place / n), place % n]);
    const pairs = all.filter(([one, other]) => (directed ? one !== other : one < other) && draw() < density);
    return { n, directed, pairs, groupCount, groups: Array.from({ length: n }, () => Math.floor(draw() * groupCount)) };
  });
}

async function measuredBy(given: readonly Given[]): Promise<Measured[]> {
  const running = promisify(execFile)(python, [script], { maxBuffer: 2 ** 28 });
  running.child.stdin?.end(JSON.stringify(given));
  return JSON.parse((await running).stdout);
}

/** Our roles and mixing, written as the oracle counts them: in both directions where ties have none. */
function countsOf({ n, directed, pairs, groups, groupCount }: Given) {
  const graph = graphOf(n, pairs, { directed });
  const found = brokerageOf(graph, { of: Int32Array.from(groups), count: groupCount });
  const mixing = Array.from({ length: groupCount }, () => new Array<number>(groupCount).fill(0));
  for (const { from, to, tieCount } of mixingMatrix(graph, Int32Array.from(groups), groupCount))
    (mixing[from] as number[])[to] = tieCount;
  const counted = roles.map((role) => {
    const counts = found[role] ?? found.gatekeeper;
    return [role, [...counts].map((count) => (directed || /keeper|rep/.test(role) ? count : 2 * count))] as const;
  });
  return { roles: Object.fromEntries(counted), mixing };
}

t.test('roles, mixing and moments are those of a count over all triples in Python', async (t) => {
  const given = drawn(300);
  const measured = await measuredBy(given);
  t.same(
    given.map(countsOf),
    measured.map(({ roles, mixing }) => ({ roles, mixing })),
  );
  const differences = given.flatMap(({ n, pairs, groups, groupCount }, place) => {
    const kinds = { of: Int32Array.from(groups), count: groupCount };
    const expected = expectedRoles(graphOf(n, pairs, { directed: true }), kinds);
    return Object.entries(measured[place]?.moments ?? {}).flatMap(([group, moments]) =>
      ([...roles, 'total'] as const).flatMap((role) => {
        const [own, other] = [expected[Number(group)]?.[role], moments[role]];
        return [
          (own?.mean ?? Number.NaN) - (other?.mean ?? 0),
          (own?.deviation ?? Number.NaN) ** 2 - (other?.deviation ?? 0) ** 2,
        ].map(Math.abs);
      }),
    );
  });
  const counts = given.reduce((sum, { n, groupCount }) => sum + roles.length * n + groupCount ** 2, 0);
  const worst = Math.max(...differences);
  t.comment(`${counts} counts are equal; of ${differences.length} moments the largest difference is ${worst}`);
  t.ok(counts > 20_000 && differences.length > 2_000 && worst < 1e-9);
});

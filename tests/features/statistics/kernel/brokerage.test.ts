import fc from 'fast-check';
import t from 'tap';
import { brokerage, mixingOf, type Roles } from '../../../../src/features/statistics/kernel/brokerage.ts';
import { tiesOf } from '../../../../src/features/statistics/kernel/ties.ts';
import { graphOf, incidenceOf, networks } from './graphs.ts';

type Role = keyof Roles;

/** Gould and Fernandez as they define it: of directed triples i → j → k without i → k, by the kinds of the three. */
function directedRole(i: number, j: number, k: number): Role | 'representative' {
  if (i === j && j === k) return 'coordinator';
  if (i === k) return 'consultant';
  if (j === k) return 'gatekeeper';
  return i === j ? 'representative' : 'liaison';
}

/** The roles of one broker, counted over all directed triples. */
function rolesOf(j: number, kinds: readonly number[], tied: (one: number, other: number) => boolean) {
  const counts = { coordinator: 0, consultant: 0, gatekeeper: 0, liaison: 0, representative: 0 };
  const ends = [...kinds.keys()].filter((end) => end !== j && tied(end, j));
  for (const i of ends)
    for (const k of ends)
      if (i !== k && !tied(i, k)) counts[directedRole(kinds[i] ?? 0, kinds[j] ?? 0, kinds[k] ?? 0)] += 1;
  return counts;
}

t.test('roles are those of all directed triples with every tie taken both ways, each pair once', async (t) => {
  const twelve = fc.array(fc.nat({ max: 3 }), { minLength: 12, maxLength: 12 });
  fc.assert(
    fc.property(networks, twelve, ({ n, alliances }, drawn) => {
      const kinds = drawn.slice(0, n);
      const tied = (one: number, other: number) =>
        alliances.some((members) => members.includes(one) && members.includes(other));
      const roles = brokerage(tiesOf(incidenceOf(n, alliances)), Int32Array.from(kinds), 4);
      for (let j = 0; j < n; j++) {
        const counts = rolesOf(j, kinds, tied);
        t.same(
          [roles.coordinator[j], roles.consultant[j], roles.gatekeeper[j], roles.liaison[j]],
          [counts.coordinator / 2, counts.consultant / 2, counts.gatekeeper, counts.liaison / 2],
        );
        t.equal(counts.gatekeeper, counts.representative);
      }
    }),
  );
});

t.test('the matrix counts ties and pairs of every pair of kinds, and as many are expected as there are', async (t) => {
  const path = graphOf(4, [
    [0, 1],
    [1, 2],
    [2, 3],
  ]);
  t.same(mixingOf(path, Int32Array.from([0, 0, 1, 1]), 2), [
    { one: 0, other: 0, tieCount: 1, pairCount: 1, expected: 0.5 },
    { one: 0, other: 1, tieCount: 1, pairCount: 4, expected: 2 },
    { one: 1, other: 1, tieCount: 1, pairCount: 1, expected: 0.5 },
  ]);
  t.same(mixingOf(graphOf(1, []), Int32Array.from([0]), 1), [
    { one: 0, other: 0, tieCount: 0, pairCount: 0, expected: 0 },
  ]);
});

import t from 'tap';
import { componentsOf } from '../../../../src/features/statistics/kernel/components.ts';
import { rowSizes } from '../../../../src/features/statistics/kernel/graph.ts';
import { projectionOf, twoModeOf } from '../../../../src/features/statistics/kernel/two-mode.ts';
import { affiliationSizes, affiliationsOf } from '../../../bench/affiliations.ts';

const [region, country, countries] = affiliationSizes.map((sizes) => affiliationsOf(sizes, 1));

t.test('the same seed makes the same network, another seed another', async (t) => {
  const [sizes] = affiliationSizes;
  if (sizes === undefined) throw new Error('no network is measured');
  t.same(affiliationsOf(sizes, 1), region);
  t.notSame(affiliationsOf(sizes, 2).incidence.organisationOf, region?.incidence.organisationOf);
});

t.test('the networks that are measured have the numbers of organisations, alliances and memberships', async (t) => {
  const counts = [region, country, countries].map((network) => [
    network?.incidence.organisationCount,
    network?.incidence.allianceCount,
    network?.incidence.organisationOf.length,
  ]);
  t.same(counts, [
    [500, 180, 1_390],
    [5_000, 1_263, 14_665],
    [20_000, 3_949, 75_167],
  ]);
});

t.test('they have at least as many tied pairs as the networks of the reference, and 3 % isolates', async (t) => {
  const wanted = [5_002, 100_072, 1_002_271];
  for (const [place, network] of [region, country, countries].entries()) {
    if (network === undefined) throw new Error('a network was not made');
    const graph = projectionOf(twoModeOf(network.incidence), 'count');
    const pairs = wanted[place] ?? 0;
    t.ok(graph.tieCount >= pairs && graph.tieCount < 1.1 * pairs, `${graph.tieCount} pairs`);
    const isolates = componentsOf(graph).sizes.filter((size) => size === 1).length;
    t.equal(isolates, Math.floor(0.03 * graph.n));
  }
});

t.test('an organisation is in an alliance once, and every alliance has two members or more', async (t) => {
  for (const network of [region, country, countries]) {
    if (network === undefined) throw new Error('a network was not made');
    const { organisationOf, allianceOf, allianceCount } = network.incidence;
    const distinct = new Set(organisationOf.map((one, pair) => one * allianceCount + (allianceOf[pair] ?? 0)));
    t.equal(distinct.size, organisationOf.length);
    t.ok(rowSizes(twoModeOf(network.incidence).membersOf).every((size) => size >= 2));
    t.ok(network.sectorOf.every((sector) => sector >= 0 && sector < network.sectorCount));
  }
});

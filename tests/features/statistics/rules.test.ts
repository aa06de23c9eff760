import t from 'tap';
import { queryOf } from '../../../src/features/statistics/addresses.ts';
import {
  byDegree,
  relationFaults,
  relations,
  selectionOf,
  topByDegree,
  undefinedValues,
  usualWeighting,
} from '../../../src/features/statistics/rules.ts';
import { computeNetwork } from './compute.ts';

t.test('a selection names every parameter, with defaults, in one order', async (t) => {
  const selection = selectionOf(
    { relation: 'membership', organisationKind: ['ministry', 'academy', 'ministry'] },
    '2026-01-02',
  );
  t.same(selection, {
    relation: 'membership',
    asOf: '2026-01-02',
    organisationKind: ['academy', 'ministry'],
    region: null,
    allianceId: null,
    allianceKind: null,
    theme: null,
    from: null,
    until: null,
    organisationId: null,
  });
  const full = selectionOf(
    { relation: 'membership', asOf: '2020-01-01', region: 'Noord & Zuid', allianceId: 'AB' },
    '2026-01-02',
  );
  t.match(full, { asOf: '2020-01-01', allianceId: 'ab' });
  t.equal(
    queryOf('/v1/statistics/network', full, 'seven'),
    '/v1/statistics/network?relation=membership&asOf=2020-01-01&region=Noord+%26+Zuid&allianceId=ab&dataVersion=seven',
  );
  t.match(queryOf('/x', selection, 'v'), 'organisationKind=academy&organisationKind=ministry');
});

t.test('what a relation does not have is refused by name', async (t) => {
  const faults = (given: object) =>
    relationFaults({ relation: 'membership', ...given }).map(({ location, code }) => `${location} ${code}`);
  const all = {
    from: '2026-01-01',
    until: '2026-02-01',
    allianceId: 'a',
    allianceKind: ['academy'],
    weighting: 'newman',
  };
  t.same(faults(all), ['from not_of_relation', 'until not_of_relation']);
  t.same(faults({ ...all, relation: 'initiatives' }), ['from not_of_relation', 'until not_of_relation']);
  t.same(faults({ ...all, relation: 'deeds' }), ['weighting not_of_relation']);
  t.same(faults({ ...all, relation: 'ownership', weighting: 'count' }), []);
  t.same(faults({ ...all, relation: 'knowledge', weighting: 'jaccard' }), [
    'allianceId not_of_relation',
    'allianceKind not_of_relation',
    'weighting not_of_relation',
  ]);
  t.same(faults({ relation: 'deeds', from: '2026-01-01', until: '2026-01-01' }), ['until ends_before_start']);
  t.same(faults({ relation: 'deeds', from: '2026-01-01', until: '2026-01-02' }), []);
  const fitting = (sizeBy: string) => relations.filter((relation) => faults({ relation, sizeBy }).length === 0);
  t.same(fitting('strength'), relations);
  t.same(fitting('alliances'), ['membership']);
  t.same(fitting('initiatives'), ['initiatives']);
  for (const of of ['inDegree', 'outDegree', 'inStrength', 'outStrength']) t.same(fitting(of), ['deeds', 'knowledge']);
});

t.test('a relation of two modes is weighted after Newman as usual, one in pairs by count', async (t) => {
  t.same(relations.map(usualWeighting), ['newman', 'newman', 'count', 'count', 'count']);
  for (const relation of relations) t.same(relationFaults({ relation, weighting: usualWeighting(relation) }), []);
});

const named = ['Zwolle', 'Ähn', 'Aa 10', 'Aa 9'].map((name, index) => ({ id: String(index), name }));

/** Organisations 0 and 1 share two alliances; 2 and 3 share one with 1. */
const network = computeNetwork({
  organisationCount: 4,
  allianceCount: 3,
  organisationOf: Int32Array.of(0, 1, 0, 1, 1, 2, 3),
  allianceOf: Int32Array.of(0, 0, 1, 1, 2, 2, 2),
});

t.test('the top stands by degree and then in Dutch order of name', async (t) => {
  t.same([...network.degree], [1, 3, 2, 2]);
  t.same(topByDegree(named, network, 10), [1, 3, 2, 0]);
  t.same(topByDegree(named, network, 2), [1, 3]);
});

t.test('the list stands by degree, then strength, then identifier', async (t) => {
  t.same(byDegree(named, network), [1, 2, 3, 0]);
  const pairs = computeNetwork({
    organisationCount: 4,
    allianceCount: 3,
    organisationOf: Int32Array.of(0, 1, 2, 3, 2, 3),
    allianceOf: Int32Array.of(0, 0, 1, 1, 2, 2),
  });
  t.same(byDegree(named, pairs), [2, 3, 0, 1], 'the stronger pair first');
});

t.test('figures without a value are named with their reason', async (t) => {
  t.same(undefinedValues(network), []);
  const none = new Int32Array();
  const one = computeNetwork({ organisationCount: 1, allianceCount: 0, organisationOf: none, allianceOf: none });
  t.same(undefinedValues(one), [
    { name: 'density', reason: 'TOO_FEW_NODES' },
    { name: 'globalClustering', reason: 'TOO_FEW_NODES' },
  ]);
});

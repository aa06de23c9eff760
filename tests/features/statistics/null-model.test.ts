import t from 'tap';
import { createAlliance } from '../../../src/features/alliances/alliances.ts';
import { comparisonOf } from '../../../src/features/statistics/comparing.ts';
import { finish } from '../../../src/features/statistics/kernel/work.ts';
import { testDatabase } from '../../helpers/db.ts';
import { administrator, caller, context } from '../../helpers/people.ts';
import { incidenceOf } from './kernel/graphs.ts';
import { addNetwork, org, served } from './served.ts';

const analyst = caller({ organisationId: org('a0') });
const url = '/v1/statistics/null-model?asOf=2026-05-16';
type Reason = { name: string; reason: string };

/** Municipalities and care organisations, in alliances of three that lie within one of them. */
const names = Array.from({ length: 9 }, (_, i) => [`a${i}`, `b${i}:care_organisation`]).flat();
const groups = Array.from({ length: 14 }, (_, i) => {
  const side = i % 2 === 0 ? 'a' : 'b';
  return [`${side}${i % 9}`, `${side}${(i + 2) % 9}`, `${side}${(i + 5) % 9}`];
});

t.test('a network is told beside rewired ones and permuted kinds, and again byte for byte', async (t) => {
  const { db } = await testDatabase(t);
  await addNetwork(db, names, groups);
  const get = await served(t, db, analyst);
  const answer = await get(`${url}&samples=30`);
  t.equal(answer.statusCode, 200);
  const body = answer.json();
  t.match(body, {
    parameters: { relation: 'membership', asOf: '2026-05-16', samples: 30, seed: 1 },
    coverage: { organisationCount: 18 },
    suppressed: [],
    tradeCount: 140,
    undefinedValues: [{ name: 'largestComponentShare.z', reason: 'NO_VARIATION' }],
  });
  const network = (await get('/v1/statistics/network?asOf=2026-05-16')).json();
  t.equal(body.dataVersion, network.dataVersion);
  for (const [name, figure] of Object.entries<Record<string, number>>(body.figures)) {
    t.equal(figure.observed, network[name], name);
    t.equal(figure.sampleCount, 30);
    t.ok(Number(figure.lowest) <= Number(figure.mean) && Number(figure.mean) <= Number(figure.highest));
    const far = Number(figure.observed) - Number(figure.mean);
    t.equal(figure.z, figure.standardDeviation === 0 ? null : far / Number(figure.standardDeviation));
  }
  t.ok(body.figures.globalClustering.mean > 0.1, 'a part of the clustering is mechanical');
  t.match(
    body.figures.largestComponentShare,
    { observed: 0.5, mean: 1, z: null },
    'two halves are no matter of chance',
  );
  const index = body.externalInternalIndex;
  t.equal(index.observed, -1);
  t.equal(index.expected, network.expectedExternalInternalIndex);
  t.equal(index.sampleCount, 1000);
  t.equal(index.p, 1 / 1001);
  await addNetwork(db, ['z'], [['z', 'a0', 'b0']]);
  await createAlliance(db, context(analyst), { kind: 'network', name: 'Later', visibility: 'public' });
  t.equal((await get(`${url}&samples=30`)).json().coverage.organisationCount, 19);
  t.equal((await get(body.query)).body, answer.body);
  t.equal((await get(body.query, { 'if-none-match': String(answer.headers.etag) })).statusCode, 304);
  const other = (await get(body.query.replace('seed=1', 'seed=2'))).json();
  t.not(other.figures.globalClustering.mean, body.figures.globalClustering.mean);
  const gone = await get(`${url}&dataVersion=${'A'.repeat(22)}`);
  t.match([gone.statusCode, gone.json().code], [410, 'data_version_not_kept']);
});

t.test('another process draws the same', async (t) => {
  const [one, other] = [await testDatabase(t), await testDatabase(t)];
  for (const { db } of [one, other]) await addNetwork(db, names, groups);
  const [get, twin] = [await served(t, one.db, analyst), await served(t, other.db, analyst)];
  t.equal((await get(`${url}&samples=5&seed=7`)).body, (await twin(`${url}&samples=5&seed=7`)).body);
});

t.test('initiatives can be compared too, pairs without alliances cannot, and samples have bounds', async (t) => {
  const { db } = await testDatabase(t);
  await addNetwork(db, names, groups);
  const get = await served(t, db, administrator);
  const initiatives = (await get(`${url}&relation=initiatives`)).json();
  t.match(initiatives, {
    parameters: { relation: 'initiatives' },
    tradeCount: 0,
    figures: { tieCount: { observed: 0, mean: 0, z: null }, globalClustering: { observed: null, mean: null } },
    externalInternalIndex: { observed: null, mean: null, p: null, sampleCount: 0 },
  });
  t.ok(initiatives.externalInternalIndex.expected > 0);
  t.match(initiatives.definition.text, 'take part in at least one initiative together');
  const bad = await get(`${url}&relation=deeds&samples=101&seed=-1&from=2026-01-01`);
  t.equal(bad.statusCode, 400);
  t.same(
    bad
      .json()
      .errors.map(({ location }: { location: string }) => location)
      .sort(),
    ['from', 'relation', 'samples', 'seed'],
  );
});

t.test('every figure that is null has its reason', async (t) => {
  const why = (n: number, alliances: number[][], kinds: number[], samples = 5) => {
    const found = finish(comparisonOf(incidenceOf(n, alliances), Int32Array.from(kinds), { samples, seed: 1 }));
    const told = new Map(found.undefinedValues.map(({ name, reason }: Reason) => [name, reason]));
    const figures = { ...found.figures, externalInternalIndex: found.externalInternalIndex };
    for (const [name, figure] of Object.entries(figures))
      for (const [field, value] of Object.entries(figure))
        t.equal(value === null, told.has(`${name}.${field}`), `${name}.${field} of ${n}`);
    return (name: string) => told.get(name);
  };
  const nobody = why(0, [], []);
  t.equal(nobody('largestComponentShare.observed'), 'TOO_FEW_NODES');
  t.equal(nobody('externalInternalIndex.expected'), 'TOO_FEW_NODES');
  const two = why(2, [[0, 1]], [0, 1]);
  t.equal(two('globalClustering.mean'), 'TOO_FEW_NODES');
  t.equal(two('tieCount.z'), 'NO_VARIATION');
  const apart = why(
    4,
    [
      [0, 1],
      [2, 3],
    ],
    [0, 0, 0, 0],
    1,
  );
  t.equal(apart('globalClustering.observed'), 'NO_TRIPLES');
  t.equal(apart('tieCount.z'), 'ONE_SAMPLE');
  t.equal(apart('tieCount.standardDeviation'), 'ONE_SAMPLE');
  t.equal(apart('externalInternalIndex.p'), 'ONE_GROUP');
  const alone = why(3, [[0], [1], [2]], [0, 1, 1]);
  t.equal(alone('globalClustering.z'), 'NO_TIES');
  t.equal(alone('externalInternalIndex.observed'), 'NO_TIES');
  t.equal(alone('externalInternalIndex.p'), 'NO_TIES');
});

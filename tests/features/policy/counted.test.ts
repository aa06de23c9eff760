import t from 'tap';
import { operationsOf, readDocument } from '../../helpers/document.ts';
import { asViewer } from '../../helpers/judge.ts';
import { caller } from '../../helpers/people.ts';
import { served } from '../statistics/served.ts';
import { drawWorld, storeWorld } from '../statistics/world.ts';
import { judgedDatabase, told } from './judged.ts';

/** What is told of promises that are known to their two parties alone is safe by other rules: see `disclosure.ts`. */
const byOtherRules = ['/v1/statistics/commitments'];

/** The address of every statistic, of each relation that it knows; `more` chooses when. */
async function addressesOf(more: string): Promise<string[]> {
  const reads = operationsOf(await readDocument()).filter(
    ({ method, path }) => method === 'GET' && /^(\/v1)?\/statistics\/[a-z-]+$/.test(path),
  );
  return reads.flatMap(({ path, parameters }) => {
    const address = path.startsWith('/v1') ? path : `/v1${path}`;
    const relations = parameters.find(({ name }) => name === 'relation')?.schema.enum ?? [];
    return byOtherRules.includes(address)
      ? []
      : [`${address}?${more}`, ...relations.map((relation) => `${address}?${more}&relation=${relation}`)];
  });
}

t.test('whoever asks can read one by one what is counted, in whatever statistic', async (t) => {
  const { db, owner, verdict } = await judgedDatabase(t);
  const world = drawWorld(61);
  await storeWorld(db, world);
  const viewers = [null, world.organisations[0]?.id as string, world.organisations[5]?.id as string];
  const askAll = async (more: string, filters: readonly string[] = ['']) => {
    const addresses = await addressesOf(more);
    const seen = new Map<number, number>();
    for (const organisationId of viewers) {
      const get = await served(t, db, caller({ organisationId }));
      for (const address of addresses.flatMap((one) => filters.map((filter) => `${one}${filter}`))) {
        const { statusCode } = await asViewer(organisationId, async () => get(address));
        seen.set(statusCode, (seen.get(statusCode) ?? 0) + 1);
      }
    }
    return seen;
  };
  const alliance = world.alliances[0]?.id as string;
  const filters = ['', '&organisationKind=municipality', '&region=Noord', '&theme=jeugd', `&allianceId=${alliance}`];
  const seen = await askAll('asOf=2025-02-28', filters);
  t.ok((seen.get(200) ?? 0) > 300, `answers by status: ${JSON.stringify([...seen])}`);
  t.same(verdict.faults, []);
  t.comment(told(verdict), verdict.unjudged);

  const tables = [
    ...['alliances', 'memberships', 'charters', 'initiatives', 'initiative_stages', 'participations', 'stances'],
    ...['commitments', 'knowledge_items', 'knowledge_shares', 'knowledge_adoptions', 'ownership_records'],
  ];
  for (const [at, table] of tables.entries()) {
    t.ok((verdict.tables[table] ?? 0) > 0, `${table} is counted`);
    const before = verdict.faults.length;
    const [was] = await owner`select qual from pg_policies where tablename = ${table} and policyname = 'judged'`;
    await owner.unsafe(`alter policy judged on ${table} using (false)`);
    await askAll(`asOf=2025-01-${10 + at}`, table === 'knowledge_shares' ? [`&allianceId=${alliance}`] : ['']);
    t.ok(verdict.faults.length > before, `a judge that hides ${table} contradicts`);
    await owner.unsafe(`alter policy judged on ${table} using (${was?.qual})`);
  }
});

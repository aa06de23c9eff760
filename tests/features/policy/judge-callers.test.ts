import type { FastifyInstance } from 'fastify';
import type { Sql } from 'postgres';
import t from 'tap';
import { administratorToken, fillDemo, testApp } from '../../helpers/demo.ts';
import { addressOf, type Operation, operationsOf, readDocument, soundRequest } from '../../helpers/document.ts';
import { judgedTables } from '../../helpers/judge.ts';
import { registerParty } from '../../helpers/parties.ts';
import { judgedDatabase, told } from './judged.ts';

type Ids = Readonly<Record<string, readonly string[]>>;
/** Where the identifiers in paths come from. */
const tablesOfIds: Readonly<Record<string, string>> = {
  allianceId: 'alliances',
  membershipId: 'memberships',
  sponsorshipId: 'sponsorships',
  itemId: 'knowledge_items',
  contributionId: 'knowledge_contributions',
  adoptionId: 'knowledge_adoptions',
  initiativeId: 'initiatives',
  participationId: 'participations',
  linkId: 'initiative_knowledge',
  commitmentId: 'commitments',
  dateOfferId: 'date_offers',
  offerId: 'ownership_offers',
  recordId: 'ownership_records',
  harvestId: 'harvests',
  handoverId: 'handovers',
  professionalId: 'professionals',
  affiliationId: 'affiliations',
  erasureId: 'erasures',
};

async function idsIn(owner: Sql): Promise<Ids> {
  const found: [string, string[]][] = [];
  for (const [name, table] of Object.entries(tablesOfIds)) {
    const rows = await owner<{ id: string }[]>`select id from ${owner(table)} order by id limit 6`;
    found.push([name, rows.map(({ id }) => id)]);
  }
  return Object.fromEntries(found);
}

/** The address of an operation with its examples, and with every identifier that there is in its only variable. */
function addressesOf(operation: Operation, ids: Ids): string[] {
  const sound = soundRequest(operation);
  const [name, ...more] = Object.keys(sound.params);
  const all = name === undefined || more.length > 0 ? [] : (ids[name] ?? []);
  const others = all.map((id) => ({ ...sound, params: { [name ?? '']: id }, query: [] }));
  const page = sound.query.filter(([key]) => key === 'limit');
  return [...new Set([sound, { ...sound, query: page }, ...others].map(addressOf))];
}

async function get(app: FastifyInstance, url: string, token: string | undefined): Promise<number> {
  const headers = { host: 'node.example', ...(token !== undefined && { authorization: `Bearer ${token}` }) };
  return (await app.inject({ url, headers })).statusCode;
}

t.test('whatever ten callers get of the demo network over HTTP, the judge gives it too', async (t) => {
  const database = await judgedDatabase(t);
  const { db, owner, verdict } = database;
  await fillDemo(database);
  const app = await testApp(t, database);
  const organisations = await owner<{ id: string; name: string }[]>`select id, name from organisations o
    where ends_on is null order by (select count(*) from memberships m where m.organisation_id = o.id) desc, id limit 8`;
  const tokens: [string, string | undefined][] = [
    ['the administrator', await administratorToken(app)],
    ['nobody', undefined],
  ];
  for (const { id, name } of organisations) tokens.push([name, (await registerParty({ app, db }, id)).token]);
  t.equal(tokens.length, 10);

  const ids = await idsIn(owner);
  const reads = operationsOf(await readDocument()).filter(({ method }) => method === 'GET');
  const addresses = reads.flatMap((operation) => addressesOf(operation, ids));
  for (const [name, token] of tokens) {
    const statuses: Record<number, number> = {};
    for (const url of addresses) {
      const status = await get(app, url, token);
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
    t.comment(name, statuses);
  }
  t.same(verdict.faults, []);
  t.same(
    judgedTables.filter((table) => (verdict.tables[table] ?? 0) < 10),
    [],
    'every table was judged',
  );
  t.comment(told(verdict), verdict.unjudged);
});

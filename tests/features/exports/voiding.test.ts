import { pino } from 'pino';
import type { Sql } from 'postgres';
import t from 'tap';
import { getExportContent, runDueExports, voidLostExports } from '../../../src/features/exports/exports.ts';
import { closeSpaces } from '../../../src/features/spaces/spaces.ts';
import type { Caller } from '../../../src/platform/caller.ts';
import { namedId } from '../../../src/platform/id.ts';
import { exporter, rowsIn, unpack } from '../../helpers/archives.ts';
import { baseUrl, demoNode, runExports, testReceipts } from '../../helpers/demo.ts';
import { registerParty } from '../../helpers/parties.ts';

const node = await demoNode(t);
const administrator = exporter(node, node.token);
const canary = 'Kanarievogel';

const stateOf = async (id: string) => (await node.sql`select state from exports where id = ${id}`)[0]?.state;
const partsOf = async (sql: Sql, id: string) =>
  (await sql`select count(*)::int as n from export_parts where export_id = ${id}`)[0]?.n;
const codeOf = async (who: typeof administrator, id: string) => {
  const got = await who.get(`/exports/${id}/content`);
  return got.statusCode === 200 ? '200' : `${got.statusCode} ${got.json().code}`;
};

/** A person with a word of its own in its name. */
async function register(name: string): Promise<string> {
  const body = { name: `${name} ${canary}`, role: 'Trainer' };
  const { id } = (await administrator.send('POST', '/professionals', body)).json();
  if (id === undefined) throw new Error('nobody was registered');
  return String(id);
}
const erase = async (id: string) => {
  const got = await administrator.send('POST', `/professionals/${id}/erasures`, { ground: 'no_longer_needed' });
  if (got.statusCode !== 201) throw new Error(got.body);
};

t.test(
  'an erasure voids, in its own transaction, every archive in which the person stands, and no other',
  async (t) => {
    const before = await administrator.make({ resources: ['professionals'] });
    const person = await register('Mila');
    const { id, bytes } = await administrator.make({ resources: ['professionals', 'affiliations'] });
    t.match(String(unpack(bytes).get('professionals.ndjson')), canary, 'the archive tells of the person');
    await erase(person);
    t.equal(await stateOf(id), 'void');
    t.equal(await partsOf(node.sql, id), 0, 'its bytes are gone');
    t.equal(await codeOf(administrator, id), '410 export_void');
    t.match((await administrator.get(`/exports/${id}`)).json(), { state: 'void', contentUrl: null });
    t.equal(await codeOf(administrator, before.id), '200', 'an archive of before is there still');
    t.notMatch(String(unpack((await administrator.make()).bytes).get('professionals.ndjson')), canary);
  },
);

t.test('an export that has read of somebody who is erased meanwhile is made anew without', async (t) => {
  for (const step of ['collected', 'packed'] as const) {
    const person = await register('Noor');
    const id = await administrator.ask({ resources: ['professionals'] });
    await runDueExports(node.db, {
      ...{ signal: new AbortController().signal, log: pino({ level: 'silent' }), baseUrl },
      onStep: async (now) => {
        if (now !== step) return;
        await erase(person);
        t.equal(await partsOf(node.sql, id), 0, `${step}: what was read is gone at once`);
      },
    });
    t.equal(await stateOf(id), 'queued');
    await runExports(node.db);
    const got = await administrator.get(`/exports/${id}/content`);
    t.notMatch(String(unpack(got.rawPayload).get('professionals.ndjson')), canary);
    t.match(
      rowsIn(unpack(got.rawPayload), 'professionals').find((row) => row.id === person),
      { name: null },
    );
  }
});

const scopes = ['alliances:read', 'alliances:write', 'exports:read', 'exports:write'] as const;
const academy = namedId('node organisation');

/** A closed space of the academy, with a word of its own, and another in it. */
async function openSpace(): Promise<{
  space: string;
  membership: string;
  member: typeof administrator;
  caller: Caller;
}> {
  const party = await registerParty(node, namedId('organisation waterrade'), [...scopes]);
  const member = exporter(node, party.token);
  const alliance = { kind: 'alliance', name: canary, visibility: 'closed', startsOn: '2020-01-01' };
  const { id: space } = (await administrator.send('POST', '/alliances', alliance)).json();
  const offer = { organisationId: namedId('organisation waterrade') };
  const { id: membership } = (await administrator.send('POST', `/alliances/${space}/memberships`, offer)).json();
  await member.send('PUT', `/memberships/${membership}/decision`, { decision: 'accepted' });
  const id = (await node.sql`select id from clients order by created_at desc, id desc limit 1`)[0]?.id;
  const organisationId = namedId('organisation waterrade');
  const caller: Caller = {
    clientId: id,
    clientName: '',
    organisationId,
    scopes: new Set(scopes),
    administrator: false,
  };
  return { space, membership, member, caller };
}

t.test('who leaves a closed space downloads nothing of it any more, not even the rest of an archive', async (t) => {
  const { membership, member, caller } = await openSpace();
  const { id, bytes } = await member.make();
  t.match(String(unpack(bytes).get('alliances.ndjson')), canary);
  const begun = (await getExportContent(node.db, caller, id)).binary;
  await member.send('PUT', `/memberships/${membership}/departure`, { reason: 'Wij gaan.' });
  t.equal(await codeOf(member, id), '410 export_void', 'at once');
  const reading = begun?.read({ start: 0, end: bytes.length })[Symbol.asyncIterator]();
  await t.rejects(reading?.next() as Promise<unknown>, { code: 'export_void' }, 'also where it was begun before');
  t.equal(await voidLostExports(node.db), 1);
  t.equal(await stateOf(id), 'void');
  t.equal(await partsOf(node.sql, id), 0);
  const { bytes: after } = await member.make();
  t.notMatch(String(unpack(after).get('alliances.ndjson')), canary);
});

t.test('a client that was disabled, or acts for another, downloads nothing', async (t) => {
  const { member, caller } = await openSpace();
  const { id } = await member.make();
  await t.resolves(getExportContent(node.db, caller, id));
  await node.owner`update clients set disabled_at = now() where id = ${caller.clientId}`;
  await t.rejects(getExportContent(node.db, caller, id), { code: 'export_void' });
  await node.owner`update clients set disabled_at = null, organisation_id = ${academy} where id = ${caller.clientId}`;
  await t.rejects(getExportContent(node.db, caller, id), { code: 'export_void' });
  await t.rejects(getExportContent(node.db, { ...caller, organisationId: academy }, id), { code: 'not_found' });
});

t.test('the destruction of a closed space voids the archives of who took part, and those alone', async (t) => {
  const { space, member } = await openSpace();
  const stranger = exporter(node, (await registerParty(node, namedId('organisation zandkerk'), [...scopes])).token);
  const inside = await member.make();
  const outside = await stranger.make();
  t.match(String(unpack(inside.bytes).get('alliances.ndjson')), canary);
  await node.owner`update alliances set ends_on = current_date - 1 where id = ${space}`;
  await closeSpaces(node.db, await testReceipts(node.db), { allianceId: space, days: 0, archiveDays: 0 });
  t.match(await node.sql`select state from space_closures where alliance_id = ${space}`, [{ state: 'destroyed' }]);
  t.equal(await stateOf(inside.id), 'void');
  t.equal(await partsOf(node.sql, inside.id), 0);
  t.equal(await codeOf(member, inside.id), '410 export_void');
  t.equal(await codeOf(stranger, outside.id), '200', 'who never was in it learns nothing');
});

t.test('who is outside exports the same bytes, whatever happens in a closed space', async (t) => {
  const { token } = await registerParty(node, namedId('organisation zandkerk'));
  const outsider = exporter(node, token);
  const filesOf = async () => {
    const files = unpack((await outsider.make()).bytes);
    files.delete('manifest.json');
    return [...files].map(([name, bytes]) => `${name} ${bytes.toString('base64')}`).toSorted();
  };
  const before = await filesOf();
  const { space } = await openSpace();
  const charter = { title: canary, text: canary };
  t.equal((await administrator.send('POST', `/alliances/${space}/charters`, charter)).statusCode, 201);
  t.same(await filesOf(), before);
});

import t from 'tap';
import { ensureAdministrator } from '../../../src/features/access/access.ts';
import { signAuditHead } from '../../../src/features/audit/audit.ts';
import { newId } from '../../../src/platform/id.ts';
import { testDatabase } from '../../helpers/db.ts';
import { administratorSecret, administratorToken, nodeSecret, testApp, testReceipts } from '../../helpers/demo.ts';
import { registerParty } from '../../helpers/parties.ts';
import { organisationWithCaller } from '../../helpers/people.ts';
import { send } from './world.ts';

type Item = Record<string, unknown> & { id: string; closed: boolean; clientId: string; operationId: string | null };

/** A node on which two organisations do something in the open, in a closed space and among themselves. */
async function world(t: Parameters<typeof testDatabase>[0]) {
  const database = await testDatabase(t);
  const { db } = database;
  await ensureAdministrator(db, { nodeName: 'Knooppunt', keySecret: nodeSecret, secret: administratorSecret });
  const app = await testApp(t, database);
  const administrator = await administratorToken(app);
  const party = async (name: string) => {
    const { id } = await organisationWithCaller(db, name);
    return { id, token: (await registerParty({ app, db }, id)).token };
  };
  const one = await party('Gemeente Lindeveen');
  const other = await party('Zorgcombinatie');
  const write = async (token: string, url: string, body: unknown) =>
    (await send(app, token, { method: 'POST', url, body })).json();
  const list = async (token: string, query = '') => {
    const answer = await send(app, token, { method: 'GET', url: `/v1/audit-records?limit=200${query}` });
    if (answer.statusCode !== 200) throw new Error(answer.body);
    return answer.json().items as Item[];
  };
  const alliance = { kind: 'alliance', startsOn: '2020-01-01' };
  const open = await write(one.token, '/v1/alliances', { ...alliance, name: 'Open', visibility: 'public' });
  const closed = await write(one.token, '/v1/alliances', { ...alliance, name: 'Vrijplaats', visibility: 'closed' });
  const offer = { organisationId: other.id, role: 'member' };
  const membership = await write(one.token, `/v1/alliances/${closed.id}/memberships`, offer);
  const decided = { method: 'PUT', url: `/v1/memberships/${membership.id}/decision`, body: { decision: 'accepted' } };
  if ((await send(app, other.token, decided)).statusCode !== 200) throw new Error('the membership was not decided on');
  const item = { type: 'lesson', licence: 'CC0-1.0', publish: true };
  const hidden = await write(one.token, '/v1/knowledge-items', { ...item, title: 'Besloten', visibility: 'alliances' });
  const shown = await write(one.token, '/v1/knowledge-items', { ...item, title: 'Open', visibility: 'public' });
  // Refused within a closed space, and at the door.
  await write(other.token, `/v1/alliances/${closed.id}/charters`, { title: 'Convenant', text: 'Samen.' });
  await write(other.token, '/v1/organisations', { kind: 'other', name: 'X' });
  return { ...database, app, administrator, one, other, open, closed, membership, hidden, shown, list };
}

t.test('an organisation sees the records of its own clients alone, in full', async (t) => {
  const { one, other, list, closed, hidden } = await world(t);
  const own = await list(one.token);
  t.same(own.map(({ operationId }) => operationId).toSorted(), [
    'createAlliance',
    'createAlliance',
    'createKnowledgeItem',
    'createKnowledgeItem',
    'offerMembership',
  ]);
  t.ok(own.every((item) => !item.closed && (item.organisation as { id: string }).id === one.id));
  t.equal((await list(one.token, `&subject=${closed.id}`)).length, 1);
  t.equal((await list(one.token, `&subject=${hidden.id}`)).length, 1);
  const theirs = await list(other.token);
  t.same(
    theirs.map(({ operationId, outcome, code }) => [operationId, outcome, code]).toSorted(),
    [
      ['createOrganisation', 'refused', 'administrator_required'],
      ['decideMembership', 'succeeded', null],
      ['publishCharter', 'refused', 'convener_required'],
    ].toSorted(),
  );
  t.equal((await list(other.token, `&subject=${closed.id}`)).length, 0);
});

t.test('of closed spaces an administrator sees access alone, and finds nothing by what is withheld', async (t) => {
  const { administrator, one, other, list, open, closed, membership, hidden, shown } = await world(t);
  const all = (await list(administrator)).filter(({ organisation }) =>
    [one.id, other.id].includes((organisation as { id: string } | null)?.id ?? ''),
  );
  const seen = all.filter((item) => !item.closed);
  t.same(
    seen.map(({ operationId, subject }) => [operationId, (subject as { id: string } | null)?.id]).toSorted(),
    [
      ['createAlliance', open.id],
      ['createKnowledgeItem', shown.id],
      ['createOrganisation', undefined],
    ].toSorted(),
  );
  const withheld = all.filter((item) => item.closed);
  t.equal(withheld.length, 5, 'the space, its membership twice, the item, and what was refused in it');
  for (const { id, recordedAt, clientId, organisation, outcome, closed, ...rest } of withheld) {
    t.ok(id && recordedAt && clientId && organisation && outcome && closed);
    t.same(
      Object.values(rest),
      Object.keys(rest).map(() => null),
    );
    t.same(Object.keys(rest).toSorted(), ['code', 'operationId', 'requestId', 'status', 'subject', 'times', 'traceId']);
  }
  for (const subject of [closed.id, membership.id, hidden.id])
    t.same(await list(administrator, `&subject=${subject}`), [], 'not by its subject');
  for (const operationId of ['offerMembership', 'decideMembership', 'publishCharter'])
    t.same(await list(administrator, `&operationId=${operationId}`), [], 'nor by its operation');
  t.equal((await list(administrator, '&outcome=refused')).length, 2);
  const [some] = withheld;
  t.ok((await list(administrator, `&clientId=${some?.clientId}`)).length > 0);
});

t.test('what an administrator’s own organisation does in a closed space it sees in full', async (t) => {
  const { app, administrator, list } = await world(t);
  const body = { kind: 'alliance', name: 'Eigen', startsOn: '2020-01-01', visibility: 'closed' };
  const { id } = (await send(app, administrator, { method: 'POST', url: '/v1/alliances', body })).json();
  t.match(await list(administrator, `&subject=${id}`), [{ closed: false, operationId: 'createAlliance' }]);
});

t.test('no number and no hash is told, and the filters bound the time', async (t) => {
  const { app, administrator, list, one } = await world(t);
  const [first, ...rest] = await list(one.token);
  t.same(Object.keys(first ?? {}).toSorted(), [
    'clientId',
    'closed',
    'code',
    'id',
    'operationId',
    'organisation',
    'outcome',
    'recordedAt',
    'requestId',
    'status',
    'subject',
    'times',
    'traceId',
  ]);
  t.same(
    [first, ...rest].map((item) => item?.id),
    [first, ...rest].map((item) => item?.id).toSorted(),
  );
  const last = String(rest.at(-1)?.recordedAt);
  const until = await list(one.token, `&until=${last}`);
  const from = await list(one.token, `&from=${last}`);
  t.ok(from.length > 0 && until.length + from.length === rest.length + 1);
  for (const query of ['from=yesterday', 'subject=x', 'outcome=maybe', 'number=1', 'asOf=2020-01-01'])
    t.equal(
      (await send(app, administrator, { method: 'GET', url: `/v1/audit-records?${query}` })).statusCode,
      400,
      query,
    );
  t.same(await list(administrator, `&subject=${newId()}`), []);
});

t.test('the signed heads are for whoever has the scope, and hold nothing that counts', async (t) => {
  const { app, db, one } = await world(t);
  const receipts = await testReceipts(db);
  while (await signAuditHead(db, receipts, new Date(Date.now() + 3 * 86_400_000)));
  const read = async (query = '') =>
    (await send(app, one.token, { method: 'GET', url: `/v1/audit-heads${query}` })).json() as {
      items: { day: string; jws: string }[];
    };
  const { items } = await read();
  t.equal(items.length, 3);
  t.same(Object.keys(items[0] ?? {}), ['day', 'jws']);
  t.equal((await read(`?from=${items[1]?.day}`)).items.length, 2);
  const [header = '', payload = ''] = (items[0]?.jws ?? '').split('.');
  t.match(JSON.parse(Buffer.from(header, 'base64url').toString()), { alg: 'ES256', typ: 'audit-head+jwt' });
  t.same(Object.keys(JSON.parse(Buffer.from(payload, 'base64url').toString())).toSorted(), [
    'day',
    'hash',
    'iss',
    'signedAt',
  ]);
});

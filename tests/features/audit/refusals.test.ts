import { randomBytes } from 'node:crypto';
import { Writable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { Sql } from 'postgres';
import t from 'tap';
import { ensureAdministrator } from '../../../src/features/access/access.ts';
import { RefusalLog } from '../../../src/features/audit/audit.ts';
import { verifyAudit } from '../../../src/features/audit/verification.ts';
import { newId } from '../../../src/platform/id.ts';
import { createLog } from '../../../src/platform/logging.ts';
import type { Refusal } from '../../../src/platform/refusals.ts';
import { testDatabase } from '../../helpers/db.ts';
import { administratorSecret, administratorToken, nodeSecret, testApp } from '../../helpers/demo.ts';
import { registerParty } from '../../helpers/parties.ts';
import { organisationWithCaller } from '../../helpers/people.ts';
import { send } from './world.ts';

/** A node with an administrator and a client of one organisation that may write alliances and no more. */
async function node(t: Parameters<typeof testDatabase>[0], settings: Record<string, string> = {}) {
  const database = await testDatabase(t);
  await ensureAdministrator(database.db, { nodeName: 'Knooppunt', keySecret: nodeSecret, secret: administratorSecret });
  const lines: string[] = [];
  const stream = new Writable({
    write: (piece, _encoding, done) => {
      lines.push(String(piece));
      done();
    },
  });
  const app = await testApp(t, database, settings, { log: createLog('info', stream) });
  const { id } = await organisationWithCaller(database.db, 'Gemeente Lindeveen');
  const granted = ['alliances:read', 'alliances:write', 'organisations:read', 'organisations:write'] as const;
  const { id: clientId, token } = await registerParty({ app, db: database.db }, id, granted);
  return { ...database, app, token, organisationId: id, clientId, lines };
}

type Told = { operation_id: string; status: number | null; code: string | null; times: number };

const refusals = async (owner: Sql) =>
  owner<Told[]>`select operation_id, status, code, times from audit_records where outcome = 'refused' order by number`;

const alliance = { kind: 'alliance', name: 'Buurt', startsOn: '2020-01-01', visibility: 'public' };

t.test(
  'what an authenticated client is refused is recorded before the answer, and a read of nothing is not',
  async (t) => {
    const { app, owner, token, clientId, organisationId, db } = await node(t);
    const made = (await send(app, token, { method: 'POST', url: '/v1/alliances', body: alliance })).json();
    const nothing = newId();
    const cases: [Parameters<typeof send>[2], number, Omit<Told, 'times'> | undefined][] = [
      [
        { method: 'GET', url: '/v1/events' },
        403,
        { operation_id: 'listEvents', status: 403, code: 'insufficient_scope' },
      ],
      [
        { method: 'POST', url: '/v1/organisations', body: { kind: 'other', name: 'X' } },
        403,
        { operation_id: 'createOrganisation', status: 403, code: 'administrator_required' },
      ],
      [
        { method: 'POST', url: '/v1/alliances', body: { ...alliance, name: '' } },
        400,
        { operation_id: 'createAlliance', status: 400, code: 'invalid_input' },
      ],
      [
        { method: 'POST', url: '/v1/alliances', body: '{"kind":' },
        400,
        { operation_id: 'createAlliance', status: 400, code: 'invalid_input' },
      ],
      [
        { method: 'POST', url: '/v1/alliances', body: 'a,b', headers: { 'content-type': 'text/csv' } },
        415,
        { operation_id: 'createAlliance', status: 415, code: 'unsupported_media_type' },
      ],
      [
        { method: 'POST', url: '/v1/alliances', body: 'x'.repeat(300_000) },
        413,
        { operation_id: 'createAlliance', status: 413, code: 'payload_too_large' },
      ],
      [
        {
          method: 'PATCH',
          url: `/v1/alliances/${nothing}`,
          body: { name: 'Y' },
          headers: { 'content-type': 'application/merge-patch+json', 'if-match': '"1"' },
        },
        404,
        { operation_id: 'changeAlliance', status: 404, code: 'not_found' },
      ],
      [
        {
          method: 'PATCH',
          url: `/v1/alliances/${made.id}`,
          body: { name: 'Y' },
          headers: { 'content-type': 'application/merge-patch+json' },
        },
        428,
        { operation_id: 'changeAlliance', status: 428, code: 'precondition_required' },
      ],
      [
        {
          method: 'PATCH',
          url: `/v1/alliances/${made.id}`,
          body: { name: 'Y' },
          headers: { 'content-type': 'application/merge-patch+json', 'if-match': '"9"' },
        },
        412,
        { operation_id: 'changeAlliance', status: 412, code: 'precondition_failed' },
      ],
      [{ method: 'GET', url: `/v1/alliances/${nothing}` }, 404, undefined],
      [{ method: 'GET', url: '/v1/alliances?limit=x' }, 400, undefined],
      [{ method: 'GET', url: '/v1/alliances' }, 200, undefined],
      [{ method: 'GET', url: '/v1/nowhere' }, 404, undefined],
    ];
    for (const [request, status, expected] of cases) {
      const before = (await refusals(owner)).length;
      const answer = await send(app, token, request);
      t.equal(answer.statusCode, status, `${request.method} ${request.url}`);
      const left = (await refusals(owner)).slice(before);
      t.same([...left], expected === undefined ? [] : [{ ...expected, times: 1 }]);
      if (expected === undefined) continue;
      const [row] = await owner`select * from audit_records order by number desc limit 1`;
      t.match(row, { client_id: clientId, organisation_id: organisationId, event_count: 0 });
      t.match(row, { subject_type: null, subject_id: null, alliance_id: null }, 'and no subject at all');
      t.equal(answer.json().instance, `urn:uuid:${row?.request_id}`);
    }
    t.equal(
      (await send(app, 'no.real.token', { method: 'POST', url: '/v1/alliances', body: alliance })).statusCode,
      401,
    );
    t.equal((await send(app, undefined, { method: 'POST', url: '/v1/alliances', body: alliance })).statusCode, 401);
    t.equal((await refusals(owner)).length, 9, 'of whom nobody knows nothing is recorded');
    t.same((await verifyAudit(db, { keys: [] })).faults, []);
  },
);

t.test('too many requests are not recorded', async (t) => {
  const { app, owner, token } = await node(t, { RATE_LIMIT_PER_MINUTE: '2' });
  const statuses: number[] = [];
  for (let n = 0; n < 5; n++)
    statuses.push((await send(app, token, { method: 'POST', url: '/v1/alliances', body: {} })).statusCode);
  t.same(statuses, [400, 400, 429, 429, 429]);
  t.equal((await refusals(owner)).length, 2);
});

t.test('a flood of refusals leaves sixty records and one that counts the rest', async (t) => {
  const { app, owner, token, db } = await node(t);
  for (let n = 0; n < 5; n++)
    await Promise.all(
      Array.from({ length: 40 }, () => send(app, token, { method: 'POST', url: '/v1/alliances', body: {} })),
    );
  await app.close();
  const rows = await refusals(owner);
  t.equal(
    rows.reduce((sum, { times }) => sum + times, 0),
    200,
    'each is counted',
  );
  // Two minutes, where one ended meanwhile.
  const minutes = await owner`select count(*)::int as count from audit_records
    where outcome = 'refused' and operation_id <> 'summariseRefusals' group by date_trunc('minute', recorded_at)`;
  t.ok(minutes.length <= 2 && minutes.every(({ count }) => count <= 60), JSON.stringify(minutes));
  t.ok(minutes.some(({ count }) => count === 60));
  const summed = rows.filter(({ operation_id }) => operation_id === 'summariseRefusals');
  t.ok(summed.length >= 1 && summed.length <= minutes.length, JSON.stringify(summed));
  t.match(summed, [{ status: null, code: null }]);
  t.same((await verifyAudit(db, { keys: [] })).faults, []);
});

const refusal = (clientId: string): Refusal => ({
  caller: { clientId, organisationId: null },
  operationId: 'createThing',
  status: 403,
  code: 'not_your_organisation',
  requestId: newId(),
  traceId: 'a'.repeat(32),
});

t.test('refusals are counted for each client and minute, and summed up when the minute is over', async (t) => {
  const { db, owner } = await testDatabase(t);
  let now = 0;
  const faults: unknown[] = [];
  const log = new RefusalLog(db, {
    log: { error: (fault: unknown) => faults.push(fault) } as never,
    perMinute: 60,
    now: () => now,
  });
  for (let n = 0; n < 70; n++) await log.add(refusal('one'));
  for (let n = 0; n < 60; n++) await log.add(refusal('two'));
  for (let n = 0; n < 3; n++) log.claim(async () => refusal('one'));
  await log.summarise();
  const told = async () =>
    owner`select client_id, operation_id, count(*)::int, sum(times)::int as times from audit_records group by 1, 2 order by 1, 2`;
  const counted = (client: string, operation: string, count: number, times = count) => ({
    client_id: client,
    operation_id: operation,
    count,
    times,
  });
  await log.summarise();
  now = 60_000;
  await log.add(refusal('one'));
  t.match(
    [...(await told())].filter(({ operation_id }) => operation_id === 'summariseRefusals'),
    [counted('one', 'summariseRefusals', 1, 10)],
    'by the next refusal after it',
  );
  for (let n = 0; n < 60; n++) await log.add(refusal('one'));
  now = 120_000;
  await log.summarise();
  await log.close();
  t.same(
    [...(await told())],
    [
      counted('one', 'createThing', 60 + 60 + 3),
      counted('one', 'summariseRefusals', 2, 11),
      counted('two', 'createThing', 60),
    ],
    'and who only claims to be a client is counted apart',
  );
  log.claim(async () => undefined);
  log.claim(async () => {
    throw new Error('the database is gone');
  });
  await log.close();
  t.equal(faults.length, 1, 'what fails is logged');
});

t.test('a record that fails is logged and changes nothing in the answer', async (t) => {
  const { app, owner, token, lines } = await node(t);
  await owner`alter table audit_records add constraint none check (outcome <> 'refused') not valid`;
  const answer = await send(app, token, { method: 'GET', url: '/v1/events' });
  t.equal(answer.statusCode, 403);
  t.equal(answer.json().code, 'insufficient_scope');
  t.equal(
    answer.headers['www-authenticate'],
    'Bearer realm="samendoen", error="insufficient_scope", scope="events:read"',
  );
  t.equal((await refusals(owner)).length, 0);
  const told = lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'a refusal could not be recorded');
  t.equal(told.length, 1);
  t.ok(told[0].requestId);
});

const askToken = (app: FastifyInstance, clientId: string, secret: string, scope?: string) =>
  app.inject({
    method: 'POST',
    url: '/oauth/token',
    headers: {
      host: 'node.example',
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`,
    },
    payload: `grant_type=client_credentials${scope === undefined ? '' : `&scope=${scope}`}`,
  });

t.test('who fails to prove that it is a client is recorded, where there is such a client', async (t) => {
  const { app, owner } = await node(t);
  t.equal((await askToken(app, 'administrator', 'not-the-secret')).statusCode, 401);
  t.equal((await askToken(app, 'nobody_knows', 'not-the-secret')).statusCode, 401);
  t.equal((await askToken(app, 'administrator', administratorSecret, 'no:scope')).statusCode, 400);
  t.equal((await askToken(app, 'administrator', administratorSecret)).statusCode, 200);
  await app.close();
  const rows =
    await owner`select c.client_id, operation_id, status, code, r.organisation_id = c.organisation_id as organisation
    from audit_records r left join clients c on c.id::text = r.client_id where outcome = 'refused' order by status`;
  const told = { client_id: 'administrator', operation_id: 'requestToken', organisation: true };
  t.same(
    [...rows],
    [
      { ...told, status: 400, code: 'invalid_scope' },
      { ...told, status: 401, code: 'invalid_client' },
    ],
  );
});

t.test('nothing of what was sent stands in any audit record', async (t) => {
  const { app, owner, token } = await node(t);
  const canary = `kanarie${randomBytes(8).toString('hex')}`;
  const administrator = await administratorToken(app);
  const made = (
    await send(app, token, { method: 'POST', url: '/v1/alliances', body: { ...alliance, name: canary } })
  ).json();
  const requests: Parameters<typeof send>[2][] = [
    { method: 'POST', url: '/v1/alliances', body: { ...alliance, name: canary, [canary]: canary } },
    { method: 'POST', url: `/v1/alliances?${canary}=${canary}`, body: { ...alliance, name: canary } },
    { method: 'POST', url: '/v1/alliances', body: `${canary}{` },
    { method: 'POST', url: `/v1/alliances/${made.id}/memberships`, body: { organisationId: canary, role: canary } },
    { method: 'POST', url: '/v1/organisations', body: { kind: 'other', name: canary } },
    { method: 'POST', url: '/v1/alliances', body: alliance, headers: { 'idempotency-key': canary, accept: canary } },
    { method: 'GET', url: `/v1/events?type=${canary}` },
    { method: 'GET', url: `/v1/knowledge-items?q=${canary}` },
    { method: 'DELETE', url: `/v1/clients/${canary}/keys/${canary}` },
  ];
  for (const request of requests) for (const by of [token, administrator]) await send(app, by, request);
  await app.close();
  const [count] = await owner`select count(*)::int as count from audit_records where outcome = 'refused'`;
  t.ok(Number(count?.count) >= 12, `${count?.count} refusals`);
  t.same(
    [...(await owner`select id from audit_records r where r::text like ${`%${canary}%`}`)],
    [],
    'no word of a body, an address, a query or a header',
  );
});

import t from 'tap';
import {
  commit,
  lastPosition,
  type NewEvent,
  removeExpiredAnswers,
  replaySaved,
} from '../../../src/features/events/events.ts';
import { newId } from '../../../src/platform/id.ts';
import { testDatabase } from '../../helpers/db.ts';
import { caller, context } from '../../helpers/people.ts';

const event = (): NewEvent => ({ type: 'organisation.changed', subjectType: 'organisation', subjectId: newId() });

t.test('commit numbers the events of many writers densely and in order of commit', async (t) => {
  const { db, sql } = await testDatabase(t);
  const writers = Array.from({ length: 8 }, () => context(caller()));
  const seen: number[] = [];
  let writing = true;
  const reader = (async () => {
    let cursor = 0;
    for (;;) {
      // Whether all was written before it looks, so that the last look sees everything.
      const last = !writing;
      const rows = await sql<
        { position: string }[]
      >`select position from events where position > ${cursor} order by position`;
      for (const row of rows) seen.push(Number(row.position));
      cursor = seen.at(-1) ?? 0;
      if (last) break;
    }
  })();
  await Promise.all(
    writers.map(async (by) => {
      for (let n = 0; n < 12; n++) {
        await commit(db, by, async (_db, record) => {
          record(event());
          record(event());
          return { body: n };
        });
      }
    }),
  );
  writing = false;
  await reader;
  t.same(
    seen,
    Array.from({ length: 8 * 12 * 2 }, (_, n) => n + 1),
    'a tailing reader lost, repeated and reordered nothing',
  );
  t.equal(await lastPosition(db), 8 * 12 * 2);
});

t.test('commit keeps nothing of a write that fails', async (t) => {
  const { db, sql } = await testDatabase(t);
  const by = context(caller(), { idempotency: { key: 'k', fingerprint: 'f', status: 201 } });
  await t.rejects(
    commit(db, by, async (_db, record) => {
      record(event());
      throw new Error('the work failed');
    }),
  );
  const [rows] =
    await sql`select (select count(*)::int from events) as events, (select count(*)::int from audit_records) as audits,
    (select count(*)::int from saved_answers) as answers`;
  t.same(rows, { events: 0, audits: 0, answers: 0 });
  t.equal(await lastPosition(db), 0);
});

t.test('commit writes one audit record that names who did what under which trace', async (t) => {
  const { db, sql } = await testDatabase(t);
  const by = context(caller({ clientId: 'c_1' }), { operationId: 'makeThing', traceId: 'a'.repeat(32) });
  await commit(db, by, async (_db, record) => {
    record(event());
    record(event());
    return { body: 1 };
  });
  const rows = await sql`select a.client_id, a.operation_id, a.trace_id, a.event_count, count(e.id)::int as events
    from audit_records a join events e on e.audit_record_id = a.id group by a.id`;
  t.same(
    [...rows],
    [{ client_id: 'c_1', operation_id: 'makeThing', trace_id: 'a'.repeat(32), event_count: 2, events: 2 }],
  );
});

t.test('a repeated key has one effect and one answer, another request under it is refused', async (t) => {
  const { db } = await testDatabase(t);
  const who = caller();
  const by = (fingerprint: string) => context(who, { idempotency: { key: 'once', fingerprint, status: 201 } });
  let effects = 0;
  const write = (fingerprint: string) =>
    commit(db, by(fingerprint), async (_db, record) => {
      effects += 1;
      record(event());
      return { body: { n: effects }, location: '/v1/things/1', version: 1 };
    });
  const tries = await Promise.allSettled(Array.from({ length: 20 }, () => write('same')));
  t.equal(effects, 1);
  t.equal(tries.filter((one) => one.status === 'fulfilled').length, 1);
  for (const one of tries) {
    if (one.status === 'rejected') t.ok('answer' in one.reason || one.reason.code === 'idempotency_in_flight');
  }
  t.same(await replaySaved(db, by('same')), {
    status: 201,
    headers: { etag: '"1"', location: '/v1/things/1' },
    body: { n: 1 },
  });
  await t.rejects(write('other'), { code: 'idempotency_key_reused' });
  const another = context(caller(), { idempotency: { key: 'once', fingerprint: 'other', status: 201 } });
  t.equal(await replaySaved(db, another), undefined, 'keys of two clients are two keys');
});

t.test('a saved answer is forgotten after a day', async (t) => {
  const { db, owner } = await testDatabase(t);
  const who = caller();
  const by = context(who, { idempotency: { key: 'old', fingerprint: 'a', status: 200 } });
  await commit(db, by, async () => ({ body: 1 }));
  await owner`update saved_answers set saved_at = now() - interval '25 hours'`;
  t.equal(await replaySaved(db, by), undefined);
  t.equal((await commit(db, by, async () => ({ body: 2 }))).body, 2, 'the key may be used anew');
  await owner`update saved_answers set saved_at = now() - interval '25 hours'`;
  t.equal(await removeExpiredAnswers(db), 1);
});

t.test('the application can neither change nor remove history', async (t) => {
  const { db, sql } = await testDatabase(t);
  await commit(db, context(caller()), async (_db, record) => {
    record(event());
    return { body: 1 };
  });
  for (const table of ['events', 'audit_records', 'organisation_versions', 'mergers', 'merger_predecessors']) {
    await t.rejects(sql.unsafe(`delete from ${table}`), { code: '42501' }, `${table} cannot be emptied`);
    await t.rejects(sql.unsafe(`truncate ${table} cascade`), { code: '42501' });
  }
  await t.rejects(sql`update events set type = 'x.y'`, { code: '42501' });
  await t.rejects(sql`update audit_records set client_id = 'x'`, { code: '42501' });
});

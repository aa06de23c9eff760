import type { Sql } from 'postgres';
import t from 'tap';
import type { z } from 'zod';
import { listProcessingRecords } from '../../../src/features/processing/records.ts';
import { ProcessingRecordQuery } from '../../../src/features/processing/schemas.ts';
import { getProfessional, listProfessionals } from '../../../src/features/professionals/professionals.ts';
import type { Db } from '../../../src/platform/db.ts';
import { newId } from '../../../src/platform/id.ts';
import { version } from '../../../src/platform/version.ts';
import { testDatabase } from '../../helpers/db.ts';
import { baseUrl, demoNode } from '../../helpers/demo.ts';
import { operationsOf, readDocument, send, soundRequest } from '../../helpers/document.ts';
import { administrator, context } from '../../helpers/people.ts';
import { by, inDays, outcome, type Party, parties, walk } from '../alliances/world.ts';
import { answer, employ, erase, offer, register } from '../professionals/world.ts';

const recordsOf = async (db: Db, who: Party | typeof administrator, filter: object = {}) => {
  const caller = 'caller' in who ? who.caller : who;
  return (await listProcessingRecords(db, caller, baseUrl, { limit: 200, ...filter })).items;
};

t.test('each person whose data is processed has a record, with the fields of the standard', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { academy } = await parties(db, 'academy');
  const people = [await employ(db, academy), await employ(db, academy), await register(db, academy)];
  const [person] = people;
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const parentSpanId = 'b7ad6b7169203331';
  const before = new Date();
  const asked = context(academy.caller, { operationId: 'getProfessional', traceId, parentSpanId });
  await getProfessional(db, asked, person?.id ?? '');
  const [record] = await recordsOf(db, academy, { traceId });
  const [kept] = await sql<{ subject: string }[]>`
    select data_subject_id as subject from professionals where id = ${person?.id ?? ''}`;
  t.same(record, {
    id: record?.id,
    traceId,
    spanId: record?.spanId,
    parentSpanId,
    status: 'Ok',
    name: 'getProfessional',
    startTime: record?.startTime,
    endTime: record?.endTime,
    resource: { attributes: { name: 'samendoen', version } },
    attributes: {
      'dpl.core.processing_activity_id': `${baseUrl}/v1/processing-activities#professional-register`,
      'dpl.core.data_subject_id': kept?.subject,
      'dpl.core.data_subject_id_type': 'urn:samendoen:professional:pseudonym',
      'dpl.core.foreign_operation.span_id': parentSpanId,
      'dpl.core.foreign_operation.processor': `${baseUrl}/v1/organisations/${academy.id}`,
    },
    activityId: 'professional-register',
    clientId: academy.caller.clientId,
    organisation: { id: academy.id, name: 'academy' },
    professionalId: person?.id,
  });
  t.match(record?.spanId, /^[0-9a-f]{16}$/);
  t.ok(record !== undefined && before <= record.startTime && record.startTime <= record.endTime);
  t.notMatch(kept?.subject, person?.id, 'the log names people by a name of its own');
  await listProfessionals(db, context(academy.caller, { operationId: 'listProfessionals' }), { limit: 2 });
  const listed = await recordsOf(db, academy, { changedSince: before });
  t.same(
    listed.filter(({ name }) => name === 'listProfessionals').map(({ professionalId }) => professionalId),
    people.slice(0, 2).map(({ id }) => id),
    'a list leaves one for each that it showed, and none for who comes on the next page',
  );
});

/** Counts the statements that write to the log. */
async function counting(owner: Sql): Promise<() => Promise<number>> {
  await owner.unsafe(`create table statements (at timestamptz); grant all on statements to samendoen_app;
    create function note() returns trigger language plpgsql as $$ begin
      insert into statements values (now()); return null; end $$;
    create trigger note after insert on processing_records for each statement execute function note()`);
  return async () => Number((await owner`select count(*) as count from statements`)[0]?.count);
}

t.test('a list writes its records by one statement, and a read whose record cannot be written fails', async (t) => {
  const { db, owner } = await testDatabase(t);
  const { academy } = await parties(db, 'academy');
  const people: string[] = [];
  for (let n = 0; n < 5; n++) people.push((await register(db, academy)).id);
  const statements = await counting(owner);
  await listProfessionals(db, by(academy), { limit: 9 });
  t.equal(await statements(), 1);
  await owner.unsafe(`create function refuse() returns trigger language plpgsql as $$ begin raise 'no'; end $$;
    create trigger refuse before insert on processing_records for each row execute function refuse()`);
  await t.rejects(getProfessional(db, by(academy), people[0] ?? ''), /Failed query/);
  await t.rejects(listProfessionals(db, by(academy), { limit: 9 }), /Failed query/);
  const before = await owner`select count(*) from professionals`;
  await t.rejects(register(db, academy), /Failed query/);
  t.same(await owner`select count(*) from professionals`, before, 'and a write is not done');
});

t.test('an organisation reads of whom its own clients processed what; an administrator reads no persons', async (t) => {
  const { db } = await testDatabase(t);
  const { academy, town } = await parties(db, 'academy', 'town');
  const person = await employ(db, academy);
  await answer(db, town, await offer(db, academy, person.id, { organisationId: town.id }), 'accepted');
  await getProfessional(db, by(town, 'getProfessional'), person.id);
  const own = await recordsOf(db, town);
  t.same(
    own.map(({ name, professionalId }) => [name, professionalId]),
    [
      ['test', person.id],
      ['getProfessional', person.id],
    ],
  );
  const all = await recordsOf(db, administrator);
  t.ok(all.length > own.length);
  t.same(new Set(all.map(({ professionalId }) => professionalId)), new Set([null]));
  t.same(new Set(all.map(({ attributes }) => attributes['dpl.core.data_subject_id'])), new Set([null]));
  t.same(await recordsOf(db, administrator, { professionalId: person.id }), [], 'nor can it ask for one');
  const both = { ...academy.caller, administrator: true };
  const seen = await recordsOf(db, both as typeof administrator);
  t.ok(
    seen.some(({ professionalId }) => professionalId === person.id),
    'but of its own organisation',
  );
  t.ok(seen.every(({ organisation, professionalId }) => organisation?.id === academy.id || professionalId === null));
  await erase(db, academy, person.id);
  const after = await recordsOf(db, town);
  t.equal(after.length, own.length, 'after an erasure the records stay');
  t.same(new Set(after.map(({ professionalId }) => professionalId)), new Set([null]), 'and are about nobody');
  t.same(new Set(after.map(({ attributes }) => attributes['dpl.core.data_subject_id'])), new Set([null]));
});

t.test('the log cannot be changed, and nobody removes from it before its time', async (t) => {
  const { db, sql, owner } = await testDatabase(t);
  const { academy } = await parties(db, 'academy');
  await employ(db, academy);
  await t.rejects(sql`update processing_records set name = 'x'`, { code: '42501' });
  await t.rejects(owner`update processing_records set name = 'x'`, { code: '55000' });
  for (const one of [sql, owner]) await t.rejects(one`delete from processing_records`, { code: '55000' });
  await t.rejects(owner`truncate processing_records`, { code: '55000' });
});

t.test('listProcessingRecords has a filter for every key of its query, and walks by page', async (t) => {
  const { db, owner } = await testDatabase(t);
  const { academy } = await parties(db, 'academy');
  const [one, two] = [await register(db, academy), await register(db, academy)];
  await owner`alter table processing_records disable trigger append_only`;
  await owner`update processing_records set started_at = now() - interval '9 days'`;
  const client = context({ ...academy.caller, clientId: 'another' }, { traceId: 'f'.repeat(32) });
  await getProfessional(db, client, two.id);
  const list = async (filter: object) => (await recordsOf(db, academy, filter)).length;
  type Key = Exclude<keyof z.output<typeof ProcessingRecordQuery>, 'cursor' | 'limit'>;
  const expected: Record<Key, [object, number][]> = {
    activityId: [
      [{ activityId: 'professional-register' }, 3],
      [{ activityId: 'retention' }, 0],
    ],
    organisationId: [[{ organisationId: newId() }, 0]],
    clientId: [[{ clientId: 'another' }, 1]],
    professionalId: [
      [{ professionalId: one.id }, 1],
      [{ professionalId: two.id }, 2],
    ],
    traceId: [[{ traceId: 'f'.repeat(32) }, 1]],
    asOf: [[{ asOf: inDays(-1) }, 2]],
    changedSince: [[{ changedSince: new Date(Date.now() - 86_400_000) }, 1]],
  };
  const keys = Object.keys(ProcessingRecordQuery.shape).filter((key) => key !== 'cursor' && key !== 'limit');
  t.same(Object.keys(expected).toSorted(), keys.toSorted(), 'no filter is left out');
  for (const [filter, wanted] of Object.values(expected).flat())
    t.same(await list(filter), wanted, JSON.stringify(filter));
  const walked = await walk((after) => listProcessingRecords(db, academy.caller, baseUrl, { limit: 1, after }));
  t.equal(walked.length, 3);
  t.equal(await outcome(getProfessional(db, by(academy), newId())), 'not_found');
  t.equal(await list({}), 3, 'what was not found was not processed');
});

t.test('every route about persons leaves a record, and the register of activities names why', async (t) => {
  const { app, token, sql } = await demoNode(t);
  const document = await readDocument();
  const silent = new Set(['listErasures', 'getErasure', 'getErasureReceipt']);
  const personal = operationsOf(document).filter(
    ({ scope, operationId }) => scope?.startsWith('professionals:') === true && !silent.has(operationId),
  );
  t.ok(personal.length >= 16, `${personal.length} operations`);
  const activities = new Set<string>();
  for (const operation of personal) {
    const answered = await send(app, soundRequest(operation), token);
    t.ok(answered.statusCode < 300, `${operation.operationId} ${answered.body.slice(0, 200)}`);
    const rows = await sql<{ activity: string }[]>`
      select distinct activity_id as activity from processing_records where name = ${operation.operationId}`;
    t.ok(rows.length > 0, operation.operationId);
    for (const { activity } of rows) activities.add(activity);
  }
  const read = await app.inject({
    url: '/v1/processing-activities',
    headers: { host: 'node.example', authorization: `Bearer ${token}` },
  });
  const named = (read.json() as { items: { id: string; name: object; purpose: object }[] }).items;
  for (const activity of activities)
    t.ok(
      named.some(({ id }) => id === activity),
      activity,
    );
  for (const { id, ...texts } of named)
    for (const [key, text] of Object.entries(texts))
      if (typeof text === 'object') t.same(Object.keys(text as object), ['en', 'nl'], `${id} ${key}`);
});

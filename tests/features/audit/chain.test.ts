import fc from 'fast-check';
import t from 'tap';
import { publishedReceiptKeys, rotateReceiptKey } from '../../../src/features/access/access.ts';
import { signAuditHead } from '../../../src/features/audit/audit.ts';
import { auditHash, verifyAudit } from '../../../src/features/audit/verification.ts';
import { auditText, recordRefusal } from '../../../src/features/events/events.ts';
import { newId } from '../../../src/platform/id.ts';
import { type TestDatabase, testDatabase } from '../../helpers/db.ts';
import { nodeSecret, testReceipts } from '../../helpers/demo.ts';
import { type AuditRow, auditRows, deed, sha256, tamper, textByHand } from './world.ts';

const refuse = (db: TestDatabase['db']) =>
  recordRefusal(db, {
    clientId: 'c_1',
    organisationId: newId(),
    operationId: 'createThing',
    status: 403,
    code: 'not_your_organisation',
    times: 1,
    requestId: newId(),
    traceId: 'a'.repeat(32),
  });

/** A chain of ten records, with signed heads of the days that they are put on, three to a day. */
async function chainOf(t: Parameters<typeof testDatabase>[0]) {
  const database = await testDatabase(t);
  const { db } = database;
  const receipts = await testReceipts(db);
  for (let n = 0; n < 5; n++) {
    await deed(db);
    await refuse(db);
  }
  const tomorrow = new Date(Date.now() + 86_400_000);
  if (!(await signAuditHead(db, receipts, tomorrow))) throw new Error('no head was signed');
  const keys = await publishedReceiptKeys(db);
  return { ...database, receipts, keys, tomorrow, rows: await auditRows(database.owner) };
}

t.test('sixteen writers and refusals at once make one dense chain, whose hashes anybody can compute', async (t) => {
  const { db, owner } = await testDatabase(t, { max: 16 });
  await Promise.all(
    Array.from({ length: 16 }, async (_, writer) => {
      for (let n = 0; n < 12; n++) await ((n + writer) % 3 === 0 ? refuse(db) : deed(db));
    }),
  );
  const rows = await auditRows(owner);
  t.same(
    rows.map(({ number }) => Number(number)),
    Array.from({ length: 16 * 12 }, (_, index) => index + 1),
  );
  for (const [index, row] of rows.entries()) {
    if (row.hash.toString('hex') !== sha256(textByHand(row))) t.fail(`record ${row.number} has another hash`);
    const before = rows[index - 1]?.hash.toString('hex');
    if (row.previous_hash?.toString('hex') !== before) t.fail(`record ${row.number} names another record`);
  }
  t.equal(rows.filter(({ outcome }) => outcome === 'refused').length, 16 * 4);
  t.same(await verifyAudit(db, { keys: [] }), { records: 192, heads: 0, faults: [] });
  const events = await owner`select count(*)::int as count, max(position)::int as last from events`;
  t.same([...events], [{ count: 128, last: 128 }], 'and a refusal makes no event');
});

t.test('a write that fails leaves no gap in the chain', async (t) => {
  const { db } = await testDatabase(t);
  await deed(db);
  await t.rejects(
    db.transaction(async (db) => {
      await deed(db);
      throw new Error('the work failed');
    }),
  );
  await deed(db);
  t.same(await verifyAudit(db, { keys: [] }), { records: 2, heads: 0, faults: [] });
});

t.test('no two records have one text', (t) => {
  const text = fc.string().map((value) => value.replaceAll('\n', ''));
  const maybe = fc.option(text);
  const number = fc.nat(3);
  const fields = fc.record({
    ...{ id: text, recordedAt: text, clientId: text, organisationId: maybe, operationId: text, outcome: text },
    ...{ status: fc.option(number), code: maybe, subjectType: maybe, subjectId: maybe, allianceId: maybe },
    ...{ eventCount: number, times: number, requestId: text, traceId: text },
  });
  const small = fc.constantFrom<string | null>(null, '', '=', 'a');
  fc.assert(
    fc.property(fields, small, small, small, small, (base, a, b, c, d) => {
      const one = { ...base, subjectType: a, subjectId: b };
      const other = { ...base, subjectType: c, subjectId: d };
      return (auditText(one) === auditText(other)) === (a === c && b === d);
    }),
  );
  fc.assert(
    fc.property(fields, fields, (one, other) => (auditText(one) === auditText(other)) === sameFields(one, other)),
  );
  t.end();
});

const sameFields = (one: object, other: object) =>
  JSON.stringify(Object.entries(one).toSorted()) === JSON.stringify(Object.entries(other).toSorted());

t.test('a field with a line break is refused by the table', async (t) => {
  const { db } = await testDatabase(t);
  await t.rejects(
    recordRefusal(db, {
      ...{ clientId: 'c\noutcome=succeeded', organisationId: null, operationId: 'x', status: 403, code: 'x' },
      ...{ times: 1, requestId: 'r', traceId: 't' },
    }),
    { code: '23514' },
  );
});

const other: Readonly<Record<string, string>> = {
  id: 'gen_random_uuid()',
  recorded_at: "recorded_at - interval '1 millisecond'",
  client_id: "client_id || 'x'",
  organisation_id: 'gen_random_uuid()',
  operation_id: "operation_id || 'x'",
  outcome: "case outcome when 'refused' then 'succeeded' else 'refused' end",
  status: 'coalesce(status, 0) + 1',
  code: "coalesce(code, '') || 'x'",
  subject_type: "coalesce(subject_type, '') || 'x'",
  subject_id: 'gen_random_uuid()',
  alliance_id: 'gen_random_uuid()',
  event_count: 'event_count + 1',
  times: 'times + 1',
  request_id: "request_id || 'x'",
  trace_id: "trace_id || 'x'",
  previous_hash: 'sha256(previous_hash)',
  hash: 'sha256(hash)',
  number: 'number + 1000',
};

/** Changes a column of a record, tells the first fault and which record it should name, and puts the record back. */
async function changed(
  { db, owner, keys, rows }: Awaited<ReturnType<typeof chainOf>>,
  place: number,
  [column, value]: readonly [string, string],
): Promise<{ fault: string | undefined; named: string }> {
  const row = rows[place] as AuditRow;
  await tamper(owner, (sql) =>
    sql.unsafe(`update audit_records set ${column} = ${value} where number = ${row.number}`),
  );
  const [fault] = (await verifyAudit(db, keys)).faults;
  // A record that left its place is missed by the one after it.
  const at = column === 'number' ? (rows[place + 1]?.id ?? row.id) : row.id;
  const [renamed] = await owner<{ id: string }[]>`select id from audit_records where number = ${row.number}`;
  await tamper(owner, async (sql) => {
    await sql`delete from audit_records where id = ${row.id} or number in (${row.number}, ${Number(row.number) + 1000})`;
    const { recorded: _, ...whole } = row;
    await sql`insert into audit_records ${sql(whole as never)}`;
  });
  return { fault, named: column === 'id' ? String(renamed?.id) : at };
}

t.test('whoever changes any column of a record is found, and the record is named', async (t) => {
  const chain = await chainOf(t);
  const { db, owner, keys } = chain;
  t.same(await verifyAudit(db, keys), { records: 10, heads: 1, faults: [] }, 'nothing was changed');
  const columns = await owner<{ name: string }[]>`select column_name::text as name from information_schema.columns
    where table_schema = 'public' and table_name = 'audit_records' order by 1`;
  t.same(Object.keys(other).toSorted(), columns.map(({ name }) => name).toSorted(), 'every column is tried');
  for (const change of Object.entries(other)) {
    for (const place of [4, 5, 9]) {
      const { fault, named } = await changed(chain, place, change);
      t.match(fault, new RegExp(`^record ${named}: `), `${change[0]} of record ${place + 1}`);
    }
  }
  t.same((await verifyAudit(db, keys)).faults, [], 'and all was put back');
});

t.test('nulls that become empty texts are found', async (t) => {
  const { db, owner, keys, rows } = await chainOf(t);
  await tamper(owner, (sql) => sql`update audit_records set code = '' where number = 3`);
  t.match((await verifyAudit(db, keys)).faults[0], `record ${rows[2]?.id}`);
});

t.test('a record that is removed, and one that is put in between, is found', async (t) => {
  const { db, owner, keys, rows } = await chainOf(t);
  await tamper(owner, (sql) => sql`delete from audit_records where number = 4`);
  t.match((await verifyAudit(db, keys)).faults[0], `record ${rows[4]?.id}: its number is 5, not 4`);
});

/** Makes the chain anew from a record on, as whoever owns the database can, its end included. */
const forge = (owner: TestDatabase['owner'], from: number, change: (sql: TestDatabase['owner']) => Promise<unknown>) =>
  tamper(owner, async (sql) => {
    await change(sql);
    const rows = await auditRows(sql);
    let previous: Buffer | null = rows[from - 2]?.hash ?? null;
    for (const [index, row] of rows.entries()) {
      if (index < from - 1) continue;
      const hash: Buffer = Buffer.from(
        sha256(textByHand({ ...row, number: String(index + 1), previous_hash: previous })),
        'hex',
      );
      await sql`update audit_records set number = ${index + 1}, previous_hash = ${previous}, hash = ${hash} where id = ${row.id}`;
      previous = hash;
    }
    await sql`update event_counter set audit_number = ${rows.length}, audit_hash = ${previous}`;
  });

t.test(
  'a tail that was cut off is found by the counter, and by the signed head where that was set back too',
  async (t) => {
    const { db, owner, keys } = await chainOf(t);
    await tamper(owner, (sql) => sql`delete from audit_records where number > 7`);
    t.match((await verifyAudit(db, keys)).faults[0], 'the last record is 7, and 10 were made');
    await forge(owner, 7, async () => undefined);
    const { records, faults } = await verifyAudit(db, keys);
    t.equal(records, 7);
    t.equal(faults.length, 1);
    t.match(faults[0], /^head \d{4}-\d\d-\d\d: it signs for none of the first 7 records/);
  },
);

t.test('a chain that was made anew is found by its signed head, and by one that was kept elsewhere', async (t) => {
  const { db, owner, keys } = await chainOf(t);
  const [head] = await owner<{ day: string; signature: string }[]>`select day::text, signature from audit_heads`;
  const kept = [{ name: 'head.jws', jws: head?.signature ?? '' }];
  t.same(await verifyAudit(db, keys, kept), { records: 10, heads: 2, faults: [] });
  await forge(owner, 6, (sql) => sql`update audit_records set client_id = 'somebody_else' where number = 6`);
  t.match((await verifyAudit(db, keys)).faults, [`head ${head?.day}`]);
  await tamper(owner, (sql) => sql`delete from audit_heads`);
  t.same((await verifyAudit(db, keys)).faults, [], 'without any head the forged chain is sound in itself');
  t.match((await verifyAudit(db, keys, kept)).faults, ['head.jws: it signs for none of the first 10 records']);
});

t.test('a head is not sound with another day, hash, number or signature', async (t) => {
  const { db, owner, keys } = await chainOf(t);
  const faultsAfter = async (change: string) => {
    await owner`create table kept_heads as select * from audit_heads`;
    await tamper(owner, (sql) => sql.unsafe(`update audit_heads set ${change}`));
    const { faults } = await verifyAudit(db, keys);
    await tamper(owner, async (sql) => {
      await sql`delete from audit_heads`;
      await sql`insert into audit_heads select * from kept_heads`;
    });
    await owner`drop table kept_heads`;
    return faults.join('\n');
  };
  t.match(await faultsAfter('day = day - 1'), /its signature is for/);
  t.match(await faultsAfter('hash = sha256(hash)'), /its signature is over another hash/);
  t.match(await faultsAfter('number = 3'), /it signs for none/);
  t.match(await faultsAfter("signature = signature || 'A'"), /no compact JWS|signature is not that of the node/);
  t.same((await verifyAudit(db, { keys: [] })).faults.length, 1, 'by other keys it is not believed');
  t.match((await verifyAudit(db, keys, [{ name: 'x', jws: 'no.jws' }])).faults, ['x: it is no compact JWS']);
  t.same((await verifyAudit(db, keys)).faults, []);
});

t.test('each day that is over gets one head, also one on which the node did not run or nothing happened', async (t) => {
  const { db, owner, receipts, keys, tomorrow } = await chainOf(t);
  t.notOk(await signAuditHead(db, receipts, tomorrow), 'the day was signed, and the next is not over');
  const later = new Date(tomorrow.getTime() + 3 * 86_400_000);
  const tries = await Promise.all([1, 2, 3, 4].map(() => signAuditHead(db, receipts, later)));
  t.ok(tries.some(Boolean), 'also by processes that sign at once');
  while (await signAuditHead(db, receipts, later));
  await rotateReceiptKey(db, { keySecret: nodeSecret });
  const heads = await owner`select count(*)::int as count, count(distinct signature)::int as signatures,
    max(day) - min(day) as days, count(distinct number)::int as numbers from audit_heads`;
  t.same([...heads], [{ count: 4, signatures: 4, days: 3, numbers: 1 }]);
  t.same(await verifyAudit(db, keys), { records: 10, heads: 4, faults: [] });
  const signed = await owner<{ signature: string }[]>`select signature from audit_heads`;
  const payloads = signed.map(({ signature }) =>
    JSON.parse(Buffer.from(signature.split('.')[1] ?? '', 'base64url').toString()),
  );
  t.equal(new Set(payloads.map(({ hash }) => hash)).size, 4, 'that nothing happened shows in no hash');
  t.same(Object.keys(payloads[0]).toSorted(), ['day', 'hash', 'iss', 'signedAt'], 'and nothing in it counts');
});

t.test('without records there is nothing to sign', async (t) => {
  const { db } = await testDatabase(t);
  t.notOk(await signAuditHead(db, await testReceipts(db), new Date('2200-01-01')));
  t.same(await verifyAudit(db, { keys: [] }), { records: 0, heads: 0, faults: [] });
});

t.test('the hash that the node computes is that of a row as it is read', async (t) => {
  const { owner, rows } = await chainOf(t);
  t.ok(rows.length === 10 && owner);
  const [row] = rows;
  if (row === undefined) throw new Error('no record');
  const { recorded: _, ...held } = row;
  const named = Object.fromEntries(
    Object.entries(held).map(([key, value]) => [
      key.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  ) as never as Parameters<typeof auditHash>[0];
  const fields = { ...named, number: Number(row.number), recordedAt: new Date(row.recorded as string) };
  t.equal(auditHash(fields).toString('hex'), row.hash.toString('hex'));
});

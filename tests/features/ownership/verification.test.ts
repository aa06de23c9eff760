import t from 'tap';
import { publishedReceiptKeys } from '../../../src/features/access/access.ts';
import { verifyOwnership } from '../../../src/features/ownership/verification.ts';
import { newId } from '../../../src/platform/id.ts';
import { newDirectory } from '../../helpers/place.ts';
import { startProgram } from '../../helpers/programs.ts';
import { wayTo } from '../../helpers/proxy.ts';
import { found, join, parties } from '../alliances/world.ts';
import { alliance, give, ownershipDatabase, release } from './world.ts';

/** What may be written over each column, all of it well-formed. */
const tampered: Readonly<Record<string, string>> = {
  subject_type: "'initiative'",
  subject_id: 'gen_random_uuid()',
  number: '7',
  previous_number: 'null',
  id: 'gen_random_uuid()',
  change: "'succeeded'",
  share: "'joint'",
  accountable_organisation_id: 'from_organisation_id',
  joint_organisation_ids: 'array[from_organisation_id]',
  from_organisation_id: 'to_organisation_id',
  to_organisation_id: 'from_organisation_id',
  offer_id: 'null',
  reason: "'Zomaar'",
  recorded_at: "recorded_at + interval '1 ms'",
  receipt: 'receipt || receipt',
  receipt_hash: "repeat('0', 64)",
  previous_receipt_hash: "repeat('0', 64)",
};

t.test('one changed row is found and named, whatever column of it was changed', async (t) => {
  const { db, owner } = await ownershipDatabase(t);
  const { one, two } = await parties(db, 'one', 'two');
  const subject = alliance(await found(db, one));
  await join(db, subject.id, one, two);
  await give(db, one, subject, one);
  await give(db, one, subject, two);
  await give(db, two, subject, one, 'joint');
  await release(db, two, subject);
  const keys = await publishedReceiptKeys(db);
  const whole = await verifyOwnership(db, keys);
  t.same(whole, { subjects: 1, records: 4, offers: 3, destroyed: 0, faults: [] });

  const columns = await owner<{ name: string }[]>`select attname as name from pg_attribute
    where attrelid = 'ownership_records'::regclass and attnum > 0 and not attisdropped`;
  t.same(columns.map(({ name }) => name).sort(), Object.keys(tampered).sort(), 'every column is tried');
  const [second] = await owner<{ id: string }[]>`select id from ownership_records where number = 2`;
  /** What is found after a statement that a superuser runs past every guard; it is undone. */
  const found_ = async (statement: string) => {
    await owner.unsafe('create table kept as select * from ownership_records');
    await owner.unsafe('create table kept_offers as select * from ownership_offers');
    const past = (text: string) =>
      owner.begin(async (sql) => {
        await sql`set local session_replication_role = replica`;
        await sql.unsafe('alter table ownership_records drop constraint if exists ownership_records_chain');
        await sql.unsafe('alter table ownership_records drop constraint if exists ownership_records_one_owner');
        await sql.unsafe('alter table ownership_records drop constraint if exists ownership_records_about');
        await sql.unsafe(text);
      });
    await past(statement);
    const { faults } = await verifyOwnership(db, keys);
    await past(`delete from ownership_records; insert into ownership_records select * from kept;
      delete from ownership_offers; insert into ownership_offers select * from kept_offers`);
    await owner.unsafe('drop table kept, kept_offers');
    return faults;
  };
  for (const [column, value] of Object.entries(tampered)) {
    const faults = await found_(`update ownership_records set ${column} = ${value} where number = 2`);
    const names = ['number', 'subject_type', 'subject_id', 'id'].includes(column)
      ? faults.length > 0
      : faults.some((fault) => fault.includes(second?.id ?? '-'));
    t.ok(names, `${column}: ${faults[0]}`);
  }
  for (const number of [1, 2, 4])
    t.not(
      (await found_(`delete from ownership_records where number = ${number}`)).length,
      0,
      `without record ${number}`,
    );
  const forged = `insert into ownership_offers select '${newId()}', subject_type, subject_id, share, from_organisation_id,
    to_organisation_id, state, message, offered_by_organisation_id, offered_at, expires_at, decided_at, decision_reason,
    changed_at from ownership_offers limit 1`;
  t.match(await found_(forged), [/it was accepted, and there is no record of it/]);
  for (const change of ["share = 'joint'", "state = 'declined'", "decided_at = decided_at + interval '1 s'"]) {
    const faults =
      await found_(`update ownership_offers set ${change} where id = (select offer_id from ownership_records
      where number = 2)`);
    t.match(faults[0], new RegExp(`${second?.id}.*of the offer`), change);
  }
  const other = await publishedReceiptKeys(db);
  t.match((await verifyOwnership(db, { keys: [] })).faults[0], /none of the published ones/, 'nor with other keys');
  t.same((await verifyOwnership(db, other)).faults, [], 'and all is as it was');
});

t.test('neither the application nor its owner changes a record, and none comes out of order', async (t) => {
  const { db, sql, owner } = await ownershipDatabase(t);
  const { one } = await parties(db, 'one');
  const subject = alliance(await found(db, one));
  await give(db, one, subject, one);
  await t.rejects(sql`update ownership_records set reason = 'x'`, { code: '42501' });
  await t.rejects(sql`delete from ownership_records`, { code: '42501' });
  await t.rejects(owner`update ownership_records set reason = 'x'`, /never changed or removed/);
  const follow = (number: number, previous: number | null, at: string, hash: string) =>
    sql.unsafe(`insert into ownership_records select subject_type, subject_id, ${number}, ${previous}, gen_random_uuid(),
      'released', share, null, '{}', to_organisation_id, null, null, null, recorded_at + interval '${at}', receipt,
      receipt_hash, ${hash} from ownership_records where number = 1`);
  const refused = (...given: Parameters<typeof follow>) =>
    follow(...given).then(
      () => 'none',
      (error: { constraint_name?: string }) => error.constraint_name?.replace('ownership_records_', ''),
    );
  t.equal(await refused(2, 1, '0 ms', 'receipt_hash'), 'follow', 'at the same instant');
  t.equal(await refused(2, 1, '-1 s', 'receipt_hash'), 'follow', 'before the one that it follows');
  t.equal(await refused(2, 1, '1 ms', "'other'"), 'follow', 'naming another receipt');
  t.equal(await refused(2, 1, '1 ms', 'null'), 'follow', 'naming none');
  t.equal(await refused(3, 2, '1 ms', 'receipt_hash'), 'previous', 'with a gap');
  t.equal(await refused(2, null, '1 ms', 'receipt_hash'), 'chain', 'after none');
  await follow(2, 1, '1 ms', 'receipt_hash');
  t.equal(await refused(2, 1, '2 ms', 'receipt_hash'), 'subject_type_subject_id_number_pk', 'a second after the same');
});

t.test('the command names the tampered row and ends with 1, and ends with 0 where all is well', async (t) => {
  const { db, owner, connection } = await ownershipDatabase(t);
  const { one } = await parties(db, 'one');
  await give(db, one, alliance(await found(db, one)), one);
  const { url } = await wayTo(t, connection);
  const settings = { DATABASE_URL: url, DATA_DIR: newDirectory(), NODE_SECRET: 'x'.repeat(40) };
  const verify = async () => {
    const program = startProgram(t, 'commands/verify-ownership.ts', settings);
    const { code } = await program.ended;
    return `${code} ${program.stdout()}`;
  };
  t.equal(await verify(), '0 1 records of 1 subjects, 1 accepted offers: 0 faults\n');
  await owner.begin(async (sql) => {
    await sql`set local session_replication_role = replica`;
    await sql`update ownership_records set reason = 'Zomaar'`;
  });
  const [row] = await owner<{ id: string }[]>`select id from ownership_records`;
  t.match(
    await verify(),
    new RegExp(`^1 record 1 of alliance .*${row?.id}\\): reason is not what its receipt says\n1 rec`),
  );
});

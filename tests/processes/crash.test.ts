import t from 'tap';
import { newId } from '../../src/platform/id.ts';
import { killAgainAndAgain } from '../helpers/crash.ts';
import { checkWhole } from '../helpers/crash-check.ts';
import { openNodeDatabase } from '../helpers/programs.ts';
import { summary } from './crash-proof.ts';

t.test('nothing acknowledged is lost, and nothing is done by halves or twice, when a node is killed', async (t) => {
  const proof = await killAgainAndAgain(t, { rounds: 5 });
  t.same(proof.faults, []);
  t.ok(proof.acknowledged.length >= 50 && proof.repeated > 5, summary(proof));
  t.comment(`the slowest restart took ${proof.slowestStart.toFixed(1)} s`);
  t.comment(summary(proof));

  const { sql } = openNodeDatabase(t, proof.node.dataDir);
  const [one, two, three, four] = proof.acknowledged;
  const invented = { id: newId(), key: 'invented', name: 'Invented' };
  t.match(await checkWhole(sql, [...proof.acknowledged, invented]), ['lost: Invented'], 'an invented write is missed');
  await sql`delete from saved_answers where key = ${one?.key ?? ''}`;
  await sql`update saved_answers set body = jsonb_set(body, '{id}', to_jsonb(${newId()}::text)) where key = ${two?.key ?? ''}`;
  await sql`insert into organisations select (o).* from (select jsonb_populate_record(o, jsonb_build_object('id', ${newId()}::text)) as o
    from organisations o where id = ${three?.id ?? ''}) x`;
  await sql.begin(async (sql) => {
    await sql`set local session_replication_role = replica`;
    await sql`delete from events where subject_id = ${four?.id ?? ''}`;
  });
  const found = (await checkWhole(sql, proof.acknowledged)).join('\n');
  for (const fault of [
    `not one saved answer: ${one?.name}`,
    `another answer is saved: ${two?.name}`,
    'a saved answer without its effect',
    `there 2 times: ${three?.name}`,
    `not one event with its audit record: ${four?.name}`,
    'an audit record without its events',
    'positions are not dense',
  ])
    t.match(found, fault, `the check finds: ${fault}`);
});

t.test('the same harness finds the loss when the database acknowledges commits that it has not written', async (t) => {
  const { faults } = await killAgainAndAgain(t, { rounds: 1, unsafe: true });
  t.match(faults.join('\n'), /lost: Writer/);
});

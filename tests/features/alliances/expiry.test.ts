import t from 'tap';
import { passDays } from '../../../src/features/alliances/alliances.ts';
import { endMembership } from '../../../src/features/alliances/membership-offers.ts';
import { offerSponsorship } from '../../../src/features/alliances/sponsorships.ts';
import { testDatabase } from '../../helpers/db.ts';
import {
  answer,
  by,
  eventsSince,
  everything,
  found,
  holds,
  inDays,
  invite,
  join,
  lastPosition,
  outcome,
  parties,
} from './world.ts';

t.test('passDays notes each offer that ran out and each membership that is over, once', async (t) => {
  const { db, sql, owner } = await testDatabase(t);
  const { lindeveen, one, two, three, sponsor } = await parties(db, 'lindeveen', 'one', 'two', 'three', 'sponsor');
  const space = await found(db, lindeveen, { visibility: 'closed' });
  const late = await invite(db, space, lindeveen, one);
  await invite(db, space, lindeveen, two);
  const over = await join(db, space, lindeveen, three);
  await endMembership(db, by(three), over, { endsOn: inDays(3) });
  const asked = await offerSponsorship(db, by(lindeveen), space, { organisationId: sponsor.id, expiresInDays: 3 });
  t.equal(await passDays(db), 0, 'nothing is due');
  await owner`update memberships set expires_at = now() where id = ${late}`;
  await owner`update memberships set starts_on = ${inDays(-9)}, ends_on = current_date where id = ${over}`;
  await owner`update sponsorships set expires_at = now()`;
  const position = await lastPosition(sql);
  t.equal(await passDays(db), 3);
  const events = await sql`select e.type, e.subject_id, a.operation_id, a.client_id from events e
    join audit_records a on a.id = e.audit_record_id where position > ${position} order by position`;
  t.same(
    events.map((event) => [event.type, event.subject_id, event.operation_id, event.client_id]),
    [
      ['membership.expired', late, 'passDays', 'node'],
      ['membership.ended', over, 'passDays', 'node'],
      ['sponsorship.expired', asked.body.id, 'passDays', 'node'],
    ],
  );
  const [version] = await sql`select version, state from memberships where id = ${late}`;
  t.same(version, { version: 2, state: 'expired' });
  const before = await everything(sql);
  t.equal(await passDays(db), 0);
  t.same(await everything(sql), before);
  await holds(t, sql);
});

t.test('passes that run at once note everything once, however much is due', async (t) => {
  const { db, sql, owner } = await testDatabase(t);
  const { lindeveen } = await parties(db, 'lindeveen');
  const spaces: string[] = [];
  for (let n = 0; n < 3; n++) spaces.push(await found(db, lindeveen, { visibility: 'closed' }));
  await owner`insert into organisations (id, kind, name, created_at, changed_at)
    select gen_random_uuid(), 'other', 'Genodigde ' || n, now(), now() from generate_series(1, 400) n`;
  await owner`insert into memberships (id, alliance_id, organisation_id, role, state, offered_by, offered_by_organisation_id,
      offered_at, expires_at, basis, created_at, changed_at)
    select gen_random_uuid(), a.id, o.id, 'member', 'offered', 'alliance', ${lindeveen.id}, now(), now(), 'agreed_here', now(), now()
    from alliances a, organisations o where o.name like 'Genodigde%'`;
  await owner`insert into alliances (id, kind, name, visibility, starts_on, created_at, changed_at)
    select gen_random_uuid(), 'network', 'Vrijplaats', 'closed', current_date, now(), now() from generate_series(1, 700)`;
  await owner`insert into sponsorships (id, alliance_id, organisation_id, state, offered_by_organisation_id, offered_at,
      expires_at, changed_at)
    select gen_random_uuid(), id, ${lindeveen.id}, 'offered', ${lindeveen.id}, now(), now(), now() from alliances
    where name = 'Vrijplaats'`;
  const position = await lastPosition(sql);
  let noted = 0;
  let largest = 0;
  const run = async () => {
    for (let count = await passDays(db); count > 0; count = await passDays(db)) {
      noted += count;
      largest = Math.max(largest, count);
    }
  };
  await Promise.all([run(), run(), run()]);
  await run();
  t.equal(noted, 1900);
  t.ok(largest <= 1000, `a transaction notes a limited number: ${largest}`);
  const events = await eventsSince(sql, position);
  t.equal(events.filter((type) => type === 'membership.expired').length, 1200);
  t.equal(events.filter((type) => type === 'sponsorship.expired').length, 700);
  await holds(t, sql);
});

t.test('a decision that is made while time passes is kept or refused, never both', async (t) => {
  const { db, sql, owner } = await testDatabase(t);
  const { lindeveen, one } = await parties(db, 'lindeveen', 'one');
  for (let round = 0; round < 5; round++) {
    const allianceId = await found(db, lindeveen);
    const id = await invite(db, allianceId, lindeveen, one);
    await owner`update memberships set expires_at = now() where id = ${id}`;
    const position = await lastPosition(sql);
    const [, tried] = await Promise.all([passDays(db), outcome(answer(db, one, id, 'accepted'))]);
    t.equal(tried, 'handshake_refused');
    await passDays(db);
    t.same(await eventsSince(sql, position), ['membership.expired']);
  }
  await holds(t, sql);
});

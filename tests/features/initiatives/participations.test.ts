import t from 'tap';
import { endMembership } from '../../../src/features/alliances/membership-offers.ts';
import { expireOffers } from '../../../src/features/initiatives/initiatives.ts';
import {
  addParticipation,
  changeStance,
  decideParticipation,
  leaveInitiative,
} from '../../../src/features/initiatives/participation-offers.ts';
import { getParticipation, listParticipations, listStances } from '../../../src/features/initiatives/participations.ts';
import { ParticipationQuery, StanceQuery } from '../../../src/features/initiatives/schemas.ts';
import type { Db } from '../../../src/platform/db.ts';
import { testDatabase } from '../../helpers/db.ts';
import { by, eventsSince, everything, inDays, lastPosition, outcome, type Party } from '../alliances/world.ts';
import { begin, openWorld, takePart } from './world.ts';

const ask = async (db: Db, who: Party, initiativeId: string, whom: Party) =>
  (await addParticipation(db, by(who), initiativeId, { organisationId: whom.id, expiresInDays: 30 })).body.id;
const decide = (db: Db, who: Party, id: string, decision: 'accepted' | 'declined' | 'withdrawn') =>
  decideParticipation(db, by(who), id, { decision });
const list = async (db: Db, who: Party, initiativeId: string, query: Record<string, unknown> = {}) =>
  (await listParticipations(db, who.caller, initiativeId, ParticipationQuery.parse(query))).items.map(({ id }) => id);

t.test('an organisation takes part by its own act, or is asked and says yes with a stance of its own', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { town, care, school, stranger, allianceId } = await openWorld(db);
  const initiativeId = await begin(db, town, allianceId);
  const own = await takePart(db, care, initiativeId, 'reservations');
  t.match((await getParticipation(db, stranger.caller, own)).body, {
    state: 'accepted',
    place: 'tribune',
    stance: 'reservations',
  });
  const asked = await ask(db, care, initiativeId, school);
  t.match((await getParticipation(db, school.caller, asked)).body, {
    state: 'offered',
    stance: null,
    offeredBy: { id: care.id },
  });
  t.equal(
    await outcome(getParticipation(db, stranger.caller, asked)),
    'not_found',
    'an open request is not for outsiders',
  );
  const before = await everything(sql);
  t.equal(await outcome(decide(db, care, asked, 'accepted')), 'wrong_side');
  t.equal(await outcome(decide(db, school, asked, 'withdrawn')), 'wrong_side');
  t.equal(await outcome(decide(db, stranger, asked, 'accepted')), 'not_found');
  t.equal(await outcome(ask(db, town, initiativeId, school)), 'already_a_participant');
  t.equal(await outcome(takePart(db, care, initiativeId)), 'already_a_participant');
  t.equal(await outcome(ask(db, town, initiativeId, stranger)), 'invalid_input', 'only members of the alliance');
  t.equal(await outcome(takePart(db, stranger, initiativeId)), 'member_required');
  const forOther = { organisationId: school.id, stance: 'contributor', expiresInDays: 1 } as const;
  t.equal(await outcome(addParticipation(db, by(town), initiativeId, forOther)), 'invalid_input');
  t.same(await everything(sql), before, 'nothing was stored');
  const position = await lastPosition(sql);
  const { body } = await decideParticipation(db, by(school), asked, {
    decision: 'accepted',
    stance: 'objection',
    reason: 'Te snel.',
  });
  t.match(body, { state: 'accepted', stance: 'objection', place: 'tribune', decisionReason: 'Te snel.' });
  t.same(await decide(db, school, asked, 'accepted'), { body }, 'the same yes again changes nothing');
  t.equal((await eventsSince(sql, position)).length, 1);
  t.equal(await outcome(decide(db, school, asked, 'declined')), 'handshake_refused');
});

t.test('declining is always possible, also when the initiative is over and the alliance has ended', async (t) => {
  const { db, owner } = await testDatabase(t);
  const { town, care, school, allianceId } = await openWorld(db);
  const initiativeId = await begin(db, town, allianceId);
  const first = await ask(db, town, initiativeId, care);
  const second = await ask(db, town, initiativeId, school);
  await owner`update initiatives set stage = 'stopped' where id = ${initiativeId}`;
  await owner`update alliances set ends_on = current_date where id = ${allianceId}`;
  t.equal(await outcome(decide(db, care, first, 'accepted')), 'alliance_ended');
  await owner`update memberships set state = 'ended', ends_on = current_date where organisation_id = ${care.id}`;
  t.match((await decide(db, care, first, 'declined')).body, { state: 'declined' });
  t.match((await decide(db, town, second, 'withdrawn')).body, { state: 'withdrawn' });
  t.equal(await outcome(takePart(db, school, initiativeId)), 'alliance_ended');
});

t.test('a stance can change, and every one of them stays in the history', async (t) => {
  const { db } = await testDatabase(t);
  const { town, care, allianceId } = await openWorld(db);
  const initiativeId = await begin(db, town, allianceId);
  const id = await takePart(db, care, initiativeId, 'consent');
  t.equal(await outcome(changeStance(db, by(town), id, { stance: 'objection' })), 'not_your_organisation');
  await changeStance(db, by(care), id, { stance: 'consent' });
  await changeStance(db, by(care), id, { stance: 'reservations', reason: 'Wie doet wat?' });
  t.match((await changeStance(db, by(care), id, { stance: 'contributor' })).body, {
    stance: 'contributor',
    place: 'arena',
  });
  const { items } = await listStances(db, town.caller, id, StanceQuery.parse({}));
  t.match(items, [
    { stance: 'consent', place: 'tribune', reason: null },
    { stance: 'reservations', place: 'tribune', reason: 'Wie doet wat?' },
    { stance: 'contributor', place: 'arena', reason: null },
  ]);
  t.equal(items.length, 3);
  const page = await listStances(db, town.caller, id, StanceQuery.parse({ limit: 2 }));
  t.same(page.next, [items[1]?.id]);
  const before = StanceQuery.parse({ asOf: inDays(-1) });
  t.same((await listStances(db, town.caller, id, before)).items, [], 'yesterday it had taken none');
  t.same(await list(db, town, initiativeId, { stance: 'contributor', organisationId: care.id }), [id]);
});

t.test('who leaves is kept in the history, and can come back', async (t) => {
  const { db, owner } = await testDatabase(t);
  const { town, care, allianceId } = await openWorld(db);
  const initiativeId = await begin(db, town, allianceId);
  const id = await takePart(db, care, initiativeId);
  t.equal(await outcome(leaveInitiative(db, by(town), id, {})), 'not_your_organisation');
  const { body } = await leaveInitiative(db, by(care), id, { reason: 'Klaar.' });
  t.match(body, { state: 'ended', leaveReason: 'Klaar.' });
  t.same(await leaveInitiative(db, by(care), id, {}), { body }, 'leaving again changes nothing');
  t.equal(await outcome(changeStance(db, by(care), id, { stance: 'consent' })), 'handshake_refused');
  const again = await takePart(db, care, initiativeId);
  t.same(await list(db, town, initiativeId, { organisationId: care.id }), [id, again]);
  t.same(await list(db, town, initiativeId, { organisationId: care.id, state: 'accepted' }), [again]);
  await owner`update participations set joined_at = joined_at - interval '9 days', left_at = left_at - interval '5 days' where id = ${id}`;
  t.same(await list(db, town, initiativeId, { organisationId: care.id, asOf: inDays(-7) }), [id]);
  t.same(await list(db, town, initiativeId, { organisationId: care.id, asOf: inDays(-3) }), []);
});

t.test('a request runs out by itself, and who leaves the alliance leaves its initiatives', async (t) => {
  const { db, sql, owner } = await testDatabase(t);
  const { town, care, school, allianceId } = await openWorld(db);
  const initiativeId = await begin(db, town, allianceId);
  const asked = await ask(db, town, initiativeId, school);
  const part = await takePart(db, care, initiativeId);
  await owner`update participations set expires_at = now() - interval '1 second' where id = ${asked}`;
  t.match((await getParticipation(db, town.caller, asked)).body, { state: 'expired' }, 'told before a job notes it');
  t.same(await list(db, town, initiativeId, { state: 'expired' }), [asked]);
  t.same(await list(db, town, initiativeId, { state: 'offered' }), []);
  t.equal(await outcome(decide(db, school, asked, 'accepted')), 'handshake_refused');
  const [membership] = await owner`select id from memberships where organisation_id = ${care.id}`;
  await endMembership(db, by(care), membership?.id, {});
  const position = await lastPosition(sql);
  t.equal(await expireOffers(db), 2);
  t.equal(await expireOffers(db), 0);
  t.equal((await eventsSince(sql, position)).length, 2);
  t.match((await getParticipation(db, town.caller, part)).body, { state: 'ended', leaveReason: 'membership_ended' });
  const anew = await ask(db, town, initiativeId, school);
  t.match((await getParticipation(db, town.caller, anew)).body, { state: 'offered' });
});

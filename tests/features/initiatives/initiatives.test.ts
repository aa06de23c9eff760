import t from 'tap';
import { confirmCommitment, fulfilCommitment } from '../../../src/features/initiatives/deeds.ts';
import {
  changeInitiative,
  changeInitiativeStage,
  createInitiative,
  getInitiative,
  listInitiatives,
} from '../../../src/features/initiatives/initiatives.ts';
import { InitiativeQuery, NewInitiative } from '../../../src/features/initiatives/schemas.ts';
import { decideOwnershipOffer, offerOwnership } from '../../../src/features/ownership/decisions.ts';
import type { Db } from '../../../src/platform/db.ts';
import { testDatabase } from '../../helpers/db.ts';
import { testReceipts } from '../../helpers/demo.ts';
import { by, eventsSince, everything, inDays, lastPosition, outcome, type Party } from '../alliances/world.ts';
import { begin, openWorld, promise, takePart } from './world.ts';

const list = async (db: Db, who: Party, query: Record<string, unknown> = {}) =>
  (await listInitiatives(db, who.caller, InitiativeQuery.parse(query))).items.map(({ id }) => id);
const stage = (db: Db, who: Party, id: string, name: 'idea' | 'active' | 'delivered' | 'stopped', reason?: string) =>
  changeInitiativeStage(db, by(who), id, { stage: name, reason });

/** A deed: promised, done and confirmed. */
async function deed(db: Db, from: Party, to: Party, initiativeId: string): Promise<string> {
  const id = await promise(db, from, { initiativeId, beneficiaryOrganisationId: to.id, dueOn: inDays(1) });
  await fulfilCommitment(db, by(from), id, { evidence: [{ text: 'Gedaan.', url: null }] });
  await confirmCommitment(db, by(to), id, { outcome: 'confirmed' });
  return id;
}

t.test('an initiative is begun in an alliance by one that is bound by it, and is an idea first', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { town, care, stranger, allianceId } = await openWorld(db);
  const position = await lastPosition(sql);
  const made = await createInitiative(
    db,
    by(care),
    NewInitiative.parse({ allianceId, title: ' Eén plan ', themes: ['Jeugd', 'jeugd'] }),
  );
  t.equal(made.location, `/v1/initiatives/${made.body.id}`);
  t.match(made.body, {
    title: 'Eén plan',
    themes: ['jeugd'],
    stage: 'idea',
    alliance: { id: allianceId },
    createdBy: { id: care.id },
    participantCount: 1,
    contributorCount: 1,
    talkedSince: inDays(0),
    talkAgeDays: 0,
    timeToFirstDeedDays: null,
    stalled: false,
    missing: [],
  });
  t.same((await getInitiative(db, town.caller, made.body.id)).body, made.body);
  t.same((await eventsSince(sql, position)).length, 1);
  const before = await everything(sql);
  const asked = (fields: object) => NewInitiative.parse({ allianceId, title: 'x', ...fields });
  t.equal(await outcome(createInitiative(db, by(stranger), asked({}))), 'member_required');
  t.equal(await outcome(createInitiative(db, by(care), asked({ talkedSince: inDays(1) }))), 'invalid_input');
  t.equal(await outcome(createInitiative(db, by(care), asked({ allianceId: care.id }))), 'invalid_input');
  t.same(await everything(sql), before, 'nothing was stored');
});

t.test('what happens in a closed space is seen by its members alone', async (t) => {
  const { db } = await testDatabase(t);
  const world = await openWorld(db, { visibility: 'closed' });
  const id = await begin(db, world.town, world.allianceId);
  t.same(await list(db, world.care), [id]);
  t.same(await list(db, world.stranger), []);
  t.same(await list(db, world.stranger, { allianceId: world.allianceId }), []);
  t.equal(await outcome(getInitiative(db, world.stranger.caller, id)), 'not_found');
  const query = NewInitiative.parse({ allianceId: world.allianceId, title: 'x' });
  t.equal(await outcome(createInitiative(db, by(world.stranger), query)), 'invalid_input');
});

t.test('work is active when two do it, and delivered when there is a deed', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { town, care, school, stranger, allianceId } = await openWorld(db);
  const id = await begin(db, town, allianceId);
  t.equal(await outcome(stage(db, town, id, 'active')), 'not_joint');
  await takePart(db, care, id, 'observer');
  t.equal(await outcome(stage(db, town, id, 'active')), 'not_joint', 'who observes does not count');
  t.equal(await outcome(stage(db, care, id, 'stopped', 'x')), 'participant_required');
  t.equal(await outcome(stage(db, stranger, id, 'stopped', 'x')), 'member_required');
  await takePart(db, school, id);
  t.equal(await outcome(stage(db, town, id, 'delivered')), 'stage_not_reachable');
  t.match((await stage(db, town, id, 'active')).body, { stage: 'active', missing: ['next_step', 'owner'] });
  t.equal(await outcome(stage(db, town, id, 'delivered')), 'no_deed');
  t.equal(await outcome(stage(db, town, id, 'stopped')), 'invalid_input', 'stopping needs a reason');
  const position = await lastPosition(sql);
  await stage(db, town, id, 'active');
  t.equal(await lastPosition(sql), position, 'the same stage again changes nothing');
  await deed(db, town, school, id);
  t.match((await stage(db, school, id, 'delivered')).body, { stage: 'delivered', missing: [], stalled: false });
  t.match((await stage(db, school, id, 'active')).body, { stage: 'active' });
  const stages = await sql`select stage from initiative_stages where initiative_id = ${id} order by recorded_at`;
  t.same(
    stages.map((row) => row.stage),
    ['idea', 'active', 'delivered', 'active'],
    'its history is kept',
  );
});

t.test('talk is counted in days until the first deed; without one it goes on', async (t) => {
  const { db, owner } = await testDatabase(t);
  const { town, care, allianceId } = await openWorld(db);
  const talk = await begin(db, town, allianceId, { talkedSince: inDays(-400) });
  const quick = await begin(db, town, allianceId, { talkedSince: inDays(-12) });
  const young = await begin(db, town, allianceId);
  for (const one of [talk, quick, young]) {
    await takePart(db, care, one);
    await stage(db, town, one, 'active');
  }
  await deed(db, town, care, quick);
  const shown = async (id: string) => (await getInitiative(db, town.caller, id)).body;
  t.match(await shown(talk), { talkAgeDays: 400, timeToFirstDeedDays: null, firstDeedOn: null, stalled: true });
  t.match(await shown(quick), { talkAgeDays: 12, timeToFirstDeedDays: 12, firstDeedOn: inDays(0), stalled: false });
  t.match(await shown(young), { talkAgeDays: 0, stalled: false });
  t.same(await list(db, town, { stalled: true }), [talk]);
  t.same(await list(db, town, { stalled: false }), [quick, young]);
  t.same(await list(db, town, { minTalkAgeDays: 13 }), [talk]);
  t.same(await list(db, town, { maxTimeToFirstDeedDays: 12 }), [quick]);
  t.same(await list(db, town, { maxTimeToFirstDeedDays: 11 }), []);

  // Sixty days pass after the deed.
  await owner`update initiatives set talked_since = talked_since - 60, created_at = created_at - interval '60 days'`;
  await owner`update commitments set confirmed_at = confirmed_at - interval '60 days'`;
  t.match(await shown(quick), { talkAgeDays: 12, timeToFirstDeedDays: 12, stalled: true, lastDeedOn: inDays(-60) });
  t.same(await list(db, town, { asOf: inDays(-61), stalled: true }), [talk], 'a month ago only one had stalled');
  const [then] = (await listInitiatives(db, town.caller, InitiativeQuery.parse({ asOf: inDays(-61), limit: 1 }))).items;
  t.match(then, { id: talk, talkAgeDays: 399, stage: 'idea' });
  t.same(await list(db, town, { asOf: inDays(-461) }), []);
  await stage(db, town, talk, 'stopped', 'Er kwam niets van.');
  t.match(await shown(talk), { stage: 'stopped', stageReason: 'Er kwam niets van.', stalled: false, talkAgeDays: 460 });
});

t.test('an active initiative without a next step or an owner is listed as such', async (t) => {
  const { db, owner } = await testDatabase(t);
  const { town, care, allianceId } = await openWorld(db);
  const id = await begin(db, town, allianceId);
  await begin(db, town, allianceId);
  await takePart(db, care, id);
  await stage(db, town, id, 'active');
  t.same(await list(db, town, { missing: 'next_step' }), [id]);
  t.same(await list(db, town, { missing: 'owner' }), [id]);
  const later = await promise(db, town, { initiativeId: id, beneficiaryOrganisationId: care.id, dueOn: inDays(9) });
  const first = await promise(db, care, { initiativeId: id, beneficiaryOrganisationId: town.id, dueOn: inDays(5) });
  t.same(await list(db, town, { missing: 'next_step' }), []);
  const { body } = await getInitiative(db, town.caller, id);
  t.match(body, { nextStep: { id: first, dueOn: inDays(5), promiser: { id: care.id } }, missing: ['owner'] });
  t.match(body.commitments, { openCount: 2, confirmedCount: 0 });
  const subject = { type: 'initiative', id } as const;
  const offer = { subject, share: 'accountable', organisationId: care.id, expiresInDays: 30 } as const;
  const { body: offered } = await offerOwnership(db, by(town), offer);
  t.same(await list(db, town, { missing: 'owner' }), [id], 'an offer makes nobody an owner');
  await decideOwnershipOffer(db, by(care), await testReceipts(db), offered.id, { decision: 'accepted' });
  t.match((await getInitiative(db, town.caller, id)).body, { owner: { id: care.id, name: 'care' }, missing: [] });
  t.same(await list(db, town, { missing: 'owner' }), []);
  t.same(await list(db, town, { ownerOrganisationId: care.id }), [id]);
  await owner`update commitments set due_on = current_date - 1 where id = ${first}`;
  const others = await getInitiative(db, (await openWorld(db)).stranger.caller, id);
  t.match(
    others.body,
    { nextStep: { id: later }, commitments: { openCount: 2, lateCount: 1 } },
    'late is counted for all',
  );
  t.match((await getInitiative(db, town.caller, id)).body, { nextStep: { id: first } }, 'and seen by the two');
});

t.test('who takes part changes what it is about; another version is not overwritten', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { town, care, school, allianceId } = await openWorld(db);
  const id = await begin(db, town, allianceId, { purpose: 'Oefenen.' });
  await takePart(db, school, id, 'observer');
  const before = await everything(sql);
  t.equal(await outcome(changeInitiative(db, by(care), id, 1, { title: 'x' })), 'participant_required');
  t.equal(await outcome(changeInitiative(db, by(school), id, 1, { title: 'x' })), 'participant_required');
  t.equal(await outcome(changeInitiative(db, by(town), id, 2, { title: 'x' })), 'precondition_failed');
  t.same(await everything(sql), before, 'nothing was stored');
  const changed = await changeInitiative(db, by(town), id, 1, { purpose: null, themes: ['regie'] });
  t.equal(changed.version, 2);
  t.match(changed.body, { title: 'Eén plan', purpose: null, themes: ['regie'] });
  t.same(await list(db, town, { theme: 'regie' }), [id]);
  t.same(await list(db, town, { theme: 'jeugd' }), []);
  t.same(await list(db, town, { organisationId: school.id }), [id]);
  t.same(await list(db, town, { organisationId: care.id }), []);
  t.same(await list(db, town, { createdByOrganisationId: town.id, stage: 'idea', allianceId }), [id]);
  t.same(await list(db, town, { changedSince: changed.body.changedAt.toISOString() }), [id]);
  t.same(await list(db, town, { changedSince: inDays(1).concat('T00:00:00Z') }), []);
});

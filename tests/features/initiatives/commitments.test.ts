import t from 'tap';
import {
  counterCommitment,
  createCommitment,
  decideOnCommitment,
} from '../../../src/features/initiatives/commitment-offers.ts';
import {
  CommitmentCountQuery,
  CommitmentQuery,
  NewCommitment,
  StepQuery,
} from '../../../src/features/initiatives/commitment-schemas.ts';
import {
  countCommitments,
  getCommitment,
  listCommitmentSteps,
  listCommitments,
} from '../../../src/features/initiatives/commitments.ts';
import { cancelCommitment, confirmCommitment, fulfilCommitment } from '../../../src/features/initiatives/deeds.ts';
import { expireOffers } from '../../../src/features/initiatives/initiatives.ts';
import type { Db } from '../../../src/platform/db.ts';
import { testDatabase } from '../../helpers/db.ts';
import { by, eventsSince, everything, inDays, lastPosition, outcome, type Party } from '../alliances/world.ts';
import { begin, openWorld, promise } from './world.ts';

const evidence = [{ text: 'Het verslag.', url: 'https://example.org/verslag' }];
const list = async (db: Db, who: Party, query: Record<string, unknown> = {}) =>
  (await listCommitments(db, who.caller, CommitmentQuery.parse(query))).items.map(({ id }) => id);
const counts = async (db: Db, who: Party, query: Record<string, unknown> = {}) =>
  (await countCommitments(db, who.caller, CommitmentCountQuery.parse(query))).body;
const steps = async (db: Db, who: Party, id: string) =>
  (await listCommitmentSteps(db, who.caller, id, StepQuery.parse({}))).items.map(({ step, reason }) =>
    reason === null ? step : `${step}: ${reason}`,
  );
const decide = (db: Db, who: Party, id: string, decision: 'accepted' | 'declined' | 'withdrawn', reason?: string) =>
  decideOnCommitment(db, by(who), id, { decision, reason });
const fulfil = (db: Db, who: Party, id: string) => fulfilCommitment(db, by(who), id, { evidence });
const confirm = (db: Db, who: Party, id: string) => confirmCommitment(db, by(who), id, { outcome: 'confirmed' });
const dispute = (db: Db, who: Party, id: string) =>
  confirmCommitment(db, by(who), id, { outcome: 'disputed', reason: 'Nog niet klaar.' });

t.test('three calls lead from a promise to a confirmed deed', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { town, care, stranger, allianceId } = await openWorld(db);
  const position = await lastPosition(sql);
  const input = { allianceId, title: 'Een dag meelopen', beneficiaryOrganisationId: care.id, dueOn: inDays(0) };
  const made = await createCommitment(db, by(town), NewCommitment.parse(input));
  t.equal(made.location, `/v1/commitments/${made.body.id}`);
  t.match(made.body, { state: 'accepted', promiser: { id: town.id }, beneficiary: { id: care.id }, initiative: null });
  const { id } = made.body;
  t.match((await fulfil(db, town, id)).body, { state: 'fulfilled', evidence, inTime: true });
  const deed = (await confirm(db, care, id)).body;
  t.match(deed, { state: 'confirmed', late: false, firstDueOn: inDays(0) });
  t.same((await getCommitment(db, stranger.caller, id)).body, deed, 'a deed is there for all who see the alliance');
  t.same(
    (await eventsSince(sql, position)).map((one) => one.split(' ')[0]),
    ['commitment.accepted', 'commitment.fulfilled', 'commitment.confirmed'],
  );
  t.same(await steps(db, town, id), ['offered', 'accepted', 'fulfilled', 'confirmed']);
  t.same(await steps(db, stranger, id), ['accepted', 'fulfilled', 'confirmed']);
  const before = StepQuery.parse({ asOf: inDays(-1) });
  t.same((await listCommitmentSteps(db, town.caller, id, before)).items, [], 'yesterday none was taken');
  t.match(await counts(db, stranger), { confirmedCount: 1, confirmedInTimeCount: 1, openCount: 0 });
});

t.test('who is asked is bound by its own yes alone; three calls are enough there too', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { town, care, school, stranger, allianceId } = await openWorld(db);
  const asked = { allianceId, promiserOrganisationId: care.id };
  const id = await promise(db, town, asked);
  t.match((await getCommitment(db, care.caller, id)).body, { state: 'offered', offeredBy: { id: town.id } });
  const before = await everything(sql);
  t.equal(await outcome(decide(db, town, id, 'accepted')), 'wrong_side');
  t.equal(await outcome(decide(db, care, id, 'withdrawn')), 'wrong_side');
  t.equal(await outcome(decide(db, school, id, 'accepted')), 'not_found', 'an open offer is for the two parties');
  t.equal(await outcome(getCommitment(db, stranger.caller, id)), 'not_found');
  t.equal(await outcome(fulfil(db, town, id)), 'wrong_side');
  t.equal(await outcome(confirm(db, town, id)), 'handshake_refused');
  t.equal(await outcome(cancelCommitment(db, by(care), id, { reason: 'x' })), 'handshake_refused');
  t.same(await everything(sql), before, 'nothing was stored');
  t.match((await decide(db, care, id, 'accepted', 'Graag.')).body, { state: 'accepted', decisionReason: 'Graag.' });
  t.match((await getCommitment(db, school.caller, id)).body, { state: 'accepted', decisionReason: null });
  t.equal(await outcome(decide(db, school, id, 'accepted')), 'party_required');

  const quick = await promise(db, town, asked);
  await fulfil(db, care, quick);
  await confirm(db, town, quick);
  t.same(await steps(db, care, quick), ['offered', 'accepted', 'fulfilled', 'confirmed'], 'doing it is saying yes');

  const refused = await promise(db, town, asked);
  t.match((await decide(db, care, refused, 'declined', 'Geen tijd.')).body, { state: 'declined' });
  t.equal(await outcome(fulfil(db, care, refused)), 'handshake_refused');
  const withdrawn = await promise(db, town, asked);
  t.match((await decide(db, town, withdrawn, 'withdrawn')).body, { state: 'withdrawn' });
  t.same(await list(db, stranger), [id, quick], 'refusals and withdrawals are for the two parties');
});

t.test('a counter-offer takes the place of an offer, and is answered by the other', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { town, care, school, allianceId } = await openWorld(db);
  const id = await promise(db, town, { allianceId, promiserOrganisationId: care.id, description: 'Iedere week.' });
  const counter = (who: Party, of: string, fields = {}) =>
    counterCommitment(db, by(who), of, { dueOn: '2099-02-01', reason: 'Later.', expiresInDays: 30, ...fields });
  t.equal(await outcome(counter(town, id)), 'wrong_side');
  t.equal(await outcome(counter(care, id, { dueOn: inDays(-1) })), 'invalid_input');
  const made = await counter(care, id);
  t.match(made.body, {
    state: 'offered',
    counterOf: id,
    dueOn: '2099-02-01',
    description: 'Iedere week.',
    offeredBy: { id: care.id },
    promiser: { id: care.id },
    beneficiary: { id: town.id },
  });
  t.match((await getCommitment(db, town.caller, id)).body, { state: 'declined', counteredBy: made.body.id });
  t.equal(await outcome(counter(care, id)), 'handshake_refused', 'an offer is countered once');
  t.equal(await outcome(decide(db, care, made.body.id, 'accepted')), 'wrong_side');
  const third = (await counter(town, made.body.id, { title: 'Om de week', dueOn: undefined })).body;
  t.match(third, { title: 'Om de week', dueOn: '2099-02-01', counterOf: made.body.id, offeredBy: { id: town.id } });
  await decide(db, care, third.id, 'accepted');
  const seen = (await getCommitment(db, school.caller, third.id)).body;
  t.match(seen, { state: 'accepted', counterOf: null }, 'others do not learn of the offers that were declined');
  t.equal((await getCommitment(db, care.caller, third.id)).body.counterOf, made.body.id);
  t.same(await steps(db, town, id), ['offered', 'countered: Later.']);
  const states = await sql`select state from commitments order by id`;
  t.same(
    states.map(({ state }) => state),
    ['declined', 'declined', 'accepted'],
  );
});

t.test('a dispute has a reason for the two parties, and can be settled by doing it anew', async (t) => {
  const { db } = await testDatabase(t);
  const { town, care, stranger, allianceId } = await openWorld(db);
  const id = await promise(db, town, { allianceId, beneficiaryOrganisationId: care.id });
  await fulfil(db, town, id);
  t.equal(await outcome(confirmCommitment(db, by(care), id, { outcome: 'disputed' })), 'invalid_input');
  t.equal(await outcome(dispute(db, town, id)), 'wrong_side');
  t.match((await dispute(db, care, id)).body, { state: 'disputed', outcomeReason: 'Nog niet klaar.' });
  t.equal(await outcome(getCommitment(db, stranger.caller, id)), 'not_found', 'a dispute is for the two');
  t.match(await counts(db, stranger), { contestedCount: 1, confirmedCount: 0 }, 'and counted for all');
  await fulfil(db, town, id);
  t.match((await confirm(db, care, id)).body, { state: 'confirmed', outcomeReason: null });
  t.equal(await outcome(dispute(db, care, id)), 'handshake_refused');
  t.same(await steps(db, care, id), [
    'offered',
    'accepted',
    'fulfilled',
    'disputed: Nog niet klaar.',
    'fulfilled',
    'confirmed',
  ]);
  t.same(await steps(db, stranger, id), ['accepted', 'fulfilled', 'fulfilled', 'confirmed']);
});

t.test('what is late or broken is seen by the two parties and counted for all', async (t) => {
  const { db, owner } = await testDatabase(t);
  const { town, care, stranger, allianceId } = await openWorld(db);
  const offer = { allianceId, beneficiaryOrganisationId: care.id, dueOn: inDays(1) };
  const late = await promise(db, town, offer);
  const broken = await promise(db, town, offer);
  const released = await promise(db, town, offer);
  const open = await promise(db, town, offer);
  await owner`update commitments set due_on = current_date - 1, first_due_on = current_date - 1 where id = ${late}`;
  await cancelCommitment(db, by(town), broken, { reason: 'De coach is ziek.' });
  const cancelled = (await cancelCommitment(db, by(care), released, { reason: 'Niet meer nodig.' })).body;
  t.match(cancelled, { state: 'cancelled', cancelledBy: { id: care.id }, outcomeReason: 'Niet meer nodig.' });
  t.same((await cancelCommitment(db, by(care), released, { reason: 'x' })).body, cancelled, 'again changes nothing');
  t.same(await list(db, stranger), [open]);
  t.same(await list(db, care), [late, broken, released, open]);
  t.same(await list(db, care, { late: true }), [late]);
  t.same(await list(db, care, { late: false, state: 'accepted' }), [open]);
  t.match((await getCommitment(db, care.caller, late)).body, { late: true, inTime: null });
  const expected = { openCount: 2, lateCount: 1, brokenCount: 1, releasedCount: 1, confirmedCount: 0 };
  t.match(await counts(db, stranger), expected);
  t.match(await counts(db, stranger, { promiserOrganisationId: town.id, allianceId }), expected);
  t.match(await counts(db, stranger, { beneficiaryOrganisationId: town.id }), { openCount: 0, brokenCount: 0 });
  t.match(await counts(db, stranger, { organisationId: care.id, dueUntil: inDays(-1) }), {
    openCount: 1,
    lateCount: 1,
  });
  await fulfil(db, town, late);
  t.match((await confirm(db, care, late)).body, { inTime: false, late: false });
  t.match(await counts(db, stranger), { confirmedCount: 1, confirmedInTimeCount: 0 });
});

t.test('promises of a closed space are for its members, in lists and in counts', async (t) => {
  const { db } = await testDatabase(t);
  const world = await openWorld(db, { visibility: 'closed' });
  const { town, care, school, stranger, allianceId } = world;
  const id = await promise(db, town, { allianceId, beneficiaryOrganisationId: care.id });
  t.same(await list(db, school), [id]);
  t.same(await list(db, stranger), []);
  t.match(await counts(db, stranger), { openCount: 0 });
  t.match(await counts(db, stranger, { allianceId }), { openCount: 0 });
  t.match(await counts(db, school), { openCount: 1 });
});

t.test('a promise that cannot be is refused with every fault, and nothing is stored', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { town, care, school, stranger, allianceId } = await openWorld(db);
  const initiativeId = await begin(db, town, allianceId);
  const before = await everything(sql);
  const faults = async (fields: object): Promise<string[]> => {
    const input = NewCommitment.parse({ title: 'x', dueOn: inDays(1), allianceId, ...fields });
    const error = await createCommitment(db, by(town), input).then(
      () => undefined,
      (error: { errors: { location: string; code: string }[] }) => error,
    );
    return error?.errors.map(({ location, code }) => `${location} ${code}`) ?? ['none'];
  };
  const beneficiaryOrganisationId = care.id;
  t.same(await faults({ beneficiaryOrganisationId, dueOn: inDays(-1) }), ['/dueOn in_the_past']);
  t.same(await faults({ beneficiaryOrganisationId: stranger.id }), ['/beneficiaryOrganisationId not_in_alliance']);
  t.same(await faults({ promiserOrganisationId: stranger.id }), ['/promiserOrganisationId not_in_alliance']);
  t.same(await faults({ beneficiaryOrganisationId: allianceId }), ['/beneficiaryOrganisationId unknown_organisation']);
  t.same(await faults({ dueOn: inDays(-1) }), ['/beneficiaryOrganisationId same_organisation', '/dueOn in_the_past']);
  t.same(await faults({ promiserOrganisationId: care.id, beneficiaryOrganisationId: school.id }), [
    '/promiserOrganisationId own_party_needed',
  ]);
  t.same(await faults({ beneficiaryOrganisationId, allianceId: undefined }), ['/allianceId required']);
  t.same(await faults({ beneficiaryOrganisationId, allianceId: care.id }), ['/allianceId unknown_alliance']);
  t.same(await faults({ beneficiaryOrganisationId, initiativeId: care.id }), ['/initiativeId unknown_initiative']);
  t.same(await everything(sql), before);
  const other = (await openWorld(db)).allianceId;
  const now = await everything(sql);
  t.same(await faults({ beneficiaryOrganisationId, initiativeId, allianceId: other }), [
    '/allianceId another_alliance',
  ]);
  t.same(await everything(sql), now);
  const outsider = NewCommitment.parse({ title: 'x', dueOn: inDays(1), allianceId, beneficiaryOrganisationId });
  t.equal(await outcome(createCommitment(db, by(stranger), outsider)), 'member_required');
});

t.test('an offer runs out by itself; lists show what stood open on a day', async (t) => {
  const { db, sql, owner } = await testDatabase(t);
  const { town, care, allianceId } = await openWorld(db);
  const id = await promise(db, town, { allianceId, promiserOrganisationId: care.id });
  await owner`update commitments set expires_at = now() - interval '1 second' where id = ${id}`;
  t.match((await getCommitment(db, town.caller, id)).body, { state: 'expired' }, 'told before a job notes it');
  t.same([await list(db, town, { state: 'expired' }), await list(db, town, { state: 'offered' })], [[id], []]);
  t.equal(await outcome(decide(db, care, id, 'accepted')), 'handshake_refused');
  const position = await lastPosition(sql);
  t.equal(await expireOffers(db), 1);
  t.equal((await eventsSince(sql, position)).length, 1);
  t.same(await steps(db, town, id), ['offered', 'expired']);
  const promised = await promise(db, town, { allianceId, beneficiaryOrganisationId: care.id });
  await owner`update commitments set decided_at = decided_at - interval '10 days' where id = ${promised}`;
  await fulfil(db, town, promised);
  await owner`update commitments set fulfilled_at = fulfilled_at - interval '4 days' where id = ${promised}`;
  t.same(await list(db, town, { asOf: inDays(-5) }), [promised]);
  t.same(await list(db, town, { asOf: inDays(-11) }), []);
  t.same(await list(db, town, { asOf: inDays(-4) }), []);
});

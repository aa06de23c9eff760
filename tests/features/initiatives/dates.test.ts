import t from 'tap';
import { DateOfferQuery } from '../../../src/features/initiatives/commitment-schemas.ts';
import { getCommitment } from '../../../src/features/initiatives/commitments.ts';
import {
  decideDateOffer,
  getDateOffer,
  listDateOffers,
  offerDate,
} from '../../../src/features/initiatives/date-offers.ts';
import { fulfilCommitment } from '../../../src/features/initiatives/deeds.ts';
import { expireOffers } from '../../../src/features/initiatives/initiatives.ts';
import type { Db } from '../../../src/platform/db.ts';
import { testDatabase } from '../../helpers/db.ts';
import { by, everything, inDays, outcome, type Party } from '../alliances/world.ts';
import { openWorld, promise } from './world.ts';

const move = async (db: Db, who: Party, id: string, dueOn: string) =>
  (await offerDate(db, by(who), id, { dueOn, reason: 'Later.', expiresInDays: 30 })).body.id;
const decide = (db: Db, who: Party, id: string, decision: 'accepted' | 'declined' | 'withdrawn') =>
  decideDateOffer(db, by(who), id, { decision });
const list = async (db: Db, who: Party, id: string, query: Record<string, unknown> = {}) =>
  (await listDateOffers(db, who.caller, id, DateOfferQuery.parse(query))).items.map((one) => one.id);

t.test('another day needs the yes of the other party, and the first day is kept for ever', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { town, care, school, stranger, allianceId } = await openWorld(db);
  const id = await promise(db, town, { allianceId, beneficiaryOrganisationId: care.id, dueOn: inDays(5) });
  const shown = async () => (await getCommitment(db, town.caller, id)).body;
  const before = await everything(sql);
  t.equal(await outcome(move(db, town, id, inDays(-1))), 'invalid_input');
  t.equal(await outcome(move(db, town, id, inDays(5))), 'invalid_input', 'the same day is no other day');
  t.equal(await outcome(move(db, school, id, inDays(9))), 'party_required');
  t.same(await everything(sql), before, 'nothing was stored');
  const offer = await move(db, town, id, inDays(9));
  t.match(await shown(), { dueOn: inDays(5) }, 'the old day holds');
  t.equal(await outcome(move(db, care, id, inDays(8))), 'date_offer_open');
  t.equal(await outcome(decide(db, town, offer, 'accepted')), 'wrong_side');
  t.equal(await outcome(getDateOffer(db, stranger.caller, offer)), 'not_found');
  t.same(await list(db, school, id), [], 'these offers are for the two');
  t.match((await decide(db, care, offer, 'accepted')).body, { state: 'accepted' });
  t.match(await shown(), { dueOn: inDays(9), firstDueOn: inDays(5) });
  t.match((await decide(db, care, offer, 'accepted')).body, { state: 'accepted' }, 'again changes nothing');
  const second = await move(db, care, id, inDays(20));
  t.match((await decide(db, town, second, 'declined')).body, { state: 'declined' });
  t.match(await shown(), { dueOn: inDays(9), firstDueOn: inDays(5) });
  const third = await move(db, care, id, inDays(21));
  t.match((await decide(db, care, third, 'withdrawn')).body, { state: 'withdrawn' });
  t.same(await list(db, town, id), [offer, second, third]);
  t.same(await list(db, town, id, { state: 'declined' }), [second]);
  const last = await move(db, care, id, inDays(22));
  t.same(await list(db, town, id, { asOf: inDays(0) }), [last], 'what stands open');
  t.same(await list(db, town, id, { asOf: inDays(-1) }), []);
  await decide(db, care, last, 'withdrawn');
  const steps =
    await sql`select step, due_on::text as day from commitment_steps where commitment_id = ${id} order by number`;
  t.same(
    steps.map(({ step }) => step),
    [
      'offered',
      'accepted',
      'date_offered',
      'date_moved',
      'date_offered',
      'date_declined',
      'date_offered',
      'date_withdrawn',
      'date_offered',
      'date_withdrawn',
    ],
  );
});

t.test('a promise that was done is not moved, and an offer of a day runs out', async (t) => {
  const { db, owner } = await testDatabase(t);
  const { town, care, allianceId } = await openWorld(db);
  const id = await promise(db, town, { allianceId, beneficiaryOrganisationId: care.id, dueOn: inDays(5) });
  const old = await move(db, town, id, inDays(9));
  await owner`update date_offers set expires_at = now() - interval '1 second' where id = ${old}`;
  t.match((await getDateOffer(db, care.caller, old)).body, { state: 'expired' });
  t.same(await list(db, care, id, { state: 'expired' }), [old]);
  t.equal(await outcome(decide(db, care, old, 'accepted')), 'handshake_refused');
  const anew = await move(db, care, id, inDays(8));
  t.equal(await expireOffers(db), 0, 'the new offer noted the old one');
  await fulfilCommitment(db, by(town), id, { evidence: [{ text: 'Gedaan.', url: null }] });
  t.equal(await outcome(decide(db, town, anew, 'accepted')), 'handshake_refused');
  t.match((await decide(db, town, anew, 'declined')).body, { state: 'declined' }, 'declining is always possible');
  t.equal(await outcome(move(db, town, id, inDays(30))), 'handshake_refused');
});

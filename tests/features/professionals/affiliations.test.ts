import t from 'tap';
import type { z } from 'zod';
import { changeOrganisation } from '../../../src/features/organisations/organisations.ts';
import { getAffiliation, listAffiliations } from '../../../src/features/professionals/affiliations.ts';
import { newPersonalCode } from '../../../src/features/professionals/personal-codes.ts';
import { expireAffiliations } from '../../../src/features/professionals/professionals.ts';
import { AffiliationQuery } from '../../../src/features/professionals/schemas.ts';
import { newId } from '../../../src/platform/id.ts';
import { testDatabase } from '../../helpers/db.ts';
import { administrator, context } from '../../helpers/people.ts';
import {
  by,
  eventsSince,
  inDays,
  lastPosition,
  ledgerFaults,
  outcome,
  type Party,
  parties,
  walk,
} from '../alliances/world.ts';
import { answer, answerAs, employ, end, offer, register } from './world.ts';

t.test('at one’s own organisation only the person’s code makes an affiliation', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { academy, stranger } = await parties(db, 'academy', 'stranger');
  const { affiliationId, code: personalCode } = await register(db, academy);
  t.equal(await outcome(answer(db, academy, affiliationId, 'accepted')), 'wrong_side');
  t.equal(await outcome(answer(db, stranger, affiliationId, 'accepted')), 'not_found');
  const wrong = { who: stranger, personalCode: newPersonalCode() };
  t.equal(await outcome(answerAs(db, wrong, affiliationId, 'accepted')), 'not_found');
  const mistaken = { who: academy, personalCode: newPersonalCode() };
  t.equal(await outcome(answerAs(db, mistaken, affiliationId, 'accepted')), 'wrong_personal_code');
  t.equal(await outcome(answerAs(db, { who: stranger, personalCode }, affiliationId, 'withdrawn')), 'wrong_side');
  const position = await lastPosition(sql);
  const { body } = await answerAs(db, { who: stranger, personalCode }, affiliationId, 'accepted');
  t.match(body, { state: 'accepted', offeredBy: 'organisation', endsOn: null });
  t.equal(body.professional.name, null, 'the client that carries the code reads no name');
  await answerAs(db, { who: stranger, personalCode }, affiliationId, 'accepted');
  t.same(await eventsSince(sql, position), ['affiliation.accepted'], 'the same again changes nothing');
  t.match((await getAffiliation(db, by(academy), affiliationId)).body, { professional: { name: 'Noor de Wit' } });
  t.same(await ledgerFaults(sql), []);
});

t.test('what is claimed elsewhere, by the person or by who registered it, that organisation confirms', async (t) => {
  const { db } = await testDatabase(t);
  const { academy, town, care, stranger } = await parties(db, 'academy', 'town', 'care', 'stranger');
  const person = await employ(db, academy);
  const { code: personalCode } = person;
  const claims = [
    await offer(db, academy, person.id, { organisationId: town.id }),
    await offer(db, stranger, person.id, { organisationId: care.id, personalCode }),
  ] as const;
  for (const [index, receiver] of [town, care].entries()) {
    const claim = claims[index as 0 | 1];
    t.match((await getAffiliation(db, by(receiver), claim)).body, { offeredBy: 'professional', state: 'offered' });
    t.equal(await outcome(answerAs(db, { who: stranger, personalCode }, claim, 'accepted')), 'wrong_side');
    t.equal(await outcome(answer(db, receiver, claim, 'withdrawn')), 'wrong_side');
  }
  t.equal(await outcome(answer(db, academy, claims[0], 'accepted')), 'wrong_side');
  t.equal(
    await outcome(answer(db, academy, claims[1], 'withdrawn')),
    'not_found',
    'it does not see what others claimed',
  );
  t.match((await answer(db, town, claims[0], 'accepted')).body, { state: 'accepted' });
  t.equal(await outcome(end(db, academy, claims[0])), 'wrong_side', 'who claimed it is none of its sides');
  t.match((await answerAs(db, { who: town, personalCode }, claims[1], 'withdrawn')).body, { state: 'withdrawn' });
  t.equal(await outcome(offer(db, stranger, person.id)), 'not_found');
  t.equal(await outcome(offer(db, town, person.id, { organisationId: care.id })), 'not_your_organisation');
  t.equal(await outcome(offer(db, academy, person.id, { organisationId: town.id })), 'affiliation_exists');
  const again = await offer(db, academy, person.id, { organisationId: care.id });
  t.match((await answer(db, academy, again, 'withdrawn')).body, { state: 'withdrawn' }, 'who claimed it takes it back');
  t.equal(await outcome(offer(db, academy, newId())), 'not_found');
  await t.rejects(offer(db, academy, person.id, { organisationId: newId() }), {
    errors: [{ code: 'unknown_organisation' }],
  });
});

t.test('either side ends an affiliation, once, and a next one is a row of its own', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { academy, stranger } = await parties(db, 'academy', 'stranger');
  const person = await employ(db, academy, { startsOn: inDays(-9) });
  const { code: personalCode, affiliationId } = person;
  await t.rejects(end(db, academy, affiliationId, { endsOn: inDays(1) }), { errors: [{ code: 'in_the_future' }] });
  await t.rejects(end(db, academy, affiliationId, { endsOn: inDays(-10) }), {
    errors: [{ code: 'ends_before_start' }],
  });
  const first = await end(db, academy, affiliationId, { endsOn: inDays(-2), reason: 'Contract liep af' });
  t.match(first.body, { state: 'ended', endsOn: inDays(-2), endedBy: 'organisation', endReason: 'Contract liep af' });
  t.same((await end(db, stranger, affiliationId, { personalCode })).body.endedBy, 'organisation', 'ended is ended');
  const next = await offer(db, academy, person.id);
  t.equal(await outcome(end(db, academy, next)), 'handshake_refused');
  await answerAs(db, { who: academy, personalCode }, next, 'accepted');
  t.match((await end(db, stranger, next, { personalCode })).body, { state: 'ended', endedBy: 'professional' });
  t.equal((await sql`select id from affiliations`).length, 2);
});

t.test('an offer that ran out, or of an organisation that is no more, binds nobody', async (t) => {
  const { db, sql, owner } = await testDatabase(t);
  const { academy, old } = await parties(db, 'academy', 'old');
  const { affiliationId, code: personalCode, id } = await register(db, academy);
  await owner`update affiliations set expires_at = now()`;
  t.equal(await outcome(answerAs(db, { who: academy, personalCode }, affiliationId, 'accepted')), 'handshake_refused');
  t.match((await getAffiliation(db, by(academy), affiliationId)).body, { state: 'expired' });
  const position = await lastPosition(sql);
  t.equal(await expireAffiliations(db), 1);
  t.equal(await expireAffiliations(db), 0);
  t.same(await eventsSince(sql, position), ['affiliation.expired']);
  const late = await offer(db, academy, id, { organisationId: old.id });
  await changeOrganisation(db, context(administrator), old.id, 1, { endsOn: inDays(0) });
  t.equal(await outcome(answer(db, old, late, 'accepted')), 'organisation_dissolved');
  t.equal(await outcome(answer(db, old, late, 'declined')), 'done');
});

t.test('of answers that come at once one decides', async (t) => {
  // Not judged: who waited for a lock reads the row as it is by then, and all around it as it was; the judge reads anew.
  const { db } = await testDatabase(t, { judged: false });
  const { academy } = await parties(db, 'academy');
  for (let round = 0; round < 5; round++) {
    const { affiliationId, code: personalCode } = await register(db, academy);
    const tries = await Promise.all([
      outcome(answerAs(db, { who: academy, personalCode }, affiliationId, 'accepted')),
      outcome(answerAs(db, { who: academy, personalCode }, affiliationId, 'declined')),
      outcome(answer(db, academy, affiliationId, 'withdrawn')),
    ]);
    t.same(tries.toSorted(), ['done', 'handshake_refused', 'handshake_refused']);
  }
});

t.test('listAffiliations has a filter for every key of its query, and walks by page', async (t) => {
  const { db, owner } = await testDatabase(t);
  const { academy, town } = await parties(db, 'academy', 'town');
  const one = await employ(db, academy, { startsOn: inDays(-9) });
  const two = await register(db, academy);
  const elsewhere = await offer(db, academy, one.id, { organisationId: town.id });
  await owner`update affiliations set changed_at = now() - interval '9 days' where id = ${one.affiliationId}`;
  const names = { [one.affiliationId]: 'one', [two.affiliationId]: 'two', [elsewhere]: 'elsewhere' };
  const list = async (who: Party, filter: object) =>
    (await listAffiliations(db, by(who), { limit: 9, ...filter })).items.map(({ id }) => names[id]);
  type Key = Exclude<keyof z.output<typeof AffiliationQuery>, 'cursor' | 'limit'>;
  const expected: Record<Key, [object, string[]][]> = {
    professionalId: [[{ professionalId: one.id }, ['one', 'elsewhere']]],
    organisationId: [[{ organisationId: town.id }, ['elsewhere']]],
    offeredByOrganisationId: [[{ offeredByOrganisationId: town.id }, []]],
    offeredBy: [[{ offeredBy: 'professional' }, ['elsewhere']]],
    state: [[{ state: 'accepted' }, ['one']]],
    asOf: [
      [{ asOf: inDays(-3) }, ['one']],
      [{ asOf: inDays(-10) }, []],
    ],
    changedSince: [[{ changedSince: new Date(Date.now() - 86_400_000) }, ['two', 'elsewhere']]],
  };
  const keys = Object.keys(AffiliationQuery.shape).filter((key) => key !== 'cursor' && key !== 'limit');
  t.same(Object.keys(expected).toSorted(), keys.toSorted(), 'no filter is left out');
  for (const [filter, wanted] of Object.values(expected).flat())
    t.same(await list(academy, filter), wanted, JSON.stringify(filter));
  t.same(await list(town, {}), ['elsewhere']);
  const walked = await walk((after) => listAffiliations(db, by(academy), { limit: 1, after }));
  t.equal(walked.length, 3);
});

import t from 'tap';
import type { z } from 'zod';
import { savedAnswers } from '../../../src/features/events/tables.ts';
import { newPersonalCode, PersonalCodes } from '../../../src/features/professionals/personal-codes.ts';
import {
  changeProfessional,
  getProfessional,
  listProfessionals,
  registerProfessional,
  renewPersonalCode,
  versionOfProfessional,
} from '../../../src/features/professionals/professionals.ts';
import { NewProfessional, ProfessionalQuery } from '../../../src/features/professionals/schemas.ts';
import { Replay } from '../../../src/platform/answer.ts';
import { newId } from '../../../src/platform/id.ts';
import { Problem } from '../../../src/platform/problem.ts';
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
import { answer, answerAs, codes, employ, end, erase, offer, register } from './world.ts';

t.test('a professional is a name, a role and perhaps a contact, and nothing else can be given', async (t) => {
  const sound = { name: 'Noor de Wit', role: 'Coach' };
  t.ok(NewProfessional.safeParse(sound).success);
  for (const contact of ['noor@academie.example', '+31612345678'])
    t.ok(NewProfessional.safeParse({ ...sound, contact }).success, contact);
  const wrong: object[] = [
    { bsn: '999993653' },
    { birthDate: '1980-01-01' },
    { name: 'Noor 999993653' },
    { name: '' },
    { contact: '999993653' },
    { contact: '0612345678' },
    { contact: 'noor' },
    { role: undefined },
  ];
  for (const one of wrong) t.notOk(NewProfessional.safeParse({ ...sound, ...one }).success, JSON.stringify(one));
});

t.test('who registers somebody affiliates nobody, and sees the code once', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { academy } = await parties(db, 'academy');
  const position = await lastPosition(sql);
  const input = NewProfessional.parse({ name: 'Noor', role: 'Coach' });
  const given = { key: 'first', fingerprint: 'same', status: 201 };
  const asked = context(academy.caller, { idempotency: given });
  const { body, location } = await registerProfessional(db, asked, codes, input);
  t.match(body.personalCode, /^samendoen_code_[A-Za-z0-9_-]{43}$/);
  t.equal(location, `/v1/professionals/${body.id}`);
  t.match(body, { name: 'Noor', contact: null, hasPersonalCode: true, registeredBy: { id: academy.id } });
  const [affiliation] = await sql`select state, offered_by from affiliations`;
  t.same(affiliation, { state: 'offered', offered_by: 'organisation' });
  t.same(await eventsSince(sql, position), ['professional.registered', 'affiliation.offered']);
  const replayed = await registerProfessional(db, asked, codes, input).catch((error: unknown) => error);
  t.type(replayed, Replay);
  t.match((replayed as Replay).answer.body, { id: body.id, personalCode: null });
  t.notMatch(JSON.stringify(await db.select().from(savedAnswers)), body.personalCode ?? 'none');
  t.same(await ledgerFaults(sql), []);
  const elsewhere = NewProfessional.parse({ name: 'Sam', role: 'Coach', startsOn: inDays(1) });
  await t.rejects(registerProfessional(db, by(academy), codes, elsewhere), { errors: [{ code: 'in_the_future' }] });
  t.equal(await outcome(registerProfessional(db, context(administrator), codes, input)), 'not_your_organisation');
});

t.test(
  'a professional is seen by who registered it and by who is affiliated with it, administrators included',
  async (t) => {
    const { db, owner } = await testDatabase(t);
    const { academy, town, care, stranger } = await parties(db, 'academy', 'town', 'care', 'stranger');
    const person = await employ(db, academy);
    const sees = async (who: Party) => outcome(getProfessional(db, by(who), person.id));
    const outsiders = async () => [await sees(town), await sees(care), await sees(stranger)];
    t.equal(await sees(academy), 'done');
    t.same(await outsiders(), ['not_found', 'not_found', 'not_found']);
    t.equal(await outcome(getProfessional(db, context(administrator), person.id)), 'not_found');
    const claim = await offer(db, academy, person.id, { organisationId: town.id });
    const other = await offer(db, care, person.id, { personalCode: person.code });
    t.same(await outsiders(), ['done', 'done', 'not_found'], 'while it is asked');
    await answer(db, town, claim, 'accepted');
    await answer(db, care, other, 'withdrawn').catch(() => undefined);
    await owner`update affiliations set expires_at = now() where id = ${other}`;
    t.same(await outsiders(), ['done', 'not_found', 'not_found'], 'an offer that ran out shows nothing');
    await end(db, town, claim);
    t.same(await outsiders(), ['not_found', 'not_found', 'not_found'], 'and with the end its sight ends');
    const asks = async (who: Party) => (await listProfessionals(db, by(who), { limit: 9 })).items.map(({ id }) => id);
    t.same(await asks(academy), [person.id]);
    t.same(await asks(town), []);
  },
);

t.test('name and contact are changed by the person, or by who registered it, and by nobody else', async (t) => {
  const { db } = await testDatabase(t);
  const { academy, town, stranger } = await parties(db, 'academy', 'town', 'stranger');
  const person = await employ(db, academy);
  await answer(db, town, await offer(db, academy, person.id, { organisationId: town.id }), 'accepted');
  const change = (who: Party, ifMatch: number, fields: object) =>
    changeProfessional(db, by(who), codes, { professionalId: person.id, ifMatch }, fields);
  t.match((await change(academy, 1, { contact: '+31612345678' })).body, {
    name: 'Noor de Wit',
    contact: '+31612345678',
  });
  const { code: personalCode } = person;
  t.match(await change(stranger, 2, { personalCode, name: 'Noor Bos', contact: null }), {
    version: 3,
    body: { name: 'Noor Bos', contact: null },
  });
  t.equal(await outcome(change(academy, 2, { name: 'X' })), 'precondition_failed');
  t.equal(await outcome(change(town, 3, { name: 'X' })), 'registering_organisation_required');
  t.equal(await outcome(change(stranger, 3, { name: 'X' })), 'not_found');
  t.equal(await outcome(change(town, 3, { personalCode: newPersonalCode(), name: 'X' })), 'wrong_personal_code');
  t.match((await getProfessional(db, by(academy), person.id)).body, { name: 'Noor Bos' });
});

t.test('a wrong code tells a stranger nothing, be there somebody, nobody, or somebody who was erased', async (t) => {
  const { db } = await testDatabase(t);
  const { academy, stranger } = await parties(db, 'academy', 'stranger');
  const [person, erased] = [await employ(db, academy), await employ(db, academy)];
  await erase(db, academy, erased.id);
  const ask = async (professionalId: string, affiliationId: string) => {
    const personalCode = newPersonalCode();
    const asked = { professionalId, ifMatch: 1 };
    const told = [
      await outcome(versionOfProfessional(db, stranger.caller, codes, { professionalId, personalCode })),
      await outcome(changeProfessional(db, by(stranger), codes, asked, { personalCode, name: 'X' })),
    ];
    told.push(await outcome(answerAs(db, { who: stranger, personalCode }, affiliationId, 'accepted')));
    told.push(await outcome(erase(db, stranger, professionalId, personalCode)));
    return told;
  };
  const nothing = Array.from({ length: 4 }, () => 'not_found');
  const asked = [person, erased, { id: newId(), affiliationId: newId() }];
  for (const { id, affiliationId } of asked) t.same(await ask(id, affiliationId), nothing);
  // Whoever goes on has to wait, wherever it asks.
  for (let n = 0; n < 3; n++) for (const { id, affiliationId } of asked) await ask(id, affiliationId);
  for (const { id, affiliationId } of asked)
    t.same((await ask(id, affiliationId)).slice(0, 2), ['too_many_requests', 'too_many_requests']);
});

t.test('a new code voids the one before, and only who registered the person gives one', async (t) => {
  const { db } = await testDatabase(t);
  const { academy, town } = await parties(db, 'academy', 'town');
  const person = await employ(db, academy);
  await answer(db, town, await offer(db, academy, person.id, { organisationId: town.id }), 'accepted');
  t.equal(await outcome(renewPersonalCode(db, by(town), codes, person.id)), 'registering_organisation_required');
  const { body } = await renewPersonalCode(db, by(academy), codes, person.id);
  const use = (personalCode: string, ifMatch: number) =>
    changeProfessional(db, by(town), codes, { professionalId: person.id, ifMatch }, { personalCode });
  t.equal(await outcome(use(person.code, 2)), 'wrong_personal_code');
  t.equal(await outcome(use(body.personalCode, 2)), 'done');
  const idempotency = { key: 'k', fingerprint: 'f', status: 201 };
  const keyed = context(academy.caller, { idempotency });
  t.equal(await outcome(renewPersonalCode(db, keyed, codes, person.id)), 'invalid_idempotency_key');
});

t.test('a client that sends wrong codes has to wait, and keeps no other client out', async (t) => {
  let now = 0;
  const own = new PersonalCodes(Buffer.alloc(32, 1), { wrongPerMinute: 3, now: () => now });
  const code = newPersonalCode();
  const professional = { id: 'one', codeDigest: own.digest(code) };
  const [one, other] = [
    { ...administrator, clientId: 'one' },
    { ...administrator, clientId: 'other' },
  ];
  const tries = (who: typeof one, given: string, at: Parameters<PersonalCodes['assert']>[1] = professional) => {
    try {
      own.assert(who, at, given);
      return 'done';
    } catch (error) {
      if (error instanceof Problem) return error.code;
      throw error;
    }
  };
  for (let n = 0; n < 3; n++) t.equal(tries(one, newPersonalCode()), 'wrong_personal_code');
  t.equal(tries(one, code), 'too_many_requests', 'also with the right code');
  t.equal(tries(other, code), 'done');
  t.equal(tries(one, code, { ...professional, id: 'another' }), 'done', 'and of another professional');
  now += 60_000;
  t.equal(tries(one, code), 'done');
  t.equal(tries(other, code, { id: 'void', codeDigest: null }), 'wrong_personal_code');
  const elsewhere = new PersonalCodes(Buffer.alloc(32, 2));
  t.notSame(elsewhere.digest(code), own.digest(code), 'what is kept is of no use without the secret of the node');
});

t.test('listProfessionals has a filter for every key of its query, and walks by page', async (t) => {
  const { db, owner } = await testDatabase(t);
  const { academy, town } = await parties(db, 'academy', 'town');
  const [old, gone, elsewhere] = [await employ(db, academy), await employ(db, academy), await register(db, town)];
  await owner`update professionals set created_at = now() - interval '9 days', changed_at = now() - interval '9 days'
    where id = ${old.id}`;
  await offer(db, town, elsewhere.id, { organisationId: academy.id });
  await erase(db, academy, gone.id);
  const names = { [old.id]: 'old', [gone.id]: 'gone', [elsewhere.id]: 'elsewhere' };
  const list = async (filter: object) =>
    (await listProfessionals(db, by(academy), { limit: 9, ...filter })).items.map(({ id }) => names[id]);
  type Key = Exclude<keyof z.output<typeof ProfessionalQuery>, 'cursor' | 'limit'>;
  const expected: Record<Key, [object, string[]][]> = {
    registeredByOrganisationId: [[{ registeredByOrganisationId: town.id }, ['elsewhere']]],
    organisationId: [[{ organisationId: academy.id }, ['old']]],
    erased: [
      [{ erased: true }, ['gone']],
      [{ erased: false }, ['old', 'elsewhere']],
    ],
    asOf: [[{ asOf: inDays(-1) }, ['old']]],
    changedSince: [[{ changedSince: new Date(Date.now() - 86_400_000) }, ['gone', 'elsewhere']]],
  };
  const keys = Object.keys(ProfessionalQuery.shape).filter((key) => key !== 'cursor' && key !== 'limit');
  t.same(Object.keys(expected).toSorted(), keys.toSorted(), 'no filter is left out');
  for (const [filter, wanted] of Object.values(expected).flat())
    t.same(await list(filter), wanted, JSON.stringify(filter));
  const walked = await walk((after) => listProfessionals(db, by(academy), { limit: 1, after }));
  t.same(
    walked.map(({ id }) => names[id]),
    ['old', 'gone', 'elsewhere'],
  );
});

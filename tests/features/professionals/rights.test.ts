import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Sql } from 'postgres';
import t from 'tap';
import type { z } from 'zod';
import { publishedReceiptKeys } from '../../../src/features/access/access.ts';
import { verifyReceipt } from '../../../src/features/ownership/receipts.ts';
import { exportPersonalData } from '../../../src/features/professionals/access-exports.ts';
import { getAffiliation, listAffiliations } from '../../../src/features/professionals/affiliations.ts';
import { listProfessionalContributions } from '../../../src/features/professionals/contributions.ts';
import { verifyErasure } from '../../../src/features/professionals/erasure-receipts.ts';
import { getErasure, getErasureReceipt, listErasures } from '../../../src/features/professionals/erasures.ts';
import {
  changeProfessional,
  getProfessional,
  listProfessionals,
  renewPersonalCode,
} from '../../../src/features/professionals/professionals.ts';
import type { WorkType } from '../../../src/features/professionals/rules.ts';
import { ErasureQuery } from '../../../src/features/professionals/schemas.ts';
import type { Db } from '../../../src/platform/db.ts';
import type { KeySet } from '../../../src/platform/receipts.ts';
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
} from '../alliances/world.ts';
import { item } from '../ownership/world.ts';
import { answer, answerAs, codes, employ, end, erase, nameWork, offer, type Person, register } from './world.ts';

const exportOf = (db: Db, who: Party, { id, code }: Person) =>
  exportPersonalData(db, by(who, 'exportPersonalData'), { codes, issuer: 'https://node.example' }, id, {
    personalCode: code,
  });

/** A person who works in two places, on one thing. */
async function busyPerson(db: Db, owner: Sql) {
  const { academy, town, stranger } = await parties(db, 'academy', 'town', 'stranger');
  const person = await employ(db, academy, { startsOn: inDays(-9) });
  const elsewhere = await offer(db, academy, person.id, { organisationId: town.id, role: 'Gastdocent' });
  await answer(db, town, elsewhere, 'accepted', 'Welkom');
  const work = (await item(owner, academy)) as { type: WorkType; id: string };
  const contribution = await nameWork(db, academy, person.id, work);
  return { academy, town, stranger, person, elsewhere, work, contribution };
}

t.test('a person reads everything that is kept of it, through any client, with a hash', async (t) => {
  const { db, owner } = await testDatabase(t);
  const { academy, town, stranger, person, elsewhere, contribution } = await busyPerson(db, owner);
  await getProfessional(db, by(town, 'getProfessional'), person.id);
  await getProfessional(db, by(town, 'getProfessional'), person.id);
  const { body } = await exportOf(db, stranger, person);
  const { document, sha256 } = body;
  t.match(document.professional, { id: person.id, name: 'Noor de Wit', contact: 'noor@academie.example', version: 1 });
  t.same(
    document.affiliations.map(({ id, role, decisionReason }) => [id, role, decisionReason]),
    [
      [person.affiliationId, 'Coach', null],
      [elsewhere, 'Gastdocent', 'Welkom'],
    ],
  );
  t.same(document.affiliations[0]?.professional, { id: person.id, name: 'Noor de Wit' }, 'the person reads its name');
  t.same(
    document.contributions.map(({ id }) => id),
    [contribution],
  );
  const told = document.processing.map(({ organisation, name, count }) => `${organisation?.name} ${name} ${count}`);
  for (const line of ['town getProfessional 2', 'stranger exportPersonalData 1', 'academy test 2'])
    t.ok(told.includes(line), `${line}, of ${told.join()}`);
  const wire = canonicalize(JSON.parse(JSON.stringify(document))) ?? '';
  t.equal(sha256, createHash('sha256').update(wire).digest('hex'));
  t.equal(
    await outcome(exportOf(db, academy, { ...person, code: `${person.code.slice(0, -1)}x` })),
    'wrong_personal_code',
  );
  const keyed = context(academy.caller, { idempotency: { key: 'k', fingerprint: 'f', status: 200 } });
  const deps = { codes, issuer: 'x' };
  const asked = exportPersonalData(db, keyed, deps, person.id, { personalCode: person.code });
  t.equal(await outcome(asked), 'invalid_idempotency_key');
});

t.test('an erasure removes the person everywhere, keeps the work, and says so under a signature', async (t) => {
  const { db, sql, owner } = await testDatabase(t);
  const { academy, town, stranger, person, elsewhere, work, contribution } = await busyPerson(db, owner);
  const position = await lastPosition(sql);
  t.equal(await outcome(erase(db, town, person.id)), 'registering_organisation_required');
  t.equal(await outcome(erase(db, stranger, person.id)), 'not_found');
  const { body, location } = await erase(db, stranger, person.id, person.code);
  t.equal(location, `/v1/erasures/${body.id}`);
  const { processingRecords, ...counts } = body.counts;
  t.same(counts, { names: 1, contacts: 1, personalCodes: 1, affiliations: 2, contributions: 1, savedAnswers: 0 });
  t.ok(processingRecords >= 5, `${processingRecords} records`);
  t.match(body, { professionalId: person.id, requestedBy: 'professional', ground: 'objection' });
  t.same(await eventsSince(sql, position), ['affiliation.ended', 'affiliation.ended', 'professional.erased']);
  t.same(await ledgerFaults(sql), []);

  const left = await sql`select professional_id, organisation_id, subject_id, role from professional_contributions`;
  t.same([...left], [{ professional_id: null, organisation_id: academy.id, subject_id: work.id, role: null }]);
  t.match((await listProfessionalContributions(db, by(academy), { limit: 9 })).items, [
    { id: contribution, professional: null, role: null },
  ]);
  const unlinked = await sql`select from processing_records r join professionals p using (data_subject_id)`;
  t.equal(unlinked.length, 0);

  const tombstone = { name: null, contact: null, hasPersonalCode: false, erasedAt: body.erasedAt };
  t.match((await getProfessional(db, by(academy), person.id)).body, tombstone);
  for (const who of [town, stranger]) t.equal(await outcome(getProfessional(db, by(who), person.id)), 'not_found');
  for (const who of [academy, town]) t.same((await listAffiliations(db, by(who), { limit: 9 })).items, []);
  t.equal(await outcome(getAffiliation(db, by(town), elsewhere)), 'not_found');
  const late = [
    exportOf(db, academy, person),
    erase(db, academy, person.id),
    erase(db, stranger, person.id, person.code),
    offer(db, academy, person.id),
    renewPersonalCode(db, by(academy), codes, person.id),
    changeProfessional(db, by(academy), codes, { professionalId: person.id, ifMatch: 2 }, { name: 'Noor' }),
    answer(db, town, elsewhere, 'accepted'),
    end(db, town, elsewhere),
    nameWork(db, academy, person.id, work),
  ];
  t.same(new Set(await Promise.all(late.map(outcome))), new Set(['not_found']), 'nothing is done to it any more');

  for (const who of [academy, stranger]) t.same((await getErasure(db, who.caller, body.id)).body, body);
  t.equal(await outcome(getErasure(db, town.caller, body.id)), 'not_found');
  const { receipt } = (await getErasureReceipt(db, academy.caller, body.id)).body;
  const keys = (await publishedReceiptKeys(db)) as KeySet;
  const said = (await verifyErasure(receipt, keys)).payload;
  t.same(said, { iss: 'https://node.example', ...(JSON.parse(JSON.stringify(body)) as object) });
  const changed = receipt.replace(/\.(.)/, (_, one) => `.${one === 'A' ? 'B' : 'A'}`);
  await t.rejects(verifyErasure(changed, keys), /receipt|JWS|signature/, 'one changed character is found');
  await t.rejects(
    verifyReceipt(receipt, keys),
    /its type is erasure-receipt/,
    'and it is no receipt of something else',
  );
});

t.test('nothing of a person can be written where it was erased, whoever writes', async (t) => {
  const { db, owner } = await testDatabase(t);
  const { academy } = await parties(db, 'academy');
  const person = await employ(db, academy);
  await erase(db, academy, person.id);
  for (const [column, value] of [
    ['name', 'Noor'],
    ['contact', 'noor@academie.example'],
    ['data_subject_id', 'x'],
    ['code_digest', Buffer.from('x')],
    ['code_used_at', new Date().toISOString()],
  ] as const)
    await t.rejects(
      owner`update professionals set ${owner({ [column]: value })} where id = ${person.id}`,
      /violates check constraint "professionals_erased"/,
      column,
    );
  await t.rejects(owner`update erasures set ground = 'x'`, { code: '55000' });
  await t.rejects(owner`delete from erasures`, { code: '55000' });
});

/** What is kept of anybody: names, contacts, codes, roles, reasons. */
async function remains(sql: Sql, id: string): Promise<string[]> {
  const rows = await sql<{ told: string }[]>`
    select 'professional' as told from professionals where id = ${id}
      and num_nonnulls(name, contact, code_digest, data_subject_id) > 0
    union all select 'affiliation ' || state from affiliations where professional_id = ${id}
      and (num_nonnulls(role, decision_reason, end_reason) > 0 or state in ('offered', 'accepted'))
    union all select 'contribution' from professional_contributions where professional_id = ${id}
    union all select 'saved answer' from saved_answers where position(${id} in body::text) > 0
      and body ->> 'counts' is null`;
  return rows.map(({ told }) => told);
}

t.test('whatever is done at the same time, nothing of the person comes back', async (t) => {
  // Not judged: who waited for a lock reads the row as it is by then, and all around it as it was; the judge reads anew.
  const { db, sql, owner } = await testDatabase(t, { max: 16, judged: false });
  const { academy, town } = await parties(db, 'academy', 'town');
  const work = (await item(owner, academy)) as { type: WorkType; id: string };
  for (let round = 0; round < 12; round++) {
    const person = await employ(db, academy);
    const { code: personalCode } = person;
    const open = await offer(db, academy, person.id, { organisationId: town.id });
    const key = (name: string) => ({ idempotency: { key: `${name} ${round}`, fingerprint: 'f', status: 200 } });
    const saved = context(town.caller, key('change'));
    const acts: Record<string, () => Promise<unknown>> = {
      erase: () => erase(db, academy, person.id),
      again: () => erase(db, town, person.id, personalCode),
      accept: () => answer(db, town, open, 'accepted', 'Welkom'),
      withdraw: () => answerAs(db, { who: town, personalCode }, open, 'withdrawn'),
      claim: () => offer(db, academy, person.id),
      end: () => end(db, academy, person.affiliationId, { reason: 'Klaar' }),
      name: () => nameWork(db, academy, person.id, work),
      renew: () => renewPersonalCode(db, by(academy), codes, person.id),
      change: () =>
        changeProfessional(
          db,
          saved,
          codes,
          { professionalId: person.id, ifMatch: 1 },
          { personalCode, name: 'Noor Bos' },
        ),
      list: () => listProfessionals(db, by(academy), { limit: 9 }),
    };
    const entries = Object.entries(acts);
    const turned = [...entries.slice(round % entries.length), ...entries.slice(0, round % entries.length)];
    const results = await Promise.all(turned.map(async ([name, act]) => [name, await outcome(act())] as const));
    const came = Object.fromEntries(results);
    const erased = ['erase', 'again'].map((name) => came[name]).filter((one) => one === 'done');
    t.equal(erased.length, 1, `round ${round}: ${JSON.stringify(came)}`);
    t.same(await remains(sql, person.id), []);
  }
  t.same(await ledgerFaults(sql), []);
  const forgotten = await register(db, academy);
  t.same(await remains(sql, forgotten.id), ['professional', 'affiliation offered'], 'and this test sees what remains');
});

t.test('listErasures has a filter for every key of its query', async (t) => {
  const { db, owner } = await testDatabase(t);
  const { academy, town } = await parties(db, 'academy', 'town');
  const [one, two] = [await register(db, academy), await register(db, academy)];
  const old = (await erase(db, academy, one.id)).body.id;
  const own = (await erase(db, town, two.id, two.code)).body.id;
  await owner`alter table erasures disable trigger append_only`;
  await owner`update erasures set erased_at = now() - interval '9 days' where id = ${old}`;
  const names = { [old]: 'old', [own]: 'own' };
  const list = async (filter: object) =>
    (await listErasures(db, academy.caller, { limit: 9, ...filter })).items.map(({ id }) => names[id]);
  type Key = Exclude<keyof z.output<typeof ErasureQuery>, 'cursor' | 'limit'>;
  const expected: Record<Key, [object, string[]][]> = {
    professionalId: [[{ professionalId: one.id }, ['old']]],
    registeredByOrganisationId: [[{ registeredByOrganisationId: town.id }, []]],
    requestedByOrganisationId: [[{ requestedByOrganisationId: town.id }, ['own']]],
    requestedBy: [[{ requestedBy: 'organisation' }, ['old']]],
    ground: [[{ ground: 'objection' }, ['old', 'own']]],
    asOf: [[{ asOf: inDays(-1) }, ['old']]],
    changedSince: [[{ changedSince: new Date(Date.now() - 86_400_000) }, ['own']]],
  };
  const keys = Object.keys(ErasureQuery.shape).filter((key) => key !== 'cursor' && key !== 'limit');
  t.same(Object.keys(expected).toSorted(), keys.toSorted(), 'no filter is left out');
  for (const [filter, wanted] of Object.values(expected).flat())
    t.same(await list(filter), wanted, JSON.stringify(filter));
  t.same((await listErasures(db, administrator, { limit: 9 })).items, []);
});

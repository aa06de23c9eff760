import t from 'tap';
import type { z } from 'zod';
import { endMembership } from '../../../src/features/alliances/membership-offers.ts';
import {
  getProfessionalContribution,
  listProfessionalContributions,
  recordProfessionalContribution,
  removeProfessionalContribution,
} from '../../../src/features/professionals/contributions.ts';
import type { WorkType } from '../../../src/features/professionals/rules.ts';
import { ProfessionalContributionQuery } from '../../../src/features/professionals/schemas.ts';
import type { Db } from '../../../src/platform/db.ts';
import { newId } from '../../../src/platform/id.ts';
import { testDatabase } from '../../helpers/db.ts';
import { administrator, context } from '../../helpers/people.ts';
import { by, inDays, join, outcome, type Party, walk } from '../alliances/world.ts';
import { begin, openWorld, promise, takePart } from '../initiatives/world.ts';
import { item } from '../ownership/world.ts';
import { answer, employ, end, nameWork, offer, register } from './world.ts';

const visibleTo = async (db: Db, who: Party): Promise<string[]> =>
  (await listProfessionalContributions(db, by(who), { limit: 9 })).items.map(({ id }) => id);

t.test('an organisation names its own people, in what it sees and has a part in', async (t) => {
  const { db, owner } = await testDatabase(t);
  const { town, care, school, stranger, allianceId } = await openWorld(db);
  const person = await employ(db, town);
  const initiative = { type: 'initiative', id: await begin(db, town, allianceId) } as const;
  const commitment = {
    type: 'commitment',
    id: await promise(db, care, { allianceId, promiserOrganisationId: town.id }),
  } as const;
  const own = (await item(owner, town)) as { type: WorkType; id: string };
  const colleague = await employ(db, care);
  t.equal(await outcome(nameWork(db, care, colleague.id, initiative)), 'takes_no_part', 'to see it is no part');
  await takePart(db, care, initiative.id, 'contributor');
  t.equal(await outcome(nameWork(db, care, colleague.id, initiative)), 'done');
  t.equal(await outcome(nameWork(db, town, person.id, commitment)), 'takes_no_part', 'nobody agreed to it');
  await owner`update commitments set state = 'accepted', decided_at = now()`;
  for (const work of [initiative, commitment, own])
    t.equal(await outcome(nameWork(db, town, person.id, work)), 'done', work.type);
  t.equal(await outcome(nameWork(db, town, person.id, own)), 'contribution_exists');
  const foreign = (await item(owner, care)) as { type: WorkType; id: string };
  t.equal(await outcome(nameWork(db, town, person.id, foreign)), 'takes_no_part');
  const draft = (await item(owner, care, 'public', 'draft')) as { type: WorkType; id: string };
  for (const unknown of [draft, { ...draft, id: newId() }])
    await t.rejects(nameWork(db, town, person.id, unknown), { errors: [{ code: 'unknown_work' }] });
  t.equal(await outcome(nameWork(db, school, person.id, own)), 'not_found');
  const waiting = await register(db, town);
  t.equal(await outcome(nameWork(db, town, waiting.id, own)), 'affiliation_required');
  const elsewhere = await offer(db, town, person.id, { organisationId: stranger.id });
  const forOther = { organisationId: town.id, subjectType: own.type, subjectId: own.id, role: 'Schreef' };
  t.equal(
    await outcome(recordProfessionalContribution(db, by(stranger), person.id, forOther)),
    'not_your_organisation',
  );
  await answer(db, stranger, elsewhere, 'declined');
});

t.test('who worked on what is seen by who may see the work and knows the person, and by nobody else', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { town, care, school, stranger, allianceId } = await openWorld(db, { visibility: 'closed' });
  const person = await employ(db, town);
  const initiativeId = await begin(db, town, allianceId);
  const named = await nameWork(db, town, person.id, { type: 'initiative', id: initiativeId });
  const sight = async () => {
    const told: string[] = [];
    for (const [name, who] of Object.entries({ town, care, school, stranger })) {
      const listed = (await visibleTo(db, who)).length === 1;
      const got = await outcome(getProfessionalContribution(db, by(who), named));
      t.equal(got, listed ? 'done' : 'not_found');
      if (listed) told.push(name);
    }
    return told;
  };
  t.same(await sight(), ['town'], 'a member that does not know the person sees nothing');
  for (const who of [care, stranger])
    await answer(db, who, await offer(db, town, person.id, { organisationId: who.id }), 'accepted');
  t.same(await sight(), ['town', 'care'], 'nor does who knows the person and may not see the space');
  t.equal(await outcome(getProfessionalContribution(db, context(administrator), named)), 'not_found');
  const [membership] = await sql<{ id: string }[]>`select id from memberships where organisation_id = ${care.id}`;
  await endMembership(db, by(care), membership?.id ?? '', {});
  t.same(await sight(), ['town']);
  await join(db, allianceId, town, care);
  t.same(await sight(), ['town', 'care']);
  const [held] = await sql<{ id: string }[]>`
    select id from affiliations where organisation_id = ${care.id} and state = 'accepted'`;
  await end(db, care, held?.id ?? '');
  t.same(await sight(), ['town']);
  t.equal(await outcome(removeProfessionalContribution(db, by(care), named)), 'not_found');
  await removeProfessionalContribution(db, by(town), named);
  t.same(await sight(), []);
  t.equal(await outcome(removeProfessionalContribution(db, by(town), named)), 'not_found');
});

t.test('listProfessionalContributions has a filter for every key of its query, and walks by page', async (t) => {
  const { db, owner } = await testDatabase(t);
  const { town, allianceId } = await openWorld(db);
  const [one, two] = [await employ(db, town), await employ(db, town)];
  const work = (await item(owner, town)) as { type: WorkType; id: string };
  const initiativeId = await begin(db, town, allianceId);
  const names = {
    [await nameWork(db, town, one.id, work)]: 'old',
    [await nameWork(db, town, two.id, work)]: 'item',
    [await nameWork(db, town, two.id, { type: 'initiative', id: initiativeId })]: 'initiative',
  };
  await owner`update professional_contributions set created_at = now() - interval '9 days',
    changed_at = now() - interval '9 days' where professional_id = ${one.id}`;
  const list = async (filter: object) =>
    (await listProfessionalContributions(db, by(town), { limit: 9, ...filter })).items.map(({ id }) => names[id]);
  type Key = Exclude<keyof z.output<typeof ProfessionalContributionQuery>, 'cursor' | 'limit'>;
  const expected: Record<Key, [object, string[]][]> = {
    professionalId: [[{ professionalId: one.id }, ['old']]],
    organisationId: [[{ organisationId: newId() }, []]],
    subjectType: [[{ subjectType: 'initiative' }, ['initiative']]],
    subjectId: [[{ subjectId: work.id }, ['old', 'item']]],
    asOf: [[{ asOf: inDays(-1) }, ['old']]],
    changedSince: [[{ changedSince: new Date(Date.now() - 86_400_000) }, ['item', 'initiative']]],
  };
  const keys = Object.keys(ProfessionalContributionQuery.shape).filter((key) => key !== 'cursor' && key !== 'limit');
  t.same(Object.keys(expected).toSorted(), keys.toSorted(), 'no filter is left out');
  for (const [filter, wanted] of Object.values(expected).flat())
    t.same(await list(filter), wanted, JSON.stringify(filter));
  const walked = await walk((after) => listProfessionalContributions(db, by(town), { limit: 1, after }));
  t.equal(walked.length, 3);
});

import { accepted, type Made, type Maker } from './matrix-maker.ts';

/**
 * Persons that member registered. `professional` works for member, convener and sponsor, is asked by otherOrganisation,
 * did work for revokedMember and was declined by observer; `newcomer` has not answered member; `placed` works for partner
 * alone; of `erased` a tombstone is left. The code of each is the subject `$name.code`.
 */
export async function personsOf(maker: Maker, ids: Map<string, string>, made: Made): Promise<void> {
  const id = (name: string) => ids.get(name) ?? '';
  const { post, put } = maker;
  const register = async (name: string, fields: object = {}) => {
    const person = await post('member', '/professionals', { name: 'Noor de Wit', role: 'Coach', ...fields });
    ids
      .set(name, String(person.id))
      .set(`${name}.code`, String(person.personalCode))
      .set(`${name}.affiliation`, String(person.affiliationId));
  };
  const answer = (who: string, affiliation: string, decision: object) =>
    put(who, `/affiliations/${id(affiliation)}/decision`, decision);
  const code = () => ({ personalCode: id('professional.code') });

  await register('professional');
  await answer('member', 'professional.affiliation', { ...accepted, ...code() });
  await register('newcomer');
  await register('placed', { organisationId: id('partner') });
  await answer('partner', 'placed.affiliation', accepted);

  const affiliations = `/professionals/${id('professional')}/affiliations`;
  const claim = async (who: string) => {
    await made(`professional.${who}`, post(who, affiliations, { role: 'Gastdocent', ...code() }));
    await answer(who, `professional.${who}`, who === 'observer' ? { decision: 'declined' } : accepted);
  };
  for (const who of ['convener', 'sponsor', 'revokedMember', 'observer']) await claim(who);
  await put('revokedMember', `/affiliations/${id('professional.revokedMember')}/end`, {});
  const elsewhere = { role: 'Spreker', organisationId: id('otherOrganisation') };
  await made('claimedAffiliation', post('member', affiliations, elsewhere));

  const work = { organisationId: id('member'), subjectType: 'initiative', role: 'Schreef mee' };
  await made(
    'part',
    post('member', `/professionals/${id('professional')}/contributions`, { ...work, subjectId: id('initiative') }),
  );

  await register('erased');
  const asked = { personalCode: id('erased.code'), ground: 'objection' };
  await made('erasure', post('otherOrganisation', `/professionals/${id('erased')}/erasures`, asked));
}

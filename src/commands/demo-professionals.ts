import type { Receipts } from '../features/access/access.ts';
import { decideAffiliation, offerAffiliation } from '../features/professionals/affiliation-offers.ts';
import { recordProfessionalContribution } from '../features/professionals/contributions.ts';
import { requestErasure } from '../features/professionals/erasure.ts';
import * as examples from '../features/professionals/examples.ts';
import { PersonalCodes } from '../features/professionals/personal-codes.ts';
import { registerProfessional } from '../features/professionals/professionals.ts';
import { NewProfessional } from '../features/professionals/schemas.ts';
import type { Db } from '../platform/db.ts';
import { namedId, withNamedIds } from '../platform/id.ts';
import type { Place } from './demo-data.ts';
import { as } from './demo-parties.ts';

type Person = { readonly place: Place; readonly key: string; readonly name: string; readonly role: string };
type People = { readonly db: Db; readonly codes: PersonalCodes; readonly receipts: Receipts };

/** Somebody with a code that follows from the name. */
async function register({ db, codes }: People, { place, key, name, role }: Person): Promise<void> {
  const mailbox = name.toLowerCase().replaceAll(' ', '.').replace('noor.de.wit', 'noor.dewit');
  const contact = `${mailbox}@${place === 'academie' ? 'academie-maarland' : place}.example`;
  const input = NewProfessional.parse({ name, role, contact, startsOn: '2025-09-01', expiresInDays: 90 });
  const code = examples.demoPersonalCode(key);
  await withNamedIds(`professional ${key}`, () => registerProfessional(db, as(place), codes, input, code));
}

/** The person's own yes. */
const confirm = ({ db, codes }: People, place: Place, key: string) =>
  decideAffiliation(db, as(place), codes, namedId(`professional ${key}`, 1), {
    personalCode: examples.demoPersonalCode(key),
    decision: 'accepted',
  });

/**
 * The people of the demo network: some at the academy, for each example one of its own, and one at a municipality who
 * also works at the academy and waits for its answer.
 */
export async function registerPeople(db: Db, nodeSecret: Buffer, receipts: Receipts): Promise<void> {
  const people = { db, receipts, codes: new PersonalCodes(nodeSecret) };
  const academy: readonly Person[] = [
    { place: 'academie', key: 'noor', name: examples.professional.name, role: examples.affiliation.role },
    { place: 'academie', key: 'mila', name: examples.changedProfessional.name, role: 'Onderzoeker' },
    { place: 'academie', key: 'eva', name: examples.endingAffiliation.professional.name, role: 'Coach' },
    { place: 'academie', key: 'joris', name: 'Joris Bakker', role: 'Trainer' },
    { place: 'academie', key: 'thijs', name: 'Thijs Mulder', role: 'Trainer' },
  ];
  for (const person of academy) {
    await register(people, person);
    await confirm(people, 'academie', person.key);
  }
  const { name, id: _ } = examples.waitingAffiliation.professional;
  await register(people, { place: 'academie', key: 'sam', name, role: examples.waitingAffiliation.role });
  await register(people, { place: 'lindeveen', key: 'fatima', name: 'Fatima El Amrani', role: 'Wijkregisseur' });
  await confirm(people, 'lindeveen', 'fatima');
  const claim = {
    ...{ organisationId: namedId('node organisation'), role: 'Gastdocent' },
    ...{ startsOn: '2026-01-01', expiresInDays: 90 },
  };
  await withNamedIds('affiliation fatima academie', () =>
    offerAffiliation(db, as('lindeveen'), people.codes, namedId('professional fatima'), claim),
  );
  await nameContributions(people);
  await eraseOne(people);
}

async function nameContributions({ db }: People): Promise<void> {
  const organisationId = namedId('node organisation');
  const { role, subject } = examples.contribution;
  const work = { organisationId, subjectType: 'initiative', subjectId: subject.id } as const;
  await withNamedIds('professional contribution noor', () =>
    recordProfessionalContribution(db, as('academie'), examples.professional.id, { ...work, role }),
  );
  await withNamedIds('professional contribution mila', () =>
    recordProfessionalContribution(db, as('academie'), examples.changeableId, {
      ...work,
      role: 'Meet wat het oplevert',
    }),
  );
}

/** Somebody who wanted to be forgotten, and was. */
async function eraseOne({ db, codes, receipts }: People): Promise<void> {
  const request = { personalCode: examples.demoPersonalCode('thijs'), ground: 'objection' } as const;
  await withNamedIds('erasure thijs', () =>
    requestErasure(db, as('academie'), { codes, receipts }, examples.erasure.professionalId, request),
  );
}

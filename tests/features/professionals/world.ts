import type { z } from 'zod';
import {
  decideAffiliation,
  endAffiliation,
  offerAffiliation,
} from '../../../src/features/professionals/affiliation-offers.ts';
import { recordProfessionalContribution } from '../../../src/features/professionals/contributions.ts';
import { requestErasure } from '../../../src/features/professionals/erasure.ts';
import { newPersonalCode, PersonalCodes } from '../../../src/features/professionals/personal-codes.ts';
import { registerProfessional } from '../../../src/features/professionals/professionals.ts';
import type { WorkType } from '../../../src/features/professionals/rules.ts';
import { NewAffiliation, NewProfessional } from '../../../src/features/professionals/schemas.ts';
import type { Db } from '../../../src/platform/db.ts';
import { testReceipts } from '../../helpers/demo.ts';
import { by, type Party } from '../alliances/world.ts';

/** The codes of the node under test. */
export const codes = new PersonalCodes(Buffer.alloc(32, 3));

/** Somebody who was registered: its identifiers, and its code. */
export type Person = { readonly id: string; readonly affiliationId: string; readonly code: string };

/** Registers somebody, at one's own organisation unless another is named. */
export async function register(
  db: Db,
  who: Party,
  fields: Partial<z.input<typeof NewProfessional>> = {},
): Promise<Person> {
  const code = newPersonalCode();
  const input = NewProfessional.parse({
    name: 'Noor de Wit',
    contact: 'noor@academie.example',
    role: 'Coach',
    ...fields,
  });
  const { body } = await registerProfessional(db, by(who), codes, input, code);
  return { id: body.id, affiliationId: body.affiliationId, code };
}

type Decision = 'accepted' | 'declined' | 'withdrawn';

/** Answers an affiliation as an organisation. */
export const answer = (db: Db, who: Party, affiliationId: string, decision: Decision, reason?: string) =>
  decideAffiliation(db, by(who), codes, affiliationId, { decision, reason });

/** Answers an affiliation as the person, through any client. */
export const answerAs = (
  db: Db,
  { who, personalCode }: { readonly who: Party; readonly personalCode: string },
  affiliationId: string,
  decision: Decision,
) => decideAffiliation(db, by(who), codes, affiliationId, { personalCode, decision });

/** Registers somebody who says yes. */
export async function employ(db: Db, who: Party, fields: Partial<z.input<typeof NewProfessional>> = {}) {
  const person = await register(db, who, fields);
  await answerAs(db, { who, personalCode: person.code }, person.affiliationId, 'accepted');
  return person;
}

/** Claims or offers an affiliation; answers its identifier. */
export async function offer(
  db: Db,
  who: Party,
  professionalId: string,
  fields: Partial<z.input<typeof NewAffiliation>> = {},
): Promise<string> {
  const input = NewAffiliation.parse({ role: 'Gastdocent', ...fields });
  return (await offerAffiliation(db, by(who), codes, professionalId, input)).body.id;
}

/** Ends an affiliation. */
export const end = (db: Db, who: Party, affiliationId: string, fields: Parameters<typeof endAffiliation>[4] = {}) =>
  endAffiliation(db, by(who), codes, affiliationId, fields);

/** Names the part of somebody in work of an organisation; answers its identifier. */
export async function nameWork(
  db: Db,
  who: Party,
  professionalId: string,
  subject: { readonly type: WorkType; readonly id: string },
): Promise<string> {
  const work = { organisationId: who.id, subjectType: subject.type, subjectId: subject.id, role: 'Schreef' };
  return (await recordProfessionalContribution(db, by(who), professionalId, work)).body.id;
}

/** Erases somebody: as the organisation, or with a code as the person. */
export const erase = async (db: Db, who: Party, professionalId: string, personalCode?: string) =>
  requestErasure(db, by(who), { codes, receipts: await testReceipts(db) }, professionalId, {
    personalCode,
    ground: 'objection',
  });

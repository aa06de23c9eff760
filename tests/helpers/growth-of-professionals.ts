import { newItem } from '../../src/features/knowledge/examples.ts';
import { createKnowledgeItem } from '../../src/features/knowledge/items.ts';
import { NewKnowledgeItem } from '../../src/features/knowledge/schemas.ts';
import { recordProfessionalContribution } from '../../src/features/professionals/contributions.ts';
import { requestErasure } from '../../src/features/professionals/erasure.ts';
import * as examples from '../../src/features/professionals/examples.ts';
import { PersonalCodes } from '../../src/features/professionals/personal-codes.ts';
import { getProfessional, registerProfessional } from '../../src/features/professionals/professionals.ts';
import { NewProfessional } from '../../src/features/professionals/schemas.ts';
import type { Db } from '../../src/platform/db.ts';
import { namedId, newId } from '../../src/platform/id.ts';
import { testReceipts } from './demo.ts';
import { caller, context } from './people.ts';

const academy = caller({ organisationId: namedId('node organisation') });
const codes = new PersonalCodes(Buffer.alloc(32, 3));

const register = (db: Db) =>
  registerProfessional(db, context(academy), codes, NewProfessional.parse({ name: 'Nieuw Hier', role: 'Trainer' }));

async function nameWork(db: Db): Promise<void> {
  const item = NewKnowledgeItem.parse({ ...newItem, title: `Les ${newId()}`, publish: true });
  const { body } = await createKnowledgeItem(db, context(academy), item);
  const work = {
    organisationId: namedId('node organisation'),
    subjectType: 'knowledge_item',
    role: 'Schreef',
  } as const;
  const part = { ...work, subjectId: body.id };
  await recordProfessionalContribution(db, context(academy), examples.professional.id, part);
}

async function erase(db: Db): Promise<void> {
  const { body } = await register(db);
  const receipts = await testReceipts(db);
  await requestErasure(db, context(academy), { codes, receipts }, body.id, { ground: 'no_longer_needed' });
}

/** How one row is added to each list of professionals and of what was processed of them. */
export const professionalGrowth: Readonly<Record<string, (db: Db) => Promise<unknown>>> = {
  listProfessionals: register,
  listAffiliations: register,
  listProfessionalContributions: nameWork,
  listErasures: erase,
  listProcessingRecords: (db) => getProfessional(db, context(academy), examples.professional.id),
};

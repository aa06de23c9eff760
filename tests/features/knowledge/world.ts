import type { z } from 'zod';
import { stateAdoption } from '../../../src/features/knowledge/adoptions.ts';
import { createKnowledgeItem } from '../../../src/features/knowledge/items.ts';
import { KnowledgeItemQuery, NewKnowledgeItem } from '../../../src/features/knowledge/schemas.ts';
import { NewAdoption } from '../../../src/features/knowledge/sharing-schemas.ts';
import type { Db } from '../../../src/platform/db.ts';
import { by, type Party } from '../alliances/world.ts';

/** Fields of an item to be written. */
export type Fields = Partial<z.input<typeof NewKnowledgeItem>>;

/** Writes an item, published unless said otherwise; answers it. */
export async function write(db: Db, author: Party, fields: Fields = {}) {
  const given = { type: 'practice', title: 'Vroeg bellen', licence: 'CC-BY-4.0', publish: true, ...fields } as const;
  return (await createKnowledgeItem(db, by(author), NewKnowledgeItem.parse(given))).body;
}

/** A query of the list of items. */
export const asked = (fields: z.input<typeof KnowledgeItemQuery> = {}) => KnowledgeItemQuery.parse(fields);

/** States an adoption; answers it. */
export async function adopt(db: Db, who: Party, itemId: string, fields: Partial<z.input<typeof NewAdoption>> = {}) {
  const given = { versionNumber: 1, use: 'used', setting: 'Wijkteam', result: 'Minder brieven.', ...fields } as const;
  return (await stateAdoption(db, by(who), itemId, NewAdoption.parse(given))).body;
}

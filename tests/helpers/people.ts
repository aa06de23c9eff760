import { createOrganisation } from '../../src/features/organisations/organisations.ts';
import { type Caller, type Context, scopes } from '../../src/platform/caller.ts';
import type { Db } from '../../src/platform/db.ts';
import { newId } from '../../src/platform/id.ts';

/** A caller with every scope. */
export const caller = (fields: Partial<Caller> = {}): Caller => ({
  clientId: newId(),
  clientName: 'test client',
  organisationId: null,
  scopes: new Set(scopes),
  administrator: false,
  ...fields,
});

/** The context of a write by this caller. */
export const context = (who: Caller, fields: Partial<Context> = {}): Context => ({
  caller: who,
  operationId: 'test',
  requestId: newId(),
  traceId: newId().replaceAll('-', ''),
  ...fields,
});

/** An administrator who acts for no organisation. */
export const administrator = caller({ administrator: true });

/** Registers an organisation and answers it with a caller that acts for it. */
export async function organisationWithCaller(
  db: Db,
  name: string,
  kind: 'municipality' | 'care_organisation' | 'academy' | 'other' = 'municipality',
): Promise<{ id: string; caller: Caller }> {
  const { body } = await createOrganisation(db, context(administrator), { kind, name, identifiers: [] });
  return { id: body.id, caller: caller({ organisationId: body.id, clientName: name }) };
}

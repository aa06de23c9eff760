import { and, eq, type SQL, sql } from 'drizzle-orm';
import type { Caller } from '../../platform/caller.ts';
import { today } from '../../platform/days.ts';
import type { Db } from '../../platform/db.ts';
import { invalid, notFound, Problem } from '../../platform/problem.ts';
import { unrestricted, type Viewer, visibleProfessionals } from '../policy/policy.ts';
import type { PersonalCodes } from './personal-codes.ts';
import { professionals } from './tables.ts';

// Writes lock in one order: organisations, the professional, then its affiliations and contributions. Every write about
// a person locks its row first, so that none goes on with what an erasure removed meanwhile.

/** A professional who was not erased, as it is kept. */
export type Professional = typeof professionals.$inferSelect & {
  readonly name: string;
  readonly dataSubjectId: string;
};

/** Locks a professional. Throws not_found where there is none, or where it was erased. */
export async function lockProfessional(db: Db, professionalId: string): Promise<Professional> {
  const row = await lockIfAny(db, professionalId);
  if (row === undefined) throw notFound();
  return row;
}

async function lockIfAny(db: Db, professionalId: string): Promise<Professional | undefined> {
  const [row] = await db
    .select()
    .from(professionals)
    .where(and(eq(professionals.id, professionalId), unrestricted('rule')))
    .for('update');
  return row?.erasedAt === null ? (row as Professional) : undefined;
}

/**
 * Locks a professional for whoever acts for it: the person with its code, or else the organisation that registered it.
 * Throws not_found, wrong_personal_code, too_many_requests, registering_organisation_required.
 */
export async function lockForParty(
  db: Db,
  caller: Caller,
  codes: PersonalCodes,
  { professionalId, personalCode }: { readonly professionalId: string; readonly personalCode: string | undefined },
): Promise<Professional> {
  if (personalCode !== undefined) return lockByCode(db, caller, codes, { professionalId, personalCode });
  await assertSees(db, caller, professionalId);
  const row = await lockProfessional(db, professionalId);
  if (row.registeredByOrganisationId !== caller.organisationId) throw new Problem('registering_organisation_required');
  return row;
}

type Coded = {
  readonly professionalId: string;
  readonly personalCode: string;
  /** What was asked for, where it is not the professional itself, and whether the caller may see that. */
  readonly asked?: { readonly id: string; readonly seen: boolean };
};

/**
 * Locks a professional for the person itself, and notes that its code was used. Throws as `lockForParty` does; for
 * whoever may not see what was asked for, a wrong code is not_found, as is what does not exist.
 */
export async function lockByCode(
  db: Db,
  caller: Caller,
  codes: PersonalCodes,
  { professionalId, personalCode, asked }: Coded,
): Promise<Professional> {
  const row = await lockIfAny(db, professionalId);
  const seen = row !== undefined && (asked?.seen ?? (await sees(db, caller, professionalId)));
  const codeDigest = row?.codeDigest ?? null;
  codes.assert(caller, { id: asked?.id ?? professionalId, codeDigest, hidden: !seen }, personalCode);
  if (row === undefined) throw notFound();
  const codeUsedAt = new Date();
  await db
    .update(professionals)
    .set({ codeUsedAt })
    .where(and(eq(professionals.id, professionalId), unrestricted('checked')));
  return { ...row, codeUsedAt };
}

/** Throws not_found unless the caller may see the professional. */
export async function assertSees(db: Db, caller: Caller, professionalId: string): Promise<void> {
  if (!(await sees(db, caller, professionalId))) throw notFound();
}

async function sees(db: Db, caller: Caller, professionalId: string): Promise<boolean> {
  const [row] = await db
    .select({ id: professionals.id })
    .from(professionals)
    .where(and(eq(professionals.id, professionalId), visibleProfessionals(caller.organisationId)));
  return row !== undefined;
}

/** The name of the joined professional, where the viewer may see it. */
export const nameFor = (viewer: Viewer): SQL<string | null> =>
  sql<string | null>`case when ${visibleProfessionals(viewer)} then ${professionals.name} end`;

/** Throws invalid_input for a first day that lies in the future. */
export function assertBegun(startsOn: string): void {
  if (startsOn > today()) throw invalid([{ in: 'body', location: '/startsOn', code: 'in_the_future' }]);
}

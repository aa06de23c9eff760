import { count } from 'drizzle-orm';
import type { z } from 'zod';
import { inChunks } from '../../platform/chunks.ts';
import type { Db } from '../../platform/db.ts';
import { unrestricted } from '../policy/policy.ts';
import type { AllianceView, CharterDecisionView, CharterView, MembershipView } from './schemas.ts';
import { alliances, charterDecisions, charters, memberships } from './tables.ts';

/** What an archive holds of alliances. */
export type AllianceRows = {
  readonly alliances: readonly z.output<typeof AllianceView>[];
  readonly memberships: readonly z.output<typeof MembershipView>[];
  readonly charters: readonly z.output<typeof CharterView>[];
  readonly decisions: readonly z.output<typeof CharterDecisionView>[];
};

/** How many alliances there are, of whatever visibility. */
export async function countAllAlliances(db: Db): Promise<number> {
  const [row] = await db.select({ count: count() }).from(alliances).where(unrestricted('node'));
  return row?.count ?? 0;
}

const idOf = (reference: { readonly id: string } | null) => reference?.id ?? null;

/** Puts alliances back as an archive has them, with who took part, their charters and what was decided on these. */
export async function restoreAlliances(db: Db, given: AllianceRows): Promise<void> {
  await inChunks(given.alliances, (chunk) =>
    db
      .insert(alliances)
      .values(
        chunk.map(({ memberCount: _, createdBy, ...row }) => ({ ...row, createdByOrganisationId: idOf(createdBy) })),
      ),
  );
  await inChunks(given.memberships, (chunk) =>
    db.insert(memberships).values(
      chunk.map(({ alliance, organisation, offeredByOrganisation, decidedBy, endedBy, ...row }) => ({
        ...row,
        allianceId: alliance.id,
        organisationId: organisation.id,
        offeredByOrganisationId: idOf(offeredByOrganisation),
        decidedByOrganisationId: idOf(decidedBy),
        endedByOrganisationId: idOf(endedBy),
      })),
    ),
  );
  await inChunks(given.charters, (chunk) =>
    db.insert(charters).values(
      chunk.map(({ acceptedCount: _, publishedBy, ...row }) => ({
        ...row,
        publishedByOrganisationId: publishedBy.id,
      })),
    ),
  );
  await inChunks(given.decisions, (chunk) =>
    db
      .insert(charterDecisions)
      .values(chunk.map(({ organisation, ...row }) => ({ ...row, organisationId: organisation.id }))),
  );
}

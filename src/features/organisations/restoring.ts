import { eq, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { inChunks } from '../../platform/chunks.ts';
import type { Db } from '../../platform/db.ts';
import { newId } from '../../platform/id.ts';
import type { MergerView, OrganisationVersionView, OrganisationView } from './schemas.ts';
import {
  mergerPredecessors,
  mergers,
  organisationIdentifiers,
  organisationKeys,
  organisations,
  organisationVersions,
} from './tables.ts';

/** What an archive holds of the register. */
export type RegisterRows = {
  readonly organisations: readonly z.output<typeof OrganisationView>[];
  readonly versions: readonly (z.output<typeof OrganisationVersionView> & { readonly organisationId: string })[];
  readonly mergers: readonly z.output<typeof MergerView>[];
};

/** How many organisations there are beside those of this node itself: a node that is to take in an archive has none. */
export async function countForeignOrganisations(db: Db, own: readonly string[]): Promise<number> {
  const [row] = await db.execute<{ count: number }>(sql`select count(*)::int as count from ${organisations} o
    where not o.id = any (array(select value::uuid from jsonb_array_elements_text(${JSON.stringify(own)}::jsonb)))`);
  return row?.count ?? 0;
}

/** Puts a register back as an archive has it, with its identifiers, dates and versions. */
export async function restoreRegister(db: Db, given: RegisterRows): Promise<void> {
  const versionOf = new Map<string, number>();
  for (const { organisationId, version } of given.versions)
    versionOf.set(organisationId, Math.max(version, versionOf.get(organisationId) ?? 1));
  await inChunks(given.organisations, (chunk) =>
    db
      .insert(organisations)
      .values(
        chunk.map(({ successor: _, identifiers: __, ...row }) => ({ ...row, version: versionOf.get(row.id) ?? 1 })),
      ),
  );
  // Afterwards, since a successor may stand behind whom it succeeds.
  for (const { id, successor } of given.organisations)
    if (successor !== null)
      await db.update(organisations).set({ successorId: successor.id }).where(eq(organisations.id, id));
  const identifiers = given.organisations.flatMap(({ id: organisationId, identifiers }) =>
    identifiers.map((one) => ({ ...one, id: newId(), organisationId })),
  );
  await inChunks(identifiers, (chunk) => db.insert(organisationIdentifiers).values(chunk));
  const keys = given.organisations.flatMap(({ id: organisationId, source, sourceKey: key }) =>
    source === null || key === null ? [] : [{ source, key, organisationId }],
  );
  await inChunks(keys, (chunk) => db.insert(organisationKeys).values(chunk));
  await inChunks(given.versions, (chunk) =>
    db.insert(organisationVersions).values(
      chunk.map(({ organisationId, version, recordedAt, operationId, ...snapshot }) => ({
        ...{ organisationId, version, recordedAt, operationId, snapshot },
      })),
    ),
  );
  await inChunks(given.mergers, (chunk) =>
    db
      .insert(mergers)
      .values(chunk.map(({ predecessors: _, successor, ...row }) => ({ ...row, successorId: successor.id }))),
  );
  const predecessors = given.mergers.flatMap(({ id: mergerId, predecessors }) =>
    predecessors.map(({ id: organisationId }) => ({ organisationId, mergerId })),
  );
  await inChunks(predecessors, (chunk) => db.insert(mergerPredecessors).values(chunk));
}

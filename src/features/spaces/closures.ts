import { and, eq, sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { Answer } from '../../platform/answer.ts';
import type { Caller } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { notFound, Problem } from '../../platform/problem.ts';
import { alliances } from '../alliances/tables.ts';
import { commitments } from '../initiatives/tables.ts';
import { countOwnedInSpace } from '../ownership/ownership.ts';
import { visibleClosures, visibleDestructions } from '../policy/policy.ts';
import type { SpaceArchive } from './archive-schema.ts';
import type { DestructionReceiptView, SpaceClosureView } from './schemas.ts';
import { handovers, harvests, spaceClosures } from './tables.ts';

type View = z.output<typeof SpaceClosureView>;
const closures = spaceClosures;

const inSpace = sql`c.alliance_id = ${closures.allianceId}`;
const openCommitments = sql<number>`(select count(*)::int from ${commitments} c
  where ${inSpace} and c.state in ('offered', 'accepted'))`;
const openHarvests = sql<number>`(select count(*)::int from ${harvests} h where h.alliance_id = ${closures.allianceId}
  and h.state = 'offered' and h.expires_at > now())`;
const openHandovers = sql<number>`(select count(*)::int from ${handovers} h join ${commitments} c
  on c.id = h.commitment_id where ${inSpace} and h.state = 'offered' and h.expires_at > now())`;

const columns = {
  allianceId: closures.allianceId,
  state: sql<View['state']>`${closures.state}`,
  endsOn: closures.endsOn,
  beganAt: closures.beganAt,
  archivesOn: closures.archivesOn,
  destroysOn: closures.destroysOn,
  archivedAt: closures.archivedAt,
  archiveHash: closures.archiveHash,
  settled: closures.settled,
  destroyedAt: closures.destroyedAt,
};

/** How far the closing of a space has come, for those who took part at its end. Throws not_found. */
export async function getSpaceClosure(db: Db, caller: Caller, allianceId: string): Promise<Answer<View>> {
  const [row] = await db
    .select({ ...columns, openCommitments, openHarvests, openHandovers })
    .from(closures)
    // Joined, so that the counts keep the names of their tables.
    .innerJoin(alliances, eq(alliances.id, closures.allianceId))
    .where(and(eq(closures.allianceId, allianceId), visibleClosures(caller.organisationId)));
  if (row === undefined) throw notFound();
  const { openCommitments: commitments, openHarvests: harvests, openHandovers: handovers, ...view } = row;
  const ownerships = await countOwnedInSpace(db, allianceId);
  return { body: { ...view, open: { commitments, ownerships, harvests, handovers } } };
}

/**
 * The archive of a space, for those who took part at its end, from the day on which it is written to that on which it is
 * destroyed. Throws not_found, archive_unavailable.
 */
export async function getSpaceArchive(
  db: Db,
  caller: Caller,
  allianceId: string,
): Promise<Answer<z.output<typeof SpaceArchive>>> {
  const [row] = await db
    .select({ archive: closures.archive })
    .from(closures)
    .where(and(eq(closures.allianceId, allianceId), visibleClosures(caller.organisationId)));
  if (row === undefined) throw notFound();
  if (row.archive === null) throw new Problem('archive_unavailable');
  return { body: JSON.parse(row.archive) };
}

/**
 * The signed receipt of the destruction of a space's content, for those who took part at its end and for its sponsor.
 * Throws not_found, also as long as nothing was destroyed.
 */
export async function getDestructionReceipt(
  db: Db,
  caller: Caller,
  allianceId: string,
): Promise<Answer<z.output<typeof DestructionReceiptView>>> {
  const [row] = await db
    .select({ receipt: closures.receipt })
    .from(closures)
    .where(and(eq(closures.allianceId, allianceId), visibleDestructions(caller.organisationId)));
  if (row?.receipt == null) throw notFound();
  return { body: { receipt: row.receipt } };
}

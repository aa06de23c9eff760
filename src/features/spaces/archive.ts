import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { and, asc, eq, getTableColumns, inArray, isNull, ne, type SQL, sql } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import type { z } from 'zod';
import type { Db } from '../../platform/db.ts';
import { alliances, charterDecisions, charters, memberships, sponsorships } from '../alliances/tables.ts';
import {
  commitmentSteps,
  commitments,
  initiativeStages,
  initiatives,
  participations,
  stances,
} from '../initiatives/tables.ts';
import { knowledgeItems, knowledgeShares } from '../knowledge/tables.ts';
import { organisations } from '../organisations/tables.ts';
import { ownershipRecords } from '../ownership/tables.ts';
import { unrestricted } from '../policy/policy.ts';
import { sessionAttendances, sessionOutcomes, sessionSeries, sessions } from '../sessions/tables.ts';
import { SpaceArchive } from './archive-schema.ts';
import { harvestConsents, harvests } from './tables.ts';

type Archive = z.output<typeof SpaceArchive>;
type Identified = PgTable & { readonly id: PgColumn };

/** Every row of a table under a condition, the oldest first. */
const rowsOf = <Table extends Identified>(db: Db, table: Table, condition: SQL | undefined) =>
  db
    .select(getTableColumns(table))
    .from(table as PgTable)
    .where(and(condition, unrestricted('node')))
    .orderBy(asc(table.id)) as Promise<Table['$inferSelect'][]>;

/** Rows by what they belong to. */
function grouped<Row>(rows: readonly Row[], keyOf: (row: Row) => string): (key: string) => Row[] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) groups.set(keyOf(row), [...(groups.get(keyOf(row)) ?? []), row]);
  return (key) => groups.get(key) ?? [];
}

const idsIn = (rows: readonly { id: string }[]) =>
  sql`(select jsonb_array_elements_text(${JSON.stringify(rows.map(({ id }) => id))}::jsonb)::uuid)`;

async function charterPart(db: Db, allianceId: string) {
  const texts = await rowsOf(db, charters, eq(charters.allianceId, allianceId));
  const decided = await rowsOf(db, charterDecisions, sql`${charterDecisions.charterId} in ${idsIn(texts)}`);
  const decisionsOn = grouped(decided, ({ charterId }) => charterId);
  return texts.map((charter) => ({ ...charter, decisions: decisionsOn(charter.id) }));
}

/** What is shared now, as those who take part read it. */
const sharedPart = (db: Db, allianceId: string) => {
  const { id, organisationId, type, title, summary, body, links, language, licence, themes } = knowledgeItems;
  const { publishedVersion, contentHash } = knowledgeItems;
  const { note, sharedAt, sharedByOrganisationId } = knowledgeShares;
  const content = { type, title, summary, body, links, language, licence, themes, publishedVersion, contentHash };
  return db
    .select({ id, organisationId, note, sharedAt, sharedByOrganisationId, ...content })
    .from(knowledgeShares)
    .innerJoin(knowledgeItems, eq(knowledgeItems.id, knowledgeShares.itemId))
    .where(
      and(
        eq(knowledgeShares.allianceId, allianceId),
        isNull(knowledgeShares.endedAt),
        ne(knowledgeItems.state, 'draft'),
        unrestricted('node'),
      ),
    )
    .orderBy(knowledgeShares.id);
};

async function initiativePart(db: Db, allianceId: string) {
  const begun = await rowsOf(db, initiatives, eq(initiatives.allianceId, allianceId));
  const stages = await rowsOf(db, initiativeStages, sql`${initiativeStages.initiativeId} in ${idsIn(begun)}`);
  const taking = await rowsOf(db, participations, sql`${participations.initiativeId} in ${idsIn(begun)}`);
  const thought = await rowsOf(db, stances, sql`${stances.participationId} in ${idsIn(taking)}`);
  const stagesOf = grouped(stages, ({ initiativeId }) => initiativeId);
  const participationsIn = grouped(taking, ({ initiativeId }) => initiativeId);
  const stancesOf = grouped(thought, ({ participationId }) => participationId);
  return begun.map((initiative) => ({
    ...initiative,
    stages: stagesOf(initiative.id),
    participations: participationsIn(initiative.id).map((one) => ({ ...one, stances: stancesOf(one.id) })),
  }));
}

/** What everybody in the space sees of its promises: what was done and confirmed, without what the two said of it. */
async function commitmentPart(db: Db, allianceId: string) {
  const done = inArray(commitments.state, ['fulfilled', 'confirmed']);
  const kept = await rowsOf(db, commitments, and(eq(commitments.allianceId, allianceId), done));
  const told = inArray(commitmentSteps.step, ['accepted', 'date_moved', 'fulfilled', 'confirmed']);
  const steps = await rowsOf(db, commitmentSteps, and(sql`${commitmentSteps.commitmentId} in ${idsIn(kept)}`, told));
  const stepsOf = grouped(steps, ({ commitmentId }) => commitmentId);
  return kept.map((commitment) => ({
    ...commitment,
    steps: stepsOf(commitment.id).toSorted((one, other) => one.number - other.number),
  }));
}

/** Sessions with who was there and what came of them; of what an outcome leads to, only what everybody here reads. */
async function sessionPart(db: Db, allianceId: string, read: ReadonlySet<string>) {
  const planned = await rowsOf(db, sessions, eq(sessions.allianceId, allianceId));
  const present = await rowsOf(db, sessionAttendances, sql`${sessionAttendances.sessionId} in ${idsIn(planned)}`);
  const came = await rowsOf(db, sessionOutcomes, sql`${sessionOutcomes.sessionId} in ${idsIn(planned)}`);
  const attendancesOf = grouped(present, ({ sessionId }) => sessionId);
  const outcomesOf = grouped(
    came.filter(({ commitmentId, itemId }) => [commitmentId, itemId].every((id) => id === null || read.has(id))),
    ({ sessionId }) => sessionId,
  );
  return planned.map((session) => ({
    ...session,
    ...{ attendances: attendancesOf(session.id), outcomes: outcomesOf(session.id) },
  }));
}

async function harvestPart(db: Db, allianceId: string) {
  const gathered = await rowsOf(db, harvests, eq(harvests.allianceId, allianceId));
  const answers = await rowsOf(db, harvestConsents, sql`${harvestConsents.harvestId} in ${idsIn(gathered)}`);
  const consentsTo = grouped(answers, ({ harvestId }) => harvestId);
  return gathered.map((harvest) => ({ ...harvest, consents: consentsTo(harvest.id) }));
}

const ownedHere = (allianceId: string) => sql`((${ownershipRecords.subjectType} = 'alliance'
    and ${ownershipRecords.subjectId} = ${allianceId}::uuid) or (${ownershipRecords.subjectType} = 'initiative'
    and ${ownershipRecords.subjectId} in (select i.id from ${initiatives} i where i.alliance_id = ${allianceId}::uuid)))`;

/** The identifiers of organisations that stand anywhere in a document. */
function organisationIdsIn(document: unknown): string[] {
  const found = new Set<string>();
  JSON.stringify(document, (key, value: unknown) => {
    if (/organisationIds?$/i.test(key)) for (const id of [value].flat()) if (typeof id === 'string') found.add(id);
    return value;
  });
  return [...found];
}

/**
 * Writes the archive of a space as it stands in this transaction: RFC 8785 canonical JSON, with its SHA-256. The space
 * is locked by the caller.
 */
export async function writeArchive(
  db: Db,
  node: string,
  allianceId: string,
  writtenAt: Date,
): Promise<{ text: string; hash: string }> {
  const [alliance] = await rowsOf(db, alliances, eq(alliances.id, allianceId));
  const sharedItems = await sharedPart(db, allianceId);
  const kept = await commitmentPart(db, allianceId);
  const read = new Set([...sharedItems, ...kept].map(({ id }) => id));
  const told = {
    format: 'samendoen-space-archive-1',
    node,
    writtenAt,
    alliance,
    memberships: await rowsOf(db, memberships, eq(memberships.allianceId, allianceId)),
    sponsorships: await rowsOf(db, sponsorships, eq(sponsorships.allianceId, allianceId)),
    charters: await charterPart(db, allianceId),
    sharedItems,
    initiatives: await initiativePart(db, allianceId),
    commitments: kept,
    sessionSeries: await rowsOf(db, sessionSeries, eq(sessionSeries.allianceId, allianceId)),
    sessions: await sessionPart(db, allianceId, read),
    ownershipRecords: await rowsOf(db, ownershipRecords, ownedHere(allianceId)),
    harvests: await harvestPart(db, allianceId),
  };
  // Only what the schema names: a column that is added later does not slip into what is handed over.
  const shown = SpaceArchive.omit({ organisations: true }).parse(JSON.parse(JSON.stringify(told)));
  const ids = JSON.stringify(organisationIdsIn(shown));
  const named = await db
    .select({ id: organisations.id, name: organisations.name })
    .from(organisations)
    .where(sql`${organisations.id} in (select jsonb_array_elements_text(${ids}::jsonb)::uuid)`)
    .orderBy(organisations.id);
  const text = canonicalize({ ...shown, organisations: named } satisfies Archive) ?? '';
  return { text, hash: createHash('sha256').update(text, 'utf8').digest('hex') };
}

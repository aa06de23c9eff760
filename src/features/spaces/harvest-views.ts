import { and, eq, gt, gte, type SQL, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { type Answer, type PageOf, pageOf } from '../../platform/answer.ts';
import type { Caller } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { effectiveState, type HandshakeState } from '../../platform/handshake.ts';
import { inState, openAtEndOf } from '../../platform/offers.ts';
import { notFound } from '../../platform/problem.ts';
import { alliances } from '../alliances/tables.ts';
import { knowledgeContributions, knowledgeItems } from '../knowledge/tables.ts';
import { organisations } from '../organisations/tables.ts';
import { isMember, type Viewer, visibleAlliances, visibleHarvests, visibleKnowledgeItems } from '../policy/policy.ts';
import type { HarvestQuery, HarvestView } from './schemas.ts';
import { harvestConsents, harvests } from './tables.ts';

type View = z.output<typeof HarvestView>;
type Consent = View['consents'][number];
type Row = Omit<View, 'consents'> & { consents: (Omit<Consent, 'decidedAt'> & { decidedAt: string | null })[] };

const consent = (decidedAt: SQL, reason: SQL, state: SQL) => sql`json_build_object(
  'organisation', json_build_object('id', o.id, 'name', o.name), 'state', ${state}, 'reason', ${reason},
  'decidedAt', ${decidedAt}) as told, o.id as organisation`;

/** Whether the viewer may see the item, and so who contributed to it. */
const seesItem = (viewer: Viewer) => sql`exists (select from ${knowledgeItems}
  where ${knowledgeItems.id} = ${harvests.itemId} and ${visibleKnowledgeItems(viewer)})`;

/**
 * Who was asked, with the answers; and of an open harvest also who came to contribute since it was offered, where the
 * viewer sees the item.
 */
const consentsFor = (viewer: Viewer) => sql<
  Row['consents']
>`(select coalesce(json_agg(c.told order by c.organisation), '[]') from (
  select ${consent(sql`h.decided_at`, sql`h.reason`, sql`h.state`)} from ${harvestConsents} h
    join ${organisations} o on o.id = h.organisation_id where h.harvest_id = ${harvests.id}
  union all
  select ${consent(sql`null`, sql`null`, sql`'offered'`)} from ${knowledgeContributions} k
    join ${organisations} o on o.id = k.organisation_id
    where k.item_id = ${harvests.itemId} and k.state = 'accepted' and ${harvests.state} = 'offered'
      and ${seesItem(viewer)} and not exists (select from ${harvestConsents} h where h.harvest_id = ${harvests.id}
        and h.organisation_id = k.organisation_id)) c)`;

const columnsFor = (viewer: Viewer) => ({
  id: harvests.id,
  item: sql<View['item']>`json_build_object('id', ${harvests.itemId}, 'title',
    (select nullif(${knowledgeItems.title}, '') from ${knowledgeItems}
      where ${knowledgeItems.id} = ${harvests.itemId} and ${visibleKnowledgeItems(viewer)}))`,
  alliance: sql<View['alliance']>`case when ${isMember(viewer, sql`${harvests.allianceId}`)} then
    (select json_build_object('id', a.id, 'name', a.name) from ${alliances} a where a.id = ${harvests.allianceId}) end`,
  visibility: sql<View['visibility']>`${harvests.visibility}`,
  toAlliance: sql<View['toAlliance']>`case when ${harvests.toAllianceId} is not null then
    json_build_object('id', ${harvests.toAllianceId}, 'name', (select ${alliances.name} from ${alliances}
      where ${alliances.id} = ${harvests.toAllianceId} and ${visibleAlliances(viewer)})) end`,
  message: harvests.message,
  state: sql<HandshakeState>`${harvests.state}`,
  consents: consentsFor(viewer),
  // Joined, so that the columns above keep the names of their tables.
  offeredBy: sql<View['offeredBy']>`json_build_object('id', ${organisations.id}, 'name', ${organisations.name})`,
  offeredAt: harvests.offeredAt,
  expiresAt: harvests.expiresAt,
  decidedAt: harvests.decidedAt,
  changedAt: harvests.changedAt,
});

const select = (db: Db, { organisationId: viewer }: Caller, condition: SQL | undefined) =>
  db
    .select(columnsFor(viewer))
    .from(harvests)
    .innerJoin(organisations, eq(organisations.id, harvests.offeredByOrganisationId))
    .where(and(visibleHarvests(viewer), condition));

const toView = ({ consents, ...row }: Row): View => ({
  ...row,
  state: effectiveState(row, new Date()),
  consents: consents.map((one) => ({ ...one, decidedAt: one.decidedAt === null ? null : new Date(one.decidedAt) })),
});

/** One harvest that the caller may see. Throws not_found. */
export async function getHarvest(db: Db, caller: Caller, harvestId: string): Promise<Answer<View>> {
  const [row] = await select(db, caller, eq(harvests.id, harvestId));
  if (row === undefined) throw notFound();
  return { body: toView(row) };
}

const answeredBy = (organisationId: string, viewer: Viewer) => sql`(exists (select from ${harvestConsents} h
    where h.harvest_id = ${harvests.id} and h.organisation_id = ${organisationId}::uuid)
  or (${harvests.state} = 'offered' and ${seesItem(viewer)} and exists (select from ${knowledgeContributions} k where k.state = 'accepted'
    and k.item_id = ${harvests.itemId} and k.organisation_id = ${organisationId}::uuid)))`;

/** A page of the harvests that the caller may see, in the order of their identifiers. */
export async function listHarvests(
  db: Db,
  caller: Caller,
  input: z.output<typeof HarvestQuery> & { after?: string[] | undefined },
): Promise<PageOf<View>> {
  const { cursor: _, limit, after, state, asOf, changedSince, consentOf, allianceId, ...fields } = input;
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  const rows = await select(
    db,
    caller,
    and(
      ...given.map(([field, value]) => eq(harvests[field as keyof typeof fields], value as string)),
      after?.[0] === undefined ? undefined : gt(harvests.id, after[0]),
      // Whoever may not know of a space does not find by it.
      allianceId === undefined
        ? undefined
        : and(eq(harvests.allianceId, allianceId), isMember(caller.organisationId, sql`${harvests.allianceId}`)),
      consentOf === undefined ? undefined : answeredBy(consentOf, caller.organisationId),
      state === undefined ? undefined : inState(harvests, state),
      asOf === undefined ? undefined : openAtEndOf(harvests, asOf),
      changedSince === undefined ? undefined : gte(harvests.changedAt, changedSince),
    ),
  )
    .orderBy(harvests.id)
    .limit(limit + 1);
  return pageOf(rows, limit, (row) => [row.id], toView);
}

import { and, eq, gt, gte, type SQL, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { type Answer, type PageOf, pageOf } from '../../platform/answer.ts';
import type { Caller, Context } from '../../platform/caller.ts';
import { assertVersion } from '../../platform/conditional.ts';
import type { Db } from '../../platform/db.ts';
import { newId } from '../../platform/id.ts';
import { prepared } from '../../platform/prepared.ts';
import { invalid, notFound, Problem } from '../../platform/problem.ts';
import { commit } from '../events/events.ts';
import { organisations } from '../organisations/tables.ts';
import { actingOrganisation, unrestricted, visibleAlliances } from '../policy/policy.ts';
import { allianceFaults, closedFaults, today } from './rules.ts';
import type { AllianceChange, AllianceQuery, AllianceView, NewAlliance } from './schemas.ts';
import { assertConvener, assertExists, lockOrganisations, lockVisibleAlliance } from './standing.ts';
import { alliances, memberships } from './tables.ts';

export { importAlliances } from './alliances-import.ts';
export { getCharter, listCharterDecisions, listCharters } from './charters.ts';
export { endMembershipsOfSpace, expireOffersOfSpace } from './closing.ts';
export { countPassedDays, passDays } from './expiry.ts';
export { listMemberships } from './memberships.ts';
export { importMemberships } from './memberships-import.ts';
export { allianceReplicas } from './replicas.ts';
export { countAllAlliances, restoreAlliances } from './restoring.ts';
export {
  AllianceKind,
  AllianceView,
  allianceKinds,
  CharterDecisionView,
  CharterView,
  ClosureState,
  MembershipView,
  roles,
  SponsorshipView,
} from './schemas.ts';
export { listSponsorships } from './sponsorships.ts';
export {
  assertExists,
  assertMember,
  assertNotClosing,
  assertNotEnded,
  isBound,
  isConvener,
  lockAlliance,
  lockOrganisations,
  lockVisibleAlliance,
} from './standing.ts';
export { succeedMemberships, successorOn } from './succession.ts';

type View = z.output<typeof AllianceView>;
type Row = View & { version: number };
const { placeholder } = sql;

const columns = {
  id: alliances.id,
  version: alliances.version,
  kind: sql<View['kind']>`${alliances.kind}`,
  name: alliances.name,
  purpose: alliances.purpose,
  visibility: sql<View['visibility']>`${alliances.visibility}`,
  startsOn: alliances.startsOn,
  endsOn: alliances.endsOn,
  memberCount: sql<number>`(select count(*)::int from ${memberships} m where m.alliance_id = ${alliances}.id
    and m.state in ('accepted', 'ended') and m.starts_on <= current_date and (m.ends_on is null or m.ends_on > current_date))`,
  createdBy: sql<View['createdBy']>`(select json_build_object('id', o.id, 'name', o.name) from ${organisations} o
    where o.id = ${alliances}.created_by_organisation_id)`,
  source: alliances.source,
  sourceKey: alliances.sourceKey,
  home: alliances.home,
  createdAt: alliances.createdAt,
  changedAt: alliances.changedAt,
};

const toView = ({ version: _, ...view }: Row): View => view;

async function find(db: Db, caller: Caller, allianceId: string): Promise<Row> {
  const query = prepared(db, 'getAlliance', () =>
    db
      .select(columns)
      .from(alliances)
      .where(and(eq(alliances.id, placeholder('id')), visibleAlliances(placeholder('viewer')))),
  );
  const [row] = await query.execute({ id: allianceId, viewer: caller.organisationId });
  if (row === undefined) throw notFound();
  return row;
}

/** One alliance that the caller may see; not_found for any other, whether it exists or not. */
export async function getAlliance(db: Db, caller: Caller, allianceId: string): Promise<Answer<View>> {
  const row = await find(db, caller, allianceId);
  return { body: toView(row), version: row.version };
}

const filters: Record<string, SQL> = {
  after: gt(alliances.id, placeholder('after')),
  kind: eq(alliances.kind, placeholder('kind')),
  visibility: eq(alliances.visibility, placeholder('visibility')),
  name: sql`position(lower(${placeholder('name')}) in lower(${alliances.name})) > 0`,
  organisationId: sql`exists (select from ${memberships} m where m.alliance_id = ${alliances}.id
    and m.organisation_id = ${placeholder('organisationId')}::uuid and m.state in ('accepted', 'ended')
    and m.starts_on <= ${placeholder('day')}::date and (m.ends_on is null or m.ends_on > ${placeholder('day')}::date))`,
  createdByOrganisationId: eq(alliances.createdByOrganisationId, placeholder('createdByOrganisationId')),
  source: eq(alliances.source, placeholder('source')),
  sourceKey: eq(alliances.sourceKey, placeholder('sourceKey')),
  asOf: sql`${alliances.startsOn} <= ${placeholder('asOf')}
    and (${alliances.endsOn} is null or ${alliances.endsOn} > ${placeholder('asOf')})`,
  changedSince: gte(alliances.changedAt, placeholder('changedSince')),
};

/** A limit that stands in the statement: for one that is a parameter, the planner prepares to read a tenth of all rows. */
const inStatement = (rows: 51 | 201) => sql.raw(String(rows)) as unknown as number;

/** A page of the alliances that the caller may see, in the order of their identifiers. */
export async function listAlliances(
  db: Db,
  caller: Caller,
  input: z.output<typeof AllianceQuery> & { after?: string[] | undefined },
): Promise<PageOf<View>> {
  const given = Object.entries(filters).filter(([key]) => input[key as keyof typeof input] !== undefined);
  const rowLimit = input.limit <= 50 ? 51 : 201;
  const query = prepared(db, `listAlliances ${rowLimit} ${given.map(([key]) => key).join()}`, () =>
    db
      .select(columns)
      .from(alliances)
      .where(and(visibleAlliances(placeholder('viewer')), ...given.map(([, condition]) => condition)))
      .orderBy(alliances.id)
      .limit(inStatement(rowLimit)),
  );
  const rows = await query.execute({
    ...input,
    changedSince: input.changedSince?.toISOString(),
    after: input.after?.[0],
    day: input.asOf ?? today(),
    viewer: caller.organisationId,
  });
  return pageOf(rows, input.limit, (row) => [row.id], toView);
}

/** Founds an alliance; the caller's organisation becomes its convener by its own act. Throws invalid_input, organisation_dissolved. */
export async function createAlliance(
  db: Db,
  context: Context,
  input: z.output<typeof NewAlliance>,
): Promise<Answer<View>> {
  const organisationId = actingOrganisation(context.caller);
  const day = today();
  const alliance = {
    kind: input.kind,
    name: input.name,
    purpose: input.purpose ?? null,
    visibility: input.visibility,
    startsOn: input.startsOn ?? day,
    endsOn: input.endsOn ?? null,
  };
  const faults = allianceFaults(alliance);
  if (faults.length > 0) throw invalid(faults);
  return commit(db, context, async (db, record) => {
    assertExists(await lockOrganisations(db, [organisationId]), organisationId);
    const allianceId = newId();
    const membershipId = newId();
    const now = new Date();
    await db
      .insert(alliances)
      .values({ id: allianceId, ...alliance, createdByOrganisationId: organisationId, createdAt: now, changedAt: now });
    await db.insert(memberships).values({
      id: membershipId,
      allianceId,
      organisationId,
      role: 'convener',
      state: 'accepted',
      offeredBy: 'organisation',
      offeredByOrganisationId: organisationId,
      offeredAt: now,
      decidedAt: now,
      decidedByOrganisationId: organisationId,
      startsOn: alliance.startsOn < day ? alliance.startsOn : day,
      basis: 'agreed_here',
      createdAt: now,
      changedAt: now,
    });
    const touched = { allianceId, organisationIds: [organisationId] };
    record({ type: 'alliance.founded', subjectType: 'alliance', subjectId: allianceId, ...touched });
    record({ type: 'membership.accepted', subjectType: 'membership', subjectId: membershipId, ...touched });
    const row = await find(db, context.caller, allianceId);
    return { body: toView(row), version: row.version, location: `/v1/alliances/${allianceId}` };
  });
}

/**
 * Changes an alliance as one of its conveners. Throws precondition_failed, closed_stays_closed, space_closing,
 * invalid_input: also where a closed space would end in the past, since its members have their time from its end on.
 */
export async function changeAlliance(
  db: Db,
  context: Context,
  allianceId: string,
  expectedVersion: number,
  change: z.output<typeof AllianceChange>,
): Promise<Answer<View>> {
  const { caller } = context;
  return commit(db, context, async (db, record) => {
    await lockVisibleAlliance(db, caller, allianceId);
    await assertConvener(db, caller, allianceId);
    const named = and(eq(alliances.id, allianceId), unrestricted('checked'));
    const [before] = await db.select().from(alliances).where(named);
    if (before === undefined) throw notFound();
    assertVersion(expectedVersion, before.version);
    if (before.visibility === 'closed' && change.visibility !== undefined && change.visibility !== 'closed') {
      throw new Problem('closed_stays_closed');
    }
    const fields = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
    const after = { ...before, ...(fields as Partial<typeof before>) };
    const faults = [...allianceFaults(after), ...closedFaults(before, after)];
    if (faults.length > 0) throw invalid(faults);
    await db
      .update(alliances)
      .set({ ...after, version: before.version + 1, changedAt: new Date() })
      .where(named);
    record({ type: 'alliance.changed', subjectType: 'alliance', subjectId: allianceId, allianceId });
    const row = await find(db, caller, allianceId);
    return { body: toView(row), version: row.version };
  });
}

import { and, eq, gt, gte, or, type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { z } from 'zod';
import { type Answer, type PageOf, pageOf } from '../../platform/answer.ts';
import type { Caller } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import type { HandshakeState } from '../../platform/handshake.ts';
import { prepared } from '../../platform/prepared.ts';
import { notFound } from '../../platform/problem.ts';
import { organisationIfAnyIn } from '../organisations/organisations.ts';
import { organisations } from '../organisations/tables.ts';
import { partyToMembership, unrestricted, visibleAlliances, visibleMemberships } from '../policy/policy.ts';
import { membershipState } from './rules.ts';
import type { MembershipQuery, MembershipView } from './schemas.ts';
import { assertVisible, hasEnded, ranOut } from './standing.ts';
import { alliances, memberships } from './tables.ts';

type View = z.output<typeof MembershipView>;
const { placeholder } = sql;

const viewer = placeholder('viewer');
const forParties = (column: PgColumn) => sql<string | null>`case when ${partyToMembership(viewer)} then ${column} end`;
const columns = {
  id: memberships.id,
  allianceId: memberships.allianceId,
  // Whoever is invited to a closed space may know its name; whoever left, declined, or applied before it closed may not.
  allianceName: sql<string | null>`case when ${visibleAlliances(viewer)} or (${memberships.state} = 'offered'
    and ${memberships.offeredBy} = 'alliance' and ${ranOut} is not true) then ${alliances.name} end`,
  organisationId: memberships.organisationId,
  organisationName: organisations.name,
  role: sql<View['role']>`${memberships.role}`,
  state: sql<HandshakeState>`${memberships.state}`,
  offeredBy: sql<View['offeredBy']>`${memberships.offeredBy}`,
  offeredByOrganisation: organisationIfAnyIn(memberships.offeredByOrganisationId),
  offeredAt: memberships.offeredAt,
  expiresAt: memberships.expiresAt,
  decidedAt: memberships.decidedAt,
  decidedBy: organisationIfAnyIn(memberships.decidedByOrganisationId),
  decisionReason: forParties(memberships.decisionReason),
  startsOn: memberships.startsOn,
  endsOn: memberships.endsOn,
  endedBy: organisationIfAnyIn(memberships.endedByOrganisationId),
  endReason: forParties(memberships.endReason),
  basis: sql<View['basis']>`${memberships.basis}`,
  source: memberships.source,
  sourceKey: memberships.sourceKey,
  createdAt: memberships.createdAt,
  changedAt: memberships.changedAt,
};

const select = (db: Db, condition: SQL | undefined) =>
  db
    .select(columns)
    .from(memberships)
    .innerJoin(alliances, eq(alliances.id, memberships.allianceId))
    .innerJoin(organisations, eq(organisations.id, memberships.organisationId))
    .where(condition);

type Row = Awaited<ReturnType<typeof select>>[number];

function toView({ allianceId, allianceName, organisationId, organisationName, ...row }: Row): View {
  return {
    ...row,
    state: membershipState(row, new Date()),
    alliance: { id: allianceId, name: allianceName },
    organisation: { id: organisationId, name: organisationName },
  };
}

/** One membership that the caller may see; not_found for any other. */
export async function getMembership(db: Db, caller: Caller, membershipId: string): Promise<Answer<View>> {
  const query = prepared(db, 'getMembership', () =>
    select(db, and(eq(memberships.id, placeholder('id')), visibleMemberships(viewer))),
  );
  return show(await query.execute({ id: membershipId, viewer: caller.organisationId }));
}

/** The membership that its party just changed, also where it was the caller's last sight of a closed space. */
export async function getChangedMembership(db: Db, caller: Caller, membershipId: string): Promise<Answer<View>> {
  const query = prepared(db, 'getChangedMembership', () =>
    select(db, and(eq(memberships.id, placeholder('id')), unrestricted('checked'))),
  );
  return show(await query.execute({ id: membershipId, viewer: caller.organisationId }));
}

function show([row]: Row[]): Answer<View> {
  if (row === undefined) throw notFound();
  return { body: toView(row) };
}

const filters: Record<string, SQL | undefined> = {
  after: gt(memberships.id, placeholder('after')),
  allianceId: eq(memberships.allianceId, placeholder('allianceId')),
  organisationId: eq(memberships.organisationId, placeholder('organisationId')),
  role: eq(memberships.role, placeholder('role')),
  basis: eq(memberships.basis, placeholder('basis')),
  asOf: sql`${memberships.state} in ('accepted', 'ended') and ${memberships.startsOn} <= ${placeholder('asOf')}
    and (${memberships.endsOn} is null or ${memberships.endsOn} > ${placeholder('asOf')})`,
  changedSince: gte(memberships.changedAt, placeholder('changedSince')),
};

/** Rows in a state as it is now: what ran out or ended since is told as such before a job notes it. */
function stateFilter(state: HandshakeState): SQL | undefined {
  const stored = eq(memberships.state, state);
  if (state === 'expired') return or(stored, ranOut);
  if (state === 'ended') return or(stored, hasEnded);
  if (state === 'offered') return and(stored, sql`${ranOut} is not true`);
  return state === 'accepted' ? and(stored, sql`${hasEnded} is not true`) : stored;
}

/** A page of the memberships that the caller may see, in the order of their identifiers. */
export async function listMemberships(
  db: Db,
  caller: Caller,
  input: z.output<typeof MembershipQuery> & { after?: string[] | undefined },
): Promise<PageOf<View>> {
  const given = Object.entries(filters).filter(([key]) => input[key as keyof typeof input] !== undefined);
  const conditions = given.map(([, condition]) => condition);
  if (input.state !== undefined) conditions.push(stateFilter(input.state));
  const query = prepared(db, `listMemberships ${given.map(([key]) => key).join()} ${input.state ?? ''}`, () =>
    select(db, and(visibleMemberships(viewer), ...conditions))
      .orderBy(memberships.id)
      .limit(placeholder('rows')),
  );
  const rows = await query.execute({
    ...input,
    changedSince: input.changedSince?.toISOString(),
    after: input.after?.[0],
    viewer: caller.organisationId,
    rows: input.limit + 1,
  });
  return pageOf(rows, input.limit, (row) => [row.id], toView);
}

/** The memberships of one alliance that the caller may see. Throws not_found where it may not see the alliance. */
export async function listAllianceMemberships(
  db: Db,
  caller: Caller,
  allianceId: string,
  input: Omit<z.output<typeof MembershipQuery>, 'allianceId'> & { after?: string[] | undefined },
): Promise<PageOf<View>> {
  await assertVisible(db, caller, allianceId);
  return listMemberships(db, caller, { ...input, allianceId });
}

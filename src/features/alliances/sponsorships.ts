import { and, eq, gt, gte, or, type SQL, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { type Answer, type PageOf, pageOf } from '../../platform/answer.ts';
import type { Caller, Context } from '../../platform/caller.ts';
import { type Db, violatedConstraint } from '../../platform/db.ts';
import { decide, effectiveState, end, type HandshakeState, type Side } from '../../platform/handshake.ts';
import { newId } from '../../platform/id.ts';
import { inState, ranOut } from '../../platform/offers.ts';
import { notFound, Problem } from '../../platform/problem.ts';
import { commit, type NewEvent } from '../events/events.ts';
import { auditRecords, events } from '../events/tables.ts';
import { organisations } from '../organisations/tables.ts';
import { unrestricted, visibleSponsorships } from '../policy/policy.ts';
import { spaceClosures } from '../spaces/tables.ts';
import { sizeClass } from './rules.ts';
import type { NewDecision, NewSponsorship, NewSponsorshipEnd, SponsorshipQuery, SponsorshipView } from './schemas.ts';
import {
  assertConvener,
  assertExists,
  assertNotEnded,
  lockAlliance,
  lockOrganisations,
  lockVisibleAlliance,
  notEnded,
  type Organisations,
  type Standing,
} from './standing.ts';
import { alliances, memberships, sponsorships } from './tables.ts';

type View = z.output<typeof SponsorshipView>;
type Sponsorship = typeof sponsorships.$inferSelect;

const takesPart = sql`m.state = 'accepted' and m.starts_on <= current_date and (m.ends_on is null or m.ends_on > current_date)`;

type Closure = NonNullable<View['closure']>;
/** As the database tells it: with instants as texts. */
type ClosureRow = Omit<Closure, 'beganAt' | 'archivedAt' | 'destroyedAt'> & {
  readonly beganAt: string;
  readonly archivedAt: string | null;
  readonly destroyedAt: string | null;
};

const thisMonth = sql`date_trunc('month', now() at time zone 'UTC')`;
const inMonth = sql`(select true from ${events} e join ${auditRecords} r on r.id = e.audit_record_id
  where e.alliance_id = ${alliances.id} and e.occurred_at >= m at time zone 'UTC'
    and e.occurred_at < (m + interval '1 month') at time zone 'UTC'
    and e.subject_type <> 'sponsorship' and r.client_id <> 'node' limit 1)`;
/** Of the last six months that are over and in which the space was there from first to last day: how many, how many not still. */
const rhythmOf = sql<View['rhythm']>`(select json_build_object('wholeMonths', count(*)::int,
    'activeMonths', (count(*) filter (where ${inMonth}))::int)
  from generate_series(${thisMonth} - interval '6 months', ${thisMonth} - interval '1 month', interval '1 month') m
  where m >= greatest(${alliances.startsOn}, (${alliances.createdAt} at time zone 'UTC')::date)
    and (${alliances.endsOn} is null or m + interval '1 month' <= ${alliances.endsOn}))`;

const columns = {
  id: sponsorships.id,
  allianceId: sponsorships.allianceId,
  organisationId: sponsorships.organisationId,
  organisationName: organisations.name,
  state: sql<HandshakeState>`${sponsorships.state}`,
  offeredAt: sponsorships.offeredAt,
  expiresAt: sponsorships.expiresAt,
  decidedAt: sponsorships.decidedAt,
  startsOn: alliances.startsOn,
  endsOn: alliances.endsOn,
  members: sql<number>`(select count(*)::int from ${memberships} m where m.alliance_id = ${alliances.id} and ${takesPart})`,
  rhythm: rhythmOf,
  closure: sql<ClosureRow | null>`(select json_build_object('state', c.state, 'beganAt', c.began_at,
    'archivedAt', c.archived_at, 'destroysOn', c.destroys_on, 'destroyedAt', c.destroyed_at)
    from ${spaceClosures} c where c.alliance_id = ${alliances.id})`,
  endedAt: sponsorships.endedAt,
  changedAt: sponsorships.changedAt,
};

const select = (db: Db, condition: SQL | undefined) =>
  db
    .select(columns)
    .from(sponsorships)
    .innerJoin(alliances, eq(alliances.id, sponsorships.allianceId))
    .innerJoin(organisations, eq(organisations.id, sponsorships.organisationId))
    .where(condition);

type Row = Awaited<ReturnType<typeof select>>[number];

const instant = (text: string | null) => (text === null ? null : new Date(text));

const closureOf = ({ state, destroysOn, beganAt, archivedAt, destroyedAt }: ClosureRow): Closure => ({
  ...{ state, destroysOn },
  beganAt: new Date(beganAt),
  archivedAt: instant(archivedAt),
  destroyedAt: instant(destroyedAt),
});

/** Dates, size and rhythm are shown to whoever was asked to guarantee the space or does, and to nobody after that. */
function toView({ organisationId, organisationName, members, startsOn, endsOn, closure, rhythm, ...row }: Row): View {
  const state = effectiveState(row, new Date());
  const shown = state === 'offered' || state === 'accepted';
  const alive = shown && closure?.state !== 'destroyed';
  return {
    ...row,
    state,
    organisation: { id: organisationId, name: organisationName },
    startsOn: shown ? startsOn : null,
    endsOn: shown ? endsOn : null,
    sizeClass: alive ? sizeClass(members) : null,
    rhythm: alive ? rhythm : null,
    closure: shown && closure !== null ? closureOf(closure) : null,
  };
}

async function find(db: Db, { organisationId }: Caller, sponsorshipId: string): Promise<View> {
  const [row] = await select(db, and(eq(sponsorships.id, sponsorshipId), visibleSponsorships(organisationId)));
  if (row === undefined) throw notFound();
  return toView(row);
}

/** One sponsorship, for the sponsor and for those who take part in the space. Throws not_found. */
export async function getSponsorship(db: Db, caller: Caller, sponsorshipId: string): Promise<Answer<View>> {
  return { body: await find(db, caller, sponsorshipId) };
}

const heldAtEndOf = (day: string) => sql`${sponsorships.state} in ('accepted', 'ended')
  and ${sponsorships.decidedAt} < ${day}::date + 1
  and (${sponsorships.endedAt} is null or ${sponsorships.endedAt} >= ${day}::date + 1)`;

/** A page of the sponsorships that the caller may see, in the order of their identifiers. */
export async function listSponsorships(
  db: Db,
  caller: Caller,
  input: z.output<typeof SponsorshipQuery> & { after?: string[] | undefined },
): Promise<PageOf<View>> {
  const { after, allianceId, organisationId, state, asOf, changedSince, limit } = input;
  const condition = and(
    visibleSponsorships(caller.organisationId),
    after?.[0] === undefined ? undefined : gt(sponsorships.id, after[0]),
    allianceId === undefined ? undefined : eq(sponsorships.allianceId, allianceId),
    organisationId === undefined ? undefined : eq(sponsorships.organisationId, organisationId),
    state === undefined ? undefined : inState(sponsorships, state),
    asOf === undefined ? undefined : heldAtEndOf(asOf),
    changedSince === undefined ? undefined : gte(sponsorships.changedAt, changedSince),
  );
  const rows = await select(db, condition)
    .orderBy(sponsorships.id)
    .limit(limit + 1);
  return pageOf(rows, limit, (row) => [row.id], toView);
}

const event = (
  type: NewEvent['type'],
  { id, allianceId, organisationId }: Pick<Sponsorship, 'id' | 'allianceId' | 'organisationId'>,
): NewEvent => ({ type, subjectType: 'sponsorship', subjectId: id, allianceId, organisationIds: [organisationId] });

/**
 * Asks an organisation to guarantee a closed space, as one of its conveners. A sponsor takes no part and reads nothing.
 * Throws not_found, convener_required, not_a_closed_space, sponsor_cannot_join, sponsor_exists, alliance_ended,
 * organisation_dissolved, invalid_input.
 */
export async function offerSponsorship(
  db: Db,
  context: Context,
  allianceId: string,
  input: z.output<typeof NewSponsorship>,
): Promise<Answer<View>> {
  const { caller } = context;
  const { organisationId } = input;
  return commit(db, context, async (db, record) => {
    const { standing, organisations } = await lockVisibleAlliance(db, caller, allianceId, [organisationId]);
    const offeredByOrganisationId = await assertConvener(db, caller, allianceId);
    assertExists(organisations, organisationId);
    if (standing.visibility !== 'closed') throw new Problem('not_a_closed_space');
    assertNotEnded(standing);
    await assertTakesNoPart(db, allianceId, organisationId);
    await expireOpenOffer(db, allianceId, record);
    const now = new Date();
    const row = {
      id: newId(),
      allianceId,
      organisationId,
      state: 'offered',
      offeredByOrganisationId,
      offeredAt: now,
      expiresAt: new Date(now.getTime() + input.expiresInDays * 86_400_000),
      changedAt: now,
    };
    try {
      await db.transaction(async (db) => db.insert(sponsorships).values(row));
    } catch (error) {
      if (violatedConstraint(error) === 'sponsorships_open') throw new Problem('sponsor_exists');
      throw error;
    }
    record(event('sponsorship.offered', row));
    return { body: await find(db, caller, row.id), location: `/v1/sponsorships/${row.id}` };
  });
}

async function assertTakesNoPart(db: Db, allianceId: string, organisationId: string): Promise<void> {
  const [row] = await db
    .select({ id: memberships.id })
    .from(memberships)
    .where(
      and(
        eq(memberships.allianceId, allianceId),
        eq(memberships.organisationId, organisationId),
        or(notEnded, inState(memberships, 'offered')),
        unrestricted('rule'),
      ),
    )
    .limit(1);
  if (row !== undefined) throw new Problem('sponsor_cannot_join');
}

async function expireOpenOffer(db: Db, allianceId: string, record: (event: NewEvent) => void): Promise<void> {
  const expired = await db
    .update(sponsorships)
    .set({ state: 'expired', changedAt: new Date(), version: sql`${sponsorships.version} + 1` })
    .where(and(eq(sponsorships.allianceId, allianceId), ranOut(sponsorships), unrestricted('node')))
    .returning();
  for (const row of expired) record(event('sponsorship.expired', row));
}

/** A sponsorship that was found under the policy in this transaction. */
const named = (sponsorshipId: string) => and(eq(sponsorships.id, sponsorshipId), unrestricted('checked'));

type Party = {
  readonly row: Sponsorship;
  readonly own: boolean;
  readonly standing: Standing;
  readonly organisations: Organisations;
};

/** The row, locked after its alliance, when the caller is a party to it: the sponsor, or a convener of the space. */
async function lockParty(db: Db, caller: Caller, sponsorshipId: string): Promise<Party> {
  const seen = await getSponsorship(db, caller, sponsorshipId);
  const { allianceId, organisation } = seen.body;
  const own = organisation.id === caller.organisationId;
  const organisations = await lockOrganisations(db, [caller.organisationId, organisation.id]);
  const standing = await lockAlliance(db, allianceId);
  if (!own) await assertConvener(db, caller, allianceId);
  const [row] = await db.select().from(sponsorships).where(named(sponsorshipId)).for('update');
  if (row === undefined) throw notFound();
  return { row, own, standing, organisations };
}

/**
 * Answers the request to guarantee a closed space: the sponsor accepts or declines, a convener withdraws. Throws
 * not_found, wrong_side, convener_required, handshake_refused, sponsor_cannot_join, alliance_ended,
 * organisation_dissolved.
 */
export async function decideSponsorship(
  db: Db,
  context: Context,
  sponsorshipId: string,
  { decision, reason }: z.output<typeof NewDecision>,
): Promise<Answer<View>> {
  return commit(db, context, async (db, record) => {
    const party = await lockParty(db, context.caller, sponsorshipId);
    const { row, own } = party;
    const side: Side = own ? 'receiver' : 'offerer';
    const now = new Date();
    const state = decide({ state: row.state as HandshakeState, expiresAt: row.expiresAt }, side, decision, now);
    if (state !== row.state) {
      if (state === 'accepted') await assertMayGuarantee(db, party);
      await db
        .update(sponsorships)
        .set({ state, version: row.version + 1, decidedAt: now, decisionReason: reason ?? null, changedAt: now })
        .where(named(sponsorshipId));
      record(event(`sponsorship.${state}`, row));
    }
    return { body: await find(db, context.caller, sponsorshipId) };
  });
}

async function assertMayGuarantee(db: Db, { row, standing, organisations }: Party): Promise<void> {
  assertExists(organisations, row.organisationId);
  assertNotEnded(standing);
  await assertTakesNoPart(db, row.allianceId, row.organisationId);
}

/** Ends a sponsorship, by the sponsor or by a convener of the space. Throws not_found, handshake_refused. */
export async function endSponsorship(
  db: Db,
  context: Context,
  sponsorshipId: string,
  { reason }: z.output<typeof NewSponsorshipEnd>,
): Promise<Answer<View>> {
  return commit(db, context, async (db, record) => {
    const { row } = await lockParty(db, context.caller, sponsorshipId);
    const now = new Date();
    if (row.state !== 'ended') {
      const state = end({ state: row.state as HandshakeState, expiresAt: row.expiresAt }, now);
      await db
        .update(sponsorships)
        .set({ state, version: row.version + 1, endedAt: now, endReason: reason ?? null, changedAt: now })
        .where(named(sponsorshipId));
      record(event('sponsorship.ended', row));
    }
    return { body: await find(db, context.caller, sponsorshipId) };
  });
}

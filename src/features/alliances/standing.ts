import { and, eq, type SQL, sql } from 'drizzle-orm';
import type { Caller } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { ranOut as offersRanOut } from '../../platform/offers.ts';
import { prepared } from '../../platform/prepared.ts';
import { invalid, notFound, Problem } from '../../platform/problem.ts';
import { organisations } from '../organisations/tables.ts';
import { actingOrganisation, unrestricted, visibleAlliances } from '../policy/policy.ts';
import { spaceClosures } from '../spaces/tables.ts';
import { keepsConvener, today } from './rules.ts';
import { alliances, memberships, sponsorships } from './tables.ts';

// Writes lock in one order, so that they never wait for each other in a circle: organisations, alliances, their rows;
// and of each the smaller identifier first. A foreign key locks its organisation too, so it was locked before.

const { placeholder } = sql;

/** An alliance as far as writes need it; `closure` is how far a closed space at its end is on its way out. */
export type Standing = {
  readonly id: string;
  readonly visibility: string;
  readonly endsOn: string | null;
  readonly closure: string | null;
};

/** Organisations that were locked, by identifier. */
export type Organisations = ReadonlyMap<
  string,
  { readonly endsOn: string | null; readonly successorId: string | null }
>;

/** True for memberships that were agreed and have not ended, also those that begin later. */
export const notEnded: SQL = sql`(${memberships.state} = 'accepted' and (${memberships.endsOn} is null or ${memberships.endsOn} > current_date))`;

const begun = sql`${memberships.startsOn} <= current_date`;

/** True for offers whose time is over, whether or not a job has noted it; null, not false, for some others. */
export const ranOut: SQL = offersRanOut(memberships);

/** True for memberships whose last day has passed, whether or not a job has noted it; null, not false, for some others. */
export const hasEnded: SQL = sql`(${memberships.state} = 'accepted' and ${memberships.endsOn} <= current_date)`;

/** Locks organisations, and who succeeds them, until the end of the transaction: a merger of them waits, or is waited for. */
export async function lockOrganisations(db: Db, ids: readonly (string | null)[]): Promise<Organisations> {
  const { id, endsOn, successorId } = organisations;
  const query = prepared(db, 'lockOrganisations', () =>
    db
      .select({ id, endsOn, successorId })
      .from(organisations)
      // One list, since of two conditions with "or" the database would look at every organisation.
      .where(
        sql`${id} in (select unnest(${placeholder('ids')}::uuid[])
          union select s.successor_id from ${organisations} s where s.id = any(${placeholder('ids')}::uuid[]))`,
      )
      .orderBy(id)
      .for('key share'),
  );
  const rows = await query.execute({ ids: `{${ids.filter((id) => id !== null).join()}}` });
  return new Map(rows.map((row) => [row.id, row]));
}

/** Locks an alliance until the end of the transaction: decisions on what belongs to it follow one another. */
export async function lockAlliance(db: Db, allianceId: string): Promise<Standing> {
  const { id, visibility, endsOn } = alliances;
  const [row] = await db
    .select({ id, visibility, endsOn })
    .from(alliances)
    .where(and(eq(id, allianceId), unrestricted('checked')))
    .for('no key update');
  if (row === undefined) throw notFound();
  return { ...row, closure: await closureOf(db, row) };
}

/** How far a closed space is on its way out: at its end it is closing, whether or not a job has noted it. */
async function closureOf(db: Db, { id, visibility, endsOn }: Omit<Standing, 'closure'>): Promise<string | null> {
  if (visibility !== 'closed') return null;
  // Of its own, after the lock: the statement that waited would still see what was before.
  const [closure] = await db
    .select({ state: spaceClosures.state })
    .from(spaceClosures)
    .where(and(eq(spaceClosures.allianceId, id), unrestricted('rule')));
  return closure?.state ?? (endsOn !== null && endsOn <= today() ? 'closing' : null);
}

/** Throws space_closing where nothing new may begin, since the space is at its end. */
export function assertNotClosing({ closure }: Standing): void {
  if (closure !== null) throw new Problem('space_closing');
}

/**
 * What a write is to a space that is closing: something `new`, which is refused, or an `answer` to what is there, which
 * is taken until the archive is written.
 */
type Purpose = 'new' | 'answer';

/**
 * Locks the caller's organisation and others, then an alliance that the caller may see. Throws not_found for any other
 * alliance, before and after it waited, and space_closing.
 */
export async function lockVisibleAlliance(
  db: Db,
  caller: Caller,
  allianceId: string,
  others: readonly string[] = [],
  purpose: Purpose = 'new',
): Promise<{ standing: Standing; organisations: Organisations }> {
  await assertVisible(db, caller, allianceId);
  const locked = await lockOrganisations(db, [caller.organisationId, ...others]);
  const standing = await lockAlliance(db, allianceId);
  await assertVisible(db, caller, allianceId);
  if (purpose === 'new' || standing.closure !== 'closing') assertNotClosing(standing);
  return { standing, organisations: locked };
}

/** Throws not_found unless the caller may see the alliance. */
export async function assertVisible(db: Db, caller: Caller, allianceId: string): Promise<void> {
  const [row] = await db
    .select({ id: alliances.id })
    .from(alliances)
    .where(and(eq(alliances.id, allianceId), visibleAlliances(caller.organisationId)));
  if (row === undefined) throw notFound();
}

async function roleOf(db: Db, organisationId: string | null, allianceId: string): Promise<string | undefined> {
  if (organisationId === null) return undefined;
  const { role } = memberships;
  const own = and(eq(memberships.allianceId, allianceId), eq(memberships.organisationId, organisationId));
  const [row] = await db
    .select({ role })
    .from(memberships)
    .where(and(own, notEnded, begun, unrestricted('rule')));
  return row?.role;
}

/** The caller's organisation as a convener of the alliance. Throws convener_required. */
export async function assertConvener(db: Db, caller: Caller, allianceId: string): Promise<string> {
  if ((await roleOf(db, caller.organisationId, allianceId)) !== 'convener') throw new Problem('convener_required');
  return actingOrganisation(caller);
}

/**
 * The caller's organisation as one that may invite and admit others: a convener, or any member of an alliance that has
 * none, as an imported one; else nobody could ever convene it. Throws convener_required.
 */
export async function assertMayAdmit(db: Db, caller: Caller, allianceId: string): Promise<string> {
  const role = await roleOf(db, caller.organisationId, allianceId);
  if (role === 'convener') return actingOrganisation(caller);
  const [convener] = await db
    .select({ id: memberships.id })
    .from(memberships)
    .where(
      and(
        eq(memberships.allianceId, allianceId),
        eq(memberships.role, 'convener'),
        notEnded,
        begun,
        unrestricted('rule'),
      ),
    )
    .limit(1);
  if (role !== 'member' || convener !== undefined) throw new Problem('convener_required');
  return actingOrganisation(caller);
}

/** Whether the organisation is bound by the alliance today: as a convener or a member. */
export async function isBound(db: Db, organisationId: string | null, allianceId: string): Promise<boolean> {
  const role = await roleOf(db, organisationId, allianceId);
  return role === 'convener' || role === 'member';
}

/** Whether the organisation is a convener of the alliance today. */
export async function isConvener(db: Db, organisationId: string, allianceId: string): Promise<boolean> {
  return (await roleOf(db, organisationId, allianceId)) === 'convener';
}

/** The caller's organisation as one that is bound by the alliance. Throws member_required. */
export async function assertMember(db: Db, caller: Caller, allianceId: string): Promise<string> {
  if (!(await isBound(db, caller.organisationId, allianceId))) throw new Problem('member_required');
  return actingOrganisation(caller);
}

/** Throws alliance_ended where nobody can join any more. */
export function assertNotEnded({ endsOn }: Standing): void {
  if (endsOn !== null && endsOn <= today()) throw new Problem('alliance_ended');
}

/** Throws organisation_dissolved, or invalid_input where there is no such organisation among the locked ones. */
export function assertExists(locked: Organisations, organisationId: string): void {
  const row = locked.get(organisationId);
  if (row === undefined) throw invalid([{ in: 'body', location: '/organisationId', code: 'unknown_organisation' }]);
  if (row.endsOn !== null && row.endsOn <= today()) throw new Problem('organisation_dissolved');
}

/** Throws sponsor_cannot_join where the organisation guarantees the space. */
export async function assertNoSponsor(db: Db, organisationId: string, allianceId: string): Promise<void> {
  const [row] = await db
    .select({ id: sponsorships.id })
    .from(sponsorships)
    .where(
      and(
        eq(sponsorships.allianceId, allianceId),
        eq(sponsorships.organisationId, organisationId),
        eq(sponsorships.state, 'accepted'),
        unrestricted('rule'),
      ),
    );
  if (row !== undefined) throw new Problem('sponsor_cannot_join');
}

/** Whether, as things stand in this transaction, the alliance has a convener on every day on which anybody takes part. */
export async function hasConvenerFrom(db: Db, allianceId: string, day: string): Promise<boolean> {
  const { role, startsOn, endsOn } = memberships;
  const present = await db
    .select({ role, startsOn, endsOn })
    .from(memberships)
    .where(and(eq(memberships.allianceId, allianceId), notEnded, unrestricted('rule')));
  return keepsConvener(present, day);
}

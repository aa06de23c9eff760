import { createHash, randomBytes } from 'node:crypto';
import { and, eq, gt, gte, isNull, type SQL, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { type Answer, type PageOf, pageOf } from '../../platform/answer.ts';
import type { Caller, Context } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { newId } from '../../platform/id.ts';
import { notFound, Problem } from '../../platform/problem.ts';
import { assertMember, assertNotEnded, lockVisibleAlliance } from '../alliances/alliances.ts';
import { memberships } from '../alliances/tables.ts';
import { commit, type NewEvent } from '../events/events.ts';
import { organisationIn } from '../organisations/organisations.ts';
import { unrestricted } from '../policy/policy.ts';
import { visibleCalendarFeeds } from '../policy/session-sight.ts';
import type { CalendarFeedQuery, CalendarFeedView, NewCalendarFeed, OpenedCalendarFeed } from './calendar-schemas.ts';
import { calendarFeeds } from './tables.ts';

type View = z.output<typeof CalendarFeedView>;
type Opened = z.output<typeof OpenedCalendarFeed>;
type Feed = typeof calendarFeeds.$inferSelect;

/** How many open feeds of one alliance an organisation may have. */
const maxFeeds = 20;

/** What every secret of a calendar begins with, so that scanners find one that was pasted somewhere by mistake. */
const secretPrefix = 'samendoen_calendar_';

/** A new secret of 256 random bits. */
const newSecret = (): string => `${secretPrefix}${randomBytes(32).toString('base64url')}`;

/** What is kept of a secret. */
export const hashOf = (secret: string): string => createHash('sha256').update(secret, 'utf8').digest('hex');

/** True for memberships `m` that hold today. */
export const holdsToday = sql`(m.state = 'accepted' and m.starts_on <= current_date
  and (m.ends_on is null or m.ends_on > current_date))`;

const state = sql<View['state']>`case when ${calendarFeeds.revokedAt} is not null then 'revoked'
  when (select ${holdsToday} from ${memberships} m where m.id = ${calendarFeeds.membershipId}) then 'open'
  else 'ended' end`;

const select = (db: Db, { organisationId: viewer }: Caller, condition: SQL | undefined) =>
  db
    .select({
      id: calendarFeeds.id,
      allianceId: calendarFeeds.allianceId,
      organisation: organisationIn(calendarFeeds.organisationId),
      name: calendarFeeds.name,
      state,
      openedAt: calendarFeeds.openedAt,
      revokedAt: calendarFeeds.revokedAt,
      changedAt: calendarFeeds.changedAt,
    })
    .from(calendarFeeds)
    .where(and(visibleCalendarFeeds(viewer), condition));

async function find(db: Db, caller: Caller, feedId: string): Promise<View> {
  const [row] = await select(db, caller, eq(calendarFeeds.id, feedId));
  if (row === undefined) throw notFound();
  return row;
}

/** One calendar feed of the caller's organisation. Throws not_found. */
export async function getCalendarFeed(db: Db, caller: Caller, feedId: string): Promise<Answer<View>> {
  return { body: await find(db, caller, feedId) };
}

/** A page of the calendar feeds of the caller's organisation, the oldest first. */
export async function listCalendarFeeds(
  db: Db,
  caller: Caller,
  input: z.output<typeof CalendarFeedQuery> & { after?: string[] | undefined },
): Promise<PageOf<View>> {
  const { after, allianceId, changedSince, limit } = input;
  const condition = and(
    after?.[0] === undefined ? undefined : gt(calendarFeeds.id, after[0]),
    allianceId === undefined ? undefined : eq(calendarFeeds.allianceId, allianceId),
    input.state === undefined ? undefined : sql`${state} = ${input.state}`,
    changedSince === undefined ? undefined : gte(calendarFeeds.changedAt, changedSince),
  );
  const rows = await select(db, caller, condition)
    .orderBy(calendarFeeds.id)
    .limit(limit + 1);
  return pageOf(
    rows,
    limit,
    (row) => [row.id],
    (row) => row,
  );
}

/** What happened to a calendar feed. */
export const feedEvent = (
  type: Extract<NewEvent['type'], `calendar_feed.${string}`>,
  { id, allianceId, organisationId }: Pick<Feed, 'id' | 'allianceId' | 'organisationId'>,
): NewEvent => ({ type, subjectType: 'calendar_feed', subjectId: id, allianceId, organisationIds: [organisationId] });

async function membershipOf(db: Db, organisationId: string, allianceId: string): Promise<string> {
  const [row] = await db.execute<{ id: string }>(sql`select m.id from ${memberships} m
    where m.alliance_id = ${allianceId} and m.organisation_id = ${organisationId} and ${holdsToday}
      and ${unrestricted('rule')} order by m.id limit 1`);
  if (row === undefined) throw new Problem('member_required');
  return row.id;
}

/**
 * Opens a secret address for the calendar of an alliance, as one that is bound by it. The address is in this answer alone.
 * Throws not_found, member_required, alliance_ended, space_closing, too_many_calendar_feeds.
 */
export async function openCalendarFeed(
  db: Db,
  context: Context,
  baseUrl: string,
  allianceId: string,
  { name }: z.output<typeof NewCalendarFeed>,
): Promise<Answer<Opened>> {
  const { caller } = context;
  return commit<Opened>(db, context, async (db, record) => {
    const { standing } = await lockVisibleAlliance(db, caller, allianceId);
    const organisationId = await assertMember(db, caller, allianceId);
    assertNotEnded(standing);
    const own = and(eq(calendarFeeds.allianceId, allianceId), eq(calendarFeeds.organisationId, organisationId));
    const open = await db.$count(calendarFeeds, and(own, isNull(calendarFeeds.revokedAt), unrestricted('checked')));
    if (open >= maxFeeds) throw new Problem('too_many_calendar_feeds', { params: { maximum: maxFeeds } });
    const secret = newSecret();
    const now = new Date();
    const feed = {
      ...{ id: newId(), allianceId, organisationId, name, secretHash: hashOf(secret), openedAt: now, changedAt: now },
      membershipId: await membershipOf(db, organisationId, allianceId),
    };
    await db.insert(calendarFeeds).values(feed);
    record(feedEvent('calendar_feed.opened', feed));
    const shown = { ...(await find(db, caller, feed.id)), secretAddress: `${baseUrl}/calendars/${secret}.ics` };
    return { body: shown, kept: { ...shown, secretAddress: null }, location: `/v1/calendar-feeds/${feed.id}` };
  });
}

/** Revokes a calendar feed of the caller's organisation: its address leads nowhere from now on. Throws not_found. */
export async function revokeCalendarFeed(db: Db, context: Context, feedId: string): Promise<Answer<undefined>> {
  const { caller } = context;
  return commit(db, context, async (db, record) => {
    const now = new Date();
    const [revoked] = await db
      .update(calendarFeeds)
      .set({ revokedAt: now, changedAt: now })
      .where(
        and(eq(calendarFeeds.id, feedId), isNull(calendarFeeds.revokedAt), visibleCalendarFeeds(caller.organisationId)),
      )
      .returning();
    // What was revoked before stays so.
    if (revoked === undefined) await find(db, caller, feedId);
    else record(feedEvent('calendar_feed.revoked', revoked));
    return { body: undefined };
  });
}

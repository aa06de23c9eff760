import { and, eq, isNull, sql } from 'drizzle-orm';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { digestOfText, isNamed, readEntityTags } from '../../platform/conditional.ts';
import type { Db } from '../../platform/db.ts';
import { notFound } from '../../platform/problem.ts';
import { RateLimiter } from '../../platform/rate-limit.ts';
import { alliances, memberships } from '../alliances/tables.ts';
import { unrestricted } from '../policy/policy.ts';
import { type CalendarEntry, writeCalendar } from './calendar.ts';
import { hashOf, holdsToday } from './calendar-feeds.ts';
import { planningDays } from './rules.ts';
import { calendarFeeds, sessions } from './tables.ts';

/** How many days back a calendar shows what was. */
const pastDays = 92;

/** The most sessions in a calendar; the nearest in time to its beginning. */
const maxEntries = 2000;

/** The limits hold for each address from which calendars are read, and for each secret. */
export type CalendarPagesDeps = { readonly db: Db; readonly rateLimitPerMinute?: number };

/** What the secret opens, as long as the membership holds under which it was made; whoever has it was let in by it. */
const opened = (db: Db, secret: string) =>
  db
    .select({ allianceId: alliances.id, name: alliances.name })
    .from(calendarFeeds)
    .innerJoin(alliances, eq(alliances.id, calendarFeeds.allianceId))
    .where(
      and(
        eq(calendarFeeds.secretHash, hashOf(secret)),
        isNull(calendarFeeds.revokedAt),
        sql`(select ${holdsToday} from ${memberships} m where m.id = ${calendarFeeds.membershipId})`,
        unrestricted('checked'),
      ),
    );

/** The sessions of an alliance from a while back, those that were cancelled as such. */
const entriesOf = (db: Db, allianceId: string): Promise<CalendarEntry[]> =>
  db
    .select({
      id: sessions.id,
      version: sessions.version,
      title: sessions.title,
      description: sessions.description,
      place: sessions.place,
      kind: sessions.kind,
      notRecorded: sessions.notRecorded,
      startsAt: sessions.startsAt,
      endsAt: sessions.endsAt,
      cancelled: sql<boolean>`${sessions.state} = 'cancelled'`,
      createdAt: sessions.createdAt,
      changedAt: sessions.changedAt,
    })
    .from(sessions)
    .innerJoin(alliances, eq(alliances.id, sessions.allianceId))
    .where(
      and(
        eq(sessions.allianceId, allianceId),
        sql`${sessions.plannedOn} between current_date - ${sql.raw(String(pastDays))}
          and current_date + ${sql.raw(String(planningDays))}`,
        // What was planned past the end of the alliance will not be.
        sql`(${alliances.endsOn} is null or ${sessions.plannedOn} < ${alliances.endsOn})`,
        unrestricted('checked'),
      ),
    )
    .orderBy(sessions.plannedOn, sessions.id)
    .limit(maxEntries);

async function calendarOf(db: Db, secret: string): Promise<string> {
  const [feed] = await opened(db, secret);
  if (feed === undefined) throw notFound();
  return writeCalendar(feed.name, await entriesOf(db, feed.allianceId));
}

function answer(request: FastifyRequest, reply: FastifyReply, text: string): FastifyReply {
  const tag = `"${digestOfText(text)}"`;
  const asked = request.headers['if-none-match'];
  // Kept by whoever asked alone, and asked for again each time, so that what was revoked is gone.
  void reply.header('cache-control', 'private, no-cache').header('etag', tag);
  const known = asked === undefined ? undefined : readEntityTags(asked);
  if (known !== undefined && isNamed(known, tag)) return reply.code(304).send();
  return reply
    .type('text/calendar; charset=utf-8')
    .header('content-disposition', 'inline; filename="samendoen.ics"')
    .send(text);
}

/** Mounts the calendars, each behind its secret address: without a token, since calendar programs have none. */
export function calendarPages(app: FastifyInstance, { db, rateLimitPerMinute = 60 }: CalendarPagesDeps): void {
  const byAddress = new RateLimiter({ quota: rateLimitPerMinute * 5, name: 'calendar-address' });
  const bySecret = new RateLimiter({ quota: rateLimitPerMinute, name: 'calendar' });
  app.get<{ Params: { file: string } }>(
    '/calendars/:file',
    { config: { operationId: 'readCalendar' } },
    async (request, reply) => {
      byAddress.limit(request.ip);
      const [, secret] = /^([\w-]+)\.ics$/.exec(request.params.file) ?? [];
      if (secret === undefined) throw notFound();
      bySecret.limit(hashOf(secret));
      return answer(request, reply, await calendarOf(db, secret));
    },
  );
}

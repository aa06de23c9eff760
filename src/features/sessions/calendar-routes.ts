import type { Routes } from '../../platform/contract.ts';
import type { Db } from '../../platform/db.ts';
import { getCalendarFeed, listCalendarFeeds, openCalendarFeed, revokeCalendarFeed } from './calendar-feeds.ts';
import {
  CalendarFeedPath,
  CalendarFeedQuery,
  CalendarFeedView,
  NewCalendarFeed,
  OpenedCalendarFeed,
} from './calendar-schemas.ts';
import * as examples from './examples.ts';
import { RhythmPath } from './schemas.ts';

const tag = 'calendars';
const read = { scope: 'alliances:read', policy: 'own-organisation' } as const;
const write = { scope: 'alliances:write', policy: 'own-organisation' } as const;

/** Mounts the calendar feeds of alliances. */
export function calendarRoutes(routes: Routes, { db, baseUrl }: { db: Db; baseUrl: string }): void {
  const params = { feedId: examples.calendarFeed.id };
  routes.add({
    method: 'POST',
    path: '/alliances/{allianceId}/calendar-feeds',
    operationId: 'openCalendarFeed',
    tag,
    summary: 'Open a calendar of an alliance',
    description:
      'By a convener or a member. A calendar program subscribes to its secret address, without a token: whoever has the address reads the sessions of the alliance, also of a closed space. It leads nowhere as soon as it is revoked or your membership ends. The address is in this answer alone; a repeated request is answered without it.',
    access: write,
    params: RhythmPath,
    body: NewCalendarFeed,
    answer: { status: 201, description: 'The calendar with its secret address.', schema: OpenedCalendarFeed },
    problems: ['member_required', 'alliance_ended', 'space_closing', 'too_many_calendar_feeds'],
    examples: {
      params: { allianceId: examples.alliance.id },
      body: examples.newCalendarFeed,
      answer: examples.openedCalendarFeed,
    },
    handler: ({ context, params, body }) => openCalendarFeed(db, context, baseUrl, params.allianceId, body),
  });
  routes.add({
    method: 'GET',
    path: '/calendar-feeds',
    operationId: 'listCalendarFeeds',
    tag,
    summary: 'List calendars',
    description: 'Those that your organisation opened, without their addresses.',
    access: read,
    query: CalendarFeedQuery,
    answer: { status: 200, description: 'A page of calendars.', schema: CalendarFeedView, page: true },
    examples: { query: { state: 'open' }, answer: { items: [examples.calendarFeed], nextCursor: null } },
    handler: ({ caller, query, after }) => listCalendarFeeds(db, caller, { ...query, after }),
  });
  routes.add({
    method: 'GET',
    path: '/calendar-feeds/{feedId}',
    operationId: 'getCalendarFeed',
    tag,
    summary: 'Get a calendar',
    access: read,
    params: CalendarFeedPath,
    answer: { status: 200, description: 'The calendar.', schema: CalendarFeedView },
    examples: { params, answer: examples.calendarFeed },
    handler: ({ caller, params }) => getCalendarFeed(db, caller, params.feedId),
  });
  routes.add({
    method: 'DELETE',
    path: '/calendar-feeds/{feedId}',
    operationId: 'revokeCalendarFeed',
    tag,
    summary: 'Revoke a calendar',
    description: 'Its address leads nowhere from now on. What was revoked stays in the list.',
    access: write,
    params: CalendarFeedPath,
    answer: { status: 204, description: 'It is revoked.' },
    examples: { params },
    handler: ({ context, params }) => revokeCalendarFeed(db, context, params.feedId),
  });
}

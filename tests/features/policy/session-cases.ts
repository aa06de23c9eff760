import { sql } from 'drizzle-orm';
import { alliances } from '../../../src/features/alliances/tables.ts';
import {
  calendarFeeds,
  sessionAttendances,
  sessionOutcomes,
  sessionSeries,
  sessions,
} from '../../../src/features/sessions/tables.ts';
import type { Case } from './cases.ts';

const ofAlliances = `
      public   everyone
      network  network
      closed   members
      unknown  none`;

/** The cases of the predicates of sessions. */
export const sessionCases: Readonly<Record<string, Case>> = {
  visibleSessionSeries: {
    predicate: 'visibleSessionSeries',
    kind: 'series',
    rows: ({ visibleSessionSeries }, viewer) =>
      sql`select ${sessionSeries.id} from ${sessionSeries}, ${alliances} where ${visibleSessionSeries(viewer)}`,
    seen: ofAlliances,
  },
  visibleSessions: {
    predicate: 'visibleSessions',
    kind: 'session',
    rows: ({ visibleSessions }, viewer) =>
      sql`select ${sessions.id} from ${sessions}, ${alliances} where ${visibleSessions(viewer)}`,
    seen: ofAlliances,
  },
  visibleSessionAttendances: {
    predicate: 'visibleSessionAttendances',
    kind: 'attendance',
    rows: ({ visibleSessionAttendances }, viewer) => sql`select ${sessionAttendances.id}
      from ${sessionAttendances}, ${sessions} where ${visibleSessionAttendances(viewer)}`,
    seen: `
      public  first
      closed  members`,
  },
  visibleSessionOutcomes: {
    predicate: 'visibleSessionOutcomes',
    kind: 'outcome',
    rows: ({ visibleSessionOutcomes }, viewer) => sql`select ${sessionOutcomes.id}
      from ${sessionOutcomes}, ${sessions} where ${visibleSessionOutcomes(viewer)}`,
    seen: `
      public.lesson     first
      public.disputed   none
      public.fulfilled  first
      closed.lesson     members
      closed.confirmed  members
      closed.offered    none
      closed.shared     members
      closed.draft      none
      closed.public     members`,
  },
  visibleCalendarFeeds: {
    predicate: 'visibleCalendarFeeds',
    kind: 'feed',
    rows: ({ visibleCalendarFeeds }, viewer) =>
      sql`select ${calendarFeeds.id} from ${calendarFeeds} where ${visibleCalendarFeeds(viewer)}`,
    seen: `
      closed.longer  longer
      closed.ended   ended`,
  },
};

import { recordAttendance } from '../../src/features/sessions/attendances.ts';
import { openCalendarFeed } from '../../src/features/sessions/calendar-feeds.ts';
import * as examples from '../../src/features/sessions/examples.ts';
import { recordOutcome } from '../../src/features/sessions/outcomes.ts';
import { NewSession, NewSessionSeries } from '../../src/features/sessions/schemas.ts';
import { createSessionSeries } from '../../src/features/sessions/series.ts';
import { createSession } from '../../src/features/sessions/sessions.ts';
import type { Db } from '../../src/platform/db.ts';
import { namedId, newId } from '../../src/platform/id.ts';
import { member } from './growth-of-initiatives.ts';
import { caller, context } from './people.ts';

const academy = caller({ organisationId: namedId('node organisation') });

/** How one row is added to each list of sessions and calendars. */
export const sessionGrowth: Readonly<Record<string, (db: Db) => Promise<unknown>>> = {
  listSessionSeries: (db) => createSessionSeries(db, context(academy), NewSessionSeries.parse(examples.newSeries)),
  listSessions: (db) => createSession(db, context(academy), NewSession.parse(examples.newSession)),
  listAttendances: async (db) => recordAttendance(db, context(await member(db)), examples.session.id, { headCount: 2 }),
  listOutcomes: (db) => recordOutcome(db, context(academy), examples.session.id, { kind: 'lesson', lesson: newId() }),
  listCalendarFeeds: (db) =>
    openCalendarFeed(db, context(academy), 'https://node.example', examples.alliance.id, { name: newId() }),
};

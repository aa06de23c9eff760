import type { z } from 'zod';
import { recordAttendance } from '../features/sessions/attendances.ts';
import { openCalendarFeed } from '../features/sessions/calendar-feeds.ts';
import * as examples from '../features/sessions/examples.ts';
import { recordOutcome } from '../features/sessions/outcomes.ts';
import { NewSessionSeries } from '../features/sessions/schemas.ts';
import { createSessionSeries } from '../features/sessions/series.ts';
import { decideSession } from '../features/sessions/sessions.ts';
import type { Db } from '../platform/db.ts';
import { namedId, withNamedIds } from '../platform/id.ts';
import type { Place } from './demo-data.ts';
import { as } from './demo-parties.ts';

const timeZone = 'Europe/Amsterdam';
const dayFrom = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

type Series = Omit<z.input<typeof NewSessionSeries>, 'timeZone'>;

/** Begins a series; its sessions have names that follow from its own, the first with number 1. */
async function begin(db: Db, name: string, by: Place, series: Series): Promise<(number: number) => string> {
  const input = NewSessionSeries.parse({ ...series, timeZone });
  await withNamedIds(name, () => createSessionSeries(db, as(by), input));
  return (number) => namedId(name, number);
}

/** Those who do train every week: eight weeks by now, of which one was let go and one is not told of yet. */
async function train(db: Db): Promise<void> {
  const { title, description, place, kind } = examples.series;
  const session = await begin(db, examples.seriesName, 'academie', {
    ...{ allianceId: examples.alliance.id, title, description, place, kind: kind as Series['kind'] },
    ...{ startsAt: `${dayFrom(-56)}T09:30`, durationMinutes: 90, recurrence: 'FREQ=WEEKLY' },
  });
  for (const number of [1, 2, 3, 5, 6, 7]) await decideSession(db, as('academie'), session(number), { state: 'held' });
  const present = (name: string, by: Place, number: number, headCount: number) =>
    withNamedIds(name, () => recordAttendance(db, as(by), session(number), { headCount }));
  await present('attendance jeugdhulp weektraining', 'jeugdhulp', 1, examples.attendance.headCount);
  await present('attendance lindeveen weektraining', 'lindeveen', 1, 3);
  await present('attendance waterrade weektraining', 'waterrade', 2, 2);
  const lesson = { kind: 'lesson', lesson: examples.outcome.lesson } as const;
  await withNamedIds('session outcome gezinnen', () => recordOutcome(db, as('academie'), session(1), lesson));
  const reason = 'Vakantie.';
  await decideSession(db, as('academie'), session(13), { state: 'cancelled', reason });
  await begin(db, examples.endableSeriesName, 'academie', {
    ...{ allianceId: examples.alliance.id, title: 'Leeskring', kind: 'deep_dive' },
    ...{ startsAt: `${dayFrom(-14).slice(0, 8)}01T16:00`, durationMinutes: 60, recurrence: 'FREQ=MONTHLY' },
  });
}

/** A closed space, of which its sponsor sees that it meets, and nothing of what is said there. */
async function meetInSpace(db: Db): Promise<void> {
  const session = await begin(db, 'session series na de melding', 'ziekenhuis', {
    ...{ allianceId: namedId('alliance vrijplaats na de melding'), title: 'Aan tafel', kind: 'reflection' },
    ...{ notRecorded: true, startsAt: `${dayFrom(-21)}T16:00`, durationMinutes: 90, recurrence: 'FREQ=WEEKLY' },
  });
  for (const number of [1, 2]) await decideSession(db, as('jeugdhulp'), session(number), { state: 'held' });
}

/** The sessions of the demo network, and a calendar of them. */
export async function planDemoSessions(db: Db, baseUrl: string): Promise<void> {
  await train(db);
  await meetInSpace(db);
  const { name } = examples.calendarFeed;
  await withNamedIds('calendar feed academie', () =>
    openCalendarFeed(db, as('academie'), baseUrl, examples.alliance.id, { name }),
  );
}

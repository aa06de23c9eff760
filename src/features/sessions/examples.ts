import { namedId } from '../../platform/id.ts';

const academy = { id: namedId('node organisation'), name: 'Academie Maarland' };
const youthCare = { id: namedId('organisation jeugdhulp'), name: 'Jeugdhulp Onderweg' };
const at = '2026-11-20T08:00:00.000Z';
const timeZone = 'Europe/Amsterdam';

/** The academy of the demo network, which trains every week. */
export const alliance = { id: namedId('alliance academie'), name: 'Academie Samen Doen' };

/** How the sessions of the demo network are named by their series: the series first, its sessions in their order. */
export const seriesName = 'session series weektraining';
const sessionOf = (index: number) => namedId(seriesName, index + 1);

const content = {
  title: 'Weektraining Eén gezin, één plan',
  description: 'Ieder brengt een vraag mee; wij oefenen met de eerste drie gezinnen.',
  place: 'Gemeentehuis Lindeveen, kamer 3',
  kind: 'training',
  notRecorded: false,
};

/** The weekly training of the academy. */
export const series = {
  id: namedId(seriesName),
  alliance,
  ...content,
  startsAt: '2026-10-01T09:30',
  timeZone,
  durationMinutes: 90,
  recurrence: 'FREQ=WEEKLY;BYDAY=TH',
  plannedThrough: '2027-05-21',
  state: 'active',
  endedAt: null,
  endReason: null,
  createdBy: academy,
  createdAt: at,
  changedAt: at,
};

/** A series that can be begun: every first Monday of the month. */
export const newSeries = {
  allianceId: alliance.id,
  title: 'Terugblik op de maand',
  kind: 'reflection',
  notRecorded: true,
  startsAt: '2099-01-05T13:00',
  timeZone,
  durationMinutes: 90,
  recurrence: 'FREQ=MONTHLY;BYDAY=1MO',
};

const { allianceId: _, ...begun } = newSeries;

/** That series. */
export const begunSeries = {
  ...{ ...series, ...begun, id: namedId('session series terugblik'), description: null, place: null },
  plannedThrough: '2099-01-04',
};

/** The series of the demo network that can be ended. */
export const endableSeriesName = 'session series leeskring';
/** Why it ends. */
export const newSeriesEnd = { reason: 'Wij hebben gelezen wat wij wilden lezen.' };
/** That series when it ended. */
export const endedSeries = {
  ...series,
  ...{ id: namedId(endableSeriesName), title: 'Leeskring', description: null, place: null, kind: 'deep_dive' },
  ...{ recurrence: 'FREQ=MONTHLY', state: 'ended', endedAt: at, endReason: newSeriesEnd.reason },
};

/** A session of the academy that was held. */
export const session = {
  id: sessionOf(0),
  alliance,
  seriesId: series.id,
  occurrence: '2026-10-01T09:30',
  ...content,
  startsAt: '2026-10-01T07:30:00.000Z',
  endsAt: '2026-10-01T09:00:00.000Z',
  timeZone,
  plannedOn: '2026-10-01',
  state: 'held',
  heldOn: '2026-10-01',
  decidedAt: at,
  decidedBy: academy,
  reason: null,
  attendance: { organisationCount: 2, headCount: 9 },
  createdBy: academy,
  createdAt: at,
  changedAt: at,
};

/** A session that was planned and of which nobody said yet that it was held. */
export const undecidedSession = { ...session, id: sessionOf(7), state: 'planned', heldOn: null, decidedAt: null };

/** That it was held. */
export const newSessionState = { state: 'held' };

/** A session that is to come. */
export const comingSessionId = sessionOf(10);

/** A change to it. */
export const sessionChange = {
  startsAt: '2099-01-08T13:00',
  durationMinutes: 120,
  reason: 'Twee gezinnen kunnen alleen in de middag.',
};

/** That session when it was moved. */
export const movedSession = {
  ...{ ...session, id: comingSessionId, occurrence: '2026-12-10T09:30', reason: sessionChange.reason },
  ...{ startsAt: '2099-01-08T12:00:00.000Z', endsAt: '2099-01-08T14:00:00.000Z', plannedOn: '2099-01-08' },
  ...{ state: 'planned', heldOn: null, decidedAt: null, decidedBy: null },
  attendance: { organisationCount: 0, headCount: 0 },
};

/** A session on its own that can be planned. */
export const newSession = {
  allianceId: alliance.id,
  title: 'Bezoek aan het wijkteam van Waterrade',
  kind: 'visit',
  place: 'Wijkcentrum De Sluis',
  startsAt: '2099-03-05T10:00',
  timeZone,
  durationMinutes: 180,
};

/** That session. */
export const plannedSession = {
  ...{ ...movedSession, id: namedId('session bezoek'), seriesId: null, occurrence: null, reason: null },
  ...{ title: newSession.title, description: null, place: newSession.place, kind: 'visit' },
  ...{ startsAt: '2099-03-05T09:00:00.000Z', endsAt: '2099-03-05T12:00:00.000Z', plannedOn: '2099-03-05' },
};

/** With how many youth care was at the first training. */
export const attendance = {
  id: namedId('attendance jeugdhulp weektraining'),
  sessionId: session.id,
  organisation: youthCare,
  headCount: 5,
  recordedAt: at,
  changedAt: at,
};

/** With how many the academy was there. */
export const newAttendance = { headCount: 4 };
/** What it then says. */
export const ownAttendance = {
  ...{ ...attendance, id: namedId('attendance academie weektraining') },
  ...{ organisation: academy, headCount: newAttendance.headCount },
};

/** A lesson of the first training. */
export const outcome = {
  id: namedId('session outcome gezinnen'),
  sessionId: session.id,
  organisation: academy,
  kind: 'lesson',
  lesson: 'Wie het gezin al kent, belt; de rest luistert mee.',
  commitment: null,
  item: null,
  recordedAt: at,
};

/** A promise that came out of it, and can be recorded. */
export const newOutcome = { kind: 'commitment', commitmentId: namedId('commitment begeleiding') };
/** That outcome. */
export const recordedOutcome = {
  ...{ ...outcome, id: namedId('session outcome begeleiding'), kind: 'commitment', lesson: null },
  commitment: { id: newOutcome.commitmentId, title: 'Twee dagen begeleiding bij de eerste drie gezinnen' },
};

const streaks = { keptWeeks: 6, missedWeeks: 2, currentStreak: 3, longestStreak: 3 };

/** The rhythm of the academy. */
export const rhythm = {
  alliance,
  ...streaks,
  weeks: [
    { week: '2026-W40', startsOn: '2026-09-28', plannedCount: 1, heldCount: 1, state: 'kept' },
    { week: '2026-W41', startsOn: '2026-10-05', plannedCount: 1, heldCount: 0, state: 'missed' },
    { week: '2026-W42', startsOn: '2026-10-12', plannedCount: 1, heldCount: 0, state: 'pending' },
  ],
};

/** What the sponsor of a closed space is told. */
export const sponsorRhythm = streaks;
/** The sponsorship of the demo network by which the academy guarantees a space. */
export const sponsorshipId = namedId('sponsorship na de melding');

/** The calendar of the academy, as it opened one for its own people. */
export const calendarFeed = {
  id: namedId('calendar feed academie'),
  allianceId: alliance.id,
  organisation: academy,
  name: 'Trainers van de academie',
  state: 'open',
  openedAt: at,
  revokedAt: null,
  changedAt: at,
};

/** A calendar that can be opened. */
export const newCalendarFeed = { name: 'Scherm in de hal' };
/** That calendar, as it is answered once. The address opens nothing. */
export const openedCalendarFeed = {
  ...calendarFeed,
  ...newCalendarFeed,
  secretAddress: 'https://api.samendoen.example/calendars/samendoen_calendar_c2hvd24gb25jZSBhbmQgbmV2ZXIgYWdhaW4.ics',
};

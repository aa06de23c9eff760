import { z } from 'zod';
import { Reason } from '../../platform/handshake-schemas.ts';
import { Day, Id, line, Moment, pageQuery, Reference } from '../../platform/schemas.ts';
import { outcomeKinds, sessionKinds, sessionStates, weekStates } from './rules.ts';

/** Kind of a session. */
export const SessionKind = z.enum(sessionKinds).meta({
  id: 'SessionKind',
  description:
    'training: practising together. reflection: looking back together (arena and tribune). visit: at the place of one of them. deep_dive: going into one subject.',
});

/** State of a session. */
export const SessionState = z.enum(sessionStates).meta({
  id: 'SessionState',
  description: 'planned: a word. held: a deed, said by one that takes part. cancelled: with its reason.',
});

/** A local time without an offset. */
const LocalTime = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d$/, { abort: true })
  .refine((text) => Day.safeParse(text.slice(0, 10)).success, { params: { code: 'invalid_pattern' } })
  .meta({ description: 'Local time in `timeZone`, `YYYY-MM-DDTHH:MM`.' });

const TimeZone = line(60).meta({ description: 'A name of the IANA time zone database, as `Europe/Amsterdam`.' });
const Minutes = z.int().min(5).max(4320).meta({ description: 'In minutes.' });
const text = (max: number) => z.string().trim().min(1).max(max).nullish();

/** The path of one series. */
export const SeriesPath = z.strictObject({ seriesId: Id });
/** The path of one session. */
export const SessionPath = z.strictObject({ sessionId: Id });
/** The path of one outcome. */
export const OutcomePath = z.strictObject({ outcomeId: Id });
/** The path of an alliance. */
export const RhythmPath = z.strictObject({ allianceId: Id });
/** The path of the sponsorship of a closed space. */
export const SponsorRhythmPath = z.strictObject({ sponsorshipId: Id });

const content = {
  title: line(300),
  description: text(10_000).meta({ description: 'What it is about; for those who take part alone.' }),
  place: text(500).meta({ description: 'A room or an address; for those who take part alone.' }),
  kind: SessionKind,
  notRecorded: z.boolean().default(false).meta({
    description: 'Nothing of it is written down or watched back: calendars bear its title alone.',
  }),
};

/** A series to be begun in an alliance. */
export const NewSessionSeries = z
  .strictObject({
    allianceId: Id,
    ...content,
    startsAt: LocalTime,
    timeZone: TimeZone,
    durationMinutes: Minutes,
    recurrence: z.string().min(1).max(300).meta({
      description:
        'A rule of RFC 5545 with these parts: FREQ (DAILY, WEEKLY or MONTHLY), INTERVAL (to 99), BYDAY, BYMONTHDAY (with MONTHLY), COUNT (to 1000) or UNTIL (a day, `YYYYMMDD`). `startsAt` is its first session.',
    }),
  })
  .meta({ id: 'NewSessionSeries' });

/** The end of a series. */
export const NewSeriesEnd = z.strictObject({ reason: z.string().trim().min(1).max(2000) }).meta({ id: 'NewSeriesEnd' });

const forMembers = 'null for who takes no part in the alliance.';

/** A series as it is shown. */
export const SessionSeriesView = z
  .object({
    id: Id,
    alliance: Reference,
    title: z.string(),
    description: z.string().nullable().meta({ description: forMembers }),
    place: z.string().nullable().meta({ description: forMembers }),
    kind: SessionKind,
    notRecorded: z.boolean(),
    startsAt: z.string().meta({ description: 'Local time of the first session.' }),
    timeZone: z.string(),
    durationMinutes: z.int(),
    recurrence: z.string(),
    plannedThrough: Day.meta({
      description: 'The last day up to which its sessions are there; more are added in time.',
    }),
    state: z.enum(['active', 'ended']),
    endedAt: Moment.nullable(),
    endReason: z.string().nullable().meta({ description: forMembers }),
    createdBy: Reference,
    createdAt: Moment,
    changedAt: Moment,
  })
  .meta({ id: 'SessionSeries' });

/** Filters of the list of series. */
export const SessionSeriesQuery = z.strictObject({
  ...pageQuery,
  allianceId: Id.optional(),
  kind: SessionKind.optional(),
  state: z.enum(['active', 'ended']).optional(),
  createdByOrganisationId: Id.optional(),
  changedSince: Moment.optional(),
});

/** A session on its own. */
export const NewSession = z
  .strictObject({ allianceId: Id, ...content, startsAt: LocalTime, timeZone: TimeZone, durationMinutes: Minutes })
  .meta({ id: 'NewSession' });

/** A change to a session: absent stays, null removes. */
export const SessionChange = z
  .strictObject({
    title: line(300).optional(),
    description: content.description,
    place: content.place,
    startsAt: LocalTime.optional(),
    timeZone: TimeZone.optional(),
    durationMinutes: Minutes.optional(),
    reason: Reason.meta({ description: 'Why it is at another time; needed to move it.' }),
  })
  .meta({ id: 'SessionChange' });

/** What became of a session. */
export const NewSessionState = z
  .strictObject({
    state: z.enum(['held', 'cancelled']),
    heldOn: Day.optional().meta({ description: 'The day on which it was held; the planned one when absent.' }),
    reason: Reason.meta({ description: 'Needed to cancel.' }),
  })
  .meta({ id: 'NewSessionState' });

/** A session as it is shown. */
export const SessionView = z
  .object({
    id: Id,
    alliance: Reference,
    seriesId: Id.nullable(),
    occurrence: z.string().nullable().meta({
      description: 'Which session of its series it is: the local time that the rule gives, wherever it was moved.',
    }),
    title: z.string(),
    description: z.string().nullable().meta({ description: forMembers }),
    place: z.string().nullable().meta({ description: forMembers }),
    kind: SessionKind,
    notRecorded: z.boolean(),
    startsAt: Moment,
    endsAt: Moment,
    timeZone: z.string(),
    plannedOn: Day.meta({ description: 'The local day on which it begins.' }),
    state: SessionState,
    heldOn: Day.nullable(),
    decidedAt: Moment.nullable(),
    decidedBy: Reference.nullable(),
    reason: z
      .string()
      .nullable()
      .meta({ description: `Why it was cancelled, or last moved; ${forMembers}` }),
    attendance: z
      .object({ organisationCount: z.int(), headCount: z.int() })
      .nullable()
      .meta({ description: `How many organisations were there, and with how many people; ${forMembers}` }),
    createdBy: Reference,
    createdAt: Moment,
    changedAt: Moment,
  })
  .meta({ id: 'Session' });

/** Filters of the list of sessions. */
export const SessionQuery = z.strictObject({
  ...pageQuery,
  allianceId: Id.optional(),
  seriesId: Id.optional(),
  kind: SessionKind.optional(),
  state: SessionState.optional(),
  createdByOrganisationId: Id.optional(),
  from: Day.optional().meta({ description: 'Only sessions on this local day or later.' }),
  until: Day.optional().meta({ description: 'Only sessions before this local day.' }),
  changedSince: Moment.optional(),
});

/** With how many an organisation was at a session. */
export const NewAttendance = z
  .strictObject({
    headCount: z.int().min(0).max(10_000).meta({ description: 'People; 0 tells that nobody was there.' }),
  })
  .meta({ id: 'NewAttendance' });

/** An attendance as it is shown. */
export const AttendanceView = z
  .object({
    id: Id,
    sessionId: Id,
    organisation: Reference,
    headCount: z.int(),
    recordedAt: Moment,
    changedAt: Moment,
  })
  .meta({ id: 'Attendance' });

/** Filters of the list of attendances. */
export const AttendanceQuery = z.strictObject({
  ...pageQuery,
  organisationId: Id.optional(),
  changedSince: Moment.optional(),
});

const OutcomeKind = z.enum(outcomeKinds).meta({ id: 'SessionOutcomeKind' });

/** An outcome of a session that was held. */
export const NewOutcome = z
  .strictObject({
    kind: OutcomeKind,
    lesson: z.string().trim().min(1).max(2000).optional().meta({ description: 'With kind lesson.' }),
    commitmentId: Id.optional().meta({ description: 'With kind commitment: one of the same alliance.' }),
    itemId: Id.optional().meta({ description: 'With kind knowledge_item: one that is shared with the alliance.' }),
  })
  .meta({ id: 'NewSessionOutcome' });

const Titled = z.object({ id: Id, title: z.string() });

/** An outcome as it is shown. */
export const OutcomeView = z
  .object({
    id: Id,
    sessionId: Id,
    organisation: Reference.meta({ description: 'Who recorded it.' }),
    kind: OutcomeKind,
    lesson: z.string().nullable(),
    commitment: Titled.nullable(),
    item: Titled.nullable(),
    recordedAt: Moment,
  })
  .meta({ id: 'SessionOutcome' });

/** Filters of the list of outcomes. */
export const OutcomeQuery = z.strictObject({
  ...pageQuery,
  kind: OutcomeKind.optional(),
  organisationId: Id.optional(),
  changedSince: Moment.optional(),
});

const rhythm = {
  keptWeeks: z.int().meta({ description: 'Weeks with something planned in which a session was held.' }),
  missedWeeks: z.int().meta({ description: 'Weeks that are over, with something planned and nothing held.' }),
  currentStreak: z
    .int()
    .meta({ description: 'Kept weeks since the last missed one; weeks without a plan break nothing.' }),
  longestStreak: z.int(),
};

/** How well an alliance keeps its rhythm: as a group. */
export const RhythmView = z
  .object({
    alliance: Reference,
    ...rhythm,
    weeks: z
      .array(
        z.object({
          week: z.string().meta({ description: 'ISO 8601 week, as `2026-W10`.' }),
          startsOn: Day,
          plannedCount: z.int(),
          heldCount: z.int(),
          state: z.enum(weekStates),
        }),
      )
      .meta({ description: 'The last 53 weeks with something planned, the newest last.' }),
  })
  .meta({ id: 'Rhythm' });

/** What a sponsor is told of the rhythm of the closed space that it guarantees. */
export const SponsorRhythmView = z.object(rhythm).meta({ id: 'SponsorRhythm' });

import { z } from 'zod';
import { Id, line, Moment, pageQuery, Reference } from '../../platform/schemas.ts';

/** The path of one calendar feed. */
export const CalendarFeedPath = z.strictObject({ feedId: Id });

/** A calendar feed to be opened. */
export const NewCalendarFeed = z
  .strictObject({ name: line(100).meta({ description: 'For whom or what it is.' }) })
  .meta({ id: 'NewCalendarFeed' });

/** A calendar feed as it is shown to its organisation. */
export const CalendarFeedView = z
  .object({
    id: Id,
    allianceId: Id,
    organisation: Reference,
    name: z.string(),
    state: z.enum(['open', 'revoked', 'ended']).meta({
      description: 'ended: the membership ended under which it was opened.',
    }),
    openedAt: Moment,
    revokedAt: Moment.nullable(),
    changedAt: Moment,
  })
  .meta({ id: 'CalendarFeed' });

/** A calendar feed with its secret address. */
export const OpenedCalendarFeed = CalendarFeedView.extend({
  secretAddress: z.string().nullable().meta({
    description: 'The secret address of the calendar, shown once; null for a repeated request.',
  }),
}).meta({ id: 'OpenedCalendarFeed' });

/** Filters of the list of calendar feeds. */
export const CalendarFeedQuery = z.strictObject({
  ...pageQuery,
  allianceId: Id.optional(),
  state: z.enum(['open', 'revoked', 'ended']).optional(),
  changedSince: Moment.optional(),
});

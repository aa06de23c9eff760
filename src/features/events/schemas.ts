import { z } from 'zod';
import { Id, Moment, pageQuery } from '../../platform/schemas.ts';
import { publishedTypes, typesNamed } from './event-types.ts';

/** A type of event, or all of a kind: `nl.samendoen.alliance.founded`, `nl.samendoen.alliance.*`. */
export const EventTypeFilter = z
  .string()
  .max(100, { abort: true })
  .refine((filter) => typesNamed(filter).length > 0, { params: { code: 'unknown_event_type' } })
  .meta({
    id: 'EventTypeFilter',
    description: 'A type of event, or all of a kind: `nl.samendoen.alliance.*`.',
  });

/** What the feed is asked for. */
export const EventQuery = z.strictObject({
  ...pageQuery,
  type: z.array(EventTypeFilter).min(1).max(50).optional().meta({
    description: 'Only events of these types; repeat the key for several.',
  }),
  subject: Id.optional().meta({ description: 'Only events about the resource with this identifier.' }),
  allianceId: Id.optional().meta({ description: 'Only what happened in this alliance.' }),
  startAt: z.enum(['oldest', 'newest']).default('oldest').meta({
    description: 'Where to begin without a cursor: at the first event, or after the last one.',
  }),
  wait: z.int().min(0).max(30).default(0).meta({
    description: 'Seconds to wait for an event when there is none (long polling).',
  }),
});

/** An event of CloudEvents 1.0 in the NL GOV profile 1.1. */
export const CloudEventView = z
  .object({
    specversion: z.literal('1.0'),
    id: Id.meta({
      description: 'The same for every delivery of this event: by it, an event that comes twice is known.',
    }),
    source: z.string().meta({ description: 'The node, as `urn:nld:oin:…:systeem:…`.' }),
    type: z.string().meta({ description: 'What happened, in reverse-domain notation.' }),
    subject: Id.meta({ description: 'The identifier of the resource to which it happened.' }),
    time: Moment.meta({ description: 'When it was logged.' }),
    dataref: z.string().meta({ description: 'Where the resource is read, by whoever may.' }),
  })
  .meta({ id: 'CloudEvent', description: 'An event of CloudEvents 1.0 in the NL GOV profile 1.1, thin.' });

/** Every type of event with what it says, as a list in Markdown. */
export const eventTypeList: string = publishedTypes
  .map(({ type, description }) => `- \`${type}\`: ${description}`)
  .join('\n');

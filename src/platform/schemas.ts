import { z } from 'zod';

/** Identifier of a resource: a UUID, version 7 when this node made it. */
export const Id = z.guid();

// The database knows no year 0, and neither it nor `YYYY` a year after 9999.
const inYears = (text: string) => /^(?!0000)\d{4}-/.test(new Date(text).toISOString());
const outsideYears = (format: string) => ({ params: { code: 'invalid_format', format } });

/** An instant: any offset is accepted, UTC (`Z`) is answered. */
export const Moment = z.codec(
  z.iso.datetime({ offset: true, abort: true }).refine(inYears, outsideYears('date-time')),
  z.date(),
  { decode: (text) => new Date(text), encode: (date) => date.toISOString() },
);

/** A calendar day, `YYYY-MM-DD`. */
export const Day = z.iso.date({ abort: true }).refine(inYears, outsideYears('date'));

/** A line of text: trimmed, not empty, without line breaks at its ends. */
export const line = (max: number) => z.string().trim().min(1).max(max);

/** Where something is kept and changed. */
export const Home = z.url().nullable().meta({
  description: 'Base URL of the node where it is kept and changed; null: this one.',
});

/** Something that is named in passing: its identifier with its name. */
export const Reference = z.object({ id: Id, name: z.string() }).meta({ id: 'Reference' });

/** The parameters of every list: an opaque cursor and the page size. */
export const pageQuery = {
  cursor: z.string().max(2048).optional().meta({ description: 'Opaque position: `nextCursor` of the page before.' }),
  limit: z.int().min(1).max(200).default(50).meta({ description: 'Page size.' }),
};

import type { auditRecords } from './tables.ts';

type Row = typeof auditRecords.$inferSelect;

/** What is recorded of a deed, but for its place in the chain. */
export type AuditFields = Omit<Row, 'number' | 'previousHash' | 'hash' | 'recordedAt'> & {
  /** In UTC to the millisecond, `2026-01-05T08:00:00.000Z`. */
  readonly recordedAt: string;
};

const heading = 'samendoen audit record 1';

const order: readonly (keyof AuditFields)[] = [
  'id',
  'recordedAt',
  'clientId',
  'organisationId',
  'operationId',
  'outcome',
  'status',
  'code',
  'subjectType',
  'subjectId',
  'allianceId',
  'eventCount',
  'times',
  'requestId',
  'traceId',
];

/** A line of the text; without a sign of equality where there is no value, so that none is told from an empty one. */
export const auditLine = (name: string, value: string | number | null): string =>
  value === null ? name : `${name}=${value}`;

/**
 * The text of which the hash of a record is made, but for its last two lines: a heading, then each field on a line of
 * its own, in this order. No field holds a line break, which the table makes sure of. In the statement that records it,
 * the database adds `number` and `previousHash`, the hash of the record before as 64 hexadecimal digits, and takes the
 * SHA-256 of the text in UTF-8.
 */
export const auditText = (fields: AuditFields): string =>
  [heading, ...order.map((name) => auditLine(name, fields[name]))].join('\n');

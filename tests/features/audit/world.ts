import { createHash } from 'node:crypto';
import type { FastifyInstance, InjectOptions } from 'fastify';
import type { Sql } from 'postgres';
import { commit, type NewEvent } from '../../../src/features/events/events.ts';
import { newId } from '../../../src/platform/id.ts';
import type { TestDatabase } from '../../helpers/db.ts';
import { caller, context } from '../../helpers/people.ts';

/** A row of the audit as the database tells it. */
export type AuditRow = Record<string, unknown> & {
  id: string;
  number: string;
  hash: Buffer;
  previous_hash: Buffer | null;
};

/** Every audit record in the order of the chain. */
export const auditRows = async (sql: Sql): Promise<AuditRow[]> => [
  ...(await sql<
    AuditRow[]
  >`select *, to_char(recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as recorded
    from audit_records order by number`),
];

/** The text of a record by the description of the chain alone, written apart from the code under test. */
export function textByHand(row: AuditRow): string {
  const line = (name: string, value: unknown) => (value === null ? name : `${name}=${String(value)}`);
  return [
    'samendoen audit record 1',
    line('id', row.id),
    line('recordedAt', row.recorded),
    line('clientId', row.client_id),
    line('organisationId', row.organisation_id),
    line('operationId', row.operation_id),
    line('outcome', row.outcome),
    line('status', row.status),
    line('code', row.code),
    line('subjectType', row.subject_type),
    line('subjectId', row.subject_id),
    line('allianceId', row.alliance_id),
    line('eventCount', row.event_count),
    line('times', row.times),
    line('requestId', row.request_id),
    line('traceId', row.trace_id),
    line('number', row.number),
    line('previousHash', row.previous_hash === null ? null : row.previous_hash.toString('hex')),
  ].join('\n');
}

/** The SHA-256 of a text, as hexadecimal digits. */
export const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

/** A deed of somebody, with one event. */
export async function deed(db: TestDatabase['db'], by = context(caller())): Promise<void> {
  const event: NewEvent = { type: 'organisation.changed', subjectType: 'organisation', subjectId: newId() };
  await commit(db, by, async (_db, record) => {
    record(event);
    return { body: null };
  });
}

/** Does something that the guards of the database forbid, as its superuser can. */
export const tamper = (owner: Sql, work: (sql: Sql) => Promise<unknown>): Promise<unknown> =>
  owner.begin(async (sql) => {
    await sql`set local session_replication_role = 'replica'`;
    await work(sql as unknown as Sql);
  });

/** Sends a request as JSON with a token. */
export const send = (
  app: FastifyInstance,
  token: string | undefined,
  { body, headers, ...options }: { method: string; url: string; body?: unknown; headers?: Record<string, string> },
) =>
  app.inject({
    ...options,
    headers: {
      host: 'node.example',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
  } as InjectOptions);

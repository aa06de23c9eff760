import type { Sql } from 'postgres';
import type { Acknowledged } from './writers.ts';

/** What a check found wrong, in words; empty when all is whole. */
export type Faults = string[];

type Row = { fault: string };

/**
 * Holds a node's database against what its writers were told: every acknowledged organisation is there, each with one
 * event, one audit record, one version and one saved answer; positions are dense; nothing is there twice or in part.
 */
export async function checkWhole(sql: Sql, acknowledged: readonly Acknowledged[]): Promise<Faults> {
  const written = sql`select id, name from organisations where name like 'Writer %'`;
  const rows = await sql<Row[]>`
    with told as (
      select id, key, name from jsonb_to_recordset(${JSON.stringify(acknowledged)}::jsonb) as t(id uuid, key text, name text)
    ), written as (${written}), registered as (
      select e.subject_id, count(*) as events, count(distinct a.id) as records, min(a.event_count) as counted
      from events e left join audit_records a on a.id = e.audit_record_id and a.subject_id = e.subject_id
      where e.type = 'organisation.registered' group by 1
    ), saved as (
      select (body ->> 'id')::uuid as id, count(*) as answers, min(key) as key, min(status) as status
      from saved_answers group by 1
    )
    select 'lost: ' || t.name as fault from told t left join written w using (id) where w.id is null
    union all
    select 'another answer is saved: ' || t.name from told t left join saved s using (id)
      where s.key is distinct from t.key or s.status <> 201
    union all
    select 'not one event with its audit record: ' || w.name from written w left join registered r on r.subject_id = w.id
      where (r.events, r.records, r.counted) is distinct from (1::bigint, 1::bigint, 1)
    union all
    select 'an event without its effect: ' || r.subject_id from registered r
      where not exists (select from organisations o where o.id = r.subject_id)
    union all
    select 'not one first version: ' || w.name from written w
      where (select count(*) from organisation_versions v where v.organisation_id = w.id and v.version = 1) <> 1
    union all
    select 'not one saved answer: ' || w.name from written w left join saved s using (id) where s.answers is distinct from 1
    union all
    select 'a saved answer without its effect: ' || s.key from saved s left join organisations o using (id) where o.id is null
    union all
    select 'there ' || count(*) || ' times: ' || name from written group by name having count(*) > 1
    union all
    select 'an audit record without its events: ' || a.id from audit_records a
      where a.event_count <> (select count(*) from events e where e.audit_record_id = a.id)
    union all
    select 'positions are not dense' from events having count(*) <> coalesce(max(position), 0) or min(position) <> 1
      or max(position) <> (select position from event_counter)`;
  return rows.map(({ fault }) => fault);
}

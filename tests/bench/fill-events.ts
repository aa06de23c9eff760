import type { Sql } from 'postgres';

/** Of how many alliances the history is told, and who asks by which client. */
export type EventSize = { readonly alliances: number; readonly viewer: string; readonly clientId: string };

/**
 * Fills the log beside the made-up network, by plain SQL: for each alliance that it was founded, of which every twentieth
 * was refused to somebody as well; and an endpoint of the viewer with a delivery of each event, of which one in ten is
 * still queued. Numbers begin behind those that making the client took. The hashes tie nothing: no reader looks at them.
 */
export async function fillEvents(sql: Sql, { alliances, viewer, clientId }: EventSize): Promise<void> {
  const made = `timestamptz '2026-01-01' + i * interval '30 seconds'`;
  const hash = `decode(md5('hash' || i), 'hex')`;
  await sql.unsafe(`
    insert into audit_records (id, recorded_at, client_id, organisation_id, operation_id, outcome, status, code,
      subject_type, subject_id, alliance_id, event_count, request_id, trace_id, number, hash)
    select pg_temp.made('audit', i), ${made}, case when i % 1000 = 3 then '${clientId}' else md5('client' || i % 5000) end,
      case when i % 1000 = 3 then '${viewer}'::uuid else pg_temp.made('organisation', 1 + i % 5000) end,
      'createAlliance', case when i % 20 = 0 then 'refused' else 'succeeded' end, case when i % 20 = 0 then 403 end,
      case when i % 20 = 0 then 'insufficient_scope' end, case when i % 20 > 0 then 'alliance' end,
      case when i % 20 > 0 then pg_temp.made('alliance', i) end, case when i % 20 > 0 then pg_temp.made('alliance', i) end,
      case when i % 20 > 0 then 1 else 0 end, md5('request' || i), md5('trace' || i), 1000 + i, ${hash}
    from generate_series(1, ${alliances}) i`);
  await sql.unsafe(`
    insert into events (position, id, type, subject_type, subject_id, alliance_id, organisation_ids, audit_record_id,
      occurred_at, data)
    select 1000 + i, pg_temp.made('event', i), case when i % 3 = 0 then 'alliance.changed' else 'alliance.founded' end, 'alliance',
      pg_temp.made('alliance', i), pg_temp.made('alliance', i), array[pg_temp.made('organisation', 1 + i % 5000)],
      pg_temp.made('audit', i), ${made}, '{}'
    from generate_series(1, ${alliances}) i where i % 20 > 0`);
  await sql.unsafe(`update event_counter set position = 1000 + ${alliances}, audit_number = 1000 + ${alliances}`);
  await sql.unsafe(`
    insert into webhooks (id, organisation_id, client_id, scopes, url, types, state, paused, verification, asked_at,
      from_position, created_at, changed_at)
    select pg_temp.made('webhook', 1), '${viewer}', id, scopes, 'https://hooks.example/', '{}', 'enabled', false, 'granted',
      now(), 0, now(), now() from clients where id::text = '${clientId}'`);
  await sql.unsafe(`
    insert into webhook_deliveries (id, webhook_id, event_id, position, type, state, due_at, created_at)
    select pg_temp.made('delivery', i), pg_temp.made('webhook', 1), pg_temp.made('event', i), 1000 + i,
      case when i % 3 = 0 then 'alliance.changed' else 'alliance.founded' end,
      case when i % 10 = 1 then 'queued' else 'delivered' end, ${made}, ${made}
    from generate_series(1, ${alliances}) i where i % 20 > 0`);
  await sql.unsafe('vacuum (analyze)');
}

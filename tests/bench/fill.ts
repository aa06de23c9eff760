import type { Sql } from 'postgres';

/** How much is filled in: `members` is the most that an alliance has, `viewer` the organisation that asks. */
export type Size = {
  readonly organisations: number;
  readonly alliances: number;
  readonly members: number;
  readonly viewer: string;
};

const day = (expression: string) => `(date '2015-01-01' + ((${expression}) % 3600)::int)`;

/**
 * Fills a migrated database with a made-up network by plain SQL, as its owner: nine organisations in ten with a source,
 * most with identifiers; of every twenty alliances twelve public, five for the network and three closed, with
 * memberships in every state, charters and sponsors. The viewer takes part in five hundred alliances.
 */
export async function fill(sql: Sql, size: Size): Promise<void> {
  await sql.unsafe(`
    create function pg_temp.made(kind text, i bigint) returns uuid language sql immutable as $$
      select (lpad(to_hex(1767225600000 + i * 1000), 12, '0') || '7' || substr(md5(kind || i), 1, 3)
        || '8' || substr(md5(kind || i), 4, 15))::uuid $$`);
  await fillOrganisations(sql, size.organisations);
  await fillIdentifiers(sql, size.organisations);
  await fillAlliances(sql, size);
  await fillMemberships(sql, size);
  await fillCharters(sql, size);
  await sql.unsafe('vacuum (analyze)');
}

async function fillOrganisations(sql: Sql, count: number): Promise<void> {
  await sql.unsafe(`
    insert into organisations (id, kind, name, region, starts_on, ends_on, source, source_key, created_at, changed_at)
    select pg_temp.made('organisation', i),
      case when i % 60 = 0 then 'municipality' when i % 7 = 0 then 'foundation' when i % 11 = 0 then 'other'
        else 'care_organisation' end,
      (array['Stichting Zorggroep', 'Gemeente', 'Thuiszorg', 'Wijkpunt', 'Huisartsenpraktijk'])[1 + i % 5]
        || ' ' || initcap(substr(md5('name' || i), 1, 8)) || ' ' || i,
      case when i % 12 > 0 then 'Regio ' || i % 35 end,
      case when i % 4 > 0 then ${day('i')} end,
      case when i % 40 = 3 then ${day('i')} + 400 end,
      case when i % 10 > 0 then 'register' end,
      case when i % 10 > 0 then 'r' || i end,
      timestamptz '2026-01-01' + i * interval '1 minute', timestamptz '2026-01-01' + i * interval '1 minute'
    from generate_series(1, ${count}) i`);
  await sql.unsafe(`
    update organisations set successor_id = pg_temp.made('organisation', 1 + (substr(source_key, 2)::int % 100))
    where ends_on is not null and source_key is not null`);
}

async function fillIdentifiers(sql: Sql, count: number): Promise<void> {
  await sql.unsafe(`
    insert into organisation_identifiers (id, organisation_id, scheme, value, valid_from, valid_until)
    select pg_temp.made(scheme, i), pg_temp.made('organisation', i), scheme, lpad(i::text, digits, '0'),
      case when i % 3 = 0 then ${day('i')} end, case when i % 30 = 0 then ${day('i')} + 900 end
    from generate_series(1, ${count}) i
    join (values ('kvk', 8, 10), ('agb', 8, 4), ('oin', 20, 2)) s (scheme, digits, share) on i % 10 < share`);
}

async function fillAlliances(sql: Sql, size: Size): Promise<void> {
  await sql.unsafe(`
    insert into alliances (id, kind, name, purpose, visibility, starts_on, ends_on, created_by_organisation_id,
      source, source_key, created_at, changed_at)
    select pg_temp.made('alliance', i),
      (array['alliance', 'network', 'network', 'community', 'academy'])[1 + i % 5],
      'Leernetwerk ' || initcap(substr(md5('alliance' || i), 1, 10)) || ' ' || i,
      case when i % 3 > 0 then 'Samen leren over ' || repeat(md5('purpose' || i) || ' ', 5) end,
      case when i % 20 < 12 then 'public' when i % 20 < 17 then 'network' else 'closed' end,
      ${day('i')}, case when i % 5 = 3 then ${day('i')} + 4000 end,
      case when i % 4 > 0 then pg_temp.made('organisation', 1 + i::bigint * 7919 % ${size.organisations}) end,
      case when i % 4 = 0 then 'register' end, case when i % 4 = 0 then 'a' || i end,
      timestamptz '2026-01-01' + i * interval '2 minutes', timestamptz '2026-01-01' + i * interval '2 minutes'
    from generate_series(1, ${size.alliances}) i`);
}

/** Of twenty members fifteen accepted; the rest left, was invited, declined, withdrew or let the offer run out. */
const memberState = `case when j = 0 then 'accepted' when (i * 7 + j * 3) % 20 < 15 then 'accepted'
  else (array['ended', 'offered', 'declined', 'withdrawn', 'expired'])[(i * 7 + j * 3) % 20 - 14] end`;

async function fillMemberships(sql: Sql, { organisations, alliances, members, viewer }: Size): Promise<void> {
  // The factor has no divisor in common with the number of organisations, so that no alliance has a member twice.
  const organisation = `pg_temp.made('organisation', 1 + (i::bigint * 7919 + j * 104729) % ${organisations})`;
  await insertMemberships(sql, {
    id: `pg_temp.made('membership', i::bigint * 20 + j)`,
    rows: `generate_series(1, ${alliances}) i, generate_series(0, i % ${members}) j`,
    organisation,
    state: memberState,
  });
  const step = Math.max(20, Math.round(alliances / 5_000) * 20);
  await insertMemberships(sql, {
    id: `pg_temp.made('own', i)`,
    rows: `generate_series(1, ${alliances}) i, (values (1)) j (j) where i % ${step} in (3, 18)`,
    organisation: `'${viewer}'::uuid`,
    state: `'accepted'`,
  });
}

type Memberships = {
  readonly id: string;
  readonly rows: string;
  readonly organisation: string;
  readonly state: string;
};

/** One in five was recorded elsewhere and one in fifty follows from a merger; the others were agreed here. */
async function insertMemberships(sql: Sql, { id, rows, organisation, state }: Memberships): Promise<void> {
  await sql.unsafe(`
    insert into memberships (id, alliance_id, organisation_id, role, state, offered_by, offered_by_organisation_id,
      offered_at, expires_at, decided_at, decided_by_organisation_id, starts_on, ends_on, basis, source, source_key,
      created_at, changed_at)
    select id, pg_temp.made('alliance', i), organisation,
      case when j = 0 then 'convener' when j % 5 = 4 then 'observer' else 'member' end, state,
      case when j % 3 = 0 then 'organisation' else 'alliance' end, organisation, made,
      case when state = 'offered' then timestamptz '2099-01-01' end,
      case when state <> 'offered' then made end, case when state <> 'offered' then organisation end,
      case when state in ('accepted', 'ended') then ${day('i')} end, case when state = 'ended' then ${day('i')} + 200 end,
      basis, case when basis = 'recorded_elsewhere' then 'register' end,
      case when basis = 'recorded_elsewhere' then id::text end, made, made
    from (select i, j, ${id} as id, ${organisation} as organisation, ${state} as state,
      case i % 50 when 0 then 'succession' when 1 then 'agreed_here' else
        case when i % 5 = 1 then 'recorded_elsewhere' else 'agreed_here' end end as basis,
      timestamptz '2026-01-01' + i * interval '2 minutes' as made from ${rows}) s`);
}

async function fillCharters(sql: Sql, { alliances }: Size): Promise<void> {
  await sql.unsafe(`
    insert into charters (id, alliance_id, number, title, text, content_hash, effective_on, published_by_organisation_id,
      published_at)
    select pg_temp.made('charter', i::bigint * 4 + n), pg_temp.made('alliance', i), n, 'Convenant ' || n,
      repeat(md5('charter' || i) || ' ', 40), repeat(md5('charter' || i), 2), ${day('i')} + n * 100, m.organisation_id,
      timestamptz '2026-01-01' + i * interval '2 minutes'
    from generate_series(1, ${alliances}, 4) i, generate_series(1, 3) n, memberships m
    where m.id = pg_temp.made('membership', i::bigint * 20)`);
  await sql.unsafe(`
    insert into charter_decisions (id, charter_id, organisation_id, decision, decided_at)
    select pg_temp.made('decision' || c.id, row_number() over (order by c.id, m.id)), c.id, m.organisation_id,
      'accepted', c.published_at
    from charters c join memberships m using (alliance_id) where m.state = 'accepted'`);
  await sql.unsafe(`
    insert into sponsorships (id, alliance_id, organisation_id, state, offered_by_organisation_id, offered_at, changed_at)
    select pg_temp.made('sponsorship', i), pg_temp.made('alliance', i), m.organisation_id, 'accepted', m.organisation_id,
      now(), now()
    from generate_series(1, ${alliances}) i join memberships m on m.id = pg_temp.made('membership', i::bigint * 20)
    where i % 20 >= 17`);
}

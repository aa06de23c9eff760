import type { Sql } from 'postgres';
import type { Test } from 'tap';
import type { z } from 'zod';
import { createAlliance, importAlliances, importMemberships } from '../../../src/features/alliances/alliances.ts';
import { decideMembership, offerMembership } from '../../../src/features/alliances/membership-offers.ts';
import type { NewAlliance } from '../../../src/features/alliances/schemas.ts';
import { commit } from '../../../src/features/events/events.ts';
import { type Context, nodeContext } from '../../../src/platform/caller.ts';
import type { Db } from '../../../src/platform/db.ts';
import type { Imported } from '../../../src/platform/imported.ts';
import { Problem } from '../../../src/platform/problem.ts';
import { context, organisationWithCaller } from '../../helpers/people.ts';

/** An organisation with a caller that acts for it. */
export type Party = Awaited<ReturnType<typeof organisationWithCaller>>;

/** Registers organisations; answers them by their names. */
export async function parties<Name extends string>(db: Db, ...names: Name[]): Promise<Record<Name, Party>> {
  const made: [string, Party][] = [];
  for (const name of names) made.push([name, await organisationWithCaller(db, name)]);
  return Object.fromEntries(made) as Record<Name, Party>;
}

/** A write by a party. */
export const by = (party: Party, operationId = 'test'): Context => context(party.caller, { operationId });

/** A day as so many days from today. */
export const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

/** Founds an alliance; answers its identifier. */
export async function found(db: Db, convener: Party, fields: Partial<z.output<typeof NewAlliance>> = {}) {
  const input = { kind: 'alliance', name: 'Leeralliantie Jeugd', visibility: 'public', ...fields } as const;
  return (await createAlliance(db, by(convener), input)).body.id;
}

type Role = 'convener' | 'member' | 'observer';

/** Invites a party, as a convener does; answers the identifier of the membership. */
export async function invite(db: Db, allianceId: string, convener: Party, to: Party, role: Role = 'member') {
  const offer = { organisationId: to.id, role, expiresInDays: 30 };
  return (await offerMembership(db, by(convener), allianceId, offer)).body.id;
}

/** Applies for a party; answers the identifier of the membership. */
export async function apply(db: Db, allianceId: string, party: Party, role: Role = 'member') {
  return (await offerMembership(db, by(party), allianceId, { role, expiresInDays: 30 })).body.id;
}

/** Answers an offer. */
export const answer = (db: Db, party: Party, membershipId: string, decision: 'accepted' | 'declined' | 'withdrawn') =>
  decideMembership(db, by(party), membershipId, { decision });

/** Invites a party that accepts; answers the identifier of the membership. */
export async function join(db: Db, allianceId: string, convener: Party, to: Party, role: Role = 'member') {
  const membershipId = await invite(db, allianceId, convener, to, role);
  await answer(db, to, membershipId, 'accepted');
  return membershipId;
}

/** What came of a write: `done`, or the code of its problem. Another error is none that a caller may see. */
export const outcome = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: unknown) => {
      if (error instanceof Problem) return error.code;
      throw error;
    },
  );

type AllianceRow = Parameters<typeof importAlliances>[3][number];
type MembershipRow = Parameters<typeof importMemberships>[3][number];

const source = 'register';
const told = ({ line, outcome, faults }: Imported) =>
  [line, outcome, ...faults.map(({ column, code }) => `${column} ${code}`)].join(' ');
const byLine = (one: Imported, other: Imported) => one.line - other.line;

/** Imports alliances of a register; answers what became of each row, and their identifiers by key. */
export async function recordAlliances(db: Db, rows: readonly Partial<AllianceRow>[], from = source) {
  const given = rows.map(
    (row, index): AllianceRow => ({
      ...{ line: index + 2, key: `a${index}`, kind: 'alliance', name: 'Netwerk', startsOn: '2020-01-01' },
      ...row,
    }),
  );
  const { body } = await commit(db, nodeContext('import'), async (db, record) => ({
    body: await importAlliances(db, record, from, given),
  }));
  const ids = new Map(body.map(({ line, id }) => [given.find((row) => row.line === line)?.key ?? '', id ?? '']));
  return { rows: body.toSorted(byLine).map(told), id: (key: string) => ids.get(key) ?? '' };
}

/** Imports memberships of a register; answers what became of each row, and their identifiers by key. */
export async function recordMemberships(
  db: Db,
  rows: readonly (Partial<MembershipRow> & { organisationId: string | null })[],
  from = source,
) {
  const given = rows.map(
    (row, index): MembershipRow => ({
      ...{ line: index + 2, key: `m${index}`, allianceKey: 'a0', startsOn: '2020-01-01' },
      ...row,
    }),
  );
  const { body } = await commit(db, nodeContext('import'), async (db, record) => ({
    body: await importMemberships(db, record, from, given),
  }));
  const ids = new Map(body.map(({ line, id }) => [given.find((row) => row.line === line)?.key ?? '', id ?? '']));
  return { rows: body.toSorted(byLine).map(told), id: (key: string) => ids.get(key) ?? '' };
}

/** An alliance that nobody founded here and that has no convener, with these members since 2020. */
export async function recorded(db: Db, members: readonly Party[], fields: Partial<AllianceRow> = {}): Promise<string> {
  const key = fields.key ?? 'a0';
  const alliances = await recordAlliances(db, [{ key, ...fields }]);
  await recordMemberships(
    db,
    members.map(({ id, caller }) => ({
      organisationId: id,
      allianceKey: key,
      key: `${key} ${caller.clientName}`,
      role: 'member',
    })),
  );
  return alliances.id(key);
}

const tables = 'alliances memberships charters charter_decisions sponsorships events audit_records'.split(' ');

/** Everything that a write of this feature could change, to be compared before and after. */
export async function everything(sql: Sql): Promise<Record<string, unknown[]>> {
  const found: [string, unknown[]][] = [];
  for (const table of tables) found.push([table, [...(await sql`select * from ${sql(table)} order by id`)]]);
  return Object.fromEntries(found);
}

/** The types of the events since a position, in order. */
export async function eventsSince(sql: Sql, position: number): Promise<string[]> {
  const rows = await sql<{ type: string }[]>`select type from events where position > ${position} order by position`;
  return rows.map(({ type }) => type);
}

/** The position of the last event. */
export async function lastPosition(sql: Sql): Promise<number> {
  const [row] = await sql<{ position: string }[]>`select position from event_counter`;
  return Number(row?.position);
}

/** Faults of the ledger: positions that are not dense, events without an audit record, or records that miscount. */
export async function ledgerFaults(sql: Sql): Promise<string[]> {
  const faults: string[] = [];
  const [dense] = await sql`select count(*)::int as count, coalesce(max(position), 0)::int as last,
    (select position::int from event_counter) as counter from events`;
  if (dense?.count !== dense?.last || dense?.last !== dense?.counter)
    faults.push(`not dense: ${JSON.stringify(dense)}`);
  const miscounted = await sql`select a.id from audit_records a left join events e on e.audit_record_id = a.id
    group by a.id having count(e.id) <> a.event_count`;
  if (miscounted.length > 0) faults.push(`${miscounted.length} audit records miscount their events`);
  return faults;
}

/** Faults of what must hold for memberships whatever happens. */
export async function membershipFaults(sql: Sql): Promise<string[]> {
  const faults: string[] = [];
  const found = async (what: string, rows: PromiseLike<readonly unknown[]>) => {
    const { length } = await rows;
    if (length > 0) faults.push(`${length} × ${what}`);
  };
  await found(
    'two open-ended memberships',
    sql`select alliance_id from memberships where state = 'accepted' and ends_on is null
      group by alliance_id, organisation_id having count(*) > 1`,
  );
  await found(
    'two memberships on one day',
    sql`select a.id from memberships a join memberships b on a.alliance_id = b.alliance_id
      and a.organisation_id = b.organisation_id and a.id < b.id
      where a.state in ('accepted', 'ended') and b.state in ('accepted', 'ended')
        and daterange(a.starts_on, a.ends_on) && daterange(b.starts_on, b.ends_on)`,
  );
  await found(
    'a yes that is not its own',
    sql`select m.id from memberships m join alliances a on a.id = m.alliance_id
      where m.basis = 'agreed_here' and m.state in ('accepted', 'ended') and not (
        (m.offered_by_organisation_id = m.organisation_id) <> (m.decided_by_organisation_id = m.organisation_id)
        or (m.role = 'convener' and m.offered_by_organisation_id = m.organisation_id
          and a.created_by_organisation_id = m.organisation_id and m.created_at = a.created_at))`,
  );
  await found(
    'an alliance that lost its conveners',
    sql`select a.id from alliances a cross join lateral (select distinct starts_on as day from memberships
        where alliance_id = a.id and state = 'accepted' union select current_date
        union select ends_on from memberships where alliance_id = a.id and state = 'accepted' and ends_on > current_date) d
      where a.created_by_organisation_id is not null and d.day >= current_date
        and exists (select from memberships m where m.alliance_id = a.id and m.state = 'accepted'
          and m.starts_on <= d.day and (m.ends_on is null or m.ends_on > d.day))
        and not exists (select from memberships m where m.alliance_id = a.id and m.state = 'accepted' and m.role = 'convener'
          and m.starts_on <= d.day and (m.ends_on is null or m.ends_on > d.day))`,
  );
  return faults;
}

/** Checks what must hold after every test of this feature. */
export async function holds(t: Pick<Test, 'same'>, sql: Sql): Promise<void> {
  t.same([...(await ledgerFaults(sql)), ...(await membershipFaults(sql))], []);
}

/** Walks all pages of a list. */
export async function walk<Item>(
  page: (after: string[] | undefined) => Promise<{ items: Item[]; next?: string[] | undefined }>,
  between: () => Promise<unknown> = async () => undefined,
): Promise<Item[]> {
  const items: Item[] = [];
  let after: string[] | undefined;
  do {
    const found = await page(after);
    items.push(...found.items);
    after = found.next;
    await between();
  } while (after !== undefined);
  return items;
}

/** The memberships of an alliance that were agreed, as `name role from until basis`, with days counted from today. */
export async function spells(sql: Sql, allianceId: string): Promise<string[]> {
  const rows = await sql<{ told: string }[]>`
    select o.name || ' ' || m.role || ' ' || (m.starts_on - current_date) || ' ' ||
      coalesce((m.ends_on - current_date)::text, '-') || ' ' || m.basis as told
    from memberships m join organisations o on o.id = m.organisation_id
    where m.alliance_id = ${allianceId} and m.state in ('accepted', 'ended')
    order by m.starts_on, o.name, m.ends_on, m.id`;
  return rows.map(({ told }) => told);
}

/** Lets days pass: every day that is kept lies so much further back. */
export async function letDaysPass(owner: Sql, days: number): Promise<void> {
  await owner.begin(async (owner) => {
    await owner`alter table mergers disable trigger append_only`;
    await owner`update organisations set starts_on = starts_on - ${days}::int, ends_on = ends_on - ${days}::int`;
    await owner`update alliances set starts_on = starts_on - ${days}::int, ends_on = ends_on - ${days}::int`;
    await owner`update memberships set starts_on = starts_on - ${days}::int, ends_on = ends_on - ${days}::int,
      expires_at = expires_at - make_interval(days => ${days})`;
    await owner`update sponsorships set expires_at = expires_at - make_interval(days => ${days})`;
    await owner`update mergers set effective_on = effective_on - ${days}::int`;
    await owner`alter table mergers enable trigger append_only`;
  });
}

/** Waits until each of these writes waits for a lock or is done. */
export async function untilStill(owner: Sql, writes: readonly Promise<unknown>[]): Promise<void> {
  let done = 0;
  const note = () => {
    done += 1;
  };
  for (const write of writes) write.then(note, note);
  for (let waiting = 0; waiting + done < writes.length; ) {
    const [row] = await owner<{ count: number }[]>`select count(*)::int as count from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`;
    waiting = row?.count ?? 0;
  }
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { endless, gapsBetween, outside, type Period } from './register-gaps.ts';

/** The register as three files in the format of imports, and what the mapping decided. */
export type MappedRegister = {
  readonly organisations: string;
  readonly alliances: string;
  readonly memberships: string;
  /** One line per decision that changed, added or left out something, with its count. */
  readonly notes: readonly string[];
};

const files = {
  organisations: [
    'polder_id',
    'roo_id',
    'kind',
    'name',
    'legal_form',
    'tooi_uri',
    'oin',
    'kvk',
    'rsin',
    'start_date',
    'end_date',
  ],
  municipalities: ['roo_id', 'cbs_code', 'province', 'successor_cbs_code', 'tooi_uri', 'status'],
  care_and_welfare: ['roo_id', 'name'],
  agreements: ['chain_root_roo_id', 'version_no', 'name', 'in_force_from', 'in_force_until', 'purpose_nl', 'form'],
  membership_spells: ['chain_root_roo_id', 'participant_roo_id', 'spell_from', 'spell_until'],
} as const;

type File = keyof typeof files;
type Registered<F extends File> = { readonly [Column in (typeof files)[F][number]]: string };

/** The columns of an import file of each resource, in order. */
const columns = {
  organisations: [
    'key',
    'name',
    'kind',
    'region',
    'startsOn',
    'endsOn',
    'oin',
    'rsin',
    'kvk',
    'cbs',
    'tooi',
    'agb',
    'ura',
    'successorKey',
  ],
  alliances: ['key', 'kind', 'name', 'purpose', 'visibility', 'startsOn', 'endsOn'],
  memberships: ['key', 'allianceKey', 'organisationKey', 'role', 'startsOn', 'endsOn'],
} as const;

type Row<R extends keyof typeof columns> = { [Column in (typeof columns)[R][number]]: string };

/**
 * Maps the register of government organisations and of inter-municipal agreements, as CSV files in a directory, to
 * import files. Values are passed on as they are: it is the import that refuses, with a reason, what is malformed,
 * repeated or unknown. Throws an Error that names the file when one is missing or lacks a column.
 */
export async function mapRegister(directory: string): Promise<MappedRegister> {
  const notes: string[] = [];
  const organisations = mapOrganisations(
    await read(directory, 'organisations'),
    await read(directory, 'municipalities'),
    await read(directory, 'care_and_welfare'),
    notes,
  );
  const chains = chainsOf(await read(directory, 'agreements'));
  const alliances = mapAlliances(chains, notes);
  const memberships = mapMemberships(await read(directory, 'membership_spells'), { organisations, chains }, notes);
  return {
    organisations: write('organisations', organisations),
    alliances: write('alliances', alliances),
    memberships: write('memberships', memberships),
    notes,
  };
}

async function read<F extends File>(directory: string, file: F): Promise<Registered<F>[]> {
  const name = `${file}.csv`;
  const text = await readFile(join(directory, name), 'utf8').catch((cause: unknown) => {
    throw new Error(`the register's file ${name} cannot be read in ${directory}`, { cause });
  });
  const rows = parse(text, { columns: true, bom: true, skip_empty_lines: true }) as Registered<F>[];
  const missing = files[file].filter((column) => rows[0] === undefined || !(column in rows[0]));
  if (missing.length > 0) throw new Error(`the register's file ${name} has no rows or lacks: ${missing.join(', ')}`);
  return rows;
}

function write<R extends keyof typeof columns>(resource: R, rows: readonly Row<R>[]): string {
  return stringify([...rows], { header: true, columns: [...columns[resource]] });
}

const kinds: Readonly<Record<string, string>> = {
  gemeenten: 'municipality',
  samenwerkingsorganisatie: 'partnership',
  waterschappen: 'water_authority',
  provincies: 'province',
  ministeries: 'ministry',
};

/** Bodies that lend their numbers to others come first, so that a repeated number is refused at the borrower. */
const principals = ['municipality', 'province', 'water_authority', 'ministry'];

const organisationKey = (row: { roo_id: string; polder_id: string }) => row.roo_id || row.polder_id;

function mapOrganisations(
  registered: readonly Registered<'organisations'>[],
  municipalities: readonly Registered<'municipalities'>[],
  care: readonly Registered<'care_and_welfare'>[],
  notes: string[],
): Row<'organisations'>[] {
  const key = (row: { roo_id: string; tooi_uri: string }) => row.roo_id || row.tooi_uri;
  const municipalityOf = new Map(municipalities.map((row) => [key(row), row]));
  const careKeys = new Set(care.map((row) => row.roo_id || row.name));
  const keyOfCode = new Map<string, string>();
  for (const row of registered) {
    const municipality = row.kind === 'gemeenten' ? municipalityOf.get(key(row)) : undefined;
    if (municipality !== undefined && municipality.cbs_code !== '')
      keyOfCode.set(municipality.cbs_code, organisationKey(row));
  }
  const rows = registered.map((row): Row<'organisations'> => {
    const municipality = row.kind === 'gemeenten' ? municipalityOf.get(key(row)) : undefined;
    return {
      key: organisationKey(row),
      name: row.name,
      kind: kindOf(row, careKeys),
      region: municipality?.province ?? '',
      startsOn: row.start_date,
      endsOn: row.roo_id === '' ? nextDay(row.end_date) : row.end_date,
      oin: row.oin,
      rsin: row.rsin,
      kvk: row.kvk,
      cbs: municipality?.cbs_code ?? '',
      tooi: row.tooi_uri,
      agb: '',
      ura: '',
      successorKey: keyOfCode.get(municipality?.successor_cbs_code ?? '') ?? '',
    };
  });
  noteOrganisations(registered, rows, care, notes);
  return rows.sort(byStanding);
}

function kindOf(row: Registered<'organisations'>, careKeys: ReadonlySet<string>): string {
  if (careKeys.has(row.roo_id || row.name)) return 'care_organisation';
  const foundation = row.legal_form.endsWith('Stichting') ? 'foundation' : 'other';
  return kinds[row.kind] ?? foundation;
}

function noteOrganisations(
  registered: readonly Registered<'organisations'>[],
  rows: readonly Row<'organisations'>[],
  care: readonly Registered<'care_and_welfare'>[],
  notes: string[],
): void {
  const unnumbered = registered.filter((row) => row.roo_id === '');
  const known = new Set(registered.map((row) => row.roo_id || row.name));
  const lost = care.filter((row) => !known.has(row.roo_id || row.name)).length;
  const careCount = rows.filter((row) => row.kind === 'care_organisation').length;
  notes.push(
    `${unnumbered.length} organisations have no register number: their key is the one of the file`,
    `${unnumbered.filter((row) => row.end_date !== '').length} ends of organisations without a register number were last days: endsOn is the day after`,
    `${careCount} organisations are named as care and welfare (a choice by keyword, with false hits): kind care_organisation`,
    `${lost} rows of care and welfare are not among the organisations and were left out`,
  );
}

const rank = (kind: string) => (principals.includes(kind) ? principals.indexOf(kind) : principals.length);

/** Principals first, existing before ended, and the last ended first, so that a successor stands above its predecessors. */
function byStanding(a: Row<'organisations'>, b: Row<'organisations'>): number {
  const end = (row: Row<'organisations'>) => row.endsOn || endless;
  return rank(a.kind) - rank(b.kind) || compare(end(b), end(a)) || compare(a.key, b.key);
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

function nextDay(day: string): string {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) return day;
  const next = new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000);
  return Number.isNaN(next.getTime()) ? day : next.toISOString().slice(0, 10);
}

/** The versions of each agreement, in order. */
type Chains = ReadonlyMap<string, readonly Registered<'agreements'>[]>;

function chainsOf(versions: readonly Registered<'agreements'>[]): Chains {
  const chains = new Map<string, Registered<'agreements'>[]>();
  for (const row of versions.toSorted((a, b) => Number(a.version_no) - Number(b.version_no))) {
    const chain = chains.get(row.chain_root_roo_id);
    if (chain === undefined) chains.set(row.chain_root_roo_id, [row]);
    else chain.push(row);
  }
  return chains;
}

/** All versions of an agreement are one alliance: named and described by the last, in force from the first to the last. */
function mapAlliances(chains: Chains, notes: string[]): Row<'alliances'>[] {
  const rows = [...chains].map(([key, ordered]): Row<'alliances'> => {
    const last = ordered.at(-1);
    const untils = ordered.map((row) => row.in_force_until);
    return {
      key,
      kind: 'alliance',
      name: last?.name ?? '',
      purpose: ordered.findLast((row) => row.purpose_nl !== '')?.purpose_nl ?? '',
      visibility: 'public',
      startsOn: ordered.map((row) => row.in_force_from).sort(compare)[0] ?? '',
      endsOn: untils.includes('') ? '' : (untils.sort(compare).at(-1) ?? ''),
    };
  });
  noteVersions([...chains.values()], notes);
  notes.push(
    `${[...chains.values()].flat().length} versions of agreements are ${rows.length} alliances; the texts of earlier versions are not imported`,
    `${rows.filter((row) => row.purpose === '').length} agreements have no purpose in any version`,
  );
  return rows.sort((a, b) => compare(a.key, b.key));
}

function noteVersions(chains: readonly (readonly Registered<'agreements'>[])[], notes: string[]): void {
  const pairs = chains.flatMap((chain) =>
    chain.flatMap((version, index, all) => {
      const next = all[index + 1];
      return next === undefined ? [] : [{ until: version.in_force_until || endless, from: next.in_force_from }];
    }),
  );
  const gaps = pairs.filter(({ until, from }) => until < from).length;
  const overlaps = pairs.filter(({ until, from }) => until > from).length;
  const names = chains.flat().map((version) => version.name);
  notes.push(
    `${gaps} gaps and ${overlaps} overlaps between versions of an agreement: the alliance runs from its first day to its last`,
    `${names.length - new Set(names).size} versions bear a name that another version has too`,
  );
}

const inForce = (row: Registered<'agreements'>): Period => ({ from: row.in_force_from, until: row.in_force_until });

/** Nobody takes part in an agreement while it is not in force: a membership that lasts through a gap becomes two. */
function mapMemberships(
  spells: readonly Registered<'membership_spells'>[],
  { organisations, chains }: { organisations: readonly Row<'organisations'>[]; chains: Chains },
  notes: string[],
): Row<'memberships'>[] {
  const known = new Set(organisations.map((row) => row.key));
  const unknown = spells.filter((row) => !known.has(row.participant_roo_id)).length;
  const gapsIn = new Map([...chains].map(([key, chain]) => [key, gapsBetween(chain.map(inForce))]));
  const parted = spells.map((row) => ({
    row,
    parts: outside({ from: row.spell_from, until: row.spell_until }, gapsIn.get(row.chain_root_roo_id) ?? []),
  }));
  const count = (holds: (parts: readonly Period[], given: Period) => boolean) =>
    parted.filter(({ row, parts }) => holds(parts, { from: row.spell_from, until: row.spell_until })).length;
  const isOther = ([part]: readonly Period[], { from, until }: Period) => part?.from !== from || part.until !== until;
  notes.push(
    `${unknown} memberships name a participant that is not in the register: the import refuses them`,
    `while no version of an agreement is in force, nobody takes part: ${count(({ length }) => length > 1)} memberships are parted there, ${count((parts, given) => parts.length === 1 && isOther(parts, given))} are shortened, ${count(({ length }) => length === 0)} left out`,
  );
  const rows = parted.flatMap(({ row, parts }) =>
    parts.map(({ from, until }, place) => ({
      // The first part keeps the key of the whole, so that a gap that becomes known later changes it and adds the rest.
      key: `${row.chain_root_roo_id}-${row.participant_roo_id}-${place === 0 ? row.spell_from : from}`,
      allianceKey: row.chain_root_roo_id,
      organisationKey: row.participant_roo_id,
      role: 'member',
      startsOn: from,
      endsOn: until,
    })),
  );
  return rows.sort((a, b) => compare(a.key, b.key));
}

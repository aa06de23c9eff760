import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { registerDirectory } from '../../helpers/register.ts';

/** Where the register's files are, and why what reads them is skipped where they are not. */
export const directory = registerDirectory();

/** The rows of one of the register's files. */
export const rows = (file: string) =>
  parse(readFileSync(`${directory.path}/${file}.csv`), { columns: true, bom: true }) as Record<string, string>[];

const day = '2026-05-16';
const holds = (from = '', until = '') => from <= day && (until === '' || until > day);

/** The keys of the municipalities of today. */
export const municipalities = () =>
  rows('municipalities').flatMap((row) => (row.status === 'current' ? [row.roo_id ?? ''] : []));

/** The members of every agreement in force, as places in `keys`. */
export function membersInForce(keys: readonly string[]): number[][] {
  const places = new Map(keys.map((key, index) => [key, index]));
  const members = new Map<string, number[]>();
  for (const row of rows('agreements')) {
    if (holds(row.in_force_from, row.in_force_until)) members.set(row.chain_root_roo_id ?? '', []);
  }
  for (const row of rows('membership_spells')) {
    const place = places.get(row.participant_roo_id ?? '');
    if (place !== undefined && holds(row.spell_from, row.spell_until))
      members.get(row.chain_root_roo_id ?? '')?.push(place);
  }
  return [...members.values()].filter((list) => list.length > 0);
}

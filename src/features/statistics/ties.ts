import { stringify } from 'csv-stringify/sync';
import type { z } from 'zod';
import { type PageOf, pageOf } from '../../platform/answer.ts';
import { today } from '../../platform/days.ts';
import type { Asker, Computing } from './computing/computing.ts';
import type { TieTable } from './computing/graph-recipes.ts';
import { part } from './computing/parts.ts';
import type { Tie, TiesQuery } from './graph-schemas.ts';
import { at, real } from './kernel/rows.ts';
import { assertFits } from './relations.ts';
import { selectionOf, shapes } from './rules.ts';
import { type Snapshot, snapshotOf } from './snapshots.ts';

type TieView = z.output<typeof Tie>;

/**
 * A page of the ties of a network, or of its arcs, by weight, then Newman's weight, both falling, then identifiers. All
 * pages of a walk come from the data version and the day of the first. Throws invalid_input, data_version_not_kept when
 * that version is gone, computation_too_long, and Accepted where it takes long.
 */
export async function listTies(
  computing: Computing,
  asker: Asker,
  input: z.output<typeof TiesQuery> & { after?: string[] | undefined },
): Promise<PageOf<TieView>> {
  assertFits(input);
  const [dataVersion = input.dataVersion, asOf = today(), start = '0'] = input.after ?? [];
  const table = part('table', shapes[input.relation] === 'two-mode' ? 'two-mode' : 'other');
  const snapshot = await snapshotOf(computing, asker, {
    selection: selectionOf(input, asOf),
    dataVersion,
    parts: [table],
  });
  const ties = snapshot.get(table);
  const from = Number(start);
  const shown = rowsOf(ties, snapshot, input.tiedOrganisationId, { from, until: from + input.limit + 1 });
  return pageOf(
    shown.map((tie, index) => ({ tie, row: from + index })),
    input.limit,
    ({ row }) => [snapshot.dataVersion, snapshot.selection.asOf, String(row + 1)],
    ({ row, tie }) => ({
      number: row + 1,
      first: refOf(snapshot, at(ties.first, tie)),
      second: refOf(snapshot, at(ties.second, tie)),
      weight: real(ties.weight, tie),
      sharedCount: ties.newman === null ? null : real(ties.weight, tie),
      newmanWeight: ties.newman === null ? null : real(ties.newman, tie),
      asOf: snapshot.selection.asOf,
      dataVersion: snapshot.dataVersion,
    }),
  );
}

const refOf = ({ organisations }: Snapshot, index: number) => ({
  id: organisations[index]?.id ?? '',
  name: organisations[index]?.name ?? '',
});

/** Some of the rows of the table that are asked for: of all, or of those of one organisation. */
function rowsOf(
  { first, second }: TieTable,
  { organisations }: Snapshot,
  tiedOrganisationId: string | undefined,
  { from, until }: { readonly from: number; readonly until: number },
): number[] {
  if (tiedOrganisationId === undefined) {
    const count = Math.max(0, Math.min(until, first.length) - from);
    return Array.from({ length: count }, (_, index) => from + index);
  }
  const id = tiedOrganisationId.toLowerCase();
  const wanted = organisations.findIndex((organisation) => organisation.id === id);
  const rows: number[] = [];
  for (let row = 0; row < first.length && rows.length < until; row++)
    if (first[row] === wanted || second[row] === wanted) rows.push(row);
  return rows.slice(from);
}

const columns = [
  'number',
  'firstId',
  'firstName',
  'secondId',
  'secondName',
  'weight',
  'sharedCount',
  'newmanWeight',
  'asOf',
  'dataVersion',
];

/** A page of ties as CSV (RFC 4180) for other programs: names stand as they are, also where a spreadsheet would compute them. */
export function writeTies(page: unknown): string {
  const { items } = page as { items: readonly TieView[] };
  const records = items.map(({ first, second, ...tie }) => [
    tie.number,
    first.id,
    first.name,
    second.id,
    second.name,
    tie.weight,
    tie.sharedCount,
    tie.newmanWeight,
    tie.asOf,
    tie.dataVersion,
  ]);
  return stringify([columns, ...records], { record_delimiter: 'windows' });
}

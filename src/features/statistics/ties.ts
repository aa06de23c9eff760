import { stringify } from 'csv-stringify/sync';
import type { z } from 'zod';
import { type PageOf, pageOf } from '../../platform/answer.ts';
import { today } from '../../platform/days.ts';
import type { Asker, Computing } from './computing/computing.ts';
import { derived, tiesIn } from './derived.ts';
import type { Tie, TiesQuery } from './graph-schemas.ts';
import { at } from './kernel/rows.ts';
import { eachTie, type Ties } from './kernel/ties.ts';
import { selectionOf } from './rules.ts';
import { type Snapshot, snapshotOf } from './snapshots.ts';

type TieView = z.output<typeof Tie>;

/** Tied pairs in the order of the table. */
type Table = { readonly first: Int32Array; readonly second: Int32Array; readonly place: Int32Array };

/**
 * A page of the tied pairs of a network by shared alliances, then Newman's weight, both falling, then identifiers. All
 * pages of a walk come from the data version and the day of the first. Throws data_version_not_kept when that version is
 * gone, network_too_large.
 */
export async function listTies(
  computing: Computing,
  asker: Asker,
  input: z.output<typeof TiesQuery> & { after?: string[] | undefined },
): Promise<PageOf<TieView>> {
  const [dataVersion = input.dataVersion, asOf = today(), start = '0'] = input.after ?? [];
  const snapshot = await snapshotOf(computing, asker, { selection: selectionOf(input, asOf), dataVersion, parts: [] });
  const ties = await tiesIn(snapshot);
  const table = ofOrganisation(await tableOf(snapshot, ties), snapshot, input.tiedOrganisationId);
  const rows = Array.from(table.place.subarray(Number(start), Number(start) + input.limit + 1), (_, index) => {
    const row = Number(start) + index;
    return { row, first: at(table.first, row), second: at(table.second, row), place: at(table.place, row) };
  });
  return pageOf(
    rows,
    input.limit,
    ({ row }) => [snapshot.dataVersion, snapshot.selection.asOf, String(row + 1)],
    ({ row, first, second, place }) => ({
      number: row + 1,
      first: refOf(snapshot, first),
      second: refOf(snapshot, second),
      sharedAllianceCount: at(ties.shared, place),
      newmanWeight: ties.newman[place] ?? 0,
      asOf: snapshot.selection.asOf,
      dataVersion: snapshot.dataVersion,
    }),
  );
}

const refOf = ({ organisations }: Snapshot, index: number) => ({
  id: organisations[index]?.id ?? '',
  name: organisations[index]?.name ?? '',
});

function tableOf(snapshot: Snapshot, ties: Ties): Promise<Table> {
  return derived(snapshot, 'table of ties', async () => {
    const count = ties.neighbours.length / 2;
    const first = new Int32Array(count);
    const place = new Int32Array(count);
    let filled = 0;
    eachTie(ties, (one, _, tie) => {
      first[filled] = one;
      place[filled++] = tie;
    });
    const order = Int32Array.from({ length: count }, (_, index) => index).sort((a, b) => {
      const [one, other] = [at(place, a), at(place, b)];
      return (
        at(ties.shared, other) - at(ties.shared, one) || (ties.newman[other] ?? 0) - (ties.newman[one] ?? 0) || a - b
      );
    });
    const places = order.map((index) => at(place, index));
    const value: Table = {
      first: order.map((index) => at(first, index)),
      second: places.map((tie) => at(ties.neighbours, tie)),
      place: places,
    };
    return { value, bytes: 12 * count };
  });
}

function ofOrganisation(table: Table, { organisations }: Snapshot, tiedOrganisationId: string | undefined): Table {
  if (tiedOrganisationId === undefined) return table;
  const id = tiedOrganisationId.toLowerCase();
  const wanted = organisations.findIndex((organisation) => organisation.id === id);
  const rows = Int32Array.from(
    [...table.place.keys()].filter((row) => table.first[row] === wanted || table.second[row] === wanted),
  );
  return {
    first: rows.map((row) => at(table.first, row)),
    second: rows.map((row) => at(table.second, row)),
    place: rows.map((row) => at(table.place, row)),
  };
}

const columns = [
  'number',
  'firstId',
  'firstName',
  'secondId',
  'secondName',
  'sharedAllianceCount',
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
    tie.sharedAllianceCount,
    tie.newmanWeight,
    tie.asOf,
    tie.dataVersion,
  ]);
  return stringify([columns, ...records], { record_delimiter: 'windows' });
}

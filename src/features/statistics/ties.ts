import { stringify } from 'csv-stringify/sync';
import type { z } from 'zod';
import { type PageOf, pageOf } from '../../platform/answer.ts';
import type { Caller } from '../../platform/caller.ts';
import { today } from '../../platform/days.ts';
import type { Db } from '../../platform/db.ts';
import { derived } from './derived.ts';
import type { Tie, TiesQuery } from './graph-schemas.ts';
import { eachTie, type Graph } from './kernel/graph.ts';
import { at, real } from './kernel/rows.ts';
import { arcsIn } from './projections.ts';
import { assertFits } from './relations.ts';
import { selectionOf, shapes } from './rules.ts';
import { type Snapshot, snapshotOf } from './snapshots.ts';

type TieView = z.output<typeof Tie>;

/** Ties in the order of the table, and their places in the rows of the graph. */
type Table = { readonly first: Int32Array; readonly second: Int32Array; readonly place: Int32Array };

/** The two weights of a tie: how much is counted for it, and Newman's where the relation has two modes. */
type Weights = { readonly count: Float64Array; readonly newman: Float64Array | null };

/**
 * A page of the ties of a network, or of its arcs, by weight, then Newman's weight, both falling, then identifiers. All
 * pages of a walk come from the data version and the day of the first. Throws invalid_input, data_version_not_kept when
 * that version is gone, network_too_large.
 */
export async function listTies(
  db: Db,
  caller: Caller,
  input: z.output<typeof TiesQuery> & { after?: string[] | undefined },
): Promise<PageOf<TieView>> {
  assertFits(input);
  const [dataVersion = input.dataVersion, asOf = today(), start = '0'] = input.after ?? [];
  const snapshot = await snapshotOf(db, caller, selectionOf(input, asOf), dataVersion);
  const graph = await arcsIn(snapshot, 'count');
  const twoMode = shapes[input.relation] === 'two-mode';
  const newman = twoMode ? (await arcsIn(snapshot, 'newman')).out.weights : null;
  const weights: Weights = { count: graph.out.weights, newman };
  const table = ofOrganisation(await tableOf(snapshot, graph, weights), snapshot, input.tiedOrganisationId);
  const rows = Array.from(table.place.subarray(Number(start), Number(start) + input.limit + 1), (place, index) => {
    const row = Number(start) + index;
    return { row, first: at(table.first, row), second: at(table.second, row), place };
  });
  return pageOf(
    rows,
    input.limit,
    ({ row }) => [snapshot.dataVersion, snapshot.selection.asOf, String(row + 1)],
    ({ row, first, second, place }) => ({
      number: row + 1,
      first: refOf(snapshot, first),
      second: refOf(snapshot, second),
      ...weightsOf(weights, place),
      asOf: snapshot.selection.asOf,
      dataVersion: snapshot.dataVersion,
    }),
  );
}

const weightsOf = ({ count, newman }: Weights, place: number) => ({
  weight: real(count, place),
  sharedCount: newman === null ? null : real(count, place),
  newmanWeight: newman === null ? null : real(newman, place),
});

const refOf = ({ organisations }: Snapshot, index: number) => ({
  id: organisations[index]?.id ?? '',
  name: organisations[index]?.name ?? '',
});

function tableOf(snapshot: Snapshot, graph: Graph, weights: Weights): Promise<Table> {
  return derived(snapshot, 'table of ties', async () => {
    const value = tableIn(graph, weights);
    return { value, bytes: 12 * value.place.length };
  });
}

/** The ties of a graph by weight, then Newman's, both falling, then the indices of their ends. */
function tableIn(graph: Graph, { count, newman }: Weights): Table {
  const first = new Int32Array(graph.tieCount);
  const place = new Int32Array(graph.tieCount);
  let filled = 0;
  eachTie(graph, (one, _, tie) => {
    first[filled] = one;
    place[filled++] = tie;
  });
  const order = Int32Array.from(place.keys()).sort((a, b) => {
    const [one, other] = [at(place, a), at(place, b)];
    const byNewman = newman === null ? 0 : real(newman, other) - real(newman, one);
    return real(count, other) - real(count, one) || byNewman || a - b;
  });
  const places = order.map((index) => at(place, index));
  return {
    first: order.map((index) => at(first, index)),
    second: places.map((tie) => at(graph.out.items, tie)),
    place: places,
  };
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

import { at, group, type Incidence, type Rows } from '../incidence.ts';

/**
 * The ties between organisations that share an alliance, both ways: those of organisation `i` stand at
 * `offsets[i] … offsets[i + 1])`, by rising index of the other.
 */
export type Ties = {
  readonly offsets: Int32Array;
  readonly neighbours: Int32Array;
  /** How many alliances the two share. */
  readonly shared: Int32Array;
  /** Newman's weight: each shared alliance with k members adds 1 ÷ (k − 1), so that a large alliance ties loosely. */
  readonly newman: Float64Array;
};

/**
 * Projects the two-mode incidence on its organisations. Weights add up in the order of the alliances, so that both
 * directions of a tie have the same bits. The pairs of the incidence stand in order of organisation, then alliance.
 */
export function tiesOf(incidence: Incidence): Ties {
  const { organisationCount: n, allianceCount, organisationOf, allianceOf } = incidence;
  const alliancesOf = group(organisationOf, allianceOf, n);
  const membersOf = group(allianceOf, organisationOf, allianceCount);
  const offsets = new Int32Array(n + 1);
  const row = newRow(n);
  for (let one = 0; one < n; one++) {
    offsets[one + 1] = at(offsets, one) + gather(alliancesOf, membersOf, one, row);
    clear(row);
  }
  const neighbours = new Int32Array(at(offsets, n));
  const shared = new Int32Array(neighbours.length);
  const newman = new Float64Array(neighbours.length);
  for (let one = 0; one < n; one++) {
    const count = gather(alliancesOf, membersOf, one, row);
    const start = at(offsets, one);
    neighbours.set(row.found.subarray(0, count).sort(), start);
    for (let place = start; place < start + count; place++) {
      const other = at(neighbours, place);
      shared[place] = at(row.shared, other);
      newman[place] = row.newman[other] as number;
    }
    clear(row);
  }
  return { offsets, neighbours, shared, newman };
}

type Row = { found: Int32Array; count: number; shared: Int32Array; newman: Float64Array };

const newRow = (n: number): Row => ({
  found: new Int32Array(n),
  count: 0,
  shared: new Int32Array(n),
  newman: new Float64Array(n),
});

/** Adds up what an organisation shares with each other one; tells with how many. */
function gather(alliancesOf: Rows, membersOf: Rows, one: number, row: Row): number {
  for (let a = at(alliancesOf.offsets, one); a < at(alliancesOf.offsets, one + 1); a++) {
    const alliance = at(alliancesOf.items, a);
    const start = at(membersOf.offsets, alliance);
    const end = at(membersOf.offsets, alliance + 1);
    const weight = 1 / (end - start - 1);
    for (let m = start; m < end; m++) {
      const other = at(membersOf.items, m);
      if (other !== one) add(row, other, weight);
    }
  }
  return row.count;
}

function add(row: Row, other: number, weight: number): void {
  if (row.shared[other] === 0) row.found[row.count++] = other;
  row.shared[other] = at(row.shared, other) + 1;
  row.newman[other] = (row.newman[other] as number) + weight;
}

function clear(row: Row): void {
  for (let index = 0; index < row.count; index++) {
    const other = at(row.found, index);
    row.shared[other] = 0;
    row.newman[other] = 0;
  }
  row.count = 0;
}

/** Each tied pair once: calls back with both indices, the lower first, and the place of the tie. */
export function eachTie(
  { offsets, neighbours }: Pick<Ties, 'offsets' | 'neighbours'>,
  found: (first: number, second: number, place: number) => void,
): void {
  for (let first = 0; first + 1 < offsets.length; first++)
    for (let place = at(offsets, first); place < at(offsets, first + 1); place++) {
      const second = at(neighbours, place);
      if (second > first) found(first, second, place);
    }
}

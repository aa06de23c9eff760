import { at } from './rows.ts';
import { type Incidence, projectionOf, twoModeOf } from './two-mode.ts';

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

/** The ties of a two-mode network, with both weights. Both directions of a tie have the same bits. */
export function tiesOf(incidence: Incidence): Ties {
  const twoMode = twoModeOf(incidence);
  const { offsets, items, weights } = projectionOf(twoMode, 'count').out;
  const newman = projectionOf(twoMode, 'newman').out.weights;
  return { offsets, neighbours: items, shared: Int32Array.from(weights), newman };
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

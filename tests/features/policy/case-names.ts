import { namedId } from '../../../src/platform/id.ts';

/**
 * Who looks at the rows of this world. `today`, `longer` and `twice` take part in `closed` and in no other alliance, but
 * `today` also in `both` and `unknown`; `leaving` to `declined` nearly do; `elsewhere` takes part in `other`; `first` in `public`.
 * `second`, `third` and `fourth` are parties to things and take part in nothing, `stranger` has nothing at all.
 * What is called `unknown` has a visibility that the policy does not know, and must be shown to nobody.
 */
export const organisations =
  'today longer twice leaving tomorrow ended offered declined elsewhere first second third fourth stranger'.split(' ');

/** All that look; `nobody` is a caller without an organisation. */
export const viewers = [...organisations, 'nobody'];

/** Names for several viewers at once. */
export const groups: Readonly<Record<string, readonly string[]>> = {
  everyone: viewers,
  network: organisations,
  members: ['today', 'longer', 'twice'],
  none: [],
};

/** The world: rows with the names by which the expectations know them. Its identifiers follow from their names. */
export class CaseWorld {
  readonly #names = new Map<string, string>();

  /** The identifier of what has this name. */
  id(name: string): string {
    const id = namedId(`policy case ${name}`);
    this.#names.set(id, name);
    return id;
  }

  /** The name of what has this identifier. */
  name(id: string): string {
    return this.#names.get(id) ?? id;
  }

  /** An organisation by its name; null for nobody. */
  organisation(name: string): string | null {
    return name === 'nobody' ? null : this.id(`organisation:${name}`);
  }
}

/** A row to store. */
export type Row = Readonly<Record<string, unknown>>;
/** Stores rows; a column that is left out is null. */
export type Add = (table: string, rows: readonly Row[]) => Promise<void>;

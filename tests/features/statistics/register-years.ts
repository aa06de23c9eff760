import { rows } from './register.ts';

/** The network of the municipalities on a day, as counts. */
export type Counts = {
  readonly municipalities: number;
  /** Agreements in force with a municipality that takes part. */
  readonly agreements: number;
  readonly memberships: number;
  /** Pairs of municipalities that share an agreement. */
  readonly ties: number;
};

type Row = Record<string, string>;
type Members = ReadonlyMap<string, ReadonlySet<string>>;

/** The first day of each of the years that are compared. */
export const years = Array.from({ length: 11 }, (_, index) => `${2016 + index}-01-01`);

const holds = (from = '', until = '', day = '') => from <= day && (until === '' || until > day);

/** Whether an organisation exists; one without a number in the register has its last day as its end. */
const exists = ({ roo_id, start_date = '', end_date = '' }: Row, day: string) =>
  roo_id === '' ? start_date <= day && (end_date === '' || end_date >= day) : holds(start_date, end_date, day);

/**
 * Counts the register's own rows of a day in the plainest way, with sets and no code of the product: what the statistics
 * of the imported register have to say.
 */
export class RegisterRows {
  readonly municipalities = rows('municipalities');
  readonly #organisations = rows('organisations');
  readonly #agreements = rows('agreements');
  readonly #spells = rows('membership_spells');

  /** The municipalities of a day. */
  existing = (day: string): Row[] => this.municipalities.filter((row) => exists(row, day));

  /** The agreements of which a version is in force. */
  inForce(day: string): Set<string> {
    const holding = this.#agreements.filter((row) => holds(row.in_force_from, row.in_force_until, day));
    return new Set(holding.map((row) => row.chain_root_roo_id ?? ''));
  }

  /** The agreements between two versions of which the day lies, none being in force. */
  inGap(day: string): Set<string> {
    const inForce = this.inForce(day);
    const known = (holding: (row: Row) => boolean) =>
      new Set(this.#agreements.filter(holding).map((row) => row.chain_root_roo_id ?? ''));
    const before = known((row) => (row.in_force_from ?? '') <= day);
    const after = known((row) => (row.in_force_from ?? '') > day);
    return new Set([...before].filter((key) => after.has(key) && !inForce.has(key)));
  }

  /** Who takes part in the agreements in force: of those in `who`, by the agreement. */
  members(day: string, who: ReadonlySet<string | undefined>): Members {
    const inForce = this.inForce(day);
    const found = new Map<string, Set<string>>();
    for (const { chain_root_roo_id: key = '', participant_roo_id: one = '', spell_from, spell_until } of this.#spells) {
      if (!inForce.has(key) || !who.has(one) || !holds(spell_from, spell_until, day)) continue;
      found.set(key, (found.get(key) ?? new Set()).add(one));
    }
    return found;
  }

  /** The agreements in force in which any organisation takes part that exists. */
  withMembers = (day: string): string[] => [
    ...this.members(day, keysOf(this.#organisations.filter((row) => exists(row, day)))).keys(),
  ];

  /** The network of a day: of municipalities that exist, in agreements in force. */
  counts(day: string): Counts {
    const existing = this.existing(day);
    return { municipalities: existing.length, ...countsOf(this.members(day, keysOf(existing))) };
  }

  /**
   * The same by another rule, that asks only whether a municipality has ended: one that is founded later takes part
   * before it exists, where the register dates its membership back to that of its predecessors.
   */
  countsWithLater(day: string): Counts {
    return { municipalities: this.existing(day).length, ...countsOf(this.members(day, this.#withLater(day))) };
  }

  /** The memberships that only the other rule counts, with the day on which the municipality begins. */
  early(day: string): string[] {
    const existing = keysOf(this.existing(day));
    const begin = new Map(this.municipalities.map((row) => [row.roo_id, `${row.name} (${row.start_date})`]));
    return [...this.members(day, this.#withLater(day))].flatMap(([key, members]) =>
      [...members].filter((one) => !existing.has(one)).map((one) => `${begin.get(one)} in ${key}`),
    );
  }

  #withLater = (day: string) => keysOf(this.municipalities.filter((row) => exists({ ...row, start_date: '' }, day)));
}

const keysOf = (organisations: readonly Row[]) => new Set(organisations.flatMap((row) => row.roo_id || []));

function countsOf(members: Members): Omit<Counts, 'municipalities'> {
  const groups = [...members.values()].map((group) => [...group].sort());
  const pairs = groups.flatMap((group) =>
    group.flatMap((one, place) => group.slice(place + 1).map((other) => `${one} ${other}`)),
  );
  return {
    agreements: groups.length,
    memberships: groups.reduce((sum, { length }) => sum + length, 0),
    ties: new Set(pairs).size,
  };
}

/** Asks the interface; answers the body as text. Throws when the answer is no success. */
export type Ask = (path: string, accept?: string) => Promise<string>;

/** The network of a day as the interface tells it. */
export async function countsByApi(ask: Ask, day: string): Promise<Counts> {
  const body = JSON.parse(await ask(`/v1/statistics/network?asOf=${day}&organisationKind=municipality`));
  const { organisationCount, allianceCount, membershipCount, tieCount } = body as Record<string, number>;
  return {
    municipalities: organisationCount ?? -1,
    agreements: allianceCount ?? -1,
    memberships: membershipCount ?? -1,
    ties: tieCount ?? -1,
  };
}

/** The last days of the years of a time line as the interface tells them, by day. */
export async function timelineByApi(ask: Ask, from: string, until: string): Promise<Map<string, Counts>> {
  const query = `from=${from}&until=${until}&step=year&organisationKind=municipality`;
  const { points } = JSON.parse(await ask(`/v1/statistics/timeline?${query}`)) as { points: Record<string, number>[] };
  return new Map(
    points.map((point) => [
      String(point.day),
      {
        municipalities: point.organisationCount ?? -1,
        agreements: point.allianceCount ?? -1,
        memberships: point.membershipCount ?? -1,
        ties: point.tieCount ?? -1,
      },
    ]),
  );
}

/** Every item of a list of the interface. */
export async function listByApi(ask: Ask, path: string): Promise<Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
  let cursor: string | null = null;
  do {
    const page = JSON.parse(await ask(cursor === null ? path : `${path}&cursor=${encodeURIComponent(cursor)}`)) as {
      items: Record<string, unknown>[];
      nextCursor: string | null;
    };
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return items;
}

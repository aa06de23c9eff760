import { LRUCache } from 'lru-cache';
import type { Answer } from '../../platform/answer.ts';
import type { Caller } from '../../platform/caller.ts';
import { today } from '../../platform/days.ts';
import type { Db } from '../../platform/db.ts';
import { type Fault, invalid, Problem } from '../../platform/problem.ts';
import { lastPosition } from '../events/events.ts';
import { queryOf, tagOf, versionOf, visibilitiesFor } from './addresses.ts';
import type { Figure, Reason } from './distribution.ts';
import { type GivenWindow, type Window, windowOf } from './windows.ts';

/** What chooses a group of organisations; at most one of these. */
const groups = ['organisationKind', 'region', 'allianceId', 'theme'] as const;
type GroupName = (typeof groups)[number];
type GivenGroup = { readonly [Name in GroupName]?: string | undefined };

/** A group by one value of one property; null for everybody. */
export type GroupFilter = { readonly by: GroupName; readonly value: string } | null;

/** What figures are asked of, with every default filled in. */
export type Asked = {
  readonly window: Window;
  readonly group: GroupFilter;
  /** Whether alliances that are visible within the network alone are counted too. */
  readonly viewer: string | null;
};

type Given = GivenWindow & GivenGroup & { readonly dataVersion?: string | undefined };

/**
 * Fills in the defaults of a question, those of the window by `within`. Throws invalid_input for a window that is none,
 * and for more than one group.
 */
export function askedOf(caller: Caller, given: Given, within: typeof windowOf = windowOf): Asked {
  const named = groups.filter((name) => given[name] !== undefined);
  const faults = named.slice(1).map((location): Fault => ({ in: 'query', location, code: 'one_group' }));
  if (faults.length > 0) throw invalid(faults);
  const [by] = named;
  const value = by === undefined ? '' : String(given[by]);
  return {
    window: within(given, today()),
    group: by === undefined ? null : { by, value: by === 'allianceId' ? value.toLowerCase() : value },
    viewer: caller.organisationId,
  };
}

/** A definition of figures; its version changes when the definition does. */
export type Definition = { readonly version: number; readonly text: string; readonly source: string };

/** A family of figures: where it is asked for, and how it is defined. */
export type Family = {
  readonly path: string;
  readonly definition: Definition;
  /** Parameters that this family has beside the window. */
  readonly filters: readonly GroupName[];
};

/** What was counted: the size of the group, whether it may be told of, and the figures and lists by name. */
export type Counted = {
  readonly organisationCount: number | null;
  readonly told: boolean;
  readonly figures: Readonly<Record<string, Figure>>;
  readonly lists?: Readonly<Record<string, readonly object[]>>;
  /** Names of parts of lists that are not told. */
  readonly suppressed?: readonly string[];
};

const coverageRule =
  'Closed spaces are counted in no statistic, for nobody. Alliances that are visible within the network alone are counted for clients that act for an organisation. What is counted can be read one by one by everybody who is given the figure, save for promises in `/statistics/commitments`. Figures on a group of fewer than five organisations are left out, and so are those from which such a figure would follow.';

/** The body of a statistic, as far as all of them share it. */
export type Body = {
  definition: Definition;
  dataVersion: string;
  asOf: string;
  parameters: Record<string, string | number | null>;
  coverage: { organisationCount: number | null; visibilities: ('public' | 'network')[]; rule: string };
  suppressed: string[];
  query: string;
  undefinedValues: { name: string; reason: Reason }[];
};

type Kept = { readonly position: number; readonly dataVersion: string };
type Store = { readonly bodies: LRUCache<string, Body>; readonly newest: LRUCache<string, Kept> };
const stores = new WeakMap<Db, Store>();

function storeOf(db: Db): Store {
  const known = stores.get(db);
  if (known !== undefined) return known;
  const ttl = 3_600_000;
  const store = {
    bodies: new LRUCache<string, Body>({ max: 2000, ttl }),
    newest: new LRUCache<string, Kept>({ max: 10_000, ttl }),
  };
  stores.set(db, store);
  return store;
}

/**
 * The figures of a family, kept for as long as nothing happens on this node. The data version is a digest of what is
 * told: the same figures, the same version, so that nothing which is not told can be read from it. Throws
 * data_version_not_kept.
 */
export async function figuresOf<View extends Body>(
  db: Db,
  family: Family,
  asked: Asked,
  {
    dataVersion: wanted,
    parameters = {},
  }: { dataVersion?: string | undefined; parameters?: Record<string, string | number> },
  count: (db: Db) => Promise<Counted | (() => Promise<Counted>)>,
): Promise<Answer<View>> {
  const { bodies, newest } = storeOf(db);
  const all = { ...parametersOf(family, asked), ...parameters };
  const visibilities = visibilitiesFor(asked.viewer);
  const name = JSON.stringify([family.path, all, visibilities]);
  const position = await lastPosition(db);
  const present = newest.get(name);
  const key = wanted ?? (present?.position === position ? present.dataVersion : undefined);
  const known = key === undefined ? undefined : bodies.get(`${key} ${name}`);
  if (known !== undefined) return { body: known as View, version: tagOf(known.query, visibilities) };
  const read = await db.transaction(async (db) => count(db), {
    isolationLevel: 'repeatable read',
    accessMode: 'read only',
  });
  // What takes long is computed when the connection is free for others again.
  const counted = typeof read === 'function' ? await read() : read;
  const body = bodyOf(family, asked, counted, { all, visibilities });
  newest.set(name, { position, dataVersion: body.dataVersion });
  bodies.set(`${body.dataVersion} ${name}`, body);
  if (wanted !== undefined && wanted !== body.dataVersion)
    throw new Problem('data_version_not_kept', { params: { dataVersion: wanted } });
  return { body: body as View, version: tagOf(body.query, visibilities) };
}

function parametersOf({ filters }: Family, { window, group }: Asked): Record<string, string | number | null> {
  const chosen = filters.map((name) => [name, group?.by === name ? group.value : null]);
  return { from: window.from, until: window.until, ...Object.fromEntries(chosen) };
}

type Shown = { readonly all: Body['parameters']; readonly visibilities: Body['coverage']['visibilities'] };

function bodyOf({ path, definition }: Family, asked: Asked, counted: Counted, { all, visibilities }: Shown): Body {
  const { values, undefinedValues } = settled(counted);
  const lists = Object.entries(counted.lists ?? {}).map(([name, rows]) => [name, counted.told ? rows : []] as const);
  const organisationCount = counted.told ? counted.organisationCount : null;
  const told = { ...values, ...Object.fromEntries(lists) };
  const suppressed = counted.told
    ? [...(counted.suppressed ?? [])]
    : [...Object.keys(counted.figures), ...lists.map(([name]) => name)];
  const dataVersion = versionOf([definition.version, asked.window.asOf, organisationCount, told, suppressed]);
  return {
    definition,
    dataVersion,
    asOf: asked.window.asOf,
    parameters: all,
    coverage: { organisationCount, visibilities, rule: coverageRule },
    suppressed,
    query: queryOf(`/v1${path}`, all, dataVersion),
    ...told,
    undefinedValues,
  };
}

/** Each figure with its value, or null and the reason; all of them null where the group may not be told of. */
function settled({ figures, told, suppressed = [] }: Counted) {
  const values: Record<string, number | null> = {};
  const undefinedValues: Body['undefinedValues'] = suppressed.map((name) => ({ name, reason: 'BELOW_MINIMUM' }));
  for (const [name, figure] of Object.entries(figures)) {
    const value: Figure = told ? figure : { reason: 'BELOW_MINIMUM' };
    values[name] = typeof value === 'number' ? value : null;
    if (typeof value !== 'number') undefinedValues.push({ name, reason: value.reason });
  }
  return { values, undefinedValues };
}

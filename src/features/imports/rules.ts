import type { RowFault } from '../../platform/imported.ts';
import type { Fault } from '../../platform/problem.ts';
import { Day } from '../../platform/schemas.ts';
import { identifierFault, identifierSchemes, normaliseIdentifier } from '../organisations/identifiers.ts';

/** What a file can hold. */
export const importResources = ['organisations', 'alliances', 'memberships'] as const;

/** One kind of file. */
export type ImportResource = (typeof importResources)[number];

/** The words that a column takes, by the name of the vocabulary. */
export type Vocabularies = Readonly<
  Record<'organisationKind' | 'allianceKind' | 'visibility' | 'role', readonly string[]>
>;

type Column =
  | { readonly type: 'text'; readonly max: number }
  | { readonly type: 'day' }
  | { readonly type: 'word'; readonly words: keyof Vocabularies; readonly absent?: string }
  | { readonly type: 'identifiers' };

type Columns = Readonly<Record<string, Column & { readonly required?: true }>>;

const key = { type: 'text', max: 200 } as const;
const period = { startsOn: { type: 'day' }, endsOn: { type: 'day' } } as const;
const identifierColumns = Object.fromEntries(
  identifierSchemes.map((scheme) => [scheme, { type: 'identifiers' } as const]),
);

/** The columns of each kind of file; `required` ones must be in the header row and filled in every row. */
export const importColumns: Readonly<Record<ImportResource, Columns>> = {
  organisations: {
    key: { ...key, required: true },
    name: { type: 'text', max: 300, required: true },
    kind: { type: 'word', words: 'organisationKind', required: true },
    region: { type: 'text', max: 100 },
    ...period,
    ...identifierColumns,
    successorKey: key,
  },
  alliances: {
    key: { ...key, required: true },
    kind: { type: 'word', words: 'allianceKind', required: true },
    name: { type: 'text', max: 300, required: true },
    purpose: { type: 'text', max: 10_000 },
    visibility: { type: 'word', words: 'visibility', absent: 'network' },
    startsOn: { type: 'day', required: true },
    endsOn: { type: 'day' },
  },
  memberships: {
    key: { ...key, required: true },
    allianceKey: { ...key, required: true },
    organisationKey: { type: 'text', max: 220, required: true },
    role: { type: 'word', words: 'role', absent: 'member' },
    startsOn: { type: 'day', required: true },
    endsOn: { type: 'day' },
  },
};

/** The faults of a header row: columns that are unknown, repeated or missing. */
export function headerFaults(resource: ImportResource, header: readonly string[]): Fault[] {
  const columns = importColumns[resource];
  const fault = (location: string, code: string): Fault => ({ in: 'file', location, code });
  const faults: Fault[] = [];
  header.forEach((name, index) => {
    if (!Object.hasOwn(columns, name))
      faults.push(fault(name === '' ? `#${index + 1}` : name.slice(0, 100), 'unknown_column'));
    else if (header.indexOf(name) < index) faults.push(fault(name, 'repeated'));
  });
  for (const [name, column] of Object.entries(columns)) {
    if (column.required === true && !header.includes(name)) faults.push(fault(name, 'missing_column'));
  }
  return faults;
}

/** A row as it was read: `content` is null when it is refused; other faults leave out only the value that they name. */
export type ReadRow = {
  readonly key: string | null;
  readonly content: Record<string, unknown> | null;
  readonly faults: RowFault[];
};

type Reading = {
  readonly content: Record<string, unknown>;
  readonly faults: RowFault[];
  readonly warnings: RowFault[];
};

/** Reads one row by the columns of its file. Only the columns of the header are in the content; empty cells are null. */
export function readRow(
  resource: ImportResource,
  header: readonly string[],
  cells: readonly string[],
  vocabularies: Vocabularies,
): ReadRow {
  const reading: Reading = { content: {}, faults: [], warnings: [] };
  const columns = importColumns[resource];
  if (cells.length !== header.length) {
    reading.faults.push({ column: '', code: 'column_count', params: { expected: header.length, given: cells.length } });
  } else {
    header.forEach((name, index) => {
      const column = columns[name];
      if (column !== undefined) readCell(reading, name, column, (cells[index] ?? '').trim(), vocabularies);
    });
    checkRow(resource, reading);
  }
  const keyCell = cells[header.indexOf('key')]?.trim().slice(0, 200) ?? '';
  const faults = [...reading.faults, ...reading.warnings];
  return { key: keyCell === '' ? null : keyCell, content: reading.faults.length > 0 ? null : reading.content, faults };
}

function readCell(
  reading: Reading,
  name: string,
  column: Columns[string],
  text: string,
  vocabularies: Vocabularies,
): void {
  const { content, faults } = reading;
  if (column.type === 'identifiers') {
    readIdentifierCell(reading, name as (typeof identifierSchemes)[number], text);
    return;
  }
  if (text === '') {
    content[name] = column.type === 'word' ? (column.absent ?? null) : null;
    if (column.required === true) faults.push({ column: name, code: 'required' });
    return;
  }
  content[name] = text;
  const fault = cellFault(column, text, vocabularies);
  if (fault !== undefined) faults.push({ column: name, ...fault });
}

function cellFault(column: Column, text: string, vocabularies: Vocabularies): Omit<RowFault, 'column'> | undefined {
  if (column.type === 'text' && text.length > column.max) return { code: 'too_long', params: { maximum: column.max } };
  if (column.type === 'day' && !isDay(text)) return { code: 'invalid_format', params: { format: 'YYYY-MM-DD' } };
  if (column.type === 'word' && !vocabularies[column.words].includes(text))
    return { code: 'invalid_value', params: { options: vocabularies[column.words].join(', ') } };
  return undefined;
}

const isDay = (text: string) => /^[12]/.test(text) && Day.safeParse(text).success;

/** Values of one scheme, separated by `|`; a wrong one is left out and told. */
function readIdentifierCell(
  { content, warnings }: Reading,
  scheme: (typeof identifierSchemes)[number],
  text: string,
): void {
  content.identifiers ??= [];
  const identifiers = content.identifiers as { scheme: string; value: string }[];
  for (const given of text.split('|').slice(0, 20)) {
    if (given.trim() === '') continue;
    const value = normaliseIdentifier(scheme, given);
    const code = identifierFault(scheme, value);
    if (code !== undefined) warnings.push({ column: scheme, code, params: { value: given.trim().slice(0, 100) } });
    else if (!identifiers.some((one) => one.scheme === scheme && one.value === value))
      identifiers.push({ scheme, value });
  }
}

function checkRow(resource: ImportResource, { content, faults }: Reading): void {
  const { startsOn, endsOn, kind } = content as Partial<Record<string, string | null>>;
  const dated = !faults.some(({ column }) => column === 'startsOn' || column === 'endsOn');
  if (dated && startsOn && endsOn && endsOn < startsOn) faults.push({ column: 'endsOn', code: 'ends_before_start' });
  if (resource === 'alliances' && kind === 'community' && !endsOn && dated)
    faults.push({ column: 'endsOn', code: 'end_required' });
  if (content.successorKey !== undefined && content.successorKey !== null && content.successorKey === content.key) {
    faults.push({ column: 'successorKey', code: 'same_organisation' });
  }
}

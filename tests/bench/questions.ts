import type { Samples } from './samples.ts';

/** One way to ask a list. */
export type Asked = { readonly list: string; readonly filter: string; readonly url: string };

type Schema = {
  readonly enum?: readonly string[];
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly items?: Schema;
};
type Parameter = { readonly name: string; readonly in: string; readonly schema: Schema };
type Operation = { readonly operationId: string; readonly parameters?: readonly (Parameter | { $ref: string })[] };

/** The interface as it is documented, as far as lists need it. */
export type Document = {
  readonly paths: Readonly<Record<string, { readonly get?: Operation }>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
};

/** Every list of the document without a filter, deep in the list, and with each filter; and what could not be asked. */
export function questions(document: Document, samples: Samples): { asked: Asked[]; left: string[] } {
  const asked: Asked[] = [];
  const left: string[] = [];
  const valuesOf = (name: string, schema: Schema): readonly string[] =>
    enumOf(document, schema) ?? samples.values[name] ?? [];
  for (const [list, { get }] of Object.entries(document.paths)) {
    const parameters = (get?.parameters ?? []).map((parameter) => resolve<Parameter>(document, parameter));
    if (get === undefined || !parameters.some(({ name }) => name === 'cursor')) continue;
    const url = urlOf(list, samples);
    if (url === undefined) {
      left.push(list);
      continue;
    }
    const deep = samples.deep[get.operationId];
    asked.push({ list, filter: '', url });
    if (deep !== undefined) asked.push({ list, filter: 'deep', url: `${url}?cursor=${deep}` });
    const filters = parameters.filter(isFilter).map(({ name, schema }) => ({ name, values: valuesOf(name, schema) }));
    left.push(...filters.filter(({ values }) => values.length === 0).map(({ name }) => `${list}?${name}`));
    asked.push(...filters.flatMap(({ name, values }) => values.map((value) => filtered(list, url, name, value))));
  }
  if (asked.length === 0) throw new Error('the document has no lists');
  return { asked, left };
}

function urlOf(list: string, { path }: Samples): string | undefined {
  const place = list.replace(/\{(\w+)\}/g, (whole, name: string) => path[name] ?? whole);
  if (place.includes('{')) return undefined;
  return place.startsWith('/v1') ? place : `/v1${place}`;
}

const isFilter = ({ name, in: place }: Parameter) => place === 'query' && name !== 'cursor' && name !== 'limit';

const filtered = (list: string, url: string, name: string, value: string): Asked => ({
  list,
  filter: `${name}=${value}`,
  url: `${url}?${new URLSearchParams({ [name]: value })}`,
});

const enumOf = (document: Document, schema: Schema) =>
  [schema, schema.allOf?.[0] ?? {}, schema.items ?? {}]
    .map((one) => resolve<Schema>(document, one).enum)
    .find((known) => known !== undefined);

function resolve<T>({ components }: Document, given: T | { readonly $ref: string }): T {
  const [kind, name] = (given as { $ref?: string }).$ref?.split('/').slice(2) ?? [];
  return kind === undefined || name === undefined ? (given as T) : (components[kind]?.[name] as T);
}

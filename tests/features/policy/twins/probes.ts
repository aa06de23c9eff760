import { follow, type Operation, parametersIn, type Request } from '../../../helpers/document.ts';
import type { Draw } from './steps.ts';
import { type Beginning, nothing } from './world.ts';

/** A read as it was drawn: which operation, and numbers that choose what it asks. */
export type Probe = {
  readonly operationId: string;
  readonly role: number;
  readonly numbers: readonly number[];
  /** The relation that is asked about, where the operation knows several and it is not left to the draw. */
  readonly relation?: string;
};

const asked = ['overleg', 'vertrouwelijk', '"vertrouwelijk overleg"', 'jeugd -wonen', 'geheim', 'casus', 'kanarie'];

/** Parameters of a query whose values are words or names; another unknown one is a fault of this test. */
const organisational = /organisationId$|^(?:contributorId|successorId|consentOf)$/i;
const texts: Readonly<Record<string, readonly string[]>> = {
  q: asked,
  name: ['vrijplaats', 'overleg', 'Open'],
  theme: ['geheim', 'jeugd', 'wonen'],
  region: ['Maarland'],
  source: ['register'],
  sourceKey: ['k1'],
  licence: ['CC-BY-4.0', 'CC0-1.0'],
  identifier: ['cbs:GM0344'],
  dataVersion: ['0'],
  limit: ['1', '2', '200'],
  type: ['nl.samendoen.knowledge-item.*', 'nl.samendoen.membership.accepted', 'nl.samendoen.commitment.*'],
  operationId: ['createAlliance', 'createKnowledgeItem', 'offerMembership', 'decideHarvest'],
  // Nothing happens while a probe waits.
  wait: ['0'],
};

type Parameter = Operation['parameters'][number];

/** A value for a parameter of a query, by its name or its schema. Throws where this test does not know one. */
function drawValue({ name, schema, ...rest }: Omit<Parameter, 'in'>, draw: Draw): string {
  if (texts[name] !== undefined) return draw.one(...texts[name]);
  if (schema.enum !== undefined) return String(draw.one(...schema.enum));
  if (name === 'subjectId' || name === 'subject')
    return identifier(draw, draw.one('allianceId', 'initiativeId', 'itemId'));
  if (schema.format === 'uuid' || /Id$/.test(name))
    return organisational.test(name) ? draw.organisation() : identifier(draw, name);
  const values = bySchema[String(schema.format ?? schema.type)] ?? examplesOf({ schema, ...rest });
  if (values.length === 0) throw new Error(`the twin worlds know no value for the parameter ${name}`);
  return draw.one(...values);
}

const examplesOf = ({ example, schema }: Pick<Parameter, 'example' | 'schema'>): string[] =>
  [example ?? schema.example, schema.default].filter((value) => typeof value === 'string');

const bySchema: Readonly<Record<string, readonly string[]>> = {
  date: ['2019-12-31', '2020-01-01', '2020-06-01', '2099-12-31'],
  'date-time': ['2020-01-01T00:00:00Z', '2099-01-01T00:00:00Z'],
  boolean: ['true', 'false'],
  integer: ['1', '2', '1000'],
};

const identifier = (draw: Draw, named: string): string => {
  const parameter = named === 'knowledgeItemId' ? 'itemId' : named;
  return draw.pick(parameter)?.[parameter] ?? nothing;
};

/** The path of an operation filled in by what can be named; `bare` with identifiers that belong to nothing. */
function paramsOf(operation: Operation, draw: Draw, known: ReadonlySet<string>): Request['params'] {
  const names = parametersIn(operation, 'path').map(({ name }) => name);
  const last = names.at(-1);
  if (last === undefined) return {};
  for (const name of names)
    if (!known.has(name)) throw new Error(`the twin worlds know nothing that the parameter ${name} could name`);
  const place = draw.pick(last) ?? {};
  return Object.fromEntries(names.map((name) => [name, place[name] ?? (name === 'number' ? '1' : nothing)]));
}

/** A schema with its reference followed, also one that is wrapped to be described anew, or of the values of a list. */
function whole({ document }: Pick<Beginning, 'document'>, schema: Parameter['schema']): Parameter['schema'] {
  const { allOf, items } = schema as { allOf?: Parameter['schema'][]; items?: Parameter['schema'] };
  const inner = allOf?.[0] ?? items;
  return inner === undefined ? follow<Parameter['schema']>(document, schema) : whole({ document }, inner);
}

/** A read of an operation: with what of its path, query and representations the draw chooses. */
export function probeRequest(
  beginning: Pick<Beginning, 'operations' | 'document'>,
  operationId: string,
  draw: Draw,
  { known, filters, relation }: { known: ReadonlySet<string>; filters: number; relation?: string | undefined },
): Request {
  const operation = beginning.operations.get(operationId);
  if (operation === undefined) throw new Error(`there is no operation ${operationId}`);
  const parameters = parametersIn(operation, 'query').filter(({ name }) => name !== 'cursor');
  const chosen = parameters.filter(({ required }) => required);
  for (let count = 0; count < filters && parameters.length > 0; count++) chosen.push(draw.one(...parameters));
  const values = new Map(
    chosen.map((parameter) => {
      const schema = whole(beginning, parameter.schema);
      return [parameter.name, drawValue({ ...parameter, schema }, draw)];
    }),
  );
  if (relation !== undefined) values.set('relation', relation);
  // A stream does not end, and tells what the list tells.
  const types = Object.keys(operation.responses['200']?.content ?? {}).filter((type) => type !== 'text/event-stream');
  return {
    method: operation.method,
    path: operation.path,
    params: paramsOf(operation, draw, known),
    query: [...values],
    headers: types.length > 1 ? { accept: draw.one(...types) } : {},
  };
}

/** The relations that an operation can be asked about; none where it knows no relations. */
export function relationsOf(beginning: Pick<Beginning, 'operations' | 'document'>, operationId: string): string[] {
  const operation = beginning.operations.get(operationId);
  const parameters = operation === undefined ? [] : parametersIn(operation, 'query');
  const relation = parameters.find(({ name }) => name === 'relation');
  return relation === undefined ? [] : (whole(beginning, relation.schema).enum ?? []).map(String);
}

/** The reads of a node, by their operations. */
export const reads = ({ operations }: Pick<Beginning, 'operations'>): string[] =>
  [...operations.values()].filter(({ method }) => method === 'GET').map(({ operationId }) => operationId);

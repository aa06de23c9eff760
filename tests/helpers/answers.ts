import { Ajv, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';
import { securityHeaders } from '../../src/platform/edge.ts';
import type { JsonSchema } from '../../src/platform/json-schema.ts';
import type { Answered, Document, Documented, Operation } from './document.ts';

/** Judges answers by the document, with a validator that knows nothing of how they were written. */
export type Judge = {
  /** What is wrong with an answer of an operation: nothing when it is documented in every part. */
  faults(operation: Pick<Operation, 'responses'>, answered: Answered): string[];
  /** What is wrong with an answer to an address or a method that is no operation, by the shared answer of its status. */
  strayFaults(answered: Answered): string[];
};

/** Objects hold what is documented and nothing more. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const copy = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, closed(inner)]));
  return 'properties' in copy && !('additionalProperties' in copy) && copy.type === 'object'
    ? { ...copy, additionalProperties: false }
    : copy;
}

const judges = new WeakMap<Document, Judge>();

/** The judge of a document, made once. */
export function judgeOf(document: Document): Judge {
  const known = judges.get(document);
  if (known !== undefined) return known;
  const made = makeJudge(document);
  judges.set(document, made);
  return made;
}

function makeJudge(document: Document): Judge {
  const ajv = new Ajv({ strict: false, allErrors: true, validateSchema: false });
  formats.default(ajv);
  ajv.addSchema({ components: { schemas: closed(document.components.schemas) } } as object, 'document');
  const compiled = new WeakMap<JsonSchema, ValidateFunction>();
  const validatorOf = (schema: JsonSchema): ValidateFunction => {
    const known = compiled.get(schema);
    if (known !== undefined) return known;
    const text = JSON.stringify(closed(schema)).replaceAll('"#/components', '"document#/components');
    const made = ajv.compile(JSON.parse(text) as object);
    compiled.set(schema, made);
    return made;
  };
  const schemaFaults = (schema: JsonSchema, body: string): string[] => {
    const validate = validatorOf(schema);
    if (validate(parsed(body))) return [];
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  };
  const expected = Object.entries(securityHeaders(document.info.version));

  const headerFaults = ({ headers }: Answered) =>
    expected.filter(([name, value]) => headers[name] !== value).map(([name]) => `${name}: ${headers[name]}`);

  const bodyFaults = ({ content }: Documented, { headers, body }: Answered): string[] => {
    if (content === undefined) return body === '' ? [] : ['a body where none is documented'];
    const [media = ''] = String(headers['content-type']).split(';');
    const schema = content[media]?.schema;
    if (schema === undefined) return [`the media type ${media} is not documented`];
    return media.endsWith('json') ? schemaFaults(schema, body) : [];
  };

  const judge = (documented: Documented | undefined, answered: Answered): string[] => {
    if (documented === undefined) return [`the status ${answered.statusCode} is not documented`];
    return [...headerFaults(answered), ...bodyFaults(documented, answered)];
  };
  return {
    faults: ({ responses }, answered) => judge(responses[answered.statusCode], answered),
    strayFaults: (answered) => judge(document.components.responses[`Problem${answered.statusCode}`], answered),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

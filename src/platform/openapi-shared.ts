import type { JsonSchema } from './json-schema.ts';
import { type ProblemCode, problems } from './problem-catalogue.ts';

const text = (description: string, more: JsonSchema = {}) => ({ description, schema: { type: 'string', ...more } });
const ref = (name: string) => ({ $ref: `#/components/headers/${name}` });

/** Headers of answers. */
const headers = {
  'API-Version': text('Full version of this interface.', { example: '1.0.0' }),
  ETag: text('Strong entity tag: the version of the resource.', { example: '"1"' }),
  Location: text('Address of the new resource.', { format: 'uri-reference' }),
  Link: text('RFC 8288: `rel="next"` when another page follows.'),
  'Accept-Ranges': text('The unit in which parts can be asked for.', { enum: ['bytes'] }),
  'Content-Range': text('RFC 9110: which bytes of how many; of a range that cannot be given, how many there are.'),
  'Repr-Digest': text('RFC 9530: the SHA-256 of the whole file, also with a part of it.'),
  'Content-Disposition': text('The name under which it is to be kept as a file.'),
  'RateLimit-Policy': text('Quota of the client per window.', { example: '"default";q=1200;w=60' }),
  RateLimit: text('Requests left and seconds until the window ends.', { example: '"default";r=1199;t=60' }),
  'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer', minimum: 0 } },
  'WWW-Authenticate': text('RFC 6750 challenge.'),
  Allow: text('Methods of this resource.'),
  'Idempotency-Replayed': text('`true` when a saved answer is given again.', { enum: ['true'] }),
  'Accept-Patch': text('Media type of patches.'),
  'Content-Language': text('Language of the texts.', { enum: ['en', 'nl'] }),
};

const header = (name: string, description: string, schema: JsonSchema, required = false) => ({
  name,
  in: 'header',
  required,
  description,
  schema,
});

/** Header parameters. */
const parameters = {
  IfMatch: header('If-Match', 'Entity tag that was read last, or `*`.', { type: 'string', example: '"1"' }, true),
  // Without an example, since a documentation page would send it: 304 to whoever looks for the first time.
  IfNoneMatch: header('If-None-Match', 'Entity tag that the client has; 304 when nothing changed.', { type: 'string' }),
  // Without examples, since what is pressed on a documentation page asks for the whole.
  Range: header('Range', 'The part to be given, as `bytes=1048576-`; one part, else the whole is given.', {
    type: 'string',
  }),
  IfRange: header(
    'If-Range',
    'Entity tag of the file of which the client has a part; the whole is given where it is another.',
    {
      type: 'string',
    },
  ),
  // Without an example, since it would be sent with one request after another, which is refused.
  IdempotencyKey: header(
    'Idempotency-Key',
    'Makes the request repeatable for 24 hours: 1 to 255 visible ASCII characters, quoted or bare.',
    { type: 'string', maxLength: 257 },
  ),
  AcceptLanguage: header('Accept-Language', 'Language of the texts of errors: `nl` or `en`.', { type: 'string' }),
};

const problem: JsonSchema = {
  type: 'object',
  description: 'Problem details (RFC 9457).',
  properties: {
    type: { type: 'string', format: 'uri', description: 'Opens a page that explains the problem.' },
    title: { type: 'string' },
    status: { type: 'integer', minimum: 400, maximum: 599 },
    detail: { type: 'string' },
    instance: { type: 'string', format: 'uri', description: 'Names this request, also in the log.' },
    code: { type: 'string', enum: Object.keys(problems).sort() },
    errors: { type: 'array', items: { $ref: '#/components/schemas/Fault' } },
    home: { type: 'string', format: 'uri', description: 'With 421: the same address at the node to be asked.' },
  },
  required: ['type', 'title', 'status', 'detail', 'instance', 'code'],
};

const fault: JsonSchema = {
  type: 'object',
  description: 'One fault in the input.',
  properties: {
    in: { type: 'string', enum: ['body', 'query', 'path', 'header', 'file'] },
    location: {
      type: 'string',
      description: 'JSON pointer within the body, else the name of the parameter or header.',
    },
    detail: { type: 'string' },
    code: { type: 'string', description: 'Stable name of the fault.' },
  },
  required: ['in', 'location', 'detail', 'code'],
};

const moreHeaders: Readonly<Record<number, readonly (keyof typeof headers)[]>> = {
  401: ['WWW-Authenticate'],
  403: ['WWW-Authenticate'],
  405: ['Allow'],
  415: ['Accept-Patch'],
  416: ['Content-Range'],
  429: ['Retry-After', 'RateLimit-Policy', 'RateLimit'],
  502: ['Retry-After'],
  503: ['Retry-After'],
  504: ['Retry-After'],
};

/** The name of the shared response of a status. */
export const responseName = (status: number): string => `Problem${status}`;

/** The codes of all problems with a status. */
const codesOf = (status: number) =>
  (Object.keys(problems) as ProblemCode[]).filter((code) => problems[code].status === status);

function problemResponse(status: number, baseUrl: string): object {
  const codes = codesOf(status);
  const [first] = codes;
  const shown = first === undefined ? undefined : problems[first];
  const titles = [...new Set(codes.map((code) => problems[code].title.en))];
  return {
    description: `${titles.slice(0, 3).join('; ')}${titles.length > 3 ? '; and others' : ''}.`,
    headers: Object.fromEntries(
      ['API-Version', 'Content-Language', ...(moreHeaders[status] ?? [])].map((name) => [name, ref(name)]),
    ),
    content: {
      'application/problem+json': {
        schema: { $ref: '#/components/schemas/Problem' },
        example: {
          type: `${baseUrl}/problems/${first}`,
          title: shown?.title.en,
          status,
          detail: shown?.detail.en.replaceAll(/[{}]/g, ''),
          instance: 'urn:uuid:019b0000-0000-7000-8000-000000000000',
          code: first,
          ...(status === 421 && {
            home: 'https://other-node.example/v1/organisations/019b0000-0000-7000-8000-000000000000',
          }),
          ...(status === 400 && {
            errors: [{ in: 'query', location: 'limit', detail: 'May be at most 200.', code: 'too_high' }],
          }),
        },
      },
    },
  };
}

/** Components that every document has: headers, parameters, problem responses, the security scheme. */
export function sharedComponents(baseUrl: string, scopes: readonly string[]) {
  const statuses = [...new Set(Object.values(problems).map(({ status }) => status))].sort();
  const scopeTexts = scopes.map((scope) => [
    scope,
    scope.replace(/^(.*):(\w+)$/, (_all, resource, act) => `${act} ${resource}`),
  ]);
  return {
    schemas: { Fault: fault, Problem: problem },
    headers,
    parameters,
    responses: Object.fromEntries(statuses.map((status) => [responseName(status), problemResponse(status, baseUrl)])),
    securitySchemes: {
      oauth2: {
        type: 'oauth2',
        description: 'OAuth 2 client credentials; partner systems prove themselves by `private_key_jwt`.',
        flows: { clientCredentials: { tokenUrl: `${baseUrl}/oauth/token`, scopes: Object.fromEntries(scopeTexts) } },
      },
    },
  };
}

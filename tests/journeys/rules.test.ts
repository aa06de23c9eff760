import { randomUUID } from 'node:crypto';
import t from 'tap';
import { scopes } from '../../src/platform/caller.ts';
import { namedId } from '../../src/platform/id.ts';
import { type Operation, parametersIn, send, soundRequest } from '../helpers/document.ts';
import { administratorTokenFor, registerParty } from '../helpers/parties.ts';
import { type Case, hold, openRules } from '../helpers/rules.ts';
import { wrongValue } from '../helpers/schemas.ts';

const rules = await openRules(t);
const { app, operations, judge } = rules;
const other = await registerParty(rules, namedId('organisation lindeveen'));

const isPublic = ({ scope }: Operation) => scope === undefined;
t.test('the node serves the document by which its answers are judged, to anybody', async (t) => {
  t.ok(operations.length > 40, `${operations.length} operations`);
  const served = await app.inject({ url: '/v1/openapi.json', headers: { origin: 'https://elsewhere.example' } });
  t.equal(served.headers['access-control-allow-origin'], '*');
  t.equal(served.headers['api-version'], rules.document.info.version);
  const text = served.body.replaceAll('https://node.example', 'https://api.samendoen.example');
  t.same(JSON.parse(text), rules.document);
});

t.test('without a token, or with one that is none, every operation but the public ones answers 401', async (t) => {
  await hold(t, rules, (operation) => {
    const request = soundRequest(operation);
    if (isPublic(operation)) return [];
    const challenge = 'Bearer realm="samendoen"';
    const forged = { ...request, headers: { ...request.headers, authorization: 'Bearer nonsense' } };
    return [
      { request, token: null, status: 401, code: 'unauthenticated', header: ['www-authenticate', challenge] },
      {
        request: forged,
        status: 401,
        code: 'invalid_token',
        header: ['www-authenticate', /^Bearer realm="samendoen", error="invalid_token"/],
      },
    ];
  });
  const open = operations.filter(isPublic);
  t.same(
    open.map(({ operationId }) => operationId),
    ['getNode'],
    'a public operation is public on purpose',
  );
  for (const operation of open) t.same(judge.faults(operation, await send(app, soundRequest(operation))), []);
});

t.test('a token without the scope of the operation is refused by the name of the scope', async (t) => {
  const without = new Map<string, string>();
  for (const scope of scopes) {
    without.set(
      scope,
      await administratorTokenFor(
        app,
        scopes.filter((one) => one !== scope),
      ),
    );
  }
  await hold(t, rules, (operation) => {
    const { scope } = operation;
    if (scope === undefined) return [];
    const header = [
      'www-authenticate',
      `Bearer realm="samendoen", error="insufficient_scope", scope="${scope}"`,
    ] as const;
    return [
      {
        request: soundRequest(operation),
        token: without.get(scope) ?? null,
        status: 403,
        code: 'insufficient_scope',
        header,
      },
    ];
  });
});

t.test('operations of administrators are refused to the client of an organisation with every scope', async (t) => {
  await hold(t, rules, (operation) =>
    operation.policy === 'administrator'
      ? [{ request: soundRequest(operation), token: other.token, status: 403, code: 'administrator_required' }]
      : [],
  );
});

t.test('a part of the path that is no identifier is named in a 400', async (t) => {
  await hold(t, rules, (operation) => {
    const request = soundRequest(operation);
    const named = parametersIn(operation, 'path').map(({ name, schema }) => ({
      name,
      code: schema.type === 'integer' ? 'invalid_type' : 'invalid_format',
    }));
    const broken = (value: string, as?: string): Case[] =>
      named.map(({ name, code }) => ({
        request: { ...request, params: { ...request.params, [name]: value } },
        status: 400,
        code: 'invalid_input',
        errors: [`path ${name} ${code === 'invalid_format' && as !== undefined ? as : code}`],
      }));
    if (named.length === 0) return [];
    const all = Object.fromEntries(named.map(({ name }) => [name, 'nonsense']));
    return [
      ...broken('nonsense'),
      ...broken('019b0000-0000-7000-8000-00000000000'),
      ...broken('\0', 'invalid_characters'),
      ...broken("' or 1=1 --"),
      {
        request: { ...request, params: all },
        status: 400,
        code: 'invalid_input',
        errors: named.map(({ name, code }) => `path ${name} ${code}`),
      },
    ];
  });
});

t.test('an identifier that is given to nothing gets 404', async (t) => {
  await hold(t, rules, (operation) => {
    const request = soundRequest(operation);
    return parametersIn(operation, 'path').map(({ name, schema }) => ({
      request: {
        ...request,
        params: { ...request.params, [name]: schema.type === 'integer' ? '999999' : randomUUID() },
      },
      status: 404,
      code: 'not_found',
    }));
  });
});

t.test('an unknown query key is named in a 400', async (t) => {
  await hold(t, rules, (operation) => {
    const request = soundRequest(operation);
    const query = [...request.query, ['colour', 'red'], ['__proto__', 'x']] as const;
    const errors = ['query __proto__ unknown_property', 'query colour unknown_property'];
    return [{ request: { ...request, query }, status: 400, code: 'invalid_input', errors }];
  });
});

t.test('wrong values in the query are all named in one 400, each by its key', async (t) => {
  await hold(t, rules, (operation) => {
    const request = soundRequest(operation);
    const wrong = parametersIn(operation, 'query').map(({ name, schema }) => ({
      name,
      ...wrongValue(rules.document, schema),
    }));
    if (wrong.length === 0) return [];
    const caseOf = (some: typeof wrong): Case => ({
      request: {
        ...request,
        query: [
          ...request.query.filter(([name]) => !some.some((one) => one.name === name)),
          ...some.map(({ name, text }) => [name, text] as const),
        ],
      },
      status: 400,
      code: 'invalid_input',
      errors: some.map(({ name, code }) => `query ${name} ${code}`),
    });
    return [...wrong.map((one) => caseOf([one])), caseOf(wrong)];
  });
});

t.test('NUL in a value of the query is refused', async (t) => {
  await hold(t, rules, (operation) => {
    const request = soundRequest(operation);
    return parametersIn(operation, 'query').map(({ name }) => ({
      request: { ...request, query: [[name, 'a\0b']] },
      status: 400,
      code: 'invalid_input',
    }));
  });
});

t.test('an Accept that cannot be met gets 406', async (t) => {
  await hold(t, rules, (operation) => {
    // Without a body in its answer there is nothing that could be unacceptable.
    if (operation.responses[204] !== undefined) return [];
    const request = soundRequest(operation);
    return ['application/xml', 'text/html;q=0.9, audio/*', 'application/json;q=0'].map((accept) => ({
      request: { ...request, headers: { ...request.headers, accept } },
      status: 406,
      code: 'not_acceptable',
    }));
  });
});

import fc from 'fast-check';
import t from 'tap';
import { assertionClaims, decodePart, forge, seconds, testKey } from '../../helpers/oauth.ts';
import { assertionType, type ServedNode, servedNode } from './served.ts';

const instants = [
  '0000-01-01T00:00:00Z',
  '0001-01-01T00:00:00+14:00',
  '1969-12-31T23:59:59.999Z',
  '2016-12-31T23:59:60Z',
  '2024-02-30T00:00:00Z',
  '9999-12-31T23:59:59.999Z',
  '9999-12-31T23:59:59-14:00',
  '+010000-01-01T00:00:00Z',
  'infinity',
  'now',
];

/** Values that trouble parsers, comparisons and the database. */
const odd = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    -1,
    1.5,
    Number.MAX_VALUE,
    2 ** 53,
    '',
    ' ',
    '\u0000',
    'a\u0000b',
    '\ud800',
    '\u202e',
    '%00',
    "' or 1=1 --",
    '../../etc/passwd',
    'x'.repeat(3000),
    '00000000-0000-0000-0000-000000000000',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
    [],
    {},
    [[[]]],
    { toString: 1 },
    { $ref: '#' },
    ...instants,
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.jsonValue({ maxDepth: 3 }),
);

type Step = { readonly pick: number; readonly value: unknown; readonly drop: boolean };
const steps = fc.array(fc.record({ pick: fc.nat(), value: odd, drop: fc.boolean() }), { minLength: 1, maxLength: 4 });

/** The value with some of its parts replaced or dropped. */
function mutate(value: unknown, changes: readonly Step[]): unknown {
  return changes.reduce<unknown>((current, { pick, value: given, drop }) => {
    const places = placesOf(current);
    const place = places[pick % places.length];
    return place === undefined ? given : changed(current, place, drop ? undefined : given);
  }, value);
}

function placesOf(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => placesOf(inner, [...path, key]))];
}

function changed(value: unknown, [key, ...rest]: readonly string[], given: unknown): unknown {
  if (key === undefined) return given;
  if (Array.isArray(value))
    return value.map((item, index) => (String(index) === key ? changed(item, rest, given) : item));
  const inner = value as Record<string, unknown>;
  return { ...inner, [key]: changed(inner[key], rest, given) };
}

const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value)) ?? '';
/** A value as part of an address; lone surrogates cannot be written there. */
const part = (value: unknown) => encodeURIComponent(text(value).replace(/[\ud800-\udfff]/g, '%'));
/** A value as a header; line breaks and what is not Latin-1 cannot be sent. */
const header = (value: unknown) => text(value).replace(/[^\x20-\x7e\x80-\xff]/g, '?');

type Request = { method: 'GET' | 'POST' | 'PATCH' | 'DELETE'; url: string; body?: unknown };

async function requests(node: ServedNode): Promise<Request[]> {
  const [one, two] = [await testKey('ES256'), await testKey('RS256')];
  const { id } = node.client;
  const key = (await node.owner`select id from client_keys limit 1`)[0]?.id;
  const client = { name: 'x', organisationId: node.organisationId, scopes: ['clients:read'], administrator: false };
  return [
    { method: 'GET', url: '/v1/caller' },
    { method: 'GET', url: '/v1/clients' },
    { method: 'POST', url: '/v1/clients', body: { ...client, jwks: { keys: [one.jwk, two.jwk] } } },
    { method: 'GET', url: `/v1/clients/${id}` },
    { method: 'PATCH', url: `/v1/clients/${id}`, body: { name: 'y', scopes: ['clients:read'], disabled: false } },
    { method: 'POST', url: `/v1/clients/${id}/keys`, body: { jwk: two.jwk, othersExpireAt: '2099-01-01T00:00:00Z' } },
    { method: 'DELETE', url: `/v1/clients/${id}/keys/${key}` },
    { method: 'POST', url: `/v1/clients/${id}/secret-rotations`, body: { overlapHours: 1 } },
  ];
}

const filters = ['cursor', 'limit', 'organisationId', 'clientId', 'disabled', 'administrator', 'changedSince', 'x'];

t.test('no input to the routes of clients gives a server error', async (t) => {
  const node = await servedNode(t);
  const token = await node.administratorToken();
  const known = await requests(node);
  const statuses = new Map<number, number>();
  const entries = fc.array(fc.tuple(fc.constantFrom(...filters), odd), { maxLength: 2 });
  const request = fc.record({
    route: fc.constantFrom(...known),
    changes: steps,
    query: fc.oneof({ weight: 3, arbitrary: fc.constant<[string, unknown][]>([]) }, { weight: 1, arbitrary: entries }),
    segment: fc.option(odd, { freq: 1 }),
    headers: fc.record({
      'if-match': fc.oneof(fc.constantFrom('*', '"1"', '"999999999999"', 'W/"1"', '"'), odd.map(header)),
      'idempotency-key': fc.option(odd.map(header), { freq: 1, nil: '' }),
    }),
  });
  type Given = typeof request extends fc.Arbitrary<infer Value> ? Value : never;
  const ask = ({ route, changes, query, segment, headers }: Given) => {
    const path = segment === null ? route.url : route.url.replace(/[0-9a-f-]{36}/, part(segment) || 'x');
    const search = query.map(([name, value]) => `${name}=${part(value)}`).join('&');
    const given = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ''));
    const body = route.body === undefined ? {} : { body: JSON.stringify(mutate(route.body, changes)) ?? '' };
    return node.send(route.method, search === '' ? path : `${path}?${search}`, { token, headers: given, ...body });
  };
  await fc.assert(
    fc.asyncProperty(request, async (given) => {
      const answer = await ask(given);
      statuses.set(answer.statusCode, (statuses.get(answer.statusCode) ?? 0) + 1);
      if (answer.statusCode >= 500) throw new Error(`${answer.statusCode} ${node.lines.slice(-3).join('')}`);
      if (answer.statusCode >= 400 && answer.json().code === undefined) throw new Error('no problem code');
    }),
    { numRuns: 500 },
  );
  t.ok(statuses.size > 4, JSON.stringify(Object.fromEntries(statuses)));
});

t.test('each instant at the edge of the calendar is taken or refused, never a server error', async (t) => {
  const node = await servedNode(t);
  const token = await node.administratorToken();
  for (const instant of instants) {
    const list = await node.send('GET', `/v1/clients?changedSince=${part(instant)}`, { token });
    t.ok([200, 400].includes(list.statusCode), `changedSince ${instant}: ${list.statusCode}`);
    const body = { jwk: (await testKey('ES256')).jwk, othersExpireAt: instant };
    const added = await node.send('POST', `/v1/clients/${node.client.id}/keys`, { token, body });
    t.ok([201, 400].includes(added.statusCode), `othersExpireAt ${instant}: ${added.statusCode}`);
  }
});

t.test('no input to the token endpoint gives a server error, or a token', async (t) => {
  const node = await servedNode(t);
  const names = [
    'grant_type',
    'client_id',
    'client_secret',
    'client_assertion',
    'client_assertion_type',
    'scope',
    'x',
    '',
  ];
  const values = fc.oneof(odd.map(text), fc.constantFrom('client_credentials', assertionType, 'administrator'));
  const pairs = fc.array(fc.tuple(fc.constantFrom(...names), values), { maxLength: 6 });
  const form = fc.oneof(
    pairs.map((given) => given.map(([name, value]) => `${name}=${part(value)}`).join('&')),
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.constantFrom('%', '%zz=%', '&&&', '=', 'grant_type=%ff%fe', 'a=1&a=2'),
  );
  const asked = fc.record({ form, authorization: fc.option(odd.map(header)), known: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(asked, async ({ form, authorization, known }) => {
      const answer = await node.askToken(known ? `grant_type=client_credentials&${form}` : form, {
        headers: authorization === null ? {} : { authorization },
      });
      if (![400, 401].includes(answer.statusCode)) throw new Error(`${answer.statusCode} ${node.lines.at(-1)}`);
      if (typeof answer.json().error !== 'string') throw new Error(answer.body);
    }),
    { numRuns: 500 },
  );
  t.pass('500 requests');
});

t.test('no signed assertion of whatever claims gives a server error', async (t) => {
  const node = await servedNode(t);
  const claims = assertionClaims(node.client.clientId, { nbf: seconds() });
  const given = fc.record({ head: steps, body: steps, which: fc.constantFrom('head', 'body', 'both') });
  const used: unknown[] = [];
  await fc.assert(
    fc.asyncProperty(given, async ({ head, body, which }) => {
      const sound = { alg: 'ES256', kid: node.key.jwk.kid, typ: 'JWT' };
      const assertion = forge(
        node.key,
        which === 'body' ? sound : (mutate(sound, head) ?? ''),
        which === 'head' ? claims : (mutate(claims, body) ?? ''),
      );
      const answer = await node.askToken({ client_assertion_type: assertionType, client_assertion: assertion });
      if (answer.statusCode === 200) used.push(decodePart(assertion, 1).jti);
      else if (answer.statusCode !== 401) throw new Error(`${answer.statusCode} ${node.lines.at(-1)}`);
    }),
    { numRuns: 500 },
  );
  t.same([...new Set(used)], used, 'each identifier is taken once');
});

import { fastify, LogController } from 'fastify';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import { pino } from 'pino';
import postgres from 'postgres';

// What is measured against: the four answers as a competent hand would write them for this purpose alone, with Fastify,
// its schemas and SQL. It checks tokens, filters alliances by who asks, checks identifiers and page sizes, sends the same
// bodies, entity tags and security headers, and logs one line per request. It runs as a process of its own.

const { PORT, DATABASE_URL = '', ISSUER = '', JWKS = '{"keys":[]}' } = process.env;

const sql = postgres(DATABASE_URL, {
  max: 10,
  connection: { application_name: 'bare server', role: 'samendoen_app', TimeZone: 'UTC', jit: false },
  types: { day: { to: 1082, from: [1082], serialize: String, parse: String } },
});

type Caller = { readonly organisationId: string; readonly clientId: string; readonly scopes: ReadonlySet<string> };

declare module 'fastify' {
  interface FastifyRequest {
    holder: Caller | undefined;
  }
}

const keys = createLocalJWKSet(JSON.parse(JWKS) as JSONWebKeySet);
const verified = new LRUCache<string, Caller>({ max: 10_000, ttl: 60_000 });

async function verify(token: string): Promise<Caller> {
  const { payload } = await jwtVerify(token, keys, {
    issuer: ISSUER,
    audience: ISSUER,
    algorithms: ['ES256'],
    typ: 'at+jwt',
  });
  const [client] = await sql<{ id: string; organisation_id: string }[]>`
    select id, organisation_id from clients where client_id = ${String(payload.client_id)} and disabled_at is null`;
  if (client === undefined) throw new Error('unknown client');
  const scopes = new Set(String(payload.scope).split(' '));
  return { organisationId: client.organisation_id, clientId: client.id, scopes };
}

async function authenticate(authorization: string | undefined): Promise<Caller | undefined> {
  if (authorization?.startsWith('Bearer ') !== true) return undefined;
  const token = authorization.slice(7);
  const known = verified.get(token);
  if (known !== undefined) return known;
  const caller = await verify(token).catch(() => undefined);
  if (caller !== undefined) verified.set(token, caller);
  return caller;
}

const securityHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
};

const log = pino();
const app = fastify({
  loggerInstance: log,
  logController: new LogController({ disableRequestLogging: true }),
  childLoggerFactory: (logger) => logger,
});
app.decorateRequest('holder', undefined);

app.addHook('onRequest', async (request, reply) => {
  reply.headers(securityHeaders);
  const holder = await authenticate(request.headers.authorization);
  if (holder === undefined)
    return reply.code(401).header('www-authenticate', 'Bearer').send({ code: 'unauthenticated' });
  const needed = request.routeOptions.config.scope;
  if (needed !== undefined && !holder.scopes.has(needed)) return reply.code(403).send({ code: 'insufficient_scope' });
  request.holder = holder;
});

app.addHook('onResponse', (request, reply, done) => {
  log.info(
    {
      requestId: request.id,
      method: request.method,
      route: request.routeOptions.url,
      status: reply.statusCode,
      milliseconds: Math.round(reply.elapsedTime * 10) / 10,
      clientId: request.holder?.clientId,
    },
    'answered',
  );
  done();
});

declare module 'fastify' {
  interface FastifyContextConfig {
    scope?: string;
  }
}

const text = { type: 'string' };
const nullable = { type: 'string', nullable: true };
const moment = { type: 'string', format: 'date-time' };
const reference = { type: 'object', nullable: true, properties: { id: text, name: text } };
const pageOf = (item: object) => ({
  type: 'object',
  properties: { items: { type: 'array', items: item }, nextCursor: nullable },
});
const params = { type: 'object', required: ['id'], properties: { id: { type: 'string', format: 'uuid' } } };
const querystring = {
  type: 'object',
  additionalProperties: false,
  properties: {
    limit: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
    cursor: { type: 'string', maxLength: 100 },
  },
};

type ById = { Params: { id: string } };
type Paged = { Querystring: { limit: number; cursor?: string } };

const firstId = '00000000-0000-0000-0000-000000000000';
const readCursor = (cursor: string | undefined) =>
  cursor === undefined ? firstId : Buffer.from(cursor, 'base64url').toString('latin1');

function page<Row extends { id: string }>(path: string, rows: Row[], limit: number) {
  if (rows.length <= limit) return { items: rows, nextCursor: null, link: undefined };
  const items = rows.slice(0, limit);
  const nextCursor = Buffer.from(items.at(-1)?.id ?? '', 'latin1').toString('base64url');
  return { items, nextCursor, link: `<${ISSUER}${path}?limit=${limit}&cursor=${nextCursor}>; rel="next"` };
}

const organisation = {
  type: 'object',
  properties: {
    id: text,
    kind: text,
    name: text,
    region: nullable,
    startsOn: nullable,
    endsOn: nullable,
    successor: reference,
    identifiers: {
      type: 'array',
      items: {
        type: 'object',
        properties: { scheme: text, value: text, validFrom: nullable, validUntil: nullable },
      },
    },
    source: nullable,
    sourceKey: nullable,
    createdAt: moment,
    changedAt: moment,
  },
};

type Row = { id: string; version: number };

/** A prepared query; its text is put together once. */
const query = (text: string) => (given: (string | number)[]) => sql.unsafe<Row[]>(text, given, { prepare: true });

/** The same for a page; the number of rows stands in the text, so that the database keeps its plan. */
function pageQuery(text: string): (given: string[], limit: number) => Promise<Row[]> {
  const usual = query(`${text} 51`);
  return (given, limit) => (limit === 50 ? usual(given) : query(`${text} ${Math.trunc(limit) + 1}`)(given));
}

const organisationColumns = `o.id, o.version, o.kind, o.name, o.region, o.starts_on as "startsOn",
  o.ends_on as "endsOn", (select json_build_object('id', s.id, 'name', s.name) from organisations s
    where s.id = o.successor_id) as successor,
  (select coalesce(json_agg(json_build_object('scheme', i.scheme, 'value', i.value, 'validFrom', i.valid_from,
    'validUntil', i.valid_until) order by i.scheme, i.value, i.id), '[]') from organisation_identifiers i
    where i.organisation_id = o.id) as identifiers,
  o.source, o.source_key as "sourceKey", o.created_at as "createdAt", o.changed_at as "changedAt"`;
const findOrganisation = query(`select ${organisationColumns} from organisations o where o.id = $1`);
const listOrganisations = pageQuery(
  `select ${organisationColumns} from organisations o where o.id > $1 order by o.id limit`,
);

app.get<ById>(
  '/v1/organisations/:id',
  { config: { scope: 'organisations:read' }, schema: { params, response: { 200: organisation } } },
  async (request, reply) => {
    const [row] = await findOrganisation([request.params.id]);
    if (row === undefined) return reply.code(404).send({ code: 'not_found' });
    reply.header('etag', `"${row.version}"`);
    return row;
  },
);

app.get<Paged>(
  '/v1/organisations',
  { config: { scope: 'organisations:read' }, schema: { querystring, response: { 200: pageOf(organisation) } } },
  async (request, reply) => {
    const { limit, cursor } = request.query;
    const rows = await listOrganisations([readCursor(cursor)], limit);
    const { link, ...body } = page('/v1/organisations', rows, limit);
    if (link !== undefined) reply.header('link', link);
    return body;
  },
);

const alliance = {
  type: 'object',
  properties: {
    id: text,
    kind: text,
    name: text,
    purpose: nullable,
    visibility: text,
    startsOn: text,
    endsOn: nullable,
    memberCount: { type: 'integer' },
    createdBy: reference,
    source: nullable,
    sourceKey: nullable,
    createdAt: moment,
    changedAt: moment,
  },
};

const allianceColumns = `a.id, a.version, a.kind, a.name, a.purpose, a.visibility, a.starts_on as "startsOn",
  a.ends_on as "endsOn", (select count(*)::int from memberships m where m.alliance_id = a.id
    and m.state in ('accepted', 'ended') and m.starts_on <= current_date
    and (m.ends_on is null or m.ends_on > current_date)) as "memberCount",
  (select json_build_object('id', o.id, 'name', o.name) from organisations o
    where o.id = a.created_by_organisation_id) as "createdBy",
  a.source, a.source_key as "sourceKey", a.created_at as "createdAt", a.changed_at as "changedAt"`;

const visibleToSecond = `(a.visibility in ('public', 'network')
  or (a.visibility = 'closed' and (select true from memberships m where m.alliance_id = a.id
    and m.organisation_id = $2 and m.state = 'accepted' and m.starts_on <= current_date
    and (m.ends_on is null or m.ends_on > current_date) limit 1)))`;
const findAlliance = query(`select ${allianceColumns} from alliances a where a.id = $1 and ${visibleToSecond}`);
const listAlliances = pageQuery(
  `select ${allianceColumns} from alliances a where a.id > $1 and ${visibleToSecond} order by a.id limit`,
);

const organisationOf = (holder: Caller | undefined) => holder?.organisationId ?? firstId;

app.get<ById>(
  '/v1/alliances/:id',
  { config: { scope: 'alliances:read' }, schema: { params, response: { 200: alliance } } },
  async (request, reply) => {
    const [row] = await findAlliance([request.params.id, organisationOf(request.holder)]);
    if (row === undefined) return reply.code(404).send({ code: 'not_found' });
    reply.header('etag', `"${row.version}"`);
    return row;
  },
);

app.get<Paged>(
  '/v1/alliances',
  { config: { scope: 'alliances:read' }, schema: { querystring, response: { 200: pageOf(alliance) } } },
  async (request, reply) => {
    const { limit, cursor } = request.query;
    const rows = await listAlliances([readCursor(cursor), organisationOf(request.holder)], limit);
    const { link, ...body } = page('/v1/alliances', rows, limit);
    if (link !== undefined) reply.header('link', link);
    return body;
  },
);

process.on('SIGTERM', () => {
  void app.close().then(() => sql.end());
});
await app.listen({ host: '127.0.0.1', port: Number(PORT) });

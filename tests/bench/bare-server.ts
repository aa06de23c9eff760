import { createHash } from 'node:crypto';
import { type FastifyReply, type FastifyRequest, fastify, LogController } from 'fastify';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import { pino } from 'pino';
import postgres from 'postgres';
import { uuidv7 } from 'uuidv7';

// What is measured against: the answers as a competent hand would write them for this purpose alone, with Fastify,
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

/** The tag of an answer that tells more than its row is also of what is told. */
const tagged = async (_request: FastifyRequest, reply: FastifyReply, text: unknown): Promise<unknown> => {
  const digest = createHash('sha256').update(String(text)).digest('hex').slice(0, 12);
  reply.header('etag', String(reply.getHeader('etag')).replace(/"$/, `.${digest}"`));
  return text;
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
  { config: { scope: 'alliances:read' }, schema: { params, response: { 200: alliance } }, onSend: tagged },
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

const link = { type: 'object', properties: { href: text, title: nullable } };
const count = { type: 'integer' };
const strings = { type: 'array', items: text };
const named = { type: 'object', properties: { id: text, name: text } };
const maybeMoment = { type: 'string', format: 'date-time', nullable: true };
const itemHead = {
  id: text,
  type: text,
  title: nullable,
  summary: nullable,
};
const itemContent = { ...itemHead, body: nullable, links: { type: 'array', nullable: true, items: link } };
const itemTail = {
  language: text,
  licence: text,
  themes: strings,
  visibility: text,
  state: text,
  organisation: named,
  contributors: { type: 'array', items: named },
  publishedVersion: { type: 'integer', nullable: true },
  contentHash: nullable,
  hasUnpublishedChanges: { type: 'boolean', nullable: true },
};
const itemCounts = {
  reuse: {
    type: 'object',
    properties: {
      adoptionCount: count,
      organisationCount: count,
      usedCount: count,
      adaptedCount: count,
      thankedCount: count,
      contestedCount: count,
    },
  },
  shareCount: count,
  source: nullable,
  sourceKey: nullable,
  createdAt: moment,
  changedAt: moment,
  firstPublishedAt: maybeMoment,
  publishedAt: maybeMoment,
  withdrawnAt: maybeMoment,
  withdrawalReason: nullable,
};
const draft = {
  type: 'object',
  nullable: true,
  properties: { type: text, title: nullable, summary: nullable, body: nullable, links: { type: 'array', items: link } },
};
const item = { type: 'object', properties: { ...itemContent, ...itemTail, draft, ...itemCounts } };
const listedItem = { type: 'object', properties: { ...itemHead, ...itemTail, ...itemCounts, snippet: nullable } };

// Of every query on items the second parameter is who asks.
const takesPart = (alliance: string) => `(select true from memberships m where m.alliance_id = ${alliance}
  and m.organisation_id = $2 and m.state = 'accepted' and m.starts_on <= current_date
  and (m.ends_on is null or m.ends_on > current_date) limit 1)`;
const visibleItem = `(i.organisation_id = $2 or (i.state <> 'draft' and (i.visibility in ('public', 'network')
    or (i.visibility = 'alliances' and (select true from knowledge_shares s where s.item_id = i.id and s.ended_at is null
      and ${takesPart('s.alliance_id')} limit 1))))
  or (select true from knowledge_contributions c where c.item_id = i.id and c.organisation_id = $2
    and c.state in ('offered', 'accepted') limit 1))`;
const kept = (column: string) => `case when i.state <> 'withdrawn' then i.${column} end as ${column}`;
const listedColumns = `i.id, i.type, ${kept('title')}, ${kept('summary')}, i.language, i.licence, i.themes,
  i.visibility, i.state, json_build_object('id', o.id, 'name', o.name) as organisation,
  (select coalesce(json_agg(json_build_object('id', co.id, 'name', co.name) order by c.id), '[]')
    from knowledge_contributions c join organisations co on co.id = c.organisation_id
    where c.item_id = i.id and c.state = 'accepted') as contributors,
  i.published_version as "publishedVersion", i.content_hash as "contentHash",
  case when i.organisation_id = $2 then i.draft is not null or i.state = 'draft' end as "hasUnpublishedChanges",
  (select json_build_object('adoptionCount', count(*), 'organisationCount', count(distinct a.organisation_id),
      'usedCount', count(*) filter (where a.use = 'used'), 'adaptedCount', count(*) filter (where a.use = 'adapted'),
      'thankedCount', count(*) filter (where a.response = 'thanked'),
      'contestedCount', count(*) filter (where a.response = 'disputed'))
    from knowledge_adoptions a where a.item_id = i.id and a.withdrawn_at is null) as reuse,
  (select count(*)::int from knowledge_shares s join alliances a on a.id = s.alliance_id
    where s.item_id = i.id and s.ended_at is null and (a.visibility in ('public', 'network')
      or (a.visibility = 'closed' and ${takesPart('a.id')}))) as "shareCount",
  i.source, i.source_key as "sourceKey", i.created_at as "createdAt", i.changed_at as "changedAt",
  i.first_published_at as "firstPublishedAt", i.published_at as "publishedAt", i.withdrawn_at as "withdrawnAt",
  i.withdrawal_reason as "withdrawalReason"`;
const fromItems = 'from knowledge_items i join organisations o on o.id = i.organisation_id';
const findItemText = `select i.version, ${listedColumns}, ${kept('body')}, ${kept('links')},
  case when i.organisation_id = $2 then i.draft end as draft ${fromItems} where i.id = $1 and ${visibleItem}`;
const findItem = query(findItemText);
const findItemIn = (db: postgres.TransactionSql, given: string[]) =>
  db.unsafe<Row[]>(findItemText, given, { prepare: true });
const listItems = pageQuery(
  `select ${listedColumns} ${fromItems} where i.id > $1 and ${visibleItem} order by i.id limit`,
);

const words = (config: string) => `websearch_to_tsquery('${config}', $1)`;
const holds = (column: string) =>
  `((i.language = 'nl' and ${column} @@ ${words('dutch')}) or (i.language = 'en' and ${column} @@ ${words('english')}))`;
const candidates = (column: string) =>
  `(select i.id from knowledge_items i where ${holds(column)} and ${visibleItem} limit 500)`;
const searchText = `select ${listedColumns}, ts_headline(
    case when i.language = 'en' then 'english'::regconfig else 'dutch'::regconfig end,
    translate(concat_ws(' ', nullif(i.summary, ''), left(i.body, 2000)), '\ue000\ue001', ''), r.words,
    'StartSel=\ue000, StopSel=\ue001, MaxFragments=2, MaxWords=24, MinWords=10, FragmentDelimiter=" … "') as snippet
  ${fromItems} join (select i.id, words, (case when i.title_search @@ words then 2
      when ts_filter(i.search, '{a,b}') @@ words then 1 else 0 end + ts_rank_cd(i.search, words, 33)::float8) as rank
    from knowledge_items i cross join lateral
      (select case when i.language = 'en' then ${words('english')} else ${words('dutch')} end as words) w
    where i.id in (${candidates('i.title_search')} union ${candidates('i.search')})
    order by rank desc, i.id limit 51) r on r.id = i.id
  order by r.rank desc, i.id`;

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const markedUp = (snippet: string) =>
  snippet
    .replace(/[&<>"']/g, (character) => escapes[character] ?? '')
    .replaceAll('\ue000', '<mark>')
    .replaceAll('\ue001', '</mark>');

app.get<ById>(
  '/v1/knowledge-items/:id',
  { config: { scope: 'knowledge-items:read' }, schema: { params, response: { 200: item } }, onSend: tagged },
  async (request, reply) => {
    const [row] = await findItem([request.params.id, organisationOf(request.holder)]);
    if (row === undefined) return reply.code(404).send({ code: 'not_found' });
    reply.header('etag', `"${row.version}"`).header('vary', 'Accept');
    return row;
  },
);

const itemQuery = { ...querystring, properties: { ...querystring.properties, q: { type: 'string', maxLength: 500 } } };

app.get<{ Querystring: { limit: number; cursor?: string; q?: string } }>(
  '/v1/knowledge-items',
  {
    config: { scope: 'knowledge-items:read' },
    schema: { querystring: itemQuery, response: { 200: pageOf(listedItem) } },
  },
  async (request, reply) => {
    const { limit, cursor, q } = request.query;
    const viewer = organisationOf(request.holder);
    if (q !== undefined) {
      const rows = await sql.unsafe<(Row & { snippet: string })[]>(searchText, [q, viewer]);
      const items = rows.slice(0, limit).map((row) => ({ ...row, snippet: markedUp(row.snippet) }));
      const nextCursor = rows.length > limit ? Buffer.from(items.at(-1)?.id ?? '').toString('base64url') : null;
      if (nextCursor !== null)
        reply.header('link', `<${ISSUER}/v1/knowledge-items?q=${q}&cursor=${nextCursor}>; rel="next"`);
      return { items, nextCursor };
    }
    const rows = await listItems([readCursor(cursor), viewer], limit);
    const { link, ...body } = page('/v1/knowledge-items', rows, limit);
    if (link !== undefined) reply.header('link', link);
    return { ...body, items: body.items.map((row) => ({ ...row, snippet: null })) };
  },
);

type NewItem = {
  type: string;
  title: string;
  summary: string;
  body: string;
  links: { href: string; title?: string | null }[];
  language: string;
  licence: string;
  themes: string[];
  visibility: string;
};
const newItem = {
  type: 'object',
  additionalProperties: false,
  required: ['type', 'title', 'licence'],
  properties: {
    type: { type: 'string', enum: ['practice', 'lesson', 'tool', 'case', 'policy', 'question'] },
    title: { type: 'string', minLength: 1, maxLength: 300 },
    summary: { type: 'string', maxLength: 2000, default: '' },
    body: { type: 'string', maxLength: 200000, default: '' },
    links: { type: 'array', maxItems: 50, items: link, default: [] },
    language: { type: 'string', enum: ['nl', 'en'], default: 'nl' },
    licence: { type: 'string', maxLength: 100 },
    themes: { type: 'array', maxItems: 20, items: { type: 'string', maxLength: 100 }, default: [] },
    visibility: { type: 'string', enum: ['public', 'network', 'alliances'], default: 'network' },
  },
};

app.post<{ Body: NewItem; Headers: { 'idempotency-key': string } }>(
  '/v1/knowledge-items',
  { config: { scope: 'knowledge-items:write' }, schema: { body: newItem, response: { 201: item } }, onSend: tagged },
  async (request, reply) => {
    const { body, holder } = request;
    const key = request.headers['idempotency-key'];
    const viewer = organisationOf(holder);
    const id = uuidv7();
    const now = new Date().toISOString();
    const fingerprint = createHash('sha256').update(JSON.stringify(body)).digest('base64url');
    const row = await sql.begin(async (sql) => {
      const saved =
        await sql`select status from saved_answers where client_id = ${holder?.clientId ?? ''} and key = ${key}`;
      if (saved.length > 0) throw new Error('this key was used');
      await sql`select id from organisations where id = ${viewer} and ends_on is null for key share`;
      await sql`insert into knowledge_items (id, organisation_id, state, visibility, type, title, summary, body, links,
        language, licence, themes, created_at, changed_at) values (${id}, ${viewer}, 'draft', ${body.visibility},
        ${body.type}, ${body.title}, ${body.summary}, ${body.body}, ${sql.json(body.links)}, ${body.language},
        ${body.licence}, ${body.themes}, ${now}, ${now})`;
      const [made] = await findItemIn(sql, [id, viewer]);
      await sql`insert into saved_answers (client_id, key, fingerprint, status, headers, body, saved_at) values
        (${holder?.clientId ?? ''}, ${key}, ${fingerprint}, 201, ${sql.json({ etag: '"1"' })},
        ${sql.json((made ?? null) as never)}, ${now})`;
      const auditId = uuidv7();
      await sql`with counted as (update event_counter set position = position + 1, audit_number = audit_number + 1,
          audit_previous_hash = audit_hash, audit_hash = sha256(convert_to(concat_ws(chr(10), ${auditId}::text,
            ${now}::text, audit_number, encode(audit_hash, 'hex')), 'UTF8'))
          where only_row returning position, audit_number, audit_previous_hash, audit_hash
        ), audited as (insert into audit_records (id, recorded_at, client_id, organisation_id, operation_id,
          subject_type, subject_id, event_count, request_id, trace_id, number, previous_hash, hash)
          select ${auditId}, ${now}, ${holder?.clientId ?? ''}, ${viewer}::uuid, 'createKnowledgeItem',
            'knowledge_item', ${id}::uuid, 1, ${request.id}, ${id.replaceAll('-', '')}, audit_number,
            audit_previous_hash, audit_hash from counted)
        insert into events (position, id, type, subject_type, subject_id, organisation_ids, audit_record_id, occurred_at,
          data) select position, ${uuidv7()}, 'knowledge_item.created', 'knowledge_item', ${id}, ${[viewer]}, ${auditId},
          ${now}, '{}' from counted`;
      return made;
    });
    reply.code(201).header('etag', '"1"').header('location', `/v1/knowledge-items/${id}`);
    return row;
  },
);

process.on('SIGTERM', () => {
  void app.close().then(() => sql.end());
});
await app.listen({ host: '127.0.0.1', port: Number(PORT) });

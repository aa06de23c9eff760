import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Sql } from 'postgres';
import type { TestDatabase } from '../../../helpers/db.ts';
import type { Leak } from './twins.ts';

type Told = { readonly request: FastifyRequest; readonly reply: FastifyReply; readonly owner: Sql };
type Body = Record<string, unknown>;

const count = async (owner: Sql, table: string): Promise<number> =>
  Number((await owner`select count(*)::int as count from ${owner(table)}`)[0]?.count);

const operationOf = (request: FastifyRequest) => request.routeOptions.config?.operationId;

/** Changes what leaves of an operation. */
const onAnswer =
  (operationIds: readonly string[], change: (body: Body, told: Told) => Promise<Body>): Leak =>
  (app: FastifyInstance, { owner }: TestDatabase) => {
    app.addHook('onSend', async (request, reply, payload) => {
      if (reply.statusCode !== 200 || !operationIds.includes(operationOf(request) ?? '')) return payload;
      const changed = JSON.stringify(await change(JSON.parse(String(payload)) as Body, { request, reply, owner }));
      reply.header('content-length', Buffer.byteLength(changed));
      return changed;
    });
  };

/** Changes what leaves of what was not found, for whoever named a closed space. */
const onMissing =
  (change: (reply: FastifyReply, name: string, body: Body) => Body): Leak =>
  (app, { owner }) => {
    app.addHook('onSend', async (request, reply, payload) => {
      const { allianceId } = (request.params ?? {}) as { allianceId?: string };
      if (reply.statusCode !== 404 || allianceId === undefined) return payload;
      const [space] = await owner`select name from alliances where id = ${allianceId} and visibility = 'closed'`;
      if (space === undefined) return payload;
      const changed = JSON.stringify(change(reply, String(space.name), JSON.parse(String(payload)) as Body));
      reply.header('content-length', Buffer.byteLength(changed));
      return changed;
    });
  };

/** Changes the events of a page of the feed, whether it comes with its cursor or as a batch. */
const onEvents = (change: (items: Body[], owner: Sql) => Promise<Body[]>): Leak =>
  onAnswer(['listEvents'], async (body, { owner }) =>
    Array.isArray(body)
      ? ((await change(body, owner)) as unknown as Body)
      : { ...body, items: await change(body.items as Body[], owner) },
  );

/** What was done, by the identifiers of the audit records. */
const deedsOf = async (owner: Sql): Promise<ReadonlyMap<string, string>> => {
  const rows = await owner`select id, operation_id from audit_records`;
  return new Map(rows.map((row) => [String(row.id), String(row.operation_id)]));
};

/** Where each leak shows first: a short test asks there alone, a long one everywhere. */
export const shows: Readonly<Record<string, string>> = {
  'a total of a search is counted before it is filtered': 'countKnowledgeItems',
  'a number of a series shows the gaps': 'getNode',
  'a name that is taken in a closed space is refused': 'createAlliance',
  'what exists is forbidden, and not unknown': 'getAlliance',
  'a problem names what it hides': 'listCharters',
  'an entity tag follows from everything': 'getOrganisation',
  'an organisation comes with all its alliances': 'getOrganisation',
  'a list is sorted by what is done behind closed doors': 'listOrganisations',
  'a cell of the statistics counts everything': 'getNetworkStatistics',
  'a line of the log counts everything': 'listCommitments',
  'an allowance shrinks with what exists': 'listInitiatives',
  'the feed tells of what happens in a closed space': 'listEvents',
  'an event tells its number in the log': 'listEvents',
  'the audit tells what was done in a closed space': 'listAuditRecords',
  'the audit tells of what it withholds where it was': 'listAuditRecords',
  'the audit is searched by what it withholds': 'listAuditRecords',
};

/** What systems of this kind got wrong before, each put into the application on purpose. */
export const leaks: Readonly<Record<string, Leak>> = {
  'a total of a search is counted before it is filtered': onAnswer(
    ['listKnowledgeItems', 'countKnowledgeItems'],
    async (body, { owner }) => ({ ...body, total: await count(owner, 'knowledge_items') }),
  ),
  'a number of a series shows the gaps': onAnswer(['getNode', 'listAlliances'], async (body, { owner }) => {
    const [counter] = await owner`select position from event_counter`;
    return { ...body, position: Number(counter?.position) };
  }),
  'a name that is taken in a closed space is refused': (app, { owner }) => {
    app.addHook('preHandler', async (request, reply) => {
      if (operationOf(request) !== 'createAlliance') return;
      const { name, visibility } = request.body as { name: string; visibility: string };
      if (visibility === 'closed') return;
      const taken =
        await owner`select true from alliances where visibility = 'closed' and name like ${`${name.split(' ')[0]} %`} limit 1`;
      if (taken.length > 0) await reply.code(409).send({ code: 'name_taken' });
    });
  },
  'what exists is forbidden, and not unknown': onMissing((reply, _name, body) => {
    reply.code(403);
    return { ...body, status: 403 };
  }),
  'a problem names what it hides': onMissing((_reply, name, body) => ({ ...body, detail: `${name}?` })),
  'an entity tag follows from everything': (app, { owner }) => {
    app.addHook('onSend', async (request, reply, payload) => {
      if (operationOf(request) === 'getOrganisation') reply.header('etag', `"${await count(owner, 'events')}"`);
      return payload;
    });
  },
  'an organisation comes with all its alliances': onAnswer(['getOrganisation'], async (body, { owner }) => {
    const alliances = await owner`select a.name from alliances a join memberships m on m.alliance_id = a.id
      where m.organisation_id = ${String(body.id)} and m.state = 'accepted' order by a.id`;
    return { ...body, alliances: alliances.map(({ name }) => name) };
  }),
  'a list is sorted by what is done behind closed doors': onAnswer(['listOrganisations'], async (body, { owner }) => {
    const rows = await owner`select organisation_id as id, count(*)::int as count from memberships group by 1`;
    const busy = new Map(rows.map(({ id, count }) => [String(id), Number(count)]));
    const items = body.items as { id: string }[];
    return { ...body, items: items.toSorted((a, b) => (busy.get(b.id) ?? 0) - (busy.get(a.id) ?? 0)) };
  }),
  'a cell of the statistics counts everything': onAnswer(['getNetworkStatistics'], async (body, { owner }) => ({
    ...body,
    initiativeCount: await count(owner, 'initiatives'),
  })),
  'a line of the log counts everything': (app, { owner }) => {
    app.addHook('onSend', async (request, _reply, payload) => {
      if (operationOf(request) === 'listCommitments')
        request.log.info({ rows: await count(owner, 'commitments') }, 'commitments were looked through');
      return payload;
    });
  },
  'an allowance shrinks with what exists': (app, { owner }) => {
    app.addHook('onSend', async (request, reply, payload) => {
      if (operationOf(request) === 'listInitiatives') reply.header('ratelimit', await count(owner, 'initiatives'));
      return payload;
    });
  },
  'the feed tells of what happens in a closed space': onEvents(async (items, owner) => {
    const [last] = await owner`select e.id, e.type, e.subject_id as subject from events e
      join alliances a on a.id = e.alliance_id where a.visibility = 'closed' order by e.position desc limit 1`;
    return last === undefined ? items : [...items, { ...last }];
  }),
  'an event tells its number in the log': onEvents(async (items, owner) => {
    const rows = await owner`select id, position from events`;
    const positions = new Map(rows.map(({ id, position }) => [String(id), String(position)]));
    return items.map((item) => ({ ...item, sequence: positions.get(String(item.id)) }));
  }),
  'the audit tells what was done in a closed space': onAnswer(['listAuditRecords'], async (body, { owner }) => {
    const deeds = await deedsOf(owner);
    const told = (item: Body) =>
      item.closed ? { ...item, closed: false, operationId: deeds.get(String(item.id)) } : item;
    return { ...body, items: (body.items as Body[]).map(told) };
  }),
  'the audit tells of what it withholds where it was': onAnswer(['listAuditRecords'], async (body, { owner }) => {
    const rows = await owner`select id, alliance_id from audit_records where alliance_id is not null`;
    const places = new Map(rows.map((row) => [String(row.id), row.alliance_id]));
    const placed = (item: Body) => ({ ...item, subject: item.subject ?? places.get(String(item.id)) ?? null });
    return { ...body, items: (body.items as Body[]).map(placed) };
  }),
  'the audit is searched by what it withholds': onAnswer(['listAuditRecords'], async (body, { request, owner }) => {
    const { operationId = null, subject = null, cursor } = request.query as Record<string, string | undefined>;
    if (cursor !== undefined) return body;
    const found =
      await owner`select r.id, r.client_id as "clientId" from audit_records r join alliances a on a.id = r.alliance_id
      where a.visibility = 'closed' and (r.operation_id = ${operationId} or r.subject_id = ${subject}::uuid)`;
    return {
      ...body,
      items: [...(body.items as Body[]), ...found.map(({ id, clientId }) => ({ id, clientId, closed: true }))],
    };
  }),
};

import net from 'node:net';
import { type FastifyInstance, fastify } from 'fastify';
import type { Logger } from 'pino';
import { z } from 'zod';
import { Replay, type SavedAnswer } from '../../src/platform/answer.ts';
import { type Caller, type Context, scopes } from '../../src/platform/caller.ts';
import { createRoutes, type Routes } from '../../src/platform/contract.ts';
import { fastifyOptions, guardEdge } from '../../src/platform/edge.ts';
import { Cursors } from '../../src/platform/page.ts';
import { notFound, Problem } from '../../src/platform/problem.ts';
import { Day, Id, Moment, pageQuery, Reference } from '../../src/platform/schemas.ts';

export const baseUrl = 'https://node.example';
export const version = '1.2.3';
export const thingId = '019b0000-0000-7000-8000-000000000001';

const Thing = z
  .object({
    id: Id,
    name: z.string(),
    owner: Reference.nullable().meta({ description: 'Who owns it.' }),
    note: z.string().nullable(),
    count: z.int(),
    madeOn: Day,
    madeAt: Moment,
  })
  .meta({ id: 'Thing' });
const NewThing = z
  .strictObject({
    name: z.string().trim().min(1).max(10),
    count: z.int().min(0).default(0),
    madeAt: Moment.optional(),
    parts: z
      .array(z.strictObject({ size: z.number() }))
      .max(3)
      .default([]),
    way: z
      .discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('by_day'), day: Day }),
        z.strictObject({ kind: z.literal('by_name'), name: z.string() }),
      ])
      .optional(),
    either: z.union([z.string(), z.strictObject({ 'a/b': z.int() })]).optional(),
    extra: z.unknown().optional(),
  })
  .meta({ id: 'NewThing' });
const ThingPath = z.strictObject({ thingId: Id });

type ThingBody = z.output<typeof Thing>;
export const thing = (fields: Partial<ThingBody> = {}): ThingBody => ({
  id: thingId,
  name: 'first',
  owner: null,
  note: null,
  count: 1,
  madeOn: '2026-01-02',
  madeAt: new Date('2026-01-02T03:04:05.678Z'),
  ...fields,
});
export const thingExample = { ...thing(), madeAt: '2026-01-02T03:04:05.678Z' };

const holder = (fields: Partial<Caller>): Caller => ({
  clientId: 'reader',
  clientName: 'reader',
  organisationId: null,
  scopes: new Set(['organisations:read', 'organisations:write']),
  administrator: false,
  ...fields,
});
const callers: Record<string, Caller> = {
  reader: holder({}),
  other: holder({ clientId: 'other' }),
  admin: holder({ clientId: 'admin', administrator: true, scopes: new Set(scopes) }),
  bare: holder({ clientId: 'bare', scopes: new Set() }),
};

/** An application with one route of every kind, over things in memory. */
export type Sample = { app: FastifyInstance; routes: Routes; state: SampleState; url: () => Promise<{ port: number }> };
export type SampleState = {
  version: number;
  changeOnRead: number;
  /** What is answered instead of the thing. */
  body: unknown;
  /** What was last read from a request. */
  given: unknown;
  contexts: Context[];
  saved: Map<string, SavedAnswer & { fingerprint: string }>;
  calls: number;
};

export async function sampleApp(
  options: { check?: boolean; quota?: number; log?: Logger; before?: (app: FastifyInstance) => void } = {},
): Promise<Sample> {
  const app = fastify(fastifyOptions({ baseUrl, version, log: options.log })) as unknown as FastifyInstance;
  guardEdge(app, { baseUrl, version });
  const state: SampleState = {
    version: 3,
    changeOnRead: 0,
    body: undefined,
    given: undefined,
    contexts: [],
    saved: new Map(),
    calls: 0,
  };
  const routes = createRoutes(app, {
    authenticate: async (authorization) => {
      if (authorization === undefined) throw new Problem('unauthenticated');
      const caller = callers[authorization.replace(/^Bearer /, '')];
      if (caller === undefined) throw new Problem('invalid_token');
      return caller;
    },
    cursors: new Cursors(Buffer.alloc(32, 7)),
    baseUrl,
    replay: async ({ idempotency }) => {
      const saved = state.saved.get(idempotency?.key ?? '');
      if (saved !== undefined && saved.fingerprint !== idempotency?.fingerprint)
        throw new Problem('idempotency_key_reused');
      return saved;
    },
    rateLimitPerMinute: options.quota ?? 100_000,
    check: options.check ?? false,
  });
  mountThings(routes, state);
  app.get('/broken', async () => {
    throw new Error('the password is geheim');
  });
  app.get('/circular', async () => {
    const body: Record<string, unknown> = {};
    body.self = body;
    return body;
  });
  options.before?.(app);
  await app.ready();
  const url = async () => {
    if (!app.server.listening) await app.listen({ port: 0, host: '127.0.0.1' });
    return { port: (app.server.address() as net.AddressInfo).port };
  };
  return { app, routes, state, url };
}

function mountThings(routes: Routes, state: SampleState): void {
  const tag = 'things';
  const read = { scope: 'organisations:read', policy: 'caller' } as const;
  const write = { scope: 'organisations:write', policy: 'caller' } as const;
  const params = { thingId };
  routes.add({
    method: 'GET',
    path: '/things',
    operationId: 'listThings',
    tag,
    summary: 'List things',
    access: read,
    query: z.strictObject({
      ...pageQuery,
      colour: z.array(z.enum(['red', 'blue'])).optional(),
      weight: z.number().optional(),
      shown: z.boolean().optional(),
      since: Moment.optional(),
    }),
    answer: { status: 200, description: 'A page of things.', schema: Thing, page: true },
    examples: { query: { limit: 2, colour: ['red'] }, answer: { items: [thingExample], nextCursor: null } },
    handler: async ({ after, limit, query }) => {
      state.given = query;
      const start = Number(after?.[0] ?? 0);
      const items = Array.from({ length: Math.min(limit, 5 - start) }, (_, index) =>
        thing({ name: `thing ${start + index}` }),
      );
      return start + limit < 5 ? { items, next: [String(start + limit)] } : { items };
    },
  });
  routes.add({
    method: 'POST',
    path: '/things',
    operationId: 'createThing',
    tag,
    summary: 'Make a thing',
    access: write,
    body: NewThing,
    answer: { status: 201, description: 'The thing.', schema: Thing, etag: true },
    problems: ['identifier_taken'],
    examples: { body: { name: 'first', parts: [{ size: 1.5 }] }, answer: thingExample },
    handler: async ({ body, context }) => {
      state.calls += 1;
      state.given = body;
      state.contexts.push(context);
      if (body.name === 'raced') {
        throw new Replay({ status: 201, headers: { etag: '"9"' }, body: thingExample });
      }
      const { idempotency } = context;
      const answer = { body: thing({ name: body.name }), version: 1, location: `/v1/things/${thingId}` };
      if (idempotency !== undefined) {
        state.saved.set(idempotency.key, {
          fingerprint: idempotency.fingerprint,
          status: idempotency.status,
          headers: { etag: '"1"', location: answer.location },
          body: JSON.parse(JSON.stringify(answer.body)),
        });
      }
      return answer;
    },
  });
  routes.add({
    method: 'GET',
    path: '/things/{thingId}',
    operationId: 'getThing',
    tag,
    summary: 'Get a thing',
    access: read,
    params: ThingPath,
    answer: {
      status: 200,
      description: 'The thing.',
      schema: Thing,
      etag: true,
      media: { 'text/csv': (body) => `name\n${body.name}\n` },
    },
    examples: { params, answer: thingExample },
    handler: async ({ params }) => {
      if (params.thingId !== thingId) throw notFound();
      const present = state.version;
      if (state.changeOnRead > 0) {
        state.changeOnRead -= 1;
        state.version += 1;
      }
      return { body: (state.body as ThingBody | undefined) ?? thing(), version: present };
    },
  });
  routes.add({
    method: 'PATCH',
    path: '/things/{thingId}',
    operationId: 'changeThing',
    tag,
    summary: 'Change a thing',
    access: write,
    params: ThingPath,
    body: z.strictObject({ name: z.string().optional(), note: z.string().nullish() }).meta({ id: 'ThingChange' }),
    ifMatch: true,
    answer: { status: 200, description: 'The thing.', schema: Thing, etag: true },
    examples: { params, body: { note: null }, answer: thingExample },
    handler: async ({ ifMatch, body }) => {
      if (ifMatch !== state.version) throw new Problem('precondition_failed');
      state.version += 1;
      return { body: thing({ note: body.note ?? null }), version: state.version };
    },
  });
  routes.add({
    method: 'DELETE',
    path: '/things/{thingId}',
    operationId: 'removeThing',
    tag,
    summary: 'Remove a thing',
    access: { scope: 'organisations:write', policy: 'administrator' },
    params: ThingPath,
    answer: { status: 204, description: 'It is gone.' },
    examples: { params },
    handler: async () => ({ body: undefined }),
  });
  routes.add({
    method: 'POST',
    path: '/things/{thingId}/files',
    operationId: 'sendFile',
    tag,
    summary: 'Send a file',
    access: { public: 'a sample' },
    params: ThingPath,
    body: z.string(),
    bodyType: 'text/csv',
    bodyLimit: 1000,
    answer: { status: 202, description: 'Taken.', schema: z.object({ length: z.int() }) },
    examples: { params, body: 'a;b\n', answer: { length: 4 } },
    handler: async ({ body }) => ({ body: { length: body.length } }),
  });
}

/** Sends bytes to a server on this machine and answers all that comes back until it closes. */
export function exchange(port: number, text: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.setEncoding('latin1');
    socket.on('data', (piece) => {
      answer += piece;
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', (error) => (answer === '' ? reject(error) : resolve(answer)));
  });
}

import { createHash } from 'node:crypto';
import { Writable } from 'node:stream';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { namedId, withNamedIds } from '../../../../src/platform/id.ts';
import { createLog } from '../../../../src/platform/logging.ts';
import { type TestDatabase, testDatabase } from '../../../helpers/db.ts';
import { everyRefusal, testApp } from '../../../helpers/demo.ts';
import { addressOf, type Document, type Operation, operationsOf, type Request } from '../../../helpers/document.ts';
import { type Ask, type Draw, makes, type Place, steps } from './steps.ts';

/** Who looks from outside, or acts inside, with the access token of its client; null for nobody. */
export type Role = 'administrator' | 'sponsor' | 'revoked' | 'other' | 'analyst' | 'nobody';
export const roles: readonly Role[] = ['administrator', 'sponsor', 'revoked', 'other', 'analyst', 'nobody'];
export const insiders = ['first', 'second', 'third'] as const;
export type Insider = (typeof insiders)[number];

/** What both worlds begin with: a database to clone, the clients, and what can be named in it. */
export type Beginning = {
  readonly template: string;
  readonly document: Document;
  readonly operations: ReadonlyMap<string, Operation>;
  readonly tokens: Readonly<Record<Role | Insider, string | null>>;
  readonly organisations: Readonly<Record<'inside' | 'outside', readonly string[]>>;
  readonly open: Pool;
  readonly closed: Pool;
};

/** What there is to name, by the path parameter that leads to it. */
export type Pool = Map<string, Place[]>;

/** A written answer, as it left. */
export type Left = {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
  /** What was logged meanwhile. */
  readonly log: readonly string[];
};

/** One of two worlds: its application, what was put into it, and what it logged. */
export type World = {
  readonly app: FastifyInstance;
  readonly database: TestDatabase;
  readonly open: Pool;
  readonly closed: Pool;
  readonly lines: string[];
};

/** Opens an application over a clone of the beginning; `before` may plant a leak in it. */
export async function openWorld(
  t: { teardown(work: () => unknown): void },
  beginning: Pick<Beginning, 'template' | 'open' | 'closed'>,
  before: (app: FastifyInstance, database: TestDatabase) => void = () => undefined,
): Promise<World> {
  const database = await testDatabase(t as never, { template: beginning.template, max: 2 });
  const lines: string[] = [];
  const stream = new Writable({
    write: (piece, _encoding, done) => {
      lines.push(String(piece));
      done();
    },
  });
  const app = await testApp(t as never, database, everyRefusal, {
    log: createLog('info', stream),
    before: (app) => before(app, database),
  });
  return { app, database, open: copy(beginning.open), closed: copy(beginning.closed), lines };
}

const copy = (pool: Pool): Pool => new Map([...pool].map(([parameter, places]) => [parameter, [...places]]));

/** Sends a request; the answer as it left, with what was logged meanwhile. */
export async function ask(world: Pick<World, 'app' | 'lines'>, request: Request, token: string | null): Promise<Left> {
  const from = world.lines.length;
  const response = await world.app.inject({
    method: request.method,
    url: addressOf(request),
    headers: { host: 'node.example', ...(token && { authorization: `Bearer ${token}` }), ...request.headers },
    ...(request.payload !== undefined && { payload: request.payload }),
  } as InjectOptions);
  return {
    status: response.statusCode,
    headers: response.headers,
    body: response.body,
    log: world.lines.slice(from),
  };
}

/** A trace that follows from a name: what is logged of the processing of personal data tells it. */
export const traceOf = (name: string): string => {
  const hash = createHash('sha256').update(name).digest('hex');
  return `00-${hash.slice(0, 32)}-${hash.slice(32, 48)}-01`;
};

/** A step as it was drawn: by whom, and numbers that choose what it is about. */
export type Step = { readonly operationId: string; readonly actor: number; readonly numbers: readonly number[] };

const words = ['overleg', 'vertrouwelijk', 'jeugd', 'wonen', 'casus', 'Leeralliantie'];

/** Draws from pools by a row of numbers; texts end with a word that is searched for in all that leaves. */
export function drawer(
  pool: Pool,
  organisations: readonly string[],
  numbers: readonly number[],
  { closed, canary }: { closed: boolean; canary?: string },
): Draw {
  let next = 0;
  const number = () => (numbers[next++ % numbers.length] ?? 0) + next;
  const one = <T>(...values: T[]): T => values[number() % values.length] as T;
  return {
    closed,
    one,
    pick: (parameter) => {
      const places = pool.get(parameter) ?? [];
      // The newest is chosen most: what follows upon each other makes histories.
      return places.length === 0 ? undefined : one(...places.slice(-3), ...places);
    },
    organisation: () => one(...organisations),
    text: () => [one(...words), one(...words), canary].filter((word) => word !== undefined).join(' '),
  };
}

/** The request of an operation as it is asked; a text as its body is CSV. */
export function requestOf(
  { operations }: Pick<Beginning, 'operations'>,
  operationId: string,
  { params = {}, query = [], body, ifMatch }: Ask,
): Request {
  const operation = operations.get(operationId);
  if (operation === undefined) throw new Error(`there is no operation ${operationId}`);
  const { method, path } = operation;
  const headers = ifMatch ? { 'if-match': '"1"' } : {};
  if (body === undefined) return { method, path, params, query, headers };
  const payload = typeof body === 'string' ? body : JSON.stringify(body);
  return { method, path, params, query, headers: { 'content-type': operation.body?.type ?? '', ...headers }, payload };
}

/** The request of a step, or undefined where there is nothing yet that it could be about. */
export function stepRequest(beginning: Pick<Beginning, 'operations'>, step: Step, draw: Draw): Request | undefined {
  const given = steps[step.operationId]?.(draw);
  return given && requestOf(beginning, step.operationId, given);
}

/** Does a step in a world, with identifiers that follow from a name; what it made can be named from then on. */
export async function act(
  world: World,
  { request, token, name, pool }: { request: Request; token: string | null; name: string; pool: Pool },
  operationId: string,
): Promise<Left> {
  let sent = request;
  if (request.headers['if-match'] !== undefined) {
    const { headers: _, payload: __, ...rest } = request;
    const looking: Request = { ...rest, method: 'GET', headers: { traceparent: traceOf(`${name} seen`) } };
    const seen = await withNamedIds(`${name} seen`, () => ask(world, looking, token));
    sent = { ...request, headers: { ...request.headers, 'if-match': String(seen.headers.etag ?? '"0"') } };
  }
  const told = { ...sent, headers: { ...sent.headers, traceparent: traceOf(name) } };
  const left = await withNamedIds(name, () => ask(world, told, token));
  if (left.status < 300) keep(pool, operationId, request, left);
  return left;
}

/** Notes what an answer made, by the parameter that leads to it. */
export function keep(pool: Pool, operationId: string, request: Pick<Request, 'params'>, { body }: Left): void {
  const add = (parameter: string, place: Place) => pool.set(parameter, [...(pool.get(parameter) ?? []), place]);
  const made = body === '' ? {} : (JSON.parse(body) as { id?: string; recordId?: string; contentHash?: string });
  const parameter = makes[operationId];
  if (parameter !== undefined && made.id !== undefined) {
    const contentHash = parameter === 'charterId' ? { contentHash: made.contentHash ?? '' } : {};
    add(parameter, { ...request.params, [parameter]: made.id, ...contentHash });
    if (parameter === 'itemId') add('number', { itemId: made.id, number: '1' });
  }
  if (made.recordId) add('recordId', { recordId: made.recordId });
}

/** The document by operation. */
export const operationMap = (document: Document): Map<string, Operation> =>
  new Map(operationsOf(document).map((operation) => [operation.operationId, operation]));

/** An identifier that belongs to nothing. */
export const nothing = namedId('nothing at all');

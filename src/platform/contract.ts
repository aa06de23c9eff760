import type { ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { admission, decorateRequests, eventStream } from './admission.ts';
import { Accepted, type Answer, type PageOf, Replay, type SavedAnswer } from './answer.ts';
import { addBodyParsers } from './body-parsers.ts';
import type { Caller, Context, Idempotency } from './caller.ts';
import { versionsNamed } from './conditional.ts';
import { draining } from './drain.ts';
import { type Language, pickLanguage } from './language.ts';
import { type CursorBinding, type Cursors, canonicalFilter } from './page.ts';
import { Problem } from './problem.ts';
import { RateLimiter } from './rate-limit.ts';
import { type Refused, recordingRefusals } from './refusals.ts';
import type { Relay } from './relay.ts';
import type { AnyRoute, RouteRequest, Routes } from './route.ts';
import { assertComplete } from './route-checks.ts';
import { type Input, inputReader, readIdempotency } from './route-input.ts';
import { type Output, outputOf, type Payload } from './route-output.ts';
import { Streams } from './streams.ts';
import { parentSpanIdOf, traceIdOf } from './trace.ts';

export type { AnyRoute, RouteDefinition, Routes } from './route.ts';

/** What the routes need of the node. */
export type RouteOptions = {
  /** Who asks, by the Authorization header; throws unauthenticated or invalid_token. */
  readonly authenticate: (authorization: string | undefined) => Promise<Caller>;
  readonly cursors: Cursors;
  readonly baseUrl: string;
  /** The saved answer to a repeated request; throws idempotency_key_reused. */
  readonly replay?: ((context: Context) => Promise<SavedAnswer | undefined>) | undefined;
  /** Requests per client and minute; 1200 when absent. */
  readonly rateLimitPerMinute?: number | undefined;
  /** Carries decisions on what another node keeps to that node; without it they are refused as any write is. */
  readonly relay?: Relay | undefined;
  /** Records what a client that proved who it is was refused, before the answer is sent. */
  readonly refused?: Refused | undefined;
  /** Parses every answer by its schema: for tests. */
  readonly check?: boolean | undefined;
};

/** Makes the table of routes of an application; every route that is added is mounted under `/v1`. */
export function createRoutes(app: FastifyInstance, options: RouteOptions): Routes {
  const routes: AnyRoute[] = [];
  const limiter = new RateLimiter({ quota: options.rateLimitPerMinute ?? 1200 });
  const closing = new AbortController();
  app.server.once(draining, () => closing.abort());
  app.addHook('preClose', async () => closing.abort());
  const streams = new Streams(options.authenticate);
  decorateRequests(app);
  addBodyParsers(app);
  return {
    add: (definition) => {
      const route = definition as unknown as AnyRoute;
      assertComplete(route, routes);
      mount(app, route, routes, { ...options, limiter, streams, closing: closing.signal });
      routes.push(route);
    },
    all: () => routes,
  };
}

type Mounted = {
  readonly route: AnyRoute;
  readonly read: (request: FastifyRequest) => Input;
  readonly output: Output;
  readonly options: RouteOptions;
  readonly streams: Streams;
  /** Aborts when the node comes to its end. */
  readonly closing: AbortSignal;
  /** The version that can be read now; undefined when no route tells it. */
  readonly presentVersion: (request: RouteRequest<unknown, unknown, unknown>) => Promise<number | undefined>;
};

function mount(
  app: FastifyInstance,
  route: AnyRoute,
  routes: readonly AnyRoute[],
  options: RouteOptions & { limiter: RateLimiter; streams: Streams; closing: AbortSignal },
): void {
  const mounted: Mounted = {
    route,
    streams: options.streams,
    closing: options.closing,
    read: inputReader(route),
    output: outputOf(route, { baseUrl: options.baseUrl, check: options.check ?? false }),
    options,
    presentVersion: async (request) => {
      const reader = readerOf(route.path, routes);
      if (reader?.presentVersion !== undefined) return reader.presentVersion(request);
      const answer = (await reader?.handler(request)) as Answer<unknown> | undefined;
      return answer?.version;
    },
  };
  app.route({
    method: route.method,
    url: `/v1${route.path.replace(/\{(\w+)\}/g, ':$1')}`,
    ...(route.bodyLimit !== undefined && { bodyLimit: route.bodyLimit }),
    config: { operationId: route.operationId },
    onRequest: admission(route, options),
    ...(options.refused !== undefined && { errorHandler: recordingRefusals(route, options.refused) }),
    handler: (request, reply) => handle(mounted, request, reply),
  });
}

/** The route that reads the resource at an address, or else the nearest one above it, with its entity tag. */
function readerOf(path: string, routes: readonly AnyRoute[]): AnyRoute | undefined {
  for (let place = path; place !== ''; place = place.slice(0, place.lastIndexOf('/'))) {
    const reader = routes.find(
      (other) => other.method === 'GET' && other.path === place && other.answer.etag !== undefined,
    );
    if (reader !== undefined) return reader;
  }
  return undefined;
}

type Opened = {
  readonly response: ServerResponse;
  readonly input: Input;
  readonly after: string[] | undefined;
  readonly seal: RouteRequest<unknown, unknown, unknown>['seal'];
};

/** The request as a handler sees it; what most handlers leave alone is made when it is asked for. */
class Handled implements RouteRequest<unknown, unknown, unknown> {
  readonly raw: FastifyRequest;
  readonly caller: Caller;
  readonly params: object;
  readonly query: object;
  readonly body: unknown;
  readonly after: string[] | undefined;
  readonly #operationId: string;
  readonly #idempotency: Idempotency | undefined;
  readonly #closing: AbortSignal;
  readonly #response: ServerResponse;
  #ending: AbortSignal | undefined;
  readonly seal: RouteRequest<unknown, unknown, unknown>['seal'];
  #context: Context | undefined;
  ifMatch = 0;

  constructor({ route, closing }: Mounted, raw: FastifyRequest, { input, after, seal, response }: Opened) {
    this.raw = raw;
    this.#closing = closing;
    this.#response = response;
    this.seal = seal;
    this.caller = raw.caller as Caller;
    this.params = input.params;
    this.query = input.query;
    this.body = input.body;
    this.after = after;
    this.#operationId = route.operationId;
    this.#idempotency = raw.caller === undefined ? undefined : readIdempotency(route, raw);
  }

  get limit(): number {
    return (this.query as { limit?: number }).limit ?? 50;
  }

  get language(): Language {
    return pickLanguage(this.raw.headers['accept-language']);
  }

  get signal(): AbortSignal {
    this.#ending ??= this.#untilGone();
    return this.#ending;
  }

  // By hand: what AbortSignal.any makes may be collected as garbage before it aborts, and is kept by a signal that lives on.
  #untilGone(): AbortSignal {
    const controller = new AbortController();
    const abort = () => controller.abort();
    this.#response.once('close', abort);
    this.#closing.addEventListener('abort', abort, { once: true, signal: controller.signal });
    if (this.#closing.aborted) abort();
    return controller.signal;
  }

  get context(): Context {
    this.#context ??= {
      caller: this.caller,
      operationId: this.#operationId,
      requestId: this.raw.id,
      traceId: traceIdOf(this.raw),
      parentSpanId: parentSpanIdOf(this.raw),
      idempotency: this.#idempotency,
      address: this.raw.url,
    };
    return this.#context;
  }

  get repeatable(): boolean {
    return this.#idempotency !== undefined;
  }
}

async function handle(mounted: Mounted, request: FastifyRequest, reply: FastifyReply): Promise<Payload> {
  const { route, output, options } = mounted;
  const input = mounted.read(request);
  const binding = new LazyBinding(route, request, input);
  const cursor = cursorOf(route, request, input);
  const after =
    cursor === undefined || route.answer.page !== true ? undefined : options.cursors.open(binding.value, cursor);
  const seal = (position: readonly string[]) => options.cursors.seal(binding.value, position);
  const handled = new Handled(mounted, request, { input, after, seal, response: reply.raw });
  if (route.stream !== undefined && request.media === eventStream) {
    return mounted.streams.open(request, reply, route.stream(handled));
  }
  try {
    const saved = handled.repeatable ? await options.replay?.(handled.context) : undefined;
    if (saved !== undefined) return output.saved(reply, saved);
    const result = await (route.ifMatch === true ? matched(mounted, handled, input) : route.handler(handled));
    if (route.answer.page !== true) return output.answer(request, reply, result as Answer<unknown>);
    const page = result as PageOf<unknown>;
    const nextCursor = page.next === undefined ? null : options.cursors.seal(binding.value, page.next);
    return output.page(request, reply, page, nextCursor);
  } catch (error) {
    if (!(error instanceof Problem)) return endedBy(error, output, reply);
    return decidedElsewhere(mounted, { handled, input, reply, refused: error });
  }
}

type Elsewhere = {
  readonly handled: Handled;
  readonly input: Input;
  readonly reply: FastifyReply;
  readonly refused: Problem;
};

/** The answer of the node that keeps what the request is about, where it is a decision that is carried there. Else it is refused. */
async function decidedElsewhere(
  { route, output, options: { relay } }: Mounted,
  { handled, input: { params, body }, reply, refused }: Elsewhere,
): Promise<Payload> {
  if (route.relayed === undefined || relay === undefined) throw refused;
  try {
    const answer = await relay({ route, context: handled.context, params, body, refused });
    return output.answer(handled.raw, reply, answer);
  } catch (error) {
    return endedBy(error, output, reply);
  }
}

/** The answer of a request that another answer ended. */
function endedBy(error: unknown, output: Output, reply: FastifyReply): Payload {
  if (error instanceof Replay) return output.saved(reply, error.answer);
  if (error instanceof Accepted) return output.accepted(reply, error);
  throw error;
}

/** Where to read on: as the address says, or as the client of a stream that broke says by `Last-Event-ID`. */
function cursorOf(route: AnyRoute, { headers, media }: FastifyRequest, input: Input): string | undefined {
  const last = headers['last-event-id'];
  if (route.stream !== undefined && media === eventStream && typeof last === 'string' && last !== '') return last;
  return (input.query as { cursor?: string }).cursor;
}

/** What a cursor of this list is bound to, made only when a cursor is opened or sealed. */
class LazyBinding {
  readonly #route: AnyRoute;
  readonly #request: FastifyRequest;
  readonly #input: Input;

  constructor(route: AnyRoute, request: FastifyRequest, input: Input) {
    this.#route = route;
    this.#request = request;
    this.#input = input;
  }

  get value(): CursorBinding {
    const filter = canonicalFilter(this.#input.params, this.#input.query);
    return { operationId: this.#route.operationId, clientId: this.#request.caller?.clientId ?? '', filter };
  }
}

const attempts = 3;

/**
 * Runs a write under If-Match. One tag goes to the verb, which compares it in its transaction. For `*` and for several
 * tags the present version is read first, and again when somebody changed it in between.
 */
async function matched({ route, presentVersion }: Mounted, handled: Handled, input: Input): Promise<unknown> {
  if (input.ifMatch === undefined) throw new Problem('precondition_required');
  const versions = input.ifMatch === '*' ? undefined : versionsNamed(input.ifMatch);
  const [only] = versions ?? [];
  if (versions?.length === 1 && only !== undefined) return run(route, handled, only);
  if (versions?.length === 0) throw new Problem('precondition_failed');
  for (let attempt = 1; attempt < attempts; attempt++) {
    const present = await presentAmong(versions, presentVersion(handled));
    const result = await run(route, handled, present).catch((error: unknown) => {
      if (error instanceof Problem && error.code === 'precondition_failed') return undefined;
      throw error;
    });
    if (result !== undefined) return result;
  }
  return run(route, handled, await presentAmong(versions, presentVersion(handled)));
}

const run = async (route: AnyRoute, handled: Handled, version: number): Promise<unknown> => {
  handled.ifMatch = version;
  return route.handler(handled);
};

async function presentAmong(
  versions: readonly number[] | undefined,
  reading: Promise<number | undefined>,
): Promise<number> {
  const present = await reading;
  if (present === undefined || versions?.includes(present) === false) throw new Problem('precondition_failed');
  return present;
}

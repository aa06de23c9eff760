import type { IncomingMessage, ServerOptions, ServerResponse } from 'node:http';
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerOptions,
  LogController,
} from 'fastify';
import { decorateRequests } from './admission.ts';
import { addBodyParsers } from './body-parsers.ts';
import { problemOf } from './failures.ts';
import { newId } from './id.ts';
import { followRoutes, type KnownRoutes } from './known-methods.ts';
import { pickLanguage } from './language.ts';
import { errorLine, requestLine } from './logging.ts';
import { Problem, renderProblem } from './problem.ts';
import { problemRoutes } from './problem-pages.ts';
import { rawProblem, refuseSocket } from './raw-socket.ts';
import { isReadable, isStrayPath, targetOf } from './target.ts';
import { traceIdOf } from './trace.ts';

/** What the edge needs to know of the node. */
export type EdgeOptions = { readonly baseUrl: string; readonly version: string };

/** The headers that every response carries; a page with content of its own sets a wider policy for it. */
export const securityHeaders = (version: string): Readonly<Record<string, string>> => ({
  'api-version': version,
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
});

/** Options of the server: limits, times, request ids, and the answers to what no route ever sees. */
export function fastifyOptions(
  options: EdgeOptions & { log?: FastifyBaseLogger | undefined; trustProxy?: string | boolean | undefined },
): FastifyServerOptions & { http: ServerOptions } {
  const headers = securityHeaders(options.version);
  return {
    ...(options.log !== undefined && {
      loggerInstance: options.log,
      childLoggerFactory: (logger: FastifyBaseLogger) => logger,
    }),
    ...(options.trustProxy !== undefined && { trustProxy: options.trustProxy }),
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 262_144,
    requestTimeout: 15_000,
    connectionTimeout: 20_000,
    // While the node closes, requests on open connections are answered rather than refused without headers.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    genReqId: () => newId(),
    http: {
      maxHeaderSize: 16_384,
      headersTimeout: 15_000,
      connectionsCheckingInterval: 1_000,
      requireHostHeader: false,
    },
    frameworkErrors: (error, request, reply) => {
      reply.headers(headers);
      sendProblem(problemOf(error), request as FastifyRequest, reply as unknown as FastifyReply, options);
      // No hook runs for an address that cannot be read.
      logAnswer(request as FastifyRequest, reply as unknown as FastifyReply);
    },
    clientErrorHandler: (error, socket) => refuseSocket(error, socket, { baseUrl: options.baseUrl, headers }),
  };
}

/**
 * Guards an application before its routes are mounted: headers on every response, every fault a problem, one line per
 * request in the log, and answers to addresses, methods and messages that no route knows.
 */
export function guardEdge(app: FastifyInstance, options: EdgeOptions): void {
  const headers = securityHeaders(options.version);
  const known = followRoutes(app);
  decorateRequests(app);
  addBodyParsers(app);

  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(headers);
    const refused = refusal(request);
    if (refused?.code === 'malformed_request') reply.header('connection', 'close');
    done(refused);
  });
  app.addHook('onResponse', (request, reply, done) => {
    logAnswer(request, reply);
    done();
  });
  app.setErrorHandler((error, request, reply) => sendProblem(problemOf(error), request, reply, options));
  app.setNotFoundHandler((request, reply) => answerUnknown(known, request, reply, options));
  guardServer(app, { baseUrl: options.baseUrl, headers });
  problemRoutes(app);
}

/** Answers what Node answers by itself without a request: CONNECT, and expectations that cannot be met. */
function guardServer(
  app: FastifyInstance,
  options: { baseUrl: string; headers: Readonly<Record<string, string>> },
): void {
  app.server.on('connect', (_request, socket) => {
    const problem = new Problem('method_not_allowed', { headers: { allow: '' } });
    socket.end(rawProblem(problem, { ...options, headers: { ...options.headers, ...problem.headers } }));
  });
  app.server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
    response.socket?.end(rawProblem(new Problem('expectation_failed'), options));
  });
}

function refusal(request: FastifyRequest): Problem | undefined {
  const target = targetOf(request.url);
  if (hasStrayHeaders(request) || !isReadable(target)) return new Problem('malformed_request');
  return isStrayPath(target) ? new Problem('not_found') : undefined;
}

/** Exactly one Host, which is not empty, and no transfer coding but chunked (RFC 9112). */
function hasStrayHeaders({ raw, headers }: FastifyRequest): boolean {
  const { rawHeaders } = raw;
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string;
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  const coding = headers['transfer-encoding'];
  return hosts !== 1 || headers.host === '' || (coding !== undefined && coding.toLowerCase() !== 'chunked');
}

/** 204 to OPTIONS and 405 to other methods, with Allow, where the address is known; else 404. */
function answerUnknown(
  known: KnownRoutes,
  request: FastifyRequest,
  reply: FastifyReply,
  options: EdgeOptions,
): FastifyReply {
  const [path = '/'] = targetOf(request.url).split('?', 1);
  const methods = known.methodsOf(path);
  if (methods.length === 0) return sendProblem(new Problem('not_found'), request, reply, options);
  const allow = [...methods, 'OPTIONS'].join(', ');
  if (request.method !== 'OPTIONS') {
    return sendProblem(new Problem('method_not_allowed', { headers: { allow } }), request, reply, options);
  }
  if (path === '/v1/openapi.json') {
    reply.headers({ 'access-control-allow-origin': '*', 'access-control-allow-methods': 'GET, HEAD' });
  }
  return reply.code(204).header('allow', allow).send();
}

function logAnswer(request: FastifyRequest, reply: FastifyReply): void {
  if (request.log.level !== 'silent') request.log.info(requestLine(request, reply), 'answered');
}

function sendProblem(
  problem: Problem,
  request: FastifyRequest,
  reply: FastifyReply,
  { baseUrl }: EdgeOptions,
): FastifyReply {
  if (problem.status >= 500) {
    const line = { requestId: request.id, traceId: traceIdOf(request), err: errorLine(problem.cause ?? problem) };
    request.log.error(line, problem.code);
  }
  const language = pickLanguage(request.headers['accept-language']);
  const view = renderProblem(problem, { language, baseUrl, instance: `urn:uuid:${request.id}` });
  for (const name of ['etag', 'location', 'link', 'content-length']) reply.removeHeader(name);
  if (problem.status === 401) reply.header('www-authenticate', challenge(problem));
  return reply
    .code(problem.status)
    .headers({ ...problem.headers, vary: 'Accept-Language', 'content-language': language })
    .header('content-type', 'application/problem+json; charset=utf-8')
    .send(JSON.stringify(view));
}

/** RFC 6750: an error is named only when a token was sent. */
const challenge = (problem: Problem) =>
  `Bearer realm="samendoen"${problem.code === 'invalid_token' ? ', error="invalid_token"' : ''}`;

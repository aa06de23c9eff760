import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Caller, Scope } from './caller.ts';
import { isMedia, pickMedia } from './media.ts';
import { Problem } from './problem.ts';
import type { RateLimiter } from './rate-limit.ts';
import { type AnyRoute, bodyTypeOf } from './route.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    operationId?: string;
  }
  interface FastifyRequest {
    /** Who asks; undefined on public routes and before authentication. */
    caller: Caller | undefined;
    /** The media type to answer with. */
    media: string;
  }
}

/** Prepares requests for what admission learns of them; may be called more than once. */
export function decorateRequests(app: FastifyInstance): void {
  if (app.hasRequestDecorator('media')) return;
  app.decorateRequest('caller', undefined);
  app.decorateRequest('media', 'application/json');
}

/** What admission needs of the node. */
export type AdmissionOptions = {
  /** Who asks, by the Authorization header; throws unauthenticated or invalid_token. */
  readonly authenticate: (authorization: string | undefined) => Promise<Caller>;
  readonly limiter: RateLimiter;
};

type Admit = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

/**
 * Makes the first step of a route, before its body is read: authentication, scope, administrator policy, rate limit,
 * then the media types that are sent and asked for.
 */
export function admission(route: AnyRoute, { authenticate, limiter }: AdmissionOptions): Admit {
  const checkMedia = mediaCheck(route);
  const { access } = route;
  if ('public' in access) {
    return async (request, reply) => {
      reply.headers(limiter.limit(`address ${request.ip}`));
      checkMedia(request);
    };
  }
  const needsAdministrator = access.policy === 'administrator';
  return async (request, reply) => {
    const caller = await authenticate(request.headers.authorization);
    assertMeant(caller, request);
    request.caller = caller;
    assertScope(caller, access.scope);
    if (needsAdministrator && !caller.administrator) throw new Problem('administrator_required');
    reply.headers(limiter.limit(caller.clientId));
    checkMedia(request);
  };
}

/** Throws invalid_token where the token is for another request than this one. */
function assertMeant({ onlyFor }: Caller, { method, url }: FastifyRequest): void {
  if (onlyFor === undefined || (onlyFor.method === method && onlyFor.address === url)) return;
  const challenge =
    'Bearer realm="samendoen", error="invalid_token", error_description="The access token is not valid"';
  throw new Problem('invalid_token', { headers: { 'www-authenticate': challenge } });
}

/** Throws insufficient_scope with its challenge (RFC 6750) unless the caller's token has the scope. */
export function assertScope({ scopes }: Caller, scope: Scope): void {
  if (scopes.has(scope)) return;
  const challenge = `Bearer realm="samendoen", error="insufficient_scope", scope="${scope}"`;
  throw new Problem('insufficient_scope', { params: { scope }, headers: { 'www-authenticate': challenge } });
}

/** The media type of server-sent events. */
export const eventStream = 'text/event-stream';

/** The media types in which a route answers; the first is the default. */
export const mediaOf = ({ answer, stream }: AnyRoute): string[] =>
  answer.binary === undefined
    ? [
        ...new Set([
          'application/json',
          ...Object.keys(answer.media ?? {}),
          ...Object.keys(answer.written ?? {}),
          ...(answer.batch === undefined ? [] : [answer.batch]),
          ...(stream === undefined ? [] : [eventStream]),
        ]),
      ]
    : [answer.binary];

type Check = (request: FastifyRequest) => void;

function mediaCheck(route: AnyRoute): Check {
  const checkBody = bodyCheck(route);
  if (route.answer.status === 204) return checkBody;
  const available = mediaOf(route);
  return (request) => {
    checkBody(request);
    const media = pickMedia(request.headers.accept, available);
    if (media === undefined) throw new Problem('not_acceptable', { params: { available: available.join(', ') } });
    request.media = media;
  };
}

function bodyCheck(route: AnyRoute): Check {
  const expected = bodyTypeOf(route);
  if (expected === undefined) {
    return (request) => {
      if (hasBody(request)) throw new Problem('body_not_expected');
    };
  }
  const accepted = { POST: 'accept-post', PATCH: 'accept-patch' }[route.method as string];
  const headers: Record<string, string> = accepted === undefined ? {} : { [accepted]: expected };
  return (request) => {
    const sent = request.headers['content-type'];
    if (sent === undefined || !isMedia(sent, expected)) {
      throw new Problem('unsupported_media_type', { params: { expected }, headers });
    }
  };
}

const hasBody = ({ headers }: FastifyRequest) =>
  headers['transfer-encoding'] !== undefined ||
  (headers['content-length'] !== undefined && headers['content-length'] !== '0');

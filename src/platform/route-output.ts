import type { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { mediaOf } from './admission.ts';
import type { Accepted, Answer, PageOf, SavedAnswer } from './answer.ts';
import { answerSerializer, checked, itemsSerializer } from './answer-writer.ts';
import { sendBinary } from './binary.ts';
import { digestOfText, entityTagOf, isNamed, readEntityTags } from './conditional.ts';
import type { AnyRoute } from './route.ts';
import { partsOf, targetOf } from './target.ts';

/** What goes on the wire; undefined for an empty body. */
export type Payload = string | Readable | undefined;

/** Writes the answers of one route into a reply and gives the payload to send. */
export type Output = {
  answer(request: FastifyRequest, reply: FastifyReply, answer: Answer<unknown>): Payload;
  page(request: FastifyRequest, reply: FastifyReply, page: PageOf<unknown>, nextCursor: string | null): Payload;
  saved(reply: FastifyReply, saved: SavedAnswer): Payload;
  accepted(reply: FastifyReply, accepted: Accepted): Payload;
};

const json = 'application/json; charset=utf-8';

/** Makes the writer of a route's answers; serializers are compiled here, at start-up. */
export function outputOf(route: AnyRoute, options: { baseUrl: string; check: boolean }): Output {
  const stringify = answerSerializer(route, options.check);
  const { status, etag, media, filename, batch, binary } = route.answer;
  const stringifyItems = batch === undefined ? undefined : itemsSerializer(route);
  const { accepted } = route.answer;
  const stringifyAccepted = accepted && checked(route, accepted.schema, { page: false, check: options.check });
  const several = mediaOf(route).length > 1;

  const write = (request: FastifyRequest, reply: FastifyReply, body: unknown, written?: string): Payload => {
    if (several) reply.header('vary', 'Accept');
    if (filename !== undefined) reply.header('content-disposition', `attachment; filename="${filename(body)}"`);
    const text = written ?? media?.[request.media]?.(body);
    if (text !== undefined) {
      reply.headers(headersOf(route, request.media));
      return text;
    }
    if (stringifyItems !== undefined && request.media === batch) {
      reply.header('content-type', `${batch}; charset=utf-8`);
      return stringifyItems((body as PageOf<unknown>).items);
    }
    if (stringify === undefined) return undefined;
    const whole = stringify(body);
    reply.header('content-type', json);
    return whole;
  };

  const tagOf = (request: FastifyRequest, { version, body }: Answer<unknown>): string | undefined => {
    if (etag === undefined || version === undefined) return undefined;
    const representation = request.media === 'application/json' ? undefined : request.media.replace(/^.*\//, '');
    return entityTagOf(version, representation, digestOf(body));
  };
  // Of the text, since a saved body comes back with its properties in another order.
  const digestOf = (body: unknown) =>
    etag === 'computed' && stringify !== undefined ? digestOfText(stringify(body)) : undefined;

  return {
    answer: (request, reply, answer) => {
      reply.code(answer.status ?? status);
      if (answer.location !== undefined) reply.header('location', answer.location);
      if (binary !== undefined && answer.binary !== undefined) return sendBinary(request, reply, binary, answer.binary);
      const tag = tagOf(request, answer);
      if (tag !== undefined) {
        reply.header('etag', tag);
        if (isUnchanged(request, tag)) {
          reply.code(304);
          return undefined;
        }
      }
      return write(request, reply, answer.body, answer.written);
    },
    page: (request, reply, page, nextCursor) => {
      reply.code(status);
      if (nextCursor !== null) reply.header('link', `<${options.baseUrl}${nextUrl(request, nextCursor)}>; rel="next"`);
      return write(request, reply, { items: page.items, nextCursor });
    },
    saved: (reply, saved) => {
      reply.code(saved.status).headers(saved.headers).header('idempotency-replayed', 'true');
      const version = Number(/^"(\d+)"$/.exec(saved.headers.etag ?? '')?.[1] ?? Number.NaN);
      if (etag === undefined) reply.removeHeader('etag');
      if (etag === 'computed' && !Number.isNaN(version))
        reply.header('etag', entityTagOf(version, undefined, digestOf(saved.body)));
      if (stringify === undefined) return undefined;
      reply.header('content-type', json);
      return stringify(saved.body);
    },
    accepted: (reply, { answer, retryAfter }) => {
      if (stringifyAccepted === undefined)
        throw new Error(`${route.operationId} does not say what it answers with 202`);
      reply.code(202).header('location', answer.location).header('retry-after', retryAfter);
      reply.header('content-type', json);
      return stringifyAccepted(answer.body);
    },
  };
}

/** The headers of a representation other than JSON. */
function headersOf({ answer }: AnyRoute, media: string): Record<string, string> {
  const policy = answer.written?.[media]?.contentSecurityPolicy;
  return {
    'content-type': `${media}; charset=utf-8`,
    ...(policy !== undefined && { 'content-security-policy': policy }),
  };
}

function isUnchanged(request: FastifyRequest, tag: string): boolean {
  const header = request.headers['if-none-match'];
  if (header === undefined || (request.method !== 'GET' && request.method !== 'HEAD')) return false;
  const tags = readEntityTags(header);
  return tags !== undefined && isNamed(tags, tag);
}

/** The address of the next page: every filter stays. */
function nextUrl(request: FastifyRequest, cursor: string): string {
  const { path, query } = partsOf(targetOf(request.url));
  const search = new URLSearchParams(query);
  search.set('cursor', cursor);
  return `${path}?${search}`;
}

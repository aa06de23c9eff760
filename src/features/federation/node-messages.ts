import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Problem } from '../../platform/problem.ts';
import { RateLimiter } from '../../platform/rate-limit.ts';

/** The media type of what nodes send each other: a compact JWS. */
export const messageType = 'application/jwt';

/** How much may come, in bytes, and how often a minute from one address. */
export type MessageLimits = { readonly maxBytes: number; readonly perMinute: number; readonly name: string };

/** Mounts routes that take messages of other nodes, and nothing else. */
export function takeMessages(
  app: FastifyInstance,
  { maxBytes, perMinute, name }: MessageLimits,
  mount: (scope: FastifyInstance) => void,
): void {
  void app.register(async (scope) => {
    const perAddress = new RateLimiter({ quota: perMinute, name });
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(messageType, { parseAs: 'string', bodyLimit: maxBytes }, (_request, body, done) =>
      done(null, body),
    );
    scope.addContentTypeParser('*', (_request, _body, done) =>
      done(new Problem('unsupported_media_type', { params: { expected: messageType } })),
    );
    scope.addHook('onRequest', async (request, reply) => {
      reply.headers(perAddress.limit(request.ip));
    });
    mount(scope);
  });
}

/** The message in a request. Throws unsupported_media_type where it has none. */
export function messageIn({ body }: FastifyRequest): string {
  if (typeof body === 'string') return body;
  throw new Problem('unsupported_media_type', { params: { expected: messageType } });
}

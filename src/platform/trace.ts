import type { FastifyRequest } from 'fastify';

const traceparent = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-|$)/;

/** The trace id of a W3C `traceparent` header; without a sound one, the request id, which has the same 32 digits. */
export function traceIdOf(request: Pick<FastifyRequest, 'id' | 'headers'>): string {
  const header = request.headers.traceparent;
  const given = typeof header === 'string' ? traceparent.exec(header)?.[1] : undefined;
  return given ?? request.id.replaceAll('-', '');
}

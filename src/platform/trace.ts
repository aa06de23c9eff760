import type { FastifyRequest } from 'fastify';

const traceparent = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}(?:-|$)/;

/** The trace id of a W3C `traceparent` header; without a sound one, the request id, which has the same 32 digits. */
export function traceIdOf(request: Pick<FastifyRequest, 'id' | 'headers'>): string {
  return partsOf(request)?.[1] ?? request.id.replaceAll('-', '');
}

/** The span of the client that a sound `traceparent` header names; undefined without one. */
export const parentSpanIdOf = (request: Pick<FastifyRequest, 'headers'>): string | undefined => partsOf(request)?.[2];

function partsOf({ headers }: Pick<FastifyRequest, 'headers'>): RegExpExecArray | null {
  const header = headers.traceparent;
  return typeof header === 'string' ? traceparent.exec(header) : null;
}

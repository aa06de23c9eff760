import type { FastifyError } from 'fastify';
import { sqlState } from './db.ts';
import { Problem, type ProblemCode } from './problem.ts';

const byFrameworkCode: Readonly<Record<string, ProblemCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'payload_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'malformed_request',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'malformed_request',
  FST_ERR_CTP_INVALID_JSON_BODY: 'malformed_request',
  FST_ERR_BAD_URL: 'malformed_request',
  FST_ERR_MAX_PARAM_LENGTH: 'uri_too_long',
  FST_ERR_NOT_FOUND: 'not_found',
};

const byStatus: Readonly<Record<number, ProblemCode>> = {
  400: 'malformed_request',
  404: 'not_found',
  405: 'method_not_allowed',
  406: 'not_acceptable',
  408: 'request_timeout',
  413: 'payload_too_large',
  414: 'uri_too_long',
  415: 'unsupported_media_type',
  429: 'too_many_requests',
  503: 'unavailable',
};

/** States of the database that pass: overload, shutdown, lost connections, time-outs, deadlocks. */
const passing = /^(?:57014|57P0[1-5]|53\d{3}|08\d{3}|55P03|40001|40P01)$/;
const lostConnection = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
]);

/** The problem that an error means; an unknown error is an internal one, whatever status was set before. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (isPassing(error) || isBrokenOff(error))
    return new Problem('unavailable', { headers: { 'retry-after': '2' }, cause: error });
  const { code, statusCode } = error as FastifyError;
  const known = byFrameworkCode[code ?? ''] ?? (isFrameworkError(code) ? byStatus[statusCode ?? 500] : undefined);
  const params = { expected: 'application/json', available: 'application/json' };
  return new Problem(known ?? 'internal_error', { params, cause: error });
}

/** Work that ended with the request: the client is gone, or the node comes to its end. */
const isBrokenOff = (error: unknown) => error instanceof DOMException && error.name === 'AbortError';

const isFrameworkError = (code: unknown) => typeof code === 'string' && /^(?:FST|FastifyS|ERR)_/.test(code);

function isPassing(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== undefined) return passing.test(state);
  let cause = error as { code?: unknown; cause?: unknown } | null | undefined;
  for (let depth = 0; depth < 8 && typeof cause === 'object' && cause !== null; depth++) {
    if (typeof cause.code === 'string' && lostConnection.has(cause.code)) return true;
    cause = cause.cause as typeof cause;
  }
  return false;
}

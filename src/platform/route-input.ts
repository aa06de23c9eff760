import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Idempotency } from './caller.ts';
import { type EntityTags, readEntityTags, readIdempotencyKey } from './conditional.ts';
import { type Fault, invalid, Problem } from './problem.ts';
import type { AnyRoute } from './route.ts';
import { coercionFor, readPart } from './validation.ts';

/** The checked parts of a request. */
export type Input = { params: object; query: object; body: unknown; ifMatch: EntityTags | undefined };

const empty = z.strictObject({});

/** Makes the reader of a route's requests: path, query, body and conditions together, so that one answer names every fault. */
export function inputReader(route: AnyRoute): (request: FastifyRequest) => Input {
  const params = route.params;
  const query = route.query ?? empty;
  const body = route.body;
  const coerceParams = params === undefined ? undefined : coercionFor(params);
  const coerceQuery = coercionFor(query);
  return (request) => {
    const faults: Fault[] = [];
    const input: Input = { params: nothing, query: nothing, body: undefined, ifMatch: undefined };
    if (params !== undefined) {
      const given = request.params as Record<string, unknown>;
      input.params = readPart('path', params, coerceParams?.(given) ?? given, faults) as object;
    }
    const given = request.query as Record<string, unknown>;
    input.query = readPart('query', query, coerceQuery?.(given) ?? given, faults) as object;
    if (body !== undefined) input.body = readPart('body', body, request.body, faults);
    if (route.ifMatch === true) input.ifMatch = readCondition(request, faults);
    if (faults.length > 0) throw invalid(faults);
    return input;
  };
}

const nothing = Object.freeze({});

function readCondition(request: FastifyRequest, faults: Fault[]): EntityTags | undefined {
  const header = request.headers['if-match'];
  const tags = header === undefined ? undefined : readEntityTags(header);
  if (header !== undefined && tags === undefined)
    faults.push({ in: 'header', location: 'If-Match', code: 'malformed_entity_tag' });
  return tags;
}

/**
 * The key under which the answer to a POST is kept, with the hash of the request; undefined without Idempotency-Key.
 * Throws invalid_idempotency_key.
 */
export function readIdempotency(route: AnyRoute, request: FastifyRequest): Idempotency | undefined {
  const header = request.headers['idempotency-key'];
  if (route.method !== 'POST' || header === undefined) return undefined;
  if (route.idempotent === false)
    throw invalid([{ in: 'header', location: 'Idempotency-Key', code: 'not_for_secrets' }]);
  const key = typeof header === 'string' ? readIdempotencyKey(header) : undefined;
  if (key === undefined) throw new Problem('invalid_idempotency_key');
  const { body } = request;
  const content = typeof body === 'string' ? body : JSON.stringify(body ?? null);
  const fingerprint = createHash('sha256')
    .update(`${request.method}\n${request.url}\n`)
    .update(content)
    .digest('base64url');
  return { key, fingerprint, status: route.answer.status };
}

import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { type DestinationStream, type Logger, pino } from 'pino';
import { sqlState } from './db.ts';
import { traceIdOf } from './trace.ts';

/** The log of a process. An error that is logged as `err` is told as `errorLine` tells it, wherever that is done. */
export function createLog(level: string, destination?: DestinationStream): Logger {
  const err = (error: unknown) => (error instanceof Error ? errorLine(error) : error);
  return pino({ level, serializers: { err } }, destination);
}

/** The one line that the log holds of a request: names and numbers by allow-list; no address, header or body. */
export function requestLine(request: FastifyRequest, reply: FastifyReply): object {
  return {
    requestId: request.id,
    traceId: traceIdOf(request),
    operationId: request.routeOptions.config?.operationId,
    method: request.method,
    route: request.routeOptions.url,
    status: reply.statusCode,
    milliseconds: Math.round(reply.elapsedTime * 10) / 10,
    clientId: request.caller?.clientId,
  };
}

const maxCauses = 4;

/**
 * What the log may tell of an error and its causes: kinds, codes and places. Never a message, since those of a database
 * repeat values.
 */
export function errorLine(error: unknown): object {
  const chain: object[] = [];
  let cause: unknown = error;
  while (cause !== undefined && cause !== null && chain.length < maxCauses) {
    const { name, code, stack } = cause as FastifyError;
    const at = (stack ?? '').split('\n').filter((line) => /^ {4}at /.test(line));
    chain.push({
      type: name ?? typeof cause,
      code,
      at: at.slice(0, 10).map((line) => line.trim()),
    });
    cause = (cause as { cause?: unknown }).cause;
  }
  return { sqlState: sqlState(error), chain };
}

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from './caller.ts';
import { problemOf } from './failures.ts';
import { errorLine } from './logging.ts';
import type { AnyRoute } from './route.ts';
import { traceIdOf } from './trace.ts';

/** That a client was refused something: who, by which operation and how; never what was sent. */
export type Refusal = {
  readonly caller: Pick<Caller, 'clientId' | 'organisationId'>;
  readonly operationId: string;
  readonly status: number;
  readonly code: string;
  readonly requestId: string;
  readonly traceId: string;
};

/** Records a refusal; resolves when that is done. */
export type Refused = (refusal: Refusal) => Promise<void>;

/** Whether a refusal is to be recorded: that something is not allowed, and of a write whatever the client did wrong. */
export const isRecorded = (method: string, status: number): boolean =>
  status === 403 || (method !== 'GET' && status >= 400 && status < 500 && status !== 429);

/**
 * The step in which a route fails: what an authenticated client is refused is recorded before the answer is sent, and a
 * record that fails changes nothing in the answer. The error itself goes on to the edge, which renders it.
 */
export function recordingRefusals(
  { method, operationId }: Pick<AnyRoute, 'method' | 'operationId'>,
  refused: Refused,
): (error: unknown, request: FastifyRequest, reply: FastifyReply) => Promise<void> {
  return async (error, request) => {
    const { caller, id: requestId } = request;
    const { status, code } = problemOf(error);
    if (caller !== undefined && isRecorded(method, status)) {
      const traceId = traceIdOf(request);
      try {
        await refused({ caller, operationId, status, code, requestId, traceId });
      } catch (fault) {
        request.log.error({ requestId, traceId, err: errorLine(fault) }, 'a refusal could not be recorded');
      }
    }
    throw error;
  };
}

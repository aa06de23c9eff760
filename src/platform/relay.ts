import type { Answer } from './answer.ts';
import type { Context } from './caller.ts';
import type { Problem } from './problem.ts';
import type { AnyRoute } from './route.ts';

/** An operation whose decisions are carried, as far as that takes to know it. */
export type RelayedRoute = Pick<
  AnyRoute,
  'method' | 'path' | 'operationId' | 'access' | 'params' | 'body' | 'answer' | 'problems' | 'relayed'
>;

/** A decision that was refused here, with its checked parts. */
export type RelayRequest = {
  readonly route: RelayedRoute;
  readonly context: Context;
  readonly params: object;
  readonly body: unknown;
  readonly refused: Problem;
};

/**
 * Carries a decision to the node that keeps what it is about, and gives what that node answers. Throws `refused` where it
 * is not to be carried, the problem that the other node told, or one that says why there is no answer.
 */
export type Relay = (request: RelayRequest) => Promise<Answer<unknown>>;

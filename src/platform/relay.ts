import type { Answer } from './answer.ts';
import type { Context } from './caller.ts';
import { Problem } from './problem.ts';
import type { AnyRoute } from './route.ts';

/** What a write is about, as far as it was found before it was refused. */
export type WriteSubject = {
  readonly subjectType: string | null;
  readonly subjectId: string | null;
  readonly allianceId: string | null;
};

/** Refuses a write to what another node keeps, and knows that node by its base URL. */
export class Misdirected extends Problem {
  readonly baseUrl: string;
  readonly subject: WriteSubject;

  constructor(
    baseUrl: string,
    { address, subject, cause }: { readonly address: string; readonly subject: WriteSubject; readonly cause?: unknown },
  ) {
    super('misdirected', { members: { home: `${baseUrl}${address}` }, cause });
    this.baseUrl = baseUrl;
    this.subject = subject;
  }
}

/** A decision on what another node keeps, with its checked parts, and how it was refused here. */
export type RelayRequest = {
  readonly route: AnyRoute;
  readonly context: Context;
  readonly params: object;
  readonly body: unknown;
  readonly refused: Misdirected;
};

/**
 * Carries a decision to the node that keeps what it is about, and gives what that node answers. Throws `refused` where it
 * is not to be carried, the problem that the other node told, or one that says why there is no answer.
 */
export type Relay = (request: RelayRequest) => Promise<Answer<unknown>>;

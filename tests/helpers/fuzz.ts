import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import { judgeOf } from './answers.ts';
import { requestTo } from './arbitraries.ts';
import {
  addressOf,
  type Document,
  type Operation,
  operationsOf,
  type Request,
  send,
  soundRequest,
} from './document.ts';

/** Who sends requests: anonymous without a token. */
export type Sender = { readonly name: string; readonly token?: string; readonly administrator?: true };

/** What is fuzzed: an application by its document, as several senders, about identifiers that are there. */
export type Target = {
  readonly app: FastifyInstance;
  readonly document: Document;
  readonly senders: readonly Sender[];
  readonly ids: readonly string[];
  /** Only these operations; all of them when absent. */
  readonly only?: readonly string[];
};

/** What came of it: requests by operation and status, and the smallest request that was answered wrongly. */
export type Outcome = {
  readonly requests: number;
  readonly seen: ReadonlyMap<string, ReadonlyMap<number, number>>;
  readonly failure: string | undefined;
};

type Sending = { readonly operation: Operation; readonly sender: Sender; readonly request: Request };

const show = ({ name }: Sender, { method, headers, payload, ...address }: Request) =>
  `${method} ${addressOf(address)} as ${name} ${JSON.stringify(headers)} ${String(payload).slice(0, 1000)}`;

/** Who gets through where nobody of the kind may. */
function admissionFaults({ scope, policy }: Operation, sender: Sender, status: number): string[] {
  if (status >= 400 || scope === undefined) return [];
  if (sender.token === undefined) return ['anybody is let in'];
  return policy === 'administrator' && sender.administrator === undefined ? ['an organisation is let in'] : [];
}

/**
 * Sends requests until the time is over; the same seed makes the same requests in the same order. They begin with the
 * examples of the operations that `soundFirst` names, as the first sender.
 */
export async function fuzz(
  target: Target,
  options: { seed: number; milliseconds: number; soundFirst?: readonly string[] },
): Promise<Outcome> {
  const { app, document, senders, ids, only } = target;
  const judge = judgeOf(document);
  const operations = operationsOf(document).filter(({ operationId }) => only?.includes(operationId) ?? true);
  const seen = new Map<string, Map<number, number>>(operations.map(({ operationId }) => [operationId, new Map()]));
  let requests = 0;
  const requestsTo = operations.map((operation) =>
    fc.record({
      operation: fc.constant(operation),
      sender: fc.constantFrom(...senders),
      request: requestTo(operation, { document, ids }),
    }),
  );
  const judged = async ({ operation, sender, request }: Sending): Promise<void> => {
    const answered = await send(app, request, sender.token);
    const { statusCode, body } = answered;
    const counts = seen.get(operation.operationId);
    counts?.set(statusCode, (counts.get(statusCode) ?? 0) + 1);
    requests += 1;
    const faults = [
      ...(statusCode >= 500 ? [`the status is ${statusCode}`] : []),
      ...judge.faults(operation, answered),
      ...admissionFaults(operation, sender, statusCode),
    ];
    if (faults.length > 0) throw new Error(`${show(sender, request)}: ${faults.join('; ')}\n${body.slice(0, 500)}`);
  };
  const [first = { name: 'nobody' }] = senders;
  for (const operation of operations)
    if (options.soundFirst?.includes(operation.operationId))
      await judged({ operation, sender: first, request: soundRequest(operation) });
  let last = Promise.resolve();
  const property = fc.asyncProperty(fc.oneof(...requestsTo), (sending) => {
    last = judged(sending);
    return last;
  });
  const details = await fc.check(property, {
    seed: options.seed,
    numRuns: 10_000_000,
    interruptAfterTimeLimit: options.milliseconds,
    markInterruptAsFailure: false,
  });
  // When the time is over, the request that is under way is not waited for.
  await last.catch(() => undefined);
  const error = details.errorInstance as Error | undefined;
  const failure = details.failed ? (error?.message ?? 'it failed without an error') : undefined;
  return { requests, seen, failure };
}

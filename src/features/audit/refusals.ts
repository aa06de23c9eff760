import type { FastifyBaseLogger } from 'fastify';
import { nodeContext } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { errorLine } from '../../platform/logging.ts';
import type { Refusal } from '../../platform/refusals.ts';
import { type RecordedRefusal, recordRefusal } from '../events/events.ts';

const minuteMs = 60_000;

/** What counts against one client in one minute. */
type Counted = { readonly minute: number; seen: number; readonly of: Refusal['caller'] };

/** What the log of refusals needs: how many of one client it records one by one in a minute, and for tests a clock. */
type RefusalOptions = {
  readonly log: Pick<FastifyBaseLogger, 'error'>;
  readonly perMinute: number;
  readonly now?: () => number;
};

/**
 * Records refusals, for each client so many a minute, so that nobody fills the audit with them: those beyond are counted,
 * and recorded as one when the minute is over. Who only claims to be a client is counted apart, so that it cannot use up
 * what is recorded of the client itself.
 */
export class RefusalLog {
  readonly #db: Db;
  readonly #log: RefusalOptions['log'];
  readonly #now: () => number;
  readonly #perMinute: number;
  readonly #counted = new Map<string, Counted>();
  readonly #pending = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;

  constructor(db: Db, { log, perMinute, now = Date.now }: RefusalOptions) {
    this.#db = db;
    this.#perMinute = perMinute;
    this.#log = log;
    this.#now = now;
    this.#timer = setInterval(() => void this.summarise(), minuteMs).unref();
  }

  /** Records what a client was refused that proved who it is; rejects when that fails. */
  async add(refusal: Refusal): Promise<void> {
    await this.#record(`client ${refusal.caller.clientId}`, refusal);
  }

  /**
   * Records that somebody failed to prove that it is a client, where there is such a client. Nobody waits for it: how
   * long an answer takes would tell which clients there are.
   */
  claim(find: () => Promise<Refusal | undefined>): void {
    const work = (async () => {
      const refusal = await find();
      if (refusal !== undefined) await this.#record(`claim ${refusal.caller.clientId}`, refusal);
    })()
      .catch((error: unknown) => this.#fail(error))
      .finally(() => this.#pending.delete(work));
    this.#pending.add(work);
  }

  /** Records, for each client whose minute is over, how many more refusals there were in it; `all` also before that. */
  async summarise({ all = false } = {}): Promise<void> {
    const minute = this.#minute();
    for (const [key, counted] of [...this.#counted]) {
      if (!all && counted.minute === minute) continue;
      this.#counted.delete(key);
      await this.#summary(counted).catch((error: unknown) => this.#fail(error));
    }
  }

  /** Waits for what is being recorded, and records what was only counted yet. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#pending);
    await this.summarise({ all: true });
  }

  #minute(): number {
    return Math.floor(this.#now() / minuteMs);
  }

  async #record(key: string, refusal: Refusal): Promise<void> {
    const minute = this.#minute();
    const before = this.#counted.get(key);
    const counted = before?.minute === minute ? before : { minute, seen: 0, of: refusal.caller };
    counted.seen++;
    this.#counted.set(key, counted);
    if (before !== undefined && before !== counted) await this.#summary(before);
    if (counted.seen > this.#perMinute) return;
    const { caller, ...rest } = refusal;
    await recordRefusal(this.#db, { ...rest, ...named(caller), times: 1 });
  }

  async #summary({ seen, of }: Counted): Promise<void> {
    const times = seen - this.#perMinute;
    if (times <= 0) return;
    const { requestId, traceId } = nodeContext(summaryOperation);
    const summary = { operationId: summaryOperation, status: null, code: null, times, requestId, traceId };
    await recordRefusal(this.#db, { ...summary, ...named(of) });
  }

  #fail(error: unknown): void {
    this.#log.error({ err: errorLine(error) }, 'a refusal could not be recorded');
  }
}

/** The operation by which the node records refusals together. */
const summaryOperation = 'summariseRefusals';

const named = ({
  clientId,
  organisationId,
}: Refusal['caller']): Pick<RecordedRefusal, 'clientId' | 'organisationId'> => ({
  clientId,
  organisationId,
});

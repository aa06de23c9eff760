import { setTimeout as wait } from 'node:timers/promises';
import { and, eq, sql } from 'drizzle-orm';
import type { FastifyBaseLogger } from 'fastify';
import { nodeContext } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import type { Outbound } from '../../platform/outbound.ts';
import { OutboundFailure } from '../../platform/outbound.ts';
import { prepared } from '../../platform/prepared.ts';
import { version } from '../../platform/version.ts';
import { signWebhook } from '../../platform/webhook-signature.ts';
import { clients } from '../access/tables.ts';
import { commit, type EventRow, eventColumns, toCloudEvent, typesWithin } from '../events/events.ts';
import { events } from '../events/tables.ts';
import { visibleEvents } from '../policy/event-sight.ts';
import { type Endpoint, readEndpoints } from './readers.ts';
import {
  type Claim,
  type Due,
  dropDeliveries,
  dueDeliveries,
  type Result,
  releaseLease,
  renewLease,
  writeResults,
} from './results.ts';
import { disabledBy, type FailureReason, type Health, healthAfter, keptAnswer, outcomeOf, verdictOf } from './rules.ts';
import type { SealedSecrets, Signers } from './secrets.ts';
import { webhookDeliveries, webhooks } from './tables.ts';
import { testEvent } from './test-events.ts';
import { originOf } from './verification.ts';

/** What sending needs of the node. */
export type SendingDeps = {
  readonly outbound: Outbound;
  readonly secrets: SealedSecrets;
  /** Where events come from, in their attribute `source`. */
  readonly source: string;
  readonly baseUrl: string;
  readonly timeoutMs: number;
  readonly log: Pick<FastifyBaseLogger, 'error'>;
};

/** How long an endpoint is kept: for one attempt and what is written of it. */
export const leaseMsOf = ({ timeoutMs }: Pick<SendingDeps, 'timeoutMs'>): number => timeoutMs + 5000;

const batchSize = 50;
const maxUnwritten = 20;
const writeAfterMs = 200;
/** How long one endpoint is served while others wait. */
const roundMs = 2000;

/** A longer pause between two deliveries is not waited for. */
const maxPaceMs = 500;

/** The headers of an attempt but for its signature, as they are sent and shown. */
export const attemptHeaders = (eventId: string, at: Date): Record<string, string> => ({
  'content-type': 'application/cloudevents+json; charset=utf-8',
  'user-agent': `Samendoen/${version}`,
  'webhook-id': eventId,
  'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
});

const { placeholder } = sql;

/** Whether an endpoint is as it was read, and may be sent to. */
const asRead = sql<boolean>`(${webhooks.version} = ${placeholder('version')}::int and ${webhooks.state} = 'enabled'
  and not ${webhooks.paused} and ${webhooks.removedAt} is null and ${clients.version} = ${placeholder('clientVersion')}::int
  and ${clients.disabledAt} is null)`;

/**
 * The event of a delivery, where the client of the endpoint may see it in this instant: `hidden` where it may not, and
 * `changed` where the endpoint or its client is not as it was read. All of it is told by one statement.
 */
async function readEvent(db: Db, endpoint: Endpoint, position: number): Promise<EventRow | 'hidden' | 'changed'> {
  const { administrator, organisationId, id, version, clientVersion } = endpoint;
  const query = prepared(db, `webhook event ${administrator}`, () =>
    db
      .select({ asRead, ...eventColumns })
      .from(webhooks)
      .innerJoin(clients, eq(clients.id, webhooks.clientId))
      .leftJoin(
        events,
        and(
          sql`${events.position} = ${placeholder('position')}::bigint`,
          visibleEvents({ organisationId: placeholder('organisationId') as unknown as string, administrator }),
        ),
      )
      .where(sql`${webhooks.id} = ${placeholder('id')}::uuid`),
  );
  const [row] = await query.execute({ position, organisationId, id, version, clientVersion });
  if (row?.asRead !== true) return 'changed';
  if (row.position === null) return 'hidden';
  const event = row as EventRow;
  return typesWithin(endpoint.scopes).includes(event.type) ? event : 'hidden';
}

/** The deliveries of one endpoint, one after another, for as long as it is this process's. */
class Round {
  readonly #db: Db;
  readonly #claim: Claim;
  readonly #deps: SendingDeps;
  #endpoint: Endpoint;
  #health: Health;
  #unwritten: Result[] = [];
  #writtenAt = Date.now();
  #leasedUntil: number;

  constructor(db: Db, claim: Claim, deps: SendingDeps, endpoint: Endpoint) {
    this.#db = db;
    this.#claim = claim;
    this.#deps = deps;
    this.#endpoint = endpoint;
    this.#health = claim.health;
    this.#leasedUntil = Date.now() + leaseMsOf(deps);
  }

  /** Serves the endpoint until nothing is due, its time is over or it fails. */
  async serve(signal: AbortSignal): Promise<void> {
    const until = Date.now() + roundMs;
    let goesOn = true;
    while (goesOn && !signal.aborted && Date.now() < until) {
      const due = await dueDeliveries(this.#db, this.#endpoint.id, batchSize);
      const signers = await this.#deps.secrets.open(this.#db, this.#endpoint.id);
      goesOn = due.length > 0;
      for (const delivery of due) {
        if (!goesOn || signal.aborted || Date.now() >= until) break;
        goesOn = await this.#deliver(delivery, signers);
      }
      await this.#write();
    }
    await releaseLease(this.#db, this.#claim, this.#health);
  }

  /** Delivers what the client may see now. False when this endpoint is to be left. */
  async #deliver(delivery: Due, signers: Signers): Promise<boolean> {
    if (!(await this.#hold())) return false;
    let event = await this.#eventOf(delivery);
    while (event === 'changed') {
      if (!(await this.#readAgain())) return false;
      event = await this.#eventOf(delivery);
    }
    if (event !== 'hidden') return this.#attempt(delivery, event, signers);
    await dropDeliveries(this.#db, eq(webhookDeliveries.id, delivery.id));
    return true;
  }

  async #eventOf({ eventId, position, createdAt }: Due): Promise<object | 'hidden' | 'changed'> {
    const { source, baseUrl } = this.#deps;
    if (position !== null) {
      const event = await readEvent(this.#db, this.#endpoint, position);
      return typeof event === 'string' ? event : toCloudEvent(event, { source, baseUrl });
    }
    if (!(await this.#readAgain())) return 'changed';
    return testEvent({ eventId, createdAt, webhookId: this.#endpoint.id }, { source, baseUrl });
  }

  /** Reads the endpoint as it is now; false when nothing may be sent to it. */
  async #readAgain(): Promise<boolean> {
    const [endpoint] = await readEndpoints(this.#db, eq(webhooks.id, this.#endpoint.id));
    if (endpoint?.state !== 'enabled' || endpoint.paused) return false;
    this.#endpoint = endpoint;
    return true;
  }

  /** Sees to it that the endpoint is this process's for the whole of an attempt. */
  async #hold(): Promise<boolean> {
    if (this.#leasedUntil - Date.now() > this.#deps.timeoutMs + 2000) return true;
    const leaseMs = leaseMsOf(this.#deps);
    const asked = Date.now();
    if (!(await renewLease(this.#db, this.#claim, this.#health, leaseMs))) return false;
    this.#leasedUntil = asked + leaseMs;
    return true;
  }

  async #attempt(delivery: Due, event: object, signers: Signers): Promise<boolean> {
    const attemptedAt = new Date();
    const { status, answer, verdict, durationMs } = await this.#send(delivery, event, signers, attemptedAt);
    const now = new Date();
    const random = Math.random();
    this.#health = healthAfter(this.#health, verdict, now, random);
    this.#unwritten.push({
      ...outcomeOf(delivery.tries, verdict, now, random),
      ...{ deliveryId: delivery.id, number: delivery.attemptCount + 1, attemptedAt, durationMs, status, answer },
    });
    const failed = verdict.reason !== undefined;
    if (failed || this.#unwritten.length >= maxUnwritten || Date.now() - this.#writtenAt > writeAfterMs)
      await this.#write();
    const disabled = failed ? disabledBy(verdict, this.#health, now) : undefined;
    if (disabled !== undefined) await disableWebhook(this.#db, this.#endpoint, disabled);
    if (disabled !== undefined || this.#health.resumesAt > now) return false;
    return this.#pace(now);
  }

  /** Sends no faster than the owner granted. False when the endpoint is to be left for a while. */
  async #pace(since: Date): Promise<boolean> {
    const { ratePerMinute } = this.#endpoint;
    if (ratePerMinute === null) return true;
    const ms = 60_000 / ratePerMinute;
    if (ms > maxPaceMs) this.#health = { ...this.#health, resumesAt: new Date(since.getTime() + ms) };
    else await wait(ms);
    return ms <= maxPaceMs;
  }

  async #send(delivery: Due, event: object, { secrets, privateKeys }: Signers, at: Date) {
    const { outbound, timeoutMs } = this.#deps;
    const { eventId } = delivery;
    const body = JSON.stringify(event);
    const headers = attemptHeaders(eventId, at);
    const timestamp = Number(headers['webhook-timestamp']);
    headers['webhook-request-origin'] = originOf(this.#deps);
    headers['webhook-signature'] = signWebhook({ id: eventId, timestamp, body, secrets, privateKeys });
    const started = performance.now();
    const took = () => Math.round(performance.now() - started);
    try {
      const answer = await outbound.send({ method: 'POST', url: this.#endpoint.url, headers, body, timeoutMs });
      const verdict = verdictOf(answer.status, answer.headers['retry-after'], new Date());
      return { status: answer.status, answer: keptAnswer(answer.body), verdict, durationMs: took() };
    } catch (error) {
      if (!(error instanceof OutboundFailure)) throw error;
      const reason: FailureReason = error.reason;
      return { status: null, answer: null, verdict: { reason }, durationMs: took() };
    }
  }

  async #write(): Promise<void> {
    const results = this.#unwritten;
    this.#unwritten = [];
    this.#writtenAt = Date.now();
    await writeResults(this.#db, results);
  }
}

/** Serves an endpoint that was claimed, and leaves it to others. */
export async function serveEndpoint(db: Db, claim: Claim, deps: SendingDeps, signal: AbortSignal): Promise<void> {
  const [endpoint] = await readEndpoints(db, eq(webhooks.id, claim.webhookId));
  if (endpoint?.state !== 'enabled' || endpoint.paused) return releaseLease(db, claim, claim.health);
  await new Round(db, claim, deps, endpoint).serve(signal);
}

/** Disables an endpoint that is gone, or to which everything failed for days; its owner verifies it again. */
async function disableWebhook(db: Db, { id, organisationId }: Endpoint, reason: 'gone' | 'failing'): Promise<void> {
  await commit(db, nodeContext('disableWebhook'), async (db, record) => {
    const [disabled] = await db
      .update(webhooks)
      .set({ state: 'disabled', stateReason: reason })
      .where(sql`${webhooks.id} = ${id}::uuid and ${webhooks.state} = 'enabled'`)
      .returning({ id: webhooks.id });
    if (disabled !== undefined)
      record({ type: 'webhook.disabled', subjectType: 'webhook', subjectId: id, organisationIds: [organisationId] });
    return { body: undefined };
  });
}

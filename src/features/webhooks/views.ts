import { and, eq, isNull, type SQL, sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { Db } from '../../platform/db.ts';
import type { WebhookView } from './schemas.ts';
import { webhookQueues, webhookSecrets, webhooks } from './tables.ts';

/** An endpoint as it is shown. */
export type View = z.output<typeof WebhookView>;

const publicKeys = sql<string[]>`(select coalesce(json_agg(s.public_key order by s.id desc), '[]'::json)
  from ${webhookSecrets} s where s.webhook_id = ${webhooks}.id and (s.expires_at is null or s.expires_at > now()))`;

const columns = {
  id: webhooks.id,
  version: webhooks.version,
  url: webhooks.url,
  description: webhooks.description,
  types: webhooks.types,
  allianceId: webhooks.allianceId,
  state: webhooks.state,
  stateReason: webhooks.stateReason,
  paused: webhooks.paused,
  verification: webhooks.verification,
  verificationReason: webhooks.verificationReason,
  askedAt: webhooks.askedAt,
  publicKeys,
  consecutiveFailures: webhookQueues.consecutiveFailures,
  failingSince: webhookQueues.failingSince,
  resumesAt: webhookQueues.resumesAt,
  clientId: webhooks.clientId,
  createdAt: webhooks.createdAt,
  changedAt: webhooks.changedAt,
};

/** Endpoints that were not removed, with what is shown of them. */
export const selectWebhooks = (db: Db, condition: SQL | undefined) =>
  db
    .select(columns)
    .from(webhooks)
    .innerJoin(webhookQueues, eq(webhookQueues.webhookId, webhooks.id))
    .where(and(isNull(webhooks.removedAt), condition));

/** A row of `selectWebhooks`. */
export type WebhookRow = Awaited<ReturnType<typeof selectWebhooks>>[number];

/** The state that is shown: an endpoint that would be sent to, and is paused, is `paused`. */
export const shownState = ({ state, paused }: Pick<WebhookRow, 'state' | 'paused'>): View['state'] =>
  state === 'enabled' && paused ? 'paused' : (state as View['state']);

/** Shows an endpoint. */
export function toView(row: WebhookRow): View {
  const { version: _, state: __, paused: ___, verification, verificationReason, askedAt, ...shown } = row;
  return {
    ...shown,
    state: shownState(row),
    stateReason: row.stateReason as View['stateReason'],
    resumesAt: row.resumesAt > new Date() ? row.resumesAt : null,
    verification: { state: verification as View['verification']['state'], askedAt, reason: verificationReason },
  };
}

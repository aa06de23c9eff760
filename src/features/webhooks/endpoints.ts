import { and, eq, gt, isNull, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { type Answer, type PageOf, pageOf } from '../../platform/answer.ts';
import type { Caller, Context } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { newId } from '../../platform/id.ts';
import { assertSendable, type SendableFault, type SendableOptions } from '../../platform/outbound.ts';
import { type Fault, invalid, notFound, Problem } from '../../platform/problem.ts';
import { clients } from '../access/tables.ts';
import { alliances } from '../alliances/tables.ts';
import { commit, lastPosition, typesNamed } from '../events/events.ts';
import { actingOrganisation, visibleAlliances } from '../policy/policy.ts';
import type {
  NewWebhook,
  NewWebhookSecretRotation,
  RegisteredWebhook,
  WebhookChange,
  WebhookQuery,
  WebhookSecretRotation,
} from './schemas.ts';
import { expireSecrets, forgetSecrets, type SealedSecrets } from './secrets.ts';
import { webhookQueues, webhooks } from './tables.ts';
import { selectWebhooks, toView, type View } from './views.ts';

/** What registering an endpoint needs of the node: its secrets, and where it sends. */
export type EndpointDeps = { readonly secrets: SealedSecrets; readonly outbound: SendableOptions };

const maxWebhooks = 20;

/** The endpoints of an organisation; a caller that acts for none has none. */
const ofCaller = ({ organisationId }: Caller) => sql`${webhooks.organisationId} = ${organisationId}::uuid`;

async function find(db: Db, caller: Caller, webhookId: string): Promise<Answer<View>> {
  const [row] = await selectWebhooks(db, and(eq(webhooks.id, webhookId), ofCaller(caller)));
  if (row === undefined) throw notFound();
  return { body: toView(row), version: row.version };
}

/** Locks an endpoint of the caller's organisation. Throws not_found, not_your_organisation. */
export async function lockWebhook(db: Db, caller: Caller, webhookId: string): Promise<typeof webhooks.$inferSelect> {
  actingOrganisation(caller);
  const [row] = await db
    .select()
    .from(webhooks)
    .where(and(eq(webhooks.id, webhookId), ofCaller(caller), isNull(webhooks.removedAt)))
    .for('update');
  if (row === undefined) throw notFound();
  return row;
}

const urlFaults: Readonly<Record<SendableFault, string>> = {
  syntax: 'url_syntax',
  length: 'url_syntax',
  scheme: 'url_scheme',
  port: 'url_port',
  userinfo: 'url_userinfo',
  fragment: 'url_fragment',
  address: 'url_address',
};

type Given = {
  readonly url?: string | undefined;
  types?: string[] | undefined;
  allianceId?: string | null | undefined;
};

/** Every fault of an address and a filter together. */
async function assertFit(db: Db, caller: Caller, { outbound }: EndpointDeps, given: Given): Promise<void> {
  const { url, types = [], allianceId } = given;
  const faults: Fault[] = [];
  const fault = (location: string, code: string) => faults.push({ in: 'body', location, code });
  if (url !== undefined) for (const found of assertSendable(url, outbound)) fault('/url', urlFaults[found]);
  types.forEach((filter, index) => {
    if (typesNamed(filter).length === 0) fault(`/types/${index}`, 'unknown_event_type');
  });
  if (typeof allianceId === 'string') {
    const [seen] = await db
      .select({ id: alliances.id })
      .from(alliances)
      .where(and(eq(alliances.id, allianceId), visibleAlliances(caller.organisationId)));
    if (seen === undefined) fault('/allianceId', 'unknown_alliance');
  }
  if (faults.length > 0) throw invalid(faults);
}

/** Whose sight decides what is sent from now on: the caller's, within its token. Throws client_not_registered. */
async function readerOf(db: Db, caller: Caller): Promise<{ clientId: string; scopes: string[] }> {
  const [client] = await db
    .select({ id: clients.id })
    .from(clients)
    .where(sql`${clients.id}::text = ${caller.clientId}`);
  if (client === undefined) throw new Problem('client_not_registered');
  return { clientId: client.id, scopes: [...caller.scopes] };
}

/**
 * Registers an endpoint, to which nothing is sent until its owner granted the handshake, which is asked at once by the
 * background. Its secret is in this answer alone. Throws not_your_organisation, client_not_registered,
 * too_many_webhooks, and invalid_input: the address may not be sent to, a type or the alliance is not known.
 */
export async function createWebhook(
  db: Db,
  context: Context,
  deps: EndpointDeps,
  input: z.output<typeof NewWebhook>,
): Promise<Answer<z.output<typeof RegisteredWebhook>>> {
  const { caller } = context;
  const organisationId = actingOrganisation(caller);
  return commit<z.output<typeof RegisteredWebhook>>(db, context, async (db, record) => {
    await assertFit(db, caller, deps, input);
    const reader = await readerOf(db, caller);
    // One at a time for an organisation, so that the number is held.
    await db.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`webhooks ${organisationId}`}, 0))`);
    const present = await db.$count(webhooks, and(ofCaller(caller), isNull(webhooks.removedAt)));
    if (present >= maxWebhooks) throw new Problem('too_many_webhooks', { params: { maximum: maxWebhooks } });
    const id = newId();
    const now = new Date();
    await db.insert(webhooks).values({
      ...{ id, organisationId, ...reader, ...input, state: 'pending', paused: false },
      ...{ verification: 'asked', askedAt: now, fromPosition: await lastPosition(db), createdAt: now, changedAt: now },
    });
    await db.insert(webhookQueues).values({ webhookId: id, servedAt: now, resumesAt: now });
    const { secret } = await deps.secrets.add(db, id, now);
    record({ type: 'webhook.registered', subjectType: 'webhook', subjectId: id, organisationIds: [organisationId] });
    const { body } = await find(db, caller, id);
    const shown = { ...body, secret };
    return { body: shown, kept: { ...shown, secret: null }, location: `/v1/webhooks/${id}` };
  });
}

/** An endpoint of the caller's organisation. Throws not_found. */
export const getWebhook = (db: Db, caller: Caller, webhookId: string): Promise<Answer<View>> =>
  find(db, caller, webhookId);

/** A page of the endpoints of the caller's organisation, the oldest first. */
export async function listWebhooks(
  db: Db,
  caller: Caller,
  { after, limit }: z.output<typeof WebhookQuery> & { after?: string[] | undefined },
): Promise<PageOf<View>> {
  const later = after?.[0] === undefined ? undefined : gt(webhooks.id, after[0]);
  const rows = await selectWebhooks(db, and(ofCaller(caller), later))
    .orderBy(webhooks.id)
    .limit(limit + 1);
  return pageOf(rows, limit, (row) => [row.id], toView);
}

/**
 * Changes an endpoint. With another address it is verified anew, and is told from then on what this caller may see.
 * Throws not_found, precondition_failed, client_not_registered, invalid_input.
 */
export async function changeWebhook(
  db: Db,
  context: Context,
  deps: EndpointDeps,
  target: { readonly webhookId: string; readonly ifMatch: number },
  change: z.output<typeof WebhookChange>,
): Promise<Answer<View>> {
  const { caller } = context;
  return commit(db, context, async (db, record) => {
    const webhook = await lockWebhook(db, caller, target.webhookId);
    if (webhook.version !== target.ifMatch) throw new Problem('precondition_failed');
    await assertFit(db, caller, deps, change);
    const moved = change.url !== undefined && change.url !== webhook.url;
    const now = new Date();
    const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
    await db
      .update(webhooks)
      .set({
        ...given,
        ...(moved && { ...(await readerOf(db, caller)), ...asked(now) }),
        version: webhook.version + 1,
        changedAt: now,
      })
      .where(eq(webhooks.id, webhook.id));
    record(event('webhook.changed', webhook));
    return find(db, caller, webhook.id);
  });
}

/** What makes an endpoint be verified by the background. */
const asked = (now: Date) => ({
  ...{ state: 'pending', stateReason: null, askingUntil: null },
  ...{ verification: 'asked', verificationReason: null, askedAt: now },
});

const event = (
  type: 'webhook.changed' | 'webhook.removed' | 'webhook.secret.rotated' | 'webhook.verification_asked',
  { id, organisationId }: Pick<typeof webhooks.$inferSelect, 'id' | 'organisationId'>,
) => ({ type, subjectType: 'webhook', subjectId: id, organisationIds: [organisationId] }) as const;

/**
 * Asks the owner of an endpoint again whether it wants events; one that is enabled stays so unless it is refused. Throws
 * not_found.
 */
export async function requestVerification(db: Db, context: Context, webhookId: string): Promise<Answer<View>> {
  return commit(db, context, async (db, record) => {
    const webhook = await lockWebhook(db, context.caller, webhookId);
    const { verification, verificationReason, askedAt, askingUntil } = asked(new Date());
    await db
      .update(webhooks)
      .set({ verification, verificationReason, askedAt, askingUntil })
      .where(eq(webhooks.id, webhookId));
    record(event('webhook.verification_asked', webhook));
    const { body } = await find(db, context.caller, webhookId);
    return { body, location: `/v1/webhooks/${webhookId}` };
  });
}

/** Removes an endpoint: nothing is sent any more, and its deliveries are shown to nobody. Throws not_found, precondition_failed. */
export async function removeWebhook(
  db: Db,
  context: Context,
  webhookId: string,
  expectedVersion: number,
): Promise<Answer<undefined>> {
  return commit(db, context, async (db, record) => {
    const webhook = await lockWebhook(db, context.caller, webhookId);
    if (webhook.version !== expectedVersion) throw new Problem('precondition_failed');
    await db.update(webhooks).set({ removedAt: new Date() }).where(eq(webhooks.id, webhookId));
    await forgetSecrets(db, webhookId);
    record(event('webhook.removed', webhook));
    return { body: undefined };
  });
}

/**
 * Gives an endpoint a new secret and key; those before sign as well for the overlap. The secret is in this answer alone.
 * Throws not_found, too_many_rotations.
 */
export async function rotateWebhookSecret(
  db: Db,
  context: Context,
  secrets: SealedSecrets,
  webhookId: string,
  { overlapHours }: z.output<typeof NewWebhookSecretRotation>,
): Promise<Answer<z.output<typeof WebhookSecretRotation>>> {
  return commit<z.output<typeof WebhookSecretRotation>>(db, context, async (db, record) => {
    const webhook = await lockWebhook(db, context.caller, webhookId);
    const now = new Date();
    const othersExpireAt = new Date(now.getTime() + overlapHours * 3_600_000);
    await expireSecrets(db, webhookId, othersExpireAt);
    const { secret, publicKey } = await secrets.add(db, webhookId, now);
    record(event('webhook.secret.rotated', webhook));
    const body = { webhookId, secret, publicKey, othersExpireAt };
    return { body, kept: { ...body, secret: null }, location: `/v1/webhooks/${webhookId}` };
  });
}

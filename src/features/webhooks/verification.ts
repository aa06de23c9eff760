import { eq, sql } from 'drizzle-orm';
import type { Db } from '../../platform/db.ts';
import type { Outbound } from '../../platform/outbound.ts';
import { askPermission } from '../../platform/webhook-handshake.ts';
import { webhookQueues, webhooks } from './tables.ts';

/** What asking needs: how it is sent, and in whose name. */
export type AskingDeps = { readonly outbound: Outbound; readonly baseUrl: string; readonly timeoutMs: number };

/** The name under which a node asks to send, and sends. */
export const originOf = ({ baseUrl }: { readonly baseUrl: string }): string => new URL(baseUrl).hostname;

const batchSize = 8;

type Asked = Pick<typeof webhooks.$inferSelect, 'id' | 'url' | 'askedAt'>;

/**
 * Asks the owners of endpoints whether they want events, by the handshake of CloudEvents, and enables those that grant
 * it. A process that dies while it asks leaves them to be asked again. Answers whether there was any.
 */
export async function askOwners(db: Db, deps: AskingDeps): Promise<boolean> {
  const until = sql`now() + make_interval(secs => ${deps.timeoutMs / 1000 + 5}::float8)`;
  const rows = await db
    .update(webhooks)
    .set({ askingUntil: until })
    .where(
      sql`${webhooks.id} in (select w.id from webhooks w where w.verification = 'asked' and w.removed_at is null
        and (w.asking_until is null or w.asking_until < now())
        order by w.asked_at limit ${batchSize} for update skip locked)`,
    )
    .returning({ id: webhooks.id, url: webhooks.url, askedAt: webhooks.askedAt });
  await Promise.all(rows.map((row) => ask(db, row, deps)));
  return rows.length > 0;
}

async function ask(db: Db, asked: Asked, { outbound, baseUrl, timeoutMs }: AskingDeps): Promise<void> {
  const answer = await askPermission(outbound, { url: asked.url, origin: originOf({ baseUrl }), timeoutMs });
  const refusal = answer.granted ? null : answer.why;
  await db.transaction(async (db) => {
    // What was asked of another address, or is asked anew, is left to that.
    const [known] = await db
      .update(webhooks)
      .set({
        verification: answer.granted ? 'granted' : 'refused',
        verificationReason: refusal,
        askingUntil: null,
        ...(answer.granted
          ? { state: 'enabled', stateReason: null, ratePerMinute: answer.ratePerMinute ?? null }
          : { state: sql`case when ${webhooks.state} = 'enabled' then 'pending' else ${webhooks.state} end` }),
      })
      .where(
        sql`${webhooks.id} = ${asked.id}::uuid and ${webhooks.verification} = 'asked' and ${webhooks.url} = ${asked.url}
          and ${webhooks.askedAt} = ${asked.askedAt.toISOString()}::timestamptz`,
      )
      .returning({ id: webhooks.id });
    if (known === undefined || !answer.granted) return;
    await db
      .update(webhookQueues)
      .set({ consecutiveFailures: 0, failingSince: null, resumesAt: sql`now()` })
      .where(eq(webhookQueues.webhookId, asked.id));
  });
}

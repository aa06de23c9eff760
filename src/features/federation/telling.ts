import { and, eq, isNull, type SQL, sql } from 'drizzle-orm';
import { type Backlog, countDue } from '../../platform/backlog.ts';
import type { Db } from '../../platform/db.ts';
import { OutboundFailure } from '../../platform/outbound.ts';
import { messageTypes } from './messages.ts';
import { PeerFailure } from './peer-keys.ts';
import type { Peering } from './peering.ts';
import { nextTellSeconds } from './rules.ts';
import { sendMessage } from './sending.ts';
import { peerMessages, peers } from './tables.ts';

/** How long a message is kept by whoever tells it, in seconds: more than an attempt takes. */
const leaseSeconds = 60;
const timeoutMs = 5000;
const batchSize = 8;

/**
 * Messages that can be told: the first of each peering that was not told, so that the other hears them in order. An offer
 * that ran out is told no more, and neither is what was said after an offer that never arrived.
 */
const tellable = sql`m.told_at is null and (m.kind <> 'offered' or p.expires_at > now())
  and not exists (select from ${peerMessages} e where e.peer_id = m.peer_id and e.number < m.number and e.told_at is null)`;

const waiting = sql`${peerMessages} m join ${peers} p on p.id = m.peer_id where ${tellable} and m.next_attempt_at <= now()`;

type Due = { id: string; peer_id: string; kind: string; payload: string; tries: number; base_url: string };

async function claim(db: Db, condition: SQL): Promise<Due[]> {
  return db.execute<Due>(sql`
    with due as (
      select m.id, p.base_url from ${waiting} and ${condition}
      order by m.next_attempt_at limit ${batchSize} for update of m skip locked)
    update peer_messages m set next_attempt_at = now() + make_interval(secs => ${leaseSeconds}::int)
    from due where m.id = due.id returning m.id, m.peer_id, m.kind, m.payload, m.tries, due.base_url`);
}

/** Tells other nodes what this one said of peerings. Answers whether there was anything to be told. */
export async function tellPeers(db: Db, peering: Peering): Promise<boolean> {
  const claimed = await claim(db, sql`true`);
  await Promise.all(claimed.map((message) => tell(db, message, peering)));
  return claimed.length > 0;
}

/** Tells one node what is due of one peering, as far as that goes now; the rest is left to the loop. */
export async function tellNow(db: Db, peering: Peering, peerId: string): Promise<void> {
  let more = true;
  while (more) {
    const claimed = await claim(db, sql`m.peer_id = ${peerId}::uuid`);
    const told = await Promise.all(claimed.map((message) => tell(db, message, peering)));
    more = told.includes(true);
  }
}

/** What is due to be told. */
export const countUntold = (db: Db): Promise<Backlog> =>
  countDue(db, sql`select m.next_attempt_at as since from ${waiting}`);

/** Tells one message; true where the other took it. */
async function tell(db: Db, message: Due, peering: Peering): Promise<boolean> {
  const error = await failureOf(message, peering);
  const tries = message.tries + 1;
  const seconds = nextTellSeconds(message.tries, Math.random());
  await db
    .update(peerMessages)
    .set(
      error === undefined
        ? { toldAt: new Date(), tries, lastError: null }
        : { tries, lastError: error, nextAttemptAt: new Date(Date.now() + seconds * 1000) },
    )
    .where(and(eq(peerMessages.id, message.id), isNull(peerMessages.toldAt)));
  return error === undefined;
}

/** A code of why the other did not take a message; undefined where it did. */
async function failureOf({ kind, payload, peer_id, base_url }: Due, peering: Peering): Promise<string | undefined> {
  try {
    const { peeringsUri } = await peering.keys.describe(base_url);
    const isOffer = kind === 'offered';
    const typ = isOffer ? messageTypes.offer : messageTypes.decision;
    const url = isOffer ? peeringsUri : `${peeringsUri}/${peer_id}/decisions`;
    const { status } = await sendMessage(peering, { url, typ, payload, timeoutMs });
    if (status >= 200 && status < 300) return undefined;
    return status < 400 ? 'redirected' : `status_${status}`;
  } catch (error) {
    if (error instanceof PeerFailure || error instanceof OutboundFailure) return error.reason;
    throw error;
  }
}

import { setTimeout as wait } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import type { Backlog } from '../../platform/backlog.ts';
import { countDue } from '../../platform/backlog.ts';
import { hasOnlyText } from '../../platform/characters.ts';
import { type Db, sqlState } from '../../platform/db.ts';
import { OutboundFailure } from '../../platform/outbound.ts';
import {
  claimDuePeers,
  duePeers,
  type Giver,
  goOnReading,
  messageType,
  noteRead,
  PeerFailure,
  type Peering,
  type Read,
  sendMessage,
} from '../federation/federation.ts';
import { departuresTo } from './departures.ts';
import { AnswerClaims, claimsTo, type FeedAnswer, type FeedRequest, maxAnswerBytes, messageTypes } from './messages.ts';
import { ProtocolFault } from './protocol.ts';
import { beginAnew, type Standing, standingAt, takeAnswer } from './receiving.ts';

/** Peers that one run reads at once, and answers that it takes from each at most. */
const peersAtOnce = 4;
const answersAtOnce = 50;
const lookEveryMs = 500;
const timeoutMs = 15_000;

/** What reading feeds needs. */
export type PullDeps = { readonly db: Db; readonly peering: Peering; readonly log: Pick<FastifyBaseLogger, 'error'> };

/**
 * Reads the feeds of peers that are due, and of those that become due meanwhile, so that one that is long or does not
 * answer holds up no other. Answers whether there was any.
 */
export async function pullPeers(deps: PullDeps, signal: AbortSignal): Promise<boolean> {
  const reading = new Set<Promise<void>>();
  const failures: unknown[] = [];
  let any = false;
  do {
    const free = signal.aborted || failures.length > 0 ? 0 : peersAtOnce - reading.size;
    for (const peer of free > 0 ? await claimDuePeers(deps.db, free) : []) {
      any = true;
      const read: Promise<void> = readPeer(deps, peer, signal)
        .catch((error: unknown) => {
          failures.push(error);
        })
        .finally(() => reading.delete(read));
      reading.add(read);
    }
    if (reading.size > 0) await Promise.race([...reading, wait(lookEveryMs, undefined, { ref: false })]);
  } while (reading.size > 0);
  if (failures.length > 0) throw failures[0];
  return any;
}

async function readPeer(deps: PullDeps, peer: Giver, signal: AbortSignal): Promise<void> {
  await noteRead(deps.db, peer.id, await pull(deps, peer, signal));
}

/** Feeds that are due to be read. */
export const countDuePulls = (db: Db): Promise<Backlog> => countDue(db, duePeers);

/** Reads the feed of a peer as far as there is anything, within bounds. What fails is a code, never what the peer said. */
async function pull(deps: PullDeps, peer: Giver, signal: AbortSignal): Promise<Read> {
  try {
    for (let count = 0; count < answersAtOnce && !signal.aborted; count++) {
      const standing = await standingAt(deps.db, peer.id);
      const answer = await ask(deps.peering, peer, standing, signal);
      const { lag, digestEqual, came } = await takeAnswer(deps.db, peer, answer, {
        asked: standing,
        departures: await departuresTo(deps.db, deps.peering, peer, answer),
      });
      if (lag !== 0) {
        await goOnReading(deps.db, peer.id);
        continue;
      }
      if (came !== false) return { lag, digestEqual };
      // What differs although nothing is left to be read is taken anew as a whole.
      await beginAnew(deps.db, peer.id);
      return { failure: 'digest_differs' };
    }
    return { lag: 1, digestEqual: null };
  } catch (error) {
    // A baseline is read over some time and may have missed what something in it refers to; then another is taken.
    if (error instanceof ProtocolFault || sqlState(error) === '23503') await beginAnew(deps.db, peer.id);
    return { failure: failureCode(error, deps) };
  }
}

function failureCode(error: unknown, { log }: PullDeps): string {
  if (error instanceof PeerFailure || error instanceof OutboundFailure) return error.reason;
  if (error instanceof RefusedAnswer || error instanceof ProtocolFault) return error.code;
  log.error({ err: error }, 'a feed could not be taken over');
  return 'fault';
}

class RefusedAnswer extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

/** Asks a peer for what follows. Throws PeerFailure, OutboundFailure and RefusedAnswer. */
async function ask(peering: Peering, peer: Giver, standing: Standing, signal: AbortSignal): Promise<FeedAnswer> {
  const { feedUri } = await peering.keys.describe(peer.baseUrl);
  const request: FeedRequest = { ...claimsTo(peering, peer), ...standing };
  const { status, headers, body } = await sendMessage(peering, {
    ...{ url: feedUri, typ: messageTypes.request, payload: JSON.stringify(request), accept: messageType },
    ...{ timeoutMs, signal, bodyCharacters: maxAnswerBytes },
  });
  if (status >= 300 && status < 400) throw new RefusedAnswer('redirected');
  if (status !== 200) throw new RefusedAnswer(`status_${status}`);
  if (headers['content-type'] !== messageType) throw new RefusedAnswer('malformed');
  const { payload } = await peering.keys.verify(peer.baseUrl, body, {
    ...{ typ: messageTypes.answer, audience: peering.baseUrl, maxBytes: maxAnswerBytes },
  });
  const read = AnswerClaims.safeParse(payload);
  // A text that the database cannot hold would stop the feed at this place for good.
  if (!read.success || !hasOnlyText(payload)) throw new RefusedAnswer('malformed');
  // An answer to another request may be an old one.
  if (read.data.jti !== request.jti || read.data.peering !== peer.id) throw new RefusedAnswer('other_request');
  return read.data;
}

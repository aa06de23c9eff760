import { and, eq, inArray, type SQL, sql } from 'drizzle-orm';
import { type Backlog, countDue } from '../../platform/backlog.ts';
import type { Db } from '../../platform/db.ts';
import { OutboundFailure } from '../../platform/outbound.ts';
import { nextTellSeconds, PeerFailure, sendSigned } from '../federation/federation.ts';
import { takeMoveAnswer } from './completing.ts';
import { sideOf, type Word, wordOf } from './rules.ts';
import { type MoveDeps, type MoveRow, otherNode } from './standing.ts';
import { organisationMoves } from './tables.ts';

/** How long a move is kept by whoever tells of it, in seconds: more than an attempt takes. */
const leaseSeconds = 60;
const timeoutMs = 15_000;
const batchSize = 8;
const maxAnswerCharacters = 1_000_000;

const { id, state, expiresAt, nextTellAt, version } = organisationMoves;

/** What is to be told now. An offer that ran out is told no more. */
const due = sql`${nextTellAt} <= now() and not (${state} = 'offered' and ${expiresAt} <= now())`;

async function claim(db: Db, condition: SQL): Promise<MoveRow[]> {
  const rows = db
    .select({ id })
    .from(organisationMoves)
    .where(and(due, condition))
    .orderBy(nextTellAt)
    .limit(batchSize)
    .for('update', { skipLocked: true });
  const claimed = await db
    .update(organisationMoves)
    .set({ nextTellAt: sql`now() + make_interval(secs => ${leaseSeconds})` })
    .where(inArray(id, rows))
    .returning();
  return claimed as MoveRow[];
}

/** Tells other nodes what this one says of moves, and hears what they answer. Answers whether there was anything. */
export async function tellMoves(db: Db, deps: MoveDeps): Promise<boolean> {
  const claimed = await claim(db, sql`true`);
  await Promise.all(claimed.map((row) => tell(db, deps, row)));
  return claimed.length > 0;
}

/** Tells the other node of one move, as far as that goes now; the rest is left to the loop. */
export async function tellNow(db: Db, deps: MoveDeps, moveId: string): Promise<void> {
  for (const row of await claim(db, sql`${id} = ${moveId}::uuid`)) await tell(db, deps, row);
}

/** What is due to be told. */
export const countUntoldMoves = (db: Db): Promise<Backlog> =>
  countDue(db, sql`select ${nextTellAt} as since from ${organisationMoves} where ${due}`);

async function tell(db: Db, deps: MoveDeps, row: MoveRow): Promise<void> {
  const error = await failureOf(db, deps, row);
  const tries = row.tries + 1;
  const seconds = nextTellSeconds(row.tries, Math.random());
  const change =
    error === undefined
      ? { nextTellAt: null, tries, lastError: null }
      : { nextTellAt: new Date(Date.now() + seconds * 1000), tries, lastError: error };
  // What changed meanwhile has something else to tell, or nothing.
  await db
    .update(organisationMoves)
    .set(change)
    .where(and(eq(id, row.id), eq(version, row.version)));
}

/** A code of why the other did not take what it was told, or why its answer cannot be taken; undefined where all is done. */
async function failureOf(db: Db, deps: MoveDeps, row: MoveRow): Promise<string | undefined> {
  const word = wordOf(sideOf(row.offeredBy), row.state);
  const jws = word && row[word];
  if (!word || !jws) return undefined;
  try {
    return await say(db, deps, row, { word, jws });
  } catch (error) {
    if (error instanceof PeerFailure || error instanceof OutboundFailure) return error.reason;
    throw error;
  }
}

async function say(
  db: Db,
  deps: MoveDeps,
  row: MoveRow,
  { word, jws }: { readonly word: Word; readonly jws: string },
): Promise<string | undefined> {
  const { movesUri } = await deps.peering.keys.describe(otherNode(row));
  if (movesUri === undefined) return 'no_moves';
  const asks = word === 'acceptance';
  const { status, body } = await sendSigned(deps.peering, {
    url: word === 'offer' ? movesUri : `${movesUri}/${row.id}/decisions`,
    ...{ jws, timeoutMs, bodyCharacters: maxAnswerCharacters },
    accept: asks ? 'application/json' : 'application/problem+json',
  });
  const refused = refusalOf(word, status);
  return refused === undefined && asks ? takeMoveAnswer(db, deps, row, body) : refused;
}

function refusalOf(word: Word, status: number): string | undefined {
  if (status >= 200 && status < 300) return undefined;
  // What the other never heard of needs no end there.
  if (word === 'closing' && status === 404) return undefined;
  return status < 400 ? 'redirected' : `status_${status}`;
}

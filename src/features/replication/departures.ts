import { and, eq, inArray, sql } from 'drizzle-orm';
import type { Db } from '../../platform/db.ts';
import { readCompact } from '../access/access.ts';
import { type Giver, livePeer, MoveClaims, PeerFailure, type Peering, verifyMove } from '../federation/federation.ts';
import type { Departures } from '../organisations/organisations.ts';
import { organisations } from '../organisations/tables.ts';
import type { FeedAnswer } from './messages.ts';
import { replicas } from './tables.ts';

/** An organisation with what its homes signed when they let it go, as a peer gives it. */
type Moved = { readonly id: string; readonly moves: readonly string[] };

/** So many organisations in quarantine are looked at in one reading. */
const lookedAt = 100;

/**
 * The organisations that a giver has by the word of the home under which this node knows them, among those that it gives
 * now and those that wait in quarantine: so that they can be taken over from it. That word is verified with the keys of that
 * home, while it is a live peer; what cannot be verified now is not among them, and is looked at again.
 */
export async function departuresTo(db: Db, peering: Peering, giver: Giver, answer: FeedAnswer): Promise<Departures> {
  const moved = new Map([...(await waiting(db, giver)), ...given(answer)].map((one) => [one.id, one]));
  if (moved.size === 0) return new Map();
  const known = await db
    .select({ id: organisations.id, home: organisations.home, moves: sql<number>`cardinality(${organisations.moves})` })
    .from(organisations)
    .where(inArray(organisations.id, [...moved.keys()]));
  const standings = new Map(known.map((row) => [row.id, row]));
  const departures = new Map<string, { readonly home: string; readonly moves: number } | null>();
  for (const { id, moves } of moved.values()) {
    const { home, moves: count } = standings.get(id) ?? { home: undefined, moves: moves.length - 1 };
    if (home === null || home === giver.baseUrl) continue;
    const path = { id, from: home, to: giver.baseUrl, count };
    if (await isPath(db, peering, path, moves)) departures.set(id, home === undefined ? null : { home, moves: count });
  }
  return departures;
}

const isMoved = (content: object | undefined): content is Moved => {
  const { id, moves } = (content ?? {}) as Partial<Moved>;
  return typeof id === 'string' && Array.isArray(moves) && moves.every((one) => typeof one === 'string');
};

const given = ({ page, baseline }: FeedAnswer): Moved[] =>
  [...(page?.entries ?? []), ...(baseline?.things ?? [])].map(({ content }) => content).filter(isMoved);

/** What the giver gave before, and was refused since another was its home. */
async function waiting(db: Db, { id }: Giver): Promise<Moved[]> {
  const rows = await db
    .select({ content: replicas.content })
    .from(replicas)
    .where(and(eq(replicas.peerId, id), eq(replicas.fault, 'homed_elsewhere'), sql`${replicas.content} ? 'moves'`))
    .orderBy(replicas.receivedAt, replicas.objectId)
    .limit(lookedAt);
  return rows.map(({ content }) => content).filter(isMoved);
}

type Path = {
  readonly id: string;
  /** The home under which it is known here; undefined where it is not known any more. */
  readonly from: string | undefined;
  readonly to: string;
  /** How many of its moves are known here. */
  readonly count: number;
};

/** Whether the moves that are new here lead from one home to the other, each by the word of the one that it left. */
async function isPath(
  db: Db,
  peering: Peering,
  { id, from, to, count }: Path,
  moves: readonly string[],
): Promise<boolean> {
  if (moves.length <= count) return false;
  let home = from;
  for (const [at, jws] of moves.entries()) {
    if (at < count) continue;
    const claims = MoveClaims.safeParse(readCompact(jws)?.payload).data;
    if (claims === undefined || claims.organisationId !== id || claims.number !== at + 1) return false;
    if (home !== undefined && claims.iss !== home) return false;
    if (!(await isSigned(db, peering, jws, claims))) return false;
    home = claims.aud;
  }
  return home === to;
}

/** Whether a live peer signed this. */
async function isSigned(
  db: Db,
  peering: Peering,
  jws: string,
  { iss: from, aud: to }: { readonly iss: string; readonly aud: string },
): Promise<boolean> {
  if ((await livePeer(db, from, new Date())) === undefined) return false;
  try {
    await verifyMove(peering, jws, { from, to });
    return true;
  } catch (error) {
    if (error instanceof PeerFailure) return false;
    throw error;
  }
}

import type { z } from 'zod';
import type { Db } from '../../platform/db.ts';
import type { NewEvent } from '../events/events.ts';
import type { Giver } from '../federation/federation.ts';
import type { Departures } from '../organisations/organisations.ts';
import type { Touched } from './touched.ts';

/** A thing of a collection, as it is given to peers. */
export type Content = { readonly id: string };

/** A peer as far as it decides what it may have: its base URL, and the alliances in which its organisations take part. */
export type Audience = { readonly baseUrl: string; readonly alliances: readonly string[] };

/** What peers are told to remove as a whole. */
export type RemovedSubject = 'alliance' | 'knowledge_item';

/** Identifiers of things that were stored, or removed, in one transaction. */
export type Changed = { readonly stored: readonly string[]; readonly removed: readonly string[] };

/** What is replicated of one kind: how it is given to a peer, and how it is taken over from its home. */
export type Collection = {
  readonly name: string;
  /** The name by which a peering shares it. */
  readonly share: string;
  /** What a removal is told to be of, to those who may know of it: a thing with all that goes with it. */
  readonly removalOf?: RemovedSubject | undefined;
  /** Identifiers, in parts, of what may be another for a peer after something happened; of all that it may have at first. */
  readonly candidates: (db: Db, peer: Audience, touched: Touched | null) => AsyncIterable<readonly string[]>;
  /** What a peer may have of the things named; what is not among them it may not have. */
  readonly contents: (db: Db, peer: Audience, ids: readonly string[]) => Promise<readonly Content[]>;
  readonly schema: z.ZodType<Content>;
  /** Takes things over, also from another home by its word; answers a code of why it could not, for each that it could not. */
  readonly store: (
    db: Db,
    home: string,
    contents: readonly Content[],
    departures: Departures,
  ) => Promise<ReadonlyMap<string, string>>;
  /** Removes what its home gives no more; answers what there was to remove. */
  readonly remove: (db: Db, home: string, ids: readonly string[]) => Promise<readonly string[]>;
  /** Ties things together that came in another order than they refer to each other. */
  readonly settle?: (db: Db, giver: Giver) => Promise<void>;
  /** What was taken over from a giver and is not here any more. */
  readonly lost: (db: Db, giver: Giver) => Promise<readonly string[]>;
  /** The events of a change, before it removes and after it stored. */
  readonly events: (db: Db, home: string, changed: Changed) => Promise<readonly NewEvent[]>;
};

/** Identifiers in parts. */
export function* inParts(ids: readonly string[], size = 500): Iterable<readonly string[]> {
  for (let at = 0; at < ids.length; at += size) yield ids.slice(at, at + size);
}

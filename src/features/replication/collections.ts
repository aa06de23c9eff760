import { and, eq, isNotNull, isNull, sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { Db } from '../../platform/db.ts';
import type { Giver } from '../federation/federation.ts';
import {
  type Departures,
  linkSuccessors,
  OrganisationReplica,
  organisationsForPeers,
  ownOrganisationIds,
  removeOrganisationReplica,
  storeOrganisationReplicas,
} from '../organisations/organisations.ts';
import { organisations } from '../organisations/tables.ts';
import { replicas } from './tables.ts';

/** A thing of a collection, as it is given to peers. */
export type Content = { readonly id: string };

/** What is replicated of one kind: how it is given to a peer, and how it is taken over from its home. */
export type Collection = {
  readonly name: string;
  /** Subject types of events after which things of this kind may be another for a peer. */
  readonly subjectTypes: readonly string[];
  /** What a peer may have of the things named; what is not among them it may not have. */
  readonly contents: (db: Db, ids: readonly string[]) => Promise<readonly Content[]>;
  /** All that may be given to anybody, after one of them, in order of identifier. */
  readonly ids: (db: Db, after: string | null, limit: number) => Promise<readonly string[]>;
  readonly schema: z.ZodType<Content>;
  /** Takes things over, also from another home by its word; answers a code of why it could not, for each that it could not. */
  readonly store: (
    db: Db,
    home: string,
    contents: readonly Content[],
    departures: Departures,
  ) => Promise<ReadonlyMap<string, string>>;
  /** Removes what its home gives no more; answers whether there was anything to remove. */
  readonly remove: (db: Db, home: string, id: string) => Promise<boolean>;
  /** Ties things together that came in another order than they refer to each other. */
  readonly settle: (db: Db, giver: Giver) => Promise<void>;
  /** What was taken over from a giver and is not here any more. */
  readonly lost: (db: Db, giver: Giver) => Promise<readonly string[]>;
  readonly events: {
    readonly subjectType: string;
    readonly stored: 'organisation.replicated';
    readonly removed: 'organisation.dropped';
  };
};

/** A successor may come after whom it succeeds, in the order of identifiers. */
async function settleSuccessors(db: Db, giver: Giver): Promise<void> {
  const successor = sql<string>`${replicas.content} ->> 'successorId'`;
  const rows = await db
    .select({ id: replicas.objectId, successor })
    .from(replicas)
    .where(
      and(
        eq(replicas.peerId, giver.id),
        eq(replicas.collection, 'organisations'),
        isNull(replicas.fault),
        isNotNull(successor),
      ),
    );
  await linkSuccessors(
    db,
    giver.baseUrl,
    rows.map(({ id, successor }) => [id, successor] as const),
  );
}

async function lostOrganisations(db: Db, giver: Giver): Promise<string[]> {
  const rows = await db.execute<{ id: string }>(sql`
    select r.object_id as id from ${replicas} r
    where r.peer_id = ${giver.id} and r.collection = 'organisations' and r.fault is null and not exists (
      select from ${organisations} o where o.id = r.object_id and o.home = ${giver.baseUrl})`);
  return rows.map(({ id }) => id);
}

/** What can be replicated, in an order in which each refers to those before it. */
export const collections: readonly Collection[] = [
  {
    name: 'organisations',
    subjectTypes: ['organisation', 'merger'],
    contents: organisationsForPeers,
    ids: ownOrganisationIds,
    schema: OrganisationReplica,
    store: (db, home, contents, departures) =>
      storeOrganisationReplicas(db, home, contents as z.output<typeof OrganisationReplica>[], departures),
    remove: removeOrganisationReplica,
    settle: settleSuccessors,
    lost: lostOrganisations,
    events: { subjectType: 'organisation', stored: 'organisation.replicated', removed: 'organisation.dropped' },
  },
];

/** The names of what is replicated, in the order of a baseline. */
export const collectionNames: readonly string[] = collections.map(({ name }) => name);

/** A collection by its name; undefined for one that this node does not know. */
export const collectionNamed = (name: string): Collection | undefined => collections.find((one) => one.name === name);

import { and, eq, isNotNull, isNull, type SQL, sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { Db } from '../../platform/db.ts';
import { alliances, memberships, sponsorships } from '../alliances/tables.ts';
import type { NewEvent } from '../events/events.ts';
import type { Giver } from '../federation/federation.ts';
import { knowledgeAdoptions, knowledgeContributions, knowledgeItems } from '../knowledge/tables.ts';
import {
  linkSuccessors,
  OrganisationReference,
  OrganisationReplica,
  organisationsForPeers,
  ownOrganisationIds,
  removeOrganisationReplica,
  storeOrganisationReferences,
  storeOrganisationReplicas,
} from '../organisations/organisations.ts';
import { organisations } from '../organisations/tables.ts';
import { isOfferedToPeer, isOpenOfferTo, itemsOfAlliances } from '../policy/peer-sight.ts';
import { unrestricted } from '../policy/policy.ts';
import { type Audience, type Changed, type Collection, inParts } from './collection.ts';
import { replicas } from './tables.ts';
import { type Touched, uuids } from './touched.ts';

const chunkSize = 500;

async function* ownOrganisations(db: Db, _peer: Audience, touched: Touched | null) {
  if (touched !== null) {
    yield* inParts([...touched.organisations].sort());
    return;
  }
  for (let after: string | null = null; ; ) {
    const ids: readonly string[] = await ownOrganisationIds(db, after, chunkSize);
    if (ids.length > 0) yield ids;
    if (ids.length < chunkSize) return;
    after = ids.at(-1) ?? null;
  }
}

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

/** Organisations of a collection that are not here as they should be. */
async function lostOf(db: Db, giver: Giver, collection: string, isHere: SQL): Promise<string[]> {
  const rows = await db.execute<{ id: string }>(sql`
    select r.object_id as id from ${replicas} r
    where r.peer_id = ${giver.id} and r.collection = ${collection} and r.fault is null and not exists (
      select from ${organisations} o where o.id = r.object_id and ${isHere})`);
  return rows.map(({ id }) => id);
}

async function removeEach(
  ids: readonly string[],
  remove: (id: string) => Promise<boolean>,
): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const id of ids) if (await remove(id)) removed.push(id);
  return removed;
}

const eventOf = (type: 'organisation.replicated' | 'organisation.dropped', id: string): NewEvent => ({
  ...{ type, subjectType: 'organisation', subjectId: id, organisationIds: [id] },
});

const organisationEvents = async (_db: Db, _home: string, { stored, removed }: Changed): Promise<NewEvent[]> => [
  ...stored.map((id) => eventOf('organisation.replicated', id)),
  ...removed.map((id) => eventOf('organisation.dropped', id)),
];

/** The register of those that are homed at a node. */
export const organisationCollection: Collection = {
  name: 'organisations',
  share: 'organisations',
  candidates: ownOrganisations,
  contents: (db, _peer, ids) => organisationsForPeers(db, ids),
  schema: OrganisationReplica,
  store: (db, home, contents, departures) =>
    storeOrganisationReplicas(db, home, contents as z.output<typeof OrganisationReplica>[], departures),
  remove: (db, home, ids) => removeEach(ids, (id) => removeOrganisationReplica(db, home, id)),
  settle: settleSuccessors,
  lost: (db, giver) => lostOf(db, giver, 'organisations', sql`o.home = ${giver.baseUrl}`),
  events: organisationEvents,
};

/** Organisations of third nodes that take part in the alliances of a peer, or in what is done with their items. */
const partakers = ({ baseUrl, alliances: names }: Audience): SQL => {
  const given = uuids(names);
  const items = itemsOfAlliances(given);
  return sql`(select m.organisation_id from ${memberships} m where m.alliance_id in ${given}
    union select s.organisation_id from ${sponsorships} s where s.alliance_id in ${given}
    union select k.organisation_id from ${knowledgeItems} k where k.id in (${items})
    union select c.organisation_id from ${knowledgeContributions} c where c.item_id in (${items})
    union select a.organisation_id from ${knowledgeAdoptions} a where a.item_id in (${items})
    union select ${memberships.offeredByOrganisationId} from ${memberships} where ${isOpenOfferTo(baseUrl)}
    union select ${alliances.createdByOrganisationId} from ${alliances} where ${alliances.id} in ${given}
      or (${alliances.visibility} <> 'closed' and ${isOfferedToPeer(baseUrl, alliances.id)}))`;
};

const isOfThird = ({ baseUrl }: Audience) => sql`o.home is not null and o.home <> ${baseUrl}`;

async function* thirdOrganisations(db: Db, peer: Audience, touched: Touched | null) {
  // Where an alliance or an item comes or goes, so may whoever has to do with it, also who is named by no event.
  if (touched !== null && touched.alliances.length + touched.items.length === 0) {
    yield* inParts([...touched.organisations].sort());
    return;
  }
  const rows = await db.execute<{ id: string }>(sql`select o.id from ${organisations} o
    where ${unrestricted('node')} and ${isOfThird(peer)} order by o.id`);
  yield* inParts(rows.map(({ id }) => id));
}

async function referencesFor(db: Db, peer: Audience, ids: readonly string[]) {
  return db.execute<z.output<typeof OrganisationReference>>(sql`
    select o.id, o.kind, o.name, o.region, o.home from ${organisations} o
    where ${unrestricted('node')} and o.id in ${uuids(ids)} and ${isOfThird(peer)} and o.id in ${partakers(peer)}
    order by o.id`);
}

const isGivenByHome = sql`exists (select from ${replicas} r where r.object_id = ${organisations.id}
  and r.collection = 'organisations' and r.fault is null)`;

/** Nobody else gives it: then nothing here holds it but what refers to it. */
async function removeReference(db: Db, id: string): Promise<boolean> {
  const [row] = await db.execute<{ home: string }>(sql`select o.home from ${organisations} o where o.id = ${id}::uuid
    and o.home is not null and not exists (select from ${replicas} r where r.object_id = o.id and r.fault is null
      and r.collection in ('organisations', 'organisation-references'))`);
  return row !== undefined && (await removeOrganisationReplica(db, row.home, id));
}

/** Organisations of third nodes, by their names alone: those with whom a peer's take part in an alliance. */
export const referenceCollection: Collection = {
  name: 'organisation-references',
  share: 'alliances',
  candidates: thirdOrganisations,
  contents: referencesFor,
  schema: OrganisationReference,
  store: async (db, home, contents) => {
    const given = contents as z.output<typeof OrganisationReference>[];
    // Its own it gives in whole.
    const own = given.filter((one) => one.home === home);
    const third = given.filter((one) => one.home !== home);
    await storeOrganisationReferences(db, third, isGivenByHome);
    return new Map(own.map(({ id }) => [id, 'homed_elsewhere']));
  },
  remove: (db, _home, ids) => removeEach(ids, (id) => removeReference(db, id)),
  lost: (db, giver) => lostOf(db, giver, 'organisation-references', sql`true`),
  events: organisationEvents,
};

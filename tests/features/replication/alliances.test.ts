import { sql } from 'drizzle-orm';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import t, { type Test } from 'tap';
import type { Place } from '../../../src/commands/demo-data.ts';
import { as, id } from '../../../src/commands/demo-parties.ts';
import { createAlliance, getAlliance, listMemberships } from '../../../src/features/alliances/alliances.ts';
import { decideMembership, endMembership, offerMembership } from '../../../src/features/alliances/membership-offers.ts';
import { NewAlliance } from '../../../src/features/alliances/schemas.ts';
import { exportedResources } from '../../../src/features/exports/resources.ts';
import { createCommitment, decideOnCommitment } from '../../../src/features/initiatives/commitment-offers.ts';
import { NewCommitment } from '../../../src/features/initiatives/commitment-schemas.ts';
import { confirmCommitment, fulfilCommitment } from '../../../src/features/initiatives/deeds.ts';
import { changeInitiative, createInitiative } from '../../../src/features/initiatives/initiatives.ts';
import { NewInitiative } from '../../../src/features/initiatives/schemas.ts';
import { createKnowledgeItem } from '../../../src/features/knowledge/items.ts';
import { NewKnowledgeItem } from '../../../src/features/knowledge/schemas.ts';
import { endKnowledgeShare, shareKnowledgeItem } from '../../../src/features/knowledge/shares.ts';
import { visibleEvents } from '../../../src/features/policy/event-sight.ts';
import { collectionNamed } from '../../../src/features/replication/collections.ts';
import { listReplicaRemovals } from '../../../src/features/replication/removals.ts';
import type { Context } from '../../../src/platform/caller.ts';
import { today } from '../../../src/platform/days.ts';
import type { Db } from '../../../src/platform/db.ts';
import { namedId, newId } from '../../../src/platform/id.ts';
import { places, word } from '../../helpers/canary.ts';
import { type TestDatabase, testDatabase } from '../../helpers/db.ts';
import { fillDemo } from '../../helpers/demo.ts';
import { peered, type ReplicatingNode, startReplicating } from './nodes.ts';

const given = { shares: ['organisations', 'alliances'], receives: ['organisations'] };

/** Lets an organisation of one node be homed at another, as if it had been registered there. */
async function lend(from: ReplicatingNode, to: ReplicatingNode, organisationId: string): Promise<void> {
  const [row] = await from.owner`select * from organisations where id = ${organisationId}`;
  const record = { ...row, home: null, source: null, source_key: null, successor_id: null };
  await to.owner`insert into organisations ${to.owner(record)}`;
  await from.owner`update organisations set home = ${to.baseUrl}, source = null, source_key = null
    where id = ${organisationId}`;
}

/** Node A with the demo network, of which these are homed at node B. */
async function twoNodes(t: Test, places: readonly Place[], prepare = async (_a: ReplicatingNode) => {}) {
  const a = await startReplicating(t, 'A', { demo: true });
  const b = await startReplicating(t, 'B');
  await a.owner`delete from peer_messages`;
  for (const place of places) await lend(a, b, id(place));
  await prepare(a);
  const peer = await peered(t, a, b, given);
  await a.pull();
  await b.pull();
  return { a, b, peer };
}

type Row = Readonly<Record<string, unknown>>;
const ofHome = new Set(['home', 'source', 'sourceKey', 'offerId', 'shareCount']);
// What is for two parties is counted for all at home, and not given to anybody else.
for (const count of ['openCount', 'contestedCount', 'brokenCount', 'releasedCount', 'lateCount', 'movedCount'])
  ofHome.add(count);
/** A row without what is of a node alone. */
const plain = (row: Row): string =>
  JSON.stringify(row, (key, value) =>
    ofHome.has(key) ? undefined : value instanceof Date ? value.toISOString() : value,
  );

const lists = Object.entries(exportedResources).filter(
  ([name]) => !/^(organisation|mergers|professional|affiliations|erasures|harvests|handovers|session)/.test(name),
);

/** All that an organisation reads in the lists of a node: rows by list. */
async function readAll(db: Db, context: Context): Promise<Map<string, string[]>> {
  const read = new Map<string, string[]>();
  for (const [name, { rows }] of lists) {
    const found: string[] = [];
    for await (const row of rows({ db, context })) found.push(plain(row as Row));
    read.set(name, found.sort());
  }
  return read;
}

/** Rows that are read at a node and not as they are read at the home. */
async function differences(a: ReplicatingNode, b: ReplicatingNode, place: Place): Promise<string[]> {
  const [home, replica] = [await readAll(a.db, as(place)), await readAll(b.db, as(place))];
  return [...replica].flatMap(([name, rows]) => {
    const known = new Set(home.get(name));
    return rows.filter((row) => !known.has(row)).map((row) => `${name} ${row.slice(0, 1500)}`);
  });
}

const countsOf = async ({ owner }: ReplicatingNode) =>
  Object.fromEntries(
    (await owner`select collection, count(*)::int from replicas group by 1`).map((row) => [row.collection, row.count]),
  ) as Record<string, number>;

/** Whether what a peer was told step by step is what it would be told if all were looked at anew. */
async function isWholly(t: Test, a: ReplicatingNode, b: ReplicatingNode, peer: string, step: string) {
  await b.pull();
  const shown = await b.peer(peer);
  t.match(shown.health, { digestEqual: true, lag: 0, lastError: null }, step);
  const [before] = await a.owner`select head_seq from peer_chains where peer_id = ${peer}`;
  await a.owner`update peer_chains set position = -1 where peer_id = ${peer}`;
  await b.pull();
  const [after] = await a.owner`select head_seq from peer_chains where peer_id = ${peer}`;
  const missed = await a.owner`select collection, content_hash is null as removed from peer_entries
    where peer_id = ${peer} and seq > ${before?.head_seq}`;
  t.same([...missed], [], `${step}: nothing was missed (${after?.head_seq})`);
  t.same(await differences(a, b, 'lindeveen'), [], `${step}: it is read as at home`);
}

t.test('what is done in an alliance is read at the nodes of those who take part', async (t) => {
  const { a, b, peer } = await twoNodes(t, ['lindeveen']);
  t.same([...(await b.owner`select collection, fault from replicas where fault is not null`)], []);
  const counts = await countsOf(b);
  for (const [name] of lists.filter(([name]) => !/sponsorships|date-offers/.test(name)))
    t.ok((counts[name] ?? 0) > 0, `${name}: ${counts[name]}`);
  t.same(await differences(a, b, 'lindeveen'), []);
  await isWholly(t, a, b, peer, 'at first');

  const allianceId = namedId('alliance academie');
  const initiativeId = namedId('initiative één plan');
  const db = a.db;
  const begun = await createInitiative(
    db,
    as('academie'),
    NewInitiative.parse({ allianceId, title: 'Samen meten', themes: ['jeugd'] }),
  );
  await isWholly(t, a, b, peer, 'an initiative was begun');
  await changeInitiative(db, as('academie'), begun.body.id, 1, { title: 'Samen tellen' });
  await isWholly(t, a, b, peer, 'it was changed');
  const promise = async (from: Place, to: Place, title: string) => {
    const input = { allianceId, initiativeId, title, dueOn: '2099-01-01' };
    const asked = NewCommitment.parse({ ...input, promiserOrganisationId: id(from) });
    return (await createCommitment(db, as(to), asked)).body.id;
  };
  const theirs = await promise('academie', 'jeugdhulp', 'Onder ons');
  await isWholly(t, a, b, peer, 'others made an offer');
  t.equal((await b.owner`select from commitments where id = ${theirs}`).length, 0, 'of which nobody else learns');
  await decideOnCommitment(db, as('academie'), theirs, { decision: 'accepted' });
  await isWholly(t, a, b, peer, 'it was agreed');
  t.equal((await b.owner`select from commitments where id = ${theirs}`).length, 1);
  await fulfilCommitment(db, as('academie'), theirs, { evidence: [] });
  await confirmCommitment(db, as('jeugdhulp'), theirs, { outcome: 'disputed', reason: 'Canarie twist' });
  await isWholly(t, a, b, peer, 'it was disputed');
  t.equal((await b.owner`select from commitments where id = ${theirs}`).length, 0, 'which is for the two');

  const written = NewKnowledgeItem.parse({
    ...{ type: 'lesson', licence: 'CC-BY-4.0', visibility: 'alliances', publish: true, title: 'Canarie les' },
  });
  const item = (await createKnowledgeItem(db, as('jeugdhulp'), written)).body.id;
  await isWholly(t, a, b, peer, 'an item was written');
  t.equal((await b.owner`select from knowledge_items where id = ${item}`).length, 0, 'and shared with nobody');
  const share = (await shareKnowledgeItem(db, as('jeugdhulp'), item, { allianceId })).body.id;
  await isWholly(t, a, b, peer, 'it was shared');
  t.equal((await b.owner`select from knowledge_items where id = ${item}`).length, 1);
  await endKnowledgeShare(db, as('jeugdhulp'), { itemId: item, shareId: share });
  await isWholly(t, a, b, peer, 'the share ended');
  t.equal((await b.owner`select from knowledge_items where id = ${item}`).length, 0);
  t.equal(
    (await b.owner`select from replicas where content::text like '%Canarie%'`).length,
    0,
    'and nothing of it is left',
  );

  await t.test('a statistic counts what is kept here and what is kept elsewhere, each once', async (t) => {
    type Ties = { items: { first: { id: string }; second: { id: string }; weight: number }[] };
    const path = `/statistics/ties?relation=membership&tiedOrganisationId=${id('lindeveen')}&limit=200`;
    const tiesAt = async (node: ReplicatingNode): Promise<Map<string, number>> => {
      const { items } = (await node.ask('GET', path)).json<Ties>();
      return new Map(items.map(({ first, second, weight }) => [`${first.id} ${second.id}`, weight]));
    };
    const before = await tiesAt(b);
    t.ok(before.size > 3, `${before.size} ties`);
    t.same([...before], [...(await tiesAt(a))], 'at the node of a member as at home');
    const founded = { kind: 'network', name: 'Eigen', visibility: 'public', startsOn: '2020-01-01' } as const;
    const own = (await createAlliance(b.db, as('lindeveen'), NewAlliance.parse(founded))).body.id;
    const [member] = await b.owner`select * from memberships where alliance_id = ${own}`;
    const other = { ...member, id: newId(), organisation_id: id('waterrade') };
    await b.owner`insert into memberships ${b.owner(other)}`;
    const more = await tiesAt(b);
    const changed = [...more].filter(([pair, weight]) => before.get(pair) !== weight);
    t.equal(more.size, before.size, 'who shares an alliance here and another there is one pair');
    t.match(changed, [[/./, 5]], 'whose alliances are counted together');
  });
});

const closedSpace = namedId('alliance vrijplaats werkdruk');
const academy = namedId('alliance academie');
const work = namedId('initiative één plan');

t.test(
  'an invitation, a part and its end are what nodes are given of an alliance, and of a closed one nothing else',
  async (t) => {
    const { a, b, peer } = await twoNodes(t, ['brinkdal'], async ({ owner }) => {
      await owner`update memberships set ends_on = current_date
        where organisation_id = ${id('brinkdal')} and ends_on is null`;
    });
    const c = await startReplicating(t, 'C');
    await lend(a, c, id('jeugdhulp'));
    await peered(t, a, c, given);
    await a.pull();
    await b.pull();
    await c.pull();
    const collections = async ({ owner }: ReplicatingNode) =>
      (await owner`select distinct collection from replicas order by 1`).map(({ collection }) => collection);
    t.same(await collections(b), ['organisations'], 'nobody of B takes part in anything now');
    t.equal(
      (await c.owner`select from alliances where id = ${closedSpace}`).length,
      1,
      'whoever takes part has the space',
    );
    const spaces = await a.owner`select name from alliances where visibility = 'closed'`;
    const told = JSON.stringify(await a.owner`select content from peer_ledger where peer_id = ${peer}`);
    for (const { name } of spaces) t.notOk(told.includes(name as string), 'no other node has its name');

    const offer = { role: 'member', expiresInDays: 30, organisationId: id('brinkdal') } as const;
    const invited = (await offerMembership(a.db, as('academie'), academy, offer)).body.id;
    const invitedToSpace = (await offerMembership(a.db, as('academie'), closedSpace, offer)).body.id;
    await b.pull();
    t.same(await collections(b), ['alliances', 'memberships', 'organisations']);
    const seen = (await listMemberships(b.db, as('brinkdal').caller, { limit: 50 })).items;
    t.same(
      seen.map(({ id, state, alliance }) => [id, state, alliance.name]).sort(),
      [
        [invited, 'offered', 'Academie Samen Doen'],
        [invitedToSpace, 'offered', 'Vrijplaats Werkdruk'],
      ].sort(),
    );
    await t.rejects(getAlliance(b.db, as('brinkdal').caller, closedSpace), { code: 'not_found' });
    t.equal((await b.owner`select purpose from alliances where id = ${closedSpace}`)[0]?.purpose, null);

    await decideMembership(a.db, as('brinkdal'), invitedToSpace, { decision: 'declined' });
    await decideMembership(a.db, as('brinkdal'), invited, { decision: 'accepted' });
    await b.pull();
    t.match((await b.peer(peer)).health, { digestEqual: true });
    t.equal((await b.owner`select from alliances where id = ${closedSpace}`).length, 0, 'a no ends what was told');
    t.same(await differences(a, b, 'brinkdal'), []);
    const [partner] = await b.owner`select name, home from organisations where id = ${id('jeugdhulp')}`;
    t.equal(partner?.home, c.baseUrl, 'whoever takes part from a third node is known by name and home');

    const names = [word(), word()];
    const registered = await a.ask('POST', '/professionals', { name: names[0], contact: null, role: names[1] });
    type Registered = { id: string; affiliationId: string; personalCode: string };
    const { id: person, affiliationId, personalCode } = registered.json<Registered>();
    const yes = { personalCode, decision: 'accepted' };
    t.equal((await a.ask('PUT', `/affiliations/${affiliationId}/decision`, yes)).status, 200);
    const part = { organisationId: id('academie'), subjectType: 'initiative', subjectId: work, role: names[1] };
    t.equal((await a.ask('POST', `/professionals/${person}/contributions`, part)).status, 201);
    await b.pull();
    await c.pull();
    t.same(await places(a.owner, names), [
      'affiliations.role',
      'professional_contributions.role',
      'professionals.name',
    ]);
    for (const node of [b, c]) t.same(await places(node.owner, names), [], 'a person is given to no other node');
    t.equal((await a.ask('POST', `/professionals/${person}/erasures`, { ground: 'objection' })).status, 201);
    await b.pull();
    await c.pull();
    for (const node of [a, b, c]) t.same(await places(node.owner, names), [], 'and once erased is nowhere');

    await endMembership(a.db, as('brinkdal'), invited, { endsOn: today(), reason: 'Het is goed zo.' });
    await b.pull();
    t.match((await b.peer(peer)).health, { digestEqual: true });
    t.same(await collections(b), ['organisations'], 'nothing is left of the alliance');
    for (const table of [
      'alliances',
      'memberships',
      'knowledge_items',
      'initiatives',
      'commitments',
      'commitment_steps',
    ])
      t.equal((await b.owner`select from ${b.owner(table)}`).length, 0, table);
    t.equal((await b.owner`select from organisations where id = ${id('jeugdhulp')}`).length, 0);
    await b.pull();
    type Removals = {
      items: { subject: object; node: { baseUrl: string }; confirmedAt: string | null; receipt: string | null }[];
    };
    // The demo network has another peer that was told to remove it.
    const removed = (await a.ask('GET', `/replica-removals?subjectId=${academy}`))
      .json<Removals>()
      .items.filter(({ node }) => node.baseUrl === b.baseUrl);
    t.equal(removed.length, 1);
    t.match(removed, [{ subject: { type: 'alliance', id: academy }, node: { baseUrl: b.baseUrl, name: 'B' } }]);
    const keys = createRemoteJWKSet(new URL(`${b.baseUrl}/.well-known/jwks.json`));
    const { payload, protectedHeader } = await jwtVerify(removed[0]?.receipt ?? '', keys, {
      issuer: b.baseUrl,
      audience: a.baseUrl,
    });
    t.equal(protectedHeader.typ, 'feed-request+jwt', 'its node signed that it has removed it');
    const [entry] = await a.owner`select max(seq)::int as seq from peer_entries
    where peer_id = ${peer} and collection = 'alliances' and content_hash is null`;
    t.ok((payload.cursor as { seq: number }).seq >= entry?.seq);
    const space = (await a.ask('GET', `/replica-removals?subjectId=${closedSpace}`)).json<Removals>().items;
    t.equal(space.length, 1, 'the convener of a space learns of it as well');
    t.same((await listReplicaRemovals(a.db, as('lindeveen').caller, { subjectId: closedSpace, limit: 50 })).items, []);
    const events = await listEvents(b, 'brinkdal');
    t.ok(events.includes('membership.dropped'), 'its organisation is told');
    const others = await listEvents(b, 'jeugdhulp');
    t.notOk(others.includes('membership.dropped'), 'and nobody else');
  },
);

/** Types of the events that an organisation may read. */
const listEvents = async ({ db }: ReplicatingNode, place: Place): Promise<string[]> => {
  const seen = visibleEvents({ organisationId: id(place), administrator: false });
  return (await db.execute<{ type: string }>(sql`select type from events where ${seen}`)).map(({ type }) => type);
};

t.test('no node says anything of what is kept at another, nor hangs what it keeps on that', async (t) => {
  const { db, owner } = await testDatabase(t);
  await fillDemo({ db });
  const home = 'https://other.example';
  const foreign = { ...(await contentOf(db, 'alliances', academy)), id: newId() };
  t.same([...(await storeAs(db, home, 'alliances', [foreign]))], []);
  const refused = async (name: string, content: object, fault: string, why: string) => {
    const before = await dumpOf(owner, name);
    const faults = await storeAs(db, home, name, [content]);
    t.same([...faults.values()], [fault], why);
    t.same(await dumpOf(owner, name), before);
  };
  await refused('alliances', await contentOf(db, 'alliances', academy), 'homed_elsewhere', 'an alliance of this node');
  const [membership] = await owner`select id from memberships where alliance_id = ${academy} and state = 'accepted'`;
  const member = await contentOf(db, 'memberships', membership?.id);
  await refused('memberships', { ...member, id: newId() }, 'place_taken', 'a member of it, who is one already');
  await refused(
    'memberships',
    { ...member, id: newId(), endsOn: today(), state: 'ended' },
    'homed_elsewhere',
    'or was',
  );
  await refused('memberships', { ...member, allianceId: foreign.id }, 'homed_elsewhere', 'a membership that moves');
  const [promise] = await owner`select id from commitments where initiative_id = ${work} and state = 'confirmed'`;
  const deed = { ...(await contentOf(db, 'commitments', promise?.id)), id: newId() };
  await refused(
    'commitments',
    { ...deed, allianceId: foreign.id },
    'homed_elsewhere',
    'a deed in an initiative of ours',
  );
  await refused('commitments', { ...deed, allianceId: newId() }, 'reference_missing', 'a deed in nothing');
  const [record] = await owner`select id from ownership_records where subject_id = ${academy}`;
  const owned = await contentOf(db, 'ownership-records', record?.id);
  await refused('ownership-records', owned, 'homed_elsewhere', 'an owner of ours');
  const hearsay = { id: newId(), kind: 'other', name: 'Van horen zeggen', region: null, home: 'https://third.example' };
  const homeOf = async (one: string) => (await owner`select home from organisations where id = ${one}`)[0]?.home;
  t.same([...(await storeAs(db, home, 'organisation-references', [hearsay]))], []);
  await storeAs(db, home, 'organisation-references', [{ ...hearsay, home: 'https://fourth.example' }]);
  t.equal(await homeOf(hearsay.id), hearsay.home, 'where an organisation is homed is not learned from others');
  const claimed = await storeAs(db, home, 'organisation-references', [{ ...hearsay, id: newId(), home }]);
  t.same([...claimed.values()], ['homed_elsewhere'], 'nor what the giver keeps itself');
  await storeAs(db, home, 'organisation-references', [{ ...hearsay, id: id('lindeveen') }]);
  t.equal(await homeOf(id('lindeveen')), null, 'one of ours does not, whoever says so');
  await owner`insert into webhooks select (jsonb_populate_record(w, ${JSON.stringify({ id: newId(), alliance_id: foreign.id })}::text::jsonb)).*
    from webhooks w limit 1`;
  t.same(await collectionNamed('alliances')?.remove(db, home, [foreign.id]), [foreign.id]);
  const [left] = await owner`select name, visibility, purpose from alliances where id = ${foreign.id}`;
  t.match(left, { visibility: 'closed', purpose: null }, 'what something of ours refers to is emptied');
  t.not(left?.name, (foreign as { name?: string }).name);
  const removed = await collectionNamed('charters')?.remove(
    db,
    home,
    (await owner`select id from charters`).map((row) => row.id),
  );
  t.same(removed, [], 'and history of ours is not removed');
});

const audience = { baseUrl: 'https://other.example', alliances: [academy] };

/** A row as this node would give it. */
async function contentOf(db: Db, name: string, rowId: string): Promise<object> {
  const collection = collectionNamed(name);
  const [content] = (await collection?.contents(db, audience, [rowId])) ?? [];
  if (content === undefined) throw new Error(`there is no such row of ${name}`);
  return content;
}

/** Takes over what a node says that it keeps. */
async function storeAs(db: Db, home: string, name: string, contents: readonly object[]) {
  const collection = collectionNamed(name);
  if (collection === undefined) throw new Error(`there is no collection ${name}`);
  return collection.store(
    db,
    home,
    contents.map((content) => collection.schema.parse(content)),
    new Map(),
  );
}

const dumpOf = async (owner: TestDatabase['owner'], name: string) =>
  JSON.stringify(await owner`select * from ${owner(name.replaceAll('-', '_'))} order by 1, 2`);

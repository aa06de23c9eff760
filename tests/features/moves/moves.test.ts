import { compactVerify, createLocalJWKSet, type JSONWebKeySet } from 'jose';
import t, { type Test } from 'tap';
import { changeClient } from '../../../src/features/access/clients.ts';
import { recordMerger } from '../../../src/features/organisations/mergers.ts';
import { readDocument } from '../../helpers/document.ts';
import { send } from '../../helpers/http.ts';
import { administrator, context } from '../../helpers/people.ts';
import { peered } from '../replication/nodes.ts';
import { type MovingNode, partyAt, readFrom, startMoving } from './nodes.ts';

const document = await readDocument();
const kvk = (value: string) => ({ scheme: 'kvk' as const, value });

/** Nodes that share their registers with each other. */
async function network(t: Test, ...names: string[]): Promise<MovingNode[]> {
  const nodes: MovingNode[] = [];
  for (const name of names) nodes.push(await startMoving(t, name));
  for (const [at, node] of nodes.entries()) for (const other of nodes.slice(at + 1)) await peered(t, node, other);
  return nodes;
}

const versionsAt = async (node: MovingNode, id: string) =>
  (await node.ask('GET', `/organisations/${id}/versions`)).json<{ items: { operationId: string }[] }>().items;

const problemOf = (answer: { json<T>(): T }) => answer.json<{ code: string }>().code;

t.test('an organisation moves by the yes of both with all that it has, and works on at its old home', async (t) => {
  const [a, b, c] = (await network(t, 'Noord', 'Zuid', 'Oost')) as [MovingNode, MovingNode, MovingNode];
  const id = await a.register('Zorggroep Maar', kvk('10000001'));
  await a.rename(id, 'Zorggroep Maarland');
  const care = await partyAt(t, a, document, id);
  const town = await partyAt(t, b, document, await b.register('Gemeente Rade'));
  for (const node of [a, b, c]) await node.pull();

  // What it has, at both nodes.
  const before = await care.systemAt(a);
  const alliance = { kind: 'alliance', visibility: 'public' };
  const hereId = (await before.call('createAlliance', { body: { ...alliance, name: 'Van Noord' } })).body.id;
  const townAtB = await town.systemAt(b);
  const thereId = (await townAtB.call('createAlliance', { body: { ...alliance, name: 'Van Zuid' } })).body.id;
  const invited = await townAtB.call('offerMembership', {
    ...{ params: { allianceId: thereId }, body: { organisationId: id } },
  });
  const yes = { decision: 'accepted' };
  const atB = await care.systemAt(b);
  t.equal(await atB.outcome('decideMembership', { params: { membershipId: invited.body.id }, body: yes }), '200');
  const work = (await before.call('createInitiative', { body: { allianceId: hereId, title: 'Samen de wijk in' } }))
    .body;
  const owning = { subject: { type: 'initiative', id: work.id }, share: 'accountable', organisationId: id };
  const offerId = (await before.call('offerOwnership', { body: owning })).body.id;
  t.match(await before.outcome('decideOwnershipOffer', { params: { offerId }, body: yes }), /^(200|409)/);
  const lesson = { type: 'lesson', title: 'Luisteren', body: 'Eerst luisteren.', language: 'nl', licence: 'CC-BY-4.0' };
  const item = (await before.call('createKnowledgeItem', { body: { ...lesson, visibility: 'network', publish: true } }))
    .body;
  const person = (
    await before.call('registerProfessional', {
      body: { name: 'Bram Visser', role: 'Trainer', startsOn: '2026-01-01' },
    })
  ).body;
  const kept = async (node: MovingNode) => {
    const rows = await node.owner`select
      (select json_agg(m order by id) from memberships m where organisation_id = ${id}) as memberships,
      (select json_agg(k order by id) from knowledge_items k) as items,
      (select json_agg(r order by id) from ownership_records r) as owned,
      (select json_agg(p order by id) from professionals p) as people`;
    return JSON.stringify(rows);
  };
  const [keptAtA, keptAtB] = [await kept(a), await kept(b)];
  const versions = await versionsAt(a, id);
  t.equal(versions.length, 2);

  const moveId = await care.moveTo(b);
  t.match(await a.move(moveId), { state: 'offered', from: a.baseUrl, to: b.baseUrl, number: 1, untold: null });
  t.match(await b.move(moveId), { state: 'offered', from: a.baseUrl, to: b.baseUrl, untold: null });
  t.equal((await a.ask('GET', `/organisation-moves/${moveId}/receipt`)).status, 404, 'nothing moved yet');
  // What changes before the yes goes along.
  await a.rename(id, 'Zorggroep Maarland en Rade');
  const oldToken = await care.systemAt(a);
  t.equal(await b.answer(moveId, 'accepted'), 200);

  for (const node of [a, b]) t.match(await node.move(moveId), { state: 'moved', untold: null });
  t.same([await a.homeOf(id), await b.homeOf(id)], [b.baseUrl, null]);
  const moved = await versionsAt(b, id);
  t.same(moved.slice(0, 2), versions, 'every version');
  t.match(moved.slice(2), [{ name: 'Zorggroep Maarland en Rade' }, { operationId: 'takeOrganisationIn' }]);
  t.equal(moved.length, 4);
  t.equal((await versionsAt(a, id)).length, 3, 'also where it was');
  const shown = (await b.ask('GET', `/organisations/${id}`)).json<Record<string, unknown>>();
  t.match(shown, {
    name: 'Zorggroep Maarland en Rade',
    home: null,
    identifiers: [{ scheme: 'kvk', value: '10000001' }],
  });
  t.same([await kept(a), await kept(b)], [keptAtA, keptAtB], 'what it had stays where it was');

  t.equal(await oldToken.outcome('getCaller'), '401 invalid_token', 'the old home vouches for it no more');
  t.match(await care.tokenFor(a), { error: 'invalid_client' });
  const again = await a.ask('GET', `/clients?organisationId=${id}`);
  t.match(again.json(), { items: [{ disabled: true }] });
  const key = {
    kty: 'EC',
    crv: 'P-256',
    x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
    y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
  };
  const client = { name: 'Nog een', organisationId: id, scopes: ['organisations:read'], jwks: { keys: [key] } };
  t.match((await a.ask('POST', '/clients', client)).json(), { code: 'misdirected', home: `${b.baseUrl}/v1/clients` });
  const disabled = again.json<{ items: { id: string }[] }>().items[0]?.id;
  await t.rejects(
    changeClient(a.db, context(administrator), String(disabled), 0, { disabled: false }),
    { code: 'misdirected' },
    'nor are those from before enabled',
  );

  // It goes on at its old home with a token of the new one.
  const careOfB = await partyAt(t, b, document, id);
  // Until it has read where the organisation is now, the old home lets nobody in for it.
  await a.pull();
  const after = await careOfB.systemAt(a);
  t.match((await after.call('getCaller')).body, { organisation: { id, name: 'Zorggroep Maarland en Rade' } });
  const read = await after.call('getKnowledgeItem', { params: { itemId: item.id } });
  const withTag = (etag: unknown) => ({ headers: { 'if-match': String(etag) } });
  const changed = { params: { itemId: item.id }, body: { title: 'Eerst luisteren' }, ...withTag(read.headers.etag) };
  t.equal(await after.outcome('changeKnowledgeItem', changed), '200');
  const seen = await after.call('getProfessional', { params: { professionalId: person.id } });
  const contact = { params: { professionalId: person.id }, body: { contact: 'bram@maar.example' } };
  t.equal(await after.outcome('changeProfessional', { ...contact, ...withTag(seen.headers.etag) }), '200');
  const els = { name: 'Els de Wit', role: 'Trainer', startsOn: '2026-01-01' };
  const token = (await careOfB.tokenFor(a)).access_token ?? '';
  // By a client that does not ask again by itself where it is told of another node.
  const refused = await send(a.baseUrl, { method: 'POST', path: '/v1/professionals', body: els, token });
  t.match([refused.status, refused.json()], [421, { home: `${b.baseUrl}/v1/professionals` }]);
  const more = { body: { allianceId: hereId, title: 'En nu de straat op' } };
  t.equal(await after.outcome('createInitiative', more), '201', 'it still takes part');
  const owned = await after.call('listOwnershipRecords', { query: { subjectId: work.id } });
  t.match(owned.body.items, [{ accountable: { id } }]);
  t.equal((await after.call('listMemberships', { query: { organisationId: id } })).body.items.length, 1);
  t.equal(
    (await (await careOfB.systemAt(b)).call('listMemberships', { query: { organisationId: id } })).body.items.length,
    1,
  );

  // It is changed at its new home alone, and comes back as a replica.
  const wrong = await a.ask('GET', `/organisations/${id}`);
  t.match(wrong.json(), { home: b.baseUrl });
  await t.rejects(a.rename(id, 'Niet hier'), { code: 'misdirected' });
  await b.rename(id, 'Zorggroep Zuid');
  for (const node of [a, c, a, c]) await node.pull();
  t.match([await a.replicas(), await c.replicas()], [{ 'Zorggroep Zuid': b.baseUrl }, { 'Zorggroep Zuid': b.baseUrl }]);
  for (const node of [a, b, c]) await node.pull();
  for (const node of [a, b, c]) {
    const peers = (await node.ask('GET', '/peers')).json<{ items: object[] }>().items;
    for (const peer of peers) t.match(peer, { health: { digestEqual: true, lastError: null } });
  }

  // Anybody can verify it, with what both publish.
  const [proof, same] = [
    (await a.ask('GET', `/organisation-moves/${moveId}/receipt`)).json<Record<string, string>>(),
    (await after.call('getOrganisationMoveReceipt', { params: { moveId } })).body,
  ];
  t.same(proof, same);
  t.same((await b.ask('GET', `/organisation-moves/${moveId}/receipt`)).json(), proof);
  const keysOf = async ({ baseUrl }: MovingNode) =>
    createLocalJWKSet((await (await fetch(`${baseUrl}/.well-known/receipt-jwks.json`)).json()) as JSONWebKeySet);
  const said = async (name: string, by: MovingNode) => {
    const { payload, protectedHeader } = await compactVerify(String(proof[name]), await keysOf(by));
    return { typ: protectedHeader.typ, ...JSON.parse(Buffer.from(payload).toString()) };
  };
  const offer = await said('offer', a);
  const acceptance = await said('acceptance', b);
  t.match(offer, { typ: 'move-offer+jwt', iss: a.baseUrl, aud: b.baseUrl, organisation: { id } });
  t.match(acceptance, { typ: 'move-decision+jwt', iss: b.baseUrl, decision: 'accepted', organisationId: id });
  const completion = await said('completion', a);
  t.match(completion, { typ: 'move+jwt', iss: a.baseUrl, aud: b.baseUrl, organisationId: id, number: 1 });
  t.equal(completion.offerHash, acceptance.offerHash);
  await t.rejects(compactVerify(String(proof.completion), await keysOf(b)));
  for (const node of [a, b]) {
    const rows =
      await node.owner`select type from events where type like 'organisation_move.%' or type = 'organisation.moved'`;
    t.same(rows.map(({ type }) => type).sort(), [
      ...['organisation.moved', 'organisation_move.accepted', 'organisation_move.offered'],
    ]);
  }
});

t.test('another node follows in whatever order it hears of it, and by the word of the old home alone', async (t) => {
  const [a, b, c] = (await network(t, 'Noord', 'Zuid', 'Oost')) as [MovingNode, MovingNode, MovingNode];
  const ids: string[] = [];
  for (const name of ['Eerst', 'Daarna', 'Vastgehouden', 'Beweerd', 'Bewaard']) ids.push(await a.register(name));
  const [first, second, held, claimed, waiting] = ids as [string, string, string, string, string];
  const fault = async (id: string) =>
    (
      await c.owner<{ fault: string | null }[]>`select r.fault from replicas r join peers p on p.id = r.peer_id
      where r.object_id = ${id} and p.base_url = ${b.baseUrl}`
    )[0]?.fault;
  for (const node of [b, c]) await node.pull();
  // Something at the third node refers to it, so that it never goes away there.
  await c.ask('POST', '/clients', {
    name: 'Beheer',
    organisationId: held,
    administrator: true,
    scopes: ['peers:read'],
  });
  const move = async (id: string) => {
    const party = await partyAt(t, a, document, id);
    t.equal(await b.answer(await party.moveTo(b), 'accepted'), 200);
  };

  await move(first);
  await move(held);
  await readFrom(c, a);
  t.same([await c.homeOf(first), await c.homeOf(held)], [undefined, a.baseUrl], 'the old home gives it no more');
  await readFrom(c, b);
  t.same([await c.homeOf(first), await c.homeOf(held)], [b.baseUrl, b.baseUrl], 'the new one does');

  await move(second);
  await readFrom(c, b);
  t.equal(await c.homeOf(second), b.baseUrl, 'the new one first');
  await readFrom(c, a);
  t.equal(await c.homeOf(second), b.baseUrl, 'then the old one has no say in it');

  // A new home that cannot show the word of the old one has it not.
  await b.owner`update organisations set home = null, version = version + 1 where id = ${claimed}`;
  await b.rename(claimed, 'Beweerd door Zuid');
  await readFrom(c, b);
  t.same([await c.homeOf(claimed), await fault(claimed)], [a.baseUrl, 'homed_elsewhere']);
  const { moves } = (await b.owner`select moves from organisations where id = ${second}`)[0] as { moves: string[] };
  await b.owner`update organisations set moves = ${moves} where id = ${claimed}`;
  await b.rename(claimed, 'Met het woord over een ander');
  await readFrom(c, b);
  t.same([await c.homeOf(claimed), await fault(claimed)], [a.baseUrl, 'homed_elsewhere']);

  // What cannot be verified now waits, and is taken over later.
  await c.owner`update peers set state = 'withdrawn' where base_url = ${a.baseUrl}`;
  await move(waiting);
  await readFrom(c, b);
  t.same([await c.homeOf(waiting), await fault(waiting)], [a.baseUrl, 'homed_elsewhere']);
  await c.owner`update peers set state = 'accepted' where base_url = ${a.baseUrl}`;
  await readFrom(c, b);
  t.same([await c.homeOf(waiting), await fault(waiting)], [b.baseUrl, null]);
  await readFrom(c, a);
  t.equal(await c.homeOf(waiting), b.baseUrl);
});

t.test('an organisation comes back later, and an old word does not take it away again', async (t) => {
  const [a, b, c] = (await network(t, 'Noord', 'Zuid', 'Oost')) as [MovingNode, MovingNode, MovingNode];
  const id = await a.register('Heen en terug', kvk('10000007'));
  for (const node of [b, c]) await node.pull();
  t.equal(await b.answer(await (await partyAt(t, a, document, id)).moveTo(b), 'accepted'), 200);
  await b.rename(id, 'Heen, en bijna terug');
  const gone = await versionsAt(b, id);
  await a.pull();
  const back = await (await partyAt(t, b, document, id)).moveTo(a);
  t.equal((await b.move(back)).number, 2);
  t.equal(await a.answer(back, 'accepted'), 200);
  t.same([await a.homeOf(id), await b.homeOf(id)], [null, a.baseUrl]);
  const here = await versionsAt(a, id);
  t.same(here.slice(0, gone.length), gone, 'with what was recorded while it was away');
  await a.rename(id, 'Terug');
  for (const node of [b, c, b, c]) await node.pull();
  t.same(
    [await b.homeOf(id), await c.homeOf(id)],
    [a.baseUrl, a.baseUrl],
    'also where both moves are heard of at once',
  );
  t.ok('Terug' in (await c.replicas()));

  // The new home of before gives it once more, with the word that it had then.
  const [row] = await b.owner`select moves from organisations where id = ${id}`;
  await b.owner`update organisations set home = null, moves = ${[(row as { moves: string[] }).moves[0] ?? '']} where id = ${id}`;
  await b.rename(id, 'Toch van Zuid');
  for (const node of [c, a]) await readFrom(node, b);
  t.same([await c.homeOf(id), await a.homeOf(id)], [a.baseUrl, null]);
});

t.test('whatever fails in between, both come to the same end, and never both write it', async (t) => {
  const [a, b] = (await network(t, 'Noord', 'Zuid')) as [MovingNode, MovingNode];
  const id = await a.register('Onderweg', kvk('10000008'));
  await b.pull();
  const party = await partyAt(t, a, document, id);
  await b.stop();
  const moveId = await party.moveTo(b);
  t.match((await a.move(moveId)).untold, { word: 'offer', tries: 1, lastError: 'refused' });
  await b.start();
  // A node that was away is left alone for ten seconds; a worker that was just started knows nothing of it.
  await a.tellOfMoves();
  t.match([await a.move(moveId), await b.move(moveId)], [{ state: 'offered', untold: null }, { state: 'offered' }]);

  // The old home cannot do it: nothing of it is done.
  await a.owner`alter table organisation_moves add constraint planted check (state <> 'moved')`;
  t.equal(await b.answer(moveId, 'accepted'), 200);
  t.match(await b.move(moveId), { state: 'accepted', untold: { word: 'acceptance', lastError: 'status_500' } });
  t.same([(await a.move(moveId)).state, await a.homeOf(id), await b.homeOf(id)], ['offered', null, a.baseUrl]);
  t.match(await party.tokenFor(a), { access_token: String }, 'its clients go on');
  await a.owner`alter table organisation_moves drop constraint planted`;

  // The answer of the old home is lost: the new one asks until it has it.
  await b.owner`alter table organisation_moves add constraint planted check (state <> 'moved')`;
  await t.rejects(b.tellOfMoves());
  t.same([(await a.move(moveId)).state, await a.homeOf(id), await b.homeOf(id)], ['moved', b.baseUrl, a.baseUrl]);
  for (const node of [a, b]) await t.rejects(node.rename(id, 'Nergens'), { code: 'misdirected' }, 'nobody writes it');
  // Not even the end of the peering leaves it without a home.
  const [{ id: peeringId } = { id: '' }] = await a.owner<
    { id: string }[]
  >`select id from peers where state = 'accepted'`;
  await a.end(peeringId);
  await b.owner`alter table organisation_moves drop constraint planted`;
  await b.tellOfMoves();
  t.same([(await b.move(moveId)).state, await b.homeOf(id)], ['moved', null]);
  await b.rename(id, 'Aangekomen');
  t.equal((await b.move(moveId)).untold, null);
});

t.test('a new home that was restored, and forgot its yes and what came of it, has it again by another', async (t) => {
  const [a, b] = (await network(t, 'Noord', 'Zuid')) as [MovingNode, MovingNode];
  const id = await a.register('Twee keer ja');
  await b.pull();
  const moveId = await (await partyAt(t, a, document, id)).moveTo(b);
  // The answer to the first is lost with all that the new home knew of it.
  await b.owner`alter table organisation_moves add constraint planted check (state <> 'moved')`;
  t.equal(await b.answer(moveId, 'accepted'), 500);
  t.same([(await a.move(moveId)).state, (await b.move(moveId)).state], ['moved', 'accepted']);
  await b.owner`alter table organisation_moves drop constraint planted`;
  const [first] = await b.owner`select acceptance from organisation_moves`;
  await b.owner`update organisation_moves set state = 'offered', acceptance = null, next_tell_at = null,
    created_at = created_at - interval '1 day'`;
  t.equal(await b.answer(moveId, 'accepted'), 200);
  t.same([(await b.move(moveId)).state, await b.homeOf(id)], ['moved', null]);
  t.match(
    await b.owner`select acceptance from organisation_moves`,
    [{ acceptance: first?.acceptance }],
    'its first yes holds',
  );
});

t.test('who may move what is asked, and a no or a withdrawal leaves all as it was', async (t) => {
  const [a, b] = (await network(t, 'Noord', 'Zuid')) as [MovingNode, MovingNode];
  const id = await a.register('Blijft', kvk('10000009'));
  const party = await partyAt(t, a, document, id);
  const system = await party.systemAt(a);
  const body = { organisationId: id, to: b.baseUrl };
  t.equal(problemOf(await a.ask('POST', '/organisation-moves', body)), 'not_your_organisation', 'nobody moves another');
  const wrong = await system.call('offerOrganisationMove', { body: { ...body, to: 'https://elders.example' } });
  t.match(wrong.body, { errors: [{ location: '/to', code: 'no_live_peer' }] });

  const declined = await party.moveTo(b);
  t.equal(await system.outcome('offerOrganisationMove', { body }), '409 move_open');
  t.equal(await a.answer(declined, 'accepted'), 403, 'not by whoever offers');
  t.equal(await b.answer(declined, 'declined'), 200);
  t.match([await a.move(declined), await b.move(declined)], [{ state: 'declined' }, { state: 'declined' }]);

  const withdrawn = await party.moveTo(b);
  const no = { params: { moveId: withdrawn }, body: { decision: 'withdrawn', reason: 'Toch niet.' } };
  t.equal(await system.outcome('decideOrganisationMove', no), '200');
  t.match(await b.move(withdrawn), { state: 'withdrawn', decisionReason: 'Toch niet.' });
  t.equal(await b.answer(withdrawn, 'accepted'), 409);

  // Too late by the clock of the old home, though not by that of the new one.
  const late = await party.moveTo(b);
  await a.owner`update organisation_moves set expires_at = now() - interval '1 second' where id = ${late}`;
  t.equal(await b.answer(late, 'accepted'), 200);
  t.match([await a.move(late), await b.move(late)], [{ state: 'expired' }, { state: 'withdrawn', untold: null }]);
  t.equal((await b.move(late)).decisionReason, 'expired');

  // Somebody else has its number at the new home.
  const taken = await party.moveTo(b);
  const holder = await b.register('Zelfde nummer', kvk('10000009'));
  t.equal(await b.answer(taken, 'accepted'), 409);
  await b.owner`delete from organisation_identifiers where organisation_id = ${holder}`;
  await a.owner`update peers set state = 'withdrawn'`;
  t.equal(await b.answer(taken, 'accepted'), 200);
  t.match(await a.move(taken), { state: 'withdrawn', decisionReason: 'no_live_peering' });
  await a.owner`update peers set state = 'accepted'`;
  t.same([await a.homeOf(id), (await b.move(taken)).state], [null, 'withdrawn']);

  const heir = await a.register('Erfgenaam');
  const merger = { predecessorIds: [id], successorId: heir, effectiveOn: '2026-01-01' };
  await recordMerger(a.db, context(administrator), merger, async () => []);
  const merged = await system.call('offerOrganisationMove', { body });
  t.match(merged.body, { errors: [{ location: '/organisationId', code: 'already_merged' }] });
});

t.test('whoever keeps a node keeps it also when its organisation moves, and acts for nobody', async (t) => {
  const [a, b] = (await network(t, 'Noord', 'Zuid')) as [MovingNode, MovingNode];
  const [own] = await a.owner<{ id: string }[]>`select organisation_id as id from clients`;
  const body = { organisationId: own?.id, to: b.baseUrl };
  const offered = await a.ask('POST', '/organisation-moves', body);
  t.equal(offered.status, 201, offered.text);
  const { id } = offered.json<{ id: string }>();
  t.match((await a.ask('GET', '/caller')).json(), { organisation: { id: own?.id } });
  t.equal(await b.answer(id, 'accepted'), 200);
  t.equal((await a.move(id)).state, 'moved');
  t.match((await a.ask('GET', '/caller')).json(), { organisation: null, administrator: true });
  t.equal(problemOf(await a.ask('POST', '/organisation-moves', body)), 'not_your_organisation');
});

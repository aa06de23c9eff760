import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import t, { type Test } from 'tap';
import { messageTypes as peeringTypes } from '../../../src/features/federation/messages.ts';
import { offerOf as peeringOf } from '../../../src/features/federation/offering.ts';
import { hashOf, messageTypes } from '../../../src/features/moves/messages.ts';
import { contentHashOf } from '../../../src/features/replication/replication.ts';
import { readDocument } from '../../helpers/document.ts';
import { type Impostor, json, sendMessage, startImpostor, terms } from '../federation/world.ts';
import { type MovingNode, partyAt, startMoving } from './nodes.ts';

const document = await readDocument();
const now = () => Math.floor(Date.now() / 1000);
const day = 86_400;

/** Another node that has a peering with this one, of which a test writes what it signs; answers its identifier. */
async function peeredImpostor(
  t: Test,
  node: MovingNode,
): Promise<{ readonly other: Impostor; readonly peering: string }> {
  const other = await startImpostor(t);
  other.pages.set('/.well-known/receipt-jwks.json', json({ keys: [other.key.jwk] }));
  const peering = randomUUID();
  const from = { baseUrl: other.baseUrl, name: 'Elders', oin: null };
  const given = { ...terms, id: peering, baseUrl: node.baseUrl, shares: [], receives: ['organisations' as const] };
  const offer = await other.sign(peeringOf(from, given, new Date()), peeringTypes.offer);
  t.equal((await sendMessage(node.baseUrl, '/federation/peerings', offer)).status, 202);
  t.equal((await node.decide(peering, 'accepted')).status, 200);
  return { other, peering };
}

const organisationOf = (id: string, change: object = {}) => ({
  ...{ id, kind: 'other', name: 'Komt eraan', region: null, startsOn: null, endsOn: null, successorId: null },
  ...{ identifiers: [], createdAt: '2026-01-01T00:00:00.000Z', changedAt: '2026-01-01T00:00:00.000Z', ...change },
});

const offers = '/federation/moves';
const payloadOf = (jws: string) => Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString();

t.test('an offer is taken from a live peer alone, for this node, of what is homed with it, once', async (t) => {
  const node = await startMoving(t, 'Zuid');
  const { other, peering } = await peeredImpostor(t, node);
  const stranger = await startImpostor(t);
  stranger.pages.set('/.well-known/receipt-jwks.json', json({ keys: [stranger.key.jwk] }));
  const here = await node.register('Thuis');
  const elsewhere = randomUUID();
  await node.owner`insert into organisations (id, kind, name, home, created_at, changed_at)
    values (${elsewhere}, 'other', 'Van een ander', 'https://ander.example', now(), now())`;
  const claims = (change: object = {}) => ({
    ...{ iss: other.baseUrl, aud: node.baseUrl, jti: randomUUID(), iat: now(), exp: now() + 30 * day, peering },
    ...{ number: 1, organisation: organisationOf(randomUUID()), reason: null, ...change },
  });
  const offered = async (change: object, typ: string = messageTypes.offer, by: Impostor = other) => {
    const { status } = await sendMessage(node.baseUrl, offers, await by.sign(claims(change), typ));
    return status;
  };

  const sound = claims();
  const jws = await other.sign(sound, messageTypes.offer);
  t.equal((await sendMessage(node.baseUrl, offers, jws)).status, 202);
  t.equal((await sendMessage(node.baseUrl, offers, jws)).status, 202, 'the same again changes nothing');
  t.equal(await offered({ organisation: sound.organisation }), 409, 'of an organisation one is open');
  t.equal(await offered({ jti: sound.jti }), 400, 'nor another by its name');

  const refused: Readonly<Record<string, object>> = {
    'for another node': { aud: 'https://elders.example' },
    'of another peering': { peering: randomUUID() },
    'that ran out': { iat: now() - 40 * day, exp: now() - 10 * day },
    'for longer than thirty days': { exp: now() + 31 * day },
    'from the future': { iat: now() + 3600 },
    'of an organisation that is homed here': { organisation: organisationOf(here) },
    'of an organisation of another node': { organisation: organisationOf(elsewhere) },
    'of one that merged': { organisation: organisationOf(randomUUID(), { successorId: here }) },
    'with something more': { more: true },
    'with a text that is none': { reason: 'a\0b' },
    'with an organisation in another form': { organisation: { id: randomUUID() } },
    'in the name of another': { iss: stranger.baseUrl },
  };
  for (const [what, change] of Object.entries(refused)) t.equal(await offered(change), 400, what);
  t.equal(await offered({}, messageTypes.decision), 400, 'of another type');
  t.equal(await offered({ iss: stranger.baseUrl }, messageTypes.offer, stranger), 400, 'of a stranger');
  t.equal(await offered({}, messageTypes.offer, { ...stranger, baseUrl: other.baseUrl }), 400, 'signed by a stranger');
  const [head, , signature] = jws.split('.');
  const altered = Buffer.from(JSON.stringify({ ...sound, number: 2 })).toString('base64url');
  t.equal((await sendMessage(node.baseUrl, offers, `${head}.${altered}.${signature}`)).status, 400, 'altered');
  t.equal(stranger.asked.size, 0, 'a stranger is asked for nothing');

  const { items } = (await node.ask('GET', '/organisation-moves')).json<{ items: { id: string }[] }>();
  t.same(
    items.map(({ id }) => id),
    [sound.jti],
  );
});

t.test('an acceptance is that of the node to which it was offered, of that very offer, and no other', async (t) => {
  const node = await startMoving(t, 'Noord');
  const { other, peering } = await peeredImpostor(t, node);
  const { other: third } = await peeredImpostor(t, node);
  const id = await node.register('Wil weg');
  const party = await partyAt(t, node, document, id);
  const moveId = await party.moveTo(other);
  const offer = (await node.owner`select offer from organisation_moves where id = ${moveId}`)[0]?.offer as string;
  const claims = (change: object = {}) => ({
    ...{ iss: other.baseUrl, aud: node.baseUrl, jti: moveId, iat: now(), peering, organisationId: id },
    ...{ offerHash: hashOf(offer), decision: 'accepted', reason: null, ...change },
  });
  const place = `${offers}/${moveId}/decisions`;
  const said = async (change: object, by: Impostor = other, typ: string = messageTypes.decision) =>
    sendMessage(node.baseUrl, place, await by.sign(claims(change), typ));

  const refused: Readonly<Record<string, object>> = {
    'of another offer': { offerHash: hashOf('a.b.c') },
    'of another organisation': { organisationId: randomUUID() },
    'of another move': { jti: randomUUID() },
    'of another peering': { peering: randomUUID() },
    'for another node': { aud: 'https://elders.example' },
    'from the future': { iat: now() + 3600 },
    'that withdraws what it did not offer': { decision: 'withdrawn' },
    'with something more': { more: true },
  };
  for (const [what, change] of Object.entries(refused)) t.equal((await said(change)).status, 400, what);
  t.equal((await said({ iss: third.baseUrl }, third)).status, 400, 'of a node to which it was not offered');
  t.equal((await said({}, { ...third, baseUrl: other.baseUrl })).status, 400, 'signed by another node');
  t.equal((await said({}, other, messageTypes.offer)).status, 400, 'of another type');
  const nowhere = `${offers}/${randomUUID()}/decisions`;
  t.equal((await sendMessage(node.baseUrl, nowhere, await other.sign(claims(), messageTypes.decision))).status, 404);
  t.equal(await node.homeOf(id), null, 'nothing moved');

  const yes = await other.sign(claims(), messageTypes.decision);
  const first = await sendMessage(node.baseUrl, place, yes);
  t.equal(first.status, 200);
  t.equal(await node.homeOf(id), other.baseUrl);
  const again = await sendMessage(node.baseUrl, place, yes);
  t.same(again.json(), first.json(), 'heard again, it says the same again');
  t.equal((await said({ decision: 'declined' })).status, 202, 'a no after it changes nothing');
  t.match(await node.move(moveId), { state: 'moved' });
});

t.test('nothing comes in but by the word of the old home, with all that it signed for', async (t) => {
  const node = await startMoving(t, 'Zuid');
  const { other, peering } = await peeredImpostor(t, node);
  const { other: third } = await peeredImpostor(t, node);
  const id = randomUUID();
  const moveId = randomUUID();
  const offer = await other.sign(
    {
      ...{ iss: other.baseUrl, aud: node.baseUrl, jti: moveId, iat: now(), exp: now() + day, peering, number: 1 },
      ...{ organisation: organisationOf(id), reason: null },
    },
    messageTypes.offer,
  );
  t.equal((await sendMessage(node.baseUrl, offers, offer)).status, 202);
  // Another node that answers for it.
  const answer = (page: (response: ServerResponse) => void) => other.pages.set(`${offers}/${moveId}/decisions`, page);
  answer((response) => response.writeHead(503).end());
  t.equal(await node.answer(moveId, 'accepted'), 200);
  t.match((await node.move(moveId)).untold, { word: 'acceptance', lastError: 'status_503' });
  const row = (await node.owner`select acceptance from organisation_moves where id = ${moveId}`)[0];
  const acceptance = String(row?.acceptance);
  const content = {
    organisation: organisationOf(id, { name: 'Is er' }),
    versions: [1, 2].map((version) => ({
      ...{ version, recordedAt: '2026-01-01T00:00:00.000Z', operationId: 'createOrganisation' },
      snapshot: {
        ...{ kind: 'other', name: `Versie ${version}`, region: null, startsOn: null, endsOn: null },
        ...{ successorId: null, identifiers: [] },
      },
    })),
  };
  const word = (change: object = {}) => ({
    ...{ iss: other.baseUrl, aud: node.baseUrl, jti: moveId, iat: now(), peering, organisationId: id, number: 1 },
    ...{ offerHash: hashOf(offer), acceptanceHash: hashOf(acceptance) },
    ...{ contentHash: contentHashOf(content), ...change },
  });
  const errorAfter = async (body: unknown) => {
    answer(json(body));
    await node.tellOfMoves();
    const { state, untold } = await node.move(moveId);
    return `${state} ${untold?.lastError}`;
  };
  const refused: Readonly<Record<string, object>> = {
    'of another move': { jti: randomUUID() },
    'of another organisation': { organisationId: randomUUID() },
    'by another offer': { offerHash: hashOf('a.b.c') },
    'by another acceptance': { acceptanceHash: hashOf('a.b.c') },
    'with other content': { contentHash: hashOf('a.b.c') },
    'of another number': { number: 2 },
    'of another peering': { peering: randomUUID() },
    'for another node': { aud: third.baseUrl },
  };
  for (const [what, change] of Object.entries(refused)) {
    const completion = await other.sign(word(change), 'move+jwt');
    t.equal(await errorAfter({ acceptance, completion, content }), 'accepted not_signed', what);
  }
  const completion = await other.sign(word(), 'move+jwt');
  const altered = { ...content, organisation: { ...content.organisation, name: 'Vervalst' } };
  t.equal(await errorAfter({ acceptance, completion, content: altered }), 'accepted not_signed', 'altered content');
  const byThird = await third.sign(word({ iss: other.baseUrl }), 'move+jwt');
  t.equal(
    await errorAfter({ acceptance, completion: byThird, content }),
    'accepted not_signed',
    'signed by another node',
  );
  const ofType = await other.sign(word(), messageTypes.decision);
  t.equal(await errorAfter({ acceptance, completion: ofType, content }), 'accepted not_signed', 'of another type');
  t.equal(await errorAfter({ acceptance, completion }), 'accepted malformed');
  t.equal(await errorAfter('moved'), 'accepted malformed');
  // An acceptance that another signed for this node is none of its own.
  const forged = await third.sign({ ...JSON.parse(payloadOf(acceptance)), iat: 1 }, messageTypes.decision);
  const byForged = await other.sign(word({ acceptanceHash: hashOf(forged) }), 'move+jwt');
  t.equal(await errorAfter({ acceptance: forged, completion: byForged, content }), 'accepted not_signed');
  t.equal(await node.homeOf(id), undefined, 'nothing came');

  t.equal(await errorAfter({ acceptance, completion, content }), 'moved undefined');
  t.equal(await node.homeOf(id), null);
  const versions = (await node.ask('GET', `/organisations/${id}/versions`)).json<{ items: { name: string }[] }>();
  t.same(
    versions.items.map(({ name }) => name),
    ['Versie 1', 'Versie 2', 'Is er'],
  );
});

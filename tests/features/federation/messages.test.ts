import t, { type Test } from 'tap';
import { newPeer } from '../../../src/features/federation/examples.ts';
import { offerOf } from '../../../src/features/federation/offering.ts';
import { maxReceived, maxWithdrawn } from '../../../src/features/federation/rules.ts';
import { today } from '../../../src/platform/days.ts';
import { newId } from '../../../src/platform/id.ts';
import type { Answered } from '../../helpers/http.ts';
import { testKey } from '../../helpers/oauth.ts';
import { putPeering } from '../../helpers/peerings.ts';
import {
  type Impostor,
  json,
  type PeerSeen,
  type RunningNode,
  sendMessage,
  startImpostor,
  startNode,
} from './world.ts';

const path = '/federation/peerings';
const days = { validFrom: today(), validUntil: newPeer.validUntil };
const decisionType = 'peering-decision+jwt';
const codeOf = (answer: Answered) => (answer.text === '' ? answer.status : answer.json<{ code: string }>().code);

/** The claims of an offer of one node to another. */
const offerFrom = ({ baseUrl }: { readonly baseUrl: string }, to: { readonly baseUrl: string }, id = newId()) =>
  offerOf(
    { baseUrl, name: 'Elders', oin: null },
    { id, baseUrl: to.baseUrl, shares: ['organisations'], receives: [], ...days },
    new Date(),
  );

const stored = async ({ ask }: RunningNode) =>
  (await ask('GET', '/peers?limit=200')).json<{ items: PeerSeen[] }>().items;

async function pair(t: Test): Promise<{ node: RunningNode; peer: Impostor; tried: (jws: string) => Promise<unknown> }> {
  const [node, peer] = [await startNode(t, 'Noord'), await startImpostor(t)];
  return { node, peer, tried: async (jws) => codeOf(await sendMessage(node.baseUrl, path, jws)) };
}

t.test('an offer of another node is stored once, and answered without a word', async (t) => {
  const { node, peer } = await pair(t);
  const offer = offerFrom(peer, node);
  const jws = await peer.sign(offer);
  const answers = await Promise.all([1, 2, 3].map(() => sendMessage(node.baseUrl, path, jws)));
  t.same(
    answers.map(({ status, text }) => [status, text]),
    Array(3).fill([202, '']),
  );
  t.equal((await sendMessage(node.baseUrl, path, await peer.sign(offer))).status, 202, 'signed anew');
  const [row, ...more] = await stored(node);
  t.same(more, []);
  t.match(row, { id: offer.jti, state: 'offered', offeredBy: 'them', name: 'Elders', theirSignature: String });
  await node.decide(offer.jti, 'declined');
  t.equal((await sendMessage(node.baseUrl, path, jws)).status, 202, 'and what was answered is not opened again');
  t.match(await node.peer(offer.jti), { state: 'declined' });
});

t.test('an offer that is forged, of another, or not for this node is refused, and nothing is stored', async (t) => {
  const { node, peer, tried } = await pair(t);
  const other = await startImpostor(t);
  const offer = offerFrom(peer, node);
  const refused = async (claims: object, what: string) =>
    t.equal(await tried(await peer.sign(claims)), 'peering_not_verified', what);
  const peering = (change: object) => ({ ...offer, peering: { ...offer.peering, ...change } });
  await refused({ ...offer, aud: other.baseUrl }, 'for another node');
  await refused({ ...offer, iss: other.baseUrl }, 'in the name of another');
  await refused({ ...offer, iss: node.baseUrl }, 'in our own name');
  await refused({ ...offer, iss: 'https://10.0.0.1' }, 'an address that may not be reached');
  await refused({ ...offer, iss: 7 }, 'no address');
  await refused({ ...offer, iss: `${peer.baseUrl}/` }, 'the same address in another form');
  await refused({ ...offer, jti: newId() }, 'another identifier');
  await refused({ ...offer, exp: offer.exp + 1 }, 'for longer than an offer stands');
  await refused({ ...offer, iat: offer.iat + 600, exp: offer.exp + 600 }, 'from the future');
  await refused({ ...offer, iat: offer.iat - 40 * 86_400, exp: offer.exp - 40 * 86_400 }, 'of long ago');
  await refused({ ...offer, more: true }, 'with more than it should have');
  await refused(peering({ offeredBy: { ...offer.peering.offeredBy, baseUrl: other.baseUrl } }), 'offered by another');
  await refused(peering({ offeredTo: { ...offer.peering.offeredTo, baseUrl: other.baseUrl } }), 'offered to another');
  await refused(peering({ validUntil: '2040-01-01' }), 'for too long');
  await refused(peering({ validUntil: days.validFrom }), 'for no day');
  await refused(peering({ id: offer.peering.id.toUpperCase() }), 'an identifier in capitals');
  await refused(peering({ offeredTo: { ...offer.peering.offeredTo, shares: ['passwords'] } }), 'of what is not shared');
  await refused(peering({ offeredBy: { ...offer.peering.offeredBy, name: 'a\0b' } }), 'with what is no text');
  t.equal(await tried(await peer.sign(offer, decisionType)), 'peering_not_verified', 'of another type');
  t.equal(await tried(await peer.sign(offer, 'peering+jwt', await testKey('ES256'))), 'peering_not_verified');
  t.equal(await tried(await other.sign(offer)), 'peering_not_verified', 'signed by another');
  t.equal(await tried('nothing'), 'peering_not_verified');
  t.same(await stored(node), []);
});

t.test(
  'what a sender publishes is not believed when it redirects, names another node or shows a private key',
  async (t) => {
    const node = await startNode(t, 'Noord');
    const pages: Record<string, (peer: Impostor) => void> = {
      redirect: ({ pages, baseUrl }) =>
        pages.set('/.well-known/learning-network', (response) =>
          response.writeHead(307, { location: `${baseUrl}/a` }).end(),
        ),
      'another node': ({ pages }) =>
        pages.set('/.well-known/learning-network', json({ baseUrl: 'https://others.example' })),
      'a private key': ({ pages, key }) =>
        pages.set('/.well-known/jwks.json', json({ keys: [{ ...key.jwk, d: 'x' }] })),
      'no answer': ({ pages }) => pages.set('/.well-known/jwks.json', (response) => response.socket?.destroy()),
    };
    const texts = new Set<string>();
    for (const [what, publish] of Object.entries(pages)) {
      const peer = await startImpostor(t);
      publish(peer);
      const answer = await sendMessage(node.baseUrl, path, await peer.sign(offerFrom(peer, node)));
      t.equal(codeOf(answer), 'peering_not_verified', what);
      texts.add(answer.text.replace(/"instance":"[^"]*"/, ''));
    }
    t.equal(texts.size, 1, 'and whoever sent it learns nothing of why');
    t.same(await stored(node), []);
  },
);

t.test('a message is a compact JWS of 16 kB at most', async (t) => {
  const { node } = await pair(t);
  const sent = async (body: string, headers = {}) => codeOf(await sendMessage(node.baseUrl, path, body, headers));
  t.equal(await sent('x'.repeat(16_385)), 'payload_too_large');
  t.equal(await sent('{}', { 'content-type': 'application/json' }), 'unsupported_media_type');
  t.equal(await sent('', { 'content-type': 'text/plain' }), 'unsupported_media_type');
  t.equal(codeOf(await sendMessage(node.baseUrl, `${path}/nothing/decisions`, 'x')), 'not_found');
  t.equal(codeOf(await sendMessage(node.baseUrl, `${path}/${newId()}/decisions`, 'x')), 'not_found');
});

t.test('what is said of a peering is heeded from the other node alone, about this very offer', async (t) => {
  const { node, peer } = await pair(t);
  const other = await startImpostor(t);
  const { id, ourSignature } = (await node.offer(peer)).json<PeerSeen>();
  const offer = JSON.parse(Buffer.from(String(ourSignature).split('.')[1] ?? '', 'base64url').toString()) as ReturnType<
    typeof offerFrom
  >;
  const [row] = await node.owner<{ hash: string }[]>`select offer_hash as hash from peers where id = ${id}`;
  const said = {
    ...{ iss: peer.baseUrl, aud: node.baseUrl, jti: id, iat: offer.iat, peering: offer.peering },
    ...{ offerHash: row?.hash, decision: 'accepted' },
  };
  const tried = async (claims: object, by = peer, typ = decisionType) =>
    codeOf(await sendMessage(node.baseUrl, `${path}/${id}/decisions`, await by.sign(claims, typ)));
  t.equal(await tried(said, other), 'peering_not_verified', 'by another node');
  t.equal(await tried({ ...said, iss: other.baseUrl }, other), 'peering_not_verified');
  t.equal(await tried(said, peer, 'peering+jwt'), 'peering_not_verified', 'of another type');
  t.equal(await tried({ ...said, aud: peer.baseUrl }), 'peering_not_verified', 'for another node');
  t.equal(await tried({ ...said, jti: newId() }), 'peering_not_verified', 'of another peering');
  t.equal(await tried({ ...said, offerHash: 'A'.repeat(43) }), 'peering_not_verified', 'of another offer');
  const more = { ...offer.peering, offeredBy: { ...offer.peering.offeredBy, shares: [] } };
  t.equal(await tried({ ...said, peering: more }), 'peering_not_verified', 'of other terms');
  t.equal(await tried({ ...said, decision: 'withdrawn' }), 'peering_not_verified', 'what is not its to say');
  t.equal(await tried({ ...said, iat: offer.iat + 3600 }), 'peering_not_verified', 'from the future');
  t.equal(await tried({ ...said, reason: 'a\0b' }), 'peering_not_verified');
  t.match(await node.peer(id), { state: 'offered', theirSignature: null });

  const yes = await peer.sign(said, decisionType);
  const ended = await peer.sign({ ...said, decision: 'ended', reason: 'Toch niet.' }, decisionType);
  const deliver = async (jws: string) => codeOf(await sendMessage(node.baseUrl, `${path}/${id}/decisions`, jws));
  t.equal(await deliver(ended), 202, 'an end that overtakes the yes');
  t.match(await node.peer(id), { state: 'ended', endedBy: 'them', reason: 'Toch niet.', live: false });
  t.equal(await deliver(yes), 202, 'the yes comes late');
  t.equal(await deliver(ended), 202);
  t.match(await node.peer(id), { state: 'ended', endedBy: 'them', live: false });
});

t.test('a yes that is replayed after the end opens nothing', async (t) => {
  const { node, peer } = await pair(t);
  const { id, ourSignature } = (await node.offer(peer)).json<PeerSeen>();
  const { peering, iat } = JSON.parse(Buffer.from(String(ourSignature).split('.')[1] ?? '', 'base64url').toString());
  const [row] = await node.owner<{ hash: string }[]>`select offer_hash as hash from peers where id = ${id}`;
  const common = { iss: peer.baseUrl, aud: node.baseUrl, jti: id, iat, peering, offerHash: row?.hash };
  const yes = await peer.sign({ ...common, decision: 'accepted' }, decisionType);
  const deliver = async () => codeOf(await sendMessage(node.baseUrl, `${path}/${id}/decisions`, yes));
  t.equal(await deliver(), 202);
  t.match(await node.peer(id), { state: 'accepted', live: true });
  await node.end(id);
  t.equal(await deliver(), 202);
  t.match(await node.peer(id), { state: 'ended', endedBy: 'us', live: false });
});

t.test('others cannot fill the node with offers', async (t) => {
  const { node, peer, tried } = await pair(t);
  const offered = async (from = peer) => tried(await from.sign(offerFrom(from, node)));
  for (let number = 0; number <= maxReceived.ofOne; number++) {
    const offer = offerFrom(peer, node);
    t.equal(await tried(await peer.sign(offer)), 202, 'what this node declined does not count');
    await node.decide(offer.jti, 'declined');
  }
  const become = (state: string) => node.owner`update peers set state = ${state} where state = 'offered'`;
  for (let number = 0; number < maxWithdrawn.ofOne; number++) {
    t.equal(await offered(), 202);
    await become('withdrawn');
  }
  t.equal(await offered(), 'too_many_peerings', 'what its offerer takes back counts for a day');
  await node.owner`update peers set created_at = now() - interval '25 hours'`;
  for (let number = 0; number < maxReceived.ofOne; number++) {
    t.equal(await offered(), 202);
    await become('expired');
  }
  t.equal(await offered(), 'too_many_peerings', 'what ran out counts for a month');
  await node.owner`update peers set created_at = now() - interval '31 days'`;
  t.equal(await offered(), 202);
  await node.owner`delete from peer_messages`;
  await node.owner`delete from peers where state <> 'offered'`;
  await node.owner`insert into peers select made.* from (select * from peers limit 1) one, generate_series(1, ${maxReceived.all}) n,
    jsonb_populate_record(null::peers, to_jsonb(one) || jsonb_build_object('id', gen_random_uuid(),
      'base_url', 'https://leernetwerk.' || n || '.example')) made`;
  const other = await startImpostor(t);
  t.equal(await offered(other), 'too_many_peerings', 'of all');
  await node.owner`update peers set state = 'withdrawn' where base_url like '%.example'`;
  t.equal(await offered(other), 'too_many_peerings', 'also where all were taken back');
  t.equal((await stored(node)).length, maxReceived.all + 1);
  const known = await startImpostor(t);
  await putPeering(node.owner, known.baseUrl);
  t.equal(await offered(known), 202, 'strangers do not keep away who is a peer');
  await node.owner`update peers set created_at = now() - interval '31 days'`;
  t.equal(await offered(other), 202, 'and takes them again after a month');
});

t.test('one address is heard sixty times a minute', async (t) => {
  const { node } = await pair(t);
  const codes: unknown[] = [];
  for (let number = 0; number < 61; number++) codes.push(codeOf(await sendMessage(node.baseUrl, path, 'x')));
  t.same(codes, [...Array(60).fill('peering_not_verified'), 'too_many_requests']);
});

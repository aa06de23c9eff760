import { createHash } from 'node:crypto';
import { compactVerify, importJWK, type JWK } from 'jose';
import t from 'tap';
import { rotateSigningKey } from '../../../src/features/access/access.ts';
import { livePeer } from '../../../src/features/federation/federation.ts';
import { send } from '../../helpers/http.ts';
import { inDays } from '../alliances/world.ts';
import { type PeerSeen, type RunningNode, startNode, terms } from './world.ts';

const payloadOf = (jws: string | null) =>
  JSON.parse(Buffer.from(String(jws).split('.')[1] ?? '', 'base64url').toString('utf8')) as Record<string, unknown>;

/** Offers and accepts a peering between two nodes; answers its identifier. */
async function agree(from: RunningNode, to: RunningNode, change: object = {}): Promise<string> {
  const { id } = (await from.offer(to, change)).json<PeerSeen>();
  await to.decide(id, 'accepted');
  return id;
}

const eventsOf = async ({ ask }: RunningNode, id: string) => {
  const found = (await ask('GET', '/events?limit=200')).json<{ items: { type: string; subject: string }[] }>();
  return found.items.filter(({ subject }) => subject === id).map(({ type }) => type);
};

t.test('two nodes agree on a peering by an offer of one and the yes of the other, signed by both', async (t) => {
  const [a, b] = [await startNode(t, 'Noord'), await startNode(t, 'Zuid')];
  const offered = await a.offer(b);
  t.equal(offered.status, 201, offered.text);
  const { id } = offered.json<PeerSeen>();
  t.equal(offered.headers.location, `/v1/peers/${id}`);
  t.match(offered.json(), { state: 'offered', offeredBy: 'us', name: 'Zuid', live: false });
  t.equal((await a.peer(id)).untold, null, 'it was told');
  t.match(await b.peer(id), {
    ...{ state: 'offered', offeredBy: 'them', name: 'Noord', baseUrl: a.baseUrl, live: false },
    ...{ shares: terms.receives, receives: terms.shares, validUntil: terms.validUntil },
  });
  t.equal(await livePeer(a.db, b.baseUrl, new Date()), undefined, 'which binds neither');
  t.equal(await livePeer(b.db, a.baseUrl, new Date()), undefined);
  t.equal((await a.decide(id, 'accepted')).json<{ code: string }>().code, 'wrong_side', 'nobody accepts his own offer');

  const accepted = await b.decide(id, 'accepted');
  t.match(accepted.json(), { state: 'accepted', live: true, untold: null });
  const [atA, atB] = [await a.peer(id), await b.peer(id)];
  for (const seen of [atA, atB]) t.match(seen, { state: 'accepted', live: true, keyThumbprints: [String] });
  t.equal(atA.ourSignature?.split('.')[1], atB.theirSignature?.split('.')[1]);
  t.equal(atB.ourSignature?.split('.')[1], atA.theirSignature?.split('.')[1]);
  const [offer, yes] = [payloadOf(atA.ourSignature), payloadOf(atA.theirSignature)];
  t.same(offer.peering, yes.peering, 'both signed the same');
  const hash = createHash('sha256')
    .update(String(atA.ourSignature).split('.')[1] ?? '')
    .digest('base64url');
  t.match(yes, { iss: b.baseUrl, aud: a.baseUrl, jti: id, decision: 'accepted', offerHash: hash });
  for (const { theirSignature, theirKey } of [atA, atB]) {
    const key = await importJWK(theirKey as JWK, 'ES256');
    await t.resolves(compactVerify(String(theirSignature), key), 'and each can show what the other signed');
  }
  t.match(await livePeer(a.db, b.baseUrl, new Date()), {
    id,
    name: 'Zuid',
    ourShare: terms.shares,
    theirShare: terms.receives,
  });
  t.match(await livePeer(b.db, a.baseUrl, new Date()), { id, name: 'Noord', ourShare: terms.receives });
  t.equal(await livePeer(a.db, b.baseUrl, new Date(`${terms.validUntil}T00:00:00Z`)), undefined, 'until its end');
  t.equal((await b.decide(id, 'accepted')).status, 200, 'the same again changes nothing');
  t.same(await eventsOf(b, id), ['nl.samendoen.peer.offered', 'nl.samendoen.peer.accepted']);
  t.same(await eventsOf(a, id), ['nl.samendoen.peer.offered', 'nl.samendoen.peer.accepted']);
  const listed = (await a.ask('GET', '/peers?live=true')).json<{ items: PeerSeen[] }>();
  t.same(
    listed.items.map((peer) => peer.id),
    [id],
  );
  t.same((await a.ask('GET', '/peers?state=offered')).json<{ items: unknown[] }>().items, []);
});

t.test('either ends a peering at once; another node that is away is told when it is back', async (t) => {
  const [a, b] = [await startNode(t, 'Noord'), await startNode(t, 'Zuid')];
  const first = await agree(a, b);
  t.match((await a.end(first, 'Klaar.')).json(), { state: 'ended', endedBy: 'us', reason: 'Klaar.', untold: null });
  t.match(await b.peer(first), { state: 'ended', endedBy: 'them', reason: 'Klaar.', live: false });
  t.equal(await livePeer(b.db, a.baseUrl, new Date()), undefined);

  const second = await agree(a, b);
  await a.stop();
  const ended = await b.end(second);
  t.equal(ended.status, 200, 'it does not wait for the other');
  t.match(ended.json(), { state: 'ended', live: false, untold: { kind: 'ended', tries: 1, lastError: 'refused' } });
  t.equal(await livePeer(b.db, a.baseUrl, new Date()), undefined);
  await b.tell();
  t.match((await b.peer(second)).untold, { kind: 'ended', tries: 2 });
  await a.start();
  t.match(await a.peer(second), { state: 'accepted' });
  await b.tell();
  t.match(await a.peer(second), { state: 'ended', endedBy: 'them' });
  t.equal((await b.peer(second)).untold, null);
  t.equal((await b.end(second)).status, 200, 'ended again, nothing changes');
  t.same(await eventsOf(a, second), [
    'nl.samendoen.peer.offered',
    'nl.samendoen.peer.accepted',
    'nl.samendoen.peer.ended',
  ]);
});

t.test('an offer can be declined and withdrawn, and neither binds', async (t) => {
  const [a, b] = [await startNode(t, 'Noord'), await startNode(t, 'Zuid')];
  const { id } = (await a.offer(b)).json<PeerSeen>();
  t.equal((await a.offer(b)).json<{ code: string }>().code, 'peering_open');
  t.equal((await b.offer(a)).json<{ code: string }>().code, 'peering_open', 'at either side');
  t.equal((await a.end(id)).json<{ code: string }>().code, 'handshake_refused');
  await b.decide(id, 'declined');
  t.match(await a.peer(id), { state: 'declined', closingSignature: String });
  const { id: next } = (await b.offer(a)).json<PeerSeen>();
  await b.decide(next, 'withdrawn');
  t.match(await a.peer(next), { state: 'withdrawn' });
  t.equal((await a.decide(next, 'accepted')).json<{ code: string }>().code, 'handshake_refused');
  t.equal(await livePeer(a.db, b.baseUrl, new Date()), undefined);
});

t.test('a yes and a withdrawal that cross bind nobody, at either node', async (t) => {
  const [a, b] = [await startNode(t, 'Noord'), await startNode(t, 'Zuid')];
  const { id } = (await a.offer(b)).json<PeerSeen>();
  await a.stop();
  t.match((await b.decide(id, 'accepted')).json(), { state: 'accepted', untold: { kind: 'accepted' } });
  await b.stop();
  await a.start();
  t.match((await a.decide(id, 'withdrawn')).json(), { state: 'withdrawn', untold: { kind: 'withdrawn' } });
  await b.start();
  // A node that was away is left alone for ten seconds, which a new process knows nothing of.
  await a.stop();
  await a.start();
  await b.tell();
  await a.tell();
  for (const node of [a, b]) t.match(await node.peer(id), { state: 'withdrawn', live: false, untold: null });
});

t.test('a peering is renewed without a gap: what is accepted takes the place of what holds', async (t) => {
  const [a, b] = [await startNode(t, 'Noord'), await startNode(t, 'Zuid')];
  const first = await agree(a, b);
  const second = await agree(b, a, { shares: [], receives: ['organisations'] });
  await a.tell();
  await b.tell();
  for (const node of [a, b]) {
    t.match(await node.peer(first), { state: 'ended', reason: 'renewed', untold: null });
    t.match(await node.peer(second), { state: 'accepted', live: true, untold: null });
  }
  t.match(await livePeer(a.db, b.baseUrl, new Date()), { id: second, ourShare: ['organisations'] });
});

t.test('a renewal that begins later leaves what holds until then, and no two hold on one day', async (t) => {
  const [a, b] = [await startNode(t, 'Noord'), await startNode(t, 'Zuid')];
  const begins = inDays(10);
  const first = await agree(a, b);
  const second = await agree(b, a, { validFrom: begins });
  await b.tell();
  const later = await agree(a, b, { validFrom: inDays(20), validUntil: inDays(40) });
  await a.tell();
  const on = (days: number) => new Date(`${inDays(days)}T12:00:00Z`);
  for (const [node, other] of [
    [a, b],
    [b, a],
  ] as const) {
    t.match(await node.peer(first), { state: 'accepted', live: true, validUntil: begins, untold: null });
    t.match(await node.peer(second), { state: 'accepted', live: false, validUntil: inDays(20) });
    t.match(await node.peer(later), { state: 'accepted', live: false });
    const held = [0, 9, 10, 19, 20, 39].map(async (days) => (await livePeer(node.db, other.baseUrl, on(days)))?.id);
    t.same(await Promise.all(held), [first, first, second, second, later, later]);
    t.equal(await livePeer(node.db, other.baseUrl, on(40)), undefined);
  }
  await t.rejects(
    a.owner`update peers set valid_until = ${inDays(11)} where id = ${first}`,
    { code: '23P01' },
    'the database holds it too',
  );
  const now = await agree(a, b, { validUntil: inDays(15) });
  await a.tell();
  await b.tell();
  for (const node of [a, b]) {
    for (const id of [first, second])
      t.match(await node.peer(id), { state: 'ended', reason: 'renewed' }, 'what it does not leave a day');
    t.match(await node.peer(now), { state: 'accepted', live: true });
    t.match(await node.peer(later), { state: 'accepted', live: false }, 'what begins after it stays');
  }
});

t.test('a yes that comes after the time of the offer binds nobody', async (t) => {
  const [a, b] = [await startNode(t, 'Noord'), await startNode(t, 'Zuid')];
  const { id } = (await a.offer(b)).json<PeerSeen>();
  await a.owner`update peers set expires_at = now() - interval '1 second' where id = ${id}`;
  t.match(await a.peer(id), { state: 'expired' });
  await b.decide(id, 'accepted');
  t.match(await a.peer(id), { state: 'ended', endedBy: 'us', reason: 'expired' });
  await a.tell();
  t.match(await b.peer(id), { state: 'ended', endedBy: 'them', reason: 'expired' });
});

t.test('keys of a node rotate while a peering holds, and what waited is signed with the new one', async (t) => {
  const [a, b] = [await startNode(t, 'Noord'), await startNode(t, 'Zuid')];
  const id = await agree(a, b);
  await b.stop();
  await a.end(id);
  // The key of before is gone at once, so that what was signed with it is believed by nobody.
  await rotateSigningKey(a.db, { keySecret: a.keySecret, compromised: true });
  await b.start();
  await a.tell();
  const { keyThumbprints, ...seen } = await b.peer(id);
  t.match(seen, { state: 'ended', endedBy: 'them' });
  const { keys } = (await send(a.baseUrl, { path: '/.well-known/jwks.json' })).json<{ keys: JWK[] }>();
  t.equal(keys.length, 1);
  t.same(keyThumbprints, [keys[0]?.kid]);

  await rotateSigningKey(a.db, { keySecret: a.keySecret });
  await a.signIn();
  const next = await agree(a, b);
  t.match(await b.peer(next), { state: 'accepted' }, 'with an overlap nothing is to be waited for');
});

t.test('a node that cannot be reached or is not one is told clearly, and nothing is stored', async (t) => {
  const a = await startNode(t, 'Noord');
  const b = await startNode(t, 'Zuid');
  await b.stop();
  const refused = await a.offer(b);
  t.equal(refused.status, 502);
  t.match(refused.json(), { code: 'peer_unreachable', detail: /refused/ });
  t.same((await a.ask('GET', '/peers')).json<{ items: unknown[] }>().items, []);
  const faults = async (change: object) =>
    (await a.offer(b, change))
      .json<{ errors?: { location: string; code: string }[] }>()
      .errors?.map(({ location, code }) => `${location} ${code}`);
  t.same(await faults({ baseUrl: 'ftp://leernetwerk.example' }), ['/baseUrl url_scheme']);
  t.same(await faults({ baseUrl: 'https://leernetwerk.example/?a=1' }), ['/baseUrl base_url_form']);
  t.same(await faults({ baseUrl: 'https://Leernetwerk.example' }), ['/baseUrl base_url_form']);
  t.same(await faults({ baseUrl: 'http://10.0.0.1' }), ['/baseUrl url_address']);
  t.same(await faults({ baseUrl: a.baseUrl }), ['/baseUrl own_node']);
  t.same(await faults({ shares: [], receives: [] }), ['/shares nothing_shared']);
  t.same(await faults({ shares: ['organisations', 'organisations'] }), ['/shares repeated']);
  t.same(await faults({ shares: ['alliances'] }), ['/shares organisations_needed']);
  t.same(await faults({ validUntil: '2020-01-01' }), ['/validUntil ends_before_start', '/validUntil in_the_past']);
  t.same(await faults({ validUntil: '2040-01-01' }), ['/validUntil peering_too_long']);
  t.equal((await a.ask('GET', `/peers/${'0'.repeat(8)}-0000-7000-8000-${'0'.repeat(12)}`)).status, 404);
});

t.test('a node says who it is, and where its keys, its policy and its peerings are', async (t) => {
  const a = await startNode(t, 'Noord');
  const answer = await send(a.baseUrl, { path: '/.well-known/learning-network' });
  t.equal(answer.headers['cache-control'], 'public, max-age=300');
  const described = answer.json<Record<string, string>>();
  t.match(described, { name: 'Noord', oin: '00000099000000000000', baseUrl: a.baseUrl, protocolVersions: [1] });
  t.equal((await send(a.baseUrl, { path: new URL(described.jwksUri ?? '').pathname })).status, 200);
  const policy = await send(a.baseUrl, {
    path: new URL(described.policyUri ?? '').pathname,
    headers: { 'accept-language': 'nl' },
  });
  t.match(policy.headers['content-type'], /^text\/html/);
  t.match(policy.text, /<h1>Wat met andere knooppunten wordt gedeeld<\/h1>/);
  const catalogue = await send(a.baseUrl, { path: '/.well-known/api-catalog' });
  t.match(catalogue.text, `${a.baseUrl}/.well-known/learning-network`);
});

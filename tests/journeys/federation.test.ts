import t, { type Test } from 'tap';
import { peered, type ReplicatingNode, startReplicating } from '../features/replication/nodes.ts';
import { readDocument } from '../helpers/document.ts';
import { connect } from '../helpers/network.ts';
import { assertionClaims, sign, testKey } from '../helpers/oauth.ts';

const document = await readDocument();

/** A token of a client, for its own node or for a peer of it. */
async function tokenFor(node: ReplicatingNode, clientId: string, key: Awaited<ReturnType<typeof testKey>>, at: string) {
  const assertion = await sign(key, assertionClaims(clientId, { aud: `${node.baseUrl}/oauth/token` }));
  const response = await fetch(`${node.baseUrl}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
      resource: at,
    }),
  });
  return (await response.json()) as { access_token: string; error?: string };
}

/** An organisation with a client, at its home. */
async function party(t: Test, node: ReplicatingNode, name: string) {
  const organisationId = await node.register(name);
  const key = await testKey('ES256');
  const scopes = ['organisations:read', 'alliances:read', 'alliances:write', 'initiatives:read', 'initiatives:write'];
  const client = await node.ask('POST', '/clients', {
    ...{ name: `Systeem van ${name}`, organisationId, jwks: { keys: [key.jwk] } },
    scopes: [...scopes, 'ownership:read', 'ownership:write', 'statistics:read'],
  });
  t.equal(client.status, 201, client.text);
  const { clientId } = client.json<{ clientId: string }>();
  const systemAt = async (at: ReplicatingNode) =>
    connect(at.baseUrl, document, (await tokenFor(node, clientId, key, at.baseUrl)).access_token);
  return { organisationId, systemAt };
}

t.test('an organisation of one node takes part in an alliance of another, and owns an initiative there', async (t) => {
  const [maarland, waterrade] = [await startReplicating(t, 'Maarland'), await startReplicating(t, 'Waterrade')];
  const shares = ['organisations', 'alliances'];
  const peeringId = await peered(t, maarland, waterrade, { shares, receives: shares });
  const town = await party(t, maarland, 'Gemeente Maarland');
  const care = await party(t, waterrade, 'Zorggroep Waterrade');
  for (const node of [maarland, waterrade]) await node.pull();

  const [townHere, careHere] = [await town.systemAt(maarland), await care.systemAt(maarland)];
  const alliance = { kind: 'alliance', name: 'Leeralliantie over de grens', visibility: 'public' };
  const allianceId = (await townHere.call('createAlliance', { body: alliance })).body.id;
  const offer = { params: { allianceId }, body: { organisationId: care.organisationId } };
  const membershipId = (await townHere.call('offerMembership', offer)).body.id;

  t.match((await careHere.call('getCaller')).body, {
    organisation: { id: care.organisationId, name: 'Zorggroep Waterrade' },
    administrator: false,
  });
  await waterrade.pull();
  const careAtHome = await care.systemAt(waterrade);
  const waiting = (await careAtHome.call('listMemberships', { query: { state: 'offered' } })).body.items;
  t.match(waiting, [{ id: membershipId, alliance: { id: allianceId, name: alliance.name } }], 'it is asked at home');
  const yes = { params: { membershipId }, body: { decision: 'accepted' } };
  t.equal(await careAtHome.outcome('decideMembership', yes), '200', 'and says yes at its own node');
  const members = (await townHere.call('listMemberships', { query: { allianceId, state: 'accepted' } })).body.items;
  t.equal(members.length, 2, 'which binds it where the alliance is kept');

  const begun = await careHere.call('createInitiative', { body: { allianceId, title: 'Samen de wijk in' } });
  const owning = {
    ...{ subject: { type: 'initiative', id: begun.body.id }, share: 'accountable' },
    organisationId: care.organisationId,
  };
  const offerId = (await careHere.call('offerOwnership', { body: owning })).body.id;
  const accepted = { params: { offerId }, body: { decision: 'accepted' } };
  t.equal(await careHere.outcome('decideOwnershipOffer', accepted), '200');
  const records = await townHere.call('listOwnershipRecords', { query: { subjectId: begun.body.id } });
  t.match(records.body.items, [{ accountable: { id: care.organisationId, name: 'Zorggroep Waterrade' } }]);

  await waterrade.pull();
  const seen = await careAtHome.call('listOwnershipRecords', { query: { subjectId: begun.body.id } });
  t.match(seen.body.items, [{ accountable: { id: care.organisationId }, subject: { name: 'Samen de wijk in' } }]);
  const initiatives = (await careAtHome.call('listInitiatives', { query: { allianceId } })).body.items;
  t.match(initiatives, [{ id: begun.body.id, title: 'Samen de wijk in' }], 'what it owns it reads at home');

  const figures = (await townHere.call('getNetworkStatistics')).body as unknown as { tieCount: number };
  t.equal(figures.tieCount, 1, 'home and replica are one organisation in the figures');

  // What is kept elsewhere is changed there, and whoever asks here is told where.
  const wrong = await waterrade.ask('GET', `/organisations/${town.organisationId}`);
  t.match(wrong.json(), { home: maarland.baseUrl });
  const etag = String(wrong.headers.etag);
  const renamed = await fetch(`${waterrade.baseUrl}/v1/organisations/${town.organisationId}`, {
    method: 'PATCH',
    headers: {
      authorization: `Bearer ${await waterrade.bearer()}`,
      ...{ 'content-type': 'application/merge-patch+json', 'if-match': etag },
    },
    body: JSON.stringify({ name: 'Anders' }),
  });
  t.match(
    [renamed.status, await renamed.json()],
    [421, { code: 'misdirected', home: `${maarland.baseUrl}/v1/organisations/${town.organisationId}` }],
  );

  t.equal((await maarland.end(peeringId, 'Klaar')).status, 200);
  t.equal(await careHere.outcome('getCaller'), '401 invalid_token', 'when the peering ends, its tokens end at once');
  await maarland.clear();
  await waterrade.clear();
  t.same((await careAtHome.call('listAlliances')).body.items, [], 'and what was given for it is removed');
  const kept = await townHere.call('listMemberships', { query: { allianceId } });
  t.match(
    kept.body.items.map((one) => (one.organisation as { name: string }).name).sort(),
    ['Gemeente Maarland', 'Zorggroep Waterrade'],
    'what was done stays, with the name of who did it',
  );
});

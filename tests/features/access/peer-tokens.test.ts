import { createLocalJWKSet } from 'jose';
import t, { type Test } from 'tap';
import { openAccess } from '../../../src/features/access/access.ts';
import { partnerScopes } from '../../../src/features/access/peers.ts';
import { allianceRoutes } from '../../../src/features/alliances/routes.ts';
import { listProfessionals } from '../../../src/features/professionals/professionals.ts';
import { ProfessionalQuery } from '../../../src/features/professionals/schemas.ts';
import { scopes } from '../../../src/platform/caller.ts';
import { newId } from '../../../src/platform/id.ts';
import { testDatabase } from '../../helpers/db.ts';
import { operationsOf, readDocument } from '../../helpers/document.ts';
import { baseUrl, decodePart, forge, nodeSecret, registerClient, testKey, tokenClaims } from '../../helpers/oauth.ts';
import { putPeering, putReplica } from '../../helpers/peerings.ts';
import { context, organisationWithCaller } from '../../helpers/people.ts';
import { register } from '../professionals/world.ts';
import { administratorSecret, servedNode } from './served.ts';

const peer = 'https://peer.example/node';
const never = { id: newId(), keys: () => Promise.reject(new Error('nobody signs here')) };

/** A node with one peer, to which its clients want to go. */
const node = (t: Pick<Test, 'teardown'>) =>
  servedNode(t, { peers: async (issuer) => (issuer === peer ? never : undefined) });

t.test('what a partner may have are the scopes of what is not for administrators alone', async (t) => {
  const open = operationsOf(await readDocument()).filter(({ policy }) => policy !== 'administrator');
  const wanted = new Set(open.map(({ scope }) => scope));
  t.same(
    partnerScopes,
    scopes.filter((scope) => wanted.has(scope)),
  );
});

t.test('a client gets a token for a peer, for its organisation, for five minutes', async (t) => {
  const { askToken, asClient, client, organisationId } = await node(t);
  const answer = await askToken({ ...(await asClient()), resource: peer });
  t.match(answer.json(), { expires_in: 300, scope: 'organisations:read alliances:read' });
  const token = String(answer.json().access_token);
  const claims = decodePart(token, 1);
  const named = { sub: client.clientId, client_id: client.clientId, azp: client.clientId };
  t.match(claims, { ...named, iss: baseUrl, aud: peer, organisation_id: organisationId });
  t.equal(Number(claims.exp) - Number(claims.iat), 300);
  t.match(decodePart(token, 0), { alg: 'ES256', typ: 'at+jwt', kid: String });

  const own = (await askToken({ ...(await asClient()), resource: baseUrl })).json();
  t.equal(own.expires_in, 3600, 'for this node it is a token as any other');
  t.same(decodePart(String(own.access_token), 1).aud, baseUrl);
  t.notOk('organisation_id' in decodePart(String(own.access_token), 1));
  const less = await askToken({ ...(await asClient()), resource: peer, scope: 'alliances:read' });
  t.equal(less.json().scope, 'alliances:read');
});

t.test('a token for anywhere else is refused, and so is one for an administrator or a guest', async (t) => {
  const served = await node(t);
  const { askToken, asClient, owner, organisationId, access } = served;
  for (const resource of [
    'https://else.example',
    `${peer}/`,
    `${peer}#part`,
    `${peer}?x`,
    peer.toUpperCase(),
    `${baseUrl}/v1`,
    'peer.example',
    'x',
    ' ',
  ]) {
    const answer = await askToken({ ...(await asClient()), resource });
    t.match([answer.statusCode, answer.json()], [400, { error: 'invalid_target' }], resource);
  }
  const twice = new URLSearchParams({ grant_type: 'client_credentials', resource: peer });
  twice.append('resource', peer);
  t.match((await askToken(twice.toString())).json(), { error: 'invalid_request' });

  const administrator = { client_id: 'administrator', client_secret: administratorSecret, resource: peer };
  t.match((await askToken(administrator)).json(), { error: 'invalid_target' }, 'administrators are nobody at a peer');
  t.match((await askToken({ client_id: 'administrator', client_secret: 'x', resource: peer })).json(), {
    error: 'invalid_client',
  });
  const asked = { ...(await asClient()), resource: peer, scope: 'ownership:read' };
  t.match((await askToken(asked)).json(), { error: 'invalid_scope' }, 'what it does not have here');

  const key = await testKey('ES256');
  const clients = await registerClient(served, organisationId, [key.jwk], ['clients:read', 'exports:read']);
  const by = { clientId: clients.clientId, key };
  const stripped = await askToken({ ...(await asClient({}, by)), resource: peer });
  t.equal(stripped.json().scope, 'exports:read', 'scopes of administrators stay behind');
  const wanted = { ...(await asClient({}, by)), resource: peer, scope: 'clients:read' };
  t.match((await askToken(wanted)).json(), { error: 'invalid_scope' });
  const only = await registerClient(served, organisationId, [key.jwk], ['clients:read']);
  const none = { ...(await asClient({}, { clientId: only.clientId, key })), resource: peer };
  t.match((await askToken(none)).json(), { error: 'invalid_scope' }, 'and a token without a scope is none');

  const { authenticate } = access;
  const away = String((await askToken({ ...(await asClient()), resource: peer })).json().access_token);
  await t.rejects(authenticate(`Bearer ${away}`), { code: 'invalid_token' }, 'here it is no token');
  await owner`update organisations set home = ${peer} where id = ${organisationId}`;
  const guest = await askToken({ ...(await asClient()), resource: peer });
  t.match(guest.json(), { error: 'invalid_target' }, 'nobody is vouched for who is homed elsewhere');
});

t.test('what one node gives out, its peer accepts, and nobody else', async (t) => {
  const issuing = await node(t);
  const { askToken, asClient, organisationId, client } = issuing;
  const there = await testDatabase(t);
  const published = createLocalJWKSet(await issuing.access.keySet());
  const peering = await putPeering(there.owner, baseUrl);
  const openAt = async (at: string) => {
    const access = await openAccess(there.db, there.sql, {
      ...{ baseUrl: at, keySecret: nodeSecret, trustedIssuers: [], log: { warn: () => undefined } },
      peers: async (issuer) => (issuer === baseUrl ? { id: peering, keys: published } : undefined),
    });
    t.teardown(() => access.close());
    return access;
  };
  const atPeer = await openAt(peer);
  const token = async () => `Bearer ${(await askToken({ ...(await asClient()), resource: peer })).json().access_token}`;
  await t.rejects(
    atPeer.authenticate(await token()),
    { code: 'invalid_token' },
    'an organisation that is not known there',
  );
  await there.owner`insert into organisations (id, kind, name, created_at, changed_at, home)
    values (${organisationId}, 'municipality', 'Gemeente Lindeveen', now(), now(), ${baseUrl})`;
  await t.rejects(atPeer.authenticate(await token()), { code: 'invalid_token' }, 'one that its home does not give');
  await putReplica(there.owner, peering, organisationId);
  t.match(await atPeer.authenticate(await token()), {
    ...{ clientId: `${baseUrl}|${client.clientId}`, clientName: client.clientId, organisationId },
    ...{ administrator: false, scopes: new Set(['organisations:read', 'alliances:read']) },
  });
  const elsewhere = await openAt('https://third.example');
  await t.rejects(elsewhere.authenticate(await token()), { code: 'invalid_token' }, 'it is for one node alone');
});

t.test('a caller from a peer writes, repeats and is counted as one of its own', async (t) => {
  const urls = [peer, 'https://second.example'];
  const keys = await Promise.all(urls.map(() => testKey('ES256', 'one')));
  const sets = new Map(urls.map((url, at) => [url, createLocalJWKSet({ keys: [{ ...keys[at]?.jwk }] as never })]));
  const peerings = new Map<string, string>();
  const served = await servedNode(t, {
    peers: async (issuer) => {
      const set = sets.get(issuer);
      return set && { id: peerings.get(issuer) ?? '', keys: set };
    },
    mount: (routes, db) => allianceRoutes(routes, { db, leaveAlliance: async () => [] }),
  });
  for (const url of urls) peerings.set(url, await putPeering(served.owner, url));
  const tokens: string[] = [];
  const ids: string[] = [];
  for (const [at, url] of urls.entries()) {
    const { id } = await organisationWithCaller(served.db, url);
    await served.owner`update organisations set home = ${url} where id = ${id}`;
    await putReplica(served.owner, peerings.get(url) ?? '', id);
    const change = { iss: url, organisation_id: id, scope: scopes.join(' '), exp: Math.floor(Date.now() / 1000) + 120 };
    const header = { alg: 'ES256', typ: 'at+jwt', kid: 'one' };
    const key = keys[at];
    if (key === undefined) throw new Error('there is no key');
    tokens.push(forge(key, header, tokenClaims('system', change)));
    ids.push(id);
  }
  const [first = '', second = ''] = tokens;
  const body = { kind: 'alliance', name: 'Samen', visibility: 'network', startsOn: '2026-01-01' };
  const found = (token: string) =>
    served.send('POST', '/v1/alliances', { token, body, headers: { 'idempotency-key': '"once"' } });
  const made = await found(first);
  t.equal(made.statusCode, 201, made.body);
  const again = await found(first);
  t.equal(again.headers['idempotency-replayed'], 'true');
  t.equal(again.json().id, made.json().id);
  const other = await found(second);
  t.equal(other.statusCode, 201);
  t.not(other.json().id, made.json().id, 'the same key of a client of the same name at another peer is another');
  const left = (answer: Awaited<typeof made>) => /r=(\d+)/.exec(String(answer.headers.ratelimit))?.[1];
  t.equal(left(other), left(made), 'each has a quota of its own');
  t.equal(Number(left(made)) - 1, Number(left(again)));
  const recorded = await served.owner`select distinct client_id, organisation_id from audit_records
    where operation_id = 'createAlliance' order by client_id`;
  t.same(
    recorded.map((row) => [row.client_id, row.organisation_id]),
    urls.map((url, at) => [`${url}|system`, ids[at]]).sort(),
  );
  t.equal((await served.send('GET', '/v1/clients', { token: first })).statusCode, 403, 'and never an administrator');
  const caller = await served.access.authenticate(`Bearer ${first}`);
  t.same(caller.scopes, new Set(partnerScopes));
  // Somebody of this node who works at the peer's organisation as well is seen there, and that is logged.
  await register(served.db, await organisationWithCaller(served.db, 'Academie'), { organisationId: ids[0] });
  t.equal((await listProfessionals(served.db, context(caller), ProfessionalQuery.parse({}))).items.length, 1);
  const logged = await served.owner`select 1 from processing_records where client_id = ${`${peer}|system`}`;
  t.equal(logged.length, 1);
});

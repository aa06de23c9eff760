import { KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { createLocalJWKSet, errors, exportSPKI, importJWK, type JWK } from 'jose';
import t, { type Test } from 'tap';
import type { PeerIssuer } from '../../../src/features/access/access.ts';
import { newId } from '../../../src/platform/id.ts';
import type { TestDatabase } from '../../helpers/db.ts';
import { baseUrl, forge, forgeHmac, leakedKey, seconds, testKey, testNode, tokenClaims } from '../../helpers/oauth.ts';
import { putPeering, putReplica } from '../../helpers/peerings.ts';
import { organisationWithCaller } from '../../helpers/people.ts';
import { judge, product } from './matrix.ts';

t.setTimeout(600_000);

const issuers: Readonly<Record<string, string>> = {
  us: baseUrl,
  live: 'https://live.example',
  other: 'https://other.example/node',
  ended: 'https://ended.example',
  unknown: 'https://unknown.example',
};
const lasting = (life: number, iat = seconds()) => ({ iat, exp: iat + life });
const times: Readonly<Record<string, () => Record<string, unknown>>> = {
  fresh: () => lasting(120),
  'the longest life': () => lasting(300),
  'too long a life': () => lasting(301),
  'an hour': () => lasting(3600),
  expired: () => lasting(120, seconds() - 200),
  future: () => lasting(120, seconds() + 60),
  'not yet': () => ({ ...lasting(120), nbf: seconds() + 60 }),
  endless: () => ({ iat: seconds(), exp: undefined }),
  timeless: () => ({ iat: undefined, exp: seconds() + 120 }),
};
const audiences: Readonly<Record<string, unknown>> = {
  us: baseUrl,
  'us in a list': [baseUrl],
  'us and a peer': [baseUrl, issuers.other],
  'us with a slash': `${baseUrl}/`,
  'another peer': issuers.other,
  nobody: undefined,
};
const types: Readonly<Record<string, unknown>> = {
  'at+jwt': 'at+jwt',
  JWT: 'JWT',
  'AT+JWT': 'AT+JWT',
  'application/at+jwt': 'application/at+jwt',
  assertion: 'client-authentication+jwt',
  none: undefined,
};

type Row = Record<'issuer' | 'signer' | 'kid' | 'aud' | 'typ' | 'home' | 'time' | 'alg' | 'header' | 'names', string>;

/** The key that an issuer signs with, its name, and where that name is told; written apart from the product. */
const keysOf: Readonly<Record<string, { signer: string; kid: string }>> = {
  us: { signer: 'us', kid: 'us' },
  live: { signer: 'live', kid: 'shared' },
  other: { signer: 'other', kid: 'shared' },
};

/** What is accepted of peers, and what of ourselves, in the words of the design. */
function isSpecified(row: Row): boolean {
  const { issuer, signer, kid, aud, typ, home, time, alg, header, names } = row;
  const key = keysOf[issuer];
  const signed = key !== undefined && key.signer === signer && key.kid === kid && alg === 'ES256';
  if (!signed || aud !== 'us' || names !== 'equal') return false;
  const short = time === 'fresh' || time === 'the longest life';
  // Of our own tokens the organisation is that of the client, whatever they claim; the rest is in token-matrix.test.ts.
  if (issuer === 'us')
    return (
      ['at+jwt', 'AT+JWT', 'application/at+jwt'].includes(typ) &&
      (short || time === 'too long a life' || time === 'an hour') &&
      header !== 'crit'
    );
  return typ === 'at+jwt' && short && header === 'plain' && home === issuer;
}

type Homes = Record<string, string | undefined>;

/** The peerings of a node, and organisations by who is their home, and whether it gives them. */
async function organisationsOf({ db, owner }: Pick<TestDatabase, 'db' | 'owner'>) {
  const at = (name: string) => issuers[name] ?? '';
  const [live, other] = [await putPeering(owner, at('live')), await putPeering(owner, at('other'))];
  const [ended, former] = [
    await putPeering(owner, at('ended'), { state: 'ended' }),
    await putPeering(owner, at('live'), { state: 'ended' }),
  ];
  const given: [name: string, home: string | null, by?: Parameters<typeof putReplica>[1], as?: object][] = [
    ['us', null],
    ['live', at('live'), live],
    ['other', at('other'), other],
    ['ended', at('ended'), ended],
    // Homed at the live peer, as is said here, and not given by it as it is: so none that may come in.
    ['in quarantine', at('live'), live, { fault: 'identifier_taken' }],
    ['given no more', at('live')],
    ['given by another', at('live'), other],
    ['given before', at('live'), former],
    ['another thing', at('live'), live, { collection: 'alliances' }],
  ];
  const homes: Homes = { unknown: newId(), none: undefined };
  for (const [name, home, by, as] of given) {
    const { id } = await organisationWithCaller(db, name);
    homes[name] = id;
    await owner`update organisations set home = ${home} where id = ${id}`;
    if (by !== undefined) await putReplica(owner, by, id, as);
  }
  return { homes, peerings: { live, other } as Record<string, string> };
}

/** A node with two peers, one that was, and the keys of everybody. */
async function world(t: Pick<Test, 'teardown'>) {
  const ec = (kid: string) => testKey('ES256', kid);
  const [live, other, ended, unknown] = [await ec('shared'), await ec('shared'), await ec('shared'), await ec('none')];
  const compromised = await ec('compromised');
  const rsa = await testKey('RS256', 'rsa');
  const peers = new Map<string, PeerIssuer>();
  const node = await testNode(t, [], async (issuer) => peers.get(issuer));
  const { peerings, homes } = await organisationsOf(node);
  const setOf = (name: string, ...keys: JWK[]): PeerIssuer => ({
    ...{ id: peerings[name] ?? '', keys: createLocalJWKSet({ keys }) },
  });
  peers.set(issuers.live ?? '', setOf('live', { ...live.jwk }, { ...rsa.jwk }));
  peers.set(issuers.other ?? '', setOf('other', { ...other.jwk }));
  const own = await leakedKey(node.db);
  const signers = { us: own, live, other, ended, unknown, compromised };
  const kids: Record<string, unknown> = {
    us: own.jwk.kid,
    shared: 'shared',
    compromised: 'compromised',
    unknown: 'unknown',
    absent: undefined,
  };
  const stranger = await ec('stranger');
  const headers: Record<string, object> = {
    plain: {},
    crit: { crit: ['exp'], exp: 1 },
    jku: { jku: 'https://evil.example/jwks.json' },
    jwk: { jwk: { ...stranger.jwk } },
    x5u: { x5u: 'https://evil.example/cert' },
    b64: { b64: true },
  };
  const spki = async (jwk: JWK) =>
    exportSPKI((await importJWK({ ...jwk, alg: 'ES256' }, 'ES256', { extractable: true })) as never);
  const liveText = await spki(live.jwk);
  const names: Record<string, object> = {
    equal: {},
    'another sub': { sub: 'c_else' },
    'another azp': { azp: 'c_else' },
    'no client_id': { client_id: undefined },
  };
  const tokenOf = (row: Row): string => {
    const signer = signers[row.signer as keyof typeof signers];
    const header = { alg: row.alg, typ: types[row.typ], kid: kids[row.kid], ...headers[row.header] };
    const claims = tokenClaims(node.client.clientId, {
      ...{ iss: issuers[row.issuer], aud: audiences[row.aud], organisation_id: homes[row.home] },
      ...times[row.time]?.(),
      ...names[row.names],
    });
    if (row.alg === 'HS256') return forgeHmac(liveText, header, claims);
    if (row.alg === 'RS256') return forge(rsa, { ...header, kid: row.kid === 'absent' ? undefined : 'rsa' }, claims);
    const token = forge({ ...signer, alg: 'ES256' }, header, claims);
    return row.alg === 'none' ? `${token.slice(0, token.lastIndexOf('.') + 1)}AA` : token;
  };
  const values = {
    issuer: Object.keys(issuers),
    signer: Object.keys(signers),
    kid: Object.keys(kids),
    aud: Object.keys(audiences),
    typ: Object.keys(types),
    home: Object.keys(homes),
    time: Object.keys(times),
    alg: ['ES256', 'RS256', 'none', 'HS256'],
    header: Object.keys(headers),
    names: Object.keys(names),
  };
  return { node, peers, tokenOf, values, homes, setOf, peerings };
}

const good = { aud: ['us'], typ: ['at+jwt'], time: ['fresh'], alg: ['ES256'], header: ['plain'], names: ['equal'] };

t.test('of thousands of combinations exactly the specified tokens of peers are accepted', async (t) => {
  const { node, tokenOf, values } = await world(t);
  const signed = values.issuer.flatMap((issuer) => {
    const { signer, kid } = keysOf[issuer] ?? { signer: 'live', kid: 'shared' };
    return [{ issuer: [issuer], signer: [signer], kid: [kid] }];
  });
  const { issuer, signer, kid, home } = values;
  const rows: Row[] = [
    ...product({ ...good, issuer, signer, kid, home, aud: ['us', 'another peer'], time: ['fresh', 'expired'] }),
    ...signed.flatMap((by) => product({ ...good, ...by, home, aud: values.aud, typ: values.typ, time: values.time })),
    ...signed.flatMap((by) =>
      product({ ...good, ...by, home, alg: values.alg, header: values.header, names: values.names }),
    ),
    ...product({ ...good, issuer, signer, kid, home: ['live'], alg: values.alg, header: values.header }),
  ];
  const refusals = new Set<string>();
  const judgement = await judge(rows, isSpecified, async (row) => {
    try {
      const caller = await node.access.authenticate(`Bearer ${tokenOf(row)}`);
      const clientId = row.issuer === 'us' ? node.client.id : `${issuers[row.issuer]}|${node.client.clientId}`;
      if (caller.clientId !== clientId || caller.administrator) throw new Error('somebody else was let in');
      return true;
    } catch (error) {
      const { code, headers, message } = error as { code?: unknown; headers?: object; message: string };
      refusals.add(JSON.stringify([code, headers, message]));
      return false;
    }
  });
  t.ok(judgement.tried > 5000, `${judgement.tried} combinations`);
  t.ok(judgement.specified.length > 10, `${judgement.specified.length} are specified`);
  t.same(judgement.accepted, judgement.specified);
  t.equal(refusals.size, 1, 'no refusal tells which rule it broke');
  t.match([...refusals][0], /^\["invalid_token"/);
});

t.test('whatever a token says, who is let in by a peer acts for an organisation that is homed there', async (t) => {
  const { node, tokenOf, values } = await world(t);
  const sound = (issuer: string) => ({
    ...Object.fromEntries(Object.entries(good).map(([name, [usual]]) => [name, usual ?? ''])),
    ...{ issuer, home: issuer, signer: issuer, kid: 'shared' },
  });
  const near = (base: Record<string, string>) =>
    fc.record(
      Object.fromEntries(
        Object.entries(values).map(([name, all]) => [
          name,
          fc.oneof(
            { weight: 9, arbitrary: fc.constant(base[name] ?? '') },
            { weight: 1, arbitrary: fc.constantFrom(...all) },
          ),
        ]),
      ),
    );
  const row = fc.oneof(near(sound('live')), near(sound('other')));
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(row, async (given) => {
      const found = await node.access.authenticate(`Bearer ${tokenOf(given as Row)}`).catch(() => undefined);
      if (found === undefined) return;
      accepted++;
      if (given.issuer === 'us') return;
      if (!isSpecified(given as Row)) throw new Error('it is not specified');
      const [organisation] = await node.owner`select home from organisations where id = ${found.organisationId}`;
      if (organisation?.home !== issuers[given.issuer ?? '']) throw new Error(`${organisation?.home} is another home`);
    }),
    { numRuns: 3000 },
  );
  t.ok(accepted > 300, `${accepted} were let in`);
});

t.test('the end of a peering, of a key and of a home is the end of the tokens at once', async (t) => {
  const { node, peers, tokenOf, homes, setOf, peerings } = await world(t);
  const row: Row = {
    ...{ issuer: 'live', signer: 'live', kid: 'shared', aud: 'us', typ: 'at+jwt', home: 'live' },
    ...{ time: 'fresh', alg: 'ES256', header: 'plain', names: 'equal' },
  };
  const token = `Bearer ${tokenOf(row)}`;
  const passes = () => node.access.authenticate(token);
  const refused = (why: string) => t.rejects(passes(), { code: 'invalid_token', status: 401 }, why);
  const url = issuers.live ?? '';
  const before = peers.get(url) as PeerIssuer;
  t.match(await passes(), { organisationId: homes.live, scopes: new Set(['organisations:read']) });

  peers.delete(url);
  await refused('the peering ended');
  peers.set(url, setOf('live', { ...(await testKey('ES256', 'next')).jwk }));
  await refused('the key was taken back');
  peers.set(url, before);
  await node.owner`update organisations set home = null where id = ${homes.live ?? ''}`;
  await refused('the organisation came to us');
  await node.owner`update organisations set home = ${issuers.other ?? ''} where id = ${homes.live ?? ''}`;
  await refused('the organisation went to another peer');
  await node.owner`update organisations set home = ${url} where id = ${homes.live ?? ''}`;
  t.ok(await passes(), 'and as it was before, it is let in');
  const replica = (change: object) =>
    node.owner`update replicas set ${node.owner(change)} where object_id = ${homes.live ?? ''}`;
  await replica({ fault: 'malformed' });
  await refused('what its home gives of it now cannot be taken over');
  await replica({ fault: null, peer_id: peerings.other ?? '' });
  await refused('it is another peer that gives it');
  await replica({ peer_id: peerings.live ?? '' });
  t.ok(await passes());
  await node.owner`delete from replicas where object_id = ${homes.live ?? ''}`;
  await refused('its home gives it no more');
  await putReplica(node.owner, peerings.live ?? '', homes.live ?? '');
  peers.set(url, { ...before, id: peerings.other ?? '' });
  await refused('the peering that gave it was followed by another');
  peers.set(url, before);
  t.ok(await passes());

  const failing = (error: Error): PeerIssuer => ({ ...before, keys: () => Promise.reject(error) });
  peers.set(url, failing(new Error('the database is away')));
  await t.rejects(passes(), { code: 'unavailable' }, 'keys that could not be read are no fault of the token');
  peers.set(url, failing(new errors.JWKSNoMatchingKey()));
  await refused('no key fits');
  const rsa = await testKey('RS256', 'shared');
  peers.set(url, { ...before, keys: async () => KeyObject.from(rsa.privateKey) });
  await refused('a key of another kind');
});

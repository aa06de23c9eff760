import { randomBytes, randomUUID } from 'node:crypto';
import t from 'tap';
import { namedId } from '../../src/platform/id.ts';
import { demoNode } from '../helpers/demo.ts';
import { operationsOf, parametersIn, readDocument, soundRequest } from '../helpers/document.ts';
import { administratorGrant, assertionGrant, connect, type Given, listen, type System } from '../helpers/network.ts';
import { testKey } from '../helpers/oauth.ts';
import { plain } from '../helpers/schemas.ts';

const { app, owner } = await demoNode(t);
const address = await listen(app);
const document = await readDocument();
const administrator = connect(address, document, await administratorGrant(address));

const dayFrom = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

type Party = { readonly organisationId: string; readonly clientId: string; readonly system: System };

/** The administrator registers an organisation and its client; the client gets its token with its own key. */
async function register(name: string, kind: string, alg: string): Promise<Party> {
  const organisation = await administrator.call('createOrganisation', { body: { kind, name, region: 'Maarland' } });
  const key = await testKey(alg);
  const client = await administrator.call('createClient', {
    body: {
      name: `Systeem van ${name}`,
      organisationId: organisation.body.id,
      scopes: ['organisations:read', 'alliances:read', 'alliances:write', 'statistics:read'],
      jwks: { keys: [key.jwk] },
    },
  });
  const system = connect(address, document, await assertionGrant(address, String(client.body.clientId), key));
  return { organisationId: organisation.body.id, clientId: client.body.id, system };
}

const care = await register('Thuiszorg Beekdal', 'care_organisation', 'ES256');
const town = await register('Gemeente Beekdal', 'municipality', 'PS256');

t.test('each client acts for its own organisation, and administers nothing', async (t) => {
  for (const { system, organisationId } of [care, town]) {
    t.match((await system.call('getCaller')).body, { organisation: { id: organisationId }, administrator: false });
    t.equal(await system.outcome('listClients'), '403 insufficient_scope');
    t.equal(
      await system.outcome('createOrganisation', { body: { kind: 'other', name: 'x' } }),
      '403 insufficient_scope',
    );
  }
});

t.test('two organisations come together by each other’s yes, and part again; the past stays what it was', async (t) => {
  const founded = await care.system.call('createAlliance', {
    body: { kind: 'alliance', name: 'Leeralliantie Beekdal', visibility: 'public', purpose: 'Samen oefenen.' },
  });
  const allianceId = founded.body.id;
  t.equal(founded.headers.location, `/v1/alliances/${allianceId}`);
  const params = { allianceId };
  const offer = { params, body: { organisationId: town.organisationId } };

  const first = (await care.system.call('offerMembership', offer)).body.id;
  t.equal(await care.system.outcome('offerMembership', offer), '409 already_a_member', 'one open offer at a time');
  const open = await town.system.call('listMemberships', { query: { state: 'offered' } });
  t.same(
    open.body.items.map(({ id }) => id),
    [first],
    'the invited organisation finds the offer',
  );
  t.equal(await administrator.outcome('getMembership', { params: { membershipId: first } }), '404 not_found');

  const decide = (system: System, membershipId: string, decision: string, reason?: string) =>
    system.outcome('decideMembership', { params: { membershipId }, body: { decision, reason } });
  t.equal(await decide(care.system, first, 'accepted'), '403 wrong_side', 'who invites cannot say yes for the other');
  t.equal(await decide(town.system, first, 'declined', 'Dit jaar niet.'), '200');
  t.equal(await decide(town.system, first, 'accepted'), '409 handshake_refused', 'a no stands');
  const declined = await care.system.call('getMembership', { params: { membershipId: first } });
  t.match(declined.body, { state: 'declined', decisionReason: 'Dit jaar niet.' });

  const second = (await care.system.call('offerMembership', offer)).body.id;
  t.equal(await decide(town.system, second, 'accepted'), '200');
  t.equal(await decide(town.system, second, 'accepted'), '200', 'the same yes again changes nothing');

  const text = '# Convenant\n\nWij oefenen iedere maand.';
  const charter = await care.system.call('publishCharter', { params, body: { title: 'Convenant', text } });
  const charterPath = { params: { allianceId, charterId: charter.body.id } };
  const accept = (contentHash: unknown) =>
    town.system.outcome('decideCharter', { ...charterPath, body: { decision: 'accepted', contentHash } });
  t.equal(await accept('0'.repeat(64)), '409 charter_changed');
  t.equal(await accept(charter.body.contentHash), '200');
  t.match((await administrator.call('getCharter', charterPath)).body, { text, acceptedCount: 1 });

  const figures = async (asOf?: string) => {
    const query = { allianceId, ...(asOf !== undefined && { asOf }) };
    return (await town.system.call('getNetworkStatistics', { query })).body;
  };
  t.match(await figures(), { organisationCount: 2, tieCount: 1, density: 1 });
  const ranked = await town.system.call('listOrganisationStatistics', { query: { allianceId } });
  t.same(
    new Set(ranked.body.items.map(({ id, degree }) => `${id} ${degree}`)),
    new Set([`${care.organisationId} 1`, `${town.organisationId} 1`]),
  );

  // Forty days pass: what began today began then.
  await owner`update alliances set starts_on = starts_on - 40 where id = ${allianceId}`;
  await owner`update memberships set starts_on = starts_on - 40 where alliance_id = ${allianceId}`;

  const leave = { params: { membershipId: second }, body: { reason: 'De opgave is volbracht.' } };
  t.equal(await town.system.outcome('endMembership', leave), '200');
  t.equal(await care.system.outcome('endMembership', leave), '200', 'what has ended is not ended again');
  t.match((await care.system.call('getMembership', { params: { membershipId: second } })).body, {
    state: 'ended',
    startsOn: dayFrom(-40),
    endsOn: dayFrom(0),
    endReason: 'De opgave is volbracht.',
    endedBy: { id: town.organisationId },
  });

  t.match(await figures(), { organisationCount: 1, tieCount: 0 }, 'today the tie is gone');
  t.match(await figures(dayFrom(-1)), { organisationCount: 2, tieCount: 1 }, 'yesterday it was there');
  t.match(await figures(dayFrom(-41)), { tieCount: 0 }, 'before it began it was not');
  const members = async (asOf: string) => {
    const { body } = await administrator.call('listAllianceMemberships', { params, query: { asOf } });
    return body.items.length;
  };
  t.same([await members(dayFrom(-41)), await members(dayFrom(-1)), await members(dayFrom(0))], [0, 2, 1]);
  const alliances = (asOf: string) =>
    administrator.call('listAlliances', { query: { organisationId: town.organisationId, asOf } });
  t.equal((await alliances(dayFrom(-1))).body.items.length, 1);
  t.equal((await alliances(dayFrom(0))).body.items.length, 0);
});

/** Random words that are written into a closed space, each in a place of its own. */
const canaries = { name: word(), purpose: word(), title: word(), text: word() };
function word(): string {
  return `kanarie${randomBytes(16).toString('hex')}`;
}

/** Where to read on. An endless list gives a cursor also when it has come to what there is. */
const cursorAfter = ({ items, nextCursor }: Record<string, unknown>): unknown =>
  Array.isArray(items) && items.length === 0 ? undefined : nextCursor;

/** Everything that a system can get to read: each GET operation with every identifier and filter, page by page. */
async function readAll(system: System, ids: Record<string, string>): Promise<{ given: Given; text: string }[]> {
  const read: { given: Given; text: string }[] = [];
  for (const operation of operationsOf(document).filter(({ method }) => method === 'GET')) {
    const known = Object.keys(soundRequest(operation).params);
    const params = {
      ...soundRequest(operation).params,
      ...Object.fromEntries(known.filter((name) => name in ids).map((name) => [name, ids[name] ?? ''])),
    };
    const filters: Record<string, string>[] = parametersIn(operation, 'query').flatMap(({ name, schema }) => {
      if (name === 'name') return Object.values(canaries).map((canary) => ({ name: canary.slice(0, 20) }));
      if (name in ids) return [{ [name]: ids[name] ?? '' }];
      const options = (plain(document, schema).enum ?? []) as string[];
      return options.map((option) => ({ [name]: option }));
    });
    const paged = parametersIn(operation, 'query').some(({ name }) => name === 'limit') ? { limit: '200' } : {};
    for (const filter of [{}, ...filters]) {
      let cursor: unknown;
      do {
        const query = { ...filter, ...paged, ...(typeof cursor === 'string' && { cursor }) };
        const { text, headers, body } = await system.call(operation.operationId, { params, query });
        read.push({ given: { params, query }, text: `${JSON.stringify(headers)} ${text}` });
        cursor = cursorAfter(body);
      } while (typeof cursor === 'string');
    }
  }
  return read;
}

t.test('what is written in a closed space is read by its members, and by nobody else in any way', async (t) => {
  const { system } = care;
  const space = await system.call('createAlliance', {
    body: {
      kind: 'community',
      name: `Vrijplaats ${canaries.name}`,
      purpose: canaries.purpose,
      visibility: 'closed',
      endsOn: '2099-01-01',
    },
  });
  const params = { allianceId: space.body.id };
  const charter = await system.call('publishCharter', { params, body: { title: canaries.title, text: canaries.text } });
  const sponsor = await system.call('offerSponsorship', {
    params,
    body: { organisationId: namedId('node organisation') },
  });
  const own = await system.call('listAllianceMemberships', { params });
  const ids = {
    allianceId: space.body.id,
    charterId: charter.body.id,
    membershipId: String(own.body.items[0]?.id),
    sponsorshipId: sponsor.body.id,
    organisationId: care.organisationId,
    createdByOrganisationId: care.organisationId,
    clientId: care.clientId,
  };

  const seen = await readAll(system, ids);
  for (const [place, canary] of Object.entries(canaries))
    t.ok(
      seen.some(({ text }) => text.includes(canary)),
      `a member reads the ${place}`,
    );

  const outsiders = {
    'the other organisation': town.system,
    'the administrator, who is asked to be its sponsor': administrator,
  };
  for (const [who, outsider] of Object.entries(outsiders)) {
    const read = await readAll(outsider, ids);
    t.ok(read.length > 40, `${who} read ${read.length} answers`);
    const found = read.filter(({ text }) => Object.values(canaries).some((canary) => text.includes(canary)));
    t.same(found, [], `${who} finds nothing of it`);
  }
  const unasked = (await readAll(town.system, ids)).filter(
    ({ given }) => !JSON.stringify(given).includes(ids.allianceId),
  );
  const named = unasked.filter(({ text }) =>
    [ids.allianceId, ids.charterId, ids.membershipId, ids.sponsorshipId].some((id) => text.includes(id)),
  );
  t.same(named, [], 'nor a sign that it is there');

  const told = async (allianceId: string) => {
    const { status, body, headers } = await town.system.call('getAlliance', { params: { allianceId } });
    const { instance: _, ...problem } = body;
    const { date: __, ratelimit: ___, ...rest } = headers;
    return JSON.stringify([status, problem, rest]);
  };
  t.equal(await told(ids.allianceId), await told(randomUUID()), 'it is answered as what was never there');
  t.equal(await town.system.outcome('offerMembership', { params, body: {} }), '404 not_found');
});

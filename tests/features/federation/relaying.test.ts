import type { ServerResponse } from 'node:http';
import t, { type Test } from 'tap';
import { openAccess, openKeyRing } from '../../../src/features/access/access.ts';
import { MembershipView, NewDecision } from '../../../src/features/alliances/schemas.ts';
import { openRelay } from '../../../src/features/federation/federation.ts';
import { createCommitment } from '../../../src/features/initiatives/commitment-offers.ts';
import { NewCommitment } from '../../../src/features/initiatives/commitment-schemas.ts';
import { newId } from '../../../src/platform/id.ts';
import { Problem } from '../../../src/platform/problem.ts';
import { operationsOf, readDocument } from '../../helpers/document.ts';
import { send } from '../../helpers/http.ts';
import { forge, seconds } from '../../helpers/oauth.ts';
import { putPeering } from '../../helpers/peerings.ts';
import { caller, context } from '../../helpers/people.ts';
import { until } from '../../helpers/programs.ts';
import { driverOf } from '../../helpers/statements.ts';
import { by, inDays } from '../alliances/world.ts';
import { decidedBy } from '../policy/homes.ts';
import { clientOf, openRelayWorld, replicate } from './relay-world.ts';
import { json, startImpostor } from './world.ts';

const accepted = { decision: 'accepted' };
type World = Awaited<ReturnType<typeof openRelayWorld>>;

/** Decisions that stay with whoever asks the home itself, and why. */
const notCarried: Readonly<Record<string, string>> = Object.fromEntries(
  (
    [
      [
        'what is kept there is made or changed by its owner, who asks its home itself',
        'changeOrganisation recordMerger changeAlliance publishCharter createInitiative changeInitiative',
        'changeInitiativeStage linkKnowledge unlinkKnowledge changeKnowledgeItem withdrawKnowledgeItem',
        'publishKnowledgeVersion shareKnowledgeItem endKnowledgeShare respondToAdoption',
      ],
      [
        'it makes an offer or a statement of its own, which is new at the home',
        'offerMembership offerSponsorship addParticipation createCommitment offerDate offerHandover offerOwnership',
        'offerContribution stateAdoption withdrawAdoption offerHarvest offerOrganisationMove',
      ],
      [
        'it says what was done, or plans what will be, with those who take part, who meet where the alliance is kept',
        'createSessionSeries endSessionSeries createSession changeSession decideSession recordAttendance recordOutcome',
        'removeOutcome openCalendarFeed revokeCalendarFeed',
      ],
      [
        'who is registered, person or client, is so at the home of the organisation',
        'registerProfessional createClient',
      ],
    ] as const
  ).flatMap(([why, ...names]) => names.flatMap((line) => line.split(' ').map((name) => [name, why]))),
);

t.test('of every write over which another home may decide it is said whether it is carried there', async (t) => {
  const operations = operationsOf(await readDocument());
  const carried = operations.filter(({ responses }) => '504' in responses).map(({ operationId }) => operationId);
  const named = [...new Set(Object.keys(decidedBy).map((name) => name.split('@')[0] ?? ''))];
  t.ok(carried.length >= 19, `${carried.length} are carried`);
  t.same([...carried, ...Object.keys(notCarried)].sort(), named.sort(), 'each once');
  const written = JSON.stringify((await readDocument()).paths).split('"operationId":"');
  const silent = carried.filter(
    (id) => !/carried there in the name/.test(written.find((text) => text.startsWith(`${id}"`)) ?? ''),
  );
  t.same(silent, [], 'and so says the document');
});

/** How often something happened at a node to a thing. */
const eventsOf = async ({ owner }: World['home'], id: string) =>
  (await owner`select type from events where subject_id = ${id} order by position`).map(({ type }) => type as string);

t.test('a decision on what another node offered is taken there, by one word at home', async (t) => {
  const world = await openRelayWorld(t);
  const { home, here, guest, peeringId } = world;

  await t.test('accepted, again, and left', async (t) => {
    const { membershipId, path } = await world.invited();
    await here.owner`update peers set next_attempt_at = now() + interval '1 hour', last_attempt_at = null`;
    const trace = newId().replaceAll('-', '');
    const answer = await guest.ask('PUT', path, accepted, { traceparent: `00-${trace}-${'1'.repeat(16)}-01` });
    t.equal(answer.status, 200, answer.text);
    t.match(answer.json(), { id: membershipId, state: 'accepted', decidedBy: { id: guest.organisationId } });
    t.match(await home.owner`select state, decided_by_organisation_id from memberships where id = ${membershipId}`, [
      { state: 'accepted', decided_by_organisation_id: guest.organisationId },
    ]);
    const clientId = `${here.baseUrl}|${guest.clientId}`;
    t.match(
      await home.owner`select client_id, organisation_id, trace_id from audit_records where subject_id = ${membershipId}
        and operation_id = 'decideMembership'`,
      [{ client_id: clientId, organisation_id: guest.organisationId, trace_id: trace }],
      'there it is known who decided, in one trace',
    );
    t.match(
      await here.owner`select outcome, subject_type, event_count, organisation_id, trace_id from audit_records
        where subject_id = ${membershipId}`,
      [{ outcome: 'succeeded', subject_type: 'membership', event_count: 0, trace_id: trace }],
      'and here that it was asked',
    );
    const shown = await guest.ask('GET', `/memberships/${membershipId}`);
    t.match(shown.json(), { state: 'offered' }, 'here it is seen when the feed was read');
    t.same(
      await here.owner`select 1 as due from peers where id = ${peeringId} and next_attempt_at <= now()`,
      [{ due: 1 }],
      'which is at once',
    );
    t.equal((await guest.ask('PUT', path, accepted)).status, 200, 'the same again changes nothing');
    t.same(await eventsOf(home, membershipId), ['membership.offered', 'membership.accepted']);

    await replicate(home, here, 'memberships', membershipId);
    const left = await guest.ask('PUT', `/memberships/${membershipId}/departure`, {});
    t.match(left.json(), { id: membershipId, state: 'ended' });
    t.same((await eventsOf(home, membershipId)).at(-1), 'membership.ended');
    const late = await guest.ask('PUT', `/memberships/${membershipId}/departure`, { endsOn: inDays(3) });
    t.equal(late.status, 409, late.text);
    t.match(late.json(), {
      ...{ code: 'handshake_refused', detail: 'The offer is ended and cannot become ended.' },
      type: `${here.baseUrl}/problems/handshake_refused`,
    });
  });

  await t.test('declined', async (t) => {
    const { membershipId, path } = await world.invited();
    const answer = await guest.ask('PUT', path, { decision: 'declined', reason: 'Nu niet' });
    t.match(answer.json(), { id: membershipId, state: 'declined', decisionReason: 'Nu niet' });
    t.same(await eventsOf(home, membershipId), ['membership.offered', 'membership.declined']);
    const dutch = await guest.ask('PUT', path, accepted, { 'accept-language': 'nl' });
    t.match(dutch.json(), { code: 'handshake_refused', detail: 'Het aanbod is declined en kan niet accepted worden.' });
    t.match(
      await here.owner`select outcome, status, code, subject_id from audit_records where code = 'handshake_refused'
        order by number desc limit 1`,
      [{ outcome: 'refused', status: 409, subject_id: null }],
    );
  });

  await t.test('an answer that is lost: the same key, one decision', async (t) => {
    const { allianceId, membershipId, path } = await world.invited();
    await guest.ask('PUT', path, accepted);
    await replicate(home, here, 'memberships', membershipId);
    const input = { allianceId, title: 'Meelopen', dueOn: inDays(30), promiserOrganisationId: guest.organisationId };
    const asked = await createCommitment(home.db, by(world.town), NewCommitment.parse(input));
    const { id } = asked.body;
    await replicate(home, here, 'commitments', id);
    const counter = (headers: Record<string, string> = { 'idempotency-key': '"once"' }, title = 'Een halve dag') =>
      guest.ask('POST', `/commitments/${id}/counter-offers`, { title }, headers);
    await world.front.cut('reset');
    const lost = await counter();
    t.match([lost.status, lost.headers['retry-after'], lost.json()], [504, '10', { code: 'home_unreachable' }]);
    await world.front.cut('refused');
    t.equal((await counter()).status, 504, 'it cannot be reached');
    t.match(
      await here.owner`select outcome, status, code from audit_records where subject_id = ${id}`,
      [1, 2].map(() => ({ outcome: 'unknown', status: 504, code: 'home_unreachable' })),
    );
    t.same(await here.owner`select 1 from saved_answers`, [], 'nothing is kept of what is not known');
    await world.front.heal();
    t.equal(
      (await counter(undefined, 'Een ander woord')).status,
      422,
      'another request under that key is refused there',
    );
    const answer = await counter();
    t.equal(answer.status, 201, answer.text);
    const made = answer.json<{ id: string }>();
    t.match(made, { counterOf: id, title: 'Een halve dag' });
    t.equal(answer.headers.location, `${home.baseUrl}/v1/commitments/${made.id}`, 'where it is kept');
    t.equal((await home.owner`select 1 from commitments where title = 'Een halve dag'`).length, 1);
    const again = await counter();
    t.match(
      [again.status, again.headers['idempotency-replayed'], again.headers.location],
      [201, 'true', answer.headers.location],
    );
    t.equal(again.text, answer.text, 'from what is kept here');
    t.equal((await counter(undefined, 'Nog iets')).json<{ code: string }>().code, 'idempotency_key_reused');
    t.equal((await counter({})).json<{ code: string }>().code, 'handshake_refused', 'and without a key it is another');
  });

  await t.test('who is not carried is answered as before, and the home is not asked', async (t) => {
    const { allianceId, membershipId, path } = await world.invited();
    const events = await eventsOf(home, membershipId);
    const elsewhere = { code: 'misdirected', home: `${home.baseUrl}/v1${path}` };
    t.equal((await world.other.ask('PUT', path, accepted)).status, 404, 'who is not invited sees nothing');

    // An organisation of the home is a client of its own node, and comes here with a token from there.
    const visitor = await clientOf(t, home, world.town.id);
    const { rows } = {
      rows: await home.owner`select id from memberships where alliance_id = ${allianceId}
      and organisation_id = ${world.town.id}`,
    };
    await replicate(home, here, 'memberships', rows[0]?.id);
    const token = await visitor.tokenAt(here.baseUrl);
    const departure = `/v1/memberships/${rows[0]?.id}/departure`;
    await here.owner`update memberships set role = 'member' where id = ${rows[0]?.id}`;
    const visiting = await send(here.baseUrl, { method: 'PUT', path: departure, body: {}, token });
    t.match(visiting.json(), { code: 'misdirected', home: `${home.baseUrl}${departure}` }, 'nor a caller from a peer');

    const set = (homeOf: string | null) =>
      here.owner`update organisations set home = ${homeOf} where id = ${guest.organisationId}`;
    await set('https://anders.example');
    t.match((await guest.ask('PUT', path, accepted)).json(), elsewhere, 'nor an organisation that is homed elsewhere');
    await set(null);
    const move = (to: string) => here.owner`update alliances set home = ${to} where id = ${allianceId}`;
    await move('https://onbekend.example');
    t.match((await guest.ask('PUT', path, accepted)).json(), { code: 'misdirected' }, 'nor to a home that is no peer');
    await move(home.baseUrl);
    const future = (until: string) =>
      here.owner`update peers set valid_from = '2026-01-01', valid_until = ${until} where id = ${peeringId}`;
    const [{ until } = {}] = await here.owner`select valid_until::text as until from peers where id = ${peeringId}`;
    await future(inDays(0));
    t.match((await guest.ask('PUT', path, accepted)).json(), elsewhere, 'nor when the peering is over');
    await future(String(until));
    t.same(await eventsOf(home, membershipId), events);
    // What is no decision on an offer is answered so as well.
    t.match((await world.other.ask('POST', `/alliances/${allianceId}/memberships`, {})).json(), {
      code: 'misdirected',
    });
    t.equal((await guest.ask('PUT', path, accepted)).status, 200, 'and all that holds, it is carried');
  });

  await t.test('the home that does not take this node for that of the organisation', async (t) => {
    const { membershipId, path } = await world.invited();
    await home.owner`update organisations set home = null where id = ${guest.organisationId}`;
    const answer = await guest.ask('PUT', path, accepted);
    t.match([answer.status, answer.headers['retry-after'], answer.json()], [502, '60', { code: 'home_refused' }]);
    t.match(await here.owner`select outcome, subject_id from audit_records where code = 'home_refused'`, [
      { outcome: 'refused', subject_id: null },
    ]);
    await home.owner`update organisations set home = ${here.baseUrl} where id = ${guest.organisationId}`;
    t.same(await eventsOf(home, membershipId), ['membership.offered']);
  });

  await t.test('its token is for this one request, for a minute, at this one node', async (t) => {
    const { membershipId, path } = await world.invited();
    const [one, two] = [`/v1${path}`, `/v1/memberships/${membershipId}/departure`];
    const access = await openAccess(here.db, driverOf(here.db), {
      ...{ baseUrl: here.baseUrl, keySecret: here.keySecret, trustedIssuers: [], peers: async () => undefined },
      log: { warn: () => undefined },
    });
    t.teardown(() => access.close());
    const asked = { method: 'PUT', address: one };
    const vouched = await access.vouchFor({
      ...{ peer: home.baseUrl, organisationId: guest.organisationId, clientId: guest.clientId },
      ...{ scope: 'alliances:write', for: asked },
    });
    const claims = JSON.parse(Buffer.from(vouched.split('.')[1] ?? '', 'base64url').toString());
    t.match(claims, {
      ...{ iss: here.baseUrl, aud: home.baseUrl, organisation_id: guest.organisationId, client_id: guest.clientId },
      ...{ scope: 'alliances:write', htm: 'PUT', htu: `${home.baseUrl}${one}` },
    });
    t.equal(claims.exp - claims.iat, 60);
    const { kid, privateKey } = await openKeyRing(here.db, here.keySecret).current();
    const key = { privateKey, jwk: { kid }, alg: 'ES256' };
    const signed = (change: object) =>
      forge(key, { alg: 'ES256', typ: 'at+jwt', kid }, { ...claims, jti: newId(), ...change });
    const at = (token: string, method = 'PUT', path = one, baseUrl = home.baseUrl) =>
      send(baseUrl, { method, path, token, ...(method === 'PUT' && { body: { decision: 'withdrawn' } }) });
    const status = async (...given: Parameters<typeof at>) => (await at(...given)).status;
    t.equal(await status(vouched, 'PUT', two), 401, 'for another operation');
    t.equal(await status(vouched, 'PUT', `/v1/memberships/${newId()}/decision`), 401, 'for another offer');
    t.equal(await status(vouched, 'GET', `/v1/memberships/${membershipId}`), 401, 'or to read it');
    t.equal(await status(vouched, 'PUT', `${one}?a=1`), 401);
    t.equal(await status(vouched, 'PUT', one, here.baseUrl), 401, 'nor is it for its own node');
    const now = seconds();
    t.equal(await status(signed({ iat: now - 70, exp: now - 10 })), 401, 'after its minute');
    t.equal(await status(signed({ htu: `https://anders.example${one}` })), 401, 'for another node');
    t.equal(await status(signed({ htm: 1 })), 401);
    t.equal(await status(signed({ htu: undefined })), 401, 'a binding that is not whole');
    t.equal(await status(signed({ iat: now - 30, exp: now + 30 })), 403, 'within it, it is let in: wrong_side');
    t.equal((await at(vouched)).json<{ code: string }>().code, 'wrong_side');
  });

  const forged = await impostorOf(t, world);
  await t.test('whatever a home answers, only an answer of the operation and a code of ours come through', (t) =>
    hearsNothingForeign(t, forged),
  );
  await t.test('a home that is slow holds up no transaction, and only so many decisions wait for it', (t) =>
    waitsWithinBounds(t, forged),
  );
});

/** What a home answers, as a page of an impostor. */
type Page = (response: ServerResponse) => void;

const typed =
  (type: string, body: string | Buffer, status = 200): Page =>
  (response) =>
    void response.writeHead(status, { 'content-type': type }).end(body);
const problem = (body: object, status: number, headers = {}): Page => {
  return (response) =>
    void response
      .writeHead(status, { 'content-type': 'application/problem+json', ...headers })
      .end(JSON.stringify(body));
};

/** A text that no answer here may hold. */
const foreign = 'Bel 0900-FOPPER en lees <script>alert(1)</script>';

/** An invitation of which the home is a peer that answers as a test tells it. */
async function impostorOf(t: Test, world: World) {
  const impostor = await startImpostor(t);
  const peerId = await putPeering(world.here.owner, impostor.baseUrl, { last_attempt_at: null });
  const { allianceId, membershipId, path } = await world.invited();
  await world.here.owner`update alliances set home = ${impostor.baseUrl} where id = ${allianceId}`;
  const shown = (await world.guest.ask('GET', `/memberships/${membershipId}`)).json<Record<string, unknown>>();
  return { ...world, impostor, peerId, membershipId, path, shown: { ...shown, state: 'accepted' } as typeof shown };
}

type Impostured = Awaited<ReturnType<typeof impostorOf>>;

async function hearsNothingForeign(t: Test, world: Impostured): Promise<void> {
  const { here, guest, impostor, membershipId, path, shown } = world;
  const at = `/v1${path}`;
  const ask = async (page: Page) => {
    impostor.pages.set(at, page);
    return guest.ask('PUT', path, accepted);
  };
  const fine = await ask((response) => {
    const { authorization, host: _host, connection: _connection, traceparent, ...headers } = response.req.headers;
    t.match(headers, { 'content-type': 'application/json', accept: 'application/json', 'accept-encoding': 'identity' });
    t.notOk('idempotency-key' in headers, 'a decision is repeatable by itself');
    t.match([authorization, traceparent], [/^Bearer /, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/]);
    json({ ...shown, secret: foreign, basis: shown.basis })(response);
  });
  t.equal(fine.status, 200);
  t.same(fine.json(), shown, 'what the operation does not answer is left out');

  const told = { title: foreign, detail: foreign, type: foreign, instance: foreign, more: foreign };
  const unusable = [502, 'home_answer_unusable'] as const;
  const cases: Record<string, readonly [Page, number, string]> = {
    garbage: [typed('application/json', foreign), ...unusable],
    nothing: [typed('application/json', ''), ...unusable],
    'no JSON': [typed('text/html', JSON.stringify(shown)), ...unusable],
    'a list': [json([shown]), ...unusable],
    'a member twice': [typed('application/json', JSON.stringify(shown).replace('{', '{"id":"x",')), ...unusable],
    'another membership': [json({ ...shown, id: newId() }), ...unusable],
    'a part of it': [json({ id: membershipId, state: 'accepted' }), ...unusable],
    'a state that is none': [json({ ...shown, state: foreign }), ...unusable],
    'no text': [typed('application/json', JSON.stringify({ ...shown, decisionReason: '\u0000' })), ...unusable],
    'another success': [json(shown, 201), ...unusable],
    'a success without content': [(response) => void response.writeHead(204).end(), ...unusable],
    'a redirect': [
      (response) => void response.writeHead(307, { location: `${impostor.baseUrl}/elders` }).end(),
      ...unusable,
    ],
    'a giant': [typed('application/json', Buffer.alloc(2 * 1024 * 1024, 32)), ...unusable],
    'encoded content': [
      (response) =>
        void response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(),
      ...unusable,
    ],
    'a connection that breaks': [(response) => void response.socket?.destroy(), 504, 'home_unreachable'],
    'a fault of its own': [problem({ ...told, status: 500, code: 'internal_error' }, 500), ...unusable],
    'an overload': [problem({ ...told, status: 503, code: 'unavailable' }, 503), 504, 'home_unreachable'],
    'yet another home': [problem({ ...told, status: 421, code: 'misdirected', home: foreign }, 421), ...unusable],
    'no token': [problem({ ...told, status: 401, code: 'invalid_token' }, 401), 502, 'home_refused'],
    'no scope': [problem({ ...told, status: 403, code: 'insufficient_scope' }, 403), 502, 'home_refused'],
    'a refusal of ours': [problem({ ...told, status: 409, code: 'alliance_ended' }, 409), 409, 'alliance_ended'],
    'a refusal with another status': [
      problem({ ...told, status: 403, code: 'alliance_ended' }, 403),
      502,
      'home_refused',
    ],
    'two statuses': [problem({ ...told, status: 409, code: 'wrong_side' }, 403), ...unusable],
    'a code of another operation': [problem({ ...told, status: 409, code: 'peering_open' }, 409), ...unusable],
    'a code of its own': [problem({ ...told, status: 409, code: foreign }, 409), ...unusable],
    'a name of a method': [problem({ ...told, status: 409, code: 'constructor' }, 409), ...unusable],
    'nothing there': [problem({ ...told, status: 404, code: 'not_found' }, 404), 404, 'not_found'],
    'a text that is to be completed': [
      problem(
        { ...told, status: 409, code: 'handshake_refused', detail: `The offer is ${foreign} and cannot become it.` },
        409,
      ),
      ...[409, 'conflict'],
    ] as never,
    'a text with a foreign word': [
      problem(
        { status: 409, code: 'handshake_refused', detail: 'The offer is FOPPER and cannot become accepted.' },
        409,
      ),
      ...[409, 'conflict'],
    ] as never,
    'a problem as a page': [typed('text/html', foreign, 409), ...unusable],
    'faults of ours': [
      problem(
        {
          ...told,
          status: 400,
          code: 'invalid_input',
          errors: [
            { in: 'body', location: '/reason', detail: foreign, code: 'in_the_past' },
            { in: 'body', location: foreign, detail: foreign, code: 'in_the_past' },
            { in: 'body', location: '/reason', detail: foreign, code: foreign },
          ],
        },
        400,
      ),
      ...[400, 'invalid_input'],
    ] as never,
    'faults of its own': [
      problem(
        { ...told, status: 400, code: 'invalid_input', errors: [{ in: 'body', location: foreign, code: foreign }] },
        400,
      ),
      ...unusable,
    ],
    'too much': [
      problem({ ...told, status: 429, code: 'too_many_requests' }, 429, { 'retry-after': '999999' }),
      429,
      'too_many_requests',
    ],
  };
  for (const [name, [page, status, code]] of Object.entries(cases)) {
    const answer = await ask(page);
    t.match([answer.status, answer.json<{ code: string }>().code], [status, code], name);
    t.notMatch(answer.text + JSON.stringify(answer.headers), /FOPPER|script|elders|secret/, name);
    if (name === 'too much') t.equal(answer.headers['retry-after'], '3600', 'within bounds');
    if (name === 'faults of ours') t.equal(answer.json<{ errors: unknown[] }>().errors.length, 1);
  }
  t.notOk(impostor.asked.has('/elders'), 'a redirect is not followed');
  t.same(await here.owner`select 1 from audit_records where concat(code, operation_id) ~ 'FOPPER'`, []);
}

async function waitsWithinBounds(t: Test, world: Impostured): Promise<void> {
  const { here, guest, impostor, membershipId, path } = world;
  const access = await openAccess(here.db, driverOf(here.db), {
    ...{ baseUrl: here.baseUrl, keySecret: here.keySecret, trustedIssuers: [], peers: async () => undefined },
    log: { warn: () => undefined },
  });
  t.teardown(() => access.close());
  const relay = openRelay({ db: here.db, peering: here.peering, vouchFor: access.vouchFor, timeoutMs: 400 });
  let open = 0;
  impostor.pages.set(`/v1${path}`, (response) => {
    open++;
    // Each piece comes in time, and the whole never.
    const drip = setInterval(() => response.write(' '), 50);
    response.on('close', () => clearInterval(drip));
    response.writeHead(200, { 'content-type': 'application/json' }).write('{');
  });
  const decide = (ownClient: string | undefined = guest.clientId) =>
    relay({
      route: {
        ...{ method: 'PUT', path: '/memberships/{membershipId}/decision', operationId: 'decideMembership' },
        ...{ tag: 'memberships', summary: '', access: { scope: 'alliances:write', policy: 'rows' } },
        answer: { status: 200, description: '', schema: MembershipView },
        relayed: { subject: () => ['membership', membershipId], answered: () => membershipId },
      },
      context: context(caller({ organisationId: guest.organisationId, ownClient: ownClient || undefined })),
      ...{ params: { membershipId }, body: NewDecision.parse(accepted) },
      refused: new Problem('misdirected'),
    }).then(
      () => 'done',
      (error: { code: string }) => error.code,
    );
  const all = Promise.all(Array.from({ length: 40 }, () => decide()));
  await until('all are asked', async () => open === 32);
  t.same(
    await here.owner`select 1 from pg_stat_activity where datname = current_database() and state like 'idle in%'`,
    [],
    'no transaction waits',
  );
  const outcomes = await all;
  t.equal(outcomes.filter((code) => code === 'home_unreachable').length, 32);
  t.equal(outcomes.filter((code) => code === 'unavailable').length, 8);
  t.equal(open, 32);
  t.equal(await decide(), 'home_unreachable', 'and when they came back, there is room again');
  t.equal(await decide(''), 'misdirected', 'whose token another issuer gave is not carried, whoever it acts for');
}

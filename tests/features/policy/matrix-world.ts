import type { FastifyInstance } from 'fastify';
import type { Test } from 'tap';
import { completeMoveFrom, moveFrom } from '../../../src/commands/demo-moves.ts';
import { offerFrom } from '../../../src/commands/demo-peers.ts';
import { ensureAdministrator } from '../../../src/features/access/access.ts';
import { openKeyRing } from '../../../src/features/access/keys.ts';
import { issueToken } from '../../../src/features/access/tokens.ts';
import * as examples from '../../../src/features/federation/examples.ts';
import { type Scope, scopes } from '../../../src/platform/caller.ts';
import { newId } from '../../../src/platform/id.ts';
import { compute } from '../../helpers/computing.ts';
import { type TestDatabase, testDatabase } from '../../helpers/db.ts';
import {
  administratorSecret,
  baseUrl,
  everyRefusal,
  nodeSecret,
  runExports,
  testApp,
  testPeering,
  testReceipts,
} from '../../helpers/demo.ts';
import { registerClient, seconds, sign, testKey, tokenClaims } from '../../helpers/oauth.ts';
import { organisationWithCaller } from '../../helpers/people.ts';
import { type CallerName, livePeerUrl } from './matrix.ts';
import { accepted, type Made, Maker, type Sent } from './matrix-maker.ts';
import { personsOf } from './matrix-persons.ts';
import { meet } from './matrix-sessions.ts';
import { endSpaces } from './matrix-spaces.ts';

/** The node of the matrix: the whole application, a token for each caller, and the subjects by their names. */
export type MatrixWorld = TestDatabase & {
  readonly app: FastifyInstance;
  /** The Authorization that a caller sends; undefined for none. */
  readonly token: (caller: CallerName) => string | undefined;
  /** The identifier of a subject; throws where there is none of this name. */
  readonly subject: (name: string) => string;
};

/** The organisations of the world; each is known to every caller. */
export const organisations =
  'convener member observer sponsor otherOrganisation revokedMember partner guest bureau idle heir'.split(' ');

async function tokensOf(database: TestDatabase, organisation: (name: string) => string) {
  const { db } = database;
  await ensureAdministrator(db, { nodeName: 'Academie Maarland', keySecret: nodeSecret, secret: administratorSecret });
  const ring = openKeyRing(db, nodeSecret);
  const { jwk } = await testKey('ES256');
  const tokens = new Map<string, string>();
  const issue = async (name: string, clientId: string, permitted: readonly Scope[]) =>
    tokens.set(name, await issueToken(ring, { baseUrl, clientId, scopes: permitted, lifeSeconds: 3600 }));
  await issue('administrator', 'administrator', scopes);
  for (const name of organisations.filter((name) => name !== 'bureau')) {
    const { clientId } = await registerClient(database, organisation(name), [jwk], [...scopes]);
    await issue(name, clientId, scopes);
    if (name !== 'member') continue;
    const { kid, privateKey } = await ring.current();
    const claims = tokenClaims(clientId, { scope: scopes.join(' '), iat: seconds() - 3700, exp: seconds() - 100 });
    tokens.set('expired', await sign({ privateKey, jwk: { kid }, alg: 'ES256' }, claims, { typ: 'at+jwt' }));
  }
  const analyst = await registerClient(database, organisation('bureau'), [jwk], ['statistics:read']);
  await issue('analyst', analyst.clientId, ['statistics:read']);
  return tokens;
}

/** Makes the world by the interface itself. */
async function fill(maker: Maker, ids: Map<string, string>, database: TestDatabase): Promise<void> {
  const id = (name: string) => ids.get(name) ?? '';
  const made = async (name: string, sent: Promise<Sent>) => {
    const { id: found } = await sent;
    ids.set(name, String(found));
    return String(found);
  };
  const { post, put } = maker;
  await alliancesOf(maker, ids, made);

  // An initiative in the space, in which convener and member take part, and what is offered in it.
  const plan = await made(
    'initiative',
    post('convener', '/initiatives', { allianceId: id('space'), title: 'Eén plan' }),
  );
  await made(
    'publicInitiative',
    post('convener', '/initiatives', { allianceId: id('publicAlliance'), title: 'Samen' }),
  );
  await made('idea', post('convener', '/initiatives', { allianceId: id('space'), title: 'Een idee' }));
  await made('participation', post('member', `/initiatives/${plan}/participations`, {}));
  await made('secondIdea', post('convener', '/initiatives', { allianceId: id('space'), title: 'Nog een idee' }));
  const asked = { organisationId: id('member') };
  await made('askedParticipation', post('convener', `/initiatives/${id('idea')}/participations`, asked));

  // What member promises to convener, by how far it came.
  const promise = async (name: string, who: string, fields: object) =>
    made(name, post(who, '/commitments', { initiativeId: plan, title: 'Een dag', dueOn: '2099-01-01', ...fields }));
  const toConvener = { beneficiaryOrganisationId: id('convener') };
  const byMember = { promiserOrganisationId: id('member'), beneficiaryOrganisationId: id('convener') };
  const evidence = { evidence: [{ text: 'Het verslag.' }] };
  await promise('commitment', 'member', toConvener);
  await promise('askedCommitment', 'convener', byMember);
  await promise('fulfilled', 'member', toConvener);
  await promise('dated', 'member', toConvener);
  for (const name of ['commitment', 'fulfilled', 'dated']) await settle(maker, id(name));
  await put('member', `/commitments/${id('fulfilled')}/fulfilment`, evidence);
  const later = { dueOn: '2099-02-01' };
  await made('dateOffer', post('member', `/commitments/${id('dated')}/date-offers`, later));

  await knowledgeOf(maker, ids, made);
  await meet(maker, id, made);

  const subject = { type: 'initiative', id: plan };
  const mine = { subject, share: 'accountable', organisationId: id('convener') };
  const first = await made('firstOffer', post('convener', '/ownership-offers', mine));
  await put('convener', `/ownership-offers/${first}/decision`, accepted);
  const [owned] = await maker.list('convener', `/ownership-records?subjectId=${plan}`);
  ids.set('record', String(owned?.id));
  await made('offer', post('convener', '/ownership-offers', { ...mine, organisationId: id('member') }));

  const merger = { predecessorIds: [id('idle')], successorId: id('heir'), effectiveOn: '2024-01-01' };
  await made('merger', post('administrator', '/mergers', merger));
  const csv = 'key,name,kind\r\nx1,Wijkzorg,care_organisation\r\n';
  await made(
    'import',
    maker.send('POST', 'administrator', '/imports?resource=organisations&source=register', csv, 'text/csv'),
  );
  const webhook = await made('webhook', post('member', '/webhooks', { url: 'https://hooks.example/events' }));
  await made('delivery', maker.send('POST', 'member', `/webhooks/${webhook}/tests`));
  const offer = { shares: ['organisations'], receives: [], validUntil: examples.newPeer.validUntil };
  const elsewhere = { ...offer, baseUrl: 'https://leernetwerk.elders.example' };
  await made('ownPeer', post('administrator', '/peers', elsewhere));
  for (const name of ['livePeer', 'peer']) {
    const from = { ...examples.peer, id: newId(), baseUrl: `https://leernetwerk.${name.toLowerCase()}.example` };
    await offerFrom(database.db, from, baseUrl);
    ids.set(name, from.id);
  }
  await put('administrator', `/peers/${id('livePeer')}/decision`, accepted);
  const mover = { organisationId: id('convener'), to: livePeerUrl };
  await made('ownMove', post('convener', '/organisation-moves', mover));
  await movesOf(database, ids);
  await made('archive', post('administrator', '/exports', {}));
  await runExports(database.db);
  await made('export', post('administrator', '/exports', {}));
  await endSpaces(maker, id, made, database);
  await personsOf(maker, ids, made);
}

/** A move of an organisation of the live peer to this node that waits, and one that took place. */
async function movesOf({ db }: TestDatabase, ids: Map<string, string>): Promise<void> {
  const peer = { id: ids.get('livePeer') ?? '', baseUrl: livePeerUrl };
  const node = { peering: await testPeering(db), receipts: await testReceipts(db) };
  const madeUp = (name: string) => {
    const id = newId();
    ids.set(name, id);
    return { id, peer, organisation: { id: newId(), name: `Komt van elders: ${name}` }, reason: null };
  };
  await moveFrom(db, node.peering, madeUp('move'));
  await completeMoveFrom(db, node, madeUp('moved'));
}

/** A promise binds whoever makes it; where it was only offered, the other side says yes. */
async function settle(maker: Maker, commitmentId: string): Promise<void> {
  const { state } = await maker.send('GET', 'member', `/commitments/${commitmentId}`);
  if (state === 'offered') await maker.put('convener', `/commitments/${commitmentId}/decision`, accepted);
}

/** The space with everybody in and around it, two spaces more for what can be open but once, and a public alliance. */
async function alliancesOf(maker: Maker, ids: Map<string, string>, made: Made): Promise<void> {
  const id = (name: string) => ids.get(name) ?? '';
  const { post, put } = maker;
  const alliance = (name: string, visibility: string) =>
    made(name, post('convener', '/alliances', { kind: 'alliance', name, visibility, startsOn: '2024-01-01' }));
  const invite = async (space: string, who: string, name = who, role = 'member') =>
    made(name, post('convener', `/alliances/${id(space)}/memberships`, { organisationId: id(who), role }));
  const join = async (space: string, who: string, name: string, role = 'member') =>
    put(who, `/memberships/${await invite(space, who, name, role)}/decision`, accepted);
  const sponsor = (space: string, name: string) =>
    made(name, post('convener', `/alliances/${id(space)}/sponsorships`, { organisationId: id('sponsor') }));

  await alliance('publicAlliance', 'public');
  for (const space of ['space', 'secondSpace', 'thirdSpace']) {
    await alliance(space, 'closed');
    await join(space, 'member', `${space}.member`);
    await join(space, 'observer', `${space}.observer`, 'observer');
    await join(space, 'partner', `${space}.partner`);
  }
  await join('space', 'revokedMember', 'formerMembership');
  await put('revokedMember', `/memberships/${id('formerMembership')}/departure`, {});
  await invite('space', 'guest', 'invitationToGuest');
  await invite('secondSpace', 'otherOrganisation', 'invitation');
  const text = { title: 'Convenant', text: 'Wat hier wordt gezegd, blijft hier.' };
  const charter = await post('convener', `/alliances/${id('space')}/charters`, text);
  ids.set('charter', String(charter.id));
  ids.set('contentHash', String(charter.contentHash));
  await put('sponsor', `/sponsorships/${await sponsor('space', 'sponsorship')}/decision`, accepted);
  await sponsor('secondSpace', 'askedSponsorship');
}

/** An item of member that is shared with the space, and what others did with it. */
async function knowledgeOf(maker: Maker, ids: Map<string, string>, made: Made): Promise<void> {
  const id = (name: string) => ids.get(name) ?? '';
  const { post, put } = maker;
  const given = { type: 'practice', title: 'Vroeg bellen', licence: 'CC-BY-4.0', publish: true };
  const item = await made('item', post('member', '/knowledge-items', { ...given, visibility: 'alliances' }));
  await made('publicItem', post('member', '/knowledge-items', { ...given, visibility: 'public' }));
  await made('share', post('member', `/knowledge-items/${item}/shares`, { allianceId: id('space') }));
  await made('changedItem', post('member', '/knowledge-items', { ...given, visibility: 'alliances' }));
  await post('member', `/knowledge-items/${id('changedItem')}/shares`, { allianceId: id('space') });
  const change = { summary: 'Bel binnen twee dagen.' };
  for (const changed of [item, id('changedItem')])
    await maker.send('PATCH', 'member', `/knowledge-items/${changed}`, change, 'application/merge-patch+json');
  await post('member', `/knowledge-items/${item}/versions`, {});
  const contribute = (name: string, who: string) =>
    made(name, post('member', `/knowledge-items/${item}/contributors`, { organisationId: id(who) }));
  await put('partner', `/knowledge-contributions/${await contribute('contribution', 'partner')}/decision`, accepted);
  await contribute('askedContribution', 'convener');
  const adoption = { versionNumber: 1, use: 'used', setting: 'Wijkteam', result: 'Minder brieven.' };
  await made('adoption', post('convener', `/knowledge-items/${item}/adoptions`, adoption));
  const link = { itemId: id('publicItem'), relation: 'used' };
  await made('knowledgeLink', post('convener', `/initiatives/${id('initiative')}/knowledge-links`, link));
}

/** Opens the world of the matrix. */
export async function openMatrixWorld(
  t: Pick<Test, 'teardown'>,
  before?: (app: FastifyInstance) => void,
): Promise<MatrixWorld> {
  const database = await testDatabase(t);
  const ids = new Map<string, string>();
  for (const name of organisations) ids.set(name, (await organisationWithCaller(database.db, name)).id);
  const app = await testApp(t, database, everyRefusal, before === undefined ? {} : { before });
  const tokens = await tokensOf(database, (name) => ids.get(name) ?? '');
  await fill(new Maker(app, tokens), ids, database);
  ids.set('computation', await compute(app, database.db, tokens.get('administrator') ?? ''));
  const { jwk } = await testKey('ES256');
  const idle = await registerClient(database, ids.get('guest') ?? '', [jwk, (await testKey('ES256')).jwk]);
  const keeper = await registerClient(database, ids.get('guest') ?? '', [jwk], [...scopes], { administrator: true });
  const [key] = await database.owner<{ id: string }[]>`select id from client_keys where client_id = ${idle.id} limit 1`;
  ids
    .set('idleClient', idle.id)
    .set('secondAdministrator', keeper.id)
    .set('idleKey', key?.id ?? '');
  return {
    ...database,
    app,
    token: (caller) => (caller === 'anonymous' ? undefined : tokens.get(caller)),
    subject: (name) => {
      const found = ids.get(name);
      if (found === undefined) throw new Error(`there is no subject ${name}`);
      return found;
    },
  };
}

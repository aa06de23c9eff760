import type { Test } from 'tap';
import { offerFrom } from '../../../../src/commands/demo-peers.ts';
import { ensureAdministrator } from '../../../../src/features/access/access.ts';
import { newPeer, peer } from '../../../../src/features/federation/examples.ts';
import { closeSpaces } from '../../../../src/features/spaces/spaces.ts';
import type { Scope } from '../../../../src/platform/caller.ts';
import { newId, withNamedIds } from '../../../../src/platform/id.ts';
import { compute } from '../../../helpers/computing.ts';
import { type TestDatabase, testDatabase } from '../../../helpers/db.ts';
import {
  administratorSecret,
  administratorToken,
  baseUrl,
  nodeSecret,
  runExports,
  testApp,
  testReceipts,
} from '../../../helpers/demo.ts';
import { readDocument } from '../../../helpers/document.ts';
import { testKey } from '../../../helpers/oauth.ts';
import { registerParty } from '../../../helpers/parties.ts';
import { parties } from '../../alliances/world.ts';
import type { Ask, Place } from './steps.ts';
import { ask, type Beginning, type Insider, insiders, keep, operationMap, type Pool, requestOf } from './world.ts';

const others = ['sponsor', 'revoked', 'other', 'analyst'] as const;

/** Ends the connections of a database, so that it can be cloned. */
async function letGo({ sql, owner }: TestDatabase): Promise<void> {
  await Promise.all([sql.end(), owner.end()]);
}

/**
 * What both worlds begin with: three organisations that take part in an open alliance with others and in a closed space;
 * its sponsor, one that left it, one that never was in it, an analyst, and the node's administrator.
 */
export async function begin(t: Test): Promise<Beginning> {
  const database = await testDatabase(t);
  const closing: (() => unknown)[] = [];
  await withNamedIds('node organisation', () =>
    ensureAdministrator(database.db, { nodeName: 'Knooppunt', keySecret: nodeSecret, secret: administratorSecret }),
  );
  const app = await testApp({ teardown: (work: () => unknown) => void closing.push(work) } as never, database);
  const document = await readDocument();
  const operations = operationMap(document);
  const people = await parties(database.db, ...insiders, ...others);
  const tokens: Record<string, string | null> = { nobody: null, administrator: await administratorToken(app) };
  for (const [name, { id }] of Object.entries(people)) {
    const scopes: Scope[] | undefined = name === 'analyst' ? ['statistics:read'] : undefined;
    tokens[name] = (await registerParty({ app, db: database.db }, id, scopes)).token;
  }
  const open: Pool = new Map();
  const closed: Pool = new Map();
  const did = async (who: string, operationId: string, given: Ask, pool = open) => {
    const request = requestOf({ operations }, operationId, given);
    const left = await ask({ app, lines: [] }, request, tokens[who] ?? null);
    if (left.status >= 300) throw new Error(`${operationId} by ${who}: ${left.status} ${left.body}`);
    keep(pool, operationId, request, left);
    return (left.body === '' ? {} : JSON.parse(left.body)) as { id: string } & Record<string, unknown>;
  };
  const ids = Object.fromEntries(Object.entries(people).map(([name, { id }]) => [name, id])) as Record<string, string>;
  open.set(
    'organisationId',
    Object.values(ids).map((organisationId) => ({ organisationId })),
  );

  const alliance = { kind: 'alliance', startsOn: '2020-01-01' };
  const join = async (allianceId: string, by: string, who: string, pool: Pool) => {
    const offer = { params: { allianceId }, body: { organisationId: ids[who], role: 'member' } };
    const { id } = await did(by, 'offerMembership', offer, pool);
    await did(who, 'decideMembership', { params: { membershipId: id }, body: { decision: 'accepted' } }, pool);
    return id;
  };
  const founded = await did('first', 'createAlliance', { body: { ...alliance, name: 'Open', visibility: 'public' } });
  for (const who of ['second', 'third', 'other', 'revoked', 'sponsor']) await join(founded.id, 'first', who, open);
  await did('other', 'createAlliance', { body: { ...alliance, name: 'Netwerk', visibility: 'network' } });
  const item = { type: 'lesson', title: 'wonen', licence: 'CC-BY-4.0', publish: true, visibility: 'network' };
  await did('other', 'createKnowledgeItem', { body: item });

  const space = await did(
    'first',
    'createAlliance',
    { body: { ...alliance, name: 'Vrijplaats', visibility: 'closed' } },
    closed,
  );
  for (const who of ['second', 'third']) await join(space.id, 'first', who, closed);
  const left = await join(space.id, 'first', 'revoked', closed);
  await did('revoked', 'endMembership', { params: { membershipId: left }, body: { reason: 'Wij gaan.' } }, closed);
  const guarantee = { params: { allianceId: space.id }, body: { organisationId: ids.sponsor } };
  const { id: sponsorshipId } = await did('first', 'offerSponsorship', guarantee);
  await did('sponsor', 'decideSponsorship', { params: { sponsorshipId }, body: { decision: 'accepted' } });

  await fill(did, { allianceId: founded.id, ids, visibility: 'public', pool: open });
  await fill(did, { allianceId: space.id, ids, visibility: 'alliances', pool: closed });
  await keepRegister(did, { ids, database });
  await registerPeople(did, ids);
  await endSpace(did, { database, ids, pool: closed, openId: founded.id });
  for (const who of ['administrator', 'sponsor', 'revoked', 'other']) await did(who, 'createExport', { body: {} });
  await runExports(database.db);
  const computed = ['administrator', 'sponsor', 'other'].map((who) => compute(app, database.db, tokens[who] ?? ''));
  open.set(
    'computationId',
    (await Promise.all(computed)).map((computationId) => ({ computationId })),
  );
  for (const close of closing.toReversed()) await close();
  await letGo(database);
  return {
    template: database.name,
    document,
    operations,
    tokens: tokens as Beginning['tokens'],
    organisations: {
      inside: insiders.map((name: Insider) => ids[name] ?? ''),
      outside: Object.values(ids),
    },
    open,
    closed,
  };
}

type Did = (
  who: string,
  operationId: string,
  given: Ask,
  pool?: Pool,
) => Promise<{ id: string } & Record<string, unknown>>;
type Filling = { allianceId: string; ids: Record<string, string>; visibility: 'public' | 'alliances'; pool: Pool };

/** One of everything in an alliance, so that there is something to read, and to go on with, by every operation. */
async function fill(did: Did, { allianceId, ids, visibility, pool }: Filling): Promise<void> {
  const within: Place = { allianceId };
  await did('first', 'publishCharter', { params: within, body: { title: 'Convenant', text: 'Samen.' } }, pool);
  const item = { type: 'practice', title: 'jeugd overleg', licence: 'CC-BY-4.0', themes: ['jeugd'], publish: true };
  const { id: itemId } = await did('first', 'createKnowledgeItem', { body: { ...item, visibility } }, pool);
  await did('first', 'shareKnowledgeItem', { params: { itemId }, body: { allianceId } }, pool);
  const asked = { params: { itemId }, body: { organisationId: ids.second } };
  const { id: contributionId } = await did('first', 'offerContribution', asked, pool);
  await did('second', 'decideContribution', { params: { contributionId }, body: { decision: 'accepted' } }, pool);
  const use = { versionNumber: 1, use: 'used', setting: 'Wijk', result: 'Goed' };
  await did('second', 'stateAdoption', { params: { itemId }, body: use }, pool);
  const { id: initiativeId } = await did(
    'first',
    'createInitiative',
    { body: { allianceId, title: 'Samen bellen' } },
    pool,
  );
  await did('second', 'addParticipation', { params: { initiativeId }, body: {} }, pool);
  await did('first', 'linkKnowledge', { params: { initiativeId }, body: { itemId, relation: 'used' } }, pool);
  const promise = { initiativeId, title: 'Meelopen', beneficiaryOrganisationId: ids.second, dueOn: '2099-01-01' };
  const { id: commitmentId } = await did('first', 'createCommitment', { body: promise }, pool);
  await did('first', 'offerDate', { params: { commitmentId }, body: { dueOn: '2099-02-01' } }, pool);
  const own = { subject: { type: 'initiative', id: initiativeId }, share: 'accountable', organisationId: ids.first };
  const { id: offerId } = await did('first', 'offerOwnership', { body: own }, pool);
  await did('first', 'decideOwnershipOffer', { params: { offerId }, body: { decision: 'accepted' } }, pool);
  await meet(did, within, pool);
  if (visibility === 'alliances')
    await did('first', 'offerHarvest', { body: { allianceId, itemId, visibility: 'network' } }, pool);
}

/** A series, a session that was held with who was there and what came of it, and a calendar. */
async function meet(did: Did, params: Place, pool: Pool): Promise<void> {
  const when = { timeZone: 'Europe/Amsterdam', durationMinutes: 60 };
  const planned = { ...params, ...when, title: 'Oefenen', kind: 'training' };
  const series = { ...planned, startsAt: '2099-01-05T09:30', recurrence: 'FREQ=WEEKLY' };
  await did('first', 'createSessionSeries', { body: series }, pool);
  const past = `${new Date(Date.now() - 3 * 86_400_000).toISOString().slice(0, 10)}T10:00`;
  const { id: sessionId } = await did('first', 'createSession', { body: { ...planned, startsAt: past } }, pool);
  await did('second', 'decideSession', { params: { sessionId }, body: { state: 'held' } }, pool);
  await did('second', 'recordAttendance', { params: { sessionId }, body: { headCount: 3 } }, pool);
  const lesson = { kind: 'lesson', lesson: 'Bel eerst' };
  await did('second', 'recordOutcome', { params: { sessionId }, body: lesson }, pool);
  await did('second', 'openCalendarFeed', { params, body: { name: 'Hal' } }, pool);
}

/** What administrators keep: a merger, a client, an import, peerings; and the endpoint of an organisation, and its move. */
async function keepRegister(
  did: Did,
  { ids, database }: { ids: Record<string, string>; database: TestDatabase },
): Promise<void> {
  const spare = async (name: string) =>
    (await did('administrator', 'createOrganisation', { body: { kind: 'other', name } })).id;
  const merger = { predecessorIds: [await spare('Oud')], successorId: await spare('Nieuw'), effectiveOn: '2020-01-01' };
  await did('administrator', 'recordMerger', { body: merger });
  const jwks = { keys: [(await testKey('ES256')).jwk] };
  const client = { name: 'Systeem', organisationId: ids.other, scopes: ['alliances:read'], jwks };
  await did('administrator', 'createClient', { body: client });
  await did('administrator', 'createImport', {
    query: [
      ['resource', 'organisations'],
      ['source', 'register'],
    ],
    body: 'key,name,kind\nk1,Wijkteam,other\n',
  });
  const peering = { baseUrl: 'https://leernetwerk.elders.example', shares: ['organisations'], receives: [] };
  await did('administrator', 'offerPeering', { body: { ...peering, validUntil: newPeer.validUntil } });
  const live = { ...peer, id: newId(), baseUrl: 'https://leernetwerk.anderen.example' };
  await offerFrom(database.db, live, baseUrl);
  await did('administrator', 'decidePeering', { params: { peerId: live.id }, body: { decision: 'accepted' } });
  await did('other', 'offerOrganisationMove', { body: { organisationId: ids.other, to: live.baseUrl } });
  const { id: webhookId } = await did('other', 'createWebhook', { body: { url: 'https://hooks.example/events' } });
  await did('other', 'testWebhook', { params: { webhookId } });
}

/** A closed space that is closing, with a promise that is being handed over. */
async function endSpace(
  did: Did,
  { database, ids, pool, openId }: { database: TestDatabase; ids: Record<string, string>; pool: Pool; openId: string },
): Promise<void> {
  const kind = { kind: 'alliance', startsOn: '2020-01-01', visibility: 'closed' };
  const { id: allianceId } = await did('first', 'createAlliance', { body: { ...kind, name: 'Kring' } }, pool);
  const offer = { params: { allianceId }, body: { organisationId: ids.second, role: 'member' } };
  const { id: membershipId } = await did('first', 'offerMembership', offer, pool);
  await did('second', 'decideMembership', { params: { membershipId }, body: { decision: 'accepted' } }, pool);
  const promise = { allianceId, title: 'Terugblik', beneficiaryOrganisationId: ids.second, dueOn: '2099-01-01' };
  const { id: commitmentId } = await did('first', 'createCommitment', { body: promise }, pool);
  await did('second', 'decideOnCommitment', { params: { commitmentId }, body: { decision: 'accepted' } }, pool);
  await database.owner`update alliances set ends_on = current_date - 1 where id = ${allianceId}`;
  await closeSpaces(database.db, await testReceipts(database.db));
  const elsewhere = { params: { commitmentId }, body: { allianceId: openId, title: 'Terugblik' } };
  await did('first', 'offerHandover', elsewhere, pool);
}

/** Somebody who works at one organisation and is known to another, and somebody who was erased. */
async function registerPeople(did: Did, ids: Record<string, string>): Promise<void> {
  const person = { name: 'Mila Kuipers', contact: 'mila@example.nl', role: 'Trainer' };
  const { professionalId, personalCode } = await register(did, person);
  const elsewhere = { params: { professionalId }, body: { organisationId: ids.second, role: 'Gast', personalCode } };
  const { id: affiliationId } = await did('first', 'offerAffiliation', elsewhere);
  await did('second', 'decideAffiliation', { params: { affiliationId }, body: { decision: 'accepted' } });
  const gone = await register(did, { ...person, name: 'Bram Visser' });
  const asked = { params: { professionalId: gone.professionalId }, body: { ground: 'no_longer_needed' } };
  await did('first', 'requestErasure', asked);
}

async function register(did: Did, person: object): Promise<{ professionalId: string; personalCode: string }> {
  const { id, personalCode } = await did('first', 'registerProfessional', { body: person });
  return { professionalId: id, personalCode: String(personalCode) };
}

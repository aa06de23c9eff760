import { administratorClientId } from '../../src/features/access/access.ts';
import { listClients } from '../../src/features/access/clients.ts';
import { newClient } from '../../src/features/access/examples.ts';
import { createAlliance } from '../../src/features/alliances/alliances.ts';
import { decideCharter, publishCharter } from '../../src/features/alliances/charters.ts';
import { charter } from '../../src/features/alliances/examples.ts';
import { decideMembership, offerMembership } from '../../src/features/alliances/membership-offers.ts';
import { offerSponsorship } from '../../src/features/alliances/sponsorships.ts';
import { signAuditHead } from '../../src/features/audit/audit.ts';
import { createExport } from '../../src/features/exports/exports.ts';
import { organisationsFile } from '../../src/features/imports/examples.ts';
import { createImport, runDueImports } from '../../src/features/imports/imports.ts';
import { stateAdoption } from '../../src/features/knowledge/adoptions.ts';
import { offerContribution } from '../../src/features/knowledge/contributions.ts';
import { item, practiceText } from '../../src/features/knowledge/examples.ts';
import { changeKnowledgeItem, createKnowledgeItem, getKnowledgeItem } from '../../src/features/knowledge/items.ts';
import { NewKnowledgeItem } from '../../src/features/knowledge/schemas.ts';
import { shareKnowledgeItem } from '../../src/features/knowledge/shares.ts';
import { publishKnowledgeVersion } from '../../src/features/knowledge/versions.ts';
import { recordMerger } from '../../src/features/organisations/mergers.ts';
import { changeOrganisation, getOrganisation } from '../../src/features/organisations/organisations.ts';
import { decideOwnershipOffer, offerOwnership } from '../../src/features/ownership/decisions.ts';
import { computeInBackground } from '../../src/features/statistics/background.ts';
import type { Db } from '../../src/platform/db.ts';
import { namedId, newId } from '../../src/platform/id.ts';
import { runExports, testReceipts } from './demo.ts';
import { initiativeGrowth } from './growth-of-initiatives.ts';
import { peerGrowth } from './growth-of-peers.ts';
import { professionalGrowth } from './growth-of-professionals.ts';
import { sessionGrowth } from './growth-of-sessions.ts';
import { spaceGrowth } from './growth-of-spaces.ts';
import { webhookGrowth } from './growth-of-webhooks.ts';
import { registerClient } from './oauth.ts';
import { administrator, caller, context, organisationWithCaller } from './people.ts';

const lindeveen = namedId('organisation lindeveen');
const academy = caller({ organisationId: namedId('node organisation') });
const academyAlliance = namedId('alliance academie');

const newcomer = (db: Db) => organisationWithCaller(db, `Nieuwkomer ${newId()}`);

async function found(db: Db, visibility: 'public' | 'closed'): Promise<string> {
  const alliance = { kind: 'alliance', name: `Alliantie ${newId()}`, visibility } as const;
  return (await createAlliance(db, context(academy), alliance)).body.id;
}

async function invite(db: Db): Promise<{ organisation: Awaited<ReturnType<typeof newcomer>>; membershipId: string }> {
  const organisation = await newcomer(db);
  const offer = { organisationId: organisation.id, role: 'member', expiresInDays: 30 } as const;
  const { body } = await offerMembership(db, context(academy), academyAlliance, offer);
  return { organisation, membershipId: body.id };
}

async function join(db: Db) {
  const { organisation, membershipId } = await invite(db);
  await decideMembership(db, context(organisation.caller), membershipId, { decision: 'accepted' });
  return organisation.caller;
}

async function changeRegion(db: Db): Promise<void> {
  const { version = 0 } = await getOrganisation(db, administrator, lindeveen);
  await changeOrganisation(db, context(administrator), lindeveen, version, { region: `Streek ${version}` });
}

async function merge(db: Db): Promise<void> {
  const predecessorIds = [(await newcomer(db)).id];
  const merger = { predecessorIds, successorId: lindeveen, effectiveOn: '2027-01-01' };
  await recordMerger(db, context(administrator), merger, async () => []);
}

const write = (db: Db) =>
  createKnowledgeItem(
    db,
    context(academy),
    NewKnowledgeItem.parse({
      type: 'lesson',
      title: `Bellen bij schuld ${newId()}`,
      licence: 'CC0-1.0',
      publish: true,
    }),
  );

async function publishNext(db: Db): Promise<void> {
  const { version = 0 } = await getKnowledgeItem(db, academy, item.id);
  await changeKnowledgeItem(db, context(academy), item.id, version, { body: `${practiceText}\n${newId()}` });
  await publishKnowledgeVersion(db, context(academy), item.id, {});
}

const share = async (db: Db) =>
  shareKnowledgeItem(db, context(academy), item.id, { allianceId: await found(db, 'public') });

async function nameContributor(db: Db): Promise<void> {
  const offer = { organisationId: (await newcomer(db)).id, expiresInDays: 30 };
  await offerContribution(db, context(academy), item.id, offer);
}

const adoption = { versionNumber: 1, use: 'adapted', setting: 'Wijkteam', result: 'Er wordt eerder gebeld.' } as const;
const adopt = async (db: Db) => stateAdoption(db, context((await newcomer(db)).caller), item.id, adoption);

async function offerOwn(db: Db): Promise<string> {
  const subject = { type: 'alliance', id: await found(db, 'public') } as const;
  const offer = {
    subject,
    share: 'accountable',
    organisationId: namedId('node organisation'),
    expiresInDays: 30,
  } as const;
  return (await offerOwnership(db, context(academy), offer)).body.id;
}

async function own(db: Db): Promise<void> {
  const decision = { decision: 'accepted' } as const;
  await decideOwnershipOffer(db, context(academy), await testReceipts(db), await offerOwn(db), decision);
}

const newImport = { resource: 'organisations', source: 'growth', dryRun: true } as const;

async function runImports(db: Db): Promise<void> {
  await createImport(db, context(administrator), newImport, organisationsFile);
  const log = { error: () => undefined, info: () => undefined };
  await runDueImports(db, { signal: new AbortController().signal, log });
}

async function exportAgain(db: Db): Promise<void> {
  const [client] = (await listClients(db, administrator, { clientId: administratorClientId, limit: 1 })).items;
  const who = caller({ organisationId: namedId('node organisation'), clientId: client?.id ?? '' });
  await createExport(db, context(who), { format: 'ndjson', resources: ['mergers'] });
  await runExports(db);
}

async function computeAgain(db: Db): Promise<void> {
  const [client] = (await listClients(db, administrator, { clientId: administratorClientId, limit: 1 })).items;
  const who = caller({ organisationId: namedId('node organisation'), clientId: client?.id ?? '' });
  await computeInBackground(db, who, '/v1/statistics/network');
}

/** The head of the day after the last one that was signed, as if all days were over. */
const signNext = async (db: Db) => signAuditHead(db, await testReceipts(db), new Date('2200-01-01'));

/**
 * How one row is added to each list, by the verbs, so that the administrator of the demo network sees it there. The
 * rows of an import are all there from the first: those of another are worked on instead.
 */
export const growth: Readonly<Record<string, (db: Db) => Promise<unknown>>> = {
  listOrganisations: newcomer,
  listOrganisationVersions: changeRegion,
  listMergers: merge,
  listClients: (db) => registerClient({ db }, lindeveen, newClient.jwks.keys),
  listAlliances: (db) => found(db, 'public'),
  listAllianceMemberships: invite,
  listMemberships: invite,
  listCharters: (db) => publishCharter(db, context(academy), academyAlliance, { title: 'Convenant', text: newId() }),
  listCharterDecisions: async (db) => {
    const decision = { decision: 'accepted', contentHash: charter.contentHash } as const;
    await decideCharter(db, context(await join(db)), academyAlliance, charter.id, decision);
  },
  listSponsorships: async (db) => {
    const offer = { organisationId: lindeveen, expiresInDays: 30 };
    await offerSponsorship(db, context(academy), await found(db, 'closed'), offer);
  },
  listKnowledgeItems: write,
  listKnowledgeVersions: publishNext,
  listKnowledgeShares: share,
  listItemContributions: nameContributor,
  listKnowledgeContributions: nameContributor,
  listItemAdoptions: adopt,
  listAdoptions: adopt,
  listOwnershipOffers: offerOwn,
  listOwnershipRecords: own,
  listOwnershipOrphans: (db) => found(db, 'public'),
  listEvents: (db) => found(db, 'public'),
  listAuditRecords: (db) => found(db, 'public'),
  listAuditHeads: signNext,
  listImports: (db) => createImport(db, context(administrator), newImport, organisationsFile),
  listImportRows: runImports,
  listExports: exportAgain,
  listComputations: computeAgain,
  listOrganisationStatistics: join,
  listTies: join,
  ...initiativeGrowth,
  ...professionalGrowth,
  ...sessionGrowth,
  ...spaceGrowth,
  ...webhookGrowth,
  ...peerGrowth,
};

/** Adds a row to a list. Throws for a list that cannot grow, so that none is passed over. */
export async function grow(db: Db, operationId: string): Promise<void> {
  const add = growth[operationId];
  if (add === undefined) throw new Error(`no test adds a row to ${operationId}`);
  await add(db);
}

import type { z } from 'zod';
import { administratorClientId, openReceipts } from '../features/access/access.ts';
import { createClient, listClients } from '../features/access/clients.ts';
import { rotateClientSecret } from '../features/access/credentials.ts';
import * as clientExamples from '../features/access/examples.ts';
import { NewClient } from '../features/access/schemas.ts';
import { createAlliance, succeedMemberships } from '../features/alliances/alliances.ts';
import { decideCharter, publishCharter } from '../features/alliances/charters.ts';
import * as allianceExamples from '../features/alliances/examples.ts';
import { decideMembership, offerMembership } from '../features/alliances/membership-offers.ts';
import { NewAlliance } from '../features/alliances/schemas.ts';
import { decideSponsorship, offerSponsorship } from '../features/alliances/sponsorships.ts';
import { signAuditHead } from '../features/audit/audit.ts';
import { cancelExport, createExport } from '../features/exports/exports.ts';
import * as importExamples from '../features/imports/examples.ts';
import { cancelImport, createImport, runDueImports } from '../features/imports/imports.ts';
import { recordMerger } from '../features/organisations/mergers.ts';
import { createOrganisation } from '../features/organisations/organisations.ts';
import { NewOrganisation } from '../features/organisations/schemas.ts';
import { cancelComputation, computeInBackground } from '../features/statistics/background.ts';
import { type Caller, nodeContext, scopes } from '../platform/caller.ts';
import type { Db } from '../platform/db.ts';
import { namedId, withNamedIds } from '../platform/id.ts';
import { demoAlliances, demoMemberships, demoOrganisations, type Place } from './demo-data.ts';
import { beginInitiatives } from './demo-initiatives.ts';
import { writeKnowledge } from './demo-knowledge.ts';
import { fillDemoOwnership } from './demo-ownership.ts';
import { administrator, as, id } from './demo-parties.ts';
import { agreeWithPeers } from './demo-peers.ts';
import { registerPeople } from './demo-professionals.ts';
import { planDemoSessions } from './demo-sessions.ts';
import { endDemoSpaces } from './demo-spaces.ts';
import { registerWebhooks } from './demo-webhooks.ts';

type Alliance = z.input<typeof NewAlliance>;

/**
 * Fills an empty node with a small, fictional network: a region of municipalities and care organisations, some of which
 * talk and some of which do. Everything is done by the verbs of the interface, so also by the other party's yes; what
 * was agreed before is imported. In one transaction: after an interruption there is nothing.
 */
export async function fillDemoNetwork(db: Db, nodeSecret: Buffer, baseUrl: string): Promise<void> {
  await db.transaction(async (db) => {
    await registerOrganisations(db);
    await importHistory(db);
    await mergeHoogmaar(db);
    await openAcademy(db);
    await openSpaces(db);
    await writeKnowledge(db, as);
    await beginInitiatives(db);
    await planDemoSessions(db, baseUrl);
    const receipts = await openReceipts(db, { keySecret: nodeSecret, issuer: baseUrl });
    await fillDemoOwnership(db, receipts);
    await endDemoSpaces(db, receipts);
    await registerPeople(db, nodeSecret, receipts);
    // As if the day were over, so that there is a head to look at.
    await signAuditHead(db, receipts, new Date(Date.now() + 86_400_000));
    await registerClients(db, nodeSecret);
    await registerWebhooks(db, nodeSecret);
    await agreeWithPeers(db, nodeSecret, baseUrl);
    await askForExports(db);
    await askForComputations(db);
  });
}

async function registerOrganisations(db: Db): Promise<void> {
  for (const { place, ...organisation } of demoOrganisations) {
    const input = NewOrganisation.parse(organisation);
    await withNamedIds(`organisation ${place}`, () => createOrganisation(db, administrator, input));
  }
}

type NewImport = Parameters<typeof createImport>[2];

async function runImport(db: Db, name: string, input: NewImport, file: string): Promise<void> {
  await withNamedIds(name, () => createImport(db, administrator, input, file));
  const silent = { error: () => undefined, info: () => undefined };
  await runDueImports(db, { signal: new AbortController().signal, log: silent });
}

/** What was agreed in the region before this node began, as its earlier register has it. */
async function importHistory(db: Db): Promise<void> {
  const source = 'maarland-register';
  const input = { source, dryRun: false } as const;
  await runImport(db, 'import maarland', { ...input, resource: 'organisations' }, importExamples.organisationsFile);
  await runImport(db, 'import alliances', { ...input, resource: 'alliances' }, demoAlliances);
  await runImport(db, 'import memberships', { ...input, resource: 'memberships' }, demoMemberships);
  const waiting = { ...input, resource: 'organisations' } as const;
  await withNamedIds('import waiting', () =>
    createImport(db, administrator, waiting, importExamples.organisationsFile),
  );
  await cancelImport(db, administrator, namedId('import waiting'));
}

async function mergeHoogmaar(db: Db): Promise<void> {
  const merger = { predecessorIds: [id('oud-hoogmaar')], successorId: id('hoogmaar'), effectiveOn: '2026-01-01' };
  await withNamedIds('merger hoogmaar', () => recordMerger(db, administrator, merger, succeedMemberships));
}

async function found(db: Db, convener: Place, name: string, alliance: Alliance): Promise<string> {
  await withNamedIds(`alliance ${name}`, () => createAlliance(db, as(convener), NewAlliance.parse(alliance)));
  return namedId(`alliance ${name}`);
}

type Offer = { readonly alliance: string; readonly convener: Place; readonly to: Place };

/** An invitation and, where one is given, the answer of the organisation that was invited. */
async function invite(db: Db, { alliance, convener, to }: Offer, answer?: 'accepted' | 'declined'): Promise<void> {
  const name = `membership ${to} ${alliance}`;
  const offer = { organisationId: id(to), role: 'member' as const, expiresInDays: 90 };
  await withNamedIds(name, () => offerMembership(db, as(convener), namedId(`alliance ${alliance}`), offer));
  if (answer !== undefined) await decideMembership(db, as(to), namedId(name), { decision: answer });
}

/** Those who do: they train every month, and signed what they may expect of each other. */
async function openAcademy(db: Db): Promise<void> {
  const { kind, name, purpose, visibility, startsOn } = allianceExamples.alliance;
  const academy = await found(db, 'academie', 'academie', { kind, name, purpose, visibility, startsOn } as Alliance);
  for (const to of ['lindeveen', 'waterrade', 'jeugdhulp'] as const)
    await invite(db, { alliance: 'academie', convener: 'academie', to }, 'accepted');
  await invite(db, { alliance: 'academie', convener: 'academie', to: 'maarkant' }, 'declined');
  await withNamedIds('membership zandkerk academie', () =>
    offerMembership(db, as('zandkerk'), academy, { role: 'member', expiresInDays: 90 }),
  );
  await withNamedIds('charter academie', () =>
    publishCharter(db, as('academie'), academy, allianceExamples.newCharter),
  );
  const { contentHash } = allianceExamples.charterSummary;
  for (const place of ['lindeveen', 'jeugdhulp'] as const)
    await decideCharter(db, as(place), academy, namedId('charter academie'), { decision: 'accepted', contentHash });
  const circle = await found(db, 'jeugdhulp', 'eerste duizend dagen', {
    kind: 'community',
    name: 'Leergemeenschap Eerste duizend dagen',
    purpose: 'Samen oefenen met vroeg zien en vroeg helpen.',
    visibility: 'network',
    startsOn: '2026-02-01',
    endsOn: '2099-02-01',
  });
  await withNamedIds('membership lindeveen eerste duizend dagen', () =>
    offerMembership(db, as('lindeveen'), circle, { role: 'member', expiresInDays: 90 }),
  );
  const accepted = { decision: 'accepted' } as const;
  await decideMembership(db, as('jeugdhulp'), namedId('membership lindeveen eerste duizend dagen'), accepted);
}

/** Rooms in which people are safe; who guarantees one cannot read it. */
async function openSpaces(db: Db): Promise<void> {
  const space = { kind: 'community', visibility: 'closed', startsOn: '2025-10-01', endsOn: '2099-07-01' } as const;
  const spaces = [
    { name: 'vrijplaats moeilijke gesprekken', title: 'Vrijplaats Moeilijke gesprekken', convener: 'maarkant' },
    { name: 'vrijplaats na de melding', title: 'Vrijplaats Na de melding', convener: 'ziekenhuis' },
    { name: 'vrijplaats werkdruk', title: 'Vrijplaats Werkdruk', convener: 'academie' },
  ] as const;
  for (const { name, title, convener } of spaces) {
    await found(db, convener, name, { ...space, name: title });
    await invite(db, { alliance: name, convener, to: 'jeugdhulp' }, 'accepted');
    if (convener === 'academie') continue;
    const sponsor = name.replace('vrijplaats', 'sponsorship');
    const request = { organisationId: id('academie'), expiresInDays: 90 };
    await withNamedIds(sponsor, () => offerSponsorship(db, as(convener), namedId(`alliance ${name}`), request));
  }
  await decideSponsorship(db, as('academie'), namedId('sponsorship na de melding'), { decision: 'accepted' });
}

/** The administrator's client, as it comes in. */
async function administratorOf(db: Db): Promise<(Caller & { organisationId: string }) | undefined> {
  const [client] = (await listClients(db, administrator.caller, { clientId: administratorClientId, limit: 1 })).items;
  if (client === undefined) return undefined;
  const caller = { clientId: client.id, clientName: client.name, organisationId: client.organisation.id };
  return { ...caller, administrator: true, scopes: new Set(client.scopes) };
}

/** An export for the administrator, which the background job makes, and one that was stopped before it began. */
async function askForExports(db: Db): Promise<void> {
  const caller = await administratorOf(db);
  if (caller === undefined) return;
  const context = nodeContext('createExport', caller);
  const input = { format: 'ndjson', resources: ['organisations', 'alliances', 'memberships'] } as const;
  const asked = { ...input, resources: [...input.resources] };
  await withNamedIds('export maarland', () => createExport(db, context, asked));
  await withNamedIds('export waiting', () => createExport(db, context, asked));
  await cancelExport(db, context, namedId('export waiting'));
}

/** A computation for the administrator, which the background job does, and one that was stopped before it began. */
async function askForComputations(db: Db): Promise<void> {
  const caller = await administratorOf(db);
  if (caller === undefined) return;
  for (const [name, path] of [
    ['computation maarland', '/v1/statistics/network'],
    ['computation stopped', '/v1/statistics/organisations'],
  ] as const)
    await withNamedIds(name, () => computeInBackground(db, caller, path));
  await cancelComputation(db, caller, namedId('computation stopped'));
}

/** The public half of a key that nobody holds. */
const spareKey = {
  kty: 'EC',
  crv: 'P-256',
  x: 'kzSVqEhWU5XEUcXWEu4C1Q17gkc1b52oZWeMxLnS1wU',
  y: 'hVPZjp5ftdpBeZpj5HMIQgKnZyY_kLnO_vHLT9n7B_U',
  kid: '2026-02',
};

async function registerClients(db: Db, nodeSecret: Buffer): Promise<void> {
  const { name, scopes: some, clientId } = clientExamples.client;
  const { jwks } = clientExamples.newClient;
  const keys = { keys: [...jwks.keys, spareKey] };
  const client = NewClient.parse({ name, scopes: some, organisationId: id('lindeveen'), jwks: keys });
  await withNamedIds('client lindeveen', () => createClient(db, administrator, client, clientId));
  const second = { name: 'Beheer', organisationId: id('academie'), scopes: [...scopes], administrator: true };
  await withNamedIds('client beheer', () => createClient(db, administrator, NewClient.parse(second), 'beheer'));
  await rotateClientSecret(db, administrator, nodeSecret, namedId('client beheer'), { overlapHours: 0 });
}

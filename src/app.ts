import { sql as query } from 'drizzle-orm';
import { type FastifyInstance, fastify } from 'fastify';
import type { Logger } from 'pino';
import type { Sql } from 'postgres';
import type { Registry } from 'prom-client';
import { type Config, outboundOptionsOf } from './config.ts';
import {
  type Access,
  administratorClientId,
  clientNamed,
  openAccess,
  openReceipts,
  publishedReceiptKeys,
  type Receipts,
} from './features/access/access.ts';
import { accessRoutes, oauthRoutes } from './features/access/routes.ts';
import { succeedMemberships } from './features/alliances/alliances.ts';
import { allianceRoutes } from './features/alliances/routes.ts';
import { RefusalLog } from './features/audit/audit.ts';
import { auditRoutes } from './features/audit/routes.ts';
import { eventSourceOf, type FeedDeps, replaySaved, Tail } from './features/events/events.ts';
import { eventRoutes } from './features/events/routes.ts';
import { exportRoutes } from './features/exports/routes.ts';
import { openPeering, openRelay, type Peering, peerIssuer } from './features/federation/federation.ts';
import { federationPages, federationRoutes } from './features/federation/routes.ts';
import { importRoutes } from './features/imports/routes.ts';
import { initiativeRoutes } from './features/initiatives/routes.ts';
import { knowledgeRoutes } from './features/knowledge/routes.ts';
import { movePages, moveRoutes } from './features/moves/routes.ts';
import { type NodeDeps, nodePages, nodeRoutes } from './features/node/routes.ts';
import type { SucceedMemberships } from './features/organisations/mergers.ts';
import { organisationRoutes } from './features/organisations/routes.ts';
import { leaveOwnerships, succeedOwnerships } from './features/ownership/ownership.ts';
import { ownershipRoutes } from './features/ownership/routes.ts';
import { processingRoutes } from './features/processing/routes.ts';
import { professionalRoutes } from './features/professionals/routes.ts';
import { replicationPages, replicationRoutes } from './features/replication/routes.ts';
import { calendarPages } from './features/sessions/calendar-pages.ts';
import { sessionRoutes } from './features/sessions/routes.ts';
import { spaceRoutes } from './features/spaces/routes.ts';
import type { Computing } from './features/statistics/background.ts';
import { mapPage } from './features/statistics/map/page.ts';
import { statisticsRoutes } from './features/statistics/routes.ts';
import { webhookRoutes } from './features/webhooks/routes.ts';
import { type EndpointDeps, SealedSecrets } from './features/webhooks/webhooks.ts';
import { assertScope } from './platform/admission.ts';
import { createRoutes, type Routes } from './platform/contract.ts';
import type { Db } from './platform/db.ts';
import { documentation } from './platform/documentation.ts';
import { fastifyOptions, guardEdge } from './platform/edge.ts';
import { createMetrics, showMetrics } from './platform/metrics.ts';
import { openapiDocument } from './platform/openapi.ts';
import { createOutbound, type Outbound } from './platform/outbound.ts';
import { Cursors } from './platform/page.ts';
import { deriveKey } from './platform/sealing.ts';
import { version } from './platform/version.ts';

/**
 * What an application is built from. `registry` is where its metrics go, beside those of the process; `check` parses every
 * answer by its schema: for tests. `outbound` is what other nodes are reached by; one of its own where it is absent.
 */
export type AppDeps = {
  readonly config: Config;
  readonly baseUrl: string;
  readonly db: Db;
  readonly sql: Sql;
  readonly secret: Buffer;
  /** What statistics are computed with. */
  readonly computing: Computing;
  readonly log: Logger;
  readonly registry?: Registry;
  readonly outbound?: Outbound;
  readonly check?: boolean;
};

/** Builds the application: every feature mounted by name. What is not here is not running. */
export async function buildApp(deps: AppDeps): Promise<FastifyInstance> {
  const { config, baseUrl, db, sql, secret, computing, log, registry, check } = deps;
  const access = await openAccess(db, sql, {
    baseUrl,
    keySecret: secret,
    trustedIssuers: config.trustedIssuers,
    // Asked by requests alone, when the rest below is there.
    peers: (issuer) => peerIssuer(db, peering, issuer),
    log,
  });
  const app = fastify(fastifyOptions({ baseUrl, version, log, trustProxy: config.trustProxy }));
  app.addHook('onClose', () => access.close());
  guardEdge(app, { baseUrl, version });
  const metrics = createMetrics(app, { db: sql, ...(registry !== undefined && { registry }) });
  const refusals = new RefusalLog(db, { log, perMinute: config.auditedRefusalsPerMinute });
  app.addHook('onClose', () => refusals.close());

  const routes = createRoutes(app, {
    authenticate: access.authenticate,
    cursors: new Cursors(deriveKey(secret, 'cursors')),
    baseUrl,
    replay: (context) => replaySaved(db, context),
    relay: (request) => relay(request),
    rateLimitPerMinute: config.rateLimitPerMinute,
    refused: (refusal) => refusals.add(refusal),
    check: check ?? false,
  });
  const node = {
    name: config.nodeName,
    version,
    baseUrl,
    securityContact: config.securityContact,
    ready: () =>
      db.execute(query`select 1`).then(
        () => true,
        () => false,
      ),
  };
  const receipts = await openReceipts(db, { keySecret: secret, issuer: baseUrl });
  const source = { source: eventSourceOf(config.nodeOin, config.nodeSystem), baseUrl };
  const feed = { db, tail: new Tail(db), source };
  const endpoints = { secrets: new SealedSecrets(secret), outbound: outboundOptionsOf(config) };
  const outbound = deps.outbound ?? createOutbound(endpoints.outbound);
  if (deps.outbound === undefined) app.addHook('onClose', () => outbound.close());
  const peering = openPeering({
    ...{ baseUrl, name: config.nodeName, oin: config.nodeOin },
    ...{ outbound, sendable: endpoints.outbound, signingKey: access.signingKey },
  });
  const relay = openRelay({ db, peering, vouchFor: access.vouchFor });
  mountFeatures(routes, { db, secret, computing, access, receipts, node, feed, endpoints, peering });

  const receiptKeys = () => publishedReceiptKeys(db);
  oauthRoutes(app, {
    access,
    receiptKeys,
    rateLimitPerMinute: config.tokenRateLimitPerMinute,
    refused: ({ clientId, ...refusal }) =>
      refusals.claim(async () => {
        const caller = await clientNamed(db, clientId);
        return caller && { ...refusal, caller };
      }),
  });
  nodePages(app, node);
  federationPages(app, { db, peering });
  replicationPages(app, { db, peering });
  movePages(app, { db, peering, receipts });
  calendarPages(app, { db });
  showMetrics(app, metrics, {
    ...(config.metricsPort !== undefined && { at: { host: config.host, port: config.metricsPort } }),
    admit: async (authorization) => assertScope(await access.authenticate(authorization), 'metrics:read'),
  });
  mapPage(app);
  await documentation(app, describeRoutes(routes, baseUrl), {
    title: config.nodeName,
    clientId: administratorClientId,
  });
  return app;
}

/** What the features are mounted with. */
export type FeatureDeps = {
  readonly db: Db;
  readonly secret: Buffer;
  readonly computing: Computing;
  readonly access: Pick<Access, 'forget'>;
  readonly receipts: Receipts;
  readonly node: NodeDeps;
  readonly feed: FeedDeps;
  readonly endpoints: EndpointDeps;
  readonly peering: Peering;
};

/** Mounts the routes of every feature under the version. */
export function mountFeatures(
  routes: Routes,
  { db, secret, computing, access, receipts, node, feed, endpoints, peering }: FeatureDeps,
): void {
  organisationRoutes(routes, { db, succeedMemberships: succession(receipts) });
  allianceRoutes(routes, { db, leaveAlliance: leaveOwnerships(receipts) });
  initiativeRoutes(routes, { db });
  knowledgeRoutes(routes, { db });
  ownershipRoutes(routes, { db, receipts });
  sessionRoutes(routes, { db, baseUrl: receipts.issuer });
  spaceRoutes(routes, { db });
  professionalRoutes(routes, { db, secret, receipts });
  processingRoutes(routes, { db, baseUrl: receipts.issuer });
  statisticsRoutes(routes, { computing });
  eventRoutes(routes, feed);
  webhookRoutes(routes, { db, source: feed.source, endpoints });
  auditRoutes(routes, { db });
  importRoutes(routes, { db });
  exportRoutes(routes, { db });
  federationRoutes(routes, { db, peering });
  replicationRoutes(routes, { db });
  moveRoutes(routes, { db, peering, receipts });
  accessRoutes(routes, { db, secret, access });
  nodeRoutes(routes, node);
}

/** What follows from a merger: memberships continue, then what is owned goes to the successor. */
const succession =
  (receipts: Receipts): SucceedMemberships =>
  async (db, merger) => [...(await succeedMemberships(db, merger)), ...(await succeedOwnerships(receipts)(db, merger))];

/** The OpenAPI document of the routes of a node. */
export const describeRoutes = (routes: Routes, baseUrl: string): object =>
  openapiDocument(routes, { version, baseUrl, tags: tagDescriptions });

const tagDescriptions = {
  organisations:
    'The register: municipalities, care organisations and others, their official identifiers, versions and mergers.',
  alliances: 'Learning alliances (leerallianties). Closed ones (vrijplaatsen) are shown to their members alone.',
  memberships: 'Organisations in alliances: offered by one side and answered by the other, dated, never overwritten.',
  charters:
    'What the members of an alliance promise each other (convenant): versions of a text, each accepted by name.',
  sponsorships: 'Organisations that guarantee a closed space and cannot read it.',
  initiatives: 'Joint work in an alliance: who takes part with which stance, and how long it was only talked about.',
  commitments:
    'Who promises what to whom by when, and what became of it. A promise that was kept and confirmed is a deed.',
  sessions:
    'Training and meeting (bijeenkomsten): planned in series, held, with who was there and what came of it, and the rhythm that a group keeps.',
  calendars: 'Calendars of alliances behind secret addresses, for calendar programs.',
  'knowledge-items':
    'Knowledge (kennisitems) in published versions, shared with alliances, and what others did with it (adoptions).',
  ownership:
    'Who owns an alliance, an initiative or a knowledge item: offered, accepted by the owner itself, and signed for.',
  'closed-spaces':
    'What leaves a closed space (vrijplaats), by the yes of all who contributed, and its end: harvested, handed over, archived, destroyed.',
  professionals:
    'People at organisations, as little of them as possible. An affiliation is claimed by one side and confirmed by the other.',
  privacy:
    'Access and erasure for each person, the processing log, the register of processing activities, and how long what is kept.',
  events: 'What happens, as CloudEvents in the order in which it was committed: polled, waited for or streamed.',
  webhooks:
    'Events sent to you (Standard Webhooks): endpoints that proved to want them, what was sent to them, and sending it again.',
  audit: 'Who did what, when and with which outcome, in a chain whose head is signed each day.',
  statistics: 'Figures on the network of any day, with their definitions.',
  imports: 'Files from registers, taken in as background jobs. For administrators.',
  exports: 'Whole archives of what one may see, of one instant, made as background jobs and downloaded in parts.',
  clients: 'Systems that may come in, their keys and scopes. For administrators.',
  peers:
    'Peerings with other nodes: offered by one and accepted by the other, signed by both, ended by either at once. For administrators.',
  'organisation-moves':
    'Organisations that go from one node to another, by the yes of both: offered in their own name, signed by both nodes.',
  node: 'What this node says of itself.',
};

import { z } from 'zod';
import type { Scope } from '../../platform/caller.ts';
import * as alliances from '../alliances/alliances.ts';
import * as initiatives from '../initiatives/initiatives.ts';
import * as knowledge from '../knowledge/knowledge.ts';
import * as organisations from '../organisations/organisations.ts';
import * as ownership from '../ownership/ownership.ts';
import * as professionals from '../professionals/professionals.ts';
import * as sessions from '../sessions/sessions.ts';
import * as spaces from '../spaces/spaces.ts';
import { below, byCaller, byContext, type Source, whole } from './walking.ts';

/** A resource of an export: the list of the interface that it holds, the scope for it, and how its rows are read. */
export type ExportedResource = {
  readonly list: string;
  readonly scope: Scope;
  /** What a line is: the view of the interface, with the parameters of its path where the view does not name them. */
  readonly view: z.ZodObject;
  readonly rows: (source: Source) => AsyncIterable<object>;
};

const within = (name: string) => ({ [name]: z.string() });

const allAlliances = byCaller(alliances.listAlliances);
const allItems = byCaller(knowledge.listKnowledgeItems);
const allInitiatives = byCaller(initiatives.listInitiatives);
const allCommitments = byCaller(initiatives.listCommitments);
const charters = below(
  allAlliances,
  ({ id: allianceId }) => ({ allianceId }),
  ({ db, context }, { allianceId }, input) => alliances.listCharters(db, context.caller, allianceId, input),
);
const participations = below(
  allInitiatives,
  ({ id: initiativeId }) => ({ initiativeId }),
  ({ db, context }, { initiativeId }, input) => initiatives.listParticipations(db, context.caller, initiativeId, input),
);
const versions = below(
  allItems,
  ({ id: itemId }) => ({ itemId }),
  ({ db, context }, { itemId }, input) => knowledge.listKnowledgeVersions(db, context.caller, itemId, input),
);

const allSessions = byCaller(sessions.listSessions);

const organisationRows = { scope: 'organisations:read' } as const;
const allianceRows = { scope: 'alliances:read' } as const;
const knowledgeRows = { scope: 'knowledge-items:read' } as const;
const initiativeRows = { scope: 'initiatives:read' } as const;
const commitmentRows = { scope: 'commitments:read' } as const;
const ownershipRows = { scope: 'ownership:read' } as const;
const professionalRows = { scope: 'professionals:read' } as const;

/** Everything that an export can hold, by the name of its file; in an order in which each refers to those before it. */
export const exportedResources = {
  organisations: {
    ...organisationRows,
    list: 'listOrganisations',
    view: organisations.OrganisationView,
    rows: byCaller(organisations.listOrganisations),
  },
  'organisation-versions': {
    ...organisationRows,
    list: 'listOrganisationVersions',
    view: organisations.OrganisationVersionView.extend(within('organisationId')),
    rows: below(
      byCaller(organisations.listOrganisations),
      ({ id: organisationId }) => ({ organisationId }),
      ({ db, context }, { organisationId }, input) =>
        organisations.listOrganisationVersions(db, context.caller, organisationId, input),
    ),
  },
  mergers: {
    ...organisationRows,
    list: 'listMergers',
    view: organisations.MergerView,
    rows: byCaller(organisations.listMergers),
  },
  alliances: { ...allianceRows, list: 'listAlliances', view: alliances.AllianceView, rows: allAlliances },
  memberships: {
    ...allianceRows,
    list: 'listMemberships',
    view: alliances.MembershipView,
    rows: byCaller(alliances.listMemberships),
  },
  charters: {
    ...allianceRows,
    list: 'listCharters',
    view: alliances.CharterView,
    rows: whole(charters, async ({ db, context }, { allianceId, id }) => {
      return (await alliances.getCharter(db, context.caller, allianceId, id)).body;
    }),
  },
  'charter-decisions': {
    ...allianceRows,
    list: 'listCharterDecisions',
    view: alliances.CharterDecisionView.extend(within('allianceId')),
    rows: below(
      charters,
      ({ allianceId, id: charterId }) => ({ allianceId, charterId }),
      ({ db, context }, place, input) => alliances.listCharterDecisions(db, context.caller, place, input),
    ),
  },
  sponsorships: {
    ...allianceRows,
    list: 'listSponsorships',
    view: alliances.SponsorshipView,
    rows: byCaller(alliances.listSponsorships),
  },
  'knowledge-items': {
    ...knowledgeRows,
    list: 'listKnowledgeItems',
    view: knowledge.KnowledgeItemView,
    rows: whole(allItems, async ({ db, context }, { id }) => {
      return (await knowledge.getKnowledgeItem(db, context.caller, id)).body;
    }),
  },
  'knowledge-versions': {
    ...knowledgeRows,
    list: 'listKnowledgeVersions',
    view: knowledge.KnowledgeVersionView,
    rows: whole(versions, async ({ db, context }, { itemId, number }) => {
      return (await knowledge.getKnowledgeVersion(db, context.caller, itemId, number)).body;
    }),
  },
  'knowledge-shares': {
    ...knowledgeRows,
    list: 'listKnowledgeShares',
    view: knowledge.KnowledgeShareView,
    rows: below(
      allItems,
      ({ id: itemId }) => ({ itemId }),
      ({ db, context }, { itemId }, input) => knowledge.listKnowledgeShares(db, context.caller, itemId, input),
    ),
  },
  'knowledge-contributions': {
    ...knowledgeRows,
    list: 'listKnowledgeContributions',
    view: knowledge.KnowledgeContributionView,
    rows: byCaller(knowledge.listKnowledgeContributions),
  },
  adoptions: {
    ...knowledgeRows,
    list: 'listAdoptions',
    view: knowledge.AdoptionView,
    rows: byCaller(knowledge.listAdoptions),
  },
  initiatives: { ...initiativeRows, list: 'listInitiatives', view: initiatives.InitiativeView, rows: allInitiatives },
  participations: {
    ...initiativeRows,
    list: 'listParticipations',
    view: initiatives.ParticipationView.extend(within('initiativeId')),
    rows: participations,
  },
  stances: {
    ...initiativeRows,
    list: 'listStances',
    view: initiatives.StanceView.extend(within('participationId')),
    rows: below(
      participations,
      ({ id: participationId }) => ({ participationId }),
      ({ db, context }, { participationId }, input) =>
        initiatives.listStances(db, context.caller, participationId, input),
    ),
  },
  'knowledge-links': {
    ...initiativeRows,
    list: 'listKnowledgeLinks',
    view: initiatives.KnowledgeLinkView.extend(within('initiativeId')),
    rows: below(
      allInitiatives,
      ({ id: initiativeId }) => ({ initiativeId }),
      ({ db, context }, { initiativeId }, input) =>
        initiatives.listKnowledgeLinks(db, context.caller, initiativeId, input),
    ),
  },
  commitments: { ...commitmentRows, list: 'listCommitments', view: initiatives.CommitmentView, rows: allCommitments },
  'commitment-steps': {
    ...commitmentRows,
    list: 'listCommitmentSteps',
    view: initiatives.CommitmentStepView.extend(within('commitmentId')),
    rows: below(
      allCommitments,
      ({ id: commitmentId }) => ({ commitmentId }),
      ({ db, context }, { commitmentId }, input) =>
        initiatives.listCommitmentSteps(db, context.caller, commitmentId, input),
    ),
  },
  'date-offers': {
    ...commitmentRows,
    list: 'listDateOffers',
    view: initiatives.DateOfferView,
    rows: below(
      allCommitments,
      ({ id: commitmentId }) => ({ commitmentId }),
      ({ db, context }, { commitmentId }, input) => initiatives.listDateOffers(db, context.caller, commitmentId, input),
    ),
  },
  'session-series': {
    ...allianceRows,
    list: 'listSessionSeries',
    view: sessions.SessionSeriesView,
    rows: byCaller(sessions.listSessionSeries),
  },
  sessions: { ...allianceRows, list: 'listSessions', view: sessions.SessionView, rows: allSessions },
  'session-attendances': {
    ...allianceRows,
    list: 'listAttendances',
    view: sessions.AttendanceView,
    rows: below(
      allSessions,
      ({ id: sessionId }) => ({ sessionId }),
      ({ db, context }, { sessionId }, input) => sessions.listAttendances(db, context.caller, sessionId, input),
    ),
  },
  'session-outcomes': {
    ...allianceRows,
    list: 'listOutcomes',
    view: sessions.OutcomeView,
    rows: below(
      allSessions,
      ({ id: sessionId }) => ({ sessionId }),
      ({ db, context }, { sessionId }, input) => sessions.listOutcomes(db, context.caller, sessionId, input),
    ),
  },
  'ownership-offers': {
    ...ownershipRows,
    list: 'listOwnershipOffers',
    view: ownership.OwnershipOfferView,
    rows: byCaller(ownership.listOwnershipOffers),
  },
  'ownership-records': {
    ...ownershipRows,
    list: 'listOwnershipRecords',
    view: ownership.OwnershipRecordView.extend(within('receipt')),
    rows: whole(
      byCaller((db, caller, input) => ownership.listOwnershipRecords(db, caller, { ...input, history: true })),
      async ({ db, context }, record) => {
        const { body } = await ownership.getOwnershipReceipt(db, context.caller, record.id);
        return { ...record, ...body };
      },
    ),
  },
  harvests: { ...allianceRows, list: 'listHarvests', view: spaces.HarvestView, rows: byCaller(spaces.listHarvests) },
  handovers: {
    ...allianceRows,
    list: 'listHandovers',
    view: spaces.HandoverView,
    rows: byCaller(spaces.listHandovers),
  },
  professionals: {
    ...professionalRows,
    list: 'listProfessionals',
    view: professionals.ProfessionalView,
    rows: byContext(professionals.listProfessionals),
  },
  affiliations: {
    ...professionalRows,
    list: 'listAffiliations',
    view: professionals.AffiliationView,
    rows: byContext(professionals.listAffiliations),
  },
  'professional-contributions': {
    ...professionalRows,
    list: 'listProfessionalContributions',
    view: professionals.ProfessionalContributionView,
    rows: byContext(professionals.listProfessionalContributions),
  },
  erasures: {
    ...professionalRows,
    list: 'listErasures',
    view: professionals.ErasureView,
    rows: byCaller(professionals.listErasures),
  },
} as const satisfies Record<string, ExportedResource>;

/** The name of a resource of an export. */
export type ResourceName = keyof typeof exportedResources;
/** The names of all of them, in order. */
export const resourceNames = Object.keys(exportedResources) as [ResourceName, ...ResourceName[]];

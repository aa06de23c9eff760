import { type SQL, sql } from 'drizzle-orm';
import {
  alliances,
  charterDecisions,
  charters,
  memberships,
  sponsorships,
} from '../../../src/features/alliances/tables.ts';
import { commitments, initiatives, participations } from '../../../src/features/initiatives/tables.ts';
import {
  knowledgeAdoptions,
  knowledgeContributions,
  knowledgeItems,
  knowledgeShares,
} from '../../../src/features/knowledge/tables.ts';
import { ownershipOffers } from '../../../src/features/ownership/tables.ts';
import type { Viewer } from '../../../src/features/policy/policy.ts';
import { processingRecords } from '../../../src/features/processing/tables.ts';
import {
  affiliations,
  erasures,
  professionalContributions,
  professionals,
} from '../../../src/features/professionals/tables.ts';
import { harvests, spaceClosures } from '../../../src/features/spaces/tables.ts';
import { namedId } from '../../../src/platform/id.ts';
import { Problem } from '../../../src/platform/problem.ts';
import { caller } from '../../helpers/people.ts';
import type { CaseWorld } from './case-names.ts';

/*
 * What each predicate of the policy promises, row by row. To add a predicate: give it a case below, with a statement that
 * carries nothing but the predicate, and a line for each row that this statement finds without it. If no row lies on the
 * other side of one of its conditions, add one to `case-world.ts`; the mutants of the predicate tell which is missing.
 * The cases of events and of the audit, and the rows that they are about, have files of their own. Nothing need be
 * registered but a module: mutants are made of whatever stands in `sql` templates of those in `modules.ts`. Literals of a new
 * kind belong into `families` in `mutations.ts`. A mutant that nothing can tell apart is explained in `explained.ts`.
 */

/** The modules of the policy under test, or mutants of them. */
export type Policy = typeof import('../../../src/features/policy/policy.ts') &
  typeof import('../../../src/features/policy/event-sight.ts') &
  typeof import('../../../src/features/policy/audit-sight.ts') &
  typeof import('../../../src/features/policy/session-sight.ts');

/**
 * What a predicate lets through. `seen` is written from what its docstring promises: a line for each row of the world,
 * with who sees it; a name of `groups` stands for several viewers.
 */
export type Case = {
  /** The predicate that is judged. */
  readonly predicate: keyof Policy;
  /** The kind of thing that the rows are, as in the names of the world; absent where they are of several kinds. */
  readonly kind?: string;
  /** A statement that selects the identifiers of what the viewer sees, under the predicate alone. */
  readonly rows: (policy: Policy, viewer: Viewer, world: CaseWorld) => SQL;
  readonly seen: string;
  /** The mark that the statement bears, so that a guard can tell it from one without the policy. */
  readonly mark?: string;
};

const membershipsWhere = (condition: SQL) =>
  sql`select ${memberships.id} from ${memberships}
    join ${alliances} on ${alliances.id} = ${memberships.allianceId} where ${condition}`;
const itemsWhere = (condition: SQL) => sql`select ${knowledgeItems.id} from ${knowledgeItems} where ${condition}`;
const alliancesWhere = (condition: SQL) => sql`select ${alliances.id} from ${alliances} where ${condition}`;

const exempt = (why: Parameters<Policy['unrestricted']>[0]): Case => ({
  predicate: 'unrestricted',
  kind: 'alliance',
  mark: `/* policy: ${why} */`,
  rows: ({ unrestricted }) => alliancesWhere(unrestricted(why)),
  seen: `
    public   everyone
    network  everyone
    closed   everyone
    other    everyone
    both     everyone
    unknown  everyone`,
});

const ofClosedAlliances = `
    closed.today         members
    closed.longer        members
    closed.twice-once    members
    closed.twice-again   members
    closed.leaving       members leaving
    closed.tomorrow      members tomorrow
    closed.ended         members ended
    closed.offered       members offered
    closed.declined      members declined
    closed.withdrawn     members second
    closed.expired       members third
    other.elsewhere      elsewhere
    both.today           today
    unknown.today        today`;

const subjects =
  'alliance:public alliance:closed initiative:public initiative:closed item:published-public item:shared';
const work = `${subjects} commitment:public.fulfilled commitment:public.disputed commitment:closed.confirmed`;

/** What of the subjects with these names a predicate lets through, which is made of their type and identifier. */
const subjectsWhere = (names: string, world: CaseWorld, condition: (type: SQL, id: SQL) => SQL) => {
  const values = names.split(' ').map((name) => {
    const type = name.split(':')[0] === 'item' ? 'knowledge_item' : name.split(':')[0];
    return sql`(${type}::text, ${world.id(name)}::uuid)`;
  });
  return sql`select s.id from (values ${sql.join(values, sql`, `)}) s(type, id)
    where ${condition(sql`s.type`, sql`s.id`)}`;
};

const ofSubjects = `
      alliance:public        everyone
      alliance:closed        members
      initiative:public      everyone
      initiative:closed      members
      item:published-public  everyone
      item:shared            first members`;

const closuresWhere = (condition: SQL) =>
  sql`select ${spaceClosures.allianceId} as id from ${spaceClosures} where ${condition}`;
const recordsWhere = (condition: SQL) =>
  sql`select ${processingRecords.id} from ${processingRecords} where ${condition}`;
/** A caller for whom a viewer looks, who may be a column. */
const looking = (viewer: Viewer, administrator: boolean) =>
  caller({ organisationId: viewer as string | null, administrator });

/** The cases of every predicate of `policy.ts`; a predicate without one fails the test. */
export const cases: Readonly<Record<string, Case>> = {
  'unrestricted, checked': exempt('checked'),
  'unrestricted, node': exempt('node'),
  'unrestricted, rule': exempt('rule'),
  'unrestricted, counted': exempt('counted'),
  isMember: {
    predicate: 'isMember',
    kind: 'alliance',
    rows: ({ isMember }, viewer) => alliancesWhere(isMember(viewer, sql`${alliances.id}`)),
    seen: `
      public   first
      network  none
      closed   members
      other    elsewhere
      both     today
      unknown  today`,
  },
  visibleAlliances: {
    predicate: 'visibleAlliances',
    kind: 'alliance',
    rows: ({ visibleAlliances }, viewer) => alliancesWhere(visibleAlliances(viewer)),
    seen: `
      public   everyone
      network  network
      closed   members
      other    elsewhere
      both     today
      unknown  none`,
  },
  visibleMemberships: {
    predicate: 'visibleMemberships',
    kind: 'membership',
    rows: ({ visibleMemberships }, viewer) => membershipsWhere(visibleMemberships(viewer)),
    seen: `${ofClosedAlliances}
      public.accepted   everyone
      public.ended      everyone
      public.offered    first second
      public.declined   first second
      public.withdrawn  first second
      public.expired    first second
      network.ended     network
      network.offered   second`,
  },
  partyToMembership: {
    predicate: 'partyToMembership',
    kind: 'membership',
    rows: ({ partyToMembership }, viewer) => membershipsWhere(partyToMembership(viewer)),
    seen: `${ofClosedAlliances}
      public.accepted   first
      public.ended      first second
      public.offered    first second
      public.declined   first second
      public.withdrawn  first second
      public.expired    first second
      network.ended     second
      network.offered   second`,
  },
  visibleCharterDecisions: {
    predicate: 'visibleCharterDecisions',
    kind: 'decision',
    rows: ({ visibleCharterDecisions }, viewer) => sql`select ${charterDecisions.id} from ${charterDecisions}
      join ${charters} on ${charters.id} = ${charterDecisions.charterId}
      join ${alliances} on ${alliances.id} = ${charters.allianceId} where ${visibleCharterDecisions(viewer)}`,
    seen: `
      public.accepted  everyone
      public.declined  first second
      closed.accepted  members second
      closed.declined  members second`,
  },
  visibleSponsorships: {
    predicate: 'visibleSponsorships',
    kind: 'sponsorship',
    rows: ({ visibleSponsorships }, viewer) =>
      sql`select ${sponsorships.id} from ${sponsorships} where ${visibleSponsorships(viewer)}`,
    seen: `
      closed          members third
      other           elsewhere second
      both.offered    today fourth
      both.declined   today fourth
      both.withdrawn  today fourth
      both.expired    today fourth
      both.ended      today fourth`,
  },
  visibleKnowledgeItems: {
    predicate: 'visibleKnowledgeItems',
    kind: 'item',
    rows: ({ visibleKnowledgeItems }, viewer) => itemsWhere(visibleKnowledgeItems(viewer)),
    seen: `
      published-public     everyone
      published-network    network
      published-alliances  first
      withdrawn-public     everyone
      withdrawn-network    network
      withdrawn-alliances  first
      draft-public         first
      draft-network        first
      draft-alliances      first
      shared               first members
      shared-twice         first members
      shared-once          first
      shared-draft         first
      unknown              first
      with-offered         first second
      with-accepted        first second
      with-declined        first
      with-withdrawn       first
      with-expired         first
      with-ended           first`,
  },
  'nearKnowledgeItems, its own and those it contributes to': {
    predicate: 'nearKnowledgeItems',
    kind: 'item',
    rows: ({ nearKnowledgeItems }, viewer) => itemsWhere(nearKnowledgeItems(viewer, { shared: false })),
    seen: `
      published-public     first second third
      published-network    first
      published-alliances  first
      withdrawn-public     first
      withdrawn-network    first
      withdrawn-alliances  first
      draft-public         first
      draft-network        first
      draft-alliances      first
      shared               first
      shared-twice         first
      shared-once          first
      shared-draft         first
      unknown              first
      with-offered         first second
      with-accepted        first second
      with-declined        first
      with-withdrawn       first
      with-expired         first
      with-ended           first`,
  },
  // A net that the policy goes through again: it asks whether a membership was agreed, and not for its days.
  'nearKnowledgeItems, shared ones too': {
    predicate: 'nearKnowledgeItems',
    kind: 'item',
    rows: ({ nearKnowledgeItems }, viewer) => itemsWhere(nearKnowledgeItems(viewer, { shared: true })),
    seen: `
      published-public     first second third members leaving tomorrow
      published-network    first
      published-alliances  first
      withdrawn-public     first
      withdrawn-network    first
      withdrawn-alliances  first
      draft-public         first
      draft-network        first
      draft-alliances      first
      shared               first members leaving tomorrow
      shared-twice         first members leaving tomorrow
      shared-once          first
      shared-draft         first members leaving tomorrow
      unknown              first members leaving tomorrow
      with-offered         first second
      with-accepted        first second
      with-declined        first
      with-withdrawn       first
      with-expired         first
      with-ended           first`,
  },
  visibleKnowledgeShares: {
    predicate: 'visibleKnowledgeShares',
    kind: 'share',
    rows: ({ visibleKnowledgeShares }, viewer) => sql`select ${knowledgeShares.id} from ${knowledgeShares}
      join ${knowledgeItems} on ${knowledgeItems.id} = ${knowledgeShares.itemId}
      join ${alliances} on ${alliances.id} = ${knowledgeShares.allianceId} where ${visibleKnowledgeShares(viewer)}`,
    seen: `
      shared.closed               members
      shared-twice.closed         members
      shared-twice.both           today
      shared-once.closed          none
      shared-draft.closed         none
      unknown.closed              none
      published-public.closed     members
      published-public.public     everyone
      published-alliances.public  first`,
  },
  visibleKnowledgeContributions: {
    predicate: 'visibleKnowledgeContributions',
    kind: 'contribution',
    rows: ({ visibleKnowledgeContributions }, viewer) =>
      sql`select ${knowledgeContributions.id} from ${knowledgeContributions}
        join ${knowledgeItems} on ${knowledgeItems.id} = ${knowledgeContributions.itemId}
        where ${visibleKnowledgeContributions(viewer)}`,
    seen: `
      with-offered.only           first second
      with-accepted.only          first second
      with-declined.only          first
      with-withdrawn.only         first
      with-expired.only           first
      with-ended.only             first
      published-public.offered    first second
      published-public.accepted   everyone
      published-public.declined   first second
      published-public.withdrawn  first second
      published-public.expired    first second
      published-public.ended      everyone`,
  },
  visibleKnowledgeAdoptions: {
    predicate: 'visibleKnowledgeAdoptions',
    kind: 'adoption',
    rows: ({ visibleKnowledgeAdoptions }, viewer) => sql`select ${knowledgeAdoptions.id} from ${knowledgeAdoptions}
      join ${knowledgeItems} on ${knowledgeItems.id} = ${knowledgeAdoptions.itemId}
      where ${visibleKnowledgeAdoptions(viewer)}`,
    seen: `
      published-public  everyone
      shared            first third members`,
  },
  visibleInitiatives: {
    predicate: 'visibleInitiatives',
    kind: 'initiative',
    rows: ({ visibleInitiatives }, viewer) =>
      sql`select ${initiatives.id} from ${initiatives}, ${alliances} where ${visibleInitiatives(viewer)}`,
    seen: `
      public   everyone
      network  network
      closed   members`,
  },
  visibleParticipations: {
    predicate: 'visibleParticipations',
    kind: 'participation',
    rows: ({ visibleParticipations }, viewer) => sql`select ${participations.id} from ${participations}
      join ${initiatives} on ${initiatives.id} = ${participations.initiativeId}
      cross join ${alliances} where ${visibleParticipations(viewer)}`,
    seen: `
      public.offered    first second third
      public.accepted   everyone
      public.declined   first second third
      public.withdrawn  first second third
      public.expired    first second third
      public.ended      everyone
      closed.offered    members
      closed.accepted   members`,
  },
  partyToCommitment: {
    predicate: 'partyToCommitment',
    kind: 'commitment',
    rows: ({ partyToCommitment }, viewer) =>
      sql`select ${commitments.id} from ${commitments} where ${partyToCommitment(viewer)}`,
    seen: `
      public.offered             second third
      public.accepted            second third
      public.accepted-for-today  second third
      public.accepted-and-late   second third
      public.declined            second third
      public.withdrawn           second third
      public.expired             second third
      public.fulfilled           second third
      public.confirmed           second third
      public.disputed            second third
      public.cancelled           second third
      closed.confirmed           second third
      closed.offered             second third
      closed.between-members     today longer`,
  },
  visibleCommitments: {
    predicate: 'visibleCommitments',
    kind: 'commitment',
    rows: ({ visibleCommitments }, viewer) => sql`select ${commitments.id} from ${commitments}
      join ${alliances} on ${alliances.id} = ${commitments.allianceId} where ${visibleCommitments(viewer)}`,
    seen: `
      public.offered             second third
      public.accepted            everyone
      public.accepted-for-today  everyone
      public.accepted-and-late   second third
      public.declined            second third
      public.withdrawn           second third
      public.expired             second third
      public.fulfilled           everyone
      public.confirmed           everyone
      public.disputed            second third
      public.cancelled           second third
      closed.confirmed           members
      closed.offered             none
      closed.between-members     members`,
  },
  visibleSubjects: {
    predicate: 'visibleSubjects',
    rows: ({ visibleSubjects }, viewer, world) =>
      subjectsWhere(subjects, world, (type, id) => visibleSubjects(viewer, type, id)),
    seen: ofSubjects,
  },
  visibleRemovals: {
    predicate: 'visibleRemovals',
    rows: ({ visibleRemovals }, viewer, world) =>
      subjectsWhere(
        'alliance:closed alliance:other alliance:network item:published-public item:shared',
        world,
        (type, id) => visibleRemovals(viewer, type, id),
      ),
    seen: `
      alliance:closed        members
      alliance:other         elsewhere
      alliance:network       none
      item:published-public  first
      item:shared            first`,
  },
  visibleOwnershipOffers: {
    predicate: 'visibleOwnershipOffers',
    kind: 'offer',
    rows: ({ visibleOwnershipOffers }, viewer) =>
      sql`select ${ownershipOffers.id} from ${ownershipOffers} where ${visibleOwnershipOffers(viewer)}`,
    seen: `
      public   second third fourth
      network  second fourth
      closed   today longer`,
  },
  visibleHarvests: {
    predicate: 'visibleHarvests',
    kind: 'harvest',
    rows: ({ visibleHarvests }, viewer) => sql`select ${harvests.id} from ${harvests} where ${visibleHarvests(viewer)}`,
    seen: `
      with-accepted.offered      members second
      with-accepted.accepted     members
      with-accepted.declined     members
      with-accepted.withdrawn    members
      with-accepted.expired      members
      with-accepted.ended        members
      with-offered.offered       members
      with-declined.offered      members
      with-withdrawn.offered     members
      with-expired.offered       members
      with-ended.offered         members
      shared.offered             members third
      shared.accepted            members fourth
      published-public.declined  elsewhere first`,
  },
  visibleClosures: {
    predicate: 'visibleClosures',
    kind: 'alliance',
    rows: ({ visibleClosures }, viewer) => closuresWhere(visibleClosures(viewer)),
    seen: `
      closed  longer leaving
      other   first
      both    longer`,
  },
  visibleDestructions: {
    predicate: 'visibleDestructions',
    kind: 'alliance',
    rows: ({ visibleDestructions }, viewer) => closuresWhere(visibleDestructions(viewer)),
    seen: `
      closed  longer leaving third
      other   first second
      both    longer`,
  },
  visibleProfessionals: {
    predicate: 'visibleProfessionals',
    kind: 'professional',
    rows: ({ visibleProfessionals }, viewer) =>
      sql`select ${professionals.id} from ${professionals} where ${visibleProfessionals(viewer)}`,
    seen: `
      known    first second third
      other    fourth longer
      erased   first
      unasked  third`,
  },
  visibleAffiliations: {
    predicate: 'visibleAffiliations',
    kind: 'affiliation',
    rows: ({ visibleAffiliations }, viewer) => sql`select ${affiliations.id} from ${affiliations}
      join ${professionals} on ${professionals.id} = ${affiliations.professionalId}
      where ${visibleAffiliations(viewer)}`,
    seen: `
      known.second   first second
      known.third    first third
      known.fourth   first fourth
      known.today    first today
      known.longer   first longer
      known.twice    first twice
      known.leaving  first leaving
      other.longer   first longer
      erased.second  none`,
  },
  visibleWork: {
    predicate: 'visibleWork',
    rows: ({ visibleWork }, viewer, world) => subjectsWhere(work, world, (type, id) => visibleWork(viewer, type, id)),
    seen: `${ofSubjects}
      commitment:public.fulfilled  everyone
      commitment:public.disputed   second third
      commitment:closed.confirmed  members`,
  },
  visibleProfessionalContributions: {
    predicate: 'visibleProfessionalContributions',
    kind: 'part',
    rows: ({ visibleProfessionalContributions }, viewer) => sql`select ${professionalContributions.id}
      from ${professionalContributions} where ${visibleProfessionalContributions(viewer)}`,
    seen: `
      public             first second
      draft              first
      of-the-erased      first
      initiative         elsewhere second
      closed             today longer
      closed-to-its-own  none`,
  },
  visibleErasures: {
    predicate: 'visibleErasures',
    kind: 'erasure',
    rows: ({ visibleErasures }, viewer) => sql`select ${erasures.id} from ${erasures} where ${visibleErasures(viewer)}`,
    seen: `
      erased   first second
      unasked  third`,
  },
  processedBy: {
    predicate: 'processedBy',
    kind: 'record',
    rows: ({ processedBy }, viewer) => recordsWhere(processedBy(viewer)),
    seen: `
      first   first
      second  second
      nobody  none`,
  },
  visibleProcessingRecords: {
    predicate: 'visibleProcessingRecords',
    kind: 'record',
    rows: ({ visibleProcessingRecords }, viewer) => recordsWhere(visibleProcessingRecords(looking(viewer, false))),
    seen: `
      first   first
      second  second
      nobody  none`,
  },
  'visibleProcessingRecords, for an administrator': {
    predicate: 'visibleProcessingRecords',
    kind: 'record',
    rows: ({ visibleProcessingRecords }, viewer) => recordsWhere(visibleProcessingRecords(looking(viewer, true))),
    seen: `
      first   everyone
      second  everyone
      nobody  everyone`,
  },
  countedAlliances: {
    predicate: 'countedAlliances',
    kind: 'alliance',
    rows: ({ countedAlliances }) => alliancesWhere(countedAlliances()),
    seen: `
      public   everyone
      network  everyone
      closed   none
      other    none
      both     none
      unknown  everyone`,
  },
  countedKnowledgeItems: {
    predicate: 'countedKnowledgeItems',
    kind: 'item',
    rows: ({ countedKnowledgeItems }, viewer) => itemsWhere(countedKnowledgeItems(viewer)),
    seen: `
      published-public     everyone
      published-network    network
      published-alliances  none
      withdrawn-public     everyone
      withdrawn-network    network
      withdrawn-alliances  none
      draft-public         none
      draft-network        none
      draft-alliances      none
      shared               none
      shared-twice         none
      shared-once          none
      shared-draft         none
      unknown              none
      with-offered         none
      with-accepted        none
      with-declined        none
      with-withdrawn       none
      with-expired         none
      with-ended           none`,
  },
};

const own = namedId('policy case own');
const foreign = namedId('policy case foreign');
const client = caller({ organisationId: own });
const keeper = caller({ administrator: true });
const notYours = 'not_your_organisation';

const codeOf = (work: () => unknown): unknown => {
  try {
    return work() ?? 'done';
  } catch (error) {
    return error instanceof Problem ? error.code : error;
  }
};

/** What the checks of the policy answer to a caller, each with what is promised: a problem, a value, or that it is done. */
export const checks: readonly {
  readonly check: keyof Policy;
  readonly what: string;
  readonly ask: (policy: Policy) => unknown;
  readonly promised: string;
}[] = [
  {
    ...{ check: 'assertActsFor', what: 'a client for its own organisation', promised: 'done' },
    ask: ({ assertActsFor }) => codeOf(() => assertActsFor(client, own)),
  },
  {
    ...{ check: 'assertActsFor', what: 'a client for another organisation', promised: notYours },
    ask: ({ assertActsFor }) => codeOf(() => assertActsFor(client, foreign)),
  },
  {
    ...{ check: 'assertActsFor', what: 'an administrator for an organisation', promised: notYours },
    ask: ({ assertActsFor }) => codeOf(() => assertActsFor(keeper, own)),
  },
  {
    ...{ check: 'assertMayChangeOrganisation', what: 'a client its own organisation', promised: 'done' },
    ask: ({ assertMayChangeOrganisation }) => codeOf(() => assertMayChangeOrganisation(client, own)),
  },
  {
    ...{ check: 'assertMayChangeOrganisation', what: 'a client another organisation', promised: notYours },
    ask: ({ assertMayChangeOrganisation }) => codeOf(() => assertMayChangeOrganisation(client, foreign)),
  },
  {
    ...{ check: 'assertMayChangeOrganisation', what: 'an administrator any organisation', promised: 'done' },
    ask: ({ assertMayChangeOrganisation }) => codeOf(() => assertMayChangeOrganisation(keeper, foreign)),
  },
  {
    ...{ check: 'actingOrganisation', what: 'the organisation of a client', promised: own },
    ask: ({ actingOrganisation }) => codeOf(() => actingOrganisation(client)),
  },
  {
    ...{ check: 'actingOrganisation', what: 'a caller without an organisation', promised: notYours },
    ask: ({ actingOrganisation }) => codeOf(() => actingOrganisation(keeper)),
  },
];

import type { Routes } from '../../platform/contract.ts';
import type { Db } from '../../platform/db.ts';
import { changeAlliance, createAlliance, getAlliance, listAlliances } from './alliances.ts';
import { charterRoutes } from './charter-routes.ts';
import * as examples from './examples.ts';
import { decideMembership, endMembership, type LeaveAlliance, offerMembership } from './membership-offers.ts';
import { getMembership, listAllianceMemberships, listMemberships } from './memberships.ts';
import {
  AllianceChange,
  AllianceMembershipQuery,
  AlliancePath,
  AllianceQuery,
  AllianceView,
  MembershipPath,
  MembershipQuery,
  MembershipView,
  NewAlliance,
  NewDecision,
  NewDeparture,
  NewMembership,
} from './schemas.ts';
import { sponsorshipRoutes } from './sponsorship-routes.ts';

const read = { scope: 'alliances:read', policy: 'rows' } as const;
const write = { scope: 'alliances:write', policy: 'own-organisation' } as const;

/** Mounts the alliances with their memberships, charters and sponsorships; `leaveAlliance` is what follows a departure. */
export function allianceRoutes(routes: Routes, { db, leaveAlliance }: { db: Db; leaveAlliance: LeaveAlliance }): void {
  const tag = 'alliances';
  const params = { allianceId: examples.alliance.id };
  routes.add({
    method: 'GET',
    path: '/alliances',
    operationId: 'listAlliances',
    tag,
    summary: 'List alliances',
    description:
      'Those that your organisation may see: public ones, those of the network, and the closed spaces in which it takes part.',
    access: read,
    query: AllianceQuery,
    answer: { status: 200, description: 'A page of alliances.', schema: AllianceView, page: true },
    examples: { query: { kind: 'academy', limit: 2 }, answer: { items: [examples.alliance], nextCursor: null } },
    handler: ({ caller, query, after }) => listAlliances(db, caller, { ...query, after }),
  });
  routes.add({
    method: 'POST',
    path: '/alliances',
    operationId: 'createAlliance',
    tag,
    summary: 'Found an alliance',
    description: 'Your organisation becomes its convener by this act. Others take part by their own yes alone.',
    access: write,
    body: NewAlliance,
    answer: { status: 201, description: 'The alliance.', schema: AllianceView, etag: 'computed' },
    problems: ['not_your_organisation', 'organisation_dissolved'],
    examples: { body: examples.newAlliance, answer: { ...examples.alliance, ...examples.newAlliance, memberCount: 1 } },
    handler: ({ context, body }) => createAlliance(db, context, body),
  });
  routes.add({
    method: 'GET',
    path: '/alliances/{allianceId}',
    operationId: 'getAlliance',
    tag,
    summary: 'Get an alliance',
    access: read,
    params: AlliancePath,
    answer: { status: 200, description: 'The alliance.', schema: AllianceView, etag: 'computed' },
    examples: { params, answer: examples.alliance },
    handler: ({ caller, params }) => getAlliance(db, caller, params.allianceId),
  });
  routes.add({
    method: 'PATCH',
    path: '/alliances/{allianceId}',
    operationId: 'changeAlliance',
    tag,
    summary: 'Change an alliance',
    description: 'By a convener. Absent stays, null removes. A closed space stays closed.',
    access: write,
    params: AlliancePath,
    body: AllianceChange,
    ifMatch: true,
    answer: { status: 200, description: 'The changed alliance.', schema: AllianceView, etag: 'computed' },
    problems: ['convener_required', 'closed_stays_closed'],
    examples: {
      params,
      body: examples.allianceChange,
      answer: { ...examples.alliance, ...examples.allianceChange },
    },
    handler: ({ context, params, body, ifMatch }) => changeAlliance(db, context, params.allianceId, ifMatch, body),
  });
  membershipRoutes(routes, { db, leaveAlliance });
  charterRoutes(routes, { db });
  sponsorshipRoutes(routes, { db });
}

function membershipRoutes(routes: Routes, { db, leaveAlliance }: { db: Db; leaveAlliance: LeaveAlliance }): void {
  const tag = 'memberships';
  const params = { membershipId: examples.membership.id };
  const page = { items: [examples.membership], nextCursor: null };
  routes.add({
    method: 'GET',
    path: '/alliances/{allianceId}/memberships',
    operationId: 'listAllianceMemberships',
    tag,
    summary: 'List the memberships of an alliance',
    access: read,
    params: AlliancePath,
    query: AllianceMembershipQuery,
    answer: { status: 200, description: 'A page of memberships.', schema: MembershipView, page: true },
    examples: { params: { allianceId: examples.alliance.id }, query: { state: 'offered' }, answer: page },
    handler: ({ caller, params, query, after }) =>
      listAllianceMemberships(db, caller, params.allianceId, { ...query, after }),
  });
  routes.add({
    method: 'POST',
    path: '/alliances/{allianceId}/memberships',
    operationId: 'offerMembership',
    tag,
    summary: 'Invite an organisation, or apply for membership',
    description:
      'With `organisationId` a convener invites that organisation; without it your own organisation applies. Neither binds anybody before the other side says yes. An offer of another role than the present one is possible too. In an alliance without a convener, every member may invite and admit.',
    access: write,
    params: AlliancePath,
    body: NewMembership,
    answer: { status: 201, description: 'The offer.', schema: MembershipView },
    problems: [
      'convener_required',
      'already_a_member',
      'alliance_ended',
      'organisation_dissolved',
      'sponsor_cannot_join',
    ],
    examples: {
      params: { allianceId: examples.alliance.id },
      body: examples.newMembership,
      answer: examples.invitation,
    },
    handler: ({ context, params, body }) => offerMembership(db, context, params.allianceId, body),
  });
  routes.add({
    method: 'GET',
    path: '/memberships',
    operationId: 'listMemberships',
    tag,
    summary: 'List memberships',
    description:
      'Of your organisation all; of alliances in which it takes part all; of others that it may see what was agreed, never an open or declined offer.',
    access: read,
    query: MembershipQuery,
    answer: { status: 200, description: 'A page of memberships.', schema: MembershipView, page: true },
    examples: { query: { allianceId: examples.alliance.id, state: 'offered' }, answer: page },
    handler: ({ caller, query, after }) => listMemberships(db, caller, { ...query, after }),
  });
  routes.add({
    method: 'GET',
    path: '/memberships/{membershipId}',
    operationId: 'getMembership',
    tag,
    summary: 'Get a membership',
    access: read,
    params: MembershipPath,
    answer: { status: 200, description: 'The membership.', schema: MembershipView },
    examples: { params, answer: examples.membership },
    handler: ({ caller, params }) => getMembership(db, caller, params.membershipId),
  });
  routes.add({
    method: 'PUT',
    path: '/memberships/{membershipId}/decision',
    operationId: 'decideMembership',
    tag,
    summary: 'Answer an offer of membership',
    description:
      'The receiver accepts or declines, the offerer withdraws. The same decision again changes nothing. Declining is normal and needs no reason; a reason is shown to the two parties alone.',
    access: write,
    params: MembershipPath,
    body: NewDecision,
    answer: { status: 200, description: 'The membership after the decision.', schema: MembershipView },
    problems: [
      'wrong_side',
      'convener_required',
      'handshake_refused',
      'alliance_ended',
      'last_convener',
      'organisation_dissolved',
      'sponsor_cannot_join',
    ],
    relayed: { subject: ({ params }) => ['membership', params.membershipId], answered: ({ id }) => id },
    examples: { params, body: examples.decision, answer: examples.acceptedMembership },
    handler: ({ context, params, body }) => decideMembership(db, context, params.membershipId, body),
  });
  routes.add({
    method: 'PUT',
    path: '/memberships/{membershipId}/departure',
    operationId: 'endMembership',
    tag,
    summary: 'End a membership',
    description:
      'The organisation leaves, or a convener ends it and says why. `endsOn` is the first day without it. The same day again changes nothing. Who owns the alliance, or initiatives in it, hands them over or releases them before it leaves; what a convener or a day to come ends is released with it.',
    access: write,
    params: MembershipPath,
    body: NewDeparture,
    answer: { status: 200, description: 'The membership with its end.', schema: MembershipView },
    problems: ['convener_required', 'handshake_refused', 'last_convener', 'ownerships_open'],
    relayed: { subject: ({ params }) => ['membership', params.membershipId], answered: ({ id }) => id },
    examples: {
      params: { membershipId: examples.presentMembershipId },
      body: examples.departure,
      answer: examples.departingMembership,
    },
    handler: ({ context, params, body }) => endMembership(db, context, params.membershipId, body, leaveAlliance),
  });
}

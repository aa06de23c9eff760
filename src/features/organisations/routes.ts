import { z } from 'zod';
import type { Routes } from '../../platform/contract.ts';
import type { Db } from '../../platform/db.ts';
import { Id } from '../../platform/schemas.ts';
import * as examples from './examples.ts';
import { getMerger, listMergers, recordMerger, type SucceedMemberships } from './mergers.ts';
import {
  changeOrganisation,
  createOrganisation,
  getOrganisation,
  listOrganisations,
  listOrganisationVersions,
} from './organisations.ts';
import {
  MergerQuery,
  MergerView,
  NewMerger,
  NewOrganisation,
  OrganisationChange,
  OrganisationPath,
  OrganisationQuery,
  OrganisationVersionView,
  OrganisationView,
  VersionQuery,
} from './schemas.ts';

/** Mounts the organisations, their versions and their mergers. */
export function organisationRoutes(
  routes: Routes,
  { db, succeedMemberships }: { db: Db; succeedMemberships: SucceedMemberships },
): void {
  const tag = 'organisations';
  routes.add({
    method: 'GET',
    path: '/organisations',
    operationId: 'listOrganisations',
    tag,
    summary: 'List organisations',
    description:
      'Filter by kind, region, part of the name, day of existence, or look one up by official identifier: `identifier=cbs:GM0344`.',
    access: { scope: 'organisations:read', policy: 'caller' },
    query: OrganisationQuery,
    answer: { status: 200, description: 'A page of organisations.', schema: OrganisationView, page: true },
    examples: {
      query: { kind: 'municipality', limit: 2 },
      answer: { items: [examples.organisation], nextCursor: null },
    },
    handler: ({ caller, query, after }) => listOrganisations(db, caller, { ...query, after }),
  });
  routes.add({
    method: 'POST',
    path: '/organisations',
    operationId: 'createOrganisation',
    tag,
    summary: 'Register an organisation',
    access: { scope: 'organisations:write', policy: 'administrator' },
    body: NewOrganisation,
    answer: { status: 201, description: 'The registered organisation.', schema: OrganisationView, etag: true },
    problems: ['identifier_taken'],
    examples: { body: examples.newOrganisation, answer: examples.organisation },
    handler: ({ context, body }) => createOrganisation(db, context, body),
  });
  routes.add({
    method: 'GET',
    path: '/organisations/{organisationId}',
    operationId: 'getOrganisation',
    tag,
    summary: 'Get an organisation',
    access: { scope: 'organisations:read', policy: 'caller' },
    params: OrganisationPath,
    answer: { status: 200, description: 'The organisation.', schema: OrganisationView, etag: true },
    examples: { params: { organisationId: examples.organisation.id }, answer: examples.organisation },
    handler: ({ caller, params }) => getOrganisation(db, caller, params.organisationId),
  });
  routes.add({
    method: 'PATCH',
    path: '/organisations/{organisationId}',
    operationId: 'changeOrganisation',
    tag,
    summary: 'Change an organisation',
    description:
      'By a client of the organisation itself or by an administrator. Absent stays, null removes; `identifiers` replaces the list.',
    access: { scope: 'organisations:write', policy: 'own-organisation' },
    params: OrganisationPath,
    body: OrganisationChange,
    bodyType: 'application/merge-patch+json',
    ifMatch: true,
    answer: { status: 200, description: 'The changed organisation.', schema: OrganisationView, etag: true },
    problems: ['not_your_organisation', 'identifier_taken'],
    examples: {
      params: { organisationId: examples.organisation.id },
      body: { region: 'Achterhoek' },
      answer: { ...examples.organisation, region: 'Achterhoek' },
    },
    handler: ({ context, params, body, ifMatch }) =>
      changeOrganisation(db, context, params.organisationId, ifMatch, body),
  });
  routes.add({
    method: 'GET',
    path: '/organisations/{organisationId}/versions',
    operationId: 'listOrganisationVersions',
    tag,
    summary: 'List the recorded versions of an organisation',
    access: { scope: 'organisations:read', policy: 'caller' },
    params: OrganisationPath,
    query: VersionQuery,
    answer: {
      status: 200,
      description: 'A page of versions, oldest first.',
      schema: OrganisationVersionView,
      page: true,
    },
    examples: {
      params: { organisationId: examples.organisation.id },
      answer: { items: [examples.organisationVersion], nextCursor: null },
    },
    handler: ({ caller, params, query, after }) =>
      listOrganisationVersions(db, caller, params.organisationId, { ...query, after }),
  });
  mergerRoutes(routes, { db, succeedMemberships });
}

function mergerRoutes(
  routes: Routes,
  { db, succeedMemberships }: { db: Db; succeedMemberships: SucceedMemberships },
): void {
  const tag = 'organisations';
  routes.add({
    method: 'GET',
    path: '/mergers',
    operationId: 'listMergers',
    tag,
    summary: 'List mergers of organisations',
    access: { scope: 'organisations:read', policy: 'caller' },
    query: MergerQuery,
    answer: { status: 200, description: 'A page of mergers.', schema: MergerView, page: true },
    examples: { answer: { items: [examples.merger], nextCursor: null } },
    handler: ({ caller, query, after }) => listMergers(db, caller, { ...query, after }),
  });
  routes.add({
    method: 'POST',
    path: '/mergers',
    operationId: 'recordMerger',
    tag,
    summary: 'Record a merger (herindeling)',
    description:
      'The predecessors end on the day and point to their successor. Their current memberships continue with the successor by law (basis `succession`), so that statistics stay continuous.',
    access: { scope: 'organisations:write', policy: 'administrator' },
    body: NewMerger,
    answer: { status: 201, description: 'The recorded merger.', schema: MergerView },
    examples: { body: examples.newMerger, answer: examples.merger },
    handler: ({ context, body }) => recordMerger(db, context, body, succeedMemberships),
  });
  routes.add({
    method: 'GET',
    path: '/mergers/{mergerId}',
    operationId: 'getMerger',
    tag,
    summary: 'Get a merger',
    access: { scope: 'organisations:read', policy: 'caller' },
    params: z.strictObject({ mergerId: Id }),
    answer: { status: 200, description: 'The merger.', schema: MergerView },
    examples: { params: { mergerId: examples.merger.id }, answer: examples.merger },
    handler: ({ caller, params }) => getMerger(db, caller, params.mergerId),
  });
}

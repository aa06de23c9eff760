import type { Routes } from '../../platform/contract.ts';
import type { Db } from '../../platform/db.ts';
import type { Receipts } from '../access/access.ts';
import { exportPersonalData } from './access-exports.ts';
import { requestErasure } from './erasure.ts';
import { getErasure, getErasureReceipt, listErasures } from './erasures.ts';
import * as examples from './examples.ts';
import type { PersonalCodes } from './personal-codes.ts';
import {
  AccessExportView,
  ErasurePath,
  ErasureQuery,
  ErasureReceiptView,
  ErasureView,
  NewAccessExport,
  NewErasure,
  ProfessionalPath,
} from './schemas.ts';

type RightsDeps = { readonly db: Db; readonly codes: PersonalCodes; readonly receipts: Receipts };

/** Mounts the rights of persons: to see everything that is kept of them, and to be erased. */
export function rightsRoutes(routes: Routes, { db, codes, receipts }: RightsDeps): void {
  const tag = 'privacy';
  const read = { scope: 'professionals:read', policy: 'rows' } as const;
  routes.add({
    method: 'POST',
    path: '/professionals/{professionalId}/access-exports',
    operationId: 'exportPersonalData',
    tag,
    summary: 'Read everything that is kept of you',
    description:
      'By the person, with the personal code, through any client (art. 15 AVG): the record, every affiliation and contribution, and who processed the data for what. The answer is never kept, so an Idempotency-Key is refused.',
    access: { scope: 'professionals:read', policy: 'own-organisation' },
    params: ProfessionalPath,
    body: NewAccessExport,
    idempotent: false,
    answer: { status: 200, description: 'Everything, with its hash.', schema: AccessExportView },
    problems: ['wrong_personal_code'],
    examples: {
      params: { professionalId: examples.professional.id },
      body: examples.newAccessExport,
      answer: examples.accessExport,
    },
    handler: ({ context, params, body }) =>
      exportPersonalData(db, context, { codes, issuer: receipts.issuer }, params.professionalId, body),
  });
  routes.add({
    method: 'POST',
    path: '/professionals/{professionalId}/erasures',
    operationId: 'requestErasure',
    tag,
    summary: 'Erase a person',
    description:
      'By the person with `personalCode`, or by the organisation that registered the person (art. 17 AVG). At once and for good: name, contact, code, roles and reasons go, here and in saved answers; what was worked on stays under the organisation, without the person; the records of the processing log are about nobody any more. The answer counts what was removed where.',
    access: { scope: 'professionals:write', policy: 'own-organisation' },
    params: ProfessionalPath,
    body: NewErasure,
    answer: { status: 201, description: 'The erasure.', schema: ErasureView },
    problems: ['wrong_personal_code', 'registering_organisation_required'],
    examples: {
      params: { professionalId: examples.erasableId },
      body: examples.newErasure,
      answer: examples.madeErasure,
    },
    handler: ({ context, params, body }) =>
      requestErasure(db, context, { codes, receipts }, params.professionalId, body),
  });
  const params = { erasureId: examples.erasure.id };
  routes.add({
    method: 'GET',
    path: '/erasures',
    operationId: 'listErasures',
    tag,
    summary: 'List erasures',
    description: 'Of persons that your organisation registered, and those that its clients asked for.',
    access: read,
    query: ErasureQuery,
    answer: { status: 200, description: 'A page of erasures.', schema: ErasureView, page: true },
    examples: { query: { requestedBy: 'professional' }, answer: { items: [examples.erasure], nextCursor: null } },
    handler: ({ caller, query, after }) => listErasures(db, caller, { ...query, after }),
  });
  routes.add({
    method: 'GET',
    path: '/erasures/{erasureId}',
    operationId: 'getErasure',
    tag,
    summary: 'Get an erasure',
    access: read,
    params: ErasurePath,
    answer: { status: 200, description: 'The erasure.', schema: ErasureView },
    examples: { params, answer: examples.erasure },
    handler: ({ caller, params }) => getErasure(db, caller, params.erasureId),
  });
  routes.add({
    method: 'GET',
    path: '/erasures/{erasureId}/receipt',
    operationId: 'getErasureReceipt',
    tag,
    summary: 'Get the signed receipt of an erasure',
    description:
      'A compact JWS over RFC 8785 canonical JSON, which anybody can verify with the keys in `/.well-known/receipt-jwks.json`.',
    access: read,
    params: ErasurePath,
    answer: {
      status: 200,
      description: 'The receipt.',
      schema: ErasureReceiptView,
      media: { 'application/jose': ({ receipt }) => receipt },
    },
    examples: { params, answer: examples.erasureReceipt },
    handler: ({ caller, params }) => getErasureReceipt(db, caller, params.erasureId),
  });
}

import type { Routes } from '../../platform/contract.ts';
import type { Db } from '../../platform/db.ts';
import type { Receipts } from '../access/access.ts';
import { affiliationRoutes } from './affiliation-routes.ts';
import { contributionRoutes } from './contribution-routes.ts';
import * as examples from './examples.ts';
import { PersonalCodes } from './personal-codes.ts';
import {
  changeProfessional,
  getProfessional,
  listProfessionals,
  registerProfessional,
  renewPersonalCode,
  versionOfProfessional,
} from './professionals.ts';
import { rightsRoutes } from './rights-routes.ts';
import {
  NewProfessional,
  PersonalCodeView,
  ProfessionalChange,
  ProfessionalPath,
  ProfessionalQuery,
  ProfessionalView,
  RegisteredProfessionalView,
} from './schemas.ts';

type ProfessionalDeps = { readonly db: Db; readonly secret: Buffer; readonly receipts: Receipts };

type WithCode = { readonly personalCode?: string };

const tag = 'professionals';
const read = { scope: 'professionals:read', policy: 'rows' } as const;
const write = { scope: 'professionals:write', policy: 'own-organisation' } as const;

/** Mounts professionals, their affiliations and contributions, and the rights of the persons themselves. */
export function professionalRoutes(routes: Routes, { db, secret, receipts }: ProfessionalDeps): void {
  const codes = new PersonalCodes(secret);
  registerRoutes(routes, db, codes);
  affiliationRoutes(routes, { db, codes });
  contributionRoutes(routes, { db });
  rightsRoutes(routes, { db, codes, receipts });
}

function registerRoutes(routes: Routes, db: Db, codes: PersonalCodes): void {
  const params = { professionalId: examples.professional.id };
  routes.add({
    method: 'POST',
    path: '/professionals',
    operationId: 'registerProfessional',
    tag,
    summary: 'Register a professional',
    description:
      'With a name and a role, and a contact where one is needed; nothing else is asked. Nobody is affiliated by it: at your own organisation the person confirms with the personal code, elsewhere that organisation does. The code is shown in this answer alone; hand it to the person.',
    access: write,
    body: NewProfessional,
    answer: { status: 201, description: 'The professional.', schema: RegisteredProfessionalView, etag: true },
    problems: ['organisation_dissolved'],
    examples: { body: examples.newProfessional, answer: examples.registered },
    handler: ({ context, body }) => registerProfessional(db, context, codes, body),
  });
  routes.add({
    method: 'GET',
    path: '/professionals',
    operationId: 'listProfessionals',
    tag,
    summary: 'List professionals',
    description: 'Those that your organisation registered, and those with an open or accepted affiliation with it.',
    access: read,
    query: ProfessionalQuery,
    answer: { status: 200, description: 'A page of professionals.', schema: ProfessionalView, page: true },
    examples: { query: { erased: false }, answer: { items: [examples.professional], nextCursor: null } },
    handler: ({ context, query, after }) => listProfessionals(db, context, { ...query, after }),
  });
  routes.add({
    method: 'GET',
    path: '/professionals/{professionalId}',
    operationId: 'getProfessional',
    tag,
    summary: 'Get a professional',
    description: 'Once erased, nothing but that is told, and to the organisation that registered the person alone.',
    access: read,
    params: ProfessionalPath,
    answer: { status: 200, description: 'The professional.', schema: ProfessionalView, etag: true },
    examples: { params, answer: examples.professional },
    presentVersion: ({ caller, params, body }) =>
      versionOfProfessional(db, caller, codes, {
        ...params,
        personalCode: (body as WithCode | undefined)?.personalCode,
      }),
    handler: ({ context, params }) => getProfessional(db, context, params.professionalId),
  });
  routes.add({
    method: 'PATCH',
    path: '/professionals/{professionalId}',
    operationId: 'changeProfessional',
    tag,
    summary: 'Change name or contact',
    description: 'By the organisation that registered the person, or with `personalCode` by the person (art. 16 AVG).',
    access: write,
    params: ProfessionalPath,
    body: ProfessionalChange,
    ifMatch: true,
    answer: { status: 200, description: 'The professional.', schema: ProfessionalView, etag: true },
    problems: ['wrong_personal_code', 'registering_organisation_required'],
    examples: {
      params: { professionalId: examples.changeableId },
      body: examples.professionalChange,
      answer: examples.changedProfessional,
    },
    handler: ({ context, params, ifMatch, body }) =>
      changeProfessional(db, context, codes, { professionalId: params.professionalId, ifMatch }, body),
  });
  routes.add({
    method: 'POST',
    path: '/professionals/{professionalId}/personal-codes',
    operationId: 'renewPersonalCode',
    tag,
    summary: 'Give a professional a new personal code',
    description:
      'By the organisation that registered the person. The code is shown in this answer and never again, so the answer is not kept: an Idempotency-Key is refused. The code before is void at once.',
    access: write,
    params: ProfessionalPath,
    idempotent: false,
    answer: { status: 201, description: 'The new code.', schema: PersonalCodeView },
    problems: ['registering_organisation_required'],
    examples: { params: { professionalId: examples.renewableId }, answer: examples.renewedCode },
    handler: ({ context, params }) => renewPersonalCode(db, context, codes, params.professionalId),
  });
}

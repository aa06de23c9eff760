import { createHash } from 'node:crypto';
import { namedId } from '../../platform/id.ts';
import { codePrefix } from './personal-codes.ts';

/** The personal code of somebody in the demo network: it follows from the name, so that the examples show it. */
export const demoPersonalCode = (name: string): string =>
  `${codePrefix}${createHash('sha256').update(`demo personal code ${name}`).digest('base64url')}`;

const academy = { id: namedId('node organisation'), name: 'Academie Maarland' };
const lindeveen = { id: namedId('organisation lindeveen'), name: 'Gemeente Lindeveen' };
const at = '2026-01-05T08:00:00.000Z';
const until = '2026-02-04T08:00:00.000Z';

/** Somebody at the academy. */
export const professional = {
  id: namedId('professional noor'),
  name: 'Noor de Wit',
  contact: 'noor.dewit@academie-maarland.example',
  registeredBy: academy,
  hasPersonalCode: true,
  createdAt: at,
  changedAt: at,
  erasedAt: null,
};

/** A professional that can be registered. */
export const newProfessional = {
  name: 'Bram Visser',
  contact: '+31612345678',
  role: 'Trainer',
  startsOn: '2026-01-01',
};

/** That professional, with its code. */
export const registered = {
  ...professional,
  id: namedId('professional bram'),
  name: newProfessional.name,
  contact: newProfessional.contact,
  affiliationId: namedId('professional bram', 1),
  personalCode: demoPersonalCode('bram'),
};

/** Who was registered so that something can be changed. */
export const changeableId = namedId('professional mila');
/** A change of the contact. */
export const professionalChange = { contact: 'mila.kuipers@academie-maarland.example' };
/** The changed professional. */
export const changedProfessional = {
  ...professional,
  id: changeableId,
  name: 'Mila Kuipers',
  contact: professionalChange.contact,
};

/** Whose code can be renewed. */
export const renewableId = namedId('professional eva');
/** The new code. */
export const renewedCode = { professionalId: renewableId, personalCode: demoPersonalCode('eva again'), issuedAt: at };

/** An affiliation that both sides agreed to. */
export const affiliation = {
  id: namedId('professional noor', 1),
  professional: { id: professional.id, name: professional.name },
  organisation: academy,
  role: 'Procesbegeleider',
  state: 'accepted',
  offeredBy: 'organisation',
  offeredByOrganisation: academy,
  offeredAt: at,
  expiresAt: until,
  decidedAt: at,
  decisionReason: null,
  startsOn: '2025-09-01',
  endsOn: null,
  endedBy: null,
  endReason: null,
  changedAt: at,
};

/** An affiliation that the academy can claim elsewhere for somebody whom it registered. */
export const newAffiliation = { organisationId: lindeveen.id, role: 'Procesbegeleider', startsOn: '2026-01-01' };
/** That claim. */
export const claimedAffiliation = {
  ...affiliation,
  id: namedId('affiliation mila lindeveen'),
  professional: { id: changeableId, name: 'Mila Kuipers' },
  organisation: lindeveen,
  state: 'offered',
  offeredBy: 'professional',
  decidedAt: null,
};

/** An affiliation that waits for the person's own answer. */
export const waitingAffiliation = {
  ...affiliation,
  id: namedId('professional sam', 1),
  professional: { id: namedId('professional sam'), name: 'Sam Jansen' },
  role: 'Onderzoeker',
  state: 'offered',
  decidedAt: null,
};
/** The person's yes, with its code. */
export const affiliationDecision = { personalCode: demoPersonalCode('sam'), decision: 'accepted', reason: 'Klopt.' };
/** The affiliation after that yes. */
export const decidedAffiliation = {
  ...waitingAffiliation,
  state: 'accepted',
  decidedAt: at,
  decisionReason: affiliationDecision.reason,
};

/** An affiliation that can end. */
export const endingAffiliation = {
  ...affiliation,
  id: namedId('professional eva', 1),
  professional: { id: renewableId, name: 'Eva Smit' },
  role: 'Coach',
};
/** Its end. */
export const affiliationEnd = { reason: 'Eva begint elders.' };
/** The ended affiliation. */
export const endedAffiliation = {
  ...endingAffiliation,
  state: 'ended',
  endsOn: '2026-11-01',
  endedBy: 'organisation',
  endReason: affiliationEnd.reason,
};

const initiativeId = namedId('initiative één plan');

/** What somebody at the academy had a part in. */
export const contribution = {
  id: namedId('professional contribution noor'),
  professional: { id: professional.id, name: professional.name },
  organisation: academy,
  subject: { type: 'initiative', id: initiativeId },
  role: 'Begeleidt het gesprek',
  createdAt: at,
  changedAt: at,
};
/** A part that can be named. */
export const newContribution = {
  organisationId: academy.id,
  subjectType: 'knowledge_item',
  subjectId: namedId('knowledge vroeg bellen'),
  role: 'Schreef de eerste versie',
};
/** That part. */
export const recordedContribution = {
  ...contribution,
  id: namedId('professional contribution noor item'),
  subject: { type: newContribution.subjectType, id: newContribution.subjectId },
  role: newContribution.role,
};
/** A part that can be taken back. */
export const removableContributionId = namedId('professional contribution mila');

/** The request to see what is kept. */
export const newAccessExport = { personalCode: demoPersonalCode('noor') };
/** What is kept. */
export const accessExport = {
  document: {
    issuer: 'https://api.samendoen.example',
    exportedAt: at,
    professional: {
      id: professional.id,
      version: 1,
      name: professional.name,
      contact: professional.contact,
      registeredBy: academy,
      codeIssuedAt: at,
      codeUsedAt: at,
      createdAt: at,
      changedAt: at,
    },
    affiliations: [affiliation],
    contributions: [contribution],
    processing: [
      {
        day: '2026-01-05',
        organisation: academy,
        activityId: 'professional-register',
        name: 'registerProfessional',
        count: 1,
        firstAt: at,
        lastAt: at,
      },
    ],
  },
  sha256: '3f79bb7b435b05321651daefd374cdc681dc06faa65e374e38337b88ca046dea',
};

/** Who can be erased. */
export const erasableId = namedId('professional joris');
/** The request to erase. */
export const newErasure = { ground: 'no_longer_needed' };
/** Who was erased in the demo network. */
export const erasure = {
  id: namedId('erasure thijs'),
  professionalId: namedId('professional thijs'),
  ground: 'objection',
  requestedBy: 'professional',
  counts: {
    names: 1,
    contacts: 1,
    personalCodes: 1,
    affiliations: 1,
    contributions: 0,
    savedAnswers: 0,
    processingRecords: 2,
  },
  erasedAt: at,
};
/** The erasure of who can be erased. */
export const madeErasure = {
  ...erasure,
  id: namedId('erasure joris'),
  professionalId: erasableId,
  ground: newErasure.ground,
  requestedBy: 'organisation',
};

/** The receipt of an erasure, shortened as its signature does not hold on another node. */
export const erasureReceipt = {
  receipt:
    'eyJhbGciOiJFUzI1NiIsInR5cCI6ImVyYXN1cmUtcmVjZWlwdCtqd3QifQ.eyJpc3MiOiJodHRwczovL2FwaS5zYW1lbmRvZW4uZXhhbXBsZSJ9.c2lnbmF0dXJl',
};

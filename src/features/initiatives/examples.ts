import { namedId } from '../../platform/id.ts';

const academy = { id: namedId('node organisation'), name: 'Academie Maarland' };
const lindeveen = { id: namedId('organisation lindeveen'), name: 'Gemeente Lindeveen' };
const waterrade = { id: namedId('organisation waterrade'), name: 'Gemeente Waterrade' };
const youthCare = { id: namedId('organisation jeugdhulp'), name: 'Jeugdhulp Onderweg' };
const alliance = { id: namedId('alliance academie'), name: 'Academie Samen Doen' };
const at = '2026-11-20T08:00:00.000Z';

/** Counts of an initiative that does what it says. */
export const commitmentCounts = {
  openCount: 2,
  lateCount: 0,
  fulfilledCount: 1,
  confirmedCount: 2,
  confirmedInTimeCount: 2,
  contestedCount: 0,
  brokenCount: 0,
  releasedCount: 0,
  movedCount: 0,
};

/** An initiative of the academy in which promises are kept. */
export const initiative = {
  id: namedId('initiative één plan'),
  alliance,
  title: 'Eén gezin, één plan',
  purpose: 'Met drie gezinnen oefenen hoe gemeente en jeugdhulp met één plan werken.',
  themes: ['jeugd', 'regie'],
  stage: 'active',
  stageReason: null,
  stageChangedAt: at,
  talkedSince: '2026-11-08',
  talkAgeDays: 12,
  firstDeedOn: '2026-11-20',
  lastDeedOn: '2026-11-20',
  timeToFirstDeedDays: 12,
  stalled: false,
  nextStep: {
    id: namedId('commitment begeleiding'),
    title: 'Twee dagen begeleiding bij de eerste drie gezinnen',
    dueOn: '2099-01-31',
    promiser: academy,
  },
  owner: lindeveen,
  missing: [],
  participantCount: 3,
  contributorCount: 3,
  commitments: commitmentCounts,
  createdBy: lindeveen,
  createdAt: at,
  changedAt: at,
};

/** An initiative that was only begun. */
export const idea = {
  ...initiative,
  id: namedId('initiative meelopen'),
  title: 'Een dag meelopen bij elkaar',
  purpose: null,
  themes: ['ontmoeten'],
  stage: 'idea',
  talkedSince: '2026-11-20',
  talkAgeDays: 0,
  firstDeedOn: null,
  lastDeedOn: null,
  timeToFirstDeedDays: null,
  nextStep: null,
  owner: null,
  participantCount: 2,
  contributorCount: 2,
  commitments: { ...commitmentCounts, openCount: 0, fulfilledCount: 0, confirmedCount: 0, confirmedInTimeCount: 0 },
  createdBy: academy,
};

/** What to begin. */
export const newInitiative = {
  allianceId: alliance.id,
  title: 'Samen aan tafel na een melding',
  purpose: 'Binnen een week met alle betrokkenen aan tafel, en daarvan leren.',
  themes: ['veiligheid'],
};
/** A change. */
export const initiativeChange = { themes: ['jeugd', 'regie', 'wachttijden'] };
/** A stage to go to. */
export const newStage = { stage: 'active' };

/** The academy in the initiative that does. */
export const participation = {
  id: namedId('participation academie één plan'),
  initiative: { id: initiative.id, title: initiative.title },
  organisation: academy,
  state: 'accepted',
  stance: 'contributor',
  place: 'arena',
  offeredBy: academy,
  offeredAt: at,
  expiresAt: null,
  decidedAt: at,
  decisionReason: null,
  joinedAt: at,
  leftAt: null,
  leaveReason: null,
  changedAt: at,
};
/** A request of Waterrade to the academy that was not answered. */
export const openParticipation = {
  ...participation,
  id: namedId('participation academie vroeg bellen'),
  initiative: { id: namedId('initiative vroeg bellen'), title: 'Vroeg bellen bij schulden' },
  state: 'offered',
  stance: null,
  place: null,
  offeredBy: waterrade,
  expiresAt: '2026-12-20T08:00:00.000Z',
  decidedAt: null,
  joinedAt: null,
};
/** Whom to ask. */
export const newParticipation = { organisationId: waterrade.id };
/** A request that was made. */
export const askedParticipation = {
  ...openParticipation,
  initiative: { id: idea.id, title: idea.title },
  organisation: waterrade,
  offeredBy: academy,
};
/** A yes with a stance. */
export const participationDecision = { decision: 'accepted', stance: 'consent', reason: 'Wij denken mee.' };
/** What it leads to. */
export const acceptedParticipation = {
  ...openParticipation,
  state: 'accepted',
  stance: 'consent',
  place: 'tribune',
  decidedAt: at,
  decisionReason: 'Wij denken mee.',
  joinedAt: at,
};
/** Another stance. */
export const newStance = { stance: 'reservations', reason: 'De wachttijd voor gezinnen wordt nog niet gemeten.' };
/** The history of a stance. */
export const stance = {
  id: namedId('participation academie één plan', 1),
  stance: 'contributor',
  place: 'arena',
  reason: null,
  recordedAt: at,
};
/** Leaving. */
export const leave = { reason: 'Onze bijdrage is klaar.' };

/** A promise of the academy that is open. */
export const commitment = {
  id: namedId('commitment begeleiding'),
  alliance,
  initiative: { id: initiative.id, title: initiative.title },
  title: 'Twee dagen begeleiding bij de eerste drie gezinnen',
  description: 'Een ervaren coach loopt mee en bespreekt na.',
  promiser: academy,
  beneficiary: lindeveen,
  dueOn: '2099-01-31',
  firstDueOn: '2099-01-31',
  state: 'accepted',
  late: false,
  inTime: null,
  offeredBy: academy,
  counterOf: null,
  counteredBy: null,
  offeredAt: at,
  expiresAt: null,
  decidedAt: at,
  decisionReason: null,
  fulfilledAt: null,
  evidence: [],
  confirmedAt: null,
  outcomeReason: null,
  cancelledAt: null,
  cancelledBy: null,
  createdAt: at,
  changedAt: at,
};
/** What to promise. */
export const newCommitment = {
  initiativeId: initiative.id,
  title: 'De eerste evaluatie met de drie gezinnen',
  beneficiaryOrganisationId: youthCare.id,
  dueOn: '2099-02-28',
};
/** A promise that was asked of the academy. */
export const askedCommitment = {
  ...commitment,
  id: namedId('commitment trainingsdag'),
  title: 'Een trainingsdag over gesprekken met tieners',
  description: null,
  beneficiary: youthCare,
  state: 'offered',
  offeredBy: youthCare,
  expiresAt: '2026-12-20T08:00:00.000Z',
  decidedAt: null,
};
/** A yes. */
export const commitmentDecision = { decision: 'accepted' };
/** Another offer in its place. */
export const newCounterOffer = { dueOn: '2099-03-31', reason: 'In januari hebben wij geen trainer vrij.' };
/** What it leads to. */
export const counterOffer = {
  ...askedCommitment,
  title: 'Een reeks intervisie over wachttijden',
  id: namedId('commitment trainingsdag later'),
  dueOn: '2099-03-31',
  firstDueOn: '2099-03-31',
  offeredBy: academy,
  counterOf: namedId('commitment intervisie'),
};
const evidence = [
  { text: 'Verslag van beide dagen, met wat de gezinnen ervan vonden.', url: 'https://example.org/verslag' },
];
/** A deed as the promiser shows it. */
export const newFulfilment = { evidence };
/** What it leads to. */
export const fulfilledCommitment = { ...commitment, state: 'fulfilled', inTime: true, fulfilledAt: at, evidence };
/** A promise to the academy that was kept, and waits for its answer. */
export const doneCommitment = {
  ...fulfilledCommitment,
  id: namedId('commitment gezinnen'),
  title: 'Drie gezinnen vragen om mee te doen',
  description: null,
  promiser: lindeveen,
  beneficiary: academy,
  offeredBy: lindeveen,
  evidence: [{ text: 'Drie gezinnen zijn bezocht en doen mee.', url: null }],
};
/** A confirmation. */
export const newConfirmation = { outcome: 'confirmed' };
/** A deed. */
export const confirmedCommitment = { ...doneCommitment, state: 'confirmed', confirmedAt: at };
/** Giving up. */
export const newCancellation = { reason: 'De coach is langdurig ziek.' };
/** What it leads to. */
export const cancelledCommitment = {
  ...commitment,
  id: namedId('commitment verslag'),
  title: 'Een verslag van het eerste half jaar',
  description: null,
  state: 'cancelled',
  outcomeReason: newCancellation.reason,
  cancelledAt: at,
  cancelledBy: academy,
};
/** A step of a promise. */
export const commitmentStep = {
  number: 2,
  step: 'accepted',
  organisation: academy,
  reason: null,
  dueOn: '2099-01-31',
  evidence: [],
  recordedAt: at,
};

/** A promise to the academy, for which another day is offered. */
export const movingCommitmentId = namedId('commitment wachttijden');
/** An offer of another day that was not answered. */
export const dateOffer = {
  id: namedId('date offer wachttijden'),
  commitmentId: movingCommitmentId,
  dueOn: '2099-04-30',
  reason: 'De cijfers over het hele jaar zijn dan binnen.',
  state: 'offered',
  offeredBy: waterrade,
  offeredAt: at,
  expiresAt: '2026-12-20T08:00:00.000Z',
  decidedAt: null,
  decisionReason: null,
  changedAt: at,
};
/** Another day. */
export const newDateOffer = { dueOn: '2099-02-15', reason: 'De coach begint twee weken later.' };
/** What it leads to. */
export const offeredDate = {
  ...dateOffer,
  ...newDateOffer,
  id: namedId('date offer werkplaats'),
  commitmentId: namedId('commitment werkplaats'),
  offeredBy: academy,
};
/** A yes to another day. */
export const acceptedDate = { ...dateOffer, state: 'accepted', decidedAt: at };

/** The item that the initiative used. */
export const usedItem = { id: namedId('knowledge gezinnen'), title: 'Wat gezinnen ons leerden over vroeg helpen' };
/** Knowledge that the initiative used. */
export const knowledgeLink = {
  id: namedId('knowledge link één plan'),
  initiative: { id: initiative.id, title: initiative.title },
  item: usedItem,
  relation: 'used',
  linkedBy: lindeveen,
  linkedAt: at,
  removedAt: null,
  changedAt: at,
};
/** What to link. */
export const newKnowledgeLink = { itemId: usedItem.id, relation: 'produced' };
/** What of a new initiative is told beside the idea. */
export const newBegun = {
  title: newInitiative.title,
  purpose: newInitiative.purpose,
  themes: newInitiative.themes,
  participantCount: 1,
  contributorCount: 1,
};
/** What of a new promise is told beside another. */
export const newPromised = {
  title: newCommitment.title,
  description: null,
  beneficiary: youthCare,
  dueOn: newCommitment.dueOn,
  firstDueOn: newCommitment.dueOn,
};

/** The academy in an initiative that it can leave. */
export const leavable = {
  ...participation,
  id: namedId('participation academie telefoonronde'),
  initiative: { id: namedId('initiative telefoonronde'), title: 'Een wekelijkse telefoonronde' },
};
/** A promise that was asked of the academy, to be answered by a counter-offer. */
export const counterableCommitment = {
  ...askedCommitment,
  id: namedId('commitment intervisie'),
  title: 'Een reeks intervisie over wachttijden',
};
/** A promise of the academy that it can give up. */
export const cancellableCommitment = {
  ...commitment,
  id: namedId('commitment verslag'),
  title: 'Een verslag van het eerste half jaar',
  description: null,
};
/** A promise of the academy for which it can offer another day. */
export const movableCommitment = {
  ...commitment,
  id: namedId('commitment werkplaats'),
  title: 'Een werkplaats voor nieuwe deelnemers',
  description: null,
};

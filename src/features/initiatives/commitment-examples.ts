import { namedId } from '../../platform/id.ts';
import { academy, alliance, at, initiative, lindeveen, waterrade, youthCare } from './examples.ts';

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

/** What of a new promise is told beside another. */
export const newPromised = {
  title: newCommitment.title,
  description: null,
  beneficiary: youthCare,
  dueOn: newCommitment.dueOn,
  firstDueOn: newCommitment.dueOn,
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

import { namedId } from '../../platform/id.ts';

/** The organisation that runs the node. */
export const academy = { id: namedId('node organisation'), name: 'Academie Maarland' };
/** A municipality. */
export const lindeveen = { id: namedId('organisation lindeveen'), name: 'Gemeente Lindeveen' };
/** Another municipality. */
export const waterrade = { id: namedId('organisation waterrade'), name: 'Gemeente Waterrade' };
/** A care organisation. */
export const youthCare = { id: namedId('organisation jeugdhulp'), name: 'Jeugdhulp Onderweg' };
/** The academy, in which all of them take part. */
export const alliance = { id: namedId('alliance academie'), name: 'Academie Samen Doen' };
/** When it all happened. */
export const at = '2026-11-20T08:00:00.000Z';

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
/** The academy in an initiative that it can leave. */
export const leavable = {
  ...participation,
  id: namedId('participation academie telefoonronde'),
  initiative: { id: namedId('initiative telefoonronde'), title: 'Een wekelijkse telefoonronde' },
};

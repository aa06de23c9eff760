import { namedId } from '../../platform/id.ts';
import { academy, at, item, jeugdhulp, lindeveen, waterrade } from './examples.ts';

/** The academy with which the practice is shared. */
export const share = {
  id: namedId('knowledge share vroeg bellen'),
  itemId: item.id,
  alliance: { id: namedId('alliance academie'), name: 'Academie Samen Doen' },
  note: 'Hiermee oefenden wij in maart.',
  sharedBy: academy,
  sharedAt: at,
  endedAt: null,
  changedAt: at,
};

/** The sharing of the practice with a closed space of the academy. */
export const newShare = { allianceId: namedId('alliance vrijplaats werkdruk'), note: 'Om over door te praten.' };

/** That share. */
export const madeShare = {
  ...share,
  id: namedId('knowledge share werkdruk'),
  alliance: { id: newShare.allianceId, name: 'Vrijplaats Werkdruk' },
  note: newShare.note,
};

const practice = { id: item.id, type: item.type, title: item.title };

/** The yes of a municipality to being named as a contributor to the practice. */
export const contribution = {
  id: namedId('knowledge contribution lindeveen'),
  item: practice,
  organisation: lindeveen,
  state: 'accepted',
  offeredBy: academy,
  offeredAt: at,
  expiresAt: '2026-02-04T08:00:00.000Z',
  decidedAt: at,
  decisionReason: null,
  changedAt: at,
};

/** The request to another to be named. */
export const newContribution = { organisationId: waterrade.id, expiresInDays: 30 };

/** That request. */
export const offeredContribution = {
  ...contribution,
  id: namedId('knowledge contribution waterrade'),
  organisation: waterrade,
  state: 'offered',
  decidedAt: null,
};

/** The lesson of another, as a contributor to which the academy is asked to be named. */
export const lesson = {
  id: namedId('knowledge gezinnen'),
  type: 'lesson',
  title: 'Wat gezinnen ons leerden over vroeg helpen',
};

/** The offer to the academy. */
export const openContributionId = namedId('knowledge contribution academie');

/** The academy's yes. */
export const contributionDecision = { decision: 'accepted', reason: 'Graag: wij oefenden hier samen op.' };

/** The contribution after that yes. */
export const acceptedContribution = {
  ...contribution,
  id: openContributionId,
  item: lesson,
  organisation: academy,
  offeredBy: jeugdhulp,
  decisionReason: contributionDecision.reason,
};

/** An adoption of the practice to which its author has not responded. */
export const adoption = {
  id: namedId('adoption waterrade vroeg bellen'),
  item: practice,
  versionNumber: 1,
  organisation: waterrade,
  author: academy,
  use: 'adapted',
  setting: 'Wijkteam Waterrade-Noord',
  result: 'Veertig gesprekken in twee maanden; twaalf huisuitzettingen voorkomen.',
  evidenceUrl: 'https://waterrade.example/vroeg-bellen',
  adoptedOn: '2025-11-03',
  response: null,
  responseReason: null,
  respondedAt: null,
  withdrawnAt: null,
  withdrawalReason: null,
  createdAt: at,
  changedAt: at,
};

/** The academy's own use of the lesson of another. */
export const newAdoption = {
  versionNumber: 1,
  use: 'used',
  setting: 'Trainingsdag van de academie',
  result: 'Achttien deelnemers oefenden met het eerste gesprek; de helft deed het binnen een week.',
  evidenceUrl: 'https://academie.example/trainingsdag',
  adoptedOn: '2026-01-02',
};

/** That adoption. */
export const statedAdoption = {
  ...adoption,
  ...newAdoption,
  id: namedId('adoption academie gezinnen'),
  item: lesson,
  organisation: academy,
  author: jeugdhulp,
};

/** The author's thanks. */
export const adoptionResponse = { response: 'thanked', reason: 'Mooi dat jullie het in de wijk deden.' };

/** The adoption after those thanks. */
export const thankedAdoption = {
  ...adoption,
  ...{ response: 'thanked', responseReason: adoptionResponse.reason },
  respondedAt: at,
};

/** An adoption by the academy that it can take back. */
export const ownAdoptionId = namedId('adoption academie dashboard');

/** Why it is taken back. */
export const adoptionWithdrawal = { reason: 'Bij nader inzien gebruikten wij een andere werkvorm.' };

/** The adoption after that. */
export const withdrawnAdoption = {
  ...statedAdoption,
  id: ownAdoptionId,
  item: { id: namedId('knowledge rooster'), type: 'tool', title: 'Eén rooster voor wijkverpleging en gemeente' },
  author: lindeveen,
  withdrawnAt: at,
  withdrawalReason: adoptionWithdrawal.reason,
};

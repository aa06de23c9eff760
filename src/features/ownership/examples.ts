import { namedId } from '../../platform/id.ts';

const academy = { id: namedId('node organisation'), name: 'Academie Maarland' };
const lindeveen = { id: namedId('organisation lindeveen'), name: 'Gemeente Lindeveen' };
const jeugdhulp = { id: namedId('organisation jeugdhulp'), name: 'Jeugdhulp Onderweg' };
const at = '2026-01-05T08:00:00.000Z';

const alliance = { type: 'alliance', id: namedId('alliance academie'), name: 'Academie Samen Doen' };
const space = { type: 'alliance', id: namedId('alliance vrijplaats werkdruk'), name: 'Vrijplaats Werkdruk' };

/** Who owns the academy of the demo network. */
export const ownershipRecord = {
  id: namedId('ownership record academie'),
  subject: alliance,
  number: 1,
  change: 'accepted',
  share: 'accountable',
  accountable: lindeveen,
  joint: [],
  from: null,
  to: lindeveen,
  offerId: namedId('ownership offer academie'),
  reason: null,
  recordedAt: at,
  until: null,
  receiptHash: '3f79bb7b435b05321651daefd374cdc681dc06faa65e374e38337b88ca046dea',
};

/** The offer to take the academy over, on which the organisation of the node has not decided. */
export const ownershipOffer = {
  id: namedId('ownership offer academie over'),
  subject: alliance,
  share: 'accountable',
  from: lindeveen,
  to: academy,
  state: 'offered',
  message: 'Wij droegen de academie een jaar; wilt u haar verder dragen?',
  offeredBy: lindeveen,
  offeredAt: at,
  expiresAt: '2026-02-04T08:00:00.000Z',
  decidedAt: null,
  decisionReason: null,
  recordId: null,
  changedAt: at,
};

/** The yes to that offer. */
export const newDecision = { decision: 'accepted', reason: 'Graag: wij nemen het stokje over.' };

/** The offer after that yes. */
export const acceptedOffer = {
  ...ownershipOffer,
  state: 'accepted',
  decidedAt: at,
  decisionReason: newDecision.reason,
  recordId: namedId('ownership record academie over'),
};

/** An offer that the owner of a closed space can make to one of its members. */
export const newOffer = {
  subject: { type: space.type, id: space.id },
  share: 'joint',
  organisationId: jeugdhulp.id,
  message: 'Zullen we deze vrijplaats samen dragen?',
};

/** That offer. */
export const madeOffer = {
  ...ownershipOffer,
  id: namedId('ownership offer werkdruk joint'),
  subject: space,
  share: newOffer.share,
  from: null,
  to: jeugdhulp,
  message: newOffer.message,
  offeredBy: academy,
};

/** The release of that space by its owner. */
export const newRelease = {
  subject: { type: space.type, id: space.id },
  share: 'accountable',
  reason: 'Een ander dan wij kan deze vrijplaats beter dragen.',
};

/** The record of that release. */
export const releaseRecord = {
  ...ownershipRecord,
  id: namedId('ownership record werkdruk released'),
  subject: space,
  number: 2,
  change: 'released',
  accountable: null,
  from: academy,
  to: null,
  offerId: null,
  reason: newRelease.reason,
};

/** The receipt of a record, shortened as its signature does not hold on another node. */
export const receipt = {
  receipt:
    'eyJhbGciOiJFUzI1NiIsInR5cCI6Im93bmVyc2hpcC1yZWNlaXB0K2p3dCJ9.eyJpc3MiOiJodHRwczovL2FwaS5zYW1lbmRvZW4uZXhhbXBsZSJ9.c2lnbmF0dXJl',
};

/** An alliance that was given up and that nobody took on. */
export const orphan = {
  id: namedId('alliance gesprek'),
  type: 'alliance',
  name: 'Netwerk Zorg en Gemeente in gesprek',
  since: at,
  released: true,
  recordId: namedId('ownership record gesprek released'),
};

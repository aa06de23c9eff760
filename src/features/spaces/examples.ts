import { namedId } from '../../platform/id.ts';

const academy = { id: namedId('node organisation'), name: 'Academie Maarland' };
const lindeveen = { id: namedId('organisation lindeveen'), name: 'Gemeente Lindeveen' };
const youthCare = { id: namedId('organisation jeugdhulp'), name: 'Jeugdhulp Onderweg' };
const academyAlliance = { id: namedId('alliance academie'), name: 'Academie Samen Doen' };
const at = '2026-01-05T08:00:00.000Z';
const hash = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';

/** The closed space of the demo network that has come to its end and is closing. */
export const closingSpace = { id: namedId('alliance vrijplaats afscheid'), name: 'Vrijplaats Afscheid nemen' };
/** The one whose archive was written. */
export const archivedSpaceId = namedId('alliance vrijplaats nachtdienst');
/** The one whose content is gone. */
export const destroyedSpaceId = namedId('alliance vrijplaats eerste hulp');

/** What was learnt in the closing space, by two organisations, and is being harvested. */
export const harvestedItem = {
  id: namedId('knowledge afscheid'),
  title: 'Afscheid nemen van een gezin zonder het los te laten',
};

/** A harvest on which the organisation of the node has not answered. */
export const harvest = {
  id: namedId('harvest afscheid'),
  item: harvestedItem,
  alliance: closingSpace,
  visibility: 'network',
  toAlliance: null,
  message: 'Dit kan anderen helpen, zonder dat er iemand in te herkennen is.',
  state: 'offered',
  consents: [
    { organisation: academy, state: 'offered', reason: null, decidedAt: null },
    { organisation: youthCare, state: 'accepted', reason: null, decidedAt: at },
  ],
  offeredBy: youthCare,
  offeredAt: at,
  expiresAt: '2026-04-05T08:00:00.000Z',
  decidedAt: null,
  changedAt: at,
};

/** The academy's yes. */
export const harvestDecision = { decision: 'accepted', reason: 'Ja: zo is het van iedereen.' };

/** The harvest after that yes. */
export const completedHarvest = {
  ...harvest,
  state: 'accepted',
  consents: [
    { organisation: academy, state: 'accepted', reason: harvestDecision.reason, decidedAt: at },
    { organisation: youthCare, state: 'accepted', reason: null, decidedAt: at },
  ],
  decidedAt: at,
};

/** An item of the academy to which another contributed, in the same space. */
export const heldItem = {
  id: namedId('knowledge stilte'),
  title: 'Wat stilte in een gesprek kan doen',
};

/** What the academy can offer to let out. */
export const newHarvest = {
  itemId: heldItem.id,
  allianceId: closingSpace.id,
  visibility: 'public',
  message: 'Mogen wij dit delen met iedereen die het nodig heeft?',
};

/** That harvest. */
export const offeredHarvest = {
  ...harvest,
  id: namedId('harvest stilte'),
  item: heldItem,
  visibility: newHarvest.visibility,
  message: newHarvest.message,
  consents: [
    { organisation: academy, state: 'accepted', reason: null, decidedAt: at },
    { organisation: youthCare, state: 'offered', reason: null, decidedAt: null },
  ],
  offeredBy: academy,
};

/** A promise in the closing space that is being handed over. */
export const movingCommitmentId = namedId('commitment nazorg');
/** One that the academy can offer to hand over. */
export const openCommitmentId = namedId('commitment terugblik');

/** An offer to hand a commitment over, on which the organisation of the node has not answered. */
export const handover = {
  id: namedId('handover nazorg'),
  commitmentId: movingCommitmentId,
  toAlliance: academyAlliance,
  title: 'Twee gesprekken nazorg voor begeleiders',
  description: null,
  state: 'offered',
  offeredBy: lindeveen,
  offeredAt: at,
  expiresAt: '2026-04-05T08:00:00.000Z',
  decidedAt: null,
  decisionReason: null,
  newCommitmentId: null,
  changedAt: at,
};

/** The academy's yes. */
export const handoverDecision = { decision: 'accepted' };

/** The handover after that yes. */
export const acceptedHandover = {
  ...handover,
  state: 'accepted',
  decidedAt: at,
  newCommitmentId: namedId('commitment nazorg in the academy'),
};

/** What the academy can offer to hand over. */
export const newHandover = {
  allianceId: academyAlliance.id,
  title: 'Een terugblik met alle begeleiders',
  description: 'Een dagdeel in het voorjaar.',
};

/** That offer. */
export const offeredHandover = {
  ...handover,
  id: namedId('handover terugblik'),
  commitmentId: openCommitmentId,
  title: newHandover.title,
  description: newHandover.description,
  offeredBy: academy,
};

/** How far the closing is. */
export const closure = {
  allianceId: closingSpace.id,
  state: 'closing',
  endsOn: '2026-01-05',
  beganAt: at,
  archivesOn: '2026-01-28',
  destroysOn: '2026-02-04',
  archivedAt: null,
  archiveHash: null,
  destroyedAt: null,
  open: { commitments: 2, ownerships: 1, harvests: 1, handovers: 1 },
  settled: null,
};

/** An archive, of a space in which little was written. */
export const archive = {
  format: 'samendoen-space-archive-1',
  node: 'https://api.samendoen.example',
  writtenAt: at,
  alliance: {
    id: archivedSpaceId,
    kind: 'community',
    name: 'Vrijplaats Nachtdienst',
    purpose: null,
    startsOn: '2025-10-01',
    endsOn: '2026-01-05',
  },
  organisations: [academy, youthCare],
  memberships: [
    {
      id: namedId('membership academie vrijplaats nachtdienst'),
      organisationId: academy.id,
      role: 'member',
      state: 'accepted',
      startsOn: '2025-10-01',
      endsOn: null,
      decisionReason: null,
      endReason: null,
    },
  ],
  sponsorships: [],
  charters: [
    {
      id: namedId('charter nachtdienst'),
      number: 1,
      title: 'Wat hier wordt gezegd, blijft hier',
      text: 'Wij luisteren, en dragen niets naar buiten.',
      contentHash: hash,
      effectiveOn: '2025-10-01',
      publishedByOrganisationId: youthCare.id,
      decisions: [],
    },
  ],
  sharedItems: [],
  initiatives: [],
  commitments: [],
  sessionSeries: [],
  sessions: [],
  ownershipRecords: [],
  harvests: [],
};

/** A receipt of destruction, shortened as its signature does not hold on another node. */
export const destructionReceipt = {
  receipt:
    'eyJhbGciOiJFUzI1NiIsInR5cCI6ImRlc3RydWN0aW9uLXJlY2VpcHQrand0In0.eyJpc3MiOiJodHRwczovL2FwaS5zYW1lbmRvZW4uZXhhbXBsZSJ9.c2lnbmF0dXJl',
};

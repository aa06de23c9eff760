import { createHash } from 'node:crypto';
import { namedId } from '../../platform/id.ts';

const lindeveen = { id: namedId('organisation lindeveen'), name: 'Gemeente Lindeveen' };
const zandkerk = { id: namedId('organisation zandkerk'), name: 'Gemeente Zandkerk' };
const oudewal = { id: namedId('organisation oudewal'), name: 'Gemeente Oudewal' };
const academy = { id: namedId('node organisation'), name: 'Academie Maarland' };
const at = '2026-01-05T08:00:00.000Z';

/** The academy of the demo network, convened by the organisation that runs the node. */
export const alliance = {
  id: namedId('alliance academie'),
  kind: 'academy',
  name: 'Academie Samen Doen',
  purpose: 'Iedere maand een dag trainen aan een echte vraag van een van de deelnemers.',
  visibility: 'public',
  startsOn: '2024-09-01',
  endsOn: null,
  memberCount: 4,
  createdBy: academy,
  source: null,
  sourceKey: null,
  home: null,
  createdAt: at,
  changedAt: at,
};

/** An alliance that can be founded beside the demo network. */
export const newAlliance = {
  kind: 'community',
  name: 'Leergemeenschap Eén aanspreekpunt',
  purpose: 'Gezinnen met veel hulpverleners één aanspreekpunt geven, en daarvan leren.',
  visibility: 'network',
  startsOn: '2026-12-01',
  endsOn: '2099-12-01',
};

/** A change to the academy by its convener. */
export const allianceChange = { purpose: 'Iedere twee weken een dag trainen aan een echte vraag.' };

/** An application for the academy, on which its convener has not decided. */
export const membership = {
  id: namedId('membership zandkerk academie'),
  alliance: { id: alliance.id, name: alliance.name },
  organisation: zandkerk,
  role: 'member',
  state: 'offered',
  offeredBy: 'organisation',
  offeredByOrganisation: zandkerk,
  offeredAt: at,
  expiresAt: '2026-02-04T08:00:00.000Z',
  decidedAt: null,
  decidedBy: null,
  decisionReason: null,
  startsOn: null,
  endsOn: null,
  endedBy: null,
  endReason: null,
  basis: 'agreed_here',
  source: null,
  sourceKey: null,
  createdAt: at,
  changedAt: at,
};

/** An invitation that the convener of the academy can send. */
export const newMembership = { organisationId: oudewal.id, role: 'member' };

/** That invitation. */
export const invitation = {
  ...membership,
  id: namedId('membership oudewal academie'),
  organisation: oudewal,
  offeredBy: 'alliance',
  offeredByOrganisation: academy,
};

/** The convener's yes to the application. */
export const decision = { decision: 'accepted', reason: 'Welkom: uw vraag staat op de agenda.' };

/** The application after that yes. */
export const acceptedMembership = {
  ...membership,
  state: 'accepted',
  decidedAt: at,
  decidedBy: academy,
  decisionReason: decision.reason,
  startsOn: '2026-01-05',
};

/** A membership of the academy that its convener can end. */
export const presentMembershipId = namedId('membership lindeveen academie');

/** The end of that membership, on a day to come. */
export const departure = {
  endsOn: '2098-01-01',
  reason: 'In overleg: de gemeente gaat verder in een eigen leerkring.',
};

/** The membership after its end was announced. */
export const departingMembership = {
  ...acceptedMembership,
  id: presentMembershipId,
  organisation: lindeveen,
  offeredByOrganisation: lindeveen,
  endsOn: departure.endsOn,
  endedBy: academy,
  endReason: departure.reason,
};

const charterText = [
  '# Wat wij van elkaar mogen verwachten',
  '',
  '1. Wij trainen iedere maand, ook als het druk is.',
  '2. Wie iets belooft, zegt aan wie en wanneer.',
  '3. Wat in de oefening wordt gezegd, blijft daar.',
].join('\n');
const hash = (text: string) => createHash('sha256').update(text, 'utf8').digest('hex');

/** A charter as its text is published; the first of the academy. */
export const newCharter = { title: 'Convenant Academie Samen Doen', text: charterText, effectiveOn: '2024-09-01' };

/** The next version of the academy's charter. */
export const nextCharter = {
  title: newCharter.title,
  text: `${charterText}\n4. Wij laten zien wat wij deden.`,
  effectiveOn: '2027-01-01',
};

/** The charter of the academy in a list. */
export const charterSummary = {
  id: namedId('charter academie'),
  allianceId: alliance.id,
  number: 1,
  title: newCharter.title,
  contentHash: hash(charterText),
  effectiveOn: newCharter.effectiveOn,
  publishedBy: academy,
  publishedAt: at,
  acceptedCount: 2,
};

/** The charter of the academy. */
export const charter = { ...charterSummary, text: charterText };

/** The charter after its next version was published. */
export const publishedCharter = {
  ...charter,
  ...nextCharter,
  id: namedId('charter academie next'),
  number: 2,
  contentHash: hash(nextCharter.text),
  acceptedCount: 0,
};

/** A decision on the academy's charter, naming the text by its hash. */
export const newCharterDecision = { decision: 'accepted', contentHash: charterSummary.contentHash };

/** That decision. */
export const charterDecision = {
  id: namedId('charter decision academy'),
  charterId: charter.id,
  organisation: academy,
  decision: 'accepted',
  reason: null,
  decidedAt: at,
};

/** A closed space of the demo network that is convened by the organisation of the node and has no sponsor yet. */
export const closedSpaceId = namedId('alliance vrijplaats werkdruk');

/** The request to guarantee that space. */
export const newSponsorship = { organisationId: lindeveen.id };

/** A closed space that the organisation of the node is asked to guarantee; it cannot read it. */
export const sponsorship = {
  id: namedId('sponsorship moeilijke gesprekken'),
  allianceId: namedId('alliance vrijplaats moeilijke gesprekken'),
  organisation: academy,
  state: 'offered',
  offeredAt: at,
  expiresAt: '2026-02-04T08:00:00.000Z',
  decidedAt: null,
  startsOn: '2025-10-01',
  endsOn: '2099-07-01',
  sizeClass: '1-5',
  rhythm: { wholeMonths: 3, activeMonths: 2 },
  closure: null,
  endedAt: null,
  changedAt: at,
};

/** The request to guarantee the other space. */
export const requestedSponsorship = {
  ...sponsorship,
  id: namedId('sponsorship werkdruk'),
  allianceId: closedSpaceId,
  organisation: lindeveen,
};

/** The sponsor's yes. */
export const sponsorDecision = { decision: 'accepted' };

/** The sponsorship after that yes. */
export const acceptedSponsorship = { ...sponsorship, state: 'accepted', decidedAt: at };

/** A sponsorship of the demo network that holds, and can be ended. */
export const heldSponsorshipId = namedId('sponsorship na de melding');

/** The end of that sponsorship. */
export const sponsorshipEnd = { reason: 'De vrijplaats krijgt een andere sponsor.' };

/** The sponsorship after its end. */
export const endedSponsorship = {
  ...acceptedSponsorship,
  id: heldSponsorshipId,
  allianceId: namedId('alliance vrijplaats na de melding'),
  state: 'ended',
  startsOn: null,
  endsOn: null,
  sizeClass: null,
  rhythm: null,
  endedAt: at,
};

import { type Entry, entry } from '../problem-entry.ts';

/** The problems of alliances. */
export const alliancesProblems = {
  convener_required: entry(
    403,
    ['Conveners only', 'Alleen voor trekkers'],
    ['Only a convener of the alliance may do this.', 'Alleen een trekker van de alliantie mag dit.'],
  ),
  member_required: entry(
    403,
    ['Members only', 'Alleen voor deelnemers'],
    ['Only an organisation that takes part may do this.', 'Alleen een organisatie die deelneemt, mag dit.'],
  ),
  wrong_side: entry(
    403,
    ['Not yours to decide', 'Niet aan u'],
    ['This decision is for the other side of the offer.', 'Deze beslissing is aan de andere kant van het aanbod.'],
  ),
  handshake_refused: entry(
    409,
    ['Not possible in this state', 'Niet mogelijk in deze toestand'],
    ['The offer is {state} and cannot become {decision}.', 'Het aanbod is {state} en kan niet {decision} worden.'],
  ),
  already_a_member: entry(
    409,
    ['Already a member or invited', 'Al lid of uitgenodigd'],
    [
      'The organisation has an open or accepted membership of this alliance.',
      'De organisatie heeft een open of aanvaard lidmaatschap van deze alliantie.',
    ],
  ),
  last_convener: entry(
    409,
    ['The last convener', 'De laatste trekker'],
    [
      'An alliance keeps at least one convener; appoint another first.',
      'Een alliantie houdt ten minste één trekker; wijs eerst een andere aan.',
    ],
  ),
  alliance_ended: entry(
    409,
    ['Alliance has ended', 'Alliantie is beëindigd'],
    ['Nobody can join an alliance that has ended.', 'Niemand kan toetreden tot een alliantie die is beëindigd.'],
  ),
  not_a_closed_space: entry(
    409,
    ['Not a closed space', 'Geen vrijplaats'],
    ['Only a closed space has a sponsor.', 'Alleen een vrijplaats heeft een sponsor.'],
  ),
  sponsor_exists: entry(
    409,
    ['Has a sponsor already', 'Heeft al een sponsor'],
    [
      'The space has a sponsor, or an organisation that was asked and has not answered.',
      'De vrijplaats heeft een sponsor, of een organisatie die is gevraagd en nog niet antwoordde.',
    ],
  ),
  sponsor_cannot_join: entry(
    409,
    ['A sponsor does not take part', 'Een sponsor neemt niet deel'],
    [
      'Who guarantees a closed space cannot read it: an organisation is its sponsor or a member, never both.',
      'Wie een vrijplaats waarborgt, kan haar niet lezen: een organisatie is sponsor of deelnemer, nooit beide.',
    ],
  ),
  closed_stays_closed: entry(
    409,
    ['Closed stays closed', 'Besloten blijft besloten'],
    [
      'What was written under the promise of a closed space stays closed.',
      'Wat onder de belofte van een vrijplaats is geschreven, blijft besloten.',
    ],
  ),
  charter_changed: entry(
    409,
    ['Another text', 'Andere tekst'],
    [
      'The content hash is not that of this charter. Read the text that you decide on.',
      'De hash hoort niet bij dit convenant. Lees de tekst waarover u beslist.',
    ],
  ),
} as const satisfies Record<string, Entry>;

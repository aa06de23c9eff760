import { type Entry, entry } from '../problem-entry.ts';

/** The problems of peerings with other nodes. */
export const federationProblems = {
  peer_unreachable: entry(
    502,
    ['The other node cannot be used', 'Het andere knooppunt is niet te gebruiken'],
    [
      'What the other node publishes of itself and its keys could not be read or used: {reason}. Nothing was stored.',
      'Wat het andere knooppunt over zichzelf en zijn sleutels publiceert, was niet te lezen of te gebruiken: {reason}. Er is niets opgeslagen.',
    ],
  ),
  home_unreachable: entry(
    504,
    ['The node that keeps this gives no answer', 'Het knooppunt dat dit bewaart geeft geen antwoord'],
    [
      'Your decision was carried to the node that keeps this, and no answer came. Whether it took it is not known here: ask again, with the same `Idempotency-Key` where you sent one.',
      'Uw beslissing is naar het knooppunt gebracht dat dit bewaart, en er kwam geen antwoord. Of het haar heeft aangenomen, is hier niet bekend: vraag het opnieuw, met dezelfde `Idempotency-Key` als u er een stuurde.',
    ],
  ),
  home_answer_unusable: entry(
    502,
    ['The node that keeps this gave no usable answer', 'Het knooppunt dat dit bewaart gaf geen bruikbaar antwoord'],
    [
      'Your decision was carried to the node that keeps this, and what it answered cannot be used. Whether it took it is not known here: ask again, or ask that node.',
      'Uw beslissing is naar het knooppunt gebracht dat dit bewaart, en wat het antwoordde is niet te gebruiken. Of het haar heeft aangenomen, is hier niet bekend: vraag het opnieuw, of vraag het dat knooppunt.',
    ],
  ),
  home_refused: entry(
    502,
    ['The node that keeps this lets this node not in', 'Het knooppunt dat dit bewaart laat dit knooppunt niet toe'],
    [
      'The node that keeps this does not take this node for the home of your organisation, or not yet. Nothing was decided.',
      'Het knooppunt dat dit bewaart ziet dit knooppunt niet, of nog niet, als het knooppunt van uw organisatie. Er is niets beslist.',
    ],
  ),
  peering_open: entry(
    409,
    ['An offer is open', 'Er staat een aanbod open'],
    [
      'Between these two nodes an offer of a peering is open: it is to be answered or withdrawn first.',
      'Tussen deze twee knooppunten staat een aanbod van een koppeling open: dat moet eerst worden beantwoord of ingetrokken.',
    ],
  ),
  peering_not_verified: entry(
    400,
    ['The message was not verified', 'Het bericht is niet geverifieerd'],
    [
      'The message is not a sound one of its type that is meant for this node and signed with a key which its issuer publishes now.',
      'Het bericht is geen deugdelijk bericht van zijn soort dat voor dit knooppunt is bedoeld en getekend is met een sleutel die de afzender nu publiceert.',
    ],
  ),
  too_many_peerings: entry(
    429,
    ['Too many offers', 'Te veel aanbiedingen'],
    [
      'This node takes no more offers of peerings for now.',
      'Dit knooppunt neemt voorlopig geen aanbiedingen van koppelingen meer aan.',
    ],
  ),
} as const satisfies Record<string, Entry>;

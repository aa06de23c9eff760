import { type Entry, entry } from '../problem-entry.ts';

/** The problems of moves of organisations between nodes. */
export const movesProblems = {
  move_open: entry(
    409,
    ['A move is open', 'Er staat een verhuizing open'],
    [
      'A move of this organisation is open: it is to be answered or withdrawn first.',
      'Een verhuizing van deze organisatie staat open: die moet eerst worden beantwoord of ingetrokken.',
    ],
  ),
  move_too_large: entry(
    409,
    ['Too much to move', 'Te veel om te verhuizen'],
    [
      'The organisation has more history, or moved more often, than goes along to another node.',
      'De organisatie heeft meer geschiedenis, of verhuisde vaker, dan meegaat naar een ander knooppunt.',
    ],
  ),
  no_live_peering: entry(
    409,
    ['No peering holds', 'Er geldt geen koppeling'],
    [
      'No peering with the other node holds now, so that nothing moves between the two.',
      'Met het andere knooppunt geldt nu geen koppeling, zodat er niets tussen beide verhuist.',
    ],
  ),
  move_not_verified: entry(
    400,
    ['The message was not verified', 'Het bericht is niet geverifieerd'],
    [
      'The message is not a sound one of a move that is known here, or of a live peer, signed with a key which its issuer publishes for good.',
      'Het bericht is geen deugdelijk bericht van een verhuizing die hier bekend is, of van een knooppunt met een geldende koppeling, getekend met een sleutel die de afzender blijvend publiceert.',
    ],
  ),
} as const satisfies Record<string, Entry>;

import { type Entry, entry } from '../problem-entry.ts';

/** The problems of initiatives and commitments. */
export const initiativesProblems = {
  stage_not_reachable: entry(
    409,
    ['Stage cannot be reached', 'Fase is niet bereikbaar'],
    ['An initiative does not go from {from} to {to}.', 'Een initiatief gaat niet van {from} naar {to}.'],
  ),
  not_joint: entry(
    409,
    ['Not joint yet', 'Nog niet gezamenlijk'],
    [
      'An initiative is active when two organisations take part and do not merely observe.',
      'Een initiatief is actief als twee organisaties deelnemen en niet alleen toekijken.',
    ],
  ),
  no_deed: entry(
    409,
    ['No deed yet', 'Nog geen daad'],
    [
      'An initiative is delivered when at least one promise in it was kept and confirmed.',
      'Een initiatief is opgeleverd als ten minste één toezegging erin is nagekomen en bevestigd.',
    ],
  ),
  initiative_over: entry(
    409,
    ['Initiative is over', 'Initiatief is afgelopen'],
    ['The initiative was delivered or stopped.', 'Het initiatief is opgeleverd of gestopt.'],
  ),
  participant_required: entry(
    403,
    ['Participants only', 'Alleen voor deelnemers aan het initiatief'],
    [
      'Only an organisation that takes part in the initiative may do this, and not as an observer.',
      'Alleen een organisatie die aan het initiatief deelneemt mag dit, en niet als toeschouwer.',
    ],
  ),
  already_a_participant: entry(
    409,
    ['Takes part already', 'Neemt al deel'],
    [
      'The organisation takes part in the initiative, or was asked to and has not answered.',
      'De organisatie neemt deel aan het initiatief, of is gevraagd en heeft nog niet geantwoord.',
    ],
  ),
  already_linked: entry(
    409,
    ['Linked already', 'Al verbonden'],
    [
      'The item is linked to the initiative in this way.',
      'Het item is op deze manier al met het initiatief verbonden.',
    ],
  ),
  date_offer_open: entry(
    409,
    ['Another day is being offered', 'Er ligt al een andere dag voor'],
    ['An offer of another day has not been answered yet.', 'Een aanbod van een andere dag is nog niet beantwoord.'],
  ),
  party_required: entry(
    403,
    ['Parties only', 'Alleen voor de partijen'],
    ['Only the two parties to the commitment may do this.', 'Alleen de twee partijen bij de toezegging mogen dit.'],
  ),
} as const satisfies Record<string, Entry>;

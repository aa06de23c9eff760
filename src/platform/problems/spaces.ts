import { type Entry, entry } from '../problem-entry.ts';

/** The problems of the end of closed spaces, and of what is taken out of them. */
export const spacesProblems = {
  harvest_required: entry(
    409,
    ['By a harvest alone', 'Alleen door een oogst'],
    [
      'Others contributed to this item and it was shared with a closed space: it goes further by the yes of every contributor.',
      'Anderen droegen aan dit item bij en het is met een vrijplaats gedeeld: het gaat verder met het ja van iedere bijdrager.',
    ],
  ),
  harvest_open: entry(
    409,
    ['Being harvested already', 'Wordt al geoogst'],
    ['A harvest of this item has not been answered yet.', 'Een oogst van dit item is nog niet beantwoord.'],
  ),
  contributor_required: entry(
    403,
    ['Contributors and conveners only', 'Alleen voor bijdragers en trekkers'],
    [
      'Only a convener of the space, or a member that contributed to the item, may do this.',
      'Alleen een trekker van de vrijplaats, of een deelnemer die aan het item bijdroeg, mag dit.',
    ],
  ),
  space_closing: entry(
    409,
    ['The space is closing', 'De vrijplaats sluit'],
    [
      'The space has come to its end: nothing new begins in it.',
      'De vrijplaats is aan haar einde: er begint niets nieuws meer.',
    ],
  ),
  space_not_closing: entry(
    409,
    ['The space is not closing', 'De vrijplaats sluit niet'],
    [
      'A commitment is handed over while its space is closing, not before and not after.',
      'Een toezegging wordt overgedragen terwijl haar vrijplaats sluit, niet ervoor en niet erna.',
    ],
  ),
  handover_open: entry(
    409,
    ['Being handed over already', 'Wordt al overgedragen'],
    [
      'An offer to hand this commitment over has not been answered yet.',
      'Een aanbod om deze toezegging over te dragen is nog niet beantwoord.',
    ],
  ),
  archive_unavailable: entry(
    404,
    ['No archive', 'Geen archief'],
    [
      'The archive is written seven days before the content is destroyed, and destroyed with it.',
      'Het archief wordt zeven dagen voor de vernietiging geschreven, en mee vernietigd.',
    ],
  ),
} as const satisfies Record<string, Entry>;

import { type Entry, entry } from '../problem-entry.ts';

/** The problems of ownership. */
export const ownershipProblems = {
  owner_required: entry(
    403,
    ['Owners only', 'Alleen voor eigenaren'],
    [
      'Only the organisation that has this share may offer or release it. While nobody is accountable, a convener of the alliance, a participant or the beginner of the initiative, or the author of the item may offer it.',
      'Alleen de organisatie die dit aandeel heeft, mag het aanbieden of loslaten. Zolang niemand eindverantwoordelijk is, mag een trekker van de alliantie, een deelnemer aan of beginner van het initiatief, of de auteur van het item het aanbieden.',
    ],
  ),
  ownership_changed: entry(
    409,
    ['Ownership has changed', 'Eigenaarschap is gewijzigd'],
    [
      'The ownership changed since this was offered or seen. Read the present record first.',
      'Het eigenaarschap is gewijzigd nadat dit werd aangeboden of gezien. Lees eerst het huidige record.',
    ],
  ),
  ownership_offer_open: entry(
    409,
    ['Offered already', 'Al aangeboden'],
    [
      'This organisation was offered this share and has not answered yet.',
      'Dit aandeel is deze organisatie al aangeboden; zij heeft nog niet geantwoord.',
    ],
  ),
  already_owner: entry(
    409,
    ['Owns it already', 'Is al eigenaar'],
    [
      'The organisation has this share already, or is accountable.',
      'De organisatie heeft dit aandeel al, of is eindverantwoordelijk.',
    ],
  ),
  ownerships_open: entry(
    409,
    ['Still an owner', 'Nog eigenaar'],
    [
      'The organisation owns the alliance or initiatives in it ({count}). Hand over or release them before it leaves.',
      'De organisatie is eigenaar van de alliantie of van initiatieven erin ({count}). Draag ze over of laat ze los voordat zij vertrekt.',
    ],
  ),
  subject_closed: entry(
    409,
    ['Nothing to own any more', 'Niets meer om te bezitten'],
    [
      'The alliance has ended, the initiative was stopped, or the item was withdrawn.',
      'De alliantie is beëindigd, het initiatief gestopt of het item ingetrokken.',
    ],
  ),
} as const satisfies Record<string, Entry>;

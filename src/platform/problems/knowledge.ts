import { type Entry, entry } from '../problem-entry.ts';

/** The problems of knowledge items. */
export const knowledgeProblems = {
  item_not_published: entry(
    409,
    ['Item is not published', 'Item is niet gepubliceerd'],
    [
      'Only a published knowledge item can be shared, adopted and withdrawn.',
      'Alleen een gepubliceerd kennisitem kan worden gedeeld, toegepast en ingetrokken.',
    ],
  ),
  item_withdrawn: entry(
    409,
    ['Item was withdrawn', 'Item is ingetrokken'],
    [
      'Nothing can be done with a knowledge item that was withdrawn.',
      'Met een ingetrokken kennisitem kan niets meer worden gedaan.',
    ],
  ),
  content_unchanged: entry(
    409,
    ['Nothing to publish', 'Niets te publiceren'],
    [
      'The content is that of the version that was published last.',
      'De inhoud is die van de laatst gepubliceerde versie.',
    ],
  ),
  already_shared: entry(
    409,
    ['Already shared', 'Al gedeeld'],
    ['The item is shared with this alliance.', 'Het item is al met deze alliantie gedeeld.'],
  ),
  already_a_contributor: entry(
    409,
    ['Already a contributor or asked', 'Al bijdrager of gevraagd'],
    [
      'The organisation is named as a contributor, or was asked and has not answered.',
      'De organisatie is als bijdrager genoemd, of is gevraagd en antwoordde nog niet.',
    ],
  ),
  own_item: entry(
    409,
    ['Your own item', 'Uw eigen item'],
    [
      'An adoption is stated by another organisation than the author.',
      'Een toepassing wordt gemeld door een andere organisatie dan de auteur.',
    ],
  ),
  adoption_withdrawn: entry(
    409,
    ['Adoption was withdrawn', 'Toepassing is ingetrokken'],
    ['The organisation took this adoption back.', 'De organisatie heeft deze toepassing ingetrokken.'],
  ),
} as const satisfies Record<string, Entry>;

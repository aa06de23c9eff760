import { type Entry, entry } from '../problem-entry.ts';

/** The problems of professionals and what is processed of them. */
export const professionalsProblems = {
  wrong_personal_code: entry(
    403,
    ['Wrong personal code', 'Verkeerde persoonlijke code'],
    [
      'This is not the personal code of this professional, or it is void. The organisation that registered the professional can give a new one.',
      'Dit is niet de persoonlijke code van deze professional, of hij is vervallen. De organisatie die de professional inschreef, kan een nieuwe geven.',
    ],
  ),
  registering_organisation_required: entry(
    403,
    ['Registering organisation only', 'Alleen de inschrijvende organisatie'],
    [
      'Only the professional, with the personal code, or the organisation that registered the professional may do this.',
      'Alleen de professional zelf, met de persoonlijke code, of de organisatie die de professional inschreef, mag dit.',
    ],
  ),
  affiliation_exists: entry(
    409,
    ['Affiliated or offered already', 'Al verbonden of aangeboden'],
    [
      'The professional has an open or accepted affiliation with this organisation.',
      'De professional heeft een open of aanvaarde verbintenis met deze organisatie.',
    ],
  ),
  affiliation_required: entry(
    409,
    ['No accepted affiliation', 'Geen aanvaarde verbintenis'],
    [
      'The professional has no affiliation with your organisation that both sides agreed to.',
      'De professional heeft geen verbintenis met uw organisatie waar beide kanten ja op zeiden.',
    ],
  ),
  takes_no_part: entry(
    409,
    ['Takes no part in it', 'Neemt er niet aan deel'],
    [
      'Your organisation is neither author nor contributor of the item, participant in the initiative, or party to the commitment.',
      'Uw organisatie is geen auteur of bijdrager van het item, geen deelnemer aan het initiatief en geen partij bij de toezegging.',
    ],
  ),
  contribution_exists: entry(
    409,
    ['Named already', 'Al genoemd'],
    [
      'Your organisation named this professional with this subject before.',
      'Uw organisatie noemde deze professional al bij dit onderwerp.',
    ],
  ),
} as const satisfies Record<string, Entry>;

import { type Entry, entry } from '../problem-entry.ts';

/** The problems of organisations, access and jobs. */
export const organisationsProblems = {
  not_your_organisation: entry(
    403,
    ['Not your organisation', 'Niet uw organisatie'],
    [
      'The client does not act for the organisation concerned.',
      'De client handelt niet namens de betrokken organisatie.',
    ],
  ),
  identifier_taken: entry(
    409,
    ['Identifier is taken', 'Identificatie is in gebruik'],
    [
      'Another organisation now holds this official identifier.',
      'Een andere organisatie heeft nu deze officiële identificatie.',
    ],
  ),
  organisation_dissolved: entry(
    409,
    ['Organisation no longer exists', 'Organisatie bestaat niet meer'],
    ['The organisation does not exist on the day concerned.', 'De organisatie bestaat niet op de betrokken dag.'],
  ),
  last_key: entry(
    409,
    ['Last key', 'Laatste sleutel'],
    [
      'This is the last key of the client. Add another one first, or disable the client.',
      'Dit is de laatste sleutel van de client. Voeg eerst een andere toe of schakel de client uit.',
    ],
  ),
  last_administrator: entry(
    409,
    ['Last administrator', 'Laatste beheerder'],
    [
      'Nobody could administer the node after this. Make another administrator client first.',
      'Hierna kan niemand het knooppunt nog beheren. Maak eerst een andere beheerdersclient.',
    ],
  ),
  too_many_keys: entry(
    409,
    ['Too many keys', 'Te veel sleutels'],
    [
      'The client has {maximum} valid keys. Remove one first.',
      'De client heeft {maximum} geldige sleutels. Verwijder er eerst een.',
    ],
  ),
  secret_not_possible: entry(
    409,
    ['No secret for this client', 'Geen geheim voor deze client'],
    [
      'Only an administrator client has a secret; others sign with their own keys.',
      'Alleen een beheerdersclient heeft een geheim; andere ondertekenen met eigen sleutels.',
    ],
  ),
  import_finished: entry(
    409,
    ['Import finished', 'Import klaar'],
    [
      'The import has ended and cannot be cancelled any more.',
      'De import is afgelopen en kan niet meer worden gestopt.',
    ],
  ),
} as const satisfies Record<string, Entry>;

import { type Entry, entry } from './problem-entry.ts';

/** The problems of the features, beside those of HTTP and of every operation. */
export const featureProblems = {
  not_your_organisation: entry(
    403,
    ['Not your organisation', 'Niet uw organisatie'],
    [
      'The client does not act for the organisation concerned.',
      'De client handelt niet namens de betrokken organisatie.',
    ],
  ),
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
  identifier_taken: entry(
    409,
    ['Identifier is taken', 'Identificatie is in gebruik'],
    [
      'Another organisation now holds this official identifier.',
      'Een andere organisatie heeft nu deze officiële identificatie.',
    ],
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
  import_finished: entry(
    409,
    ['Import finished', 'Import klaar'],
    [
      'The import has ended and cannot be cancelled any more.',
      'De import is afgelopen en kan niet meer worden gestopt.',
    ],
  ),
  data_version_not_kept: entry(
    410,
    ['Data version is not kept', 'Dataversie wordt niet bewaard'],
    [
      'The figures of data version {dataVersion} are not kept; leave `dataVersion` and `cursor` out for the newest.',
      'De cijfers van dataversie {dataVersion} worden niet bewaard; laat `dataVersion` en `cursor` weg voor de nieuwste.',
    ],
  ),
  network_too_large: entry(
    422,
    ['Network is too large', 'Netwerk is te groot'],
    [
      'This network is too large to be computed while you wait; narrow it by kind, region or alliance.',
      'Dit netwerk is te groot om te berekenen terwijl u wacht; beperk het op soort, regio of alliantie.',
    ],
  ),
} as const satisfies Record<string, Entry>;

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

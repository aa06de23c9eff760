import type { Text } from './language.ts';

/** What is wrong with a part of the input, by the code of the fault. */
export const faultTexts: Readonly<Record<string, Text>> = {
  // Of the shape of the input.
  required: { en: 'Is required.', nl: 'Is verplicht.' },
  unknown_property: { en: 'Is not known here.', nl: 'Is hier niet bekend.' },
  invalid_type: { en: 'Must be of type {expected}.', nl: 'Moet van het type {expected} zijn.' },
  invalid_value: { en: 'Must be one of: {options}.', nl: 'Moet een van deze zijn: {options}.' },
  invalid_format: { en: 'Must have the form {format}.', nl: 'Moet de vorm {format} hebben.' },
  invalid_pattern: { en: 'Does not have the right form.', nl: 'Heeft niet de juiste vorm.' },
  invalid_characters: {
    en: 'Holds NUL characters or broken Unicode.',
    nl: 'Bevat NUL-tekens of gebroken Unicode.',
  },
  too_deep: { en: 'Is nested too deeply.', nl: 'Is te diep genest.' },
  invalid_union: { en: 'Fits none of the permitted forms.', nl: 'Past bij geen van de toegestane vormen.' },
  invalid: { en: 'Is not valid.', nl: 'Is niet geldig.' },
  malformed_json: { en: 'Is not well-formed JSON.', nl: 'Is geen welgevormd JSON.' },
  malformed_entity_tag: { en: 'Is not a list of entity tags or *.', nl: 'Is geen lijst van entity-tags of *.' },
  too_short: { en: 'Must have at least {minimum} characters.', nl: 'Moet ten minste {minimum} tekens hebben.' },
  too_long: { en: 'May have at most {maximum} characters.', nl: 'Mag ten hoogste {maximum} tekens hebben.' },
  too_few: { en: 'Must have at least {minimum} items.', nl: 'Moet ten minste {minimum} onderdelen hebben.' },
  too_many: { en: 'May have at most {maximum} items.', nl: 'Mag ten hoogste {maximum} onderdelen hebben.' },
  too_low: { en: 'Must be at least {minimum}.', nl: 'Moet ten minste {minimum} zijn.' },
  too_high: { en: 'May be at most {maximum}.', nl: 'Mag ten hoogste {maximum} zijn.' },
  not_a_multiple: { en: 'Must be a multiple of {divisor}.', nl: 'Moet een veelvoud van {divisor} zijn.' },
  // Of statistics.
  not_of_relation: { en: 'Does not go with the relation {relation}.', nl: 'Past niet bij de relatie {relation}.' },
  first_of_month: { en: 'Is not the first day of a month.', nl: 'Is niet de eerste dag van een maand.' },
  month_not_over: { en: 'Begins no month that is over.', nl: 'Begint geen maand die voorbij is.' },
  // Of organisations and their identifiers.
  unknown_identifier_scheme: {
    en: 'Names an unknown identifier scheme.',
    nl: 'Noemt een onbekend stelsel van identificaties.',
  },
  ends_before_start: { en: 'Ends before it begins.', nl: 'Eindigt voordat het begint.' },
  repeated: { en: 'Is given more than once.', nl: 'Is meer dan eens gegeven.' },
  same_organisation: { en: 'Is the same organisation.', nl: 'Is dezelfde organisatie.' },
  already_merged: { en: 'Merged into another organisation before.', nl: 'Ging eerder op in een andere organisatie.' },
  not_in_existence: { en: 'Does not exist on that day.', nl: 'Bestaat niet op die dag.' },
  identifier_taken: { en: 'Belongs to another organisation.', nl: 'Hoort bij een andere organisatie.' },
  unknown_organisation: { en: 'Is not a known organisation.', nl: 'Is geen bekende organisatie.' },
  end_required: { en: 'Is needed: a community is temporary.', nl: 'Is nodig: een leergemeenschap is tijdelijk.' },
  in_the_past: { en: 'Lies in the past.', nl: 'Ligt in het verleden.' },
  in_the_future: { en: 'Lies in the future.', nl: 'Ligt in de toekomst.' },
  identifier_malformed: { en: 'Does not have the form of its scheme.', nl: 'Heeft niet de vorm van het stelsel.' },
  identifier_check_failed: {
    en: 'Does not pass the check of its scheme.',
    nl: 'Doorstaat de controle van het stelsel niet.',
  },
  identifier_prefix_unknown: { en: 'Begins with an unknown prefix.', nl: 'Begint met een onbekend voorvoegsel.' },
  unknown_alliance: { en: 'Is not a known alliance.', nl: 'Is geen bekende alliantie.' },
  unknown_successor: { en: 'Is not a known organisation.', nl: 'Is geen bekende organisatie.' },
  // Of sessions and their recurrence.
  unknown_time_zone: { en: 'Is not a known time zone.', nl: 'Is geen bekende tijdzone.' },
  too_long_ago: { en: 'Lies more than {days} days back.', nl: 'Ligt meer dan {days} dagen terug.' },
  too_far_ahead: { en: 'Lies more than {days} days ahead.', nl: 'Ligt meer dan {days} dagen vooruit.' },
  recurrence_form: { en: 'Is not a list of NAME=VALUE: {part}.', nl: 'Is geen lijst van NAAM=WAARDE: {part}.' },
  recurrence_twice: { en: 'Has {part} more than once.', nl: 'Heeft {part} meer dan eens.' },
  recurrence_part: {
    en: 'Has a part that is not taken here: {part}.',
    nl: 'Heeft een onderdeel dat hier niet kan: {part}.',
  },
  recurrence_value: { en: 'Has no right value for {part}.', nl: 'Heeft geen juiste waarde voor {part}.' },
  recurrence_missing: { en: 'Lacks {part}.', nl: 'Mist {part}.' },
  recurrence_both: { en: 'Has more than one of {part}.', nl: 'Heeft meer dan één van {part}.' },
  start_not_in_recurrence: {
    en: 'Is not a session of the recurrence itself.',
    nl: 'Is zelf geen bijeenkomst van de herhaling.',
  },
  not_of_cancelled: {
    en: 'Does not go with a session that is cancelled.',
    nl: 'Past niet bij een afgelaste bijeenkomst.',
  },
  not_of_kind: { en: 'Does not go with this kind.', nl: 'Past niet bij deze soort.' },
  unknown_commitment: { en: 'Is not a known commitment.', nl: 'Is geen bekende toezegging.' },
  not_of_alliance: { en: 'Is not of the same alliance.', nl: 'Is niet van dezelfde alliantie.' },
  not_shared_with_alliance: { en: 'Is not shared with the alliance.', nl: 'Is niet met de alliantie gedeeld.' },
  // Of initiatives and commitments.
  not_in_alliance: {
    en: 'Takes no part in the alliance as convener or member.',
    nl: 'Neemt niet als trekker of lid deel aan de alliantie.',
  },
  not_closed: { en: 'Is not a closed space.', nl: 'Is geen vrijplaats.' },
  not_shared_there: {
    en: 'Was never shared with that closed space.',
    nl: 'Is nooit met die vrijplaats gedeeld.',
  },
  one_destination: {
    en: 'Is needed, or the other alliance, and not both.',
    nl: 'Is nodig, of de andere alliantie, en niet allebei.',
  },
  another_space: { en: 'Is the closed space itself.', nl: 'Is de vrijplaats zelf.' },
  not_wider: { en: 'Is not wider than it is now.', nl: 'Is niet ruimer dan nu.' },
  not_of_both: {
    en: 'Is not another alliance in which both parties take part.',
    nl: 'Is geen andere alliantie waarin beide partijen deelnemen.',
  },
  unknown_initiative: { en: 'Is not a known initiative.', nl: 'Is geen bekend initiatief.' },
  unknown_item: { en: 'Is not a known, published item.', nl: 'Is geen bekend, gepubliceerd item.' },
  another_alliance: { en: 'Is not the alliance of the initiative.', nl: 'Is niet de alliantie van het initiatief.' },
  own_stance_only: { en: 'Is for your own organisation alone.', nl: 'Is alleen voor uw eigen organisatie.' },
  own_party_needed: {
    en: 'Leaves your organisation out: it must be one of the two parties.',
    nl: 'Laat uw organisatie erbuiten: zij moet een van de twee partijen zijn.',
  },
  same_day: { en: 'Is the day that holds already.', nl: 'Is de dag die al geldt.' },
  // Of knowledge items.
  unknown_licence: {
    en: 'Is not the SPDX identifier of a licence.',
    nl: 'Is niet de SPDX-aanduiding van een licentie.',
  },
  unknown_version: { en: 'Is not a published version of the item.', nl: 'Is geen gepubliceerde versie van het item.' },
  only_common_words: {
    en: 'Holds only words that are too common to search for.',
    nl: 'Bevat alleen woorden die te gewoon zijn om op te zoeken.',
  },
  item_withdrawn: { en: 'Was withdrawn here.', nl: 'Is hier ingetrokken.' },
  // Of ownership.
  unknown_subject: {
    en: 'Is not a known alliance, initiative or knowledge item.',
    nl: 'Is geen bekende alliantie, initiatief of kennisitem.',
  },
  outside_the_alliance: {
    en: 'Is neither a convener nor a member of the alliance.',
    nl: 'Is geen trekker en geen deelnemer van de alliantie.',
  },
  not_of_the_item: {
    en: 'Is neither author nor contributor, nor in an alliance with which the item is shared.',
    nl: 'Is geen auteur, levert geen bijdrage en zit in geen alliantie waarmee het item is gedeeld.',
  },
  // Of professionals.
  unknown_event_type: {
    en: 'Names no type of event.',
    nl: 'Noemt geen soort gebeurtenis.',
  },
  one_or_window: {
    en: 'Name either one delivery, or a window by from and until.',
    nl: 'Noem één bezorging, of een venster met from en until.',
  },
  unknown_work: {
    en: 'Is not a known knowledge item, initiative or commitment.',
    nl: 'Is geen bekend kennisitem, initiatief of toezegging.',
  },
  // Of webhooks.
  base_url_form: {
    en: 'Is not the plain address of a node, in small letters and without a query.',
    nl: 'Is niet het gewone adres van een knooppunt, in kleine letters en zonder query.',
  },
  no_live_peer: {
    en: 'Is no node with which a peering holds now.',
    nl: 'Is geen knooppunt waarmee nu een koppeling geldt.',
  },
  own_node: { en: 'Is this node itself.', nl: 'Is dit knooppunt zelf.' },
  peering_too_far: { en: 'Lies more than a year ahead.', nl: 'Ligt meer dan een jaar vooruit.' },
  peering_too_long: {
    en: 'Lies more than five years after the beginning.',
    nl: 'Ligt meer dan vijf jaar na het begin.',
  },
  nothing_shared: { en: 'Is needed: one of the two shares something.', nl: 'Is nodig: een van beide deelt iets.' },
  url_syntax: { en: 'Is not a plain URL.', nl: 'Is geen gewone URL.' },
  url_scheme: { en: 'Must begin with https.', nl: 'Moet met https beginnen.' },
  url_port: { en: 'Names a port to which nothing is sent.', nl: 'Noemt een poort waarnaar niets wordt gestuurd.' },
  url_userinfo: { en: 'May not hold a name or a password.', nl: 'Mag geen naam of wachtwoord bevatten.' },
  url_fragment: { en: 'May not hold a fragment.', nl: 'Mag geen fragment bevatten.' },
  url_address: {
    en: 'Names an address to which this node does not send.',
    nl: 'Noemt een adres waarnaar dit knooppunt niet stuurt.',
  },
  // Of imports.
  agreed_here: {
    en: 'Was agreed here and is not changed by an import.',
    nl: 'Is hier overeengekomen en wordt niet door een import gewijzigd.',
  },
  closed_space: {
    en: 'Is a closed space, which an import does not touch.',
    nl: 'Is een vrijplaats, die een import niet aanraakt.',
  },
  kept_elsewhere: {
    en: 'Is kept at another node, which alone changes it.',
    nl: 'Wordt bewaard bij een andere node, die haar als enige wijzigt.',
  },
  already_a_member: {
    en: 'Overlaps another membership of the same organisation.',
    nl: 'Overlapt een andere deelname van dezelfde organisatie.',
  },
  key_of_another: {
    en: 'Is the key of another relation: its alliance and its organisation do not change.',
    nl: 'Is de sleutel van een andere relatie: haar alliantie en haar organisatie wijzigen niet.',
  },
  organisation_ended: {
    en: 'Runs on after {endsOn}, when the organisation no longer exists; it is recorded as it is.',
    nl: 'Loopt door na {endsOn}, als de organisatie niet meer bestaat; het is vastgelegd zoals het is.',
  },
  unknown_column: { en: 'Is not a known column.', nl: 'Is geen bekende kolom.' },
  missing_column: { en: 'Is a column that must be there.', nl: 'Is een kolom die er moet zijn.' },
  column_count: {
    en: 'Has {given} cells instead of {expected}.',
    nl: 'Heeft {given} cellen in plaats van {expected}.',
  },
  empty_file: { en: 'Holds no rows.', nl: 'Bevat geen regels.' },
  not_utf8: { en: 'Is not UTF-8.', nl: 'Is geen UTF-8.' },
  not_stored: { en: 'Could not be stored.', nl: 'Kon niet worden opgeslagen.' },
  not_csv: { en: 'Cannot be read as CSV: {reason}', nl: 'Is niet te lezen als CSV: {reason}' },
  // Of statistics.
  not_with_until: { en: 'Cannot be given with until.', nl: 'Kan niet samen met until worden gegeven.' },
  one_group: {
    en: 'Cannot be given with another choice of a group.',
    nl: 'Kan niet samen met een andere keuze van een groep worden gegeven.',
  },
  // Of clients and their keys.
  weak_key: { en: 'Is too small for its algorithm.', nl: 'Is te klein voor het algoritme.' },
  private_key: {
    en: 'Holds private parts; send the public key alone.',
    nl: 'Bevat geheime delen; stuur alleen de publieke sleutel.',
  },
  unknown_key_type: {
    en: 'Is not a key for RS256, PS256, ES256 or EdDSA.',
    nl: 'Is geen sleutel voor RS256, PS256, ES256 of EdDSA.',
  },
  key_known: { en: 'Is, or was, a key of this client already.', nl: 'Is of was al een sleutel van deze client.' },
  key_required: {
    en: 'Is needed: only an administrator client can do without a key.',
    nl: 'Is nodig: alleen een beheerdersclient kan zonder sleutel.',
  },
  not_for_secrets: {
    en: 'Cannot be sent here: an answer with a secret is never kept.',
    nl: 'Kan hier niet worden gestuurd: een antwoord met een geheim wordt nooit bewaard.',
  },
};

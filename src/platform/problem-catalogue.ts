import { featureProblems } from './feature-problems.ts';
import { type Entry, entry } from './problem-entry.ts';

/** Every problem that the interface can answer: its status, its title and its detail. The code is stable. */
export const problems = {
  invalid_input: entry(
    400,
    ['Invalid input', 'Ongeldige invoer'],
    ['The request has faults; `errors` names each of them.', 'Het verzoek bevat fouten; `errors` noemt ze allemaal.'],
  ),
  invalid_cursor: entry(
    400,
    ['Invalid cursor', 'Ongeldige cursor'],
    [
      'The cursor was not given out for this list with these filters; start again without a cursor.',
      'De cursor is niet uitgegeven voor deze lijst met deze filters; begin opnieuw zonder cursor.',
    ],
  ),
  cursor_expired: entry(
    410,
    ['The cursor is too old', 'De cursor is te oud'],
    [
      'The feed cannot be followed from here any more. Begin anew with a baseline: make an export, or read the lists, and then follow the feed from `startAt=newest` of before.',
      'De stroom is van hieruit niet meer te volgen. Begin opnieuw met een beginstand: maak een export, of lees de lijsten, en volg dan de stroom vanaf `startAt=newest` van ervoor.',
    ],
  ),
  too_many_streams: entry(
    429,
    ['Too many streams', 'Te veel stromen'],
    ['A client may hold {most} streams open at once.', 'Een client mag {most} stromen tegelijk openhouden.'],
  ),
  invalid_idempotency_key: entry(
    400,
    ['Invalid idempotency key', 'Ongeldige idempotentiesleutel'],
    [
      'Idempotency-Key must be a quoted string, or a bare token, of 1 to 255 visible ASCII characters.',
      'Idempotency-Key moet een tekst tussen aanhalingstekens zijn, of een kaal token, van 1 tot 255 zichtbare ASCII-tekens.',
    ],
  ),
  malformed_request: entry(
    400,
    ['Malformed request', 'Misvormd verzoek'],
    [
      'The request is not well-formed HTTP or names an impossible address.',
      'Het verzoek is geen welgevormd HTTP of noemt een onmogelijk adres.',
    ],
  ),
  unauthenticated: entry(
    401,
    ['Not authenticated', 'Niet aangemeld'],
    ['Send an access token: `Authorization: Bearer …`.', 'Stuur een toegangstoken mee: `Authorization: Bearer …`.'],
  ),
  invalid_token: entry(
    401,
    ['Invalid access token', 'Ongeldig toegangstoken'],
    [
      'The access token is not valid, has expired or was revoked.',
      'Het toegangstoken is ongeldig, verlopen of ingetrokken.',
    ],
  ),
  insufficient_scope: entry(
    403,
    ['Scope is missing', 'Scope ontbreekt'],
    ['The access token lacks the scope {scope}.', 'Het toegangstoken mist de scope {scope}.'],
  ),
  administrator_required: entry(
    403,
    ['Administrators only', 'Alleen voor beheerders'],
    ['Only an administrator of this node may do this.', 'Alleen een beheerder van deze node mag dit.'],
  ),
  not_found: entry(
    404,
    ['Not found', 'Niet gevonden'],
    ['There is nothing here that this client may see.', 'Hier is niets dat deze client mag zien.'],
  ),
  method_not_allowed: entry(
    405,
    ['Method not allowed', 'Methode niet toegestaan'],
    [
      'The address exists but not for this method; see the Allow header.',
      'Het adres bestaat, maar niet voor deze methode; zie de header Allow.',
    ],
  ),
  not_acceptable: entry(
    406,
    ['Not acceptable', 'Niet aanvaardbaar'],
    [
      'The answer cannot be given as Accept asks; available: {available}.',
      'Het antwoord kan niet worden gegeven zoals Accept vraagt; beschikbaar: {available}.',
    ],
  ),
  request_timeout: entry(
    408,
    ['Request took too long', 'Verzoek duurde te lang'],
    ['The request did not arrive in time.', 'Het verzoek kwam niet op tijd binnen.'],
  ),
  conflict: entry(
    409,
    ['Conflict', 'Conflict'],
    ['The request conflicts with the present state.', 'Het verzoek is strijdig met de huidige toestand.'],
  ),
  idempotency_in_flight: entry(
    409,
    ['Still being handled', 'Nog in behandeling'],
    [
      'A request with this idempotency key is being handled; try again later.',
      'Een verzoek met deze idempotentiesleutel is in behandeling; probeer het later opnieuw.',
    ],
  ),
  precondition_failed: entry(
    412,
    ['Changed in the meantime', 'Inmiddels gewijzigd'],
    [
      'The resource is no longer the version that If-Match names; read it again.',
      'De resource is niet meer de versie die If-Match noemt; lees haar opnieuw.',
    ],
  ),
  payload_too_large: entry(
    413,
    ['Body too large', 'Inhoud te groot'],
    ['The body is larger than this operation accepts.', 'De inhoud is groter dan deze bewerking aanvaardt.'],
  ),
  uri_too_long: entry(
    414,
    ['Address too long', 'Adres te lang'],
    [
      'A part of the address is longer than any identifier here.',
      'Een deel van het adres is langer dan enige identificatie hier.',
    ],
  ),
  unsupported_media_type: entry(
    415,
    ['Unsupported media type', 'Mediatype niet ondersteund'],
    ['The body must be sent as {expected}.', 'De inhoud moet worden gestuurd als {expected}.'],
  ),
  body_not_expected: entry(
    415,
    ['No body expected', 'Geen inhoud verwacht'],
    ['This operation takes no body.', 'Deze bewerking verwacht geen inhoud.'],
  ),
  range_not_satisfiable: entry(
    416,
    ['Range not satisfiable', 'Bereik niet mogelijk'],
    [
      'The file has no bytes in the range that was asked for; Content-Range tells its size.',
      'Het bestand heeft geen bytes in het gevraagde bereik; Content-Range noemt de grootte.',
    ],
  ),
  expectation_failed: entry(
    417,
    ['Expectation failed', 'Verwachting niet vervuld'],
    [
      'The expectation in the Expect header cannot be met.',
      'Aan de verwachting in de header Expect kan niet worden voldaan.',
    ],
  ),
  misdirected: entry(
    421,
    ['Kept at another node', 'Elders bewaard'],
    [
      'This is a copy, which only the node that keeps it changes; `home` is the same address there.',
      'Dit is een kopie, die alleen wordt gewijzigd door de node die haar bewaart; `home` is hetzelfde adres daar.',
    ],
  ),
  idempotency_key_reused: entry(
    422,
    ['Idempotency key was used before', 'Idempotentiesleutel is eerder gebruikt'],
    ['The idempotency key was used for another request.', 'De idempotentiesleutel is voor een ander verzoek gebruikt.'],
  ),
  precondition_required: entry(
    428,
    ['If-Match is required', 'If-Match is verplicht'],
    ['Send If-Match with the entity tag that was read last.', 'Stuur If-Match mee met de laatst gelezen entity-tag.'],
  ),
  too_many_requests: entry(
    429,
    ['Too many requests', 'Te veel verzoeken'],
    [
      'The limit for this client is reached; see Retry-After.',
      'De grens voor deze client is bereikt; zie Retry-After.',
    ],
  ),
  headers_too_large: entry(
    431,
    ['Headers too large', 'Headers te groot'],
    ['The headers, with the address, are larger than 16 kB.', 'De headers, met het adres, zijn groter dan 16 kB.'],
  ),
  internal_error: entry(
    500,
    ['Internal error', 'Interne fout'],
    [
      'Something went wrong here; `instance` names it in the log.',
      'Hier ging iets mis; `instance` benoemt het in het logboek.',
    ],
  ),
  unavailable: entry(
    503,
    ['Temporarily unavailable', 'Tijdelijk niet beschikbaar'],
    ['The service cannot answer now; see Retry-After.', 'De dienst kan nu niet antwoorden; zie Retry-After.'],
  ),
  ...featureProblems,
} as const satisfies Record<string, Entry>;

/** The name of a problem. */
export type ProblemCode = keyof typeof problems;

import { type Entry, entry } from '../problem-entry.ts';

/** The problems of webhooks. */
export const webhooksProblems = {
  too_many_webhooks: entry(
    409,
    ['Too many webhooks', 'Te veel webhooks'],
    [
      'An organisation has at most {maximum} webhooks: remove one first.',
      'Een organisatie heeft ten hoogste {maximum} webhooks: verwijder er eerst een.',
    ],
  ),
  too_many_tests: entry(
    409,
    ['Too many tests wait', 'Er wachten te veel tests'],
    [
      'At most {maximum} tests of a webhook wait at a time.',
      'Ten hoogste {maximum} tests van een webhook wachten tegelijk.',
    ],
  ),
  client_not_registered: entry(
    403,
    ['For clients of this node', 'Voor clients van dit knooppunt'],
    [
      'What a webhook is sent is what its client may see now; only a client that is registered with this node can be looked at.',
      'Een webhook krijgt wat zijn client nu mag zien; alleen een client die bij dit knooppunt is geregistreerd, is na te gaan.',
    ],
  ),
} as const satisfies Record<string, Entry>;

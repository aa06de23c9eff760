import { namedId } from '../../platform/id.ts';

const academy = namedId('alliance academie');

/** What the feed tells of an alliance that was founded. */
export const founded = {
  specversion: '1.0',
  id: namedId('event academie'),
  source: 'urn:nld:oin:00000099000000000000:systeem:samendoen',
  type: 'nl.samendoen.alliance.founded',
  subject: academy,
  time: '2026-01-05T08:00:00.000Z',
  dataref: `https://api.samendoen.example/v1/alliances/${academy}`,
} as const;

import type { z } from 'zod';
import * as examples from '../features/organisations/examples.ts';
import type { NewOrganisation } from '../features/organisations/schemas.ts';

/** An organisation of the demo network by its short name; `academie` is the one that runs the node. */
export type Place =
  | 'academie'
  | 'lindeveen'
  | 'waterrade'
  | 'zandkerk'
  | 'oudewal'
  | 'hoogmaar'
  | 'oud-hoogmaar'
  | 'molenhoek'
  | 'brinkdal'
  | 'de-linde'
  | 'maarkant'
  | 'waterzorg'
  | 'ziekenhuis'
  | 'jeugdhulp';

type Demo = z.input<typeof NewOrganisation> & { readonly place: Exclude<Place, 'academie'> };

const municipality = (place: Demo['place'], name: string, code: string, startsOn = '1998-01-01'): Demo => ({
  place,
  kind: 'municipality',
  name: `Gemeente ${name}`,
  region: 'Maarland',
  startsOn,
  identifiers: [
    { scheme: 'cbs', value: code, validFrom: startsOn },
    { scheme: 'tooi', value: `https://identifier.overheid.nl/tooi/id/gemeente/${code.toLowerCase()}` },
  ],
});

const care = (place: Demo['place'], name: string, agb: string): Demo => ({
  place,
  kind: 'care_organisation',
  name,
  region: 'Maarland',
  startsOn: '2005-01-01',
  identifiers: [{ scheme: 'agb', value: agb }],
});

/** A fictional region. Its codes and numbers are given to nobody. */
export const demoOrganisations: readonly Demo[] = [
  municipality('lindeveen', examples.organisation.name.replace('Gemeente ', ''), 'GM9001'),
  municipality('waterrade', 'Waterrade', 'GM9002'),
  municipality('zandkerk', 'Zandkerk', 'GM9003'),
  municipality('oudewal', 'Oudewal', 'GM9004'),
  municipality('hoogmaar', 'Hoogmaar', 'GM9005', '2026-01-01'),
  municipality('oud-hoogmaar', 'Oud-Hoogmaar', 'GM9006'),
  municipality('molenhoek', 'Molenhoek', 'GM9007'),
  municipality('brinkdal', 'Brinkdal', 'GM9008'),
  care('de-linde', 'Thuiszorg De Linde', '75990001'),
  care('maarkant', 'GGZ Maarkant', '06990002'),
  care('waterzorg', 'Wijkzorg Waterrade', '75990003'),
  care('ziekenhuis', 'Ziekenhuis Maarland', '06990004'),
  care('jeugdhulp', 'Jeugdhulp Onderweg', '98990005'),
];

/** What was agreed before, as an earlier register of the region has it. */
export const demoAlliances = [
  'key,kind,name,purpose,visibility,startsOn,endsOn',
  'jeugd,alliance,Leeralliantie Jeugd dichtbij,Hulp aan gezinnen samen oefenen en verbeteren,public,2021-03-01,',
  'schulden,alliance,Leeralliantie Schulden vroeg zien,Vroeg bellen en leren van wat er dan gebeurt,public,2022-09-01,',
  'ouder,alliance,Leeralliantie Thuis ouder worden,Wijkverpleging en gemeente in één rooster,public,2023-01-01,',
  'gesprek,network,Netwerk Zorg en Gemeente in gesprek,Elkaar ontmoeten,network,2019-01-01,',
  'pilot,community,Leergemeenschap Eén loket,Een jaar proberen en ervan leren,public,2023-01-01,2024-01-01',
].join('\n');

const talkers = 'zandkerk oudewal oud-hoogmaar molenhoek brinkdal maarkant ziekenhuis waterzorg'.split(' ');
const members: readonly (readonly [alliance: string, places: readonly string[], from: string, until: string])[] = [
  ['jeugd', ['lindeveen', 'waterrade', 'oudewal', 'jeugdhulp', 'maarkant'], '2021-03-01', ''],
  ['schulden', ['lindeveen', 'waterrade', 'zandkerk'], '2022-09-01', ''],
  ['schulden', ['oud-hoogmaar'], '2023-04-01', ''],
  ['ouder', ['lindeveen', 'de-linde', 'waterrade', 'waterzorg'], '2023-01-01', ''],
  ['gesprek', talkers.filter((place) => place !== 'oud-hoogmaar'), '2019-01-01', ''],
  ['pilot', ['molenhoek', 'brinkdal', 'lindeveen'], '2023-01-01', '2024-01-01'],
];

const codes = new Map(
  demoOrganisations.map(({ place, identifiers }) => [
    place as string,
    `${identifiers?.[0]?.scheme}:${identifiers?.[0]?.value}`,
  ]),
);

/** Who took part in it, and from when until when; organisations are named by their official identifier. */
export const demoMemberships = [
  'key,allianceKey,organisationKey,role,startsOn,endsOn',
  ...members.flatMap(([alliance, places, from, until]) =>
    places.map((place) => `${alliance}-${place},${alliance},${codes.get(place)},member,${from},${until}`),
  ),
].join('\n');

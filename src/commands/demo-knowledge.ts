import type { z } from 'zod';
import { respondToAdoption, stateAdoption } from '../features/knowledge/adoptions.ts';
import { decideContribution, offerContribution } from '../features/knowledge/contributions.ts';
import * as examples from '../features/knowledge/examples.ts';
import { changeKnowledgeItem, createKnowledgeItem } from '../features/knowledge/items.ts';
import { NewKnowledgeItem } from '../features/knowledge/schemas.ts';
import { shareKnowledgeItem } from '../features/knowledge/shares.ts';
import * as sharing from '../features/knowledge/sharing-examples.ts';
import { NewAdoption } from '../features/knowledge/sharing-schemas.ts';
import { publishKnowledgeVersion } from '../features/knowledge/versions.ts';
import type { Context } from '../platform/caller.ts';
import type { Db } from '../platform/db.ts';
import { namedId, withNamedIds } from '../platform/id.ts';
import type { Place } from './demo-data.ts';

type NewItem = Partial<z.input<typeof NewKnowledgeItem>> & { readonly title: string };
type Written = readonly [place: Place, name: string, item: NewItem];

/** What those who do wrote down: short, published, and used by others. */
const deeds: readonly Written[] = [
  ['academie', 'vroeg bellen', examples.firstPractice],
  ['academie', 'trainingsdag', examples.firstLesson],
  [
    'jeugdhulp',
    'gezinnen',
    {
      type: 'lesson',
      title: sharing.lesson.title,
      summary: 'Vijf gezinnen vertelden wanneer hulp te laat kwam, en wat zij eerder hadden gewild.',
      body: '# Wat wij leerden\n\nGezinnen vragen geen plan, maar iemand die terugbelt.',
      themes: ['jeugdhulp', 'vroegsignalering'],
    },
  ],
  [
    'lindeveen',
    'rooster',
    {
      type: 'tool',
      title: 'Eén rooster voor wijkverpleging en gemeente',
      summary: 'Een gedeeld rooster, zodat niemand twee keer op dezelfde ochtend langskomt.',
      body: '# Het rooster\n\nIeder vult vrijdag voor twaalf uur de week erna in.',
      themes: ['ouderen', 'wijkverpleging'],
      visibility: 'public',
    },
  ],
  [
    'waterrade',
    'huisbezoek',
    {
      type: 'case',
      title: 'Een huisbezoek dat anders liep',
      summary: 'Wat er gebeurde toen wij met twee organisaties tegelijk aanbelden.',
      body: '# Wat er gebeurde\n\nDe bewoner sloot de deur. De week daarna gingen wij alleen.',
      themes: ['wijkteam'],
      visibility: 'alliances',
    },
  ],
];

/** What those who talk wrote down: long on intentions, and nobody used it. */
const words: readonly Written[] = [
  [
    'maarkant',
    'visie',
    {
      type: 'policy',
      title: 'Visie op integrale samenwerking in de keten',
      summary: 'Een gedeeld vergezicht, met twaalf ambities en een stuurgroep.',
      body: '# Ambities\n\nWij willen de komende jaren de samenwerking verder versterken en verankeren.',
      themes: ['samenwerking'],
    },
  ],
  [
    'oudewal',
    'overlegstructuur',
    {
      type: 'policy',
      title: 'Notitie overlegstructuur zorg en gemeente',
      summary: 'Wie met wie overlegt, hoe vaak, en wie de agenda maakt.',
      body: '# Overlegstructuur\n\nEr komt een kernteam, een kerngroep en een breed overleg.',
      themes: ['samenwerking'],
    },
  ],
  [
    'zandkerk',
    'samenwerkingsagenda',
    {
      type: 'policy',
      title: 'Concept samenwerkingsagenda',
      body: 'Versie 0.7, voor de negende keer besproken.',
      publish: false,
    },
  ],
  [
    'academie',
    'werkvorm',
    {
      type: 'tool',
      title: 'Werkvorm van vraag naar stap',
      body: 'Nog uit te proberen.',
      themes: ['leren'],
      publish: false,
    },
  ],
  [
    'academie',
    'oude leidraad',
    {
      type: 'policy',
      title: 'Leidraad aanschrijven bij schulden',
      body: 'Binnen zes weken een brief.',
      themes: ['schulden'],
    },
  ],
  [
    'brinkdal',
    'wie belt er',
    { type: 'question', title: 'Wie belt er als niemand eigenaar is?', themes: ['vroegsignalering'] },
  ],
];

const itemId = (name: string) => namedId(`knowledge ${name}`);

type Adopted = readonly [place: Place, name: string, adoption: z.input<typeof NewAdoption>];

const adopted: readonly Adopted[] = [
  [
    'lindeveen',
    'vroeg bellen',
    {
      versionNumber: 1,
      use: 'used',
      setting: 'Schulddienstverlening Lindeveen',
      result: 'Zes van de tien mensen namen op; daarvoor antwoordde één op de tien op een brief.',
      adoptedOn: '2025-09-15',
    },
  ],
  [
    'waterrade',
    'vroeg bellen',
    {
      versionNumber: 1,
      use: 'adapted',
      setting: sharing.adoption.setting,
      result: sharing.adoption.result,
      evidenceUrl: sharing.adoption.evidenceUrl,
      adoptedOn: sharing.adoption.adoptedOn,
    },
  ],
  [
    'de-linde',
    'rooster',
    {
      versionNumber: 1,
      use: 'used',
      setting: 'Team Lindeveen-West',
      result: 'Dubbele bezoeken verdwenen binnen een maand.',
      adoptedOn: '2025-06-02',
    },
  ],
  [
    'academie',
    'rooster',
    {
      versionNumber: 1,
      use: 'used',
      setting: 'Planning van de trainingsdagen',
      result: 'Geen trainingsdag viel meer samen met een overleg.',
      adoptedOn: '2025-10-06',
    },
  ],
  [
    'lindeveen',
    'gezinnen',
    {
      versionNumber: 1,
      use: 'adapted',
      setting: 'Jeugdteam Lindeveen',
      result: 'Ieder gezin heeft één naam en één telefoonnummer.',
      adoptedOn: '2025-12-01',
    },
  ],
];

const adoptionNames: Readonly<Record<string, string>> = { 'academie rooster': 'adoption academie dashboard' };

/**
 * What the organisations of the demo network wrote, shared and used, in the same way as they would: by the verbs of the
 * interface. Those who do are used by others; those who talk have papers and drafts.
 */
export async function writeKnowledge(db: Db, as: (place: Place) => Context): Promise<void> {
  for (const [place, name, item] of [...deeds, ...words]) {
    const input = NewKnowledgeItem.parse({ licence: 'CC-BY-4.0', publish: true, ...item });
    await withNamedIds(`knowledge ${name}`, () => createKnowledgeItem(db, as(place), input));
  }
  await adopt(db, as);
  const academy = { allianceId: sharing.share.alliance.id };
  await withNamedIds('knowledge share vroeg bellen', () =>
    shareKnowledgeItem(db, as('academie'), itemId('vroeg bellen'), { ...academy, note: sharing.share.note }),
  );
  await withNamedIds('knowledge share huisbezoek', () =>
    shareKnowledgeItem(db, as('waterrade'), itemId('huisbezoek'), academy),
  );
  await nameContributors(db, as);
  await publishAgain(db, as);
}

async function adopt(db: Db, as: (place: Place) => Context): Promise<void> {
  for (const [place, name, adoption] of adopted) {
    const id = adoptionNames[`${place} ${name}`] ?? `adoption ${place} ${name}`;
    await withNamedIds(id, () => stateAdoption(db, as(place), itemId(name), NewAdoption.parse(adoption)));
  }
  const thanks = { response: 'thanked', reason: 'Dank: jullie cijfers staan nu in onze training.' } as const;
  await respondToAdoption(db, as('academie'), namedId('adoption lindeveen vroeg bellen'), thanks);
}

async function nameContributors(db: Db, as: (place: Place) => Context): Promise<void> {
  const offers = [
    { name: 'lindeveen', by: 'academie', item: 'vroeg bellen', organisationId: sharing.contribution.organisation.id },
    { name: 'academie', by: 'jeugdhulp', item: 'gezinnen', organisationId: namedId('node organisation') },
  ] as const;
  for (const { name, by, item, organisationId } of offers) {
    const offer = { organisationId, expiresInDays: 90 };
    await withNamedIds(`knowledge contribution ${name}`, () => offerContribution(db, as(by), itemId(item), offer));
  }
  await decideContribution(db, as('lindeveen'), sharing.contribution.id, { decision: 'accepted' });
}

/** The practice as it became after others had used it. */
async function publishAgain(db: Db, as: (place: Place) => Context): Promise<void> {
  const practice = itemId('vroeg bellen');
  await changeKnowledgeItem(db, as('academie'), practice, 1, { body: examples.practiceSecond.body });
  await publishKnowledgeVersion(db, as('academie'), practice, { changeNote: examples.changeNote });
}

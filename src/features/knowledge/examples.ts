import { namedId } from '../../platform/id.ts';
import { type Content, contentOf, hashOf } from './rules.ts';

/** When the examples were made. */
export const at = '2026-01-05T08:00:00.000Z';
/** The organisation that runs the node of the demo network. */
export const academy = { id: namedId('node organisation'), name: 'Academie Maarland' };
/** A municipality of the demo network. */
export const lindeveen = { id: namedId('organisation lindeveen'), name: 'Gemeente Lindeveen' };
/** Another municipality of the demo network. */
export const waterrade = { id: namedId('organisation waterrade'), name: 'Gemeente Waterrade' };
/** A care organisation of the demo network. */
export const jeugdhulp = { id: namedId('organisation jeugdhulp'), name: 'Jeugdhulp Onderweg' };

/** The text of the practice of the academy, as it was published first. */
export const practiceText = [
  '# Vroeg bellen',
  '',
  'Wie een betalingsachterstand meldt, wordt **binnen drie werkdagen** gebeld, niet aangeschreven.',
  '',
  '1. De melding komt binnen bij het wijkteam.',
  '2. Een vaste medewerker belt, ook in de avond.',
  '3. Samen wordt één eerste stap gekozen.',
].join('\n');

const practiceContent: Content = {
  type: 'practice',
  title: 'Vroeg bellen bij schulden',
  summary: 'Binnen drie werkdagen bellen in plaats van schrijven: zes van de tien mensen nemen op.',
  body: practiceText,
  links: [{ href: 'https://voorbeeld.example/vroeg-bellen', title: 'Belscript' }],
  language: 'nl',
  licence: 'CC-BY-4.0',
  themes: ['schulden', 'vroegsignalering'],
};

/** The second version of that practice, after others had used it. */
export const practiceSecond: Content = {
  ...practiceContent,
  body: `${practiceText}\n4. Na een week wordt weer gebeld: wat is er gedaan?`,
};

/** The practice of the academy as it was created. */
export const firstPractice = { ...practiceContent, visibility: 'public' as const, publish: true };

/** Why its second version was published. */
export const changeNote = 'Het tweede gesprek toegevoegd: daar begint het echte werk.';

const noReuse = {
  adoptionCount: 0,
  organisationCount: 0,
  usedCount: 0,
  adaptedCount: 0,
  thankedCount: 0,
  contestedCount: 0,
};

/** The practice of the academy that others use. */
export const item = {
  id: namedId('knowledge vroeg bellen'),
  ...practiceSecond,
  visibility: 'public',
  state: 'published',
  organisation: academy,
  contributors: [lindeveen],
  publishedVersion: 2,
  contentHash: hashOf(practiceSecond),
  hasUnpublishedChanges: false,
  draft: null,
  reuse: { ...noReuse, adoptionCount: 2, organisationCount: 2, usedCount: 1, adaptedCount: 1, thankedCount: 1 },
  shareCount: 1,
  source: null,
  sourceKey: null,
  home: null,
  createdAt: at,
  changedAt: at,
  firstPublishedAt: at,
  publishedAt: at,
  withdrawnAt: null,
  withdrawalReason: null,
};

const { body: _, links: __, draft: ___, ...listed } = item;

/** That practice in a list. */
export const itemSummary = { ...listed, snippet: null };

/** The same, found by its words. */
export const foundItem = {
  ...itemSummary,
  snippet: 'Binnen drie werkdagen <mark>bellen</mark> in plaats van schrijven: zes van de tien mensen nemen op.',
};

/** An item that can be written beside the demo network. */
export const newItem = {
  type: 'lesson',
  title: 'Een gesprek begint niet met een formulier',
  summary: 'Wat wij leerden van twintig keukentafelgesprekken.',
  body: '# Wat wij leerden\n\nEerst luisteren, dan pas invullen.',
  links: [{ href: 'https://voorbeeld.example/keukentafel', title: 'Verslag' }],
  language: 'nl',
  licence: 'CC-BY-4.0',
  themes: ['keukentafelgesprek'],
  visibility: 'network',
  publish: true,
};

const { publish: ____, ...newContent } = newItem;

/** That item. */
export const createdItem = {
  ...item,
  ...newContent,
  id: namedId('knowledge keukentafel'),
  contributors: [],
  publishedVersion: 1,
  contentHash: hashOf(contentOf(newItem)),
  reuse: noReuse,
  shareCount: 0,
};

/** A draft of the academy that was never published. */
export const draftId = namedId('knowledge werkvorm');

const lessonContent: Content = {
  type: 'lesson',
  title: 'Oefenen werkt beter dan uitleggen',
  summary: 'Wat wij leerden van twintig trainingsdagen met twaalf organisaties.',
  body: '# Wat wij leerden\n\nWie het zelf een keer deed, deed het de week erna weer.',
  links: [{ href: 'https://voorbeeld.example/trainingsdagen', title: 'Cijfers' }],
  language: 'nl',
  licence: 'CC-BY-4.0',
  themes: ['leren', 'oefenen'],
};

/** The lesson of the academy as it was created. */
export const firstLesson = { ...lessonContent, visibility: 'network' as const, publish: true };

/** The lesson of the academy. */
export const lessonItem = {
  ...createdItem,
  ...lessonContent,
  id: namedId('knowledge trainingsdag'),
  contentHash: hashOf(lessonContent),
};

/** A change to the lesson, to be published later. */
export const itemChange = {
  ...lessonContent,
  title: 'Oefenen werkt beter dan uitleggen, en het blijft',
  body: `${lessonContent.body}\n\nNa een half jaar deed de helft het nog.`,
  visibility: 'public',
};

const { visibility: ________, ...changedContent } = itemChange;

/** The lesson after that change, as its author sees it. */
export const changedItem = { ...lessonItem, visibility: 'public', hasUnpublishedChanges: true, draft: changedContent };

/** An item of the academy that can be withdrawn. */
export const withdrawableId = namedId('knowledge oude leidraad');

/** Why it is withdrawn. */
export const withdrawal = { reason: 'De leidraad is vervangen door de praktijk van vroeg bellen.' };

/** What is left of it. */
export const withdrawnItem = {
  ...createdItem,
  id: withdrawableId,
  type: 'policy',
  title: null,
  summary: null,
  body: null,
  links: null,
  state: 'withdrawn',
  withdrawnAt: at,
  withdrawalReason: withdrawal.reason,
};

/** What is published next of the draft. */
export const newVersion = { changeNote: 'Eerste versie, na drie keer oefenen.' };

/** The second version of the practice. */
export const version = {
  itemId: item.id,
  number: 2,
  ...practiceSecond,
  contentHash: item.contentHash,
  changeNote,
  publishedBy: academy,
  publishedAt: at,
};

const { summary: _____, body: ______, links: _______, ...versionListed } = version;

/** That version in a list. */
export const versionSummary = versionListed;

/** What the second version of the practice added to the first. */
export const differences = {
  itemId: item.id,
  from: 1,
  to: 2,
  fields: [],
  themes: { added: [], removed: [] },
  links: { added: [], removed: [] },
  body: {
    changed: true,
    tooLarge: false,
    hunks: [
      {
        fromLine: 7,
        fromCount: 1,
        toLine: 7,
        toCount: 2,
        lines: [' 3. Samen …', '+4. Na een week wordt weer gebeld.'],
      },
    ],
    unified: '--- version 1\n+++ version 2\n@@ -7,1 +7,2 @@\n 3. Samen …\n+4. Na een week wordt weer gebeld.\n',
  },
};

/** Counts of what the demo network holds. */
export const facets = {
  itemCount: 2,
  types: [{ value: 'practice', count: 2 }],
  themes: [{ value: 'schulden', count: 2 }],
  languages: [{ value: 'nl', count: 2 }],
  licences: [{ value: 'CC-BY-4.0', count: 2 }],
  organisations: [{ ...academy, count: 2 }],
  alliances: [{ id: namedId('alliance academie'), name: 'Academie Samen Doen', count: 1 }],
};

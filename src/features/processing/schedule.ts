import type { Text } from '../../platform/language.ts';

/** A rule of the retention schedule: what is kept how long and why, and how often a job looks. */
export type RetentionRule = {
  readonly id: string;
  readonly what: Text;
  /** An ISO 8601 duration. */
  readonly keptFor: string;
  readonly why: Text;
  readonly everyMinutes: number;
};

const day = 1440;

/** Everything that is removed when its time has come. */
export const retentionRules = {
  'saved-answers': {
    id: 'saved-answers',
    what: {
      en: 'Answers to writes with an idempotency key.',
      nl: 'Antwoorden op schrijfacties met een idempotentiesleutel.',
    },
    keptFor: 'PT24H',
    why: { en: 'A client repeats a request within a day.', nl: 'Een client herhaalt een verzoek binnen een dag.' },
    everyMinutes: 10,
  },
  'used-assertions': {
    id: 'used-assertions',
    what: { en: 'Identifiers of client assertions that were used.', nl: 'Nummers van gebruikte client-assertions.' },
    keptFor: 'PT5M',
    why: {
      en: 'An assertion cannot be used again; later it is refused for its age.',
      nl: 'Een assertion kan niet opnieuw worden gebruikt; later wordt zij om haar leeftijd geweigerd.',
    },
    everyMinutes: 10,
  },
  'import-contents': {
    id: 'import-contents',
    what: { en: 'Contents of the rows of imported files.', nl: 'Inhoud van de regels van ingelezen bestanden.' },
    keptFor: 'P90D',
    why: {
      en: 'The report of an import can be discussed with the source for a quarter.',
      nl: 'Het verslag van een import kan een kwartaal lang met de bron worden besproken.',
    },
    everyMinutes: day,
  },
  exports: {
    id: 'exports',
    what: { en: 'Archives of exports.', nl: 'Archieven van exports.' },
    keptFor: 'P7D',
    why: {
      en: 'An archive is fetched within a week; a copy that nobody fetches is a risk.',
      nl: 'Een archief wordt binnen een week opgehaald; een kopie die niemand ophaalt is een risico.',
    },
    everyMinutes: 10,
  },
  'processing-records': {
    id: 'processing-records',
    what: { en: 'Records of the processing log.', nl: 'Regels van het verwerkingenlogboek.' },
    keptFor: 'P3Y',
    why: {
      en: 'An organisation accounts for what it did for three years.',
      nl: 'Een organisatie verantwoordt drie jaar lang wat zij deed.',
    },
    everyMinutes: day,
  },
  'unaffiliated-professionals': {
    id: 'unaffiliated-professionals',
    what: {
      en: 'Professionals without an accepted affiliation: they are erased.',
      nl: 'Professionals zonder aanvaarde verbintenis: zij worden gewist.',
    },
    keptFor: 'P2Y',
    why: {
      en: 'Who works nowhere in the network is not needed in it; within two years people return.',
      nl: 'Wie nergens in het netwerk werkt, is daarin niet nodig; binnen twee jaar keren mensen terug.',
    },
    everyMinutes: day,
  },
  'affiliation-offers': {
    id: 'affiliation-offers',
    what: {
      en: 'Role and reason of affiliation offers that were declined, withdrawn or expired.',
      nl: 'Functie en reden van aanbiedingen die zijn afgewezen, ingetrokken of verlopen.',
    },
    keptFor: 'P90D',
    why: {
      en: 'Both sides can look back on an offer for a quarter.',
      nl: 'Beide kanten kunnen een kwartaal op een aanbod terugkijken.',
    },
    everyMinutes: day,
  },
  'personal-codes': {
    id: 'personal-codes',
    what: {
      en: 'Personal codes that nobody used: they become void.',
      nl: 'Persoonlijke codes die niemand gebruikte: zij vervallen.',
    },
    keptFor: 'P1Y',
    why: {
      en: 'A code that lies about is a key; a new one can be given at any time.',
      nl: 'Een code die blijft liggen is een sleutel; een nieuwe kan altijd worden gegeven.',
    },
    everyMinutes: day,
  },
  'webhook-deliveries': {
    id: 'webhook-deliveries',
    what: {
      en: 'Deliveries of webhooks with their attempts and what was answered.',
      nl: 'Afleveringen van webhooks met hun pogingen en wat werd geantwoord.',
    },
    keptFor: 'P30D',
    why: {
      en: 'A receiver that was away for weeks can have sent again what it missed.',
      nl: 'Een ontvanger die weken weg was, kan opnieuw laten sturen wat hij miste.',
    },
    everyMinutes: 60,
  },
  computations: {
    id: 'computations',
    what: {
      en: 'Figures that were computed in the background, and who asked for them.',
      nl: 'Cijfers die op de achtergrond zijn berekend, en wie erom vroeg.',
    },
    keptFor: 'P1D',
    why: {
      en: 'Figures are fetched within a day; they can be computed again.',
      nl: 'Cijfers worden binnen een dag opgehaald; zij kunnen opnieuw worden berekend.',
    },
    everyMinutes: 60,
  },
  'retention-runs': {
    id: 'retention-runs',
    what: { en: 'Runs of this schedule.', nl: 'Uitvoeringen van dit schema.' },
    keptFor: 'P1Y',
    why: { en: 'To show for a year that it works.', nl: 'Om een jaar te tonen dat het werkt.' },
    everyMinutes: day,
  },
} as const satisfies Record<string, RetentionRule>;

/** The name of a rule of the schedule. */
export type RetentionRuleId = keyof typeof retentionRules;
/** The names of all rules. */
export const retentionRuleIds = Object.keys(retentionRules) as [RetentionRuleId, ...RetentionRuleId[]];

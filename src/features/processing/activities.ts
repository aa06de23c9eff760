import type { Text } from '../../platform/language.ts';

/** An entry of the register of processing activities (art. 30 AVG). */
export type Activity = {
  readonly id: string;
  readonly name: Text;
  readonly purpose: Text;
  readonly legalBasis: Text;
  readonly dataSubjects: Text;
  readonly categories: Text;
  readonly recipients: Text;
  readonly retention: Text;
};

const professionals: Text = {
  en: 'Professionals of organisations that take part in the network.',
  nl: 'Professionals van organisaties die aan het netwerk deelnemen.',
};
const publicTask: Text = {
  en: 'Art. 6(1)(e) AVG, a task in the public interest; for organisations without a public task art. 6(1)(f).',
  nl: 'Art. 6 lid 1 onder e AVG, taak van algemeen belang; voor organisaties zonder publieke taak art. 6 lid 1 onder f.',
};
const legalObligation: Text = {
  en: 'Art. 6(1)(c) AVG: a legal obligation (art. 5, 15, 16 and 17 AVG).',
  nl: 'Art. 6 lid 1 onder c AVG: wettelijke verplichting (art. 5, 15, 16 en 17 AVG).',
};

/** Every activity in which this node processes personal data. */
export const activities = {
  'professional-register': {
    id: 'professional-register',
    name: { en: 'Register of professionals', nl: 'Register van professionals' },
    purpose: {
      en: 'To know by name who works in the network for which organisation.',
      nl: 'Bij naam weten wie in het netwerk voor welke organisatie werkt.',
    },
    legalBasis: publicTask,
    dataSubjects: professionals,
    categories: {
      en: 'Name; an e-mail address or a telephone number where one was given.',
      nl: 'Naam; een e-mailadres of telefoonnummer waar dat is opgegeven.',
    },
    recipients: {
      en: 'The organisation that registered the person, and those with an open or accepted affiliation.',
      nl: 'De organisatie die de persoon inschreef, en die met een open of aanvaarde verbintenis.',
    },
    retention: {
      en: 'Until erasure; without an accepted affiliation for two years the node erases by itself.',
      nl: 'Tot wissing; na twee jaar zonder aanvaarde verbintenis wist de node uit zichzelf.',
    },
  },
  affiliations: {
    id: 'affiliations',
    name: { en: 'Affiliations', nl: 'Verbintenissen' },
    purpose: {
      en: 'To show that a professional works for an organisation by the word of both.',
      nl: 'Tonen dat een professional voor een organisatie werkt, naar het woord van beide.',
    },
    legalBasis: publicTask,
    dataSubjects: professionals,
    categories: {
      en: 'Role, dates, the answers of both sides and their reasons.',
      nl: 'Functie, data, de antwoorden van beide kanten en hun redenen.',
    },
    recipients: {
      en: 'The organisation of the affiliation, and the one that offered it.',
      nl: 'De organisatie van de verbintenis, en die haar aanbood.',
    },
    retention: {
      en: 'Until erasure; role and reason of an offer that came to nothing for 90 days.',
      nl: 'Tot wissing; functie en reden van een aanbod dat op niets uitliep 90 dagen.',
    },
  },
  'professional-contributions': {
    id: 'professional-contributions',
    name: { en: 'Contributions of professionals', nl: 'Bijdragen van professionals' },
    purpose: {
      en: 'To know who to ask about a knowledge item, an initiative or a commitment.',
      nl: 'Weten wie u over een kennisitem, een initiatief of een toezegging kunt vragen.',
    },
    legalBasis: publicTask,
    dataSubjects: professionals,
    categories: {
      en: 'What the person worked on, and in which role.',
      nl: 'Waaraan de persoon werkte, en in welke rol.',
    },
    recipients: {
      en: 'Organisations with which the person is affiliated, as far as they may see the work.',
      nl: 'Organisaties waarmee de persoon is verbonden, voor zover zij het werk mogen zien.',
    },
    retention: {
      en: 'Until erasure; the organisation and the work stay, without the person.',
      nl: 'Tot wissing; de organisatie en het werk blijven, zonder de persoon.',
    },
  },
  'data-subject-rights': {
    id: 'data-subject-rights',
    name: { en: 'Rights of data subjects', nl: 'Rechten van betrokkenen' },
    purpose: {
      en: 'To give access, to rectify and to erase at the request of the person.',
      nl: 'Inzage geven, rectificeren en wissen op verzoek van de persoon.',
    },
    legalBasis: legalObligation,
    dataSubjects: professionals,
    categories: { en: 'Everything that is kept of the person.', nl: 'Alles wat van de persoon wordt bewaard.' },
    recipients: {
      en: 'The person, through the client that shows the personal code.',
      nl: 'De persoon, via de client die de persoonlijke code toont.',
    },
    retention: {
      en: 'Access exports are not kept. The proof of an erasure holds numbers alone, and stays.',
      nl: 'Inzage-exporten worden niet bewaard. Het bewijs van een wissing bevat alleen aantallen, en blijft.',
    },
  },
  retention: {
    id: 'retention',
    name: { en: 'Retention schedule', nl: 'Bewaartermijnen' },
    purpose: {
      en: 'To keep personal data no longer than needed.',
      nl: 'Persoonsgegevens niet langer bewaren dan nodig.',
    },
    legalBasis: legalObligation,
    dataSubjects: professionals,
    categories: { en: 'What the schedule removes.', nl: 'Wat het schema verwijdert.' },
    recipients: { en: 'Nobody.', nl: 'Niemand.' },
    retention: { en: 'Runs of the schedule for a year.', nl: 'Uitvoeringen van het schema een jaar.' },
  },
} as const satisfies Record<string, Activity>;

/** The name of an activity. */
export type ActivityId = keyof typeof activities;
/** The names of all activities. */
export const activityIds = Object.keys(activities) as [ActivityId, ...ActivityId[]];

/** The address of an activity in the register of a node: the reference that the processing log bears. */
export const activityUri = (baseUrl: string, id: string): string => `${baseUrl}/v1/processing-activities#${id}`;

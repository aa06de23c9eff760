import { escapeHtml, htmlPage } from '../../platform/html-page.ts';
import type { Language } from '../../platform/language.ts';

const texts = {
  en: {
    title: 'What is shared with other nodes',
    paragraphs: [
      'This node shares with another node only after a peering: an offer of one, signed, and a yes of the other, signed. Each peering names what either side shares (organisations: the register of those that are at home here; alliances: see below) and from when until when, for five years at most. Either side ends it at once, without the other.',
      'An alliance is given to the nodes of those who take part in it, with what its members read: members, charters, initiatives, commitments, owners, and the knowledge items that are shared with it; closed spaces in the same way, so to no other node even that they exist. Whoever is invited is given the invitation and the name. When an organisation takes part no more, its node is told to remove all of it, and so it is when something is withdrawn or destroyed. What is for two parties goes to their nodes alone. Persons, drafts and reasons that are not for all members are given to nobody.',
      'What came from a node is removed after its peering ended; an organisation to which something here refers stays, as it was last known.',
      'An organisation moves to another node when it asks for that itself and the other node says yes. Its entry in the register, its official identifiers and every version of it go along, and other nodes are told where it is; persons and what it does stay where they are kept.',
      'Of another node are kept its address, its name and OIN as it states them, its public key and what it signed, also after the peering ended, as proof of what was agreed. How long other things are kept is in the retention schedule.',
      'What another node sends is verified with the keys that it publishes under its address. The keys of this node change with an overlap; they are read anew every five minutes.',
    ],
    schedule: 'Retention schedule (with a token)',
    description: 'What this node says of itself to other nodes',
  },
  nl: {
    title: 'Wat met andere knooppunten wordt gedeeld',
    paragraphs: [
      'Dit knooppunt deelt pas met een ander knooppunt na een koppeling: een getekend aanbod van de een en een getekend ja van de ander. Elke koppeling noemt wat elke kant deelt (organisaties: het register van wie hier thuis is; allianties: zie hieronder) en vanaf en tot wanneer, ten hoogste vijf jaar. Elke kant beëindigt haar per direct, zonder de ander.',
      'Een alliantie wordt gegeven aan de knooppunten van wie meedoet, met wat de leden lezen: leden, convenanten, initiatieven, toezeggingen, eigenaren en de kennisitems die ermee zijn gedeeld; een vrijplaats net zo, dus aan geen ander knooppunt ook maar dat zij bestaat. Wie is uitgenodigd, krijgt de uitnodiging en de naam. Doet een organisatie niet meer mee, dan krijgt haar knooppunt te horen dat het alles verwijdert, en zo ook als iets wordt ingetrokken of vernietigd. Wat voor twee partijen is, gaat alleen naar hun knooppunten. Personen, concepten en redenen die niet voor alle leden zijn, krijgt niemand.',
      'Wat van een knooppunt kwam, wordt verwijderd nadat de koppeling eindigde; een organisatie waarnaar hier iets verwijst, blijft zoals zij het laatst bekend was.',
      'Een organisatie verhuist naar een ander knooppunt als zij dat zelf vraagt en het andere knooppunt ja zegt. Haar registerinschrijving, haar officiële identificaties en elke versie daarvan gaan mee, en andere knooppunten horen waar zij is; personen en wat zij doet, blijven waar ze worden bewaard.',
      'Van een ander knooppunt worden bewaard: het adres, de naam en het OIN zoals het die zelf noemt, de openbare sleutel en wat het heeft getekend, ook na het einde van de koppeling, als bewijs van wat is afgesproken. Hoe lang andere gegevens worden bewaard, staat in het bewaarschema.',
      'Wat een ander knooppunt stuurt, wordt gecontroleerd met de sleutels die het onder zijn adres publiceert. De sleutels van dit knooppunt wisselen met overlap; ze worden elke vijf minuten opnieuw gelezen.',
    ],
    schedule: 'Bewaarschema (met een token)',
    description: 'Wat dit knooppunt over zichzelf zegt tegen andere knooppunten',
  },
} as const;

/** The page that says what is shared with other nodes, and what is kept of them. */
export function policyPage(language: Language): string {
  const { title, paragraphs, schedule, description } = texts[language];
  const link = (href: string, text: string) => `<li><a href="${href}">${escapeHtml(text)}</a></li>`;
  const links = [link('/v1/retention-rules', schedule), link('/.well-known/learning-network', description)];
  const content = paragraphs.map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`).join('');
  return htmlPage(language, title, `${content}<ul>${links.join('')}</ul>`);
}

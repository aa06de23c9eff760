import { type Relation, type Selection, shapes } from '../rules.ts';

/** What a relation is called on a map, what a line on it stands for, and what a tie weighs in, one and more of it. */
type Words = {
  readonly title: string;
  readonly lines: readonly string[];
  readonly counted: readonly [one: string, more: string];
};

const words: Readonly<Record<Relation, Words>> = {
  membership: {
    title: 'Organisations that share an alliance',
    lines: ['A line: two organisations that', 'share an alliance; the darker,', 'the stronger the tie'],
    counted: ['alliance', 'alliances'],
  },
  initiatives: {
    title: 'Organisations that take part in an initiative together',
    lines: ['A line: two organisations that', 'share an initiative; the darker,', 'the stronger the tie'],
    counted: ['initiative', 'initiatives'],
  },
  deeds: {
    title: 'Confirmed deeds, from promiser to beneficiary',
    lines: [
      'A line: deeds of the organisation',
      'at its broad end for the one at its',
      'thin end; the darker, the more',
    ],
    counted: ['deed', 'deeds'],
  },
  knowledge: {
    title: 'Adopted knowledge, from author to adopter',
    lines: [
      'A line: knowledge of the one at its',
      'broad end that the one at its thin',
      'end adopted; the darker, the more',
    ],
    counted: ['adoption', 'adoptions'],
  },
  ownership: {
    title: 'Organisations that own together or passed ownership on',
    lines: ['A line: two organisations that own', 'together, or passed ownership on;', 'the darker, the more'],
    counted: ['transfer or shared subject', 'transfers and shared subjects'],
  },
};

const sizes: Readonly<Record<string, string>> = {
  inDegree: 'in-degree',
  outDegree: 'out-degree',
  inStrength: 'in-strength',
  outStrength: 'out-strength',
};

/** The day of what has two modes; for a relation in pairs, the days that are counted. */
function periodOf({ relation, asOf, from, until }: Selection): string {
  if (shapes[relation] === 'two-mode') return asOf;
  const end = until !== null && until <= asOf ? `until ${until}` : `up to and with ${asOf}`;
  return from === null ? end : `from ${from} ${end}`;
}

/** How much is on a map. */
type Counts = {
  readonly organisationCount: number;
  readonly tieCount: number;
  readonly isolateCount: number;
  /** Alliances or initiatives of a relation by two modes; what was counted of one in pairs. */
  readonly countedCount: number;
};

/** The words on the map of a relation: its title with the day or window, its counts, and what lines and sizes show. */
export function wordsOf(selection: Selection, sizeBy: string, counts: Counts) {
  const { title, lines, counted } = words[selection.relation];
  const tapered = shapes[selection.relation] === 'directed';
  const told = [
    count(counts.organisationCount, ['organisation', 'organisations']),
    count(counts.tieCount, tapered ? ['arc', 'arcs'] : ['tie', 'ties']),
    count(counts.countedCount, counted),
  ];
  return {
    title: `${title}, ${periodOf(selection)}`,
    description: `${told.join(', ')}; ${counts.isolateCount} without ties. ${filtersText(selection)}Closed spaces are not counted.`,
    lines,
    tapered,
    sizeBy: sizes[sizeBy] ?? sizeBy,
  };
}

const count = (number: number, [one, more]: readonly [string, string]) => `${number} ${number === 1 ? one : more}`;

/** What the network was narrowed to: a map is looked at without the question it answers. */
function filtersText({ organisationKind, region, allianceKind, allianceId, theme, organisationId }: Selection): string {
  const list = (values: readonly string[]) => values.join(', ').replaceAll('_', ' ');
  const chosen = ['chosen organisation', 'chosen organisations'] as const;
  const filters = [
    ...(organisationKind === null ? [] : [`organisations of kind ${list(organisationKind)}`]),
    ...(region === null ? [] : [`${organisationKind === null ? 'organisations ' : ''}of region ${region}`]),
    ...(organisationId === null ? [] : [count(organisationId.length, chosen)]),
    ...(allianceKind === null ? [] : [`alliances of kind ${list(allianceKind)}`]),
    ...(allianceId === null ? [] : ['one alliance']),
    ...(theme === null ? [] : [`with the theme ${theme}`]),
  ];
  return filters.length === 0 ? '' : `Only ${filters.join(', ')}. `;
}

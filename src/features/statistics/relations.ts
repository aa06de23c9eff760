import { invalid } from '../../platform/problem.ts';
import { type Relation, relationFaults, type Shape } from './rules.ts';

const population =
  'Population: the organisations of the filter that exist on the day, isolates included; with allianceId, those in that alliance.';
const clique = (what: string) =>
  `In such a network every ${what} is a clique: clustering is high by construction. Do not compare the density of networks of different size.`;
const window =
  'Window: the days from `from` (included) until `until` (excluded), in UTC, and never later than asOf; all up to and with asOf when both are absent.';

/** What is counted in a relation, and what a tie in it is. */
export const countedTexts: Readonly<Record<Relation, readonly string[]>> = {
  membership: [
    population,
    'Alliances: those in force on the day with at least one member in the population.',
    'Memberships: accepted ones that hold on the day (first day included, last day excluded); observers watch and are not counted, nor is an offer.',
    'Two organisations are tied when they share at least one alliance; the weight of a tie is the number of alliances they share.',
  ],
  initiatives: [
    population,
    'Initiatives: those that are an idea or active on the day, in an alliance that is in force, with at least one participant in the population; with allianceId or allianceKind, those of these alliances; with theme, those that have it.',
    'Participations: accepted ones that hold on the day (first day included, last day excluded, in UTC); whoever observes by its stance on the day is not counted, nor is an offer.',
    'Two organisations are tied when they take part in at least one initiative together; the weight of a tie is the number of those initiatives. In what follows an alliance then stands for an initiative, and a membership for a participation.',
  ],
  deeds: [
    population,
    window,
    'Deeds: commitments that the beneficiary confirmed, on the day of the confirmation; with allianceId or allianceKind, those made in these alliances; with theme, those promised in an initiative that has it. A promise that is open, late, disputed or cancelled is not counted.',
    'An arc goes from the promiser to the beneficiary; its weight is the number of deeds.',
  ],
  knowledge: [
    population,
    window,
    'Adoptions: what organisations state they used of a published item of another, by the day of use; one that is withdrawn on asOf is not counted, nor is own use. Items shared with alliances alone are not counted; with theme, items that have it now.',
    'An arc goes from the author of the item to the organisation that adopted it; its weight is the number of adoptions.',
  ],
  ownership: [
    population,
    window,
    'Subjects: alliances, initiatives and knowledge items; with allianceId or allianceKind, these alliances and their initiatives alone; with theme, initiatives and items that have it.',
    'Counted for a pair of organisations: each transfer of a share in a subject from one to the other that the receiver accepted, on the day of the record; and once for each subject that both own at the same time at some moment of the window, as accountable or joint owner. What passes to the successor of an organisation is no transfer.',
    'Two organisations are tied when anything is counted for them; the weight of a tie is that number. A tie has no direction.',
  ],
};

/** How the simple figures are defined, by the shape of the relation. */
export const figureTexts: Readonly<Record<Shape, readonly string[]>> = {
  'two-mode': [
    'tieCount: tied pairs. totalWeight: sum of their weights. degree: tied organisations. strength: sum of the weights of its ties.',
    'density: 2 × tieCount ÷ (n × (n − 1)). meanDegree: 2 × tieCount ÷ n. Components are by ties; an isolate is one.',
    'globalClustering: closed triples ÷ triples. meanLocalClustering: mean over all organisations, those with a degree below 2 count 0.',
  ],
  directed: [
    'tieCount: arcs. totalWeight: sum of their weights. degree: organisations with an arc either way. strength: sum of the weights of its arcs, out and in.',
    'density: tieCount ÷ (n × (n − 1)). meanDegree: mean of degree. Components are by arcs either way; an isolate is one.',
    'globalClustering: closed triples ÷ triples, of ties either way. meanLocalClustering: mean over all organisations, those with a degree below 2 count 0.',
    'Where it differs from what follows, this holds. Along the arcs are: paths and what follows from them, closeness (from the organisation to others), betweenness (normalised ÷ ((n − 1)(n − 2)), its centralisation ÷ ((n − 1)² (n − 2))), pageRank (by weights) and mixing by kind. Of ties either way, their weights added, are: degreeCentralisation, cores, clustering, eigenvector, constraint and effectiveSize.',
    'reciprocity: share of the arcs that are returned. strongComponentCount, largestStrongComponentSize: parts in which all can reach each other along the arcs. inCentralisation, outCentralisation: Σ(max − d) ÷ (n − 1)² of inDegree and outDegree (Freeman). inDegree, outDegree: organisations from, to which an arc goes; inStrength, outStrength: their weights.',
  ],
  undirected: [
    'tieCount: tied pairs. totalWeight: sum of their weights. degree: tied organisations. strength: sum of the weights of its ties.',
    'density: 2 × tieCount ÷ (n × (n − 1)). meanDegree: 2 × tieCount ÷ n. Components are by ties; an isolate is one.',
    'globalClustering: closed triples ÷ triples. meanLocalClustering: mean over all organisations, those with a degree below 2 count 0.',
  ],
};

/** What to beware of. */
const cautions: Readonly<Record<Relation, string>> = {
  membership: clique('alliance'),
  initiatives: clique('initiative'),
  deeds: 'Figures follow from what was recorded. Do not compare the density of networks of different size.',
  knowledge:
    'Figures follow from what was stated; to take much is not bad. Do not compare the density of networks of different size.',
  ownership: 'Do not compare the density of networks of different size.',
};

/** Where the definitions come from. */
export const sources: Readonly<Record<Shape, string>> = {
  'two-mode':
    'Projection of a two-mode network by number of shared affiliations; clustering as transitivity and as Watts and Strogatz.',
  directed:
    'Directed network of counted acts; reciprocity edgewise, strong components after Tarjan, centralisation after Freeman, PageRank after Brin and Page.',
  undirected: 'Network of counted pairs; clustering as transitivity and as Watts and Strogatz.',
};

/**
 * How the figures of a relation are defined: what is counted, then `texts`, then what to beware of. The version changes
 * when a definition does.
 */
export const definitionOf = (relation: Relation, texts: readonly string[], source: string) => ({
  version: 1,
  text: [...countedTexts[relation], ...texts, cautions[relation]].join(' '),
  source,
});

/** How ties are weighted, by the shape of the relation. */
export const weightingTexts: Readonly<Record<Shape, readonly string[]>> = {
  'two-mode': [
    'Weights by `weighting`: count, what the two share; newman, each of these with k members adds 1 ÷ (k − 1); jaccard, what they share ÷ what either is in.',
  ],
  directed: [],
  undirected: [],
};

/** Throws invalid_input where something was asked for that the relation does not have. */
export function assertFits(query: Parameters<typeof relationFaults>[0]): void {
  const faults = relationFaults(query);
  if (faults.length > 0) throw invalid(faults);
}

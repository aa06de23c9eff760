import type { Graph } from '../kernel/graph.ts';
import { rowSizes, undirectedOf } from '../kernel/graph.ts';
import { at } from '../kernel/rows.ts';
import {
  type Incidence,
  projectionOf,
  repeatedPairs,
  type TwoMode,
  twoModeOf,
  type Weighting,
} from '../kernel/two-mode.ts';
import type { Bodies } from '../map/layout.ts';

/**
 * What the kernels work on: organisations as indices with their kinds as numbers, and what ties them: an incidence, or a
 * graph where the relation is one in pairs (the incidence is then empty).
 */
export type NetworkInput = {
  readonly kindOf: Int32Array;
  readonly kindCount: number;
  readonly incidence: Incidence;
  readonly graph: Graph | null;
  /** Further relations of the same organisations, the first of which stands above, where they are laid over each other. */
  readonly layers?: readonly NetworkInput[];
  /** Which of the layers stand for what organisations did with each other. */
  readonly acts?: readonly number[];
  /** What is laid out on a map. */
  readonly bodies?: Bodies;
};

/** The kinds of organisations in alphabetical order, and their numbers in it, one for each organisation. */
export function numberedKinds(all: readonly string[]): {
  kinds: readonly string[];
  kindOf: Int32Array;
  kindCount: number;
} {
  const kinds = [...new Set(all)].sort();
  return { kinds, kindOf: Int32Array.from(all, (kind) => kinds.indexOf(kind)), kindCount: kinds.length };
}

/** How much there is to walk; from this the time of a computation is estimated. */
export type NetworkSize = {
  readonly organisations: number;
  /** What the organisations are in; 0 where there is a graph. */
  readonly alliances: number;
  /** Pairs of an organisation and what it is in; ties either way where there is a graph. */
  readonly links: number;
  /** Ties both ways; no fewer than there are. */
  readonly arcs: number;
  /** Ties that are walked beside the links from every source; no fewer than there are. */
  readonly repeated: number;
  /** Sum over the organisations of the square of the number of their ties; no less than that. */
  readonly triples: number;
};

/** Below this many arcs, those that several alliances tie are counted, which takes about as many steps. */
const countedArcs = 1_000_000;

/** Measures a network without projecting it, but for the pairs of a small one that share several alliances. */
export function sizeOf({ layers = [], ...input }: NetworkInput): NetworkSize {
  const size = sizeOfOne(input);
  return layers.length === 0 ? size : { ...size, arcs: layers.reduce((sum, layer) => sum + sizeOfOne(layer).arcs, 0) };
}

function sizeOfOne({ incidence, graph }: NetworkInput): NetworkSize {
  if (graph !== null) {
    const [out, into] = [rowSizes(graph.out), rowSizes(graph.in)];
    const links = graph.out.items.length + (graph.directed ? graph.in.items.length : 0);
    const triples = out.reduce((sum, size, node) => sum + (size + (graph.directed ? at(into, node) : 0)) ** 2, 0);
    return { organisations: graph.n, alliances: 0, links, arcs: links, repeated: 0, triples };
  }
  const members = new Int32Array(incidence.allianceCount);
  for (const alliance of incidence.allianceOf) members[alliance] = at(members, alliance) + 1;
  const partners = new Float64Array(incidence.organisationCount);
  incidence.organisationOf.forEach((organisation, pair) => {
    partners[organisation] = (partners[organisation] ?? 0) + at(members, at(incidence.allianceOf, pair)) - 1;
  });
  const arcs = partners.reduce((sum, count) => sum + count, 0);
  return {
    organisations: incidence.organisationCount,
    alliances: incidence.allianceCount,
    links: incidence.organisationOf.length,
    arcs,
    repeated: arcs > countedArcs ? arcs : repeatedPairs(twoModeOf(incidence)).items.length,
    triples: partners.reduce((sum, count) => sum + count * count, 0),
  };
}

/** A network while its parts are computed: what several of them need is made once. */
export class Prepared {
  readonly input: NetworkInput;
  #twoMode: TwoMode | undefined;
  readonly #projections = new Map<Weighting, Graph>();

  constructor(input: NetworkInput) {
    this.input = input;
  }

  /** The rows of the incidence. */
  get twoMode(): TwoMode {
    this.#twoMode ??= twoModeOf(this.input.incidence);
    return this.#twoMode;
  }

  /** Ties without direction: the projection, or the ties of the graph either way, which have one weighting. */
  ties(weighting: Weighting): Graph {
    const known = this.#projections.get(weighting);
    if (known !== undefined) return known;
    const { graph } = this.input;
    const made = graph === null ? projectionOf(this.twoMode, weighting) : undirectedOf(graph);
    this.#projections.set(weighting, made);
    return made;
  }
}

import type { z } from 'zod';
import type { Answer } from '../../platform/answer.ts';
import { today } from '../../platform/days.ts';
import { Problem } from '../../platform/problem.ts';
import type { Asker, Computing } from './computing/computing.ts';
import { part } from './computing/parts.ts';
import { envelopeOf } from './envelope.ts';
import type { Graph, GraphQuery } from './graph-schemas.ts';
import { eachTie, type Graph as Network, rowSizes, rowSums } from './kernel/graph.ts';
import { at, real } from './kernel/rows.ts';
import { mapOf } from './network-map.ts';
import { assertFits, definitionOf, weightingTexts } from './relations.ts';
import { type Relation, selectionOf, shapes, usualWeighting } from './rules.ts';
import { type Snapshot, snapshotOf } from './snapshots.ts';

type View = z.output<typeof Graph>;
type Query = z.output<typeof GraphQuery>;

/** The media type of the map. */
export const svg = 'image/svg+xml';

const nodeTexts = {
  'two-mode': [
    'allianceCount, initiativeCount: in how many it takes part. degree: tied organisations. strength: how many are shared, added up over them.',
  ],
  directed: [
    'Every tie is an arc from `first` to `second`. degree: organisations with an arc either way. strength: sum of the weights of its arcs, out and in. inDegree, outDegree: organisations from, to which an arc goes; inStrength, outStrength: their weights.',
  ],
  undirected: ['degree: tied organisations. strength: sum of the weights of its ties.'],
} as const;

function definitionFor(relation: Relation) {
  const shape = shapes[relation];
  const source = `Blondel et al. 2008; layout after Jacomy et al. 2014.`;
  return definitionOf(
    relation,
    [
      ...nodeTexts[shape],
      ...weightingTexts[shape],
      'community: as `/statistics/communities` with the same weighting and seed.',
      'The map is laid out by forces from the seed; distance on it is no measure. Above 500 organisations with ties it shows communities.',
      ...(shape === 'directed' ? ['On the map an arc is broad where it begins and thin where it ends.'] : []),
    ],
    shape === 'two-mode' ? `Projection of a two-mode network; ${source}` : `Network of counted pairs; ${source}`,
  );
}

/** The most ties that are written out as text at once. */
const mostWritten = 300_000;

/**
 * A network as nodes and ties; for the media type of the map, drawn. Throws invalid_input, data_version_not_kept,
 * network_too_large.
 */
export async function getGraph(computing: Computing, asker: Asker, query: Query, media: string): Promise<Answer<View>> {
  assertFits(query);
  const { relation, weighting = usualWeighting(relation), seed, sizeBy, colourBy, gexfVersion } = query;
  const wanted = {
    ties: part('ties', weighting),
    communities: part('communities', weighting, seed),
    // The two weights of a tie that has two modes.
    both: shapes[relation] === 'two-mode' && media !== svg ? [part('ties', 'count'), part('ties', 'newman')] : [],
  };
  const asked = { selection: selectionOf(query, today()), dataVersion: query.dataVersion };
  const { network } = await snapshotOf(computing, asker, { ...asked, parts: [] });
  if (media !== svg && network.tieCount > mostWritten) throw new Problem('network_too_large');
  const parts = [wanted.ties, wanted.communities, ...wanted.both];
  const snapshot = await snapshotOf(computing, asker, { ...asked, parts });
  const { envelope, version } = envelopeOf(snapshot, asker.caller, {
    path: '/v1/statistics/graph',
    definition: definitionFor(relation),
    more: { weighting, seed, sizeBy, colourBy, gexfVersion },
  });
  const graph = snapshot.get(wanted.ties);
  const { directed } = graph;
  const community = snapshot.get(wanted.communities).of;
  if (media === svg) {
    const written = await mapOf(computing, asker, snapshot, { graph, community, weighting, seed, sizeBy, colourBy });
    return { body: { ...envelope, directed, nodes: [], ties: [] }, written, version };
  }
  const [shared = null, newman = null] = wanted.both.map((one) => snapshot.get(one).out.weights);
  const ties = tiesOf(snapshot, graph, { shared, newman });
  return { body: { ...envelope, directed, nodes: nodesOf(snapshot, graph, community), ties }, version };
}

function nodesOf({ organisations, network, selection }: Snapshot, graph: Network, community: Int32Array) {
  const arcs = graph.directed
    ? {
        inDegree: rowSizes(graph.in),
        outDegree: rowSizes(graph.out),
        inStrength: rowSums(graph.in),
        outStrength: rowSums(graph.out),
      }
    : null;
  return organisations.map(({ id, name, kind, region }, index): View['nodes'][number] => ({
    id,
    name,
    kind: kind as View['nodes'][number]['kind'],
    region,
    allianceCount: selection.relation === 'membership' ? at(network.allianceCount, index) : null,
    initiativeCount: selection.relation === 'initiatives' ? at(network.allianceCount, index) : null,
    degree: at(network.degree, index),
    strength: at(network.strength, index),
    inDegree: arcs?.inDegree[index] ?? null,
    outDegree: arcs?.outDegree[index] ?? null,
    inStrength: arcs?.inStrength[index] ?? null,
    outStrength: arcs?.outStrength[index] ?? null,
    community: at(community, index) < 0 ? null : at(community, index) + 1,
  }));
}

/** The weights of ties by two modes; null of other relations. */
type Weights = { readonly shared: Float64Array | null; readonly newman: Float64Array | null };

function tiesOf({ organisations }: Snapshot, graph: Network, { shared, newman }: Weights): View['ties'] {
  const found: View['ties'] = [];
  eachTie(graph, (first, second, place) =>
    found.push({
      first: organisations[first]?.id ?? '',
      second: organisations[second]?.id ?? '',
      weight: real(graph.out.weights, place),
      sharedCount: shared?.[place] ?? null,
      newmanWeight: newman?.[place] ?? null,
    }),
  );
  return found;
}

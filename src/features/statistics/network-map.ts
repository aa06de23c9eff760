import type { Asker, Computing } from './computing/computing.ts';
import { part, partKey } from './computing/parts.ts';
import { eachTie, type Graph, rowSizes, rowSums } from './kernel/graph.ts';
import { at, real } from './kernel/rows.ts';
import type { Weighting } from './kernel/two-mode.ts';
import type { Places } from './map/layout.ts';
import { type Lines, type Picture, type Point, pictureOf } from './map/picture.ts';
import { writeSvg } from './map/svg.ts';
import { wordsOf } from './map/words.ts';
import type { Snapshot } from './snapshots.ts';

/** What the map of a network is asked to show, every default filled in. */
type Asked = {
  /** The ties of the network, or its arcs, in the weighting that was asked. */
  readonly graph: Graph;
  /** The number of each organisation's community, −1 without ties. */
  readonly community: Int32Array;
  readonly weighting: Weighting;
  readonly seed: number;
  readonly sizeBy:
    | 'degree'
    | 'strength'
    | 'alliances'
    | 'initiatives'
    | 'inDegree'
    | 'outDegree'
    | 'inStrength'
    | 'outStrength';
  readonly colourBy: 'kind' | 'region' | 'community';
};

/** The map of a network as SVG, drawn when it is first asked for. */
export function mapOf(computing: Computing, asker: Asker, snapshot: Snapshot, asked: Asked): Promise<string> {
  const { weighting, seed, sizeBy, colourBy } = asked;
  const { name, dataVersion } = snapshot;
  const key = ['map', weighting, seed, sizeBy, colourBy, snapshot.selection.asOf].join(' ');
  return computing.kept.once(`${dataVersion} ${name} ${key}`, asker.signal, async (signal) => {
    const picture = pictureFor(snapshot, asked);
    // What is shown by size and colour changes no place.
    const layout = part('layout', weighting, seed);
    const laidOut = await computing.values(
      { ...snapshot, input: { ...snapshot.input, bodies: picture.bodies } },
      [layout],
      { ...asker, signal },
    );
    return writeSvg(picture, laidOut.get(partKey(layout)) as Places);
  });
}

function pictureFor(snapshot: Snapshot, { graph, community, seed, sizeBy, colourBy }: Asked): Picture {
  const { network, organisations, selection, dataVersion } = snapshot;
  const sizes = sizesOf(snapshot, graph, sizeBy);
  const points = organisations.map(
    ({ name, kind, region }, index): Point => ({
      name,
      kind,
      region,
      community: at(community, index),
      size: sizes[index] ?? 0,
    }),
  );
  return pictureOf(points, linesOf(graph), {
    ...wordsOf(selection, sizeBy, {
      organisationCount: organisations.length,
      tieCount: network.tieCount,
      isolateCount: network.isolateCount,
      countedCount: snapshot.input.graph === null ? snapshot.allianceCount : network.totalWeight,
    }),
    corner: `data version ${dataVersion} · seed ${seed}`,
    colourBy,
  });
}

function sizesOf({ network }: Snapshot, graph: Graph, sizeBy: Asked['sizeBy']): ArrayLike<number> {
  switch (sizeBy) {
    case 'degree':
    case 'strength':
      return network[sizeBy];
    case 'alliances':
    case 'initiatives':
      return network.allianceCount;
    case 'inDegree':
      return rowSizes(graph.in);
    case 'outDegree':
      return rowSizes(graph.out);
    case 'inStrength':
      return rowSums(graph.in);
    case 'outStrength':
      return rowSums(graph.out);
  }
}

/** Each tie once, each arc from where it begins, as the map draws it. */
function linesOf(graph: Graph): Lines {
  const total = graph.tieCount;
  const lines = { first: new Int32Array(total), second: new Int32Array(total), weight: new Float64Array(total) };
  let filled = 0;
  eachTie(graph, (first, second, place) => {
    lines.first[filled] = first;
    lines.second[filled] = second;
    lines.weight[filled++] = real(graph.out.weights, place);
  });
  return lines;
}

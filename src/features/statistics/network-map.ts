import { breathe, derived } from './derived.ts';
import { eachTie, type Graph, rowSizes, rowSums } from './kernel/graph.ts';
import { at, real } from './kernel/rows.ts';
import { layOut } from './map/layout.ts';
import { type Lines, type Point, pictureOf } from './map/picture.ts';
import { writeSvg } from './map/svg.ts';
import { wordsOf } from './map/words.ts';
import type { Snapshot } from './snapshots.ts';

/** What the map of a network is asked to show, every default filled in. */
type Asked = {
  readonly weighting: string;
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

/**
 * The map of a network as SVG, drawn when it is first asked for. `graph` holds its ties, or its arcs, in the weighting
 * that was asked; `community` the number of each organisation's community, −1 without ties.
 */
export function mapOf(snapshot: Snapshot, graph: Graph, community: Int32Array, asked: Asked): Promise<string> {
  const { weighting, seed, sizeBy, colourBy } = asked;
  return derived(snapshot, `map ${weighting} ${seed} ${sizeBy} ${colourBy}`, async () => {
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
    const picture = pictureOf(points, linesOf(graph), {
      ...wordsOf(selection, sizeBy, {
        organisationCount: organisations.length,
        tieCount: network.tieCount,
        isolateCount: network.isolateCount,
        countedCount: snapshot.graph === null ? snapshot.allianceCount : network.totalWeight,
      }),
      corner: `data version ${dataVersion} · seed ${seed}`,
      colourBy,
    });
    // What is shown by size and colour changes no place.
    const places = await derived(snapshot, `layout ${weighting} ${seed}`, async () => {
      const laidOut = await layOut(picture.bodies, seed, breathe);
      return { value: laidOut, bytes: 2 * laidOut.x.byteLength };
    });
    const value = writeSvg(picture, places);
    return { value, bytes: 2 * value.length };
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

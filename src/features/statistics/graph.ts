import type { z } from 'zod';
import type { Answer } from '../../platform/answer.ts';
import type { Caller } from '../../platform/caller.ts';
import { today } from '../../platform/days.ts';
import type { Db } from '../../platform/db.ts';
import { Problem } from '../../platform/problem.ts';
import { communityOf } from './communities.ts';
import { breathe, derived, tiesIn } from './derived.ts';
import { envelopeOf, populationText } from './envelope.ts';
import type { Graph, GraphQuery } from './graph-schemas.ts';
import { at } from './kernel/rows.ts';
import { eachTie, type Ties } from './kernel/ties.ts';
import { layOut } from './map/layout.ts';
import { type Lines, type Point, pictureOf } from './map/picture.ts';
import { writeSvg } from './map/svg.ts';
import { type Selection, selectionOf } from './rules.ts';
import { type Snapshot, snapshotOf } from './snapshots.ts';

type View = z.output<typeof Graph>;
type Query = z.output<typeof GraphQuery>;

/** The media type of the map. */
export const svg = 'image/svg+xml';

const definition = {
  version: 1,
  text: [
    populationText,
    'allianceCount: alliances in which it takes part. degree: tied organisations. strength: shared alliances, added up over them.',
    'community: as `/statistics/communities` with the same weighting and seed.',
    'The map is laid out by forces from the seed; distance on it is no measure. Above 500 organisations with ties it shows communities.',
  ].join(' '),
  source: 'Projection of a two-mode network; Blondel et al. 2008; layout after Jacomy et al. 2014.',
};

/** The most ties that are written out as text at once. */
const mostWritten = 300_000;

/**
 * The network of a day as nodes and ties; for the media type of the map, drawn. Throws data_version_not_kept,
 * network_too_large.
 */
export async function getGraph(db: Db, caller: Caller, query: Query, media: string): Promise<Answer<View>> {
  const snapshot = await snapshotOf(db, caller, selectionOf(query, today()), query.dataVersion);
  const { weighting, seed, sizeBy, colourBy, gexfVersion } = query;
  const more = { weighting, seed, sizeBy, colourBy, gexfVersion };
  const { envelope, version } = envelopeOf(snapshot, caller, { path: '/v1/statistics/graph', definition, more });
  const ties = await tiesIn(snapshot);
  const community = await communityOf(snapshot, weighting, seed);
  if (media === svg) {
    const written = await mapOf(snapshot, ties, community, query);
    return { body: { ...envelope, nodes: [], ties: [] }, written, version };
  }
  if (snapshot.network.tieCount > mostWritten) throw new Problem('network_too_large');
  return { body: { ...envelope, nodes: nodesOf(snapshot, community), ties: tiesOf(snapshot, ties) }, version };
}

function nodesOf({ organisations, network }: Snapshot, community: Int32Array): View['nodes'] {
  return organisations.map(({ id, name, kind, region }, index) => ({
    id,
    name,
    kind: kind as View['nodes'][number]['kind'],
    region,
    allianceCount: at(network.allianceCount, index),
    degree: at(network.degree, index),
    strength: at(network.strength, index),
    community: at(community, index) < 0 ? null : at(community, index) + 1,
  }));
}

function tiesOf({ organisations }: Snapshot, ties: Ties): View['ties'] {
  const found: View['ties'] = [];
  eachTie(ties, (first, second, place) =>
    found.push({
      first: organisations[first]?.id ?? '',
      second: organisations[second]?.id ?? '',
      sharedAllianceCount: at(ties.shared, place),
      newmanWeight: ties.newman[place] ?? 0,
    }),
  );
  return found;
}

/** The map, drawn when it is first asked for. */
function mapOf(snapshot: Snapshot, ties: Ties, community: Int32Array, query: Query): Promise<string> {
  const { weighting, seed, sizeBy, colourBy } = query;
  return derived(snapshot, `map ${weighting} ${seed} ${sizeBy} ${colourBy}`, async () => {
    const { network, organisations, selection, dataVersion } = snapshot;
    const sizes = { degree: network.degree, strength: network.strength, alliances: network.allianceCount }[sizeBy];
    const points = organisations.map(
      ({ name, kind, region }, index): Point => ({
        name,
        kind,
        region,
        community: at(community, index),
        size: at(sizes, index),
      }),
    );
    const picture = pictureOf(points, linesOf(ties, weighting), {
      title: `Organisations that share an alliance, ${selection.asOf}`,
      description: `${count(organisations.length, 'organisation')}, ${count(network.tieCount, 'tie')}, ${count(snapshot.allianceCount, 'alliance')}; ${network.isolateCount} without ties. ${filtersText(selection)}Closed spaces are not counted.`,
      corner: `data version ${dataVersion} · seed ${seed}`,
      sizeBy,
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

const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? '' : 's'}`;

/** What the network was narrowed to: a map is looked at without the question it answers. */
function filtersText({ organisationKind, region, allianceKind, allianceId, organisationId }: Selection): string {
  const list = (values: readonly string[]) => values.join(', ').replaceAll('_', ' ');
  const filters = [
    ...(organisationKind === null ? [] : [`organisations of kind ${list(organisationKind)}`]),
    ...(region === null ? [] : [`${organisationKind === null ? 'organisations ' : ''}of region ${region}`]),
    ...(organisationId === null ? [] : [`${count(organisationId.length, 'chosen organisation')}`]),
    ...(allianceKind === null ? [] : [`alliances of kind ${list(allianceKind)}`]),
    ...(allianceId === null ? [] : ['one alliance']),
  ];
  return filters.length === 0 ? '' : `Only ${filters.join(', ')}. `;
}

/** Each tie once, as the map draws it. */
function linesOf(ties: Ties, weighting: Query['weighting']): Lines {
  const total = ties.neighbours.length / 2;
  const lines = { first: new Int32Array(total), second: new Int32Array(total), weight: new Float64Array(total) };
  let filled = 0;
  eachTie(ties, (first, second, place) => {
    lines.first[filled] = first;
    lines.second[filled] = second;
    lines.weight[filled++] = (weighting === 'newman' ? ties.newman[place] : ties.shared[place]) ?? 0;
  });
  return lines;
}

import { readFileSync } from 'node:fs';
import { directory, rows } from './register.ts';
import { type Ask, listByApi } from './register-years.ts';

/** A figure of the reference beside the interface's. */
export type Compared = { readonly name: string; readonly found: number; readonly wanted: number };

/** The day of the reference, which networkx and igraph computed. */
export const referenceDay = '2026-05-16';

/** The reference is written to ten decimals, the measures of an organisation to twelve significant digits. */
const [lastDigit, significant] = [1e-10, 1e-11];

/** Whether two figures are the same, as far as both are written down. */
export const isEqual = ({ found, wanted }: Compared) =>
  Math.abs(found - wanted) <= 0.51 * lastDigit + 0.51 * significant * Math.abs(wanted);

/** The difference as a share of the wanted value, beyond what the reference rounds away. */
export const relativeDifference = ({ found, wanted }: Compared) =>
  found === wanted ? 0 : Math.max(0, Math.abs(found - wanted) - 0.5 * lastDigit) / Math.abs(wanted || 1);

const population = `asOf=${referenceDay}&organisationKind=municipality`;

/** The figures of the whole network. */
export async function comparedNetwork(ask: Ask): Promise<Compared[]> {
  const reference = JSON.parse(readFileSync(`${directory.path}/network_reference.json`, 'utf8'));
  const { projection, ...twoMode } = reference.municipalities_in_force;
  const body = JSON.parse(await ask(`/v1/statistics/network?${population}`));
  const degrees: { degree: number; count: number }[] = body.degreeDistribution;
  const ties = await listByApi(ask, `/v1/statistics/ties?${population}&limit=200`);
  const figures: Record<string, [found: number, wanted: number]> = {
    organisationCount: [body.organisationCount, twoMode.actors],
    allianceCount: [body.allianceCount, twoMode.affiliations],
    membershipCount: [body.membershipCount, twoMode.memberships],
    twoModeDensity: [body.twoModeDensity, twoMode.two_mode_density],
    tieCount: [body.tieCount, projection.edges],
    totalWeight: [body.totalWeight, projection.total_weight],
    totalNewmanWeight: [ties.reduce((sum, tie) => sum + Number(tie.newmanWeight), 0), projection.total_weight_newman],
    isolateCount: [body.coverage.isolateCount, projection.isolates],
    density: [body.density, projection.density],
    componentCount: [body.componentCount, projection.components],
    largestComponentSize: [body.largestComponentSize, projection.largest_component],
    meanDegree: [body.meanDegree, projection.mean_degree],
    meanStrength: [body.meanStrength, projection.mean_strength],
    globalClustering: [body.globalClustering, projection.global_clustering],
    meanLocalClustering: [body.meanLocalClustering, projection.mean_local_clustering],
    diameter: [body.diameter, projection.diameter_largest_component],
    averagePath: [body.averagePath, projection.mean_path_length_largest_component],
  };
  return [
    ...Object.entries(figures).map(([name, [found, wanted]]) => ({ name, found, wanted })),
    ...Object.entries<number>(projection.degree_distribution).map(([degree, wanted]) => ({
      name: 'degreeDistribution',
      found: degrees.find((one) => one.degree === Number(degree))?.count ?? Number.NaN,
      wanted,
    })),
    ...Object.entries<number>(projection.weight_distribution).map(([weight, wanted]) => ({
      name: 'ties by sharedCount',
      found: ties.filter((tie) => tie.sharedCount === Number(weight)).length,
      wanted,
    })),
  ];
}

/** Columns of the reference, and the measures of the interface. */
const columns = {
  degree: 'degree',
  strength: 'strength',
  betweenness_raw: 'betweenness',
  betweenness_norm: 'normalisedBetweenness',
  closeness: 'wassermanFaustCloseness',
  local_clustering: 'localClustering',
  core_number: 'coreNumber',
} as const;

/** The measures of every municipality. */
export async function comparedMunicipalities(ask: Ask): Promise<Compared[]> {
  const measures = Object.values(columns).map((name) => `measure=${name}`);
  const path = `/v1/statistics/organisations?${population}&limit=200&${measures.join('&')}`;
  const items = await listByApi(ask, path);
  const byName = new Map(items.map((item) => [String(item.name), item.measures as Record<string, { value: number }>]));
  const names = new Map(rows('organisations').map((row) => [row.roo_id, row.name ?? '']));
  return rows('reference_nodes_municipalities').flatMap((row) =>
    Object.entries(columns).map(([column, measure]) => ({
      name: measure,
      found: byName.get(names.get(row.id) ?? '')?.[measure]?.value ?? Number.NaN,
      wanted: Number(row[column]),
    })),
  );
}

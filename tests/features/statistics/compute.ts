import { type Network, networkOfGraph } from '../../../src/features/statistics/incidence.ts';
import { rowSizes } from '../../../src/features/statistics/kernel/graph.ts';
import { type Incidence, projectionOf, twoModeOf } from '../../../src/features/statistics/kernel/two-mode.ts';

/** The network of organisations that share an alliance. */
export function computeNetwork(incidence: Incidence): Network {
  const twoMode = twoModeOf(incidence);
  return networkOfGraph(projectionOf(twoMode, 'count'), rowSizes(twoMode.alliancesOf));
}

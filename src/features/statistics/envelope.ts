import type { z } from 'zod';
import type { Caller } from '../../platform/caller.ts';
import { queryOf, tagOf, visibilitiesFor } from './addresses.ts';
import type { Relation } from './rules.ts';
import type { NetworkStatistics } from './schemas.ts';
import type { Snapshot } from './snapshots.ts';

type View = z.output<typeof NetworkStatistics>;

const coverageRule =
  'Closed spaces are counted in no network statistic, for nobody. Alliances that are visible within the network alone are counted for clients that act for an organisation.';
const itemRule = 'So are knowledge items; those that are shared with alliances alone are counted for nobody.';

/** Which alliances, and where they are counted which items, stand in the figures of a relation. */
export const coverageRuleOf = (relation: Relation) =>
  relation === 'knowledge' || relation === 'ownership' ? `${coverageRule} ${itemRule}` : coverageRule;

/**
 * What an answer about a network begins with: definition, data version, coverage and its own address; with the number
 * of its entity tag, which follows from what was asked, of which data version, and by what kind of viewer. `more` holds
 * the parameters beside those that choose the network.
 */
export function envelopeOf<More extends object>(
  snapshot: Snapshot,
  caller: Caller,
  { path, definition, more }: { path: string; definition: View['definition']; more: More },
) {
  const { selection, dataVersion, organisations, network } = snapshot;
  const parameters = { ...(selection as View['parameters']), ...more };
  const visibilities = visibilitiesFor(caller.organisationId);
  const query = queryOf(path, parameters, dataVersion);
  return {
    version: tagOf(query, visibilities),
    envelope: {
      definition,
      dataVersion,
      asOf: selection.asOf,
      parameters,
      coverage: {
        organisationCount: organisations.length,
        connectedCount: organisations.length - network.isolateCount,
        isolateCount: network.isolateCount,
        visibilities,
        rule: coverageRuleOf(selection.relation),
      },
      suppressed: [] as string[],
      query,
    },
  };
}

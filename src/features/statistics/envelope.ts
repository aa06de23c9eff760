import type { z } from 'zod';
import type { Caller } from '../../platform/caller.ts';
import type { NetworkStatistics } from './schemas.ts';
import type { Snapshot } from './snapshots.ts';
import { coverageRule, tagOf } from './statistics.ts';

type View = z.output<typeof NetworkStatistics>;
type Definition = { readonly version: number; readonly text: string; readonly source: string };

/** What the population and the ties of every answer about a membership network are. */
export const populationText = [
  'Population: the organisations of the filter that exist on the day, isolates included; with allianceId, those in that alliance.',
  'Two organisations are tied when both take part in an alliance on the day; observers and offers are not counted.',
].join(' ');

/** The address that gives the same answer again: the parameters that are not null, and the data version. */
function addressOf(path: string, parameters: object, dataVersion: string): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters))
    for (const one of value === null ? [] : [value].flat()) search.append(name, String(one));
  search.append('dataVersion', dataVersion);
  return `${path}?${search}`;
}

/**
 * What an answer about a network begins with: definition, data version, coverage and its own address; with the number
 * of its entity tag, which follows from what was asked, of which data version, and by what kind of viewer.
 */
export function envelopeOf<More extends object>(
  snapshot: Snapshot,
  caller: Caller,
  { path, definition, more }: { path: string; definition: Definition; more: More },
) {
  const { selection, dataVersion, organisations, network } = snapshot;
  const parameters = { ...(selection as View['parameters']), ...more };
  const visibilities: View['coverage']['visibilities'] =
    caller.organisationId === null ? ['public'] : ['public', 'network'];
  const query = addressOf(path, parameters, dataVersion);
  return {
    version: tagOf([query, visibilities]),
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
        rule: coverageRule,
      },
      suppressed: [] as string[],
      query,
    },
  };
}

import type { z } from 'zod';
import type { Graph } from '../graph-schemas.ts';

type View = z.output<typeof Graph>;
type Field<Of> = {
  readonly name: string;
  readonly type: 'string' | 'long' | 'double';
  readonly of: (one: Of) => string | number | null;
};

/** What is told of an organisation in every format. */
export const nodeFields: readonly Field<View['nodes'][number]>[] = [
  { name: 'name', type: 'string', of: ({ name }) => name },
  { name: 'kind', type: 'string', of: ({ kind }) => kind },
  { name: 'region', type: 'string', of: ({ region }) => region },
  { name: 'allianceCount', type: 'long', of: ({ allianceCount }) => allianceCount },
  { name: 'degree', type: 'long', of: ({ degree }) => degree },
  { name: 'strength', type: 'long', of: ({ strength }) => strength },
  { name: 'community', type: 'long', of: ({ community }) => community },
];

/** What is told of a tie in every format. */
export const tieFields: readonly Field<View['ties'][number]>[] = [
  { name: 'sharedAllianceCount', type: 'long', of: ({ sharedAllianceCount }) => sharedAllianceCount },
  { name: 'newmanWeight', type: 'double', of: ({ newmanWeight }) => newmanWeight },
];

/** What the graph is of, by name: enough to ask for it again. */
export const graphFacts = ({
  dataVersion,
  asOf,
  query,
  coverage,
  definition,
}: View): [name: string, value: string][] => [
  ['dataVersion', dataVersion],
  ['asOf', asOf],
  ['query', query],
  ['visibilities', coverage.visibilities.join(' ')],
  ['definition', definition.text],
];

/** The weight of a tie by the weighting that was asked: what other tools look for under that name. */
export const weightOf = ({ parameters }: View, { newmanWeight, sharedAllianceCount }: View['ties'][number]): number =>
  parameters.weighting === 'newman' ? newmanWeight : sharedAllianceCount;

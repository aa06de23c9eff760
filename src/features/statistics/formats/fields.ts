import type { z } from 'zod';
import type { Graph } from '../graph-schemas.ts';
import { shapes } from '../rules.ts';

type View = z.output<typeof Graph>;
type Field<Of> = {
  readonly name: string;
  readonly type: 'string' | 'long' | 'double';
  readonly of: (one: Of) => string | number | null;
};
type Node = View['nodes'][number];
type Tie = View['ties'][number];

const whole = <Name extends string>(name: Name): Field<Readonly<Record<Name, number | null>>> => ({
  name,
  type: 'long',
  of: (one) => one[name],
});

/** What is told of an organisation in every format: what the relation of the graph has. */
export function nodeFieldsOf({ parameters: { relation }, directed }: View): readonly Field<Node>[] {
  return [
    { name: 'name', type: 'string', of: ({ name }) => name },
    { name: 'kind', type: 'string', of: ({ kind }) => kind },
    { name: 'region', type: 'string', of: ({ region }) => region },
    ...(relation === 'membership' ? [whole('allianceCount')] : []),
    ...(relation === 'initiatives' ? [whole('initiativeCount')] : []),
    whole('degree'),
    whole('strength'),
    ...(directed ? (['inDegree', 'outDegree', 'inStrength', 'outStrength'] as const).map(whole) : []),
    whole('community'),
  ];
}

/** What is told of a tie beside its weight: what both share, where the relation has two modes. */
export const tieFieldsOf = ({ parameters: { relation } }: View): readonly Field<Tie>[] =>
  shapes[relation] === 'two-mode'
    ? [whole('sharedCount'), { name: 'newmanWeight', type: 'double', of: ({ newmanWeight }) => newmanWeight }]
    : [];

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

import type { Chunk } from '../kernel/chunks.ts';
import type { Work } from '../kernel/work.ts';
import type { NetworkSize, Prepared } from './network-input.ts';
import type { Recipe } from './recipe.ts';
import { recipes } from './recipes.ts';

type Recipes = typeof recipes;
/** The name of a part of the figures of a network. */
export type PartName = keyof Recipes;
type ArgsOf<Name extends PartName> = Recipes[Name]['compute'] extends (
  network: Prepared,
  ...args: infer Args extends (string | number)[]
) => unknown
  ? Args
  : never;
type Made<Result> = Result extends Work<infer Value> ? Value : Result;
type ValueOf<Name extends PartName> = Made<ReturnType<Recipes[Name]['compute']>>;

/** A part that is asked for: its name and its parameters. What it is computed to is known by its type. */
export type Part<Value = unknown> = {
  readonly name: PartName;
  readonly args: readonly (string | number)[];
  /** Never there: it ties the type of the value to the part. */
  readonly value?: Value;
};

/** Names a part with its parameters. */
export const part = <Name extends PartName>(name: Name, ...args: ArgsOf<Name>): Part<ValueOf<Name>> => ({ name, args });

/** The name of a part with its parameters, by which its value is kept. */
export const partKey = ({ name, args }: Part): string => [name, ...args].join(' ');

/** Each part once, in the order in which they are first named. */
export const unique = (parts: readonly Part[]): Part[] => [
  ...new Map(parts.map((part) => [partKey(part), part])).values(),
];

const recipeOf = ({ name }: Part) => recipes[name] as unknown as Recipe<(string | number)[], unknown>;

/** Milliseconds that a part takes on one core, estimated. */
export const millisecondsOf = (part: Part, size: NetworkSize): number =>
  recipeOf(part).nanoseconds(size, ...part.args) / 1e6;

/** Milliseconds that parts take together on one core, estimated. */
export const costOf = (parts: readonly Part[], size: NetworkSize): number =>
  parts.reduce((sum, part) => sum + millisecondsOf(part, size), 0);

/** Steps that the work of a part has; 0 where it tells none. */
export const stepsOf = (part: Part, size: NetworkSize): number => recipeOf(part).steps?.(size) ?? 0;

/** Whether an answer can do without the part where a network is too large for it. */
export const isDispensable = (part: Part): boolean => recipeOf(part).dispensable === true;

/** Whether the part is never stored. */
export const isLight = (part: Part): boolean => recipeOf(part).light === true;

/** Whether the part holds every tie. */
export const holdsTies = (part: Part): boolean => recipeOf(part).holdsTies === true;

/** Whether threads can share the work of a part. */
export const isShared = (part: Part): boolean => recipeOf(part).ofChunk !== undefined;

/** Computes a part; `stepped` is called after each step of its work. */
export function computePart(network: Prepared, part: Part, stepped: () => void): unknown {
  const made = recipeOf(part).compute(network, ...part.args);
  return isWork(made) ? finished(made, stepped) : made;
}

/** Computes what chunks of sources add to a part that threads share. */
export function computeChunks(
  network: Prepared,
  part: Part,
  { chunks, stepped }: { readonly chunks: readonly Chunk[]; readonly stepped: () => void },
): Float64Array[] {
  const ofChunk = recipeOf(part).ofChunk?.(network);
  if (ofChunk === undefined) throw new Error(`${part.name} cannot be shared`);
  return chunks.map((chunk) => finished(ofChunk(chunk), stepped));
}

function finished<Value>(work: Work<Value>, stepped: () => void): Value {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    stepped();
  }
}

const isWork = (value: unknown): value is Work<unknown> =>
  typeof value === 'object' && value !== null && 'next' in value && typeof value.next === 'function';

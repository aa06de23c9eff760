import type { Context } from './caller.ts';
import { Problem } from './problem.ts';

/** The refusal of a write to what another node keeps, with the address at which the same is asked there. */
export const misdirected = (home: string, { address = '' }: Pick<Context, 'address'>, cause?: unknown): Problem =>
  new Problem('misdirected', { members: { home: `${home.replace(/\/$/, '')}${address}` }, cause });

import type { Db } from './db.ts';

/**
 * Stores all at once in a transaction of its own, and where that fails the halves of them, down to the one; answers those
 * ones, each with the fault that `faultOf` makes of its error. An error of which it makes none is thrown.
 */
export async function storeAsFarAsPossible<T, F extends string>(
  db: Db,
  given: readonly T[],
  {
    store,
    faultOf,
  }: {
    readonly store: (db: Db, given: readonly T[]) => Promise<void>;
    readonly faultOf: (error: unknown) => F | undefined;
  },
): Promise<(readonly [refused: T, fault: F])[]> {
  const [first] = given;
  if (first === undefined) return [];
  try {
    await db.transaction((db) => store(db, given));
    return [];
  } catch (error) {
    const fault = faultOf(error);
    if (fault === undefined) throw error;
    if (given.length === 1) return [[first, fault]];
    const half = Math.ceil(given.length / 2);
    const refused = await storeAsFarAsPossible(db, given.slice(0, half), { store, faultOf });
    return [...refused, ...(await storeAsFarAsPossible(db, given.slice(half), { store, faultOf }))];
  }
}

import type { Sql } from 'postgres';
import { contentsOf } from './contents.ts';

/** A database as it was when it was kept, to which it can be brought back after a write. */
export type Kept = {
  /** The tables that hold something else than they did. */
  changed(): Promise<string[]>;
  /** Brings back what these tables held. */
  restore(tables: readonly string[]): Promise<void>;
};

/** Keeps what a database holds, beside it. */
export async function keep(owner: Sql): Promise<Kept> {
  const before = await contentsOf(owner);
  const tables = Object.keys(before);
  await owner`create schema kept`;
  for (const table of tables) await owner`create table kept.${owner(table)} as table public.${owner(table)}`;
  const columnsOf = async (table: string) => {
    const rows = await owner<{ name: string }[]>`select attname as name from pg_attribute
      where attrelid = ${`public.${table}`}::regclass and attnum > 0 and not attisdropped and attgenerated = ''`;
    return rows.map(({ name }) => name);
  };
  return {
    changed: async () => {
      const now = await contentsOf(owner);
      return tables.filter((table) => now[table] !== before[table]);
    },
    restore: (changed) =>
      owner.begin(async (owner) => {
        // What was kept was whole, so that neither its order nor the guards of history need be heeded.
        await owner`set local session_replication_role = replica`;
        for (const table of changed) {
          const columns = owner(await columnsOf(table));
          await owner`delete from public.${owner(table)}`;
          await owner`insert into public.${owner(table)} (${columns}) select ${columns} from kept.${owner(table)}`;
        }
      }) as Promise<void>,
  };
}

import { and, eq, ne, sql } from 'drizzle-orm';
import type { Db } from '../../platform/db.ts';
import { exportParts, exportSubjects, exports } from './tables.ts';

/** Bytes of a part; every part of an archive but the last has as many, so that a place in it names its part. */
export const partSize = 1_048_576;

/** The name of the archive among the files of an export. */
export const archiveFile = 'archive';

/** The export was stopped, voided or taken over: whoever works on it stops. */
export class Lost extends Error {}

/** What a run of an export has done so far. */
export type Progress = { readonly processedCount: number; readonly rowCount: number };

/** Where a run keeps what it makes, and tells how far it is; each by a statement of its own that renews its lease. */
export type Store = {
  /** Keeps a part. Throws Lost. */
  add(file: string, number: number, bytes: Buffer): Promise<void>;
  /** Tells how far the run is. Throws Lost. */
  tell(progress: Progress): Promise<void>;
  /** Keeps what the organisation holds now. Throws Lost. */
  bind(held: readonly { readonly kind: string; readonly subject_id: string }[]): Promise<void>;
};

/** The store of a run that holds a lease. */
export function storeOf(
  db: Db,
  { id, token, leaseSeconds }: { readonly id: string; readonly token: string; readonly leaseSeconds: number },
): Store {
  const renewed = sql`clock_timestamp() + make_interval(secs => ${leaseSeconds})`;
  // The row is locked by the same statement, so that nothing is added to an export that was stopped or voided.
  const held = sql`update ${exports} set lease_until = ${renewed}
    where id = ${id} and lease_token = ${token} and state = 'running' returning id`;
  return {
    add: async (file, number, bytes) => {
      const added = await db.execute(sql`with held as (${held})
        insert into ${exportParts} (export_id, file, number, bytes)
        select held.id, ${file}, ${number}, decode(${bytes.toString('base64')}, 'base64') from held returning number`);
      if (added.length === 0) throw new Lost();
    },
    tell: async (progress) => {
      const told = await db
        .update(exports)
        .set({ ...progress, leaseUntil: renewed })
        .where(and(eq(exports.id, id), eq(exports.leaseToken, token), eq(exports.state, 'running')))
        .returning({ id: exports.id });
      if (told.length === 0) throw new Lost();
    },
    bind: async (subjects) => {
      const bound = await db.execute(sql`with held as (${held}), added as (
          insert into ${exportSubjects} (export_id, kind, subject_id)
          select held.id, s.kind, s.subject_id
          from held, jsonb_to_recordset(${JSON.stringify(subjects)}::jsonb) as s(kind text, subject_id uuid)
          returning export_id)
        select held.id, (select count(*) from added) from held`);
      if (bound.length === 0) throw new Lost();
    },
  };
}

/** Removes what an export is made of: everything, or what was only collected. */
export async function removeParts(db: Db, exportId: string, keep?: typeof archiveFile): Promise<void> {
  const { exportId: of, file } = exportParts;
  await db.delete(exportParts).where(and(eq(of, exportId), keep === undefined ? undefined : ne(file, keep)));
}

/** Cuts bytes as they come into parts. */
export async function* cut(pieces: AsyncIterable<Uint8Array>, size = partSize): AsyncGenerator<Buffer> {
  let waiting: Uint8Array[] = [];
  let length = 0;
  for await (const piece of pieces) {
    waiting.push(piece);
    length += piece.length;
    while (length >= size) {
      const joined = Buffer.concat(waiting);
      yield joined.subarray(0, size);
      waiting = [joined.subarray(size)];
      length -= size;
    }
  }
  if (length > 0) yield Buffer.concat(waiting);
}

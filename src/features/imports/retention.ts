import { sql } from 'drizzle-orm';
import type { Db } from '../../platform/db.ts';
import { importRows, imports } from './tables.ts';

/** Removes what the rows of an import asked for, ninety days after the job; what became of them stays. Answers how many. */
export async function removeImportContents(db: Db, limit: number): Promise<number> {
  const removed = await db.execute(sql`
    update ${importRows} set content = null where (import_id, line) in (
      select r.import_id, r.line from ${importRows} r join ${imports} i on i.id = r.import_id
      where r.content is not null and i.finished_at <= now() - interval '90 days' limit ${limit})
    returning line`);
  return removed.length;
}

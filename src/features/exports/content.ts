import { and, eq, sql } from 'drizzle-orm';
import { assertScope } from '../../platform/admission.ts';
import type { Answer } from '../../platform/answer.ts';
import type { Caller } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { notFound, Problem } from '../../platform/problem.ts';
import type { ByteRange } from '../../platform/ranges.ts';
import { clients } from '../access/tables.ts';
import { ownExports, stillHolds } from './holding.ts';
import { archiveFile, partSize } from './parts.ts';
import { scopeOf } from './runner.ts';
import { exportParts, exports } from './tables.ts';

/** Parts that are read by one statement. */
const partsAtOnce = 4;

/** True where the client may have the archive still: active, of the organisation, and holding all that it held. */
const mayHave = (clientId: string, organisationId: string, exportId: string) => sql<boolean>`((select true
  from ${clients} c where c.id::text = ${clientId} and c.disabled_at is null and c.organisation_id = ${organisationId}::uuid)
  is true and ${stillHolds(organisationId, sql`${exportId}::uuid`)})`;

/**
 * The archive of an export, for the client that asked for it. Whether it may have it is asked anew by each statement that
 * reads of it, so that a revocation ends a download under way too. Throws not_found, insufficient_scope,
 * export_not_ready, export_expired, export_void.
 */
export async function getExportContent(db: Db, caller: Caller, exportId: string): Promise<Answer<undefined>> {
  const { organisationId } = caller;
  if (organisationId === null) throw notFound();
  const own = and(eq(exports.id, exportId), ownExports(caller));
  const [row] = await db
    .select({
      ...{ state: exports.state, size: exports.size, sha256: exports.sha256, resources: exports.resources },
      expired: sql<boolean>`coalesce(${exports.expiresAt} <= now(), false)`,
      allowed: mayHave(caller.clientId, organisationId, exportId),
    })
    .from(exports)
    .where(own);
  if (row === undefined) throw notFound();
  for (const name of row.resources) assertScope(caller, scopeOf(name));
  assertThere(row);
  const read = readParts((first, last) =>
    db
      .select({ number: exportParts.number, bytes: exportParts.bytes })
      .from(exportParts)
      .innerJoin(exports, eq(exports.id, exportParts.exportId))
      .where(
        and(
          own,
          eq(exports.state, 'succeeded'),
          eq(exportParts.file, archiveFile),
          sql`${exportParts.number} between ${first} and ${last}`,
          mayHave(caller.clientId, organisationId, exportId),
        ),
      )
      .orderBy(exportParts.number),
  );
  const { size, sha256 } = row;
  return {
    body: undefined,
    binary: { size: size ?? 0, sha256: sha256 ?? '', filename: `samendoen-${exportId}.tar.gz`, read },
  };
}

function assertThere({ state, expired, allowed }: { state: string; expired: boolean; allowed: boolean }): void {
  if (state === 'expired' || (state === 'succeeded' && expired)) throw new Problem('export_expired');
  if (state === 'void' || (state === 'succeeded' && !allowed)) throw new Problem('export_void');
  if (state !== 'succeeded') throw new Problem('export_not_ready');
}

type Parts = (first: number, last: number) => PromiseLike<{ number: number; bytes: Buffer }[]>;

/** Reads a part of the archive; ends with an error where it may not be read any more. */
const readParts = (parts: Parts) =>
  async function* ({ start, end }: ByteRange): AsyncGenerator<Uint8Array> {
    const last = Math.floor((end - 1) / partSize);
    for (let number = Math.floor(start / partSize); number <= last; ) {
      const rows = await parts(number, Math.min(last, number + partsAtOnce - 1));
      if (rows.length === 0) throw new Problem('export_void');
      for (const { bytes } of rows) {
        const from = Math.max(0, start - number * partSize);
        yield bytes.subarray(from, Math.min(bytes.length, end - number * partSize));
        number += 1;
      }
    }
  };

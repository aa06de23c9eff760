import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import { and, eq } from 'drizzle-orm';
import { serializerOf } from '../../platform/answer-writer.ts';
import type { Db } from '../../platform/db.ts';
import { columnsOf, csvRecord } from './csv.ts';
import { cut, type Progress, type Store } from './parts.ts';
import { type ExportedResource, exportedResources, type ResourceName } from './resources.ts';
import { exportParts } from './tables.ts';
import type { Source } from './walking.ts';

/** How files are written. */
export type Format = 'ndjson' | 'csv';

/** A file of an archive, as the manifest tells of it. */
export type CollectedFile = {
  readonly resource: ResourceName;
  readonly file: string;
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
};

// A little less than a part: what cannot be made smaller grows by some bytes.
const pieceSize = 1_000_000;
const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);

/** The lines of a file: what the serializer of the interface writes, or the records of a CSV file. */
async function* linesOf(
  resource: ExportedResource,
  format: Format,
  source: Source,
  { count, tick }: { count(): void; tick(): Promise<void> },
): AsyncGenerator<Buffer> {
  const stringify = serializerOf(resource.view, false);
  const columns = columnsOf(resource.view);
  if (format === 'csv') yield Buffer.from(csvRecord(columns.header));
  for await (const row of resource.rows(source)) {
    count();
    await tick();
    const line = stringify(row);
    yield Buffer.from(format === 'csv' ? csvRecord(columns.cells(JSON.parse(line))) : `${line}\n`);
  }
}

/**
 * Reads each resource in one snapshot and keeps its file in the store, compressed piece by piece; the size of a file must
 * be known before an archive can begin with it.
 */
export async function collect(
  source: Source,
  store: Store,
  names: readonly ResourceName[],
  format: Format,
): Promise<CollectedFile[]> {
  const files: CollectedFile[] = [];
  const progress = teller(store);
  for (const name of names) {
    const hash = createHash('sha256');
    let rows = 0;
    let bytes = 0;
    let number = 0;
    const count = () => {
      rows += 1;
      progress.row();
    };
    const lines = linesOf(exportedResources[name], format, source, { count, tick: progress.tick });
    for await (const piece of cut(lines, pieceSize)) {
      hash.update(piece);
      bytes += piece.length;
      await store.add(name, number++, (await deflate(piece, { level: 1 })) as Buffer);
    }
    files.push({ resource: name, file: `${name}.${format}`, rows, bytes, sha256: hash.digest('hex') });
    await progress.file();
  }
  return files;
}

const tellEveryMs = 500;

/** Tells the progress of a run: after each file, and in between so often that its lease is kept. */
function teller(store: Store): { row(): void; tick(): Promise<void>; file(): Promise<void> } {
  let { processedCount, rowCount }: Progress = { processedCount: 0, rowCount: 0 };
  let told = Date.now();
  const tell = () => {
    told = Date.now();
    return store.tell({ processedCount, rowCount });
  };
  return {
    row: () => {
      rowCount += 1;
    },
    tick: async () => {
      if (Date.now() - told > tellEveryMs) await tell();
    },
    file: () => {
      processedCount += 1;
      return tell();
    },
  };
}

/** The bytes of a file that was collected. */
export async function* readCollected(db: Db, exportId: string, name: string): AsyncGenerator<Buffer> {
  for (let number = 0; ; number++) {
    const [part] = await db
      .select({ bytes: exportParts.bytes })
      .from(exportParts)
      .where(and(eq(exportParts.exportId, exportId), eq(exportParts.file, name), eq(exportParts.number, number)));
    if (part === undefined) return;
    yield (await inflate(part.bytes)) as Buffer;
  }
}

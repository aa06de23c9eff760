import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { unpackTar } from 'modern-tar';
import { z } from 'zod';
import { archiveVersion } from './archive.ts';
import { exportedResources, type ResourceName, resourceNames } from './resources.ts';

/** The archive is not what its manifest says, or not of a kind that is known here; the message tells every fault. */
export class ArchiveError extends Error {
  constructor(faults: readonly string[]) {
    super(['The archive was refused and nothing was stored:', ...faults.map((fault) => `  ${fault}`)].join('\n'));
  }
}

const ManifestFile = z.object({
  formatVersion: z.literal(archiveVersion),
  format: z.literal('ndjson'),
  exportId: z.guid(),
  madeAt: z.iso.datetime(),
  resources: z.array(
    z.object({
      resource: z.enum(resourceNames),
      file: z.string(),
      rows: z.int(),
      bytes: z.int(),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
});

/** An archive that was read and found whole: its manifest, and its rows as the views of the interface. */
export type ReadArchive = {
  readonly manifest: z.output<typeof ManifestFile>;
  readonly rows: ReadonlyMap<ResourceName, readonly Row[]>;
};
/** One row of an archive. */
export type Row = Readonly<Record<string, unknown>>;

/** Reads an archive and checks every hash of its manifest before a row is looked at. Throws ArchiveError. */
export async function readArchive(path: string): Promise<ReadArchive> {
  const files = await unpack(path);
  const manifest = readManifest(files.get('manifest.json'));
  const faults = manifest.resources.flatMap((told) => fileFaults(told, files.get(told.file)));
  const named = new Set(['manifest.json', ...manifest.resources.map(({ file }) => file)]);
  for (const name of files.keys()) if (!named.has(name)) faults.push(`${name}: is not in the manifest`);
  if (faults.length > 0) throw new ArchiveError(faults);
  const rows = new Map<ResourceName, Row[]>();
  for (const { resource, file } of manifest.resources) rows.set(resource, readRows(resource, files.get(file), faults));
  if (faults.length > 0) throw new ArchiveError(faults.slice(0, 50));
  return { manifest, rows };
}

async function unpack(path: string): Promise<Map<string, Buffer>> {
  try {
    const file = createReadStream(path);
    const bytes = createGunzip();
    file.on('error', (error) => bytes.destroy(error));
    const entries = await unpackTar(Readable.toWeb(file.pipe(bytes)) as Parameters<typeof unpackTar>[0]);
    return new Map(entries.map(({ header, data }) => [header.name, Buffer.from(data ?? new Uint8Array())]));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new ArchiveError([`there is no file ${path}`]);
    throw new ArchiveError(['it is not a whole gzipped tar archive']);
  }
}

function readManifest(bytes: Buffer | undefined): ReadArchive['manifest'] {
  if (bytes === undefined) throw new ArchiveError(['manifest.json: is not there']);
  const parsed = ManifestFile.safeParse(parseJson(String(bytes)));
  if (parsed.success) return parsed.data;
  throw new ArchiveError(
    parsed.error.issues.map(({ path, message }) => `manifest.json: ${path.join('.') || 'it'}: ${message}`),
  );
}

type Told = ReadArchive['manifest']['resources'][number];

function fileFaults({ file, bytes, rows, sha256 }: Told, content: Buffer | undefined): string[] {
  if (content === undefined) return [`${file}: is not there`];
  if (content.length !== bytes) return [`${file}: has ${content.length} bytes where the manifest has ${bytes}`];
  if (createHash('sha256').update(content).digest('hex') !== sha256) return [`${file}: is not what the manifest says`];
  const lines = String(content).split('\n').length - 1;
  return lines === rows ? [] : [`${file}: has ${lines} rows where the manifest has ${rows}`];
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

function readRows(resource: ResourceName, content: Buffer | undefined, faults: string[]): Row[] {
  const { view } = exportedResources[resource];
  const lines = String(content ?? '')
    .split('\n')
    .slice(0, -1);
  return lines.flatMap((line, index) => {
    const parsed = view.safeParse(parseJson(line));
    if (parsed.success) return [parsed.data as Row];
    const [issue] = parsed.error.issues;
    faults.push(`${resource}, line ${index + 1}: ${issue?.path.join('.') || 'it'}: ${issue?.message}`);
    return [];
  });
}

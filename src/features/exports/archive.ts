import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { createTarPacker } from 'modern-tar';
import { version } from '../../platform/version.ts';
import type { CollectedFile, Format } from './collection.ts';

/** The version of what an archive looks like; a reader refuses another. */
export const archiveVersion = 1;

/** The first file of an archive: what it holds, so that each of the others can be checked. */
export type Manifest = {
  readonly formatVersion: number;
  readonly format: Format;
  readonly node: { readonly software: 'samendoen'; readonly version: string; readonly url: string };
  readonly exportId: string;
  /** The instant of the snapshot. */
  readonly madeAt: string;
  readonly madeFor: {
    readonly client: { readonly id: string; readonly name: string };
    readonly organisation: { readonly id: string; readonly name: string };
    readonly administrator: boolean;
  };
  /** The place in the feed of events to go on from, where it is known. */
  readonly resources: readonly CollectedFile[];
};

/** The manifest of an archive. */
export const manifestOf = (given: Omit<Manifest, 'formatVersion' | 'node'> & { readonly url: string }): Manifest => {
  const { url, ...rest } = given;
  return { formatVersion: archiveVersion, node: { software: 'samendoen', version, url }, ...rest };
};

/** The bytes of a gzipped tar archive: the manifest, then each file as it is read. */
export function packArchive(
  manifest: Manifest,
  read: (resource: string) => AsyncIterable<Uint8Array>,
): AsyncIterable<Uint8Array> {
  const { readable, controller } = createTarPacker();
  const mtime = new Date(manifest.madeAt);
  const add = async (name: string, size: number, bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) => {
    const writer = controller.add({ name, size, mtime, mode: 0o644 }).getWriter();
    for await (const piece of bytes) await writer.write(piece);
    await writer.close();
  };
  const fill = async () => {
    const text = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
    await add('manifest.json', text.length, [text]);
    for (const { resource, file, bytes } of manifest.resources) await add(file, bytes, read(resource));
    controller.finalize();
  };
  fill().catch((error: unknown) => controller.error(error));
  const packed = Readable.fromWeb(readable as Parameters<typeof Readable.fromWeb>[0]);
  const gzip = createGzip();
  packed.on('error', (error) => gzip.destroy(error));
  gzip.on('close', () => packed.destroy());
  return packed.pipe(gzip);
}

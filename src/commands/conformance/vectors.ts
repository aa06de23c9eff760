import type { JsonWebKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { offerHashOf } from '../../features/federation/messages.ts';
import {
  type Change,
  chainStart,
  collectionDigest,
  contentHashOf,
  type Entry,
  link,
} from '../../features/replication/protocol.ts';
import { verified } from './signing.ts';

/** Test vectors of the protocol, by which an implementation in another language checks itself. */
export type Vectors = {
  /** What each part is, for whoever reads the file. */
  readonly about: Readonly<Record<string, string>>;
  readonly contents: readonly { readonly content: object; readonly canonical: string; readonly contentHash: string }[];
  readonly chain: readonly { readonly canonical: string; readonly entry: Entry }[];
  readonly digests: readonly {
    readonly things: readonly { readonly id: string; readonly contentHash: string }[];
    readonly digest: string;
  }[];
  readonly offerHashes: readonly { readonly jws: string; readonly offerHash: string }[];
  readonly messages: readonly {
    readonly typ: string;
    readonly jws: string;
    readonly keys: readonly JsonWebKey[];
    readonly claims: object;
  }[];
};

/** Reads the vectors that are kept beside this file. */
export const readVectors = async (): Promise<Vectors> =>
  JSON.parse(await readFile(new URL('vectors.json', import.meta.url), 'utf8')) as Vectors;

/** Where the protocol of this version says something else than the vectors do. */
export function vectorFaults({ contents, chain, digests, offerHashes, messages }: Vectors): string[] {
  const faults: string[] = [];
  const compare = (what: string, found: unknown, expected: unknown) => {
    if (!isDeepStrictEqual(found, expected)) faults.push(`${what} is another`);
  };
  for (const [at, { content, contentHash }] of contents.entries())
    compare(`the hash of content ${at}`, contentHashOf(content), contentHash);
  let last = chainStart;
  for (const { entry } of chain) {
    const { collection, id, contentHash }: Change = entry;
    compare(`entry ${entry.seq}`, link(last, { collection, id, contentHash }), entry);
    last = entry;
  }
  for (const [at, { things, digest }] of digests.entries()) compare(`digest ${at}`, collectionDigest(things), digest);
  for (const [at, { jws, offerHash }] of offerHashes.entries())
    compare(`offer hash ${at}`, offerHashOf(jws), offerHash);
  for (const { typ, jws, keys, claims } of messages) compare(`the message ${typ}`, verified(jws, keys, typ), claims);
  return faults;
}

import { type CryptoKey, calculateJwkThumbprint, compactVerify, importJWK, type JWK } from 'jose';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { hasOnlyText } from '../../platform/characters.ts';
import { maxAnswerBytes, type Outbound, OutboundFailure, type OutboundReason } from '../../platform/outbound.ts';
import { line } from '../../platform/schemas.ts';
import { parseStrictObject, readCompact } from '../access/access.ts';
import { maxMessageBytes } from './messages.ts';

/** Why a node is not known, or what it signed is not believed. */
export type PeerFailureReason =
  | OutboundReason
  | 'redirected'
  | 'status'
  | 'malformed'
  | 'other_node'
  | 'other_origin'
  | 'other_version'
  | 'private_key'
  | 'no_keys'
  | 'no_moves'
  | 'unknown_key'
  | 'not_signed';

/** What a node publishes cannot be read or used, or a message is not signed by it. It carries a reason of ours alone. */
export class PeerFailure extends Error {
  readonly reason: PeerFailureReason;

  constructor(reason: PeerFailureReason) {
    super(`what another node publishes or signed cannot be used: ${reason}`);
    this.name = 'PeerFailure';
    this.reason = reason;
  }
}

const Uri = z.string().max(2048);

/** What a node says of itself; what else it may say is left alone. */
const NodeDocument = z.object({
  name: line(200),
  oin: z
    .string()
    .regex(/^\d{8}[0-9A-Z]{12}$/)
    .nullable(),
  baseUrl: Uri,
  protocolVersions: z.array(z.int().min(1)).min(1).max(20),
  jwksUri: Uri,
  policyUri: Uri,
  peeringsUri: Uri,
  feedUri: Uri,
  /** Where offers of moves are sent to; absent at a node that takes none. */
  movesUri: Uri.optional(),
  /** The keys of what it signs for good. */
  receiptKeysUri: Uri.optional(),
});

/** The description of a node, as it publishes it. */
export type NodeDescription = z.output<typeof NodeDocument>;

const KeySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) });

/** The version of the protocol between nodes that this node speaks. */
export const protocolVersion = 1;

/** Where a node describes itself, below its address. */
export const descriptionPath = '/.well-known/learning-network';

/** Where a node takes what others say of moves, below its address. */
export const movesPath = '/federation/moves';

/** Where a node gives its peers their feeds, below its address. */
export const feedPath = '/federation/feed';

type Key = { readonly jwk: JWK; readonly key: CryptoKey };

/** A message whose signature was verified, with the public key that verified it. */
export type VerifiedMessage = { readonly payload: Readonly<Record<string, unknown>>; readonly jwk: JWK };

/** How long what a node publishes is kept, and how soon it is asked again; in milliseconds. */
export type PeerTimes = {
  readonly maxAgeMs: number;
  /** Pause before an unknown key makes the keys be read again. */
  readonly cooldownMs: number;
  /** Pause after a reading that failed. */
  readonly restMs: number;
  readonly timeoutMs: number;
};

const peerTimes: PeerTimes = { maxAgeMs: 300_000, cooldownMs: 30_000, restMs: 10_000, timeoutMs: 5_000 };

/** Nodes of which something is kept, since anybody may name itself one. */
const maxPlaces = 1000;

type Known = {
  readonly description: NodeDescription;
  readonly keys: ReadonlyMap<string, Key>;
  readonly thumbprints: string[];
};

type Place = {
  readonly baseUrl: string;
  known?: Known;
  readAt: number;
  failure?: PeerFailure;
  restsUntil: number;
  reading?: Promise<Known> | undefined;
};

/** One of the key sets that a node publishes: where it is, and how many keys it has at most. */
export type KeysOf = {
  readonly uri: (description: NodeDescription) => string | undefined;
  readonly most: number;
};

/** The keys of messages: they change, and those before are published for a short while alone. */
const ofMessages: KeysOf = { uri: ({ jwksUri }) => jwksUri, most: 20 };

/** The keys of what a node signs for good: those before stay published. */
export const ofReceipts: KeysOf = { uri: ({ receiptKeysUri }) => receiptKeysUri, most: 200 };

/**
 * The descriptions and keys of other nodes, as they publish them. Where to read them follows from the address under
 * which a node is known here, never from what it says: its description must name that address, and all that it names must
 * be of the same origin.
 */
export class PeerKeys {
  readonly #outbound: Outbound;
  readonly #times: PeerTimes;
  readonly #keysOf: KeysOf;
  readonly #places = new LRUCache<string, Place>({ max: maxPlaces });

  constructor(outbound: Outbound, times: Partial<PeerTimes> = {}, keysOf = ofMessages) {
    this.#outbound = outbound;
    this.#times = { ...peerTimes, ...times };
    this.#keysOf = keysOf;
  }

  /** What a node says of itself, five minutes old at most. Throws PeerFailure. */
  async describe(baseUrl: string): Promise<NodeDescription> {
    return (await this.#current(baseUrl)).description;
  }

  /** The thumbprints (RFC 7638) of the keys that a node publishes. Throws PeerFailure. */
  async thumbprints(baseUrl: string): Promise<string[]> {
    return (await this.#current(baseUrl)).thumbprints;
  }

  /** Verifies that a node signed a compact JWS of this type for this audience. Throws PeerFailure. */
  async verify(
    baseUrl: string,
    jws: string,
    {
      typ,
      audience,
      maxBytes = maxMessageBytes,
    }: { readonly typ: string; readonly audience: string; readonly maxBytes?: number },
  ): Promise<VerifiedMessage> {
    const unverified = readCompact(jws, maxBytes);
    const { alg, typ: given, kid } = unverified?.header ?? {};
    if (unverified === undefined || 'crit' in unverified.header || alg !== 'ES256' || given !== typ)
      throw new PeerFailure('not_signed');
    if (typeof kid !== 'string') throw new PeerFailure('unknown_key');
    const { jwk, key } = await this.#find(baseUrl, kid);
    await compactVerify(jws, key, { algorithms: ['ES256'] }).catch(() => {
      throw new PeerFailure('not_signed');
    });
    const { payload } = unverified;
    if (payload.iss !== baseUrl || payload.aud !== audience) throw new PeerFailure('not_signed');
    return { payload, jwk };
  }

  /** The key of a node with this identifier. Throws PeerFailure. */
  async find(baseUrl: string, kid: string): Promise<CryptoKey> {
    return (await this.#find(baseUrl, kid)).key;
  }

  async #find(baseUrl: string, kid: string): Promise<Key> {
    const known = (await this.#current(baseUrl)).keys.get(kid);
    if (known !== undefined) return known;
    const place = this.#placeOf(baseUrl);
    if (Date.now() - place.readAt < this.#times.cooldownMs) throw new PeerFailure('unknown_key');
    const key = (await this.#read(place)).keys.get(kid);
    if (key === undefined) throw new PeerFailure('unknown_key');
    return key;
  }

  #placeOf(baseUrl: string): Place {
    const known = this.#places.get(baseUrl);
    if (known !== undefined) return known;
    const place: Place = { baseUrl, readAt: 0, restsUntil: 0 };
    this.#places.set(baseUrl, place);
    return place;
  }

  async #current(baseUrl: string): Promise<Known> {
    const place = this.#placeOf(baseUrl);
    const isFresh = Date.now() - place.readAt < this.#times.maxAgeMs;
    return place.known !== undefined && isFresh ? place.known : this.#read(place);
  }

  #read(place: Place): Promise<Known> {
    if (place.reading !== undefined) return place.reading;
    if (place.failure !== undefined && Date.now() < place.restsUntil) return Promise.reject(place.failure);
    place.reading = this.#fetch(place.baseUrl)
      .then((known) => {
        Object.assign(place, { known, readAt: Date.now(), restsUntil: 0 });
        return known;
      })
      .catch((error: unknown) => {
        if (error instanceof PeerFailure)
          Object.assign(place, { failure: error, restsUntil: Date.now() + this.#times.restMs });
        throw error;
      })
      .finally(() => {
        place.reading = undefined;
      });
    return place.reading;
  }

  async #fetch(baseUrl: string): Promise<Known> {
    const read = NodeDocument.safeParse(await this.#json(`${baseUrl}${descriptionPath}`));
    if (!read.success) throw new PeerFailure('malformed');
    const description = read.data;
    if (description.baseUrl !== baseUrl) throw new PeerFailure('other_node');
    const { jwksUri, policyUri, peeringsUri, feedUri, movesUri, receiptKeysUri } = description;
    for (const uri of [jwksUri, policyUri, peeringsUri, feedUri, movesUri, receiptKeysUri]) {
      if (uri === undefined) continue;
      if (!URL.canParse(uri) || new URL(uri).origin !== new URL(baseUrl).origin) throw new PeerFailure('other_origin');
    }
    if (!description.protocolVersions.includes(protocolVersion)) throw new PeerFailure('other_version');
    const keysUri = this.#keysOf.uri(description);
    if (keysUri === undefined) throw new PeerFailure('no_keys');
    const keys = await readKeys(await this.#json(keysUri), this.#keysOf.most);
    const thumbprints = await Promise.all([...keys.values()].map(({ jwk }) => calculateJwkThumbprint(jwk)));
    return { description, keys, thumbprints };
  }

  async #json(url: string): Promise<unknown> {
    const headers = { accept: 'application/json' };
    const { timeoutMs } = this.#times;
    const asked = { method: 'GET', url, headers, timeoutMs, bodyCharacters: maxAnswerBytes } as const;
    const answer = await this.#outbound.send(asked).catch((error: unknown) => {
      throw error instanceof OutboundFailure ? new PeerFailure(error.reason) : error;
    });
    if (answer.status >= 300 && answer.status < 400) throw new PeerFailure('redirected');
    if (answer.status !== 200) throw new PeerFailure('status');
    const read = parseStrictObject(answer.body);
    if (read === undefined || !hasOnlyText(read)) throw new PeerFailure('malformed');
    return read;
  }
}

const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/** The keys of a set that sign by ES256, by their names. A set with a private key is believed in nothing. */
async function readKeys(document: unknown, most: number): Promise<Map<string, Key>> {
  const read = KeySet.safeParse(document);
  if (!read.success || read.data.keys.length > most) throw new PeerFailure('malformed');
  const { keys } = read.data;
  if (keys.some((jwk) => privateMembers.some((member) => member in jwk))) throw new PeerFailure('private_key');
  const found = new Map<string, Key>();
  for (const jwk of keys) {
    const { kid } = jwk;
    // What a stolen key signed is not believed, whenever it says that it was signed.
    if (typeof kid !== 'string' || kid.length > 128 || !isForSignatures(jwk) || 'revokedAt' in jwk) continue;
    if (found.has(kid)) throw new PeerFailure('malformed');
    found.set(kid, await importKey(jwk, kid));
  }
  if (found.size === 0) throw new PeerFailure('no_keys');
  return found;
}

const isForSignatures = ({ kty, crv, alg, use }: Readonly<Record<string, unknown>>) =>
  kty === 'EC' &&
  crv === 'P-256' &&
  [undefined, 'ES256'].includes(alg as string) &&
  [undefined, 'sig'].includes(use as string);

/** Only the members of a public key are taken over. */
async function importKey({ x, y }: Readonly<Record<string, unknown>>, kid: string): Promise<Key> {
  const jwk = { kty: 'EC', crv: 'P-256', x: String(x), y: String(y), kid };
  const key = await importJWK(jwk, 'ES256').catch(() => {
    throw new PeerFailure('malformed');
  });
  return { jwk, key: key as CryptoKey };
}

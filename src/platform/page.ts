import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { Problem } from './problem.ts';

/** What a cursor is bound to: it opens for the same operation, client and filter alone. */
export type CursorBinding = { readonly operationId: string; readonly clientId: string; readonly filter: string };

const nonceLength = 12;
const tagLength = 16;

let drawn = Buffer.alloc(0);

/** A nonce that was never used; they are drawn many at a time, since each drawing asks the operating system. */
function newNonce(): Buffer {
  if (drawn.length < nonceLength) drawn = randomBytes(nonceLength * 256);
  const nonce = drawn.subarray(0, nonceLength);
  drawn = drawn.subarray(nonceLength);
  return nonce;
}

/** Gives out and opens the opaque positions of lists: AES-256-GCM, so that a cursor can be neither read nor made. */
export class Cursors {
  readonly #key: Buffer;

  constructor(key: Buffer) {
    if (key.length !== 32) throw new Error('the key of the cursors must be 32 bytes');
    this.#key = key;
  }

  /** Seals a keyset position for one list. */
  seal(bind: CursorBinding, position: readonly string[]): string {
    const nonce = newNonce();
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce, { authTagLength: tagLength });
    cipher.setAAD(boundTo(bind));
    const sealed = Buffer.concat([cipher.update(JSON.stringify(position), 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url');
  }

  /** Opens a cursor. Throws invalid_cursor when it was altered, or made for another list, client or filter. */
  open(bind: CursorBinding, cursor: string): string[] {
    const bytes = Buffer.from(cursor, 'base64url');
    // Re-encoded, since the last character has bits that decoding ignores.
    if (bytes.length <= nonceLength + tagLength || bytes.toString('base64url') !== cursor) throw invalidCursor();
    const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, nonceLength), {
      authTagLength: tagLength,
    });
    decipher.setAAD(boundTo(bind));
    decipher.setAuthTag(bytes.subarray(nonceLength, nonceLength + tagLength));
    try {
      const plain = Buffer.concat([decipher.update(bytes.subarray(nonceLength + tagLength)), decipher.final()]);
      return JSON.parse(plain.toString('utf8')) as string[];
    } catch {
      throw invalidCursor();
    }
  }
}

/** The problem of a cursor that was not given out for this list. */
export const invalidCursor = (): Problem =>
  new Problem('invalid_cursor', { errors: [{ in: 'query', location: 'cursor', code: 'invalid' }] });

const boundTo = ({ operationId, clientId, filter }: CursorBinding) =>
  Buffer.from(JSON.stringify([operationId, clientId, filter]), 'utf8');

/** What says where and how long to read, and not what. */
const noFilter = new Set(['cursor', 'limit', 'wait', 'startAt']);

/** The filter of a list in one canonical form: every value but those that say where to read, sorted by name. */
export function canonicalFilter(params: object, query: object): string {
  const entries = Object.entries(query).filter(([key, value]) => !noFilter.has(key) && value !== undefined);
  return JSON.stringify([Object.entries(params).sort(byName), entries.sort(byName)]);
}

const byName = ([a]: [string, unknown], [b]: [string, unknown]) => (a < b ? -1 : 1);

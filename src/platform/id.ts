import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash, randomFillSync } from 'node:crypto';
import { V7Generator } from 'uuidv7';

const sources = new AsyncLocalStorage<() => string>();

// Drawn many at a time: each request has an identifier, and each drawing asks the operating system.
const random = new Uint32Array(1024);
let used = random.length;
function nextUint32(): number {
  if (used === random.length) {
    randomFillSync(random);
    used = 0;
  }
  return random[used++] as number;
}
const generator = new V7Generator({ nextUint32 });

/** A UUID in its canonical form: five groups of hexadecimal digits in lower case. */
export const canonicalUuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** A new UUIDv7 (RFC 9562): sortable by time of creation, monotonic within this process. */
export const newId = (): string => sources.getStore()?.() ?? generator.generate().toString();

/** The UUID that belongs to a name: the same on every node, so that documented examples exist in the demo network. */
export function namedId(name: string, index = 0): string {
  const hash = createHash('sha256').update(`${name}#${index}`).digest('hex');
  return `019b0000-${hash.slice(0, 4)}-7${hash.slice(4, 7)}-8${hash.slice(7, 10)}-${hash.slice(10, 22)}`;
}

/** Runs work in which every new identifier follows from a name: the first is `namedId(name)`. */
export function withNamedIds<T>(name: string, work: () => Promise<T>): Promise<T> {
  let index = 0;
  return sources.run(() => namedId(name, index++), work);
}

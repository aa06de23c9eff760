/** A part of a representation in bytes, from `start` up to but not including `end`. */
export type ByteRange = { readonly start: number; readonly end: number };

const oneRange = /^bytes=\s*(\d*)-(\d*)\s*$/i;

/**
 * Reads Range (RFC 9110, 14.2) for a representation of `size` bytes: undefined where the whole is to be given, as for a
 * header that is absent or malformed, that names another unit or several ranges.
 */
export function readRange(header: string | undefined, size: number): ByteRange | 'unsatisfiable' | undefined {
  const [, first = '', last = ''] = oneRange.exec(header ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  if (first === '')
    return Number(last) === 0 || size === 0 ? 'unsatisfiable' : { start: Math.max(0, size - Number(last)), end: size };
  const start = Number(first);
  if (last !== '' && Number(last) < start) return undefined;
  if (start >= size) return 'unsatisfiable';
  return { start, end: last === '' ? size : Math.min(size, Number(last) + 1) };
}

/** Whether If-Range lets a part be given: where it is absent, or names this strong entity tag. A date names none. */
export const isSameRepresentation = (ifRange: string | undefined, tag: string): boolean =>
  ifRange === undefined || ifRange.trim() === tag;

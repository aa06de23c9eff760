import type { Fault } from './problem.ts';

const maxDepth = 64;

const isText = (text: string) =>
  !text.includes('\0') && (text as unknown as { isWellFormed(): boolean }).isWellFormed();

/** False when a string in the value holds NUL or a lone surrogate, or when the value is nested deeper than 64 levels. */
export function hasOnlyText(value: unknown, depth = 0): boolean {
  if (typeof value === 'string') return isText(value);
  if (typeof value !== 'object' || value === null) return true;
  if (depth >= maxDepth) return false;
  if (Array.isArray(value)) return value.every((item) => hasOnlyText(item, depth + 1));
  return Object.entries(value).every(([key, item]) => isText(key) && hasOnlyText(item, depth + 1));
}

/** One step of a JSON pointer (RFC 6901). */
export const pointerStep = (key: PropertyKey): string => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;

/** Names the strings that `hasOnlyText` refuses. */
export function characterFaults(place: 'body' | 'query' | 'path', value: unknown): Fault[] {
  const faults: Fault[] = [];
  const add = (location: string, code: string) =>
    faults.push({ in: place, location: place === 'body' ? location : (location.split('/')[1] ?? ''), code });
  const walk = (item: unknown, location: string, depth: number): void => {
    if (typeof item === 'string' && !isText(item)) add(location, 'invalid_characters');
    if (typeof item !== 'object' || item === null) return;
    if (depth >= maxDepth) add(location, 'too_deep');
    else walkEntries(item, location, depth);
  };
  const walkEntries = (item: object, location: string, depth: number): void => {
    for (const [key, inner] of Object.entries(item)) {
      // A faulty name is not repeated in the answer: the object that holds it is named.
      if (isText(key)) walk(inner, location + pointerStep(key), depth + 1);
      else add(location, 'invalid_characters');
    }
  };
  walk(value, '', 0);
  return faults;
}

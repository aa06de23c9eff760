import { createHash } from 'node:crypto';
import { Problem } from './problem.ts';

/** A list of entity tags, or `*` for any. */
export type EntityTags = '*' | readonly { readonly weak: boolean; readonly tag: string }[];

const entityTag = /^(W\/)?("[\x21\x23-\x7e\x80-\xff]*")$/;

/** Reads If-Match or If-None-Match (RFC 9110, 13.1); undefined when it is malformed. */
export function readEntityTags(header: string): EntityTags | undefined {
  if (header.trim() === '*') return '*';
  const tags: { weak: boolean; tag: string }[] = [];
  // A comma may stand within a tag.
  for (const part of header.match(/(?:[^",]|"[^"]*"?)+/g) ?? []) {
    if (part.trim() === '') continue;
    const match = entityTag.exec(part.trim());
    if (match === null) return undefined;
    tags.push({ weak: match[1] !== undefined, tag: match[2] as string });
  }
  return tags.length === 0 ? undefined : tags;
}

/** The strong entity tag of a row version, with the digest of what else is told; each representation has one of its own. */
export const entityTagOf = (version: number, representation?: string, digest?: string): string =>
  `"${version}${digest === undefined ? '' : `.${digest}`}${representation === undefined ? '' : `-${representation}`}"`;

/** What is told, in short, for the entity tag of an answer that tells more than its row. */
export const digestOfText = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);

/** The row versions that If-Match names, from 1 on; a weak tag, or one that was never given out, names none. */
export function versionsNamed(tags: Exclude<EntityTags, '*'>): number[] {
  return tags.flatMap(({ weak, tag }) => {
    const match = weak ? null : /^"([1-9]\d{0,14})(?:\.[0-9a-f]{12})?"$/.exec(tag);
    return match === null ? [] : [Number(match[1])];
  });
}

/** Whether If-None-Match names this tag (weak comparison). */
export const isNamed = (tags: EntityTags, tag: string): boolean =>
  tags === '*' || tags.some((known) => known.tag === tag);

/** Reads Idempotency-Key: a quoted structured-field string, or a bare token; undefined when it is malformed. */
export function readIdempotencyKey(header: string): string | undefined {
  const quoted = /^"((?:[!#-[\]-~]|\\["\\])+)"$/.exec(header.trim());
  const key =
    quoted === null
      ? /^[A-Za-z0-9!#$%&'*+.^_`|~:/=-]+$/.exec(header.trim())?.[0]
      : quoted[1]?.replace(/\\(["\\])/g, '$1');
  return key !== undefined && key.length <= 255 ? key : undefined;
}

/** Throws precondition_failed unless the version that If-Match named is the present one. */
export function assertVersion(expected: number, present: number): void {
  if (expected !== present) throw new Problem('precondition_failed');
}

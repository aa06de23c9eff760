import { formatPatch, structuredPatch } from 'diff';
import type { z } from 'zod';
import type { Content, Link } from './rules.ts';
import type { KnowledgeDifferences } from './schemas.ts';

type View = z.output<typeof KnowledgeDifferences>;

/** Beyond so many changed lines, or so long, a difference is not told by line. */
const bounds = { maxEditLength: 2000, timeout: 150 };

const fields = ['type', 'title', 'summary', 'language', 'licence'] as const;

/** What differs between two versions of an item. */
export function differencesOf(before: Content, after: Content, names: { from: string; to: string }) {
  return {
    fields: fields
      .filter((field) => before[field] !== after[field])
      .map((field) => ({ field, before: before[field], after: after[field] })),
    themes: changes(before.themes, after.themes, (theme) => theme),
    links: changes(before.links, after.links, ({ href, title }: Link) => JSON.stringify([href, title])),
    body: bodyDifferences(before.body, after.body, names),
  } satisfies Omit<View, 'itemId' | 'from' | 'to'>;
}

function changes<T>(before: readonly T[], after: readonly T[], nameOf: (one: T) => string) {
  const names = (list: readonly T[]) => new Set(list.map(nameOf));
  const [known, kept] = [names(before), names(after)];
  return {
    added: after.filter((one) => !known.has(nameOf(one))),
    removed: before.filter((one) => !kept.has(nameOf(one))),
  };
}

function bodyDifferences(before: string, after: string, { from, to }: { from: string; to: string }): View['body'] {
  const same = { changed: false, tooLarge: false, hunks: [], unified: null };
  if (before === after) return same;
  const patch = structuredPatch(from, to, before, after, '', '', { context: 3, ...bounds });
  if (patch === undefined) return { ...same, changed: true, tooLarge: true };
  return {
    changed: true,
    tooLarge: false,
    hunks: patch.hunks.map(({ oldStart, oldLines, newStart, newLines, lines }) => ({
      fromLine: oldStart,
      fromCount: oldLines,
      toLine: newStart,
      toCount: newLines,
      lines,
    })),
    unified: formatPatch(patch),
  };
}

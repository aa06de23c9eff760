import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { z } from 'zod';
import { type Fault, Problem } from '../../platform/problem.ts';
import type { KnowledgeItemChange, KnowledgeItemView } from './schemas.ts';

type View = z.output<typeof KnowledgeItemView>;

/** A link of an item. */
export type Link = { readonly href: string; readonly title: string | null };

/** What of an item has versions. */
export type Content = {
  readonly type: View['type'];
  readonly title: string;
  readonly summary: string;
  readonly body: string;
  readonly links: Link[];
  readonly language: View['language'];
  readonly licence: string;
  readonly themes: string[];
};

/** The content of something that holds more. */
export const contentOf = (row: { [Field in keyof Content]: unknown }): Content => {
  const { type, title, summary, body, links, language, licence, themes } = row as Content;
  return { type, title, summary, body, links, language, licence, themes };
};

/** Links as they are kept and hashed: one without a title has a title of null. */
export const keptLinks = (links: readonly { href: string; title?: string | null | undefined }[]): Link[] =>
  links.map(({ href, title }) => ({ href, title: title ?? null }));

/** Themes in the order in which they were given, each once. */
export const keptThemes = (themes: readonly string[]): string[] => [...new Set(themes)];

/** The name of a content: SHA-256 over its canonical JSON (RFC 8785), so that anybody can compute it. */
export const hashOf = (content: Content): string =>
  createHash('sha256')
    .update(canonicalize(contentOf(content)) ?? '', 'utf8')
    .digest('hex');

/** Whether two contents are the same, field by field. */
export const isSame = (one: Content, other: Content): boolean => hashOf(one) === hashOf(other);

/** The content after a change: what is absent stays, null empties. */
export function changedContent(before: Content, change: z.output<typeof KnowledgeItemChange>): Content {
  const { summary, body, links, themes } = change;
  return {
    type: change.type ?? before.type,
    title: change.title ?? before.title,
    summary: summary === undefined ? before.summary : (summary ?? ''),
    body: body === undefined ? before.body : (body ?? ''),
    links: links === undefined ? before.links : keptLinks(links ?? []),
    language: change.language ?? before.language,
    licence: change.licence ?? before.licence,
    themes: themes === undefined ? before.themes : keptThemes(themes ?? []),
  };
}

const reach = ['alliances', 'network', 'public'];

/** Whether more may read an item under one visibility than under another. */
export const isWider = (visibility: string, than: string): boolean => reach.indexOf(visibility) > reach.indexOf(than);

/** Throws item_withdrawn, or item_not_published for a draft: only what was published can be shared and adopted. */
export function assertPublished(state: string): void {
  if (state === 'withdrawn') throw new Problem('item_withdrawn');
  if (state !== 'published') throw new Problem('item_not_published');
}

/** Throws item_withdrawn where nothing can change any more. */
export function assertNotWithdrawn(state: string): void {
  if (state === 'withdrawn') throw new Problem('item_withdrawn');
}

/** The faults of an adoption: of a version that was never published, or on a day to come. */
export function adoptionFaults(
  adoption: { readonly versionNumber: number; readonly adoptedOn: string },
  publishedVersion: number | null,
  day: string,
): Fault[] {
  const faults: Fault[] = [];
  if (publishedVersion === null || adoption.versionNumber > publishedVersion)
    faults.push({ in: 'body', location: '/versionNumber', code: 'unknown_version' });
  if (adoption.adoptedOn > day) faults.push({ in: 'body', location: '/adoptedOn', code: 'in_the_future' });
  return faults;
}

/** The fault of a response: whoever disputes says why. */
export const responseFaults = (response: string, reason: string | null): Fault[] =>
  response === 'disputed' && !reason ? [{ in: 'body', location: '/reason', code: 'required' }] : [];

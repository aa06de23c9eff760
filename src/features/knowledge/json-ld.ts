import type { z } from 'zod';
import type { KnowledgeItemView } from './schemas.ts';

type View = z.output<typeof KnowledgeItemView>;

/** The page of a licence: that of Creative Commons for its own, else that of SPDX. */
export function licenceUrl(id: string): string {
  const commons = /^CC-(BY(?:-(?:NC|ND|SA))*)-(\d\.\d)$/.exec(id);
  if (commons !== null)
    return `https://creativecommons.org/licenses/${commons[1]?.toLowerCase()}/${commons[2] as string}/`;
  if (id === 'CC0-1.0') return 'https://creativecommons.org/publicdomain/zero/1.0/';
  return `https://spdx.org/licenses/${id}.html`;
}

const organisation = ({ id, name }: View['organisation']) => ({
  '@type': 'Organization',
  '@id': `/v1/organisations/${id}`,
  name,
});

const statuses = { draft: 'Draft', published: 'Published', withdrawn: 'Withdrawn' } as const;

/** An item as linked data in the words of schema.org; what was withdrawn has neither name nor text. */
export function jsonLdOf(view: unknown): string {
  const item = view as View;
  const told = {
    '@context': 'https://schema.org',
    '@type': 'LearningResource',
    '@id': `/v1/knowledge-items/${item.id}`,
    identifier: item.contentHash ?? undefined,
    learningResourceType: item.type,
    name: item.title ?? undefined,
    abstract: item.summary || undefined,
    text: item.body || undefined,
    inLanguage: item.language,
    license: licenceUrl(item.licence),
    author: organisation(item.organisation),
    contributor: item.contributors.map(organisation),
    keywords: item.themes,
    citation: item.links?.map(({ href, title }) => ({
      '@type': 'CreativeWork',
      url: href,
      name: title ?? undefined,
    })),
    version: item.publishedVersion ?? undefined,
    dateCreated: item.createdAt.toISOString(),
    datePublished: item.firstPublishedAt?.toISOString(),
    dateModified: item.publishedAt?.toISOString(),
    creativeWorkStatus: statuses[item.state],
  };
  return JSON.stringify(told);
}

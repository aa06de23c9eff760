import type { z } from 'zod';
import { inChunks } from '../../platform/chunks.ts';
import type { Db } from '../../platform/db.ts';
import type { KnowledgeItemView, KnowledgeVersionView } from './schemas.ts';
import type { AdoptionView, KnowledgeContributionView, KnowledgeShareView } from './sharing-schemas.ts';
import {
  knowledgeAdoptions,
  knowledgeContributions,
  knowledgeItems,
  knowledgeShares,
  knowledgeVersions,
} from './tables.ts';

/** What an archive holds of knowledge. */
export type KnowledgeRows = {
  readonly items: readonly z.output<typeof KnowledgeItemView>[];
  readonly versions: readonly z.output<typeof KnowledgeVersionView>[];
  readonly shares: readonly z.output<typeof KnowledgeShareView>[];
  readonly contributions: readonly z.output<typeof KnowledgeContributionView>[];
  readonly adoptions: readonly z.output<typeof AdoptionView>[];
};

type Text = {
  readonly title: string | null;
  readonly summary: string | null;
  readonly body: string | null;
  readonly links: readonly { readonly href: string; readonly title: string | null }[] | null;
};

/** Of what was withdrawn an archive has no text; what is kept in its place is not shown either. */
const text = ({ title, summary, body, links }: Text) => ({
  ...{ title: title ?? '', summary: summary ?? '', body: body ?? '', links: links ?? [] },
});

/** Puts knowledge back as an archive has it: items, their versions, with whom they are shared, and what others did. */
export async function restoreKnowledge(db: Db, given: KnowledgeRows): Promise<void> {
  await inChunks(given.items, (chunk) => db.insert(knowledgeItems).values(chunk.map(itemRow)), 100);
  await inChunks(
    given.versions,
    (chunk) =>
      db
        .insert(knowledgeVersions)
        .values(
          chunk.map(({ publishedBy, ...row }) => ({ ...row, ...text(row), publishedByOrganisationId: publishedBy.id })),
        ),
    100,
  );
  await inChunks(given.shares, (chunk) =>
    db.insert(knowledgeShares).values(
      chunk.map(({ alliance, sharedBy, ...row }) => ({
        ...{ ...row, allianceId: alliance.id, sharedByOrganisationId: sharedBy.id },
      })),
    ),
  );
  await inChunks(given.contributions, (chunk) =>
    db.insert(knowledgeContributions).values(
      chunk.map(({ item, organisation, offeredBy, ...row }) => ({
        ...{ ...row, itemId: item.id, organisationId: organisation.id, offeredByOrganisationId: offeredBy.id },
      })),
    ),
  );
  await inChunks(given.adoptions, (chunk) =>
    db.insert(knowledgeAdoptions).values(
      chunk.map(({ item, organisation, author: _, setting, result, ...row }) => ({
        ...{ ...row, itemId: item.id, organisationId: organisation.id, setting: setting ?? '', result: result ?? '' },
      })),
    ),
  );
}

function itemRow(view: KnowledgeRows['items'][number]): typeof knowledgeItems.$inferInsert {
  const {
    organisation,
    contributors: _,
    hasUnpublishedChanges: __,
    reuse: ___,
    shareCount: ____,
    draft,
    ...row
  } = view;
  return {
    ...{ ...row, ...text(row), organisationId: organisation.id },
    draft: draft === null ? null : { ...draft, ...text(draft) },
  };
}

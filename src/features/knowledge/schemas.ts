import spdxLicenseIds from 'spdx-license-ids/index.json' with { type: 'json' };
import { z } from 'zod';
import { Day, Home, Id, line, Moment, pageQuery, Reference } from '../../platform/schemas.ts';

/** Types of knowledge item. */
const itemTypes = ['practice', 'lesson', 'tool', 'case', 'policy', 'question'] as const;

/** Type of a knowledge item. */
export const KnowledgeType = z.enum(itemTypes).meta({
  id: 'KnowledgeType',
  description:
    'practice: what was done. lesson: what was learned. tool: what can be used. case: what happened. policy: what was decided. question: what is not known yet.',
});

/** Languages in which items are written and searched. */
export const KnowledgeLanguage = z.enum(['nl', 'en']).meta({ id: 'KnowledgeLanguage' });

/** Who may see a published item. */
export const KnowledgeVisibility = z.enum(['public', 'network', 'alliances']).meta({
  id: 'KnowledgeVisibility',
  description:
    'public: everybody. network: every organisation of this node. alliances: those who take part in an alliance with which it is shared.',
});

/** State of an item. */
export const KnowledgeState = z.enum(['draft', 'published', 'withdrawn']).meta({
  id: 'KnowledgeState',
  description:
    'draft: for its author and its contributors. published: for whom its visibility says. withdrawn: what is left tells that it was there.',
});

/** An address on the web. */
export const WebAddress = z.url({ protocol: /^https?$/ }).max(2000);

const licences: ReadonlySet<string> = new Set(spdxLicenseIds);

/** An SPDX licence identifier, those of Creative Commons included. */
export const Licence = z
  .string()
  .trim()
  .max(100)
  .refine((id) => licences.has(id), { params: { code: 'unknown_licence' } })
  .meta({ description: 'SPDX licence identifier, such as `CC-BY-4.0`, `CC0-1.0` or `EUPL-1.2`.' });

const theme = z.string().trim().toLowerCase().min(1).max(100);
const themes = z.array(theme).max(20).meta({ description: 'In lower case; one that is repeated is kept once.' });
const summary = z.string().trim().max(2000);
const body = z.string().max(200_000).meta({ description: 'Markdown.' });

/** A link of an item. */
export const KnowledgeLink = z
  .strictObject({ href: WebAddress, title: line(300).nullish() })
  .meta({ id: 'NewKnowledgeLink' });

const links = z.array(KnowledgeLink).max(50);

/** The path of one item. */
export const ItemPath = z.strictObject({ itemId: Id });
/** The path of one version of an item. */
export const VersionPath = z.strictObject({ itemId: Id, number: z.int().min(1).max(1_000_000) });
/** The path of one share of an item. */
export const SharePath = z.strictObject({ itemId: Id, shareId: Id });
/** The path of one contribution. */
export const ContributionPath = z.strictObject({ contributionId: Id });

/** An item to be written by the caller's organisation. */
export const NewKnowledgeItem = z
  .strictObject({
    type: KnowledgeType,
    title: line(300),
    summary: summary.default(''),
    body: body.default(''),
    links: links.default([]),
    language: KnowledgeLanguage.default('nl'),
    licence: Licence,
    themes: themes.default([]),
    visibility: KnowledgeVisibility.default('network'),
    publish: z.boolean().default(false).meta({ description: 'Publish it at once as version 1.' }),
  })
  .meta({ id: 'NewKnowledgeItem' });

/** A change to an item: absent stays, null empties. Of a published item it changes the draft, save for the visibility. */
export const KnowledgeItemChange = z
  .strictObject({
    type: KnowledgeType.optional(),
    title: line(300).optional(),
    summary: summary.nullish(),
    body: body.nullish(),
    links: links.nullish(),
    language: KnowledgeLanguage.optional(),
    licence: Licence.optional(),
    themes: themes.nullish(),
    visibility: KnowledgeVisibility.optional().meta({ description: 'Holds at once.' }),
  })
  .meta({ id: 'KnowledgeItemChange' });

const ShownLink = z.object({ href: z.string(), title: z.string().nullable() }).meta({ id: 'KnowledgeLink' });

/** What of an item has versions, as it is shown. */
const content = {
  type: KnowledgeType,
  title: z.string().nullable(),
  summary: z.string().nullable(),
  body: z.string().nullable().meta({ description: 'Markdown.' }),
  links: z.array(ShownLink).nullable(),
  language: KnowledgeLanguage,
  licence: z.string(),
  themes: z.array(z.string()),
};

/** What became of an item elsewhere, counted over adoptions that were not withdrawn. */
const Reuse = z
  .object({
    adoptionCount: z.int(),
    organisationCount: z.int().meta({ description: 'Organisations that used or adapted it.' }),
    usedCount: z.int(),
    adaptedCount: z.int(),
    thankedCount: z.int(),
    contestedCount: z.int().meta({ description: 'Disputed by the author.' }),
  })
  .meta({ id: 'KnowledgeReuse' });

const contentHash = z.string().nullable().meta({
  description:
    'SHA-256, hexadecimal, of the canonical JSON (RFC 8785) of an object with `type`, `title`, `summary`, `body`, `links` (each with `href` and `title`), `language`, `licence` and `themes` of the version.',
});

/** An item as it is shown. */
export const KnowledgeItemView = z
  .object({
    id: Id,
    ...content,
    visibility: KnowledgeVisibility,
    state: KnowledgeState,
    organisation: Reference.meta({ description: 'Its author.' }),
    contributors: z.array(Reference).meta({ description: 'Organisations that said yes to being named.' }),
    publishedVersion: z.int().nullable(),
    contentHash: contentHash,
    hasUnpublishedChanges: z.boolean().nullable().meta({ description: 'For its author; null for others.' }),
    draft: z.object(content).nullable().meta({
      id: 'KnowledgeDraft',
      description:
        'For its author: the content with the changes that are not published yet; null where there are none.',
    }),
    reuse: Reuse,
    shareCount: z.int().meta({ description: 'Alliances with which it is shared now, as far as you may see them.' }),
    source: z.string().nullable().meta({ description: 'Where it was imported from; null when written here.' }),
    sourceKey: z.string().nullable(),
    home: Home,
    createdAt: Moment,
    changedAt: Moment,
    firstPublishedAt: Moment.nullable(),
    publishedAt: Moment.nullable(),
    withdrawnAt: Moment.nullable(),
    withdrawalReason: z.string().nullable(),
  })
  .meta({ id: 'KnowledgeItem' });

/** An item in a list: without its text, with the words that were sought. */
export const KnowledgeItemSummary = KnowledgeItemView.omit({ body: true, links: true, draft: true })
  .extend({
    snippet: z.string().nullable().meta({
      description: 'With `q`: where the words are, as HTML in which they stand in `<mark>` and all else is escaped.',
    }),
  })
  .meta({ id: 'KnowledgeItemSummary' });

/** What items are sought by; the same for the list and for its counts. */
const itemFilters = {
  q: line(500).optional().meta({
    description:
      'Words to search for, in the language of each item: inflected forms are found too. "In quotes": as a phrase; -word: without it; or: either. Best first: title, then summary, then text. Of many matches the 500 by title and the 500 anywhere that are found first are ranked.',
  }),
  type: KnowledgeType.optional(),
  state: KnowledgeState.optional(),
  theme: theme.optional(),
  language: KnowledgeLanguage.optional(),
  licence: line(100).optional(),
  organisationId: Id.optional().meta({ description: 'Its author.' }),
  contributorId: Id.optional().meta({ description: 'An organisation that contributed.' }),
  allianceId: Id.optional().meta({ description: 'Shared with this alliance, on `asOf` or now.' }),
  adoptedByOrganisationId: Id.optional(),
  visibility: KnowledgeVisibility.optional(),
  source: line(100).optional(),
  sourceKey: line(200).optional(),
  asOf: Day.optional().meta({ description: 'Only items that were published on this day.' }),
  changedSince: Moment.optional(),
};

/** Filters of the list of items. */
export const KnowledgeItemQuery = z.strictObject({ ...pageQuery, ...itemFilters });

/** Filters of the counts of items. */
export const KnowledgeFacetQuery = z.strictObject(itemFilters);

const valueCount = z.object({ value: z.string(), count: z.int() }).meta({ id: 'KnowledgeFacet' });
const referenceCount = z.object({ id: Id, name: z.string(), count: z.int() }).meta({ id: 'KnowledgeReferenceFacet' });

/** How many of the items that the caller may see there are of each kind. */
export const KnowledgeFacets = z
  .object({
    itemCount: z.int(),
    types: z.array(valueCount),
    themes: z.array(valueCount).meta({ description: 'The 50 with the most items.' }),
    languages: z.array(valueCount),
    licences: z.array(valueCount),
    organisations: z.array(referenceCount).meta({ description: 'The 50 authors with the most items.' }),
    alliances: z.array(referenceCount).meta({ description: 'The 50 with the most items, of those you may see.' }),
  })
  .meta({ id: 'KnowledgeFacets' });

/** The publication of what an item holds now. */
export const NewKnowledgeVersion = z
  .strictObject({ changeNote: z.string().trim().max(2000).nullish() })
  .meta({ id: 'NewKnowledgeVersion' });

/** A published version as it is shown. */
export const KnowledgeVersionView = z
  .object({
    itemId: Id,
    number: z.int(),
    ...content,
    contentHash: contentHash.unwrap(),
    changeNote: z.string().nullable(),
    publishedBy: Reference,
    publishedAt: Moment,
  })
  .meta({ id: 'KnowledgeVersion' });

/** A version in a list: without its text. */
export const KnowledgeVersionSummary = KnowledgeVersionView.omit({ summary: true, body: true, links: true }).meta({
  id: 'KnowledgeVersionSummary',
});

/** Filters of the list of an item's versions. */
export const KnowledgeVersionQuery = z.strictObject({
  ...pageQuery,
  asOf: Day.optional().meta({ description: 'Only versions that were published on this day or before.' }),
  changedSince: Moment.optional().meta({ description: 'Only versions published at or after this instant.' }),
});

/** What a version is compared with. */
export const DifferenceQuery = z.strictObject({
  from: z.int().min(1).max(1_000_000).optional().meta({ description: 'The version before, when absent.' }),
});

/** The differences between two versions of an item. */
export const KnowledgeDifferences = z
  .object({
    itemId: Id,
    from: z.int(),
    to: z.int(),
    fields: z.array(z.object({ field: z.string(), before: z.string(), after: z.string() })).meta({
      description: 'Of type, title, summary, language and licence: those that differ.',
    }),
    themes: z.object({ added: z.array(z.string()), removed: z.array(z.string()) }),
    links: z.object({ added: z.array(ShownLink), removed: z.array(ShownLink) }),
    body: z.object({
      changed: z.boolean(),
      tooLarge: z.boolean().meta({ description: 'So much differs that it is not told by line.' }),
      hunks: z.array(
        z.object({
          fromLine: z.int(),
          fromCount: z.int(),
          toLine: z.int(),
          toCount: z.int(),
          lines: z.array(z.string()).meta({ description: 'Each begins with a space, - or +.' }),
        }),
      ),
      unified: z.string().nullable().meta({ description: 'The same in the unified format of diff.' }),
    }),
  })
  .meta({ id: 'KnowledgeDifferences' });

/** The withdrawal of an item. */
export const NewKnowledgeWithdrawal = z.strictObject({ reason: line(2000) }).meta({ id: 'NewKnowledgeWithdrawal' });

import { sql } from 'drizzle-orm';
import { hasOnlyText } from '../../platform/characters.ts';
import type { Db } from '../../platform/db.ts';
import { newId } from '../../platform/id.ts';
import type { Imported, RowFault } from '../../platform/imported.ts';
import { assertExists, lockOrganisations } from '../alliances/alliances.ts';
import type { NewEvent } from '../events/events.ts';
import { unrestricted } from '../policy/policy.ts';
import { type Content, hashOf, keptLinks, keptThemes } from './rules.ts';
import { NewKnowledgeItem } from './schemas.ts';
import { knowledgeItems, knowledgeVersions } from './tables.ts';

/** A text of a source, as it is to be published. */
export type ImportedText = {
  readonly line: number;
  readonly key: string;
  readonly content: Readonly<Record<keyof Content, unknown>>;
};

/** Whose items the texts become, and where they come from. */
export type TextSource = { readonly organisationId: string; readonly source: string };

type Known = {
  id: string;
  key: string;
  home: string | null;
  state: string;
  publishedVersion: number | null;
  contentHash: string | null;
};
type Plan = {
  readonly line: number;
  readonly key: string;
  readonly id: string;
  readonly number: number;
  readonly content: Content;
  readonly hash: string;
  readonly outcome: 'created' | 'updated' | 'unchanged';
};

const maxKeyLength = 200;
const refused = (line: number, faults: readonly RowFault[]): Imported => ({
  line,
  id: null,
  outcome: 'refused',
  faults,
});

/**
 * Publishes a batch of texts of a source in the caller's transaction, as public items of an organisation. A text is the
 * item that the source knows by its key: one that changed becomes its next version, one that did not is left alone, and
 * one that was withdrawn here stays withdrawn. Throws organisation_dissolved.
 */
export async function importKnowledgeItems(
  db: Db,
  record: (event: NewEvent) => void,
  { organisationId, source }: TextSource,
  rows: readonly ImportedText[],
): Promise<Imported[]> {
  assertExists(await lockOrganisations(db, [organisationId]), organisationId);
  const known = await findByKeys(db, source, rows);
  const results: Imported[] = [];
  const plans: Plan[] = [];
  for (const row of rows) {
    const plan = planOf(row, known.get(row.key));
    if ('faults' in plan) results.push(refused(row.line, plan.faults));
    else plans.push(plan);
  }
  const created = plans.filter(({ outcome }) => outcome === 'created');
  const updated = plans.filter(({ outcome }) => outcome === 'updated');
  await insertItems(db, { organisationId, source }, created);
  await updateItems(db, updated);
  await insertVersions(db, organisationId, [...created, ...updated]);
  for (const plan of created) record(event('knowledge_item.created', plan, organisationId, { source }));
  for (const plan of [...created, ...updated])
    record(event('knowledge_item.published', plan, organisationId, { number: plan.number, source }));
  const told = plans.map(({ line, id, outcome }): Imported => ({ line, id, outcome, faults: [] }));
  return [...results, ...told];
}

const event = (type: NewEvent['type'], { id }: Plan, organisationId: string, data: NewEvent['data']): NewEvent => ({
  type,
  subjectType: 'knowledge_item',
  subjectId: id,
  organisationIds: [organisationId],
  data,
});

async function findByKeys(db: Db, source: string, rows: readonly ImportedText[]): Promise<Map<string, Known>> {
  const found = await db.execute<Known>(sql`
    select id, source_key as key, home, state, published_version as "publishedVersion", content_hash as "contentHash"
    from ${knowledgeItems} where ${unrestricted('node')} and source = ${source}
      and source_key in (select jsonb_array_elements_text(${JSON.stringify(rows.map((row) => row.key))}::jsonb))
    order by id for no key update`);
  return new Map(found.map((row) => [row.key, row]));
}

/** Why an item takes no next version from a source. */
function closedFault(known: Known | undefined): string | undefined {
  if (known === undefined) return undefined;
  if (known.home !== null) return 'kept_elsewhere';
  return known.state === 'withdrawn' ? 'item_withdrawn' : undefined;
}

function planOf({ line, key, content: given }: ImportedText, known: Known | undefined): Plan | { faults: RowFault[] } {
  const closed = closedFault(known);
  if (closed !== undefined) return { faults: [{ column: 'id', code: closed }] };
  if (!hasOnlyText([key, given])) return { faults: [{ column: '', code: 'invalid_characters' }] };
  const read = NewKnowledgeItem.safeParse({ ...given, visibility: 'public', publish: true });
  const faults = read.success ? [] : read.error.issues.map(faultOf);
  if (key.length > maxKeyLength) faults.push({ column: 'id', code: 'too_long', params: { maximum: maxKeyLength } });
  if (!read.success || faults.length > 0) return { faults };
  const { visibility: _, publish: __, ...fields } = read.data;
  const content = { ...fields, links: keptLinks(fields.links), themes: keptThemes(fields.themes) };
  const hash = hashOf(content);
  const outcome = known === undefined ? 'created' : known.contentHash === hash ? 'unchanged' : 'updated';
  const number = (known?.publishedVersion ?? 0) + 1;
  return { line, key, id: known?.id ?? newId(), number, content, hash, outcome };
}

type Issue = { readonly path: PropertyKey[]; readonly code: string; readonly maximum?: unknown };

function faultOf(issue: Issue): RowFault {
  const column = issue.path.map(String).join('/');
  if (issue.code === 'too_big') return { column, code: 'too_long', params: { maximum: Number(issue.maximum) } };
  if (issue.code === 'too_small') return { column, code: 'required' };
  return { column, code: column === 'licence' ? 'unknown_licence' : 'invalid' };
}

const recordset = (plans: readonly Plan[]) => sql`jsonb_to_recordset(${JSON.stringify(
  plans.map(({ id, key, number, hash, content }) => ({ id, key, number, hash, ...content })),
)}::jsonb) as r(id uuid, key text, number int, hash text, type text, title text, summary text, body text, links jsonb,
      language text, licence text, themes text[])`;

async function insertItems(db: Db, { organisationId, source }: TextSource, plans: readonly Plan[]): Promise<void> {
  if (plans.length === 0) return;
  const now = sql`${new Date().toISOString()}::timestamptz`;
  await db.execute(sql`
    insert into ${knowledgeItems} (id, organisation_id, state, visibility, type, title, summary, body, links, language,
      licence, themes, published_version, content_hash, first_published_at, published_at, source, source_key, created_at,
      changed_at)
    select r.id, ${organisationId}::uuid, 'published', 'public', r.type, r.title, r.summary, r.body, r.links, r.language,
      r.licence, r.themes, r.number, r.hash, ${now}, ${now}, ${source}, r.key, ${now}, ${now}
    from ${recordset(plans)}`);
}

async function updateItems(db: Db, plans: readonly Plan[]): Promise<void> {
  if (plans.length === 0) return;
  const now = sql`${new Date().toISOString()}::timestamptz`;
  await db.execute(sql`
    update ${knowledgeItems} set state = 'published', type = r.type, title = r.title, summary = r.summary, body = r.body,
      links = r.links, language = r.language, licence = r.licence, themes = r.themes, published_version = r.number,
      content_hash = r.hash, first_published_at = coalesce(first_published_at, ${now}), published_at = ${now},
      version = version + 1, changed_at = ${now}
    from ${recordset(plans)} where ${knowledgeItems}.id = r.id and ${unrestricted('node')}`);
}

async function insertVersions(db: Db, organisationId: string, plans: readonly Plan[]): Promise<void> {
  if (plans.length === 0) return;
  const now = sql`${new Date().toISOString()}::timestamptz`;
  await db.execute(sql`
    insert into ${knowledgeVersions} (item_id, number, type, title, summary, body, links, language, licence, themes,
      content_hash, published_by_organisation_id, published_at)
    select r.id, r.number, r.type, r.title, r.summary, r.body, r.links, r.language, r.licence, r.themes, r.hash,
      ${organisationId}::uuid, ${now}
    from ${recordset(plans)}`);
}

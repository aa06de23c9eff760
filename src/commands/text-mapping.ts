import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ImportedText } from '../features/knowledge/knowledge-import.ts';
import type { RowFault } from '../platform/imported.ts';

/** The files of a directory of texts, each with the name of its source. */
export const textFiles = [
  { file: 'algoritmekader.ndjson', source: 'algoritmekader' },
  { file: 'afsprakenstelsel.ndjson', source: 'afsprakenstelsel' },
  { file: 'roo_texts.ndjson', source: 'roo-teksten' },
] as const;

/** A file as items: the texts, lines that cannot be read, and how many repeat a text before them. */
export type MappedTexts = {
  readonly texts: ImportedText[];
  readonly unreadable: { readonly line: number; readonly fault: RowFault }[];
  readonly repeated: number;
};

type Given = { readonly [property: string]: unknown; readonly topics?: unknown };

const types: Readonly<Record<string, string>> = { measure: 'practice', tool: 'tool', page: 'lesson' };
const maxThemes = 20;

/** Reads a file of texts, one JSON object a line. A text that was there before is left out: versions of a register repeat. */
export async function mapTexts(directory: string, file: string): Promise<MappedTexts> {
  const texts: ImportedText[] = [];
  const unreadable: MappedTexts['unreadable'] = [];
  const seen = new Set<string>();
  let line = 0;
  let repeated = 0;
  for await (const text of createInterface({ input: createReadStream(join(directory, file)), crlfDelay: Infinity })) {
    line += 1;
    if (text.trim() === '') continue;
    const given = readLine(text);
    if (given === undefined) unreadable.push({ line, fault: { column: '', code: 'malformed_json' } });
    else if (seen.has(String(given.text))) repeated += 1;
    else texts.push({ line, ...itemOf(given) });
    if (given !== undefined) seen.add(String(given.text));
  }
  return { texts, unreadable, repeated };
}

function readLine(text: string): Given | undefined {
  try {
    const given: unknown = JSON.parse(text);
    return typeof given === 'object' && given !== null ? (given as Given) : undefined;
  } catch {
    return undefined;
  }
}

/** A record as an item: a policy unless its kind says otherwise, with its address as a link and its topics as themes. */
function itemOf(given: Given): Omit<ImportedText, 'line'> {
  const topics = Array.isArray(given.topics) ? given.topics.flatMap((topic) => String(topic).split('|')) : [];
  const themes = [...new Set(topics.map((topic) => topic.trim().toLowerCase().slice(0, 100)).filter(Boolean))];
  const content = {
    type: types[String(given.kind)] ?? 'policy',
    title: typeof given.title === 'string' ? given.title.slice(0, 300) : given.title,
    summary: '',
    body: given.text,
    links: given.url === undefined ? [] : [{ href: given.url, title: null }],
    language: given.lang,
    licence: given.licence,
    themes: themes.slice(0, maxThemes),
  };
  return { key: String(given.id ?? ''), content };
}

import { CsvError, parse } from 'csv-parse';
import { type Fault, invalid } from '../../platform/problem.ts';

/** A file as it arrives: a text, or pieces of UTF-8. */
export type CsvInput = string | AsyncIterable<Uint8Array>;

/** One record of a file with the line on which it begins; the header is line 1. */
export type CsvRecord = { readonly line: number; readonly cells: string[] };

/** Longest record in characters: an open quote must not gather the rest of a large file. */
const maxRecordLength = 100_000;

const fileFault = (code: string, params?: Fault['params']) =>
  invalid([{ in: 'file', location: 'file', code, ...(params && { params }) }]);

/**
 * Reads RFC 4180 records from a file, piece by piece: an optional byte order mark, `,` or `;` as the header row has it,
 * any line ends. Records of empty cells are left out. Throws invalid_input for what is not UTF-8, NUL, or not CSV.
 */
export async function* readCsv(input: CsvInput): AsyncGenerator<CsvRecord> {
  const texts = decode(input)[Symbol.asyncIterator]();
  let head = '';
  let next = await texts.next();
  while (next.done !== true && !head.includes('\n')) {
    head += next.value;
    next = await texts.next();
  }
  if (next.done !== true) head += next.value;
  const parser = parse({
    delimiter: delimiterOf(head),
    info: true,
    relax_column_count: true,
    max_record_size: maxRecordLength,
    record_delimiter: '\n',
  });
  const feed = async () => {
    await write(parser, head);
    for (let piece = await texts.next(); piece.done !== true; piece = await texts.next())
      await write(parser, piece.value);
    parser.end();
  };
  feed().catch((error: unknown) => parser.destroy(error as Error));
  let end = 0;
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      const line = end + 1;
      end = info.lines;
      if (record.some((cell) => cell !== '')) yield { line, cells: record };
    }
  } catch (error) {
    throw csvFault(error);
  }
}

const write = (parser: ReturnType<typeof parse>, text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    if (text === '') resolve();
    else parser.write(text, (error) => (error ? reject(error) : resolve()));
  });

function csvFault(error: unknown): unknown {
  if (!(error instanceof CsvError)) return error;
  const { code, lines } = error as CsvError & { lines?: number };
  // Not every code of the parser begins with CSV_.
  const reason = code.replace(/^CSV_/, '').replaceAll('_', ' ').toLowerCase();
  return fileFault('not_csv', { reason: `${reason}, line ${lines ?? '?'}` });
}

/** Semicolon when the header row has one and no comma outside quotes would be needed; else comma. */
function delimiterOf(head: string): ',' | ';' {
  const header = head.split('\n', 1)[0] ?? '';
  return header.includes(';') && !header.includes(',') ? ';' : ',';
}

/** Texts of a file with line ends as `\n` and without byte order mark; throws for what is not UTF-8 and for NUL. */
async function* decode(input: CsvInput): AsyncGenerator<string> {
  let kept = '';
  let first = true;
  for await (const text of typeof input === 'string' ? pieces(input) : utf8(input)) {
    if (text.includes('\0')) throw fileFault('invalid_characters');
    let joined = kept + text;
    if (first && joined !== '') {
      joined = joined.replace(/^\uFEFF/, '');
      first = false;
    }
    kept = joined.endsWith('\r') ? '\r' : '';
    yield joined.slice(0, joined.length - kept.length).replaceAll('\r\n', '\n');
  }
  yield kept;
}

async function* pieces(text: string): AsyncGenerator<string> {
  const size = 65_536;
  for (let start = 0; start < text.length; start += size) yield text.slice(start, start + size);
}

async function* utf8(input: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  try {
    for await (const bytes of input) yield decoder.decode(bytes, { stream: true });
    yield decoder.decode();
  } catch (error) {
    throw error instanceof TypeError ? fileFault('not_utf8') : error;
  }
}

const trigger = /^[\s]*[=+\-@\t\r\uFF0B\uFF0D\uFF1D\uFF20]/;

/** One cell of a report: quoted, and with an apostrophe before what a spreadsheet would take for a formula. */
export function csvCell(value: string | number | null): string {
  const text = value === null ? '' : String(value);
  const safe = typeof value === 'string' && (trigger.test(text) || /^[\t\r]/.test(text)) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
}

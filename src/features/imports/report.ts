import { csvCell } from './csv.ts';

type Row = {
  readonly line: number;
  readonly key: string | null;
  readonly outcome: string;
  readonly subjectId: string | null;
  readonly faults: readonly { readonly column: string; readonly code: string; readonly detail: string }[];
};

const header = ['line', 'key', 'outcome', 'subjectId', 'column', 'code', 'detail'];

/** A page of the report as CSV for spreadsheets: one record for each fault, and one for a row without. */
export function writeReport(page: unknown): string {
  const { items } = page as { items: readonly Row[] };
  const records = items.flatMap(({ line, key, outcome, subjectId, faults }) =>
    (faults.length > 0 ? faults : [{ column: null, code: null, detail: null }]).map((fault) => [
      line,
      key,
      outcome,
      subjectId,
      fault.column,
      fault.code,
      fault.detail,
    ]),
  );
  return [header, ...records].map((cells) => `${cells.map(csvCell).join(',')}\r\n`).join('');
}

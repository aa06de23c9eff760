import { stringify } from 'csv-stringify/sync';
import { withoutFormula } from '../../platform/formulas.ts';

/**
 * Rows as CSV (RFC 4180) with a header. Texts that a spreadsheet would take for a formula begin with an apostrophe;
 * numbers stay numbers, and what is null is an empty cell.
 */
export const csvOf = (columns: readonly string[], rows: readonly object[]): string =>
  stringify(
    [columns, ...rows.map((row) => columns.map((column) => (row as Record<string, unknown>)[column] ?? null))],
    {
      cast: { string: withoutFormula },
      record_delimiter: 'windows',
    },
  );

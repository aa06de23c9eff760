import { stringify } from 'csv-stringify/sync';
import type { z } from 'zod';
import { withoutFormula } from '../../platform/formulas.ts';

/** A value as the text of a cell: nothing for null, JSON for what has parts. */
const textOf = (value: unknown): string => {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
};

/** One record of a CSV file for spreadsheets (RFC 4180): every cell quoted, none of them a formula. */
export const csvRecord = (cells: readonly unknown[]): string =>
  stringify([cells.map((cell) => withoutFormula(textOf(cell)))], {
    quoted: true,
    quoted_empty: true,
    escape_formulas: true,
    record_delimiter: 'windows',
  });

/** How the rows of a view are flattened: one column for each property, and for each property of a reference in it. */
export type Columns = { readonly header: string[]; cells(row: Readonly<Record<string, unknown>>): unknown[] };

type Shape = {
  readonly def: { readonly type: string; readonly innerType?: Shape };
  readonly shape?: Record<string, Shape>;
};

/** The properties of a schema that is an object, also one that may be null. */
const partsOf = (schema: Shape): string[] => {
  if (schema.def.type === 'object') return Object.keys(schema.shape ?? {});
  return schema.def.innerType === undefined ? [] : partsOf(schema.def.innerType);
};

/** The columns of a view. */
export function columnsOf(view: z.ZodObject): Columns {
  const columns = Object.entries(view.shape).flatMap(([name, schema]): [string, string | undefined][] => {
    const parts = partsOf(schema as unknown as Shape);
    return parts.length === 0 ? [[name, undefined]] : parts.map((part) => [name, part]);
  });
  return {
    header: columns.map(([name, part]) => (part === undefined ? name : `${name}.${part}`)),
    cells: (row) =>
      columns.map(([name, part]) => {
        const value = row[name];
        return part === undefined ? value : (value as Record<string, unknown> | null | undefined)?.[part];
      }),
  };
}

/** What is wrong with one column of one row of an import; the row may still be taken without that value. */
export type RowFault = {
  readonly column: string;
  readonly code: string;
  readonly params?: Readonly<Record<string, string | number>>;
};

/** What became of one row of an import; `id` is what it stands for here, null when the row was refused. */
export type Imported = {
  readonly line: number;
  readonly id: string | null;
  readonly outcome: 'created' | 'updated' | 'unchanged' | 'refused';
  readonly faults: readonly RowFault[];
};

import type { Text } from './language.ts';

/** A problem: its status and its texts. */
export type Entry = { readonly status: number; readonly title: Text; readonly detail: Text };

/** Writes an entry of the catalogue. */
export const entry = (status: number, title: [en: string, nl: string], detail: [en: string, nl: string]): Entry => ({
  status,
  title: { en: title[0], nl: title[1] },
  detail: { en: detail[0], nl: detail[1] },
});

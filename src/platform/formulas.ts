/** What a spreadsheet takes for a formula, also after what it leaves out, and in full-width forms. */
const trigger = /^[\s\u00A0\uFEFF]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|^[\t\r\n]/;

/** A text that no spreadsheet takes for a formula: one that it would take for one begins with an apostrophe. */
export const withoutFormula = (text: string): string => (trigger.test(text) ? `'${text}` : text);

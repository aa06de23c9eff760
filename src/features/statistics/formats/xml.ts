/** Characters that XML 1.0 does not allow, halves of a surrogate pair that stand alone among them. */
const forbidden = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/** A text for the content of an element or the value of an attribute; a character that XML forbids becomes U+FFFD. */
export const xmlText = (text: string): string =>
  text.replace(forbidden, '\u{FFFD}').replace(/[&<>"'\t\n\r]/g, (character) => entities[character] ?? character);

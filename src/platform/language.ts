import Negotiator from 'negotiator';

/** The languages in which errors and pages are written. */
export type Language = 'en' | 'nl';

/** A text in every language; `{name}` stands for a parameter. */
export type Text = { readonly en: string; readonly nl: string };

const languages: readonly Language[] = ['en', 'nl'];

/** Picks the language that an Accept-Language header prefers; English when it names neither. */
export function pickLanguage(header: string | undefined): Language {
  if (header === undefined) return 'en';
  const negotiator = new Negotiator({ headers: { 'accept-language': header } });
  return (negotiator.language([...languages]) as Language | undefined) ?? 'en';
}

/** Writes parameters into a text; a placeholder without its parameter stays visible. */
export function fillIn(text: string, params: Readonly<Record<string, string | number>> | undefined): string {
  const given = new Map(Object.entries(params ?? {}));
  return text.replace(/\{(\w+)\}/g, (placeholder, name: string) => String(given.get(name) ?? placeholder));
}

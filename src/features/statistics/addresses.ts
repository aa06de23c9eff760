import { createHash } from 'node:crypto';

const digestOf = (parts: unknown) => createHash('sha256').update(JSON.stringify(parts)).digest();

/** The name of a data version: follows from what was counted, and from nothing else. */
export const versionOf = (counted: unknown): string => digestOf(counted).toString('base64url').slice(0, 22);

/** A number for the entity tag: follows from the address of an answer, and from which alliances were counted in it. */
export const tagOf = (query: string, visibilities: readonly string[]): number =>
  digestOf([query, visibilities]).readUIntBE(0, 6);

/** Which alliances are counted, by visibility, for a client that acts for an organisation or for none. */
export const visibilitiesFor = (organisationId: string | null): ('public' | 'network')[] =>
  organisationId === null ? ['public'] : ['public', 'network'];

/** The address that gives the same figures again, or says that this data version is no longer kept. */
export function queryOf(path: string, parameters: object, dataVersion: string): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const one of value === null ? [] : [value].flat()) search.append(name, String(one));
  }
  search.append('dataVersion', dataVersion);
  return `${path}?${search}`;
}

import type { Entry } from '../problem-entry.ts';

/** The problems of professionals and what is processed of them. */
export const professionalsProblems = {} as const satisfies Record<string, Entry>;

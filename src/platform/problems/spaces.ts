import type { Entry } from '../problem-entry.ts';

/** The problems of the end of closed spaces, and of what is taken out of them. */
export const spacesProblems = {} as const satisfies Record<string, Entry>;

import { type Entry, entry } from '../problem-entry.ts';

/** The problems of sessions and calendars. */
export const sessionsProblems = {
  session_decided: entry(
    409,
    ['Session is no longer planned', 'Bijeenkomst staat niet meer gepland'],
    ['The session was held or cancelled.', 'De bijeenkomst is gehouden of afgelast.'],
  ),
  session_begun: entry(
    409,
    ['Session has begun', 'Bijeenkomst is begonnen'],
    [
      'A session is moved before it begins; after that it was held, or it is cancelled.',
      'Een bijeenkomst wordt verplaatst voordat zij begint; daarna is zij gehouden of wordt zij afgelast.',
    ],
  ),
  session_not_begun: entry(
    409,
    ['Session has not begun', 'Bijeenkomst is nog niet begonnen'],
    ['A session was held when it has begun.', 'Een bijeenkomst is pas gehouden als zij is begonnen.'],
  ),
  session_not_held: entry(
    409,
    ['Session was not held', 'Bijeenkomst is niet gehouden'],
    [
      'Who was there and what came out of it is told of a session that was held.',
      'Wie er was en wat eruit kwam, wordt verteld van een bijeenkomst die is gehouden.',
    ],
  ),
  outcome_exists: entry(
    409,
    ['Outcome is there already', 'Opbrengst is er al'],
    [
      'The commitment or the item is an outcome of this session already.',
      'De toezegging of het item is al een opbrengst van deze bijeenkomst.',
    ],
  ),
  too_many_calendar_feeds: entry(
    409,
    ['Too many calendars', 'Te veel agenda’s'],
    [
      'An organisation may have {maximum} open calendars of an alliance.',
      'Een organisatie mag {maximum} open agenda’s van een alliantie hebben.',
    ],
  ),
  too_many_series: entry(
    409,
    ['Too many series', 'Te veel reeksen'],
    [
      'An alliance may have {maximum} series that are not ended.',
      'Een alliantie mag {maximum} reeksen hebben die niet zijn beëindigd.',
    ],
  ),
} as const satisfies Record<string, Entry>;

import type { Test } from 'tap';
import { testDatabase } from '../../helpers/db.ts';
import type { Verdict } from '../../helpers/judge.ts';

/** A database that is judged, whose verdict is the test's to look at. */
export async function judgedDatabase(t: Pick<Test, 'teardown'>) {
  const { verdict, ...database } = await testDatabase(t, { judged: true });
  if (verdict === undefined) throw new Error('there is no judge');
  return { ...database, verdict };
}

/** What a judge looked at. */
export const told = ({ judged, rows, tables }: Verdict) =>
  `${judged} statements and ${rows} rows: ${JSON.stringify(tables)}`;

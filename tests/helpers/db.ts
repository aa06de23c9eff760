import { randomBytes } from 'node:crypto';
import type { Sql } from 'postgres';
import type { Test } from 'tap';
import { type Connection, type Db, openDatabase } from '../../src/platform/db.ts';
import { gate } from './gate.ts';
import { installJudge, judge, judgeReport, tell, type Verdict } from './judge.ts';
import { serverConnection, testServer } from './server.ts';
import { watched } from './statements.ts';

/**
 * A database of a test's own, and where it is: `db` is the application's handle, behind the gate of the policy; by `sql`
 * and `owner` a test looks itself, under the application's role and as the owner.
 */
export type TestDatabase = {
  readonly name: string;
  readonly db: Db;
  readonly sql: Sql;
  readonly owner: Sql;
  /** What the judge of the policy found, where there is one. */
  readonly verdict: Verdict | undefined;
  readonly connection: Connection;
  readonly ownerConnection: Connection;
};

/** The role under which the application works. */
export const applicationRole = 'samendoen_app';

/**
 * Clones the migrated template, or another database that nobody is connected to; the clone is dropped when the test
 * ends. What the application sends goes through the gate of the policy: a statement on a protected table without its mark
 * fails, and so does the test, also when nobody heeds that failure. With `judged` true the test looks at the verdict of
 * the judge itself; with false it has none, and says why.
 */
export async function testDatabase(
  t: Pick<Test, 'teardown'>,
  options: { max?: number; template?: string; judged?: boolean } = {},
): Promise<TestDatabase> {
  const server = testServer();
  const name = `samendoen_test_${process.ppid}_${randomBytes(5).toString('hex')}`;
  const administration = openDatabase(
    serverConnection(server, server.url === null ? 'postgres' : new URL(server.url).pathname.slice(1)),
    { max: 1 },
  );
  await administration.sql`create database ${administration.sql(name)} template ${administration.sql(options.template ?? server.template)}`;
  const connection = serverConnection(server, name);
  const application = openDatabase(connection, { max: options.max ?? 6, role: applicationRole });
  const owner = openDatabase(connection, { max: 2 });
  const { watcher, passed } = gate();
  const isJudged = options.judged ?? judgeReport !== undefined;
  const judged = isJudged ? await judgeOver(connection) : undefined;
  const { db } = watched(application, (statement, query) => {
    watcher(statement, query);
    judged?.watcher(statement, query);
  });
  t.teardown(async () => {
    await application.close();
    await judged?.close();
    // What a test plants for the judge to find is a matter between the two.
    if (judged !== undefined && options.judged !== true) tell(judged.verdict);
    await owner.close();
    await administration.sql`drop database ${administration.sql(name)} with (force)`;
    await administration.close();
    const faults = [...passed.refused, ...(options.judged === true ? [] : (judged?.verdict.faults ?? []))];
    if (faults.length > 0) throw new Error(faults.join('\n\n'));
  });
  return {
    name,
    db,
    sql: application.sql,
    owner: together(owner.sql, judged),
    verdict: judged?.verdict,
    connection,
    ownerConnection: connection,
  };
}

/** The owner's handle, with whose end the judge leaves too: a database that is cloned has nobody in it. */
const together = (owner: Sql, judged: { leave(): Promise<void> } | undefined): Sql =>
  judged === undefined
    ? owner
    : new Proxy(owner, {
        get: (target, key) =>
          key === 'end'
            ? async (...given: Parameters<Sql['end']>) => {
                await judged.leave();
                await target.end(...given);
              }
            : Reflect.get(target, key),
      });

async function judgeOver(connection: Connection) {
  const { sql, close } = openDatabase(connection, { max: 4 });
  await installJudge(sql, applicationRole);
  const { watcher, verdict } = judge(sql, applicationRole);
  return { watcher, verdict, leave: close, close };
}

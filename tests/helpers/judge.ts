import { AsyncLocalStorage } from 'node:async_hooks';
import { appendFileSync, readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import type { Sql } from 'postgres';
import { guardedFeatures, protectedTables, tableNames, tablesIn } from './gate.ts';
import type { Handle, Query, Statement, Watcher } from './statements.ts';

/*
 * Row-level security as a judge of the policy module: its policies are written apart, in SQL. Each statement in which the
 * application asks the policy is read once more under them, for the same viewer and in the same state of the database.
 * A row that the application got, or a value in it, and that the judge would not give, is a fault of one of the two.
 */

/** The file to which each database appends what was judged in it; where it is given, every database is judged. */
export const judgeReport = process.env.JUDGE;

const viewers = new AsyncLocalStorage<{ readonly viewer: string | null }>();

/** Says for whom statements are sent in some work, where that is known apart from them. */
export const asViewer = <T>(viewer: string | null, work: () => PromiseLike<T>): Promise<T> =>
  viewers.run({ viewer }, async () => work());

/** Says it for every request: whoever its token names. */
export function judgeRequests(app: FastifyInstance): void {
  app.addHook('preHandler', (request, _reply, done) => {
    viewers.run({ viewer: request.caller?.organisationId ?? null }, done);
  });
}

const unjudged = new Set([...tableNames(guardedFeatures.processing), 'audit_records']);

/**
 * The tables of which the judge has an account of its own. The processing log and the audit have none, since an
 * administrator reads all of them, and the judge knows organisations alone: there it gives whatever the application
 * reads, and proves nothing.
 */
export const judgedTables: readonly string[] = protectedTables.filter((table) => !unjudged.has(table));

const role = 'samendoen_judge';
const policies = readFileSync(new URL('../features/policy/judge.sql', import.meta.url), 'utf8');

/** Brings the judge into a database, of which `owner` is the owner; `applicationRole` goes on as before. */
export async function installJudge(owner: Sql, applicationRole: string): Promise<void> {
  const [there] = await owner`select to_regnamespace('judge') is not null as there`;
  if (there?.there === true) return;
  const each = (tables: readonly string[], statement: (table: string) => string) => tables.map(statement).join('\n');
  await owner.unsafe(`
    do $$ begin create role ${role}; exception when duplicate_object or unique_violation then null; end $$;
    grant usage on schema public to ${role};
    grant select on all tables in schema public to ${role};
    create schema judge_open;
    grant usage on schema judge_open to ${role};
    ${each(
      judgedTables,
      (table) => `alter table ${table} enable row level security;
      create policy application on ${table} to ${applicationRole} using (true) with check (true);`,
    )}
    ${each(protectedTables, (table) => `create view judge_open.${table} as select * from public.${table};`)}
    grant select on all tables in schema judge_open to ${role};
    ${policies}`);
}

/** Where a statement tells more, or less, of a row than whether its viewer may read it: what of which rows, and why. */
type Promised = { readonly of: RegExp; readonly from: RegExp; readonly to: string; readonly why: string };
const cards = 'inner join judge.alliance_cards as "alliances"';
const promises: readonly Promised[] = [
  {
    of: /from "memberships" inner join "alliances"/,
    from: /inner join "alliances"/g,
    to: cards,
    why: 'whoever is or was asked to a space reads its own membership of it, and the name while it is invited',
  },
  {
    of: /from "sponsorships" inner join "alliances"/,
    from: /inner join "alliances"/g,
    to: cards,
    why: 'a sponsor reads the dates of the space that it guarantees, and nothing else of it',
  },
  {
    of: /from "sponsorships" inner join "alliances"/,
    from: /from "memberships" m /g,
    to: 'from judge_open."memberships" m ',
    why: 'a sponsor reads how large the space is, as one of a few classes',
  },
  {
    of: /from "events"/,
    from: /from "memberships" join "alliances"/g,
    to: 'from "memberships" join judge_open."alliances" as "alliances"',
    why: 'whoever left a closed space reads what became of its own membership there',
  },
  {
    of: /from "sponsorships" inner join "alliances"/,
    from: /from "events" e /g,
    to: 'from judge_open."events" e ',
    why: 'a sponsor reads in how many months something was recorded in the space, as a number',
  },
  {
    of: /from "space_closures" inner join "alliances"/,
    from: /inner join "alliances"/g,
    to: cards,
    why: 'whoever took part in a space at its end follows how it closes, also when it takes part no more',
  },
  {
    of: /from "space_closures" inner join "alliances"/,
    from: /(from|join) "(commitments|harvests|handovers)" ([ch])\b/g,
    to: '$1 judge_open."$2" $3',
    why: 'it reads how many promises, harvests and handovers are open, as numbers',
  },
  {
    of: /from "(?:affiliations|professional_contributions)" (?:inner|left) join "professionals"/,
    from: /(inner|left) join "professionals"/g,
    to: '$1 join judge.person_cards as "professionals"',
    why: 'whoever reads an affiliation or a contribution reads of whom it is, and the name where it may know that',
  },
  {
    of: /from "processing_records" left join "professionals"/,
    from: /left join "professionals"/g,
    to: 'left join judge_open."professionals" as "professionals"',
    why: 'an organisation reads in its own log of whom it processed data, also when it may see that person no more',
  },
  {
    of: /from "knowledge_adoptions" inner join "knowledge_items"/,
    from: /inner join "knowledge_items"/g,
    to: 'inner join judge.item_cards as "knowledge_items"',
    why: 'whoever stated an adoption reads it, and whose the item is, also where it may not read that item any more',
  },
  {
    of: /from "knowledge_versions" inner join/,
    from: /from "knowledge_versions"/g,
    to: 'from judge.version_cards as "knowledge_versions"',
    why: 'of an item that was withdrawn, the content of its versions is for its author alone',
  },
];

const exempted = /\b(from|join)\s+"(\w+)"((?:\s+(?!where\b)[a-z]\w*)?\s+where\s+)\/\* policy: \w+ \*\/ true/g;
const locks =
  /\s+for\s+(?:no\s+key\s+)?(?:key\s+)?(?:update|share)\b(?:\s+of\s+[\w", ]+)?(?:\s+skip\s+locked|\s+nowait)?\s*$/;

/**
 * A statement as the judge reads it: without its locks, and with the rows behind each mark of an exemption, and those that
 * are promised, open to it. Undefined where it asks the policy nothing, or is exempted as a whole.
 */
export function asJudged(text: string): string | undefined {
  if (!text.includes('/* policy */')) return undefined;
  const opened = text.replace(exempted, '$1 judge_open."$2"$3true').replace(locks, '');
  if (/\/\* policy: /.test(opened)) return undefined;
  return promises.filter(({ of }) => of.test(text)).reduce((told, { from, to }) => told.replace(from, to), opened);
}

const asks = /policy_[a-z]\.organisation_id = \$(\d+)::uuid|\$(\d+)::uuid is not null/g;

/** For whom a statement asks, by its own values: undefined where that is not one. */
function viewerIn({ text, given }: Pick<Statement, 'text' | 'given'>): string | null | undefined {
  const places = [...text.matchAll(asks)].map(([, first, second]) => Number(first ?? second));
  const found = [...new Set(places.map((place) => given[place - 1] as string | null))];
  return found.length === 1 ? found[0] : undefined;
}

function readByJudge(text: string): { readonly text: string } | { readonly why: string } {
  const told = asJudged(text);
  if (told === undefined) return { why: 'exempted as a whole' };
  return /^\s*(?:select|with)\b/i.test(told) ? { text: told } : { why: 'a write' };
}

/** Whose request it is, or else for whom the statement asks; and for whom it asks where that is another. */
function viewerOf(statement: Statement): { viewer: string | null | undefined; other?: string | null | undefined } {
  const known = viewers.getStore()?.viewer;
  const asked = viewerIn(statement);
  if (known === undefined || asked === known) return { viewer: asked };
  return { viewer: known, other: asked };
}

/** What a judge found. */
export type Verdict = {
  judged: number;
  /** Statements that ask the policy and were not judged, by why. */
  readonly unjudged: Record<string, number>;
  /** How often each table was named in what was judged. */
  readonly tables: Record<string, number>;
  rows: number;
  /** What the application read and the judge would not give, each with its statement and where that came from. */
  readonly faults: string[];
};

const count = (counts: Record<string, number>, name: string) => {
  counts[name] = (counts[name] ?? 0) + 1;
};

/** Whether the judge gives this row, or one of which the application told less. */
const isGiven = (row: readonly string[], judged: readonly (readonly string[])[]): boolean =>
  judged.some(
    (other) => row.length === other.length && row.every((value, at) => value === 'null' || value === other[at]),
  );

const plainRows = (rows: unknown): string[][] =>
  [...(rows as unknown[])].map((row) => Object.values(row as object).map((value) => JSON.stringify(value ?? null)));

/** The rows that are not among those which the judge gives. */
const withheld = (rows: unknown, judged: unknown): string[][] => {
  const given = plainRows(judged);
  return plainRows(rows).filter((row) => !isGiven(row, given));
};

type Raw = Query & { isRaw?: unknown; resolve(rows: unknown): unknown };

/** A judge over a database in which it is installed; `owner` may take its role. */
export function judge(owner: Sql, applicationRole: string): { readonly watcher: Watcher; readonly verdict: Verdict } {
  const verdict: Verdict = { judged: 0, unjudged: {}, tables: {}, rows: 0, faults: [] };
  const fault = ({ text, given, origin }: Statement, viewer: string | null, what: string) =>
    verdict.faults.push(`${what}\nfor ${viewer ?? 'nobody'}\n${text}\n${JSON.stringify(given)}\n${origin()}`);

  const read = (handle: Handle, text: string, given: readonly unknown[], isRaw: unknown) => {
    const query = handle.unsafe(text, [...given], { prepare: false }) as Raw;
    query.isRaw = isRaw;
    return query;
  };
  const become = (handle: Handle, as: string, viewer: string | null) => [
    handle.unsafe(`set local role ${as}`),
    handle.unsafe(`set local judge.viewer = '${viewer ?? ''}'`),
  ];

  /** In a transaction, before the statement: all of it is sent at once, so that nothing comes between. */
  const within = (statement: Statement, query: Raw, { told, viewer }: { told: string; viewer: string | null }) => {
    const { handle, given } = statement;
    const asked = read(handle, told, given, query.isRaw);
    const all = [
      handle.unsafe('savepoint judged'),
      ...become(handle, role, viewer),
      asked,
      handle.unsafe('rollback to savepoint judged'),
      handle.unsafe('release savepoint judged'),
    ];
    const settled = Promise.allSettled(all);
    return async (rows: unknown) => {
      await settled;
      const judged = await asked.then(
        (found) => ({ found }),
        (error: Error) => ({ error }),
      );
      if ('error' in judged) fault(statement, viewer, `the judge fails: ${judged.error.message}`);
      else report(statement, viewer, rows, judged.found);
    };
  };

  /** Outside, after it, in one state of the database, for the application and for the judge. */
  const beside = (statement: Statement, query: Raw, { told, viewer }: { told: string; viewer: string | null }) => {
    const { text, given } = statement;
    return async (rows: unknown) => {
      try {
        await owner.begin('isolation level repeatable read', async (sql) => {
          const handle = sql as unknown as Handle;
          const ask = async (as: string, what: string) => {
            await Promise.all(become(handle, as, viewer));
            return read(handle, what, given, query.isRaw);
          };
          const judged = await ask(role, told);
          if (withheld(rows, judged).length === 0) return report(statement, viewer, rows, judged);
          // Something may have changed since: both are asked in one state.
          report(statement, viewer, await ask(applicationRole, text), judged);
        });
      } catch (error) {
        fault(statement, viewer, `the judge fails: ${(error as Error).message}`);
      }
    };
  };

  const report = (statement: Statement, viewer: string | null, rows: unknown, judged: unknown) => {
    verdict.judged++;
    verdict.rows += (rows as unknown[]).length;
    for (const table of tablesIn(statement.text)) if (!unjudged.has(table)) count(verdict.tables, table);
    const hidden = withheld(rows, judged);
    if (hidden.length > 0)
      fault(statement, viewer, `the judge withholds ${hidden.length} rows: ${JSON.stringify(hidden).slice(0, 2000)}`);
  };

  const watcher: Watcher = (statement, query) => {
    if (!statement.text.includes('/* policy */')) return;
    const told = readByJudge(statement.text);
    if ('why' in told) return count(verdict.unjudged, told.why);
    const { viewer, other } = viewerOf(statement);
    if (viewer === undefined) return count(verdict.unjudged, 'nobody knows for whom');
    if (other !== undefined) fault(statement, viewer, `the statement asks for ${other ?? 'nobody'}`);
    const way = statement.inTransaction ? within : beside;
    intercept(query as Raw, () => way(statement, query as Raw, { told: told.text, viewer }));
  };
  return { watcher, verdict };
}

/** Lets a query be judged when it is sent, and answer when it was. */
function intercept(query: Raw, judging: () => (rows: unknown) => Promise<unknown>): void {
  const { handler, resolve } = query;
  query.handler = (self) => {
    const judged = judging();
    query.resolve = (rows) => void judged(rows).then(() => resolve(rows));
    // What the judge sends was handed over in this turn, and goes before it.
    void Promise.resolve().then(() => Promise.resolve().then(() => handler(self)));
  };
}

/** Appends what was judged to the report of the run. */
export function tell(verdict: Verdict): void {
  if (judgeReport !== undefined) appendFileSync(judgeReport, `${JSON.stringify(verdict)}\n`);
}

import { withNamedIds } from '../../../../src/platform/id.ts';
import type { Request } from '../../../helpers/document.ts';
import { addressOf } from '../../../helpers/document.ts';
import { ask, type Left, traceOf, type World } from './world.ts';

/** What is told of a request that was answered differently in two worlds. */
export class Difference extends Error {}

/** Headers that differ between any two answers. */
const own = new Set(['date', 'x-request-id', 'request-id', 'traceparent', 'server-timing']);

/**
 * A cursor is sealed under a nonce of its own; where it leads is compared by going there. Codes and the names of persons
 * in the log are random, and a signed head is over a hash of everything, which tells nothing of what it is of.
 */
const withoutRandom = (text: string) =>
  text
    .replace(/("nextCursor":")([\w-]+)/g, (_, name: string, cursor: string) => `${name}${'c'.repeat(cursor.length)}`)
    .replace(/("(?:personalCode|spanId|dpl\.core\.data_subject_id)":")[\w-]+/g, '$1')
    .replace(/("secretAddress":"[^"]*_calendar_)[\w-]+/g, '$1')
    .replace(/("jws":")([\w.-]+)/g, (_, name: string, jws: string) => `${name}${'j'.repeat(jws.length)}`)
    .replace(/(cursor=)([\w-]+)/g, (_, name: string, cursor: string) => `${name}${'c'.repeat(cursor.length)}`);

/** What a log line says, but for the time and the names of the request. */
function withoutTime(line: string): string {
  const { time, requestId, traceId, milliseconds, pid, hostname, ...rest } = JSON.parse(line) as Record<
    string,
    unknown
  >;
  return JSON.stringify(rest);
}

/** An answer in the form in which two are compared. */
const comparable = ({ status, headers, body, log }: Left): string[] => [
  String(status),
  ...Object.entries(headers)
    .filter(([name]) => !own.has(name))
    .map(([name, value]) => `${name}: ${withoutRandom(String(value))}`)
    .toSorted(),
  withoutRandom(body).replaceAll(/"instance":"[^"]*"/g, ''),
  ...log.map(withoutTime),
];

/** Two texts from shortly before the first character in which they differ. */
function shown(one = '', other = ''): string {
  const differs = [...one].findIndex((character, at) => character !== other[at]);
  const from = Math.max(0, (differs < 0 ? one.length : differs) - 500);
  return `\n  one:   ${one.slice(from, from + 1500)}\n  other: ${other.slice(from, from + 1500)}`;
}

/** How the two worlds are asked. */
export type Asking = { readonly token: string | null; readonly who: string; readonly canary: string };

/** Throws Difference where the answers differ, or where one holds a word that was written in what is closed. */
export function compare(request: Request, [one, other]: readonly [Left, Left], asking: Asking): void {
  const told = `${request.method} ${addressOf(request)} by ${asking.who}`;
  const first = comparable(one);
  const second = comparable(other);
  for (let at = 0; at < Math.max(first.length, second.length); at++)
    if (first[at] !== second[at]) throw new Difference(`${told}${shown(first[at], second[at])}`);
  for (const left of [one, other]) {
    const all = JSON.stringify([left.headers, left.body, left.log]);
    if (all.includes(asking.canary)) throw new Difference(`${told}\n  tells ${asking.canary}: ${all.slice(0, 1500)}`);
  }
}

type AuditItem = Readonly<Record<string, unknown>> & { readonly closed: boolean };

const itemsIn = (pages: readonly Left[]): AuditItem[] =>
  pages.flatMap(({ body }) => (JSON.parse(body) as { items?: AuditItem[] }).items ?? []);

/** What is promised of a record that is withheld; of all else it tells nothing. */
const promised = new Set(['id', 'recordedAt', 'clientId', 'organisation', 'outcome', 'closed']);
/** What is asked for of a deed: by this nothing that is withheld is found. */
const ofDeeds = new Set(['operationId', 'subject']);

/** Throws Difference where a record that is withheld tells what was done, or is found by it. */
function assertWithheld(request: Request, pages: readonly Left[], { who }: Asking): void {
  const filter = request.query.find(([name]) => ofDeeds.has(name));
  for (const item of itemsIn(pages).filter(({ closed }) => closed)) {
    const told = Object.keys(item).find((name) => !promised.has(name) && item[name] !== null) ?? filter?.[0];
    if (told === undefined) continue;
    throw new Difference(
      `${request.method} ${addressOf(request)} by ${who}\n  withholds ${JSON.stringify(item)}: ${told}`,
    );
  }
}

/** What the pages of the audit tell of what was done. */
function toldIn(pages: readonly Left[]): Left {
  const first = pages[0] as Left;
  const items = itemsIn(pages);
  const told = items.filter(({ closed }) => !closed);
  return { ...first, headers: {}, log: [], body: first.status === 200 ? JSON.stringify(told) : first.body };
}

let asked = 0;

/**
 * What is promised to an administrator, and so left out of the comparison: that a client had access, when and with which
 * outcome, where what it did is withheld; that it is withheld in full is looked at. All else of the audit is compared, over all pages, since where a page ends
 * follows from what is on it.
 */
async function compareAudit(worlds: readonly [World, World], request: Request, asking: Asking): Promise<Left> {
  const whole = {
    ...request,
    query: [...request.query.filter(([name]) => name !== 'limit'), ['limit', '200']] as const,
  };
  const lefts: [Left[], Left[]] = [[], []];
  // As many requests to each: what is left of an allowance is compared too.
  for (let page = 0; page === 0 || lefts.some((pages) => nextOf(pages.at(-1) as Left) !== undefined); page++) {
    for (const at of [0, 1] as const) {
      const before = lefts[at].at(-1);
      const next = before && nextOf(before);
      const left = await withNamedIds(`audit ${asked++}`, () =>
        ask(worlds[at], next === undefined ? whole : withCursor(whole, next), asking.token),
      );
      if (before === undefined || next !== undefined) lefts[at].push(left);
    }
    if (page > 50) throw new Error('the audit does not end');
  }
  assertWithheld(whole, lefts.flat(), asking);
  const [one, other] = [toldIn(lefts[0]), toldIn(lefts[1])];
  compare(whole, [one, other], asking);
  for (const left of lefts.flat()) compare(whole, [left, left], asking);
  return one;
}

/** Asks both worlds the same, and goes on as a reader would: to the next pages, and again with the entity tag. */
export async function askBoth(worlds: readonly [World, World], request: Request, asking: Asking): Promise<Left> {
  const both = async (one: Request, other: Request) => {
    const name = `read ${asked++}`;
    const told = (request: Request) => ({ ...request, headers: { ...request.headers, traceparent: traceOf(name) } });
    const pair = [
      await withNamedIds(name, () => ask(worlds[0], told(one), asking.token)),
      await withNamedIds(name, () => ask(worlds[1], told(other), asking.token)),
    ] as const;
    compare(one, pair, asking);
    return pair;
  };
  if (asking.who === 'administrator' && request.path.endsWith('/audit-records'))
    return compareAudit(worlds, request, asking);
  let [one, other] = await both(request, request);
  const etag = one.headers.etag;
  if (request.method === 'GET' && etag !== undefined && etag === other.headers.etag) {
    const conditional = { ...request, headers: { ...request.headers, 'if-none-match': String(etag) } };
    await both(conditional, conditional);
  }
  for (let page = 0; page < 3; page++) {
    const [here, there] = [nextOf(one), nextOf(other)];
    if (here === undefined || there === undefined) break;
    [one, other] = await both(withCursor(request, here), withCursor(request, there));
  }
  return one;
}

const nextOf = ({ body }: Left): string | undefined => /"nextCursor":"([\w-]+)"/.exec(body)?.[1];
const withCursor = (request: Request, cursor: string): Request => ({
  ...request,
  query: [...request.query.filter(([name]) => name !== 'cursor'), ['cursor', cursor]],
});

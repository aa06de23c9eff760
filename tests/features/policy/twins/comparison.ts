import { withNamedIds } from '../../../../src/platform/id.ts';
import type { Request } from '../../../helpers/document.ts';
import { addressOf } from '../../../helpers/document.ts';
import { ask, type Left, traceOf, type World } from './world.ts';

/** What is told of a request that was answered differently in two worlds. */
export class Difference extends Error {}

/** Headers that differ between any two answers. */
const own = new Set(['date', 'x-request-id', 'request-id', 'traceparent', 'server-timing']);

/** A cursor is sealed under a nonce of its own; where it leads is compared by going there. Codes and the names of persons in the log are random. */
const withoutRandom = (text: string) =>
  text
    .replace(/("nextCursor":")([\w-]+)/g, (_, name: string, cursor: string) => `${name}${'c'.repeat(cursor.length)}`)
    .replace(/("(?:personalCode|spanId|dpl\.core\.data_subject_id)":")[\w-]+/g, '$1')
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

/** How the two worlds are asked. */
export type Asking = { readonly token: string | null; readonly who: string; readonly canary: string };

/** Throws Difference where the answers differ, or where one holds a word that was written in what is closed. */
export function compare(request: Request, [one, other]: readonly [Left, Left], asking: Asking): void {
  const told = `${request.method} ${addressOf(request)} by ${asking.who}`;
  const first = comparable(one);
  const second = comparable(other);
  for (let at = 0; at < Math.max(first.length, second.length); at++)
    if (first[at] !== second[at])
      throw new Difference(`${told}\n  one:   ${first[at]?.slice(0, 1500)}\n  other: ${second[at]?.slice(0, 1500)}`);
  for (const left of [one, other]) {
    const all = JSON.stringify([left.headers, left.body, left.log]);
    if (all.includes(asking.canary)) throw new Difference(`${told}\n  tells ${asking.canary}: ${all.slice(0, 1500)}`);
  }
}

let asked = 0;

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

import { lookup as systemLookup } from 'node:dns/promises';
import { Agent, type Dispatcher, request } from 'undici';
import { guardedConnector, type Lookup } from './outbound-connect.ts';
import { failureOf, OutboundFailure } from './outbound-failure.ts';
import { type SendableOptions, sendableFaults, sendablePlaces } from './sendable.ts';
import { version } from './version.ts';

export { OutboundFailure, type OutboundReason } from './outbound-failure.ts';
export { assertSendable, type SendableFault, type SendableOptions } from './sendable.ts';

/** What is sent. `bodyCharacters` is how much of the answer's text is given back. */
export type OutboundRequest = {
  readonly method: 'POST' | 'PUT' | 'OPTIONS' | 'GET';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly bodyCharacters?: number | undefined;
};

/**
 * What the other side answered. Header names are in lower case. `body` is its text as far as it was asked for, printable;
 * empty when it came encoded, which it was asked not to.
 */
export type OutboundAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly durationMs: number;
};

/** Sends HTTP requests to addresses that others name. A redirect is an answer of its own. */
export type Outbound = {
  send(request: OutboundRequest): Promise<OutboundAnswer>;
  /** Ends all connections. What is under way fails: whoever sends stops before. */
  close(): Promise<void>;
};

/** How a node sends; besides the settings all is for tests. */
export type OutboundOptions = SendableOptions & {
  readonly lookup?: Lookup | undefined;
  readonly connectTimeoutMs?: number | undefined;
  /** Certificates of authorities that are believed in place of those of the system. */
  readonly ca?: string | undefined;
};

/** The most that is read of an answer, in bytes. */
export const maxAnswerBytes = 1024 * 1024;

/** How many informational answers (1xx) may come before the one that counts. */
const maxInformations = 10;

const defaultBodyCharacters = 2048;
const defaultTimeoutMs = 15_000;
const defaultConnectTimeoutMs = 3000;

/** Headers that belong to the connection, or that would carry something from one request into another. */
const ownHeaders =
  /^(?:accept-encoding|connection|content-length|cookie2?|expect|host|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade)$/i;

/**
 * Opens the sender of a node; one is enough for a process. It keeps connections and uses them again for the same scheme,
 * host and port alone. That skips no check: a connection stays with the peer that was checked when it was made, whatever
 * the name has come to mean since, and what may be reached does not change while a process runs.
 */
export function createOutbound(options: OutboundOptions): Outbound {
  const places = sendablePlaces(options);
  const agent = new Agent({
    connect: guardedConnector(places, {
      lookup: options.lookup ?? ((name) => systemLookup(name, { all: true })),
      connectTimeoutMs: options.connectTimeoutMs ?? defaultConnectTimeoutMs,
      ca: options.ca,
    }),
    // One request at a time on a connection, so that no answer waits behind another.
    pipelining: 1,
    maxResponseSize: maxAnswerBytes,
    // The limit of the whole request, which is shorter or told by the caller, ends what hangs.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return {
    send: async (asked) => {
      if (sendableFaults(asked.url, places).length > 0) throw new OutboundFailure('blocked');
      const headers = headersOf(asked.headers);
      const limit = timeLimit(asked);
      const began = performance.now();
      try {
        const { status, headers: answered, body } = await exchange(agent, { ...asked, headers }, limit.signal);
        return { status, headers: answered, body, durationMs: Math.round(performance.now() - began) };
      } catch (error) {
        throw failureOf(error, limit);
      } finally {
        limit.clear();
      }
    },
    close: () => agent.destroy(),
  };
}

function headersOf(given: Readonly<Record<string, string>>): Record<string, string> {
  const own = Object.keys(given).find((name) => ownHeaders.test(name));
  if (own !== undefined) throw new TypeError(`the header ${own} is not a caller's to set`);
  const headers = Object.entries(given).map(([name, value]) => [name.toLowerCase(), value] as const);
  return { 'user-agent': `Samendoen/${version}`, ...Object.fromEntries(headers), 'accept-encoding': 'identity' };
}

type Limit = { readonly signal: AbortSignal; readonly expired: () => boolean; clear(): void };

function timeLimit({ timeoutMs = defaultTimeoutMs, signal }: OutboundRequest): Limit {
  const expiry = new AbortController();
  const timer = setTimeout(() => expiry.abort(), timeoutMs);
  return {
    signal: signal === undefined ? expiry.signal : AbortSignal.any([signal, expiry.signal]),
    expired: () => expiry.signal.aborted,
    clear: () => clearTimeout(timer),
  };
}

async function exchange(
  agent: Agent,
  asked: OutboundRequest,
  signal: AbortSignal,
): Promise<Omit<OutboundAnswer, 'durationMs'>> {
  const { method, url, headers, body, bodyCharacters = defaultBodyCharacters } = asked;
  let informed = 0;
  // Nothing that comes before the answer is of use; without end it would cost the whole time limit.
  const onInfo = () => {
    informed += 1;
    if (informed > maxInformations) throw new OutboundFailure('too_large');
  };
  const answer = await request(url, { dispatcher: agent, method, headers, body: body ?? null, signal, onInfo });
  return {
    status: answer.statusCode,
    headers: plainHeaders(answer.headers),
    body: firstCharacters(await readText(answer), bodyCharacters),
  };
}

/** The text of an answer. One that came encoded is not read, for a small one may hold a great deal. */
async function readText({ headers, body }: Dispatcher.ResponseData): Promise<string> {
  const encoding = String(headers['content-encoding'] ?? 'identity');
  if (encoding.trim().toLowerCase() !== 'identity') {
    body.on('error', () => undefined).destroy();
    return '';
  }
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk as Buffer);
  return printable(Buffer.concat(chunks).toString('utf8'));
}

/** A text without control characters, which no log, terminal or text column should be given. */
const printable = (text: string): string => text.replace(/(?![\t\n\r])\p{Cc}/gu, '\ufffd');

function firstCharacters(text: string, count: number): string {
  const cut = text.slice(0, count);
  return text.length > count && /[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut;
}

const plainHeaders = (headers: Dispatcher.ResponseData['headers']): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), printable([value ?? ''].flat().join(', '))]),
  );

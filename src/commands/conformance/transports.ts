import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { type Behaviour, type FeedAsk, reply } from './kit-node.ts';
import { answerOf, answerType, type Misbehaviour, type Scene } from './scene.ts';
import { compact } from './signing.ts';

/** How much of a giant answer is tried to be sent, and how much may go out before it is cut, in bytes. */
const giantBytes = 1024 ** 3;
const mostBytes = 64 * 1024 ** 2;
/** The longest time for which a slow answer may be waited for, in seconds. */
const longestSeconds = 60;

type Way = (ask: FeedAsk, sound: string, scene: Scene) => Promise<void> | void;

/** Changes an organisation, and gives a sound answer in a way that is not to be taken. */
const sent =
  (way: Way) =>
  (scene: Scene): Behaviour => {
    scene.world.publisher.give({ ...scene.one, name: scene.word('one') });
    return (ask) => way(ask, compact(answerOf(scene, ask), answerType, scene.world.kit.key), scene);
  };

const begin = (response: ServerResponse, headers: Readonly<Record<string, string>> = {}) =>
  response.writeHead(200, { 'content-type': 'application/jwt', ...headers });

type Overrun = Scene['overrun'];

/** Sends without end, and tells where that was not cut. */
async function sendGiant({ response }: FeedAsk, sound: string, overrun: Overrun): Promise<void> {
  begin(response).write(sound);
  const piece = Buffer.alloc(256 * 1024, 'A');
  let bytes = 0;
  const pieces = function* () {
    for (; bytes < giantBytes; bytes += piece.length) yield piece;
  };
  await pipeline(Readable.from(pieces()), response).catch(() => undefined);
  if (bytes > mostBytes) overrun(`${bytes} bytes of an answer were taken in`);
}

/** Sends a byte a second, and tells where that was waited for. */
async function sendSlowly({ response }: FeedAsk, sound: string, overrun: Overrun): Promise<void> {
  begin(response);
  const closed = new AbortController();
  response.once('close', () => closed.abort());
  for (let at = 0; at < longestSeconds && !closed.signal.aborted; at++) {
    response.write(sound[at] ?? '.');
    await pause(1000, undefined, { signal: closed.signal }).catch(() => undefined);
  }
  if (!closed.signal.aborted) overrun(`an answer of a byte a second was waited for longer than ${longestSeconds} s`);
  response.destroy();
}

const bomb = () => gzipSync(Buffer.alloc(128 * 1024 ** 2), { level: 9 });

/** What a publisher can do wrong in how it answers. */
export const transports: readonly Misbehaviour[] = [
  {
    name: 'redirects',
    clause: 'limits',
    begin: sent(({ response }, sound, { world, overrun }) => {
      const path = '/elsewhere';
      world.kit.page(path, (response) => {
        overrun('the redirect was followed');
        reply(response, sound);
      });
      response.writeHead(307, { location: `${world.kit.baseUrl}${path}` }).end();
    }),
  },
  {
    name: 'answers with a gigabyte',
    clause: 'limits',
    isLong: true,
    begin: sent((ask, sound, { overrun }) => sendGiant(ask, sound, overrun)),
  },
  {
    name: 'answers a byte a second',
    clause: 'limits',
    isLong: true,
    begin: sent((ask, sound, { overrun }) => sendSlowly(ask, sound, overrun)),
  },
  {
    name: 'answers with a compressed bomb',
    clause: 'limits',
    begin: sent(({ response }) => void begin(response, { 'content-encoding': 'gzip' }).end(bomb())),
  },
  {
    name: 'breaks off in the middle',
    clause: 'limits',
    begin: sent(({ response }, sound) => {
      begin(response, { 'content-length': String(sound.length) }).write(sound.slice(0, sound.length / 2), () =>
        response.destroy(),
      );
    }),
  },
  {
    name: 'fails with 500 and a text of its own',
    clause: 'errors',
    begin: sent(
      ({ response }, _, { word }) =>
        void response.writeHead(500, { 'content-type': 'text/html' }).end(`<b>${word('bad')}</b>`),
    ),
  },
  {
    name: 'fails with 503 for an hour',
    clause: 'errors',
    begin: sent(
      ({ response }, _, { word }) => void response.writeHead(503, { 'retry-after': '3600' }).end(word('bad')),
    ),
  },
  {
    name: 'answers 200 with a problem',
    clause: 'errors',
    begin: sent(
      ({ response }, _, { word }) =>
        void response
          .writeHead(200, { 'content-type': 'application/problem+json' })
          .end(JSON.stringify({ detail: word('bad') })),
    ),
  },
];

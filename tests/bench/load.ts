import { randomBytes } from 'node:crypto';
import net from 'node:net';

/** Where requests go, and by which token. */
export type Target = { readonly port: number; readonly token: string };

/** What came of a run. */
export type Load = { readonly requests: number; readonly seconds: number };

/**
 * Sends GET requests over kept connections for a time, each path in turn; with `body` POST requests, each with a key of
 * its own. Throws unless every answer is 200, or 201. It speaks to the socket itself, since an HTTP client would need more processor time than the servers that are measured.
 */
export async function load(
  { port, token }: Target,
  paths: readonly string[],
  {
    callers,
    seconds,
    body,
  }: { readonly callers: number; readonly seconds: number; readonly body?: string | undefined },
): Promise<Load> {
  const requests = paths.map((path) => Buffer.from(requestOf(path, token), 'latin1'));
  const made = (path = '') => Buffer.from(postOf(path, token, body ?? ''), 'utf8');
  const started = performance.now();
  const end = started + seconds * 1000;
  let sent = 0;
  const next = () => {
    if (performance.now() >= end) return undefined;
    const turn = sent++ % requests.length;
    return body === undefined ? requests[turn] : made(paths[turn]);
  };
  await Promise.all(Array.from({ length: callers }, () => call(port, next)));
  return { requests: sent, seconds: (performance.now() - started) / 1000 };
}

const requestOf = (path: string, token: string) =>
  `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${token}\r\naccept: application/json\r\n\r\n`;

const run = randomBytes(8).toString('hex');
let keys = 0;

const postOf = (path: string, token: string, body: string) =>
  `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${token}\r\naccept: application/json\r\n` +
  `idempotency-key: "${run}-${keys++}"\r\ncontent-type: application/json\r\n` +
  `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

/** One caller: sends a request when the answer to the one before is complete, until there is none to send. */
function call(port: number, next: () => Buffer | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
    const send = () => {
      const request = next();
      if (request === undefined) socket.destroy();
      else socket.write(request);
    };
    const read = answerReader();
    socket.on('connect', send);
    socket.on('data', (piece: Buffer) => {
      try {
        if (read(piece)) send();
      } catch (error) {
        reject(error);
        socket.destroy();
      }
    });
    socket.on('close', () => resolve());
    socket.on('error', reject);
  });
}

/** Reads answers piece by piece; true when one is complete. Throws unless it is a 200 or 201 of a length that it tells. */
function answerReader(): (piece: Buffer) => boolean {
  let left = 0;
  let head: Buffer = Buffer.alloc(0);
  return (piece) => {
    if (left > 0) {
      left -= piece.length;
      return left === 0;
    }
    head = head.length === 0 ? piece : Buffer.concat([head, piece]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return false;
    left = end + 4 + lengthOf(head.toString('latin1', 0, end)) - head.length;
    head = Buffer.alloc(0);
    return left === 0;
  };
}

function lengthOf(head: string): number {
  const length = /^content-length: (\d+)$/im.exec(head)?.[1];
  if (!/^HTTP\/1\.1 20[01] /.test(head) || length === undefined) throw new Error(`a server answered ${head}`);
  return Number(length);
}

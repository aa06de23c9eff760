import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import {
  createOutbound,
  maxAnswerBytes,
  type OutboundOptions,
  type OutboundRequest,
} from '../../src/platform/outbound.ts';
import { listen, startEndpoint } from '../helpers/endpoint.ts';

const local = { privateRanges: ['127.0.0.0/8'], allowHttp: true };

function outboundOf(t: Test, options: OutboundOptions = local) {
  const outbound = createOutbound(options);
  t.teardown(() => outbound.close());
  const send = (asked: Partial<OutboundRequest> & { url: string }) =>
    outbound.send({ method: 'POST', headers: {}, body: '{}', ...asked });
  /** Why nothing came; fails when something did. */
  const reasonOf = (asked: Partial<OutboundRequest> & { url: string }) =>
    send(asked).then(
      ({ status }) => `answered ${status}`,
      (error: { reason?: string }) => error.reason ?? error,
    );
  return { ...outbound, send, reasonOf };
}

/** A server that speaks in bytes: `speak` is called once a whole request has come. */
async function startSpeaker(t: Test, speak: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    let heard = '';
    socket.on('data', (chunk) => {
      heard += chunk.toString('latin1');
      if (/\r\n\r\n\{\}$/.test(heard)) speak(socket);
    });
  });
  const port = await listen(t, server);
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
  });
  return `http://127.0.0.1:${port}/`;
}

/** Writes the same again and again, as fast as it is taken, until the socket closes. */
function flood(socket: Socket, text: string, first = ''): void {
  socket.write(first);
  // In large pieces, else the test itself is busy with writing small ones.
  const piece = text.repeat(Math.ceil(65_536 / text.length));
  const more = () => {
    if (!socket.destroyed) socket.write(piece, more);
  };
  more();
}

t.test('what is sent is what was asked for, and nothing of one answer goes into the next request', async (t) => {
  const { url, received } = await startEndpoint(t, (_, response) => {
    response.writeHead(202, { 'Set-Cookie': 'a=b', 'X-Two': ['1', '2'] }).end('taken');
  });
  const { send } = outboundOf(t);
  const asked = {
    url: `${url}hook?x=1`,
    headers: { 'Content-Type': 'application/json' },
    body: '{"naam":"coöperatie"}',
  };
  t.match(await send(asked), { status: 202, body: 'taken', headers: { 'x-two': '1, 2' }, durationMs: Number });
  await send(asked);
  await send({ url, method: 'GET', body: undefined });
  t.match(received[1], {
    method: 'POST',
    path: '/hook?x=1',
    body: asked.body,
    headers: { 'content-type': 'application/json', 'content-length': '22', 'user-agent': /^Samendoen\// },
  });
  t.same(
    received.map(({ headers }) => [headers.cookie, headers['accept-encoding']]),
    received.map(() => [undefined, 'identity']),
  );
  t.match(received[2], { method: 'GET', path: '/', body: '' });
});

t.test('a header that belongs to the connection is not a caller’s to set', async (t) => {
  const { send } = outboundOf(t);
  for (const name of ['Cookie', 'Host', 'Accept-Encoding', 'Connection', 'Transfer-Encoding', 'Proxy-Authorization'])
    await t.rejects(send({ url: 'http://127.0.0.1/', headers: { [name]: 'x' } }), TypeError, name);
});

t.test('a redirect is an answer and is not followed', async (t) => {
  const target = await startEndpoint(t, (_, response) => response.end());
  let status = 0;
  const { url } = await startEndpoint(t, (_, response) => response.writeHead(status, { location: target.url }).end());
  const { send } = outboundOf(t);
  for (status of [300, 301, 302, 303, 304, 307, 308])
    t.match(await send({ url }), { status, headers: { location: target.url } });
  t.equal(target.received.length, 0);
});

t.test('an answer is kept as printable text, as much of it as was asked for', async (t) => {
  let said: string | Buffer = '';
  const { url } = await startEndpoint(t, (_, response) => response.end(said));
  const { send } = outboundOf(t);
  const bodyOf = async (text: string | Buffer, bodyCharacters?: number) => {
    said = text;
    return (await send({ url, bodyCharacters })).body;
  };
  t.equal(await bodyOf('a\u0000b\u001b[31m\u007f\u0085\tc\r\n'), 'a\ufffdb\ufffd[31m\ufffd\ufffd\tc\r\n');
  t.equal(await bodyOf(Buffer.from([0x61, 0xff, 0xed, 0xa0, 0x80])), 'a\ufffd\ufffd\ufffd\ufffd');
  t.equal((await bodyOf('x'.repeat(5000))).length, 2048);
  t.equal(await bodyOf('abcdef', 3), 'abc');
  t.equal(await bodyOf('ab😀', 3), 'ab', 'no character is cut in half');
  t.equal(await bodyOf('ab😀', 4), 'ab😀');
});

t.test('an answer of the limit is read, and one byte more is too much, announced or not', async (t) => {
  let length = 0;
  const { url } = await startEndpoint(t, (request, response) => {
    if (request.url === '/announced') response.setHeader('content-length', length);
    response.end('x'.repeat(length));
  });
  const { send, reasonOf } = outboundOf(t);
  for (const path of ['', 'announced']) {
    length = maxAnswerBytes;
    t.equal((await send({ url: url + path, bodyCharacters: 2 * maxAnswerBytes })).body.length, maxAnswerBytes);
    length += 1;
    t.equal(await reasonOf({ url: url + path }), 'too_large');
  }
});

t.test('an answer that came encoded is not read, however small it looks', async (t) => {
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
  t.ok(bomb.length < maxAnswerBytes, `${bomb.length} bytes hold 64 MiB`);
  let encoding = '';
  const { url } = await startEndpoint(t, (_, response) => {
    response.writeHead(200, { 'content-encoding': encoding }).end(encoding === 'identity' ? 'plain' : bomb);
  });
  const { send } = outboundOf(t);
  for (encoding of ['gzip', 'GZIP', 'gzip, gzip, br', 'x-unknown', 'identity, gzip'])
    t.match(await send({ url }), { status: 200, body: '' }, encoding);
  encoding = 'identity';
  t.match(await send({ url }), { status: 200, body: 'plain' });
});

t.test('whatever endless or broken thing the other side does, the request ends with a reason', async (t) => {
  const { reasonOf } = outboundOf(t);
  const head = 'HTTP/1.1 200 OK\r\n';
  const cases: readonly (readonly [string, string, (socket: Socket) => void])[] = [
    ['says nothing', 'timeout', () => undefined],
    ['stops in the headers', 'timeout', (socket) => socket.write(`${head}X: `)],
    ['stops in the body', 'timeout', (socket) => socket.write(`${head}Content-Length: 9\r\n\r\nabc`)],
    ['drips', 'timeout', (socket) => drip(socket, `${head}Transfer-Encoding: chunked\r\n\r\n`, '1\r\nx\r\n')],
    ['drips headers', 'timeout', (socket) => drip(socket, head, 'X: y\r\n')],
    ['informs without end', 'too_large', (socket) => drip(socket, '', 'HTTP/1.1 103 Early Hints\r\n\r\n')],
    ['floods with informations', 'too_large', (socket) => flood(socket, 'HTTP/1.1 103 Early Hints\r\n\r\n')],
    ['has endless headers', 'too_large', (socket) => flood(socket, 'X: y\r\n', head)],
    ['has a header of a megabyte', 'too_large', (socket) => socket.write(`${head}X: ${'y'.repeat(1e6)}\r\n\r\n`)],
    ['has an endless body', 'too_large', (socket) => flood(socket, 'x', `${head}\r\n`)],
    ['announces too much', 'too_large', (socket) => flood(socket, 'x', `${head}Content-Length: 99999999999\r\n\r\n`)],
    ['resets', 'reset', (socket) => socket.resetAndDestroy()],
    [
      'resets in the body',
      'reset',
      (socket) => socket.write(`${head}Content-Length: 9\r\n\r\nabc`, () => socket.resetAndDestroy()),
    ],
    ['ends in the body', 'reset', (socket) => socket.end(`${head}Content-Length: 9\r\n\r\nabc`)],
    ['ends without a word', 'reset', (socket) => socket.end()],
    [
      'changes the protocol',
      'reset',
      (socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'),
    ],
    ['goes on where nobody waits', 'reset', (socket) => socket.write('HTTP/1.1 100 Continue\r\n\r\n')],
    ['is no HTTP', 'failed', (socket) => socket.write('SSH-2.0-OpenSSH_9.6\r\n\r\n')],
    ['has two lengths', 'failed', (socket) => socket.write(`${head}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`)],
    ['has a status of its own', 'failed', (socket) => socket.write('HTTP/1.1 99999 canary\r\n\r\n')],
  ];
  for (const [name, reason, speak] of cases) {
    const url = await startSpeaker(t, speak);
    const began = performance.now();
    const told = String(await reasonOf({ url, timeoutMs: 400 }));
    t.equal(told, reason, `who ${name}`);
    t.ok(performance.now() - began < 3000, `who ${name}: in time`);
  }
});

function drip(socket: Socket, first: string, again: string): void {
  socket.write(first);
  const timer = setInterval(() => socket.write(again), 20);
  socket.on('close', () => clearInterval(timer));
}

t.test('who takes no connection, has no name or takes its time for it, is told apart', async (t) => {
  const closed = createServer();
  const port = await listen(t, closed);
  closed.close();
  await once(closed, 'close');
  t.equal(await outboundOf(t).reasonOf({ url: `http://127.0.0.1:${port}/` }), 'refused');

  const none = outboundOf(t, { ...local, lookup: async () => [] });
  t.equal(await none.reasonOf({ url: 'http://partner.example/' }), 'unresolvable');
  const unknown = Object.assign(new Error('canary'), { code: 'EAI_AGAIN' });
  const failing = outboundOf(t, { ...local, lookup: async () => Promise.reject(unknown) });
  t.equal(await failing.reasonOf({ url: 'http://partner.example/' }), 'unresolvable');

  const slow = outboundOf(t, { ...local, lookup: () => new Promise(() => undefined), connectTimeoutMs: 200 });
  const began = performance.now();
  t.equal(await slow.reasonOf({ url: 'http://partner.example/' }), 'timeout');
  t.ok(performance.now() - began < 3000, 'the limit of connecting holds for the resolver too');
});

t.test('the caller and the end of the node end a request', async (t) => {
  const { url } = await startEndpoint(t, () => undefined);
  const { reasonOf, close } = outboundOf(t);
  const controller = new AbortController();
  const aborted = reasonOf({ url, signal: controller.signal });
  controller.abort(new Error('canary'));
  t.equal(await aborted, 'failed');
  t.equal(await reasonOf({ url, signal: AbortSignal.abort() }), 'failed');
  const under = reasonOf({ url });
  await close();
  t.equal(await under, 'failed');
  t.equal(await reasonOf({ url }), 'failed');
  await close();
});

t.test('a failure tells a reason alone: no address, and nothing of the other side', async (t) => {
  const url = await startSpeaker(t, (socket) => socket.write('HTTP/1.1 canary\r\n\r\n'));
  const { send } = outboundOf(t);
  for (const asked of [
    { url },
    { url: 'http://canary@127.0.0.1/' },
    { url: 'http://canary.invalid/' },
    { url: 'https://10.99.99.1/' },
  ]) {
    const error = await send(asked).then(
      () => new Error('it was answered'),
      (failure: Error) => failure,
    );
    const { stack, ...shown } = { ...error, message: error.message, stack: error.stack?.split('\n    at')[0] };
    t.match(error, { name: 'OutboundFailure', message: /^[A-Z][a-z ]+\.$/ });
    t.notMatch(inspect(shown) + stack, /canary|127\.0\.0\.1|10\.99|invalid/);
    t.equal(error.cause, undefined);
  }
});

t.test('a connection is used again for the same place alone, and each new one is checked', async (t) => {
  const connections: Socket[] = [];
  const { port } = await startEndpoint(t, (request, response) => {
    if (!connections.includes(request.socket)) connections.push(request.socket);
    response.end();
  });
  let answer = '127.0.0.1';
  const { send, reasonOf } = outboundOf(t, { ...local, lookup: async () => [{ address: answer, family: 4 }] });
  const url = `http://partner.example:${port}/`;
  await send({ url });
  await turn();
  await send({ url: `${url}other` });
  await turn();
  t.equal(connections.length, 1);
  answer = '10.0.0.1';
  await send({ url });
  t.equal(connections.length, 1, 'the kept connection stays with the peer that was checked');
  t.equal(await reasonOf({ url: `http://second.example:${port}/` }), 'blocked', 'another name is asked for itself');
  const gone = connections.map((socket) => once(socket, 'close'));
  for (const socket of connections) socket.end();
  await Promise.all(gone);
  t.equal(await reasonOf({ url }), 'blocked', 'and so is the same one, once the connection has ended');
});

t.test('a peer that is not who the resolver named hears not a byte', async (t) => {
  const heard: Buffer[] = [];
  const server = createServer((socket) => socket.on('error', () => undefined).on('data', (chunk) => heard.push(chunk)));
  const port = await listen(t, server);
  // What is checked says one thing, and what is connected to another.
  let read = 0;
  const lookup = async () => [
    {
      family: 4,
      get address() {
        return read++ === 0 ? '8.8.8.8' : '127.0.0.1';
      },
    },
  ];
  const { reasonOf } = outboundOf(t, { ports: [port], lookup });
  const ended = once(server, 'connection').then(([socket]) => once(socket as Socket, 'close'));
  t.equal(await reasonOf({ url: `https://partner.example:${port}/` }), 'blocked');
  await ended;
  t.equal(Buffer.concat(heard).length, 0);
});

t.test('a proxy of the environment is not used', async (t) => {
  const proxy = await startEndpoint(t, (_, response) => response.end());
  const names = ['http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'];
  const before = names.map((name) => [name, process.env[name]] as const);
  t.teardown(() => {
    for (const name of names) delete process.env[name];
    Object.assign(process.env, Object.fromEntries(before.filter(([, value]) => value !== undefined)));
  });
  for (const name of names) process.env[name] = proxy.url;
  const { url, received } = await startEndpoint(t, (_, response) => response.end());
  await outboundOf(t).send({ url });
  t.equal(received.length, 1);
  t.equal(proxy.received.length, 0);
});

import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, isIP, type Server } from 'node:net';
import { createOutbound, OutboundFailure } from '../../src/platform/outbound.ts';
import type { Lookup } from '../../src/platform/outbound-connect.ts';
import { type SsrfTarget, ssrfTargets } from './ssrf-targets.ts';

/** What a guard is given for one send. */
export type Attempt = {
  readonly url: string;
  readonly lookup: Lookup;
  /** The ports of the listeners, at which the address alone can stop the guard. */
  readonly ports: readonly number[];
  /** The range in which the endpoint that redirects stands. */
  readonly privateRanges: readonly string[];
};

/** Sends, and tells how it went: a status, or why nothing came. */
export type Guard = (attempt: Attempt) => Promise<string>;

/** How one target went: what the guard told each time, and how many connections reached a listener. */
export type Outcome = {
  readonly target: SsrfTarget;
  readonly scheme: string;
  readonly told: string[];
  readonly reached: number;
};

/** The guard of the product. */
const guarded: Guard = async ({ url, lookup, ports, privateRanges }) => {
  const outbound = createOutbound({ lookup, ports, privateRanges, allowHttp: true, connectTimeoutMs: 1000 });
  try {
    const { status } = await outbound.send({ method: 'POST', url, headers: {}, body: 'secret', timeoutMs: 1500 });
    return String(status);
  } catch (error) {
    if (error instanceof OutboundFailure) return error.reason;
    throw error;
  } finally {
    await outbound.close();
  }
};

/** A listener on loopback that counts who connects. */
async function countConnections(host: string, port = 0) {
  const server = createServer();
  const callers: number[] = [];
  server.on('connection', (socket) => {
    callers.push(socket.remotePort ?? 0);
    server.emit('counted');
    socket.on('error', () => undefined).destroy();
  });
  await listening(server, host, port);
  const address = server.address() as AddressInfo;
  let own = 0;
  // Connections are counted in the order in which they came: once one's own is counted, so is all before it.
  const count = async () => {
    const socket = connect(address.port, host).on('error', () => undefined);
    await once(socket, 'connect');
    const { localPort } = socket;
    while (!callers.includes(localPort ?? -1)) await once(server, 'counted');
    socket.destroy();
    own += 1;
    return callers.length - own;
  };
  return { port: address.port, count, close: () => void server.close() };
}

async function listening(server: Server, host: string, port: number): Promise<void> {
  server.listen(port, host);
  await once(server, 'listening');
}

/** The listeners: on IPv4 and IPv6 at one port, and on an IPv4 address as IPv6 writes it at another. */
async function listeners() {
  const ipv4 = await countConnections('127.0.0.1');
  const all = [ipv4, await countConnections('::1', ipv4.port), await countConnections('::ffff:127.0.0.1')];
  return {
    port: ipv4.port,
    mapped: all[2]?.port ?? 0,
    count: async () => {
      let sum = 0;
      for (const listener of all) sum += await listener.count();
      return sum;
    },
    close: () => {
      for (const listener of all) listener.close();
    },
  };
}

/** An endpoint at an address that may be reached, ::1 by a range of its own, which sends whoever comes elsewhere. */
async function redirector() {
  const next = { status: 302, location: '' };
  const server = createHttpServer((_, response) => {
    response.writeHead(next.status, { location: next.location, connection: 'close' }).end();
  });
  await listening(server, '::1', 0);
  const { port } = server.address() as AddressInfo;
  return { next, url: `http://[::1]:${port}/`, close: () => void server.close() };
}

/** A resolver that answers as it is told: the last answer again and again. */
function resolverOf(answers: readonly (readonly string[])[]): Lookup {
  let asked = 0;
  return async () => {
    const answer = answers[Math.min(asked++, answers.length - 1)] ?? [];
    return answer.map((address) => ({ address, family: isIP(address) || 4 }));
  };
}

/** Sends to targets by both schemes through a guard. */
export async function sendToTargets(guard: Guard, targets = ssrfTargets): Promise<Outcome[]> {
  const listener = await listeners();
  const elsewhere = await redirector();
  const outcomes: Outcome[] = [];
  try {
    for (const scheme of ['https', 'http'])
      for (const target of targets) outcomes.push(await sendTo({ target, scheme, guard, listener, elsewhere }));
  } finally {
    listener.close();
    elsewhere.close();
  }
  return outcomes;
}

type Sending = {
  readonly target: SsrfTarget;
  readonly scheme: string;
  readonly guard: Guard;
  readonly listener: Awaited<ReturnType<typeof listeners>>;
  readonly elsewhere: Awaited<ReturnType<typeof redirector>>;
};

async function sendTo({ target, scheme, guard, listener, elsewhere }: Sending): Promise<Outcome> {
  const url = target.url
    .replace('{scheme}', scheme)
    .replace('{port}', String(listener.port))
    .replace('{mapped}', String(listener.mapped));
  Object.assign(elsewhere.next, { status: target.redirect, location: url });
  const attempt: Attempt = {
    url: target.redirect === undefined ? url : elsewhere.url,
    lookup: resolverOf(target.answers ?? []),
    ports: [443, 8443, listener.port, listener.mapped],
    privateRanges: target.redirect === undefined ? ['10.99.0.0/16'] : ['::1/128'],
  };
  const before = await listener.count();
  const told: string[] = [];
  for (let time = 0; time < (target.times ?? 1); time++) told.push(await guard(attempt));
  return { target, scheme, told, reached: (await listener.count()) - before };
}

/** Sends to every target through the guard of the product, and prints how many reached a listener. */
export async function runSsrfTargets() {
  const outcomes = await sendToTargets(guarded);
  const sum = (of: (outcome: Outcome) => number) => outcomes.reduce((total, outcome) => total + of(outcome), 0);
  const sends = sum(({ told }) => told.length);
  const reached = sum((outcome) => outcome.reached);
  process.stdout.write(
    `${ssrfTargets.length} targets, ${sends} sends by HTTPS and HTTP: ${reached} connections reached a listener\n`,
  );
  return { targets: ssrfTargets.length, sends, reached, outcomes };
}

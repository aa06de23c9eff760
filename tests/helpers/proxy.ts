import { once } from 'node:events';
import net from 'node:net';
import type { Connection } from '../../src/platform/db.ts';
import type { Teardown } from './programs.ts';

/** A database of a run's server behind a way that can be cut: the URL of the database by that way. */
export type Way = {
  readonly url: string;
  /** Cuts every connection and takes no more. */
  cut(): Promise<void>;
  /** Takes connections again, at the same address. */
  restore(): Promise<void>;
  /** Cuts, once clients on connections that are new by then have spoken so many times. */
  cutAfter(times: number): Promise<void>;
};

/** Opens a way to a database, which may be on a socket; closed at the end of the test. */
export async function wayTo(t: Teardown, connection: Connection): Promise<Way> {
  const target = targetOf(connection);
  const sockets = new Set<net.Socket>();
  const keep = (socket: net.Socket, other: net.Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      other.destroy();
    });
    socket.pipe(other);
  };
  let limit: { times: number; reached(): void } | undefined;
  const count = () => {
    if (limit === undefined || --limit.times > 0) return;
    const { reached } = limit;
    limit = undefined;
    reached();
  };
  const server = net.createServer((socket) => {
    if (limit !== undefined) socket.on('data', count);
    const other = net.connect(target.to as net.NetConnectOpts);
    keep(socket, other);
    keep(other, socket);
  });
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as net.AddressInfo).port;
  };
  const cut = async () => {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  const port = await listen(0);
  t.teardown(() => (server.listening ? cut() : undefined));
  const { user, password, database } = target;
  return {
    url: `postgres://${encodeURIComponent(user)}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`,
    cut,
    restore: async () => {
      await listen(port);
    },
    cutAfter: (times) =>
      new Promise((resolve, reject) => {
        limit = { times, reached: () => void cut().then(resolve, reject) };
      }),
  };
}

function targetOf(connection: Connection) {
  if (typeof connection !== 'string') {
    const { host, port, user, password = '', database } = connection;
    return { to: { path: `${host}/.s.PGSQL.${port}` }, user, password, database };
  }
  const { hostname, port, username, password, pathname } = new URL(connection);
  return {
    to: { host: hostname, port: Number(port || 5432) },
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: pathname.slice(1),
  };
}

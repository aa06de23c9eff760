import type { Server } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';

/** How long connections may still bring a request, and how long a request may take to be answered, in milliseconds. */
export type DrainLimits = { readonly idleMs: number; readonly busyMs: number };

/** What a server tells once when it comes to its end: then nobody waits for anything any more. */
export const draining = 'draining';

const usual: DrainLimits = { idleMs: 1000, busyMs: 6000 };

/**
 * Prepares a server for its end, before it listens. The answer drains it: no more connections are accepted, what arrives
 * on those that are open is answered with `Connection: close`, and idle ones are closed a moment later. To close them at
 * once, as the server's own `close` does, would lose the requests that are on their way.
 */
export function drainOf(server: Server): (limits?: DrainLimits) => Promise<void> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return async ({ idleMs, busyMs } = usual) => {
    server.emit(draining);
    server.prependListener('request', (_request, response) => {
      response.shouldKeepAlive = false;
    });
    // For the server, a connection that never said anything is not idle.
    const closeIdle = () => {
      for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
      server.closeIdleConnections();
    };
    const timers = [setTimeout(closeIdle, idleMs), setTimeout(() => server.closeAllConnections(), busyMs)];
    // The `close` of the HTTP server would end idle connections, and stop to watch over slow ones.
    await new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()));
    for (const timer of timers) clearTimeout(timer);
  };
}

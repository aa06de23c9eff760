import { once } from 'node:events';
import net from 'node:net';
import type { Teardown } from './programs.ts';

/**
 * How a node cannot be reached: connections are refused; taken and never answered; or broken off in the middle of an
 * answer, so that what was asked had its effect.
 */
export const cuts = ['refused', 'held', 'reset'] as const;

/** How a node cannot be reached. */
export type Cut = (typeof cuts)[number];

/** The public address of a node, behind which its connections can be cut. */
export type Front = {
  readonly baseUrl: string;
  /** Cuts what is open and what comes, in this way. */
  cut(how: Cut): Promise<void>;
  /** Lets through what comes from now on. What was held stays without an answer, as after a real cut. */
  heal(): Promise<void>;
};

/** Opens the public address of a node that listens on a port of this machine; closed at the end of the test. */
export async function frontOf(t: Teardown, port: number): Promise<Front> {
  const open = new Set<net.Socket>();
  let state: Cut | undefined;
  const keep = (socket: net.Socket, other: net.Socket | undefined) => {
    open.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      open.delete(socket);
      other?.destroy();
    });
  };
  const connect = (socket: net.Socket) => {
    if (state === 'held') {
      keep(socket, undefined);
      socket.resume();
      return;
    }
    const node = net.connect(port, '127.0.0.1');
    keep(socket, node);
    keep(node, socket);
    socket.on('data', (data) => state !== 'held' && node.write(data));
    node.on('data', (data) => {
      if (state === undefined) socket.write(data);
      else if (state === 'reset') breakOff(socket, data);
    });
  };
  const server = net.createServer(connect);
  const listen = async (at: number) => {
    server.listen(at, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as net.AddressInfo).port;
  };
  const at = await listen(0);
  const stop = async () => {
    const closed = once(server, 'close');
    server.close();
    for (const socket of open) socket.destroy();
    await closed;
  };
  const listenAgain = async () => {
    if (!server.listening) await listen(at);
  };
  t.teardown(() => (server.listening ? stop() : undefined));
  return {
    baseUrl: `http://127.0.0.1:${at}`,
    cut: async (how) => {
      state = how;
      if (how !== 'refused') await listenAgain();
      else if (server.listening) await stop();
    },
    heal: async () => {
      // A connection that was held is not made good.
      for (const socket of open) socket.removeAllListeners('data').resume();
      state = undefined;
      await listenAgain();
    },
  };
}

/** Gives the first half of a piece of an answer, and resets the connection. */
function breakOff(socket: net.Socket, data: Buffer): void {
  socket.write(data.subarray(0, data.length >> 1), () => socket.resetAndDestroy());
}

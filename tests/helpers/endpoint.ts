import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Server as NetServer } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Test } from 'tap';

/** What an endpoint was sent. */
export type Received = {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};

/** A real HTTP server on loopback that answers as it is told and keeps what it was sent. */
export type Endpoint = { readonly url: string; readonly port: number; readonly received: Received[] };

/** Starts an endpoint for a test. */
export async function startEndpoint(t: Test, answer: RequestListener): Promise<Endpoint> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const { method, url, headers } = request;
    received.push({ method, path: url, headers, body: await text(request) });
    answer(request, response);
  });
  const port = await listen(t, server);
  return { url: `http://127.0.0.1:${port}/`, port, received };
}

/** Lets a server listen on a free port of loopback until the end of the test, and ends what is open then. */
export async function listen(t: Test, server: NetServer | Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.close();
    if ('closeAllConnections' in server) server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

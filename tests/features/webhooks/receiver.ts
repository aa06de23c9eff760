import { createPublicKey, verify } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CloudEvent, HTTP } from 'cloudevents';
import { Webhook } from 'standardwebhooks';
import type { Test } from 'tap';

/** How a receiver answers: with a status, not at all (`hang`), or by cutting the connection (`reset`). */
export type Behaviour =
  | number
  | 'hang'
  | 'reset'
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string };

/** What came to a receiver, and how it was answered. */
export type Got = {
  readonly id: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly behaviour: Behaviour;
  readonly at: number;
};

/** A receiver on this machine that keeps what comes to it. */
export type Receiver = {
  readonly url: string;
  readonly got: Got[];
  /** The identifiers of what was answered with 2xx, in order. */
  received(): string[];
  /** How it answers from now on. */
  behave: (id: string, count: number) => Behaviour;
  /** Looks at each request when it arrives. */
  inspect: (got: Got) => void;
  /** Whether it grants the handshake. */
  grants: boolean;
  /** How many requests a minute it takes. */
  rate: string;
  close(): Promise<void>;
};

async function read(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const piece of request.setEncoding('utf8')) body += piece;
  return body;
}

function answer(response: ServerResponse, behaviour: Behaviour): void {
  if (behaviour === 'hang') return;
  if (behaviour === 'reset') {
    response.socket?.resetAndDestroy();
    return;
  }
  const { status, headers = {}, body = 'ok' } = typeof behaviour === 'number' ? { status: behaviour } : behaviour;
  response.writeHead(status, headers).end(body);
}

const succeeds = (behaviour: Behaviour) =>
  typeof behaviour === 'number' ? behaviour < 300 : typeof behaviour === 'object' && behaviour.status < 300;

/** Opens a receiver; it answers 204 unless it is told otherwise. Closed when the test ends. */
export async function openReceiver(t: Pick<Test, 'teardown'>): Promise<Receiver> {
  const counts = new Map<string, number>();
  const server = createServer(async (request, response) => {
    if (request.method === 'OPTIONS') {
      const origin = String(request.headers['webhook-request-origin']);
      const granted = { 'webhook-allowed-origin': origin, 'webhook-allowed-rate': receiver.rate, allow: 'POST' };
      response.writeHead(200, receiver.grants ? granted : {}).end();
      return;
    }
    const body = await read(request).catch(() => undefined);
    if (body === undefined) return;
    const id = String(request.headers['webhook-id']);
    const count = (counts.get(id) ?? 0) + 1;
    counts.set(id, count);
    const behaviour = receiver.behave(id, count);
    const got = { id, headers: request.headers, body, behaviour, at: Date.now() };
    receiver.got.push(got);
    receiver.inspect(got);
    answer(response, behaviour);
  });
  const receiver: Receiver = {
    url: '',
    got: [],
    received: () => receiver.got.filter(({ behaviour }) => succeeds(behaviour)).map(({ id }) => id),
    behave: () => 204,
    inspect: () => undefined,
    grants: true,
    rate: '*',
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  Object.assign(receiver, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` });
  t.teardown(() => (server.listening ? receiver.close() : undefined));
  return receiver;
}

/** Verifies a delivery by the independent library; throws when its signature does not hold. */
export const verifyBySecret = (secret: string, { body, headers }: Pick<Got, 'body' | 'headers'>): unknown =>
  new Webhook(secret).verify(body, headers as Record<string, string>);

/** Whether a delivery bears a signature `v1a` of this public key (`whpk_…`), by Node's own Ed25519. */
export function isSignedBy(publicKey: string, { body, headers }: Pick<Got, 'body' | 'headers'>): boolean {
  const x = Buffer.from(publicKey.replace('whpk_', ''), 'base64').toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  const text = Buffer.from(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`);
  return String(headers['webhook-signature'])
    .split(' ')
    .filter((one) => one.startsWith('v1a,'))
    .some((one) => verify(null, text, key, Buffer.from(one.slice(4), 'base64')));
}

/** Reads a delivery as a CloudEvent by the independent library, which checks it. */
export function readCloudEvent({ body, headers }: Pick<Got, 'body' | 'headers'>): CloudEvent<unknown> {
  const event = HTTP.toEvent({ headers, body }) as CloudEvent<unknown>;
  event.validate();
  return event;
}

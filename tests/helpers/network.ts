import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { judgeOf } from './answers.ts';
import { administratorSecret, baseUrl } from './demo.ts';
import { addressOf, type Document, type Operation, operationsOf, type Request, textOf } from './document.ts';
import { assertionClaims, sign, type TestKey } from './oauth.ts';

/** What a system got from the node. */
export type Received = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** The body, read as JSON; an empty object where there is none. */
  readonly body: Record<string, unknown> & { readonly id: string; readonly items: Record<string, unknown>[] };
};

/** What a call gives beside its operation. */
export type Given = {
  readonly params?: Record<string, string>;
  readonly query?: Record<string, string>;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
};

/** A system on the network that knows the node by its document alone, with the token of its organisation. */
export type System = {
  /** Calls an operation by its name. Throws when the answer is another than the document says. */
  call(operationId: string, given?: Given): Promise<Received>;
  /** The status of a call, with the code of its problem where it is refused. */
  outcome(operationId: string, given?: Given): Promise<string>;
};

/** Opens the port of a node; answers its address. */
export async function listen(app: FastifyInstance): Promise<string> {
  await app.listen({ port: 0, host: '127.0.0.1' });
  return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
}

/** Connects a system to a node. */
export function connect(address: string, document: Document, token: string | undefined): System {
  const operations = new Map(operationsOf(document).map((operation) => [operation.operationId, operation]));
  const judge = judgeOf(document);
  const call: System['call'] = async (operationId, given = {}) => {
    const operation = operations.get(operationId);
    if (operation === undefined) throw new Error(`there is no operation ${operationId}`);
    const received = await exchange(address, requestOf(operation, given), token);
    const faults = judge.faults(operation, { ...received, statusCode: received.status, body: received.text });
    if (faults.length > 0) throw new Error(`${operationId}: ${faults.join('; ')}: ${received.text}`);
    return received;
  };
  const outcome: System['outcome'] = async (operationId, given) => {
    const { status, body } = await call(operationId, given);
    return status < 400 ? String(status) : `${status} ${body.code}`;
  };
  return { call, outcome };
}

function requestOf({ method, path, body }: Operation, given: Given): Request {
  return {
    method,
    path,
    params: given.params ?? {},
    query: Object.entries(given.query ?? {}),
    headers: { ...(body !== undefined && { 'content-type': body.type }), ...given.headers },
    ...(given.body !== undefined && { payload: textOf(given.body) }),
  };
}

async function exchange(address: string, request: Request, token: string | undefined): Promise<Received> {
  const response = await fetch(`${address}${addressOf(request)}`, {
    method: request.method,
    headers: { ...request.headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    redirect: 'error',
    ...(request.payload !== undefined && { body: request.payload }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    text,
    body: (isJson ? JSON.parse(text) : {}) as Received['body'],
  };
}

async function grant(address: string, form: Record<string, string>, headers: Record<string, string> = {}) {
  const response = await fetch(`${address}/oauth/token`, {
    method: 'POST',
    headers,
    body: new URLSearchParams({ grant_type: 'client_credentials', ...form }),
  });
  const answer = (await response.json()) as { access_token?: string };
  if (answer.access_token === undefined) throw new Error(`no token: ${JSON.stringify(answer)}`);
  return answer.access_token;
}

/** The administrator's token, got over the network with the client's secret. */
export const administratorGrant = (address: string): Promise<string> =>
  grant(
    address,
    {},
    { authorization: `Basic ${Buffer.from(`administrator:${administratorSecret}`).toString('base64')}` },
  );

/** A client's token, got over the network with an assertion for the token endpoint that the node publishes. */
export async function assertionGrant(address: string, clientId: string, key: TestKey): Promise<string> {
  const response = await fetch(`${address}/.well-known/oauth-authorization-server`);
  const { token_endpoint: aud } = (await response.json()) as { token_endpoint: string };
  if (aud !== `${baseUrl}/oauth/token`) throw new Error(`the token endpoint is ${aud}`);
  return grant(address, {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await sign(key, assertionClaims(clientId, { aud })),
  });
}

import { randomBytes } from 'node:crypto';
import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';

/** A request to a node. */
export type Asked = {
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, or as it is when it is a text. */
  readonly body?: unknown;
  readonly token?: string | undefined;
  readonly agent?: Agent;
};

/** An answer that arrived completely. */
export type Answered = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  json<T = Record<string, unknown>>(): T;
};

/** Sends a request; rejects when the connection is refused, or ends before the answer is complete. */
export function send(baseUrl: string, { path, method = 'GET', headers, body, token, agent }: Asked): Promise<Answered> {
  const content = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const given = {
    ...(content !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(content) }),
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...headers,
  };
  return new Promise((resolve, reject) => {
    const request = httpRequest(new URL(path, baseUrl), { method, headers: given, agent }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => {
        text += piece;
      });
      response.on('error', reject);
      response.on('end', () => {
        if (!response.complete) return reject(new Error('the answer is not complete'));
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: () => JSON.parse(text) });
      });
    });
    request.setTimeout(30_000, () => request.destroy(new Error('no answer within 30 s')));
    request.on('error', reject);
    request.end(content);
  });
}

/** A connection of a client's own, that is kept between its requests. */
export const ownConnection = () => new Agent({ keepAlive: true, maxSockets: 1 });

/** Asks for a token with the administrator's secret, for every scope unless some are named. */
export const requestToken = (baseUrl: string, secret: string, scope?: string): Promise<Answered> =>
  send(baseUrl, {
    method: 'POST',
    path: '/oauth/token',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `Basic ${Buffer.from(`administrator:${secret}`).toString('base64')}`,
    },
    body: `grant_type=client_credentials${scope === undefined ? '' : `&scope=${encodeURIComponent(scope)}`}`,
  });

/** A token of the administrator; throws when it is refused. */
export async function administratorToken(baseUrl: string, secret: string): Promise<string> {
  const answer = await requestToken(baseUrl, secret);
  if (answer.status !== 200) throw new Error(`no token: ${answer.text}`);
  return answer.json<{ access_token: string }>().access_token;
}

/** A secret for one test. */
export const newSecret = () => randomBytes(32).toString('base64url');

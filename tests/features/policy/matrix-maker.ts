import type { FastifyInstance } from 'fastify';

/** What came back of what was sent. */
export type Sent = { readonly id?: string; readonly [name: string]: unknown };

/** Keeps the identifier of what is made under the name of a subject, and answers it. */
export type Made = (name: string, sent: Promise<Sent>) => Promise<string>;

/** A yes. */
export const accepted = { decision: 'accepted' };

/** Sends what must succeed while the world is made. */
export class Maker {
  readonly #app: FastifyInstance;
  readonly #tokens: ReadonlyMap<string, string>;

  constructor(app: FastifyInstance, tokens: ReadonlyMap<string, string>) {
    this.#app = app;
    this.#tokens = tokens;
  }

  async send(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH',
    who: string,
    path: string,
    body?: unknown,
    type?: string,
  ): Promise<Sent> {
    const answer = await this.#app.inject({
      ...{ method, url: `/v1${path}` },
      headers: {
        ...{ host: 'node.example', authorization: `Bearer ${this.#tokens.get(who)}` },
        ...(body !== undefined && { 'content-type': type ?? 'application/json' }),
        ...(method === 'PATCH' && { 'if-match': '*' }),
      },
      ...(body !== undefined && { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    if (answer.statusCode >= 300) throw new Error(`${who} ${method} ${path}: ${answer.body}`);
    return answer.json() as Sent;
  }

  post = (who: string, path: string, body: unknown) => this.send('POST', who, path, body);
  put = (who: string, path: string, body: unknown) => this.send('PUT', who, path, body);
  list = async (who: string, path: string) => (await this.send('GET', who, path)).items as Sent[];
}

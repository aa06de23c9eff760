import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { eventStream } from './admission.ts';
import type { Caller } from './caller.ts';
import { Problem } from './problem.ts';

/** How many streams a client may hold open at once, in this process. */
export const streamsPerClient = 10;

/** The streams of server-sent events that are open, counted by client. */
export class Streams {
  readonly #open = new Map<string, number>();
  readonly #authenticate: (authorization: string | undefined) => Promise<Caller>;
  readonly #admittedForMs: number;

  /** `admittedForMs`: how long a stream goes on before it is asked anew whether its token still holds. */
  constructor(authenticate: (authorization: string | undefined) => Promise<Caller>, admittedForMs = 5000) {
    this.#authenticate = authenticate;
    this.#admittedForMs = admittedForMs;
  }

  /**
   * Answers with a stream of server-sent events. It ends with its source, when the client is gone, and when the
   * token of the client is no longer valid; who comes back is admitted anew. A fault before its first text is an answer
   * of its own. Throws too_many_streams.
   */
  async open(request: FastifyRequest, reply: FastifyReply, source: AsyncIterable<string>): Promise<Readable> {
    const client = request.caller?.clientId ?? request.ip;
    const open = this.#open.get(client) ?? 0;
    if (open >= streamsPerClient)
      throw new Problem('too_many_streams', { params: { most: streamsPerClient }, headers: { 'retry-after': '30' } });
    this.#open.set(client, open + 1);
    const texts = source[Symbol.asyncIterator]();
    const first = await texts.next().catch((error: unknown) => {
      this.#close(client);
      throw error;
    });
    reply.header('content-type', `${eventStream}; charset=utf-8`).header('x-accel-buffering', 'no');
    const stream = Readable.from(this.#whileAdmitted(request, begunWith(first, texts)), { objectMode: false });
    stream.once('close', () => this.#close(client));
    return stream;
  }

  #close(client: string): void {
    const left = (this.#open.get(client) ?? 1) - 1;
    if (left === 0) this.#open.delete(client);
    else this.#open.set(client, left);
  }

  async *#whileAdmitted(request: FastifyRequest, source: AsyncIterable<string>): AsyncGenerator<string> {
    let askedAt = Date.now();
    for await (const text of source) {
      if (Date.now() - askedAt > this.#admittedForMs) {
        if (request.caller !== undefined && !(await this.#isAdmitted(request))) return;
        askedAt = Date.now();
      }
      yield text;
    }
  }

  #isAdmitted({ headers }: FastifyRequest): Promise<boolean> {
    return this.#authenticate(headers.authorization).then(
      () => true,
      () => false,
    );
  }
}

/** What begins with a text that was taken already. */
async function* begunWith(first: IteratorResult<string>, rest: AsyncIterator<string>): AsyncGenerator<string> {
  try {
    for (let next = first; next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

import { setImmediate as turn } from 'node:timers/promises';
import { fastify } from 'fastify';
import t, { type Test } from 'tap';
import { Problem } from '../../src/platform/problem.ts';
import { Streams, streamsPerClient } from '../../src/platform/streams.ts';

/** An application with one stream, of texts that the test hands out. */
async function streaming(t: Pick<Test, 'teardown'>, admitted: () => boolean, texts: AsyncIterable<string>) {
  const app = fastify();
  const streams = new Streams(async () => {
    if (!admitted()) throw new Problem('invalid_token');
    return {} as never;
  }, -1);
  app.decorateRequest('caller', undefined);
  app.get('/', async (request, reply) => {
    request.caller = { clientId: 'c' } as never;
    return streams.open(request, reply, texts);
  });
  t.teardown(() => app.close());
  return app;
}

t.test('a stream ends when the token of its client is no longer valid', async (t) => {
  let given = 0;
  async function* texts() {
    while (given < 1000) {
      given += 1;
      yield `${given};`;
      await turn();
    }
  }
  const app = await streaming(t, () => given < 3, texts());
  const { payload } = await app.inject('/');
  t.equal(payload, '1;2;', 'what comes after it was refused is told to nobody');
});

t.test('a fault before the first text is an answer, and leaves room for the next stream', async (t) => {
  let faulty = true;
  const source = {
    async *[Symbol.asyncIterator]() {
      if (faulty) throw new Problem('cursor_expired');
      yield 'told';
    },
  };
  const app = await streaming(t, () => true, source);
  for (let n = 0; n < streamsPerClient + 2; n++) t.equal((await app.inject('/')).statusCode, 410);
  faulty = false;
  for (let n = 0; n < streamsPerClient + 2; n++) t.equal((await app.inject('/')).payload, 'told');
});

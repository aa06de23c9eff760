import { createServer as createSecureServer } from 'node:https';
import { createServer } from 'node:net';
import t from 'tap';
import { createOutbound, type OutboundOptions } from '../../src/platform/outbound.ts';
import { selfSigned } from '../helpers/certificate.ts';
import { listen, startEndpoint } from '../helpers/endpoint.ts';

const own = selfSigned('partner.example');
const lookup = async () => [{ address: '127.0.0.1', family: 4 }];

/** What came from a URL: a status, or why nothing came. */
async function ask(url: string, options: OutboundOptions): Promise<number | string> {
  const outbound = createOutbound({ privateRanges: ['127.0.0.0/8'], lookup, ...options });
  try {
    return (await outbound.send({ method: 'POST', url, headers: {}, body: '{}' })).status;
  } catch (error) {
    return (error as { reason: string }).reason;
  } finally {
    await outbound.close();
  }
}

t.test(
  'over TLS a name is believed by a certificate that somebody trusted vouches for, and by its own alone',
  async (t) => {
    const server = createSecureServer(own, (_, response) => response.writeHead(202).end());
    const port = await listen(t, server);
    const ports = [port];
    const url = `https://partner.example:${port}/`;
    t.equal(await ask(url, { ports, ca: own.cert }), 202);
    t.equal(await ask(url, { ports }), 'tls', 'a certificate that nobody vouches for');
    t.equal(
      await ask(`https://other.example:${port}/`, { ports, ca: own.cert }),
      'tls',
      'the certificate of another name',
    );
    t.equal(await ask(`https://127.0.0.1:${port}/`, { ports, ca: own.cert }), 'tls');
    const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    t.teardown(() => {
      delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
      if (before !== undefined) process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
    });
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    t.equal(await ask(url, { ports }), 'tls', 'whatever the environment says');
    t.equal(await ask(url, { ports, ca: own.cert, privateRanges: [] }), 'blocked');
    t.equal(await ask(url, { ca: own.cert }), 'blocked', 'at another port than the usual two');
    t.equal(await ask(url, { ca: own.cert, allowHttp: true }), 202, 'unless any port is allowed');
  },
);

t.test('who speaks no TLS, or nothing, is told apart', async (t) => {
  const { port } = await startEndpoint(t, (_, response) => response.end());
  t.equal(await ask(`https://partner.example:${port}/`, { ports: [port] }), 'tls');
  const mute = createServer((socket) => socket.on('error', () => undefined).resume());
  const mutePort = await listen(t, mute);
  const began = performance.now();
  t.equal(await ask(`https://partner.example:${mutePort}/`, { ports: [mutePort], connectTimeoutMs: 200 }), 'timeout');
  t.ok(performance.now() - began < 3000, 'the limit of connecting holds for the handshake too');
});

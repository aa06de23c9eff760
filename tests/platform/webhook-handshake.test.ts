import t from 'tap';
import { createOutbound } from '../../src/platform/outbound.ts';
import { askPermission, readPermission } from '../../src/platform/webhook-handshake.ts';
import { startEndpoint } from '../helpers/endpoint.ts';

const origin = 'node.example';

t.test('permission is the name of the sender or all, with a rate or without', async (t) => {
  const cases: readonly (readonly [number, Record<string, string>, object])[] = [
    [200, { 'webhook-allowed-origin': 'node.example' }, { granted: true, ratePerMinute: undefined }],
    [204, { 'webhook-allowed-origin': '*', 'webhook-allowed-rate': '*' }, { granted: true, ratePerMinute: undefined }],
    [
      200,
      { 'webhook-allowed-origin': 'NODE.example', 'webhook-allowed-rate': '120' },
      { granted: true, ratePerMinute: 120 },
    ],
    [200, {}, { granted: false, why: 'no_consent', status: 200 }],
    [200, { allow: 'POST, OPTIONS' }, { granted: false, why: 'no_consent', status: 200 }],
    [200, { 'webhook-allowed-origin': '' }, { granted: false, why: 'no_consent', status: 200 }],
    [200, { 'webhook-allowed-origin': 'other.example' }, { granted: false, why: 'other_origin', status: 200 }],
    [200, { 'webhook-allowed-origin': '*.example' }, { granted: false, why: 'other_origin', status: 200 }],
    [200, { 'webhook-allowed-origin': 'node.example, *' }, { granted: false, why: 'other_origin', status: 200 }],
    [405, { 'webhook-allowed-origin': '*' }, { granted: false, why: 'status', status: 405 }],
    [302, { 'webhook-allowed-origin': '*' }, { granted: false, why: 'status', status: 302 }],
    ...['0', '-1', '1.5', 'many', '12 per minute', '9999999999', ''].map(
      (rate) =>
        [
          200,
          { 'webhook-allowed-origin': '*', 'webhook-allowed-rate': rate },
          { granted: false, why: 'unreadable_rate', status: 200 },
        ] as const,
    ),
  ];
  for (const [status, headers, permission] of cases)
    t.strictSame(readPermission({ status, headers }, origin), permission, `${status} ${JSON.stringify(headers)}`);
});

t.test('an endpoint is asked by OPTIONS with the headers of the specification, and its answer is read', async (t) => {
  const { url, received } = await startEndpoint(t, (request, response) => {
    const wished = String(request.headers['webhook-request-origin']);
    response.writeHead(204, { 'WebHook-Allowed-Origin': wished, 'WebHook-Allowed-Rate': '100', Allow: 'POST' }).end();
  });
  const outbound = createOutbound({ privateRanges: ['127.0.0.0/8'], allowHttp: true });
  t.teardown(() => outbound.close());
  const callbackUrl = 'https://node.example/confirm?key=abc';
  t.strictSame(await askPermission(outbound, { url, origin, requestRate: 120, callbackUrl }), {
    granted: true,
    ratePerMinute: 100,
  });
  await askPermission(outbound, { url, origin });
  t.match(received, [
    {
      method: 'OPTIONS',
      headers: {
        'webhook-request-origin': origin,
        'webhook-request-rate': '120',
        'webhook-request-callback': callbackUrl,
      },
    },
    { method: 'OPTIONS', headers: { 'webhook-request-rate': undefined, 'webhook-request-callback': undefined } },
  ]);
});

t.test('an endpoint that does not answer, or may not be asked, is told apart', async (t) => {
  const { url } = await startEndpoint(t, (_, response) => response.destroy());
  const outbound = createOutbound({ privateRanges: ['127.0.0.0/8'], allowHttp: true });
  t.teardown(() => outbound.close());
  t.strictSame(await askPermission(outbound, { url, origin }), { granted: false, why: 'reset' });
  t.strictSame(await askPermission(outbound, { url: 'https://10.0.0.1/', origin }), { granted: false, why: 'blocked' });
});

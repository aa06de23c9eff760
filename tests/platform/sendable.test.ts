import fc from 'fast-check';
import t from 'tap';
import { assertSendable, type SendableFault } from '../../src/platform/outbound.ts';

const long = `https://partner.example/${'a'.repeat(2048)}`;

t.test('a URL to which nothing is sent is refused with every reason that it gives', async (t) => {
  const cases: readonly (readonly [string, readonly SendableFault[]])[] = [
    ['https://partner.example/hook?x=1', []],
    ['HTTPS://Partner.Example:8443/hook', []],
    ['https://partner.example:443', []],
    ['https://8.8.8.8/', []],
    ['https://[2a00:1450:400e::1]/', []],
    ['http://partner.example/', ['scheme']],
    ['ftp://partner.example/', ['scheme']],
    ['https://partner.example:444/', ['port']],
    ['https://partner.example:80/', ['port']],
    ['https://user:pass@partner.example/', ['userinfo']],
    ['https://@partner.example/', ['userinfo']],
    ['https://partner.example/#', ['fragment']],
    ['https://10.0.0.1/', ['address']],
    ['http://user@127.0.0.1/#x', ['scheme', 'userinfo', 'fragment', 'address']],
    ['https://user@127.0.0.1:80/#x', ['port', 'userinfo', 'fragment', 'address']],
    [long, ['length']],
    ...[
      '',
      'partner.example',
      '/hook',
      'https:partner.example',
      'https:/partner.example',
      'https:///partner.example',
    ].map((url) => [url, ['syntax']] as const),
    ...['https://', 'https://?', 'https://exa mple/', ' https://partner.example/', 'https://partner.example/\t'].map(
      (url) => [url, ['syntax']] as const,
    ),
    ...[
      'https://partner.example\\@10.0.0.1/',
      'https://partner\u3002example/',
      'https://partner.example/\u0000',
      'https://pärtner.example/',
    ].map((url) => [url, ['syntax']] as const),
    ['https://[::1/', ['syntax']],
    ['https://1.2.3.4.5/', ['syntax']],
    ['https://partner.example:99999/', ['syntax']],
  ];
  for (const [url, faults] of cases) t.same(assertSendable(url, {}), faults, JSON.stringify(url.slice(0, 60)));
});

t.test('with plain HTTP allowed, a literal address outside the private ranges is refused for it', async (t) => {
  const options = { allowHttp: true, privateRanges: ['127.0.0.0/8'] };
  t.same(assertSendable('http://127.0.0.1:3000/', options), []);
  t.same(assertSendable('https://127.0.0.1:3000/', options), []);
  t.same(assertSendable('https://127.0.0.1/', options), []);
  t.same(assertSendable('https://8.8.8.8/', options), []);
  t.same(assertSendable('http://8.8.8.8/', options), ['address']);
  t.same(assertSendable('https://8.8.8.8:3000/', options), ['address']);
  t.same(assertSendable('http://10.0.0.1/', options), ['address']);
  t.same(assertSendable('http://partner.example/', options), [], 'its name is looked up when it is sent to');
  t.same(assertSendable('ftp://127.0.0.1/', options), ['scheme']);
});

t.test('whatever is given, faults come back and nothing is thrown', async (t) => {
  const text = fc.oneof(
    fc.webUrl(),
    fc.string({ unit: 'binary' }),
    fc.string().map((rest) => `https://${rest}`),
  );
  const { failed, counterexample } = fc.check(
    fc.property(text, (url) => Array.isArray(assertSendable(url, {}))),
    { numRuns: 2000 },
  );
  t.notOk(failed, JSON.stringify(counterexample));
});

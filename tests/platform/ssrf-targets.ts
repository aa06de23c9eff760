/** Nobody's address: of the public part of IPv6, in a block that was given back and is not given out. */
export const publicAddress = '3ffe::1';

/**
 * A URL that must not reach the network of the node. `{scheme}`, `{port}` and `{mapped}` are filled in by the harness.
 * `answers` is what the resolver says, time after time. With `redirect`, an endpoint that may be reached answers with
 * this status and the URL. `times` is how often the URL is sent to. `reason` is how the guard refuses. What is `away`
 * does not lead to a listener on loopback, so that only the reason can tell that nothing was tried.
 */
export type SsrfTarget = {
  readonly url: string;
  readonly answers?: readonly (readonly string[])[];
  readonly redirect?: number;
  readonly times?: number;
  readonly reason?: RegExp;
  readonly away?: boolean;
};

const at = (host: string, rest: Omit<SsrfTarget, 'url'> = {}): SsrfTarget => ({
  url: `{scheme}://${host}:{port}/`,
  ...rest,
});
const named = (answers: readonly (readonly string[])[], rest: Omit<SsrfTarget, 'url' | 'answers'> = {}): SsrfTarget =>
  at('partner.example', { answers, ...rest });
const urls = (texts: readonly string[]): SsrfTarget[] => texts.map((url) => ({ url }));

const loopback = [
  ...['127.0.0.1', '127.1', '127.0.1', '127.0.0.1.', '0', '0.0.0.0', '00.0.0.0', '2130706433', '017700000001'],
  ...['0177.0.0.1', '0177.0.0.01', '0x7f.1', '0x7F000001', '0x7f.0x0.0x0.0x1', '127.0.0x1', '[::1]', '[::]'],
  ...['[0:0:0:0:0:0:0:1]', '[0000::0001]', '[::0.0.0.1]'],
];

const otherPlaces = [
  ...['10.0.0.1', '172.16.0.1', '172.31.255.254', '192.168.1.1', '169.254.169.254', '0xa9fea9fe', '100.64.0.1'],
  ...['100.100.100.200', '192.0.0.192', '192.88.99.1', '198.18.0.1', '203.0.113.1', '224.0.0.1', '240.0.0.1'],
  ...['255.255.255.255', '168.63.129.16', '[fe80::1]', '[fd00:ec2::254]', '[fc00::1]', '[fec0::1]', '[ff02::1]'],
  ...['[64:ff9b::7f00:1]', '[64:ff9b:1::a00:1]', '[2002:7f00:1::]', '[2001::f0f0:f0f0:80ff:fffe]', '[::ffff:0:7f00:1]'],
  ...['[::127.0.0.1]', '[::7f00:1]', '[2001:db8::1]', '[100::1]', '[4000::1]', '[5f00::1]', '[2a00:1450::5efe:7f00:1]'],
  '[::ffff:8.8.8.8]',
];

const written = urls([
  'HTTPS://127.0.0.1:{port}/',
  'hTtP://127.0.0.1:{port}/',
  '{scheme}:127.0.0.1:{port}/',
  '{scheme}:/127.0.0.1:{port}/',
  '{scheme}:////127.0.0.1:{port}/',
  '{scheme}:\\\\127.0.0.1:{port}\\',
  '{scheme}://partner.example@127.0.0.1:{port}/',
  '{scheme}://partner.example:443@127.0.0.1:{port}/',
  '{scheme}://partner.example%2f@127.0.0.1:{port}/',
  '{scheme}://@127.0.0.1:{port}/',
  '{scheme}://127.0.0.1:{port}#@partner.example/',
  '{scheme}://127.0.0.1:{port}\\@partner.example/',
  '{scheme}://127.0.0.1:{port}?@partner.example/',
  ' {scheme}://127.0.0.1:{port}/',
  '{scheme}://127.0.0.1:{port}/ ',
  'ht\ttps://127.0.0.1:{port}/',
  '{scheme}://127.0\n.0.1:{port}/',
  '{scheme}://127.0.0.1\r:{port}/',
  '{scheme}://%31%32%37.0.0.1:{port}/',
  '{scheme}://127%2e0%2e0%2e1:{port}/',
  '{scheme}://0x7%66.1:{port}/',
  '{scheme}://127\u30020\u30020\u30021:{port}/',
  '{scheme}://127\uff0e0\uff610\uff0e1:{port}/',
  '{scheme}://\uff11\uff12\uff17.0.0.1:{port}/',
  '{scheme}://\u2460\u2461\u2466.\u24ea.\u24ea.\u2460:{port}/',
  '{scheme}://127.0.0\u00ad.1:{port}/',
  '{scheme}://[::FFFF:127.0.0.1]:{mapped}/',
  '{scheme}://[::ffff:7f00:1]:{mapped}/',
  '{scheme}://[0:0:0:0:0:ffff:127.0.0.1]:{mapped}/',
  '{scheme}://[::1%25lo]:{port}/',
]);

const names: readonly SsrfTarget[] = [
  at('localhost', { answers: [['127.0.0.1', '::1']] }),
  at('localhost.', { answers: [['127.0.0.1']] }),
  at('PARTNER.Example', { answers: [['127.0.0.1']] }),
  at('127.0.0.1.partner.example', { answers: [['127.0.0.1']] }),
  at('xn--bcher-kva.example', { answers: [['127.0.0.1']] }),
  at('b\u00fccher.example', { answers: [['127.0.0.1']] }),
  named([['127.0.0.1']]),
  named([['::1']]),
  named([['0.0.0.0']]),
  named([['::']]),
  { url: '{scheme}://partner.example:{mapped}/', answers: [['::ffff:127.0.0.1']] },
  named([['10.0.0.1']], { away: true }),
  named([['169.254.169.254']], { away: true }),
  named([['fe80::1%lo']], { away: true }),
  named([['64:ff9b::7f00:1']], { away: true }),
  named([['127.0.0.1', publicAddress]]),
  named([[publicAddress, '127.0.0.1']]),
  named([[publicAddress, '::1']]),
  named([[publicAddress, publicAddress, publicAddress, '127.0.0.1']]),
  named([['127.1']]),
  named([['localhost']]),
  named([[]], { reason: /unresolvable/ }),
];

const pinned = /^(?:refused|timeout|failed)$/;
const rebinding: readonly SsrfTarget[] = [
  named([[publicAddress], ['127.0.0.1']], { reason: pinned }),
  named([[publicAddress], ['::1']], { reason: pinned }),
  named([[publicAddress], [publicAddress, '127.0.0.1']], { reason: pinned }),
  named([[publicAddress], ['127.0.0.1']], { times: 2, reason: /^(?:refused|timeout|failed|blocked)$/ }),
  named([['127.0.0.1'], [publicAddress]], { reason: /blocked/ }),
];

const redirects: readonly SsrfTarget[] = [
  ...[300, 301, 302, 303, 307, 308].map((redirect) =>
    at('127.0.0.1', { redirect, reason: new RegExp(`^${redirect}$`) }),
  ),
  ...[301, 302, 303, 307, 308].map((redirect) =>
    named([['127.0.0.1']], { redirect, reason: new RegExp(`^${redirect}$`) }),
  ),
  { url: '//127.0.0.1:{port}/', redirect: 302, reason: /^302$/ },
  { url: '{scheme}://partner.example@127.0.0.1:{port}/', redirect: 307, reason: /^307$/ },
  at('0x7f.1', { redirect: 308, reason: /^308$/ }),
];

/** Every target. */
export const ssrfTargets: readonly SsrfTarget[] = [
  ...loopback.map((host) => at(host)),
  ...otherPlaces.map((host) => at(host, { away: true })),
  ...written,
  ...names,
  ...rebinding,
  ...redirects,
];

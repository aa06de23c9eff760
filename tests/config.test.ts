import fc from 'fast-check';
import t from 'tap';
import { ConfigError, readConfig, settingNames } from '../src/config.ts';

t.test('an empty environment gives a node on loopback with the embedded database', async (t) => {
  t.match(readConfig({}), {
    host: '127.0.0.1',
    port: 3000,
    databaseUrl: undefined,
    dataDir: './data',
    runWorker: true,
    trustedIssuers: [],
  });
  t.ok(Object.isFrozen(readConfig({})));
});

t.test('an empty setting counts as absent', async (t) => {
  t.equal(readConfig({ DATABASE_URL: '', PORT: '' }).port, 3000);
});

t.test('every faulty setting is named at once, and no value is shown', async (t) => {
  const secret = 'too-short-but-secret';
  try {
    readConfig({ PORT: 'abc', ADMIN_CLIENT_SECRET: secret, TRUSTED_ISSUERS: '{', BASE_URL: 'ftp://x' });
    t.fail('the settings were taken');
  } catch (error) {
    t.ok(error instanceof ConfigError);
    const { message } = error as Error;
    for (const name of ['PORT', 'ADMIN_CLIENT_SECRET', 'TRUSTED_ISSUERS', 'BASE_URL']) t.match(message, name);
    t.notMatch(message, secret);
  }
});

t.test('trusted issuers are read from JSON', async (t) => {
  const issuer = { issuer: 'https://id.example', audience: 'samendoen', jwksUri: 'https://id.example/jwks' };
  t.match(readConfig({ TRUSTED_ISSUERS: JSON.stringify([issuer]) }).trustedIssuers, [
    { ...issuer, scopeClaim: 'scope' },
  ]);
});

t.test('a base URL loses its slash at the end', async (t) => {
  t.equal(readConfig({ BASE_URL: 'https://api.example/' }).baseUrl, 'https://api.example');
});

t.test('whatever stands in the environment, the settings are read and frozen, or refused by name alone', async (t) => {
  t.ok(settingNames.length >= 15);
  const anything = fc.oneof(
    fc.string({ minLength: 8 }).map((text) => `canary ${text}`),
    fc.integer().map(String),
    fc.constantFrom('', 'true', '[]', '[{"issuer":"canary","audience":""}]', '{"canary":1}', 'http://canary.example/'),
  );
  const environment = fc.dictionary(fc.constantFrom(...settingNames), anything, { noNullPrototype: true });
  const property = fc.property(environment, (env) => {
    try {
      return Object.isFrozen(readConfig(env));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const named = error.message.split('\n').slice(1);
      return (
        named.every((line) => settingNames.some((name) => line.startsWith(`  ${name}`))) &&
        !/canary/.test(error.message)
      );
    }
  });
  const { failed, counterexample } = fc.check(property, { numRuns: 2000 });
  t.notOk(failed, JSON.stringify(counterexample));
});

t.test('numbers have limits', async (t) => {
  for (const [name, values] of [
    ['PORT', ['-1', '65536', '1.5', 'http', '3000;']],
    ['METRICS_PORT', ['0', '65536']],
    ['DATABASE_POOL_SIZE', ['1', '201', 'many']],
    ['RATE_LIMIT_PER_MINUTE', ['0', '-5', 'Infinity']],
    ['TOKEN_RATE_LIMIT_PER_MINUTE', ['0']],
  ] as const)
    for (const value of values) t.throws(() => readConfig({ [name]: value }), new RegExp(name), `${name}=${value}`);
});

t.test('private ranges are ranges of own networks, and every one that is not is named by its place', async (t) => {
  const ranges = [
    '127.0.0.0/8',
    '10.20.0.0/16',
    '10.0.0.0/8',
    '192.168.1.7/32',
    '100.64.0.0/10',
    '::1/128',
    'fd12:3456::/32',
  ];
  t.same(readConfig({ OUTBOUND_PRIVATE_RANGES: JSON.stringify(ranges) }).outboundPrivateRanges, ranges);
  t.match(readConfig({}), { outboundPrivateRanges: [], outboundAllowHttp: false });
  t.equal(readConfig({ OUTBOUND_ALLOW_HTTP: 'true' }).outboundAllowHttp, true);
  t.throws(() => readConfig({ OUTBOUND_ALLOW_HTTP: 'yes' }), /OUTBOUND_ALLOW_HTTP/);
  const faulty = [
    ...[
      '0.0.0.0/0',
      '::/0',
      '8.8.8.0/24',
      '10.0.0.0/7',
      '172.16.0.0/8',
      '169.254.0.0/16',
      '224.0.0.0/4',
      '255.255.255.255/32',
    ],
    ...['fe80::/10', 'fc00::/6', '2000::/3', '::ffff:10.0.0.0/104', '64:ff9b::/96', '0.0.0.0/8', '::/96'],
    ...[
      '10.1.2.3/8',
      'fd00::1/64',
      '10.0.0.0',
      '10.0.0.0/33',
      '10/8',
      '0x0a.0.0.0/8',
      '010.0.0.0/8',
      'fd00::%1/64',
      'canary',
      '',
    ],
  ];
  for (const range of faulty)
    t.throws(
      () => readConfig({ OUTBOUND_PRIVATE_RANGES: JSON.stringify([range]) }),
      /OUTBOUND_PRIVATE_RANGES\.0: /,
      range,
    );
  t.throws(() => readConfig({ OUTBOUND_PRIVATE_RANGES: JSON.stringify(faulty) }), {
    message: new RegExp(faulty.map((_, place) => `OUTBOUND_PRIVATE_RANGES\\.${place}: [^\n]*\n?`).join('.*')),
  });
  for (const text of ['10.0.0.0/8', '{}', '[10]', 'null'])
    t.throws(() => readConfig({ OUTBOUND_PRIVATE_RANGES: text }), /OUTBOUND_PRIVATE_RANGES/);
});

import t, { type Test } from 'tap';
import { type TestDatabase, testDatabase } from '../helpers/db.ts';
import { administratorToken, newSecret, requestToken, send } from '../helpers/http.ts';
import { type At, finished, importOf, requestImport } from '../helpers/importing.ts';
import { assertionClaims, baseUrl, decodePart, sign, testKey } from '../helpers/oauth.ts';
import { newDirectory } from '../helpers/place.ts';
import { type Settings, startNode, startProgram, until } from '../helpers/programs.ts';
import { wayTo } from '../helpers/proxy.ts';

const secret = newSecret();

/** Two processes that answer, over one database, neither of which works in the background; and the settings of both. */
async function startTwo(t: Test): Promise<{ database: TestDatabase; settings: Settings; one: At; two: At }> {
  const database = await testDatabase(t);
  const { url } = await wayTo(t, database.connection);
  const settings = {
    DATABASE_URL: url,
    BASE_URL: baseUrl,
    NODE_SECRET: newSecret(),
    ADMIN_CLIENT_SECRET: secret,
    RUN_WORKER: 'false',
  };
  const nodes = await Promise.all([1, 2].map(() => startNode(t, newDirectory(), settings)));
  const [one, two] = await Promise.all(
    nodes.map(async (node) => ({ baseUrl: node.baseUrl, token: await administratorToken(node.baseUrl, secret) })),
  );
  if (one === undefined || two === undefined) throw new Error('two nodes were to start');
  return { database, settings, one, two };
}

const callerAt = (at: Pick<At, 'baseUrl'>, token: string) => send(at.baseUrl, { path: '/v1/caller', token });
const statusesAt = (nodes: readonly At[], token: string) =>
  Promise.all(nodes.map(async (at) => (await callerAt(at, token)).status));
const kidOf = (token: string) => decodePart(token, 0).kid as string;

t.test('two processes over one database are one node', async (t) => {
  const { database, settings, one, two } = await startTwo(t);
  const nodes = [one, two] as const;

  await t.test('an import waits for a process that works in the background, and is done by it', async (t) => {
    const { id } = await requestImport(one, 'register', 1200);
    t.same(await statusesAt(nodes, one.token), [200, 200], 'a token of one is taken by the other');
    t.equal((await importOf(two, id)).state, 'queued');
    const worker = startProgram(t, 'worker-process.ts', { ...settings, RUN_WORKER: 'true' });
    t.match(await finished(two, id), { state: 'succeeded', createdCount: 1200 });
    t.same(await worker.end(), { code: 0, signal: null });
    t.equal(worker.stdout() + worker.stderr(), '');
  });

  await t.test('without METRICS_PORT the metrics are for the scope metrics:read', async (t) => {
    const metrics = async (scope?: string) => {
      const granted = scope === undefined ? undefined : await requestToken(one.baseUrl, secret, scope);
      return send(one.baseUrl, { path: '/metrics', token: granted?.json<{ access_token: string }>().access_token });
    };
    t.equal((await metrics()).status, 401);
    t.equal((await metrics('organisations:read')).status, 403);
    const shown = await metrics('metrics:read');
    t.equal(shown.status, 200);
    t.match(shown.text, /^http_requests_total\{operationId="requestToken",method="POST",status="200"\} 3$/m);
  });

  await t.test('a client assertion is taken by one of them, once', async (t) => {
    const key = await testKey('ES256');
    const { organisation } = (await callerAt(one, one.token)).json<{ organisation: { id: string } }>();
    const made = await send(one.baseUrl, {
      method: 'POST',
      path: '/v1/clients',
      token: one.token,
      body: {
        name: 'A system',
        organisationId: organisation.id,
        scopes: ['organisations:read'],
        jwks: { keys: [key.jwk] },
      },
    });
    t.equal(made.status, 201);
    const client = made.json<{ id: string; clientId: string }>();
    const ask = (at: At, assertion: string) =>
      send(at.baseUrl, {
        method: 'POST',
        path: '/oauth/token',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          client_assertion: assertion,
        }).toString(),
      });
    const tokens: string[] = [];
    for (let attempt = 0; attempt < 10; attempt++) {
      const assertion = await sign(key, assertionClaims(client.clientId));
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, index) => ask(nodes[index % 2] ?? one, assertion)),
      );
      const statuses = answers.map(({ status }) => status);
      t.equal(statuses.filter((status) => status === 200).length, 1, statuses.join(' '));
      for (const answer of answers)
        if (answer.status === 200) tokens.push(answer.json<{ access_token: string }>().access_token);
    }

    await t.test('and a client that is disabled at one is refused at the other at once', async (t) => {
      const [token = ''] = tokens;
      t.same(await statusesAt(nodes, token), [200, 200]);
      const disabled = await send(one.baseUrl, {
        method: 'PATCH',
        path: `/v1/clients/${client.id}`,
        token: one.token,
        headers: { 'content-type': 'application/merge-patch+json', 'if-match': made.headers.etag ?? '' },
        body: { disabled: true },
      });
      t.equal(disabled.status, 200);
      const asked = performance.now();
      t.equal((await callerAt(one, token)).status, 401);
      await until('it is refused', async () => (await callerAt(two, token)).status === 401);
      t.comment(`refused at the other after ${(performance.now() - asked).toFixed(0)} ms`);
      t.same(await statusesAt(nodes, tokens[1] ?? ''), [401, 401]);
    });
  });

  await t.test('the signing key is rotated while both work, and no request is refused', async (t) => {
    const early = await administratorToken(one.baseUrl, secret);
    const load = { asked: 0, kids: new Set<string>(), refused: [] as string[], done: false };
    const clients = [one, two, one, two].map(async (at) => {
      while (!load.done) {
        const token = await administratorToken(at.baseUrl, secret);
        load.kids.add(kidOf(token));
        const statuses = [...(await statusesAt(nodes, token)), ...(await statusesAt(nodes, early))];
        load.asked += statuses.length;
        if (statuses.some((status) => status !== 200)) load.refused.push(`${kidOf(token)}: ${statuses.join(' ')}`);
      }
    });
    const rotation = startProgram(t, 'commands/rotate-keys.ts', settings);
    t.same(await rotation.ended, { code: 0, signal: null });
    const [, kid = ''] =
      /^The key (\S+) signs from \S+Z\.\nThe key \S+ signs receipts from \S+Z\.\n$/.exec(rotation.stdout()) ?? [];
    t.notOk(load.kids.has(kid), 'it signs later');
    for (const at of nodes) {
      const published = await send(at.baseUrl, { path: '/.well-known/jwks.json' });
      t.match(published.text, kid, 'it is published before it signs');
    }
    // Ten minutes pass.
    await database.owner`update signing_keys set active_from = now() - interval '1 minute' where kid = ${kid}`;
    await database.owner`select pg_notify('access', 'keys')`;
    const before = load.asked;
    await until('the new key signs', () => load.kids.has(kid) && load.asked > before + 100);
    load.done = true;
    await Promise.all(clients);
    t.same(load.refused, [], `of ${load.asked} requests none was refused`);
    t.equal(load.kids.size, 2);

    await t.test('and a compromised one is refused at both at once', async (t) => {
      const old = await administratorToken(two.baseUrl, secret);
      t.same(await statusesAt(nodes, old), [200, 200]);
      const replaced = startProgram(t, 'commands/rotate-keys.ts', settings, ['--compromised']);
      t.same(await replaced.ended, { code: 0, signal: null });
      const asked = performance.now();
      await until('both refuse', async () => (await statusesAt(nodes, old)).every((status) => status === 401));
      t.comment(`refused after ${(performance.now() - asked).toFixed(0)} ms`);
      t.same(await statusesAt(nodes, early), [401, 401]);
      const next = await administratorToken(one.baseUrl, secret);
      t.same(await statusesAt(nodes, next), [200, 200]);
      const published = await send(two.baseUrl, { path: '/.well-known/jwks.json' });
      t.same(
        published.json<{ keys: { kid: string }[] }>().keys.map((key) => key.kid),
        [kidOf(next)],
      );
    });
  });
});

t.test('a wrong argument of a command changes nothing', async (t) => {
  const rotation = startProgram(t, 'commands/rotate-keys.ts', { DATA_DIR: newDirectory() }, ['--compromized']);
  t.same(await rotation.ended, { code: 1, signal: null });
  t.match(rotation.stderr(), /--compromized/);
  t.equal(rotation.stdout(), '');
});

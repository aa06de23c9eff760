import { randomBytes } from 'node:crypto';
import { exportJWK } from 'jose';
import type { Sql } from 'postgres';
import t from 'tap';
import { removeExpiredAssertions } from '../../../src/features/access/access.ts';
import { repeat } from '../../../src/platform/loop.ts';
import { assertionClaims, forge, sign, testKey } from '../../helpers/oauth.ts';
import { administratorSecret, assertionType, type ServedNode, servedNode } from './served.ts';

/** A text that occurs nowhere else; `seen` gathers those that must never be found. */
const canary = () => `canary-${randomBytes(16).toString('hex')}`;

/** Signs by which a statement, or what was bound to it, would show itself. */
const statement = /select .{1,500} from |insert into |update "?\w+"? set |delete from |Failed query|\$1\b/i;

const form = 'application/x-www-form-urlencoded';

/** Sends secrets to every place that might repeat them; answers what must not be told, and what was answered. */
async function sendSecrets(node: ServedNode, token: string) {
  const secrets: string[] = [administratorSecret];
  const answers: string[] = [];
  const secret = () => {
    const made = canary();
    secrets.push(made);
    return made;
  };
  const say = async (asked: ReturnType<ServedNode['inject']>) => {
    const answer = await asked;
    answers.push(`${JSON.stringify(answer.headers)}\n${answer.body}`);
    return answer;
  };
  const assertion = await sign(node.key, assertionClaims(node.client.clientId));
  const forged = forge(
    node.key,
    { alg: 'ES256', kid: secret() },
    assertionClaims(node.client.clientId, { x: secret() }),
  );
  secrets.push(token, assertion, forged, ...token.split('.').slice(1), ...assertion.split('.').slice(1));
  const basic = (name: string, value: string) => `Basic ${Buffer.from(`${name}:${value}`).toString('base64')}`;

  await say(node.askToken({ client_id: 'administrator', client_secret: secret() }));
  await say(node.askToken({ client_id: secret(), client_secret: secret() }));
  await say(node.askToken({}, { headers: { authorization: basic('administrator', secret()) } }));
  await say(node.askToken({}, { headers: { authorization: `Bearer ${secret()}` } }));
  await say(node.askToken({ client_assertion_type: assertionType, client_assertion: forged }));
  await say(node.askToken({ client_assertion_type: secret(), client_assertion: assertion }));
  await say(node.askToken({ client_assertion_type: assertionType, client_assertion: assertion, scope: secret() }));
  await say(node.askToken({ grant_type: secret(), client_secret: secret() }));
  await say(node.askToken(`a=${secret()}&a=${secret()}`));
  await say(node.askToken(secret(), { headers: { 'content-type': 'application/json' } }));
  await say(node.askToken(`client_secret=${secret()}`, { url: `/oauth/token?client_secret=${secret()}` }));
  await say(node.askToken('x=1', { headers: { 'content-type': form, cookie: secret(), 'x-secret': secret() } }));

  await say(node.send('GET', `/v1/caller?access_token=${secret()}`));
  await say(node.send('GET', '/v1/caller', { token: secret() }));
  await say(node.send('GET', '/v1/caller', { token: forged }));
  await say(node.send('GET', `/v1/clients?clientId=${secret()}`, { token, headers: { cookie: secret() } }));
  await say(node.send('GET', `/v1/clients/${secret()}`, { token }));
  const jwk = await exportJWK((await testKey('ES256')).privateKey);
  secrets.push(String(jwk.d));
  const client = {
    name: secret(),
    organisationId: node.organisationId,
    scopes: ['clients:read'],
    jwks: { keys: [jwk] },
  };
  await say(node.send('POST', '/v1/clients', { token, body: client, headers: { 'idempotency-key': 'first' } }));
  await say(node.send('POST', '/v1/clients', { token, body: `{"name":"${secret()}"` }));
  const keys = `/v1/clients/${node.client.id}/keys`;
  await say(
    node.send('POST', keys, {
      token,
      body: { jwk: { ...jwk, kid: secret() } },
      headers: { 'idempotency-key': 'second' },
    }),
  );
  return { secrets, answers };
}

const leaks = (text: string, secrets: readonly string[]) => secrets.filter((secret) => text.includes(secret));

t.test('no secret, token or SQL is told by a log line or an answer, also at the finest level', async (t) => {
  const node = await servedNode(t);
  const { secrets, answers } = await sendSecrets(node, await node.administratorToken());
  t.ok(secrets.length > 30 && node.lines.length > 20, `${secrets.length} secrets, ${node.lines.length} lines`);
  t.same(leaks(node.lines.join(''), secrets), []);
  t.same(leaks(answers.join(''), secrets), []);
  t.equal(statement.exec([...node.lines, ...answers].join('')), null);
});

t.test('nor is it when the database refuses each statement', async (t) => {
  const node = await servedNode(t);
  const token = await node.administratorToken();
  await node.send('GET', '/v1/caller', { token });
  await node.owner.unsafe(`
    create function refuse() returns trigger language plpgsql as $$ begin raise exception 'refused %', new; end $$;
    create trigger refuse before insert on used_assertions for each row execute function refuse()`);
  const jti = canary();
  const refused = await node.askToken(await node.asClient({ jti }));
  t.equal(refused.statusCode, 500);
  await node.owner`alter table clients rename column client_id to another_id`;
  const { secrets, answers } = await sendSecrets(node, token);
  secrets.push(jti);
  answers.push(refused.body);
  const failed = node.lines.filter((line) => line.includes('"level":50'));
  t.ok(failed.length > 5, `${failed.length} faults in the log`);
  for (const state of ['P0001', '42703']) t.match(failed.join(''), `"sqlState":"${state}"`, 'that tell their kind');
  const told = [...node.lines, ...answers].join('');
  t.same(leaks(told, secrets), []);
  t.equal(statement.exec(told), null);
});

t.test('nor is it by the loop that forgets used assertions', async (t) => {
  const node = await servedNode(t);
  await node.askToken(await node.asClient());
  await node.owner`update used_assertions set expires_at = now() - interval '1 day'`;
  await node.owner.unsafe(`
    create function refuse() returns trigger language plpgsql as $$ begin raise exception 'refused %', old; end $$;
    create trigger refuse before delete on used_assertions for each row execute function refuse()`);
  const stopped = new AbortController();
  const run = () => removeExpiredAssertions(node.db).finally(() => setImmediate(() => stopped.abort()));
  await repeat({ name: 'forget', everyMs: 1, run: async () => (await run()) > 0 }, stopped.signal, node.log);
  const told = node.lines.filter((line) => line.includes('a background loop failed')).join('');
  t.match(told, /"sqlState":"P0001"/);
  t.equal(statement.exec(told), null);
  t.notMatch(told, node.client.clientId);
});

/** Every row of every table, as text. */
async function dump(owner: Sql): Promise<string> {
  const tables = await owner`select tablename from pg_tables where schemaname = 'public'`;
  const rows = await Promise.all(
    tables.map(({ tablename }) => owner`select t::text as row from ${owner(tablename)} t`),
  );
  return rows
    .flat()
    .map((row) => row.row)
    .join('\n');
}

t.test('no secret and no token is in the database, nor in an answer that is saved', async (t) => {
  const node = await servedNode(t);
  const token = await node.administratorToken();
  const { secrets } = await sendSecrets(node, token);
  const rotated = await node.send('POST', `/v1/clients/${await administratorId(node, token)}/secret-rotations`, {
    token,
    body: {},
  });
  t.equal(rotated.statusCode, 201);
  const { secret } = rotated.json();
  const other = await testKey('ES256');
  const body = {
    name: 'Kept',
    organisationId: node.organisationId,
    scopes: ['clients:read'],
    jwks: { keys: [other.jwk] },
  };
  const created = await node.send('POST', '/v1/clients', { token, body, headers: { 'idempotency-key': 'third' } });
  t.equal(created.statusCode, 201);
  t.equal((await node.askToken({ client_id: 'administrator', client_secret: secret })).statusCode, 200);
  const text = await dump(node.owner);
  t.ok(text.includes(created.json().clientId) && /third/.test(text), 'the dump holds what is kept');
  const forms = [secret, ...secrets].flatMap((given) => [
    given,
    Buffer.from(given).toString('hex'),
    Buffer.from(given).toString('base64url').replace(/.$/, ''),
  ]);
  t.same(leaks(text, forms), []);
  const [saved] = await node.owner`select body::text from saved_answers where key = 'third'`;
  t.notMatch(saved?.body, /secret_/);
  t.same(await node.owner`select key from saved_answers where body::text like '%samendoen_secret_%'`, []);
  for (const answer of [created.body, (await node.send('GET', '/v1/clients', { token })).body])
    t.notMatch(answer, /"(?:secret|digest|d|jwk)"/, 'no view of a client holds a secret');
});

async function administratorId(node: ServedNode, token: string): Promise<string> {
  return (await node.send('GET', '/v1/clients?administrator=true', { token })).json().items[0].id;
}

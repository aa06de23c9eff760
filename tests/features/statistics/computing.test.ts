import { setTimeout as pause } from 'node:timers/promises';
import pino from 'pino';
import t from 'tap';
import { createAlliance } from '../../../src/features/alliances/alliances.ts';
import { Computing, runDueComputations } from '../../../src/features/statistics/background.ts';
import { usualLimits } from '../../../src/features/statistics/computing/computing.ts';
import { Keeping } from '../../../src/features/statistics/computing/keeping.ts';
import { type Part, part } from '../../../src/features/statistics/computing/parts.ts';
import { openPool } from '../../../src/features/statistics/computing/pool.ts';
import { Preparation } from '../../../src/features/statistics/preparing.ts';
import { selectionOf } from '../../../src/features/statistics/rules.ts';
import { addressOf, snapshotOf } from '../../../src/features/statistics/snapshots.ts';
import { computations } from '../../../src/features/statistics/tables.ts';
import type { Db } from '../../../src/platform/db.ts';
import { problemOf } from '../../../src/platform/failures.ts';
import { Leases } from '../../../src/platform/leases.ts';
import { asker, testPool } from '../../helpers/computing.ts';
import { testDatabase } from '../../helpers/db.ts';
import { caller, context } from '../../helpers/people.ts';
import { addNetwork, org, served } from './served.ts';

const log = pino({ level: 'silent' });
const analyst = caller({ organisationId: org('a') });
const going = () => ({ signal: new AbortController().signal, log });
const day = '2026-05-16';

/** A network in which betweenness takes seconds. */
async function large(db: Db, owner: { unsafe(text: string): PromiseLike<unknown> }): Promise<void> {
  const organisations = 4000;
  await addNetwork(db, ['a', 'b'], [['a', 'b']]);
  await owner.unsafe(`
    insert into organisations (id, kind, name, region, version, created_at, changed_at)
      select md5('o' || n)::uuid, 'municipality', 'o' || n, 'Maarland', 1, now(), now() from generate_series(1, ${organisations}) n;
    insert into alliances (id, version, kind, name, visibility, starts_on, created_at, changed_at)
      select md5('l' || n)::uuid, 1, 'alliance', 'l' || n, 'public', '2020-01-01', now(), now()
      from generate_series(1, ${organisations}) n;
    insert into memberships (id, version, alliance_id, organisation_id, role, state, offered_by, offered_at, starts_on, basis,
        created_at, changed_at)
      select gen_random_uuid(), 1, md5('l' || n)::uuid, md5('o' || ((n * 7 + k * (k + n % 13)) % ${organisations} + 1))::uuid,
        'member', 'accepted', 'alliance', now(), '2020-01-01', 'import', now(), now()
      from generate_series(1, ${organisations}) n, generate_series(1, 5) k
      on conflict do nothing`);
}

/** Everything is too long for a request, so that a small network shows what happens to a large one. */
const impatient = { ...usualLimits, atOnceMs: 0, storedMs: 0, aheadMs: 0 };

/** A small network that is computed in the background, and how an analyst asks. */
async function patient(t: Parameters<typeof testDatabase>[0]) {
  const { db, owner } = await testDatabase(t);
  await addNetwork(
    db,
    ['a', 'b', 'c', 'd', 'e'],
    [
      ['a', 'b', 'c'],
      ['c', 'd'],
      ['d', 'e', 'a'],
    ],
  );
  const ask = (who = analyst) => served(t, db, who, new Computing(db, testPool(), impatient));
  return { db, owner, ask, get: await ask() };
}

type Computation = { id: string; state: string; progress: number; resultUrl: string; secondsTaken: number | null };

t.test('figures that take longer than a request are computed in the background, and then given', async (t) => {
  const { db, ask, get } = await patient(t);
  const address = `/v1/statistics/network?asOf=${day}`;
  const first = await get(address);
  t.equal(first.statusCode, 202, first.body.slice(0, 300));
  const asked = first.json<Computation>();
  t.equal(first.headers.location, `/v1/statistics/computations/${asked.id}`);
  t.equal(first.headers['retry-after'], '1');
  t.match(asked, { state: 'queued', progress: 0, secondsTaken: null });
  t.equal((await get(address)).json<Computation>().id, asked.id, 'who asks again is told of the same computation');
  const listed = await get('/v1/statistics/computations?limit=5');
  t.equal(listed.json().items.length, 1);

  t.ok(await runDueComputations(db, testPool(), going()));
  t.notOk(await runDueComputations(db, testPool(), going()), 'nothing is left');
  const done = (await get(String(first.headers.location))).json<Computation>();
  t.match(done, { state: 'succeeded', progress: 1 });
  const figures = await get(done.resultUrl);
  t.equal(figures.statusCode, 200, figures.body.slice(0, 300));
  t.ok(figures.json().betweennessCentralisation > 0);
  t.equal(figures.json().organisationCount, 5);
  t.same((await get(address)).body, figures.body, 'the first address gives them too, as long as the data are the same');

  await addNetwork(db, ['f'], [['a', 'f']]);
  await createAlliance(db, context(analyst), { kind: 'network', name: 'Later', visibility: 'public' });
  t.equal((await get(address)).statusCode, 202, 'other data are computed anew');
  const fresh = await ask();
  t.same((await fresh(done.resultUrl)).body, figures.body, 'what was computed is kept, also for another process');
  const otherAudience = await ask(caller({ organisationId: null }));
  t.equal((await otherAudience(done.resultUrl)).statusCode, 410, 'but for whom it was computed');
});

t.test('however many threads share the work, the values are the same to the bit', async (t) => {
  const { db } = await testDatabase(t);
  const names = Array.from({ length: 620 }, (_, index) => `n${index}`);
  const groups = Array.from({ length: 400 }, (_, group) =>
    [0, 1, 2, 3].map((member) => `n${(group * 7 + member * (member + (group % 13))) % 620}`),
  );
  await addNetwork(
    db,
    names,
    groups.map((members) => [...new Set(members)]),
  );
  const selection = selectionOf({ relation: 'membership' }, day);
  const parts = [part('betweenness'), part('weights', 'newman'), part('eigenvector', 'newman'), part('distances')];
  const values = async (threads: number) => {
    const pool = openPool(threads);
    t.teardown(() => pool.close());
    const snapshot = await snapshotOf(new Computing(db, pool), asker(analyst), { selection, parts });
    return parts.map((one) => snapshot.get(one as Part));
  };
  const alone = await values(1);
  t.ok((alone[0] as Float64Array).some((value) => value > 0));
  t.same(await values(3), alone);
});

t.test('a computation that is stopped ends, and who did not ask for it sees nothing of it', async (t) => {
  const { db, owner } = await testDatabase(t);
  await large(db, owner);
  const get = await served(t, db, analyst);
  const asked = (await get(`/v1/statistics/organisations?asOf=${day}`)).json<Computation>();
  const other = await served(t, db, caller({ clientId: 'another' }));
  t.equal((await other(`/v1/statistics/computations/${asked.id}`)).statusCode, 404);
  t.equal((await other.put(`/v1/statistics/computations/${asked.id}/cancellation`)).statusCode, 404);
  t.same((await other('/v1/statistics/computations')).json().items, []);

  const began = performance.now();
  const running = runDueComputations(db, testPool(), going());
  while ((await get(`/v1/statistics/computations/${asked.id}`)).json<Computation>().state === 'queued') await pause(5);
  const stopped = await get.put(`/v1/statistics/computations/${asked.id}/cancellation`);
  t.match(stopped.json(), { id: asked.id, state: 'cancelled' });
  t.ok(await running);
  t.ok(performance.now() - began < 60_000);
  t.match((await get(`/v1/statistics/computations/${asked.id}`)).json(), { state: 'cancelled' });
  t.match((await get.put(`/v1/statistics/computations/${asked.id}/cancellation`)).json(), { state: 'cancelled' });
  const again = (await get(`/v1/statistics/organisations?asOf=${day}`)).json<Computation>();
  t.not(again.id, asked.id, 'who asks again begins another');
  t.match((await get.put(`/v1/statistics/computations/${again.id}/cancellation`)).json(), { state: 'cancelled' });
  t.notOk(await runDueComputations(db, testPool(), going()));
});

t.test('a computation that has finished cannot be stopped', async (t) => {
  const { db, get } = await patient(t);
  const { id } = (await get(`/v1/statistics/network?asOf=${day}`)).json<Computation>();
  while (await runDueComputations(db, testPool(), going()));
  const refused = await get.put(`/v1/statistics/computations/${id}/cancellation`);
  t.match([refused.statusCode, refused.json().code], [409, 'computation_finished']);
});

t.test('a computation of a process that died is gone on with by another, with the parts that are left', async (t) => {
  const { db, owner, get } = await patient(t);
  const asked = (await get(`/v1/statistics/network?asOf=${day}`)).json<Computation>();
  const died = new AbortController();
  const timing = { leaseSeconds: 0, retrySeconds: 0, maxFailedAttempts: 3 };
  await runDueComputations(db, testPool(), { ...going(), signal: died.signal, timing, onPart: () => died.abort() });
  const [before] = await owner`select state, (select count(*)::int from computed_parts) as parts from computations`;
  t.match(before, { state: 'queued', parts: 1 }, 'one part is done');
  const computed: string[] = [];
  await runDueComputations(db, testPool(), { ...going(), onPart: (id) => void computed.push(id) });
  t.match((await get(`/v1/statistics/computations/${asked.id}`)).json(), { state: 'succeeded' });
  const [after] = await owner`select count(*)::int as parts from computed_parts`;
  t.equal(computed.length, after?.parts - 1, 'the first is not computed again');
});

t.test('a computation that fails is tried again, and given up after the third time', async (t) => {
  const { db, owner, get } = await patient(t);
  const asked = (await get(`/v1/statistics/network?asOf=${day}`)).json<Computation>();
  await owner`update computed_networks set content = '\\x00'`;
  const timing = { leaseSeconds: 15, retrySeconds: 0, maxFailedAttempts: 3 };
  for (let attempt = 1; attempt <= 3; attempt++)
    await t.rejects(runDueComputations(db, testPool(), { ...going(), timing }));
  t.notOk(await runDueComputations(db, testPool(), { ...going(), timing }));
  t.match((await get(`/v1/statistics/computations/${asked.id}`)).json(), { state: 'failed', failure: 'fault' });
});

t.test('a computation over which process after process died is given up', async (t) => {
  const { db, owner, get } = await patient(t);
  const asked = (await get(`/v1/statistics/network?asOf=${day}`)).json<Computation>();
  const leases = new Leases(computations, { leaseSeconds: 15, retrySeconds: 0, maxFailedAttempts: 3 });
  const die = async () => {
    const claimed = await leases.claim(db);
    await owner`update computations set lease_until = now() - interval '1 second' where state = 'running'`;
    return claimed?.id;
  };
  t.same([await die(), await die(), await die(), await die()], [asked.id, asked.id, asked.id, undefined]);
  t.match((await get(`/v1/statistics/computations/${asked.id}`)).json(), { state: 'failed', failure: 'fault' });
});

t.test('the figures of a succeeded computation are given as they were, whatever happened since', async (t) => {
  const { db, ask, get } = await patient(t);
  const addresses = ['multiplexity?from=2020-01-01', 'null-model?samples=3', 'communities?relation=deeds', 'brokerage'];
  const results = new Map<string, string>();
  for (const address of addresses) {
    const { statusCode, headers } = await get(`/v1/statistics/${address}`);
    t.equal(statusCode, 202, address);
    while (await runDueComputations(db, testPool(), going()));
    const { state, resultUrl } = (await get(String(headers.location))).json<Computation>();
    t.equal(state, 'succeeded', address);
    results.set(resultUrl, (await get(resultUrl)).body);
  }
  await addNetwork(db, ['g'], [['a', 'g']]);
  await createAlliance(db, context(analyst), { kind: 'network', name: 'Later', visibility: 'public' });
  const another = await ask();
  for (const [address, body] of results) t.equal((await another(address)).body, body, address);
});

t.test('a text with a question mark stays whole in the address of a result', (t) => {
  const address = addressOf('/v1/statistics/network?region=Maar?land&organisationKind=province', day, 'version');
  const { searchParams } = new URL(address, 'https://node.example');
  t.same(Object.fromEntries(searchParams), {
    ...{ region: 'Maar?land', organisationKind: 'province' },
    ...{ asOf: day, dataVersion: 'version' },
  });
  t.equal(addressOf('/v1/statistics/ties?cursor=abc', day, 'version'), '/v1/statistics/ties?cursor=abc');
  t.end();
});

t.test('where much waits for the threads, more is computed in the background', async (t) => {
  const { db } = await testDatabase(t);
  await addNetwork(
    db,
    ['a', 'b', 'c'],
    [
      ['a', 'b'],
      ['b', 'c'],
    ],
  );
  const computing = new Computing(db, testPool(), { ...usualLimits, waitingMs: -1, storedMs: 0 });
  const get = await served(t, db, analyst, computing);
  t.equal((await get('/v1/statistics/network')).statusCode, 202);
});

t.test('a request that ends while its figures are computed is told that the service is not available', async (t) => {
  const aborted = AbortSignal.abort();
  t.match(problemOf(aborted.reason), { code: 'unavailable', status: 503 });
});

t.test('a client has ten computations that wait, and is refused the eleventh', async (t) => {
  const { get } = await patient(t);
  for (let month = 10; month < 20; month++)
    t.equal(
      (await get(`/v1/statistics/network?asOf=20${month}-01-01&region=Maarland`)).statusCode,
      month < 20 ? 202 : 429,
    );
});

t.test('the standard figures are computed ahead once the data stand still', async (t) => {
  const { db, owner, get } = await patient(t);
  const preparation = new Preparation(new Computing(db, testPool(), impatient));
  t.equal(await preparation.look(), 0, 'not at first sight');
  t.equal(await preparation.look(), 10, 'of each relation, for clients with and without an organisation');
  while (await runDueComputations(db, testPool(), going()));
  t.equal(await preparation.look(), 0, 'they are there');
  await owner`update computations set state = 'failed', failure = 'fault'`;
  t.equal(await preparation.look(), 0, 'what failed is not asked for again');
  for (const address of ['network', 'organisations', 'network?relation=deeds', 'organisations?relation=ownership'])
    t.equal((await get(`/v1/statistics/${address}`)).statusCode, 200, address);
  t.same((await get('/v1/statistics/computations')).json().items, [], 'nobody sees what the node asked for itself');
  const idle = new Preparation(new Computing(db, testPool()));
  await idle.look();
  t.equal(await idle.look(), 0, 'what takes a moment is computed when it is asked for');
});

t.test('who goes away breaks off what only they waited for', async (t) => {
  const kept = new Keeping({ bytes: 10_000, milliseconds: 60_000 });
  const [one, other] = [new AbortController(), new AbortController()];
  let ended = false;
  const work = (signal: AbortSignal) =>
    new Promise<string>((_, reject) => {
      signal.addEventListener('abort', () => {
        ended = true;
        reject(signal.reason);
      });
    });
  const waiting = [kept.once('a', one.signal, work), kept.once('a', other.signal, work)];
  const settled = Promise.allSettled(waiting);
  one.abort();
  await t.rejects(waiting[0] as Promise<string>);
  t.notOk(ended, 'another still waits');
  other.abort();
  await settled;
  t.ok(ended);
  t.equal(await kept.once('a', new AbortController().signal, async () => 'anew'), 'anew');
  t.equal(await kept.once('a', new AbortController().signal, async () => 'never'), 'anew', 'kept');
});

t.test('a request that is broken off ends its work in the thread', async (t) => {
  const { db, owner } = await testDatabase(t);
  await large(db, owner);
  const pool = openPool(1);
  t.teardown(() => pool.close());
  const computing = new Computing(db, pool, { ...impatient, atOnceMs: 60_000 });
  const leaving = new AbortController();
  const selection = selectionOf({ relation: 'membership' }, day);
  const ask = (signal: AbortSignal) =>
    snapshotOf(computing, { ...asker(analyst), signal }, { selection, parts: [part('betweenness')] });
  const began = performance.now();
  const broken = ask(leaving.signal);
  setTimeout(() => leaving.abort(), 50);
  await t.rejects(broken, { name: 'AbortError' });
  const left = performance.now() - began;
  const { get } = await ask(new AbortController().signal);
  t.comment(`left after ${Math.round(left)} ms`);
  t.equal(get(part('betweenness')).length, 4002, 'the pool works on');
});

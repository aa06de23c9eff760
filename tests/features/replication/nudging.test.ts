import { createServer } from 'node:net';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { claimDuePeers, goOnReading, noteRead, readSoon } from '../../../src/features/federation/federation.ts';
import { publishing, pullPeers } from '../../../src/features/replication/replication.ts';
import { listen } from '../../helpers/endpoint.ts';
import { until } from '../../helpers/programs.ts';
import { peered, type ReplicatingNode, startReplicating } from './nodes.ts';

const signal = new AbortController().signal;

/** Two nodes that have all of each other, and know it; the identifier of their peering. */
async function settledPair(t: Test) {
  const [one, other] = [await startReplicating(t, 'Een'), await startReplicating(t, 'Twee')];
  const id = await peered(t, one, other);
  for (let round = 0; round < 2; round++) for (const node of [one, other]) await node.pull();
  for (const node of [one, other]) await node.publish();
  return { one, other, id };
}

/** As a node has it whose readings failed many times, the last of them some seconds ago. */
const afterFailures = ({ owner }: ReplicatingNode, seconds: number, failures = 12) =>
  owner`update peers set failure_count = ${failures}, next_attempt_at = now() + interval '1 hour',
    last_attempt_at = now() - make_interval(secs => ${seconds})`;

/** Seconds until a node reads the feed of its peer. */
async function readsIn({ owner }: ReplicatingNode): Promise<number> {
  const [row] = await owner<{ seconds: number }[]>`
    select extract(epoch from next_attempt_at - now())::float8 as seconds from peers`;
  return row?.seconds ?? Number.NaN;
}

const comeDue = ({ owner }: ReplicatingNode) =>
  owner`update peer_chains set next_nudge_at = now() - interval '1 second'`;

async function chainAt({ owner }: ReplicatingNode) {
  const [row] = await owner<{ failures: number; seconds: number }[]>`
    select failed_nudges as failures, extract(epoch from next_nudge_at - now())::float8 as seconds from peer_chains`;
  return row ?? { failures: -1, seconds: Number.NaN };
}

t.test('a peer that nudges is read at once also after many failures, but never twice in five seconds', async (t) => {
  const { one, other } = await settledPair(t);
  await afterFailures(other, 3600);
  await one.register('Eerste');
  t.equal(await one.publish(), true);
  t.ok((await readsIn(other)) <= 0);
  await afterFailures(other, 1);
  await one.register('Tweede');
  t.equal(await one.publish(), true);
  const seconds = await readsIn(other);
  t.ok(seconds > 2 && seconds <= 4, String(seconds));
});

t.test('a peer that asks is there, so what failed is read again; what did not fail waits its time', async (t) => {
  const { one, other } = await settledPair(t);
  await afterFailures(one, 3600);
  await other.pull();
  t.ok((await readsIn(one)) <= 0);
  await afterFailures(one, 3600, 0);
  await other.pull();
  t.ok((await readsIn(one)) > 3000);
});

t.test('a peer that takes a nudge is there too', async (t) => {
  const { one } = await settledPair(t);
  await afterFailures(one, 3600);
  await one.register('Eerste');
  t.equal(await one.publish(), true);
  t.ok((await readsIn(one)) <= 0);
});

t.test('a peer that cannot be reached is nudged until it comes for all that there is', async (t) => {
  const { one, other } = await settledPair(t);
  await other.stop();
  await one.register('Eerste');
  t.equal(await one.publish(), true);
  t.match(await chainAt(one), { failures: 1 });
  const { seconds } = await chainAt(one);
  t.ok(seconds > 3 && seconds <= 5.5, String(seconds));
  await one.register('Tweede');
  t.equal(await one.publish(), false, 'what is newer makes it no more often');
  await comeDue(one);
  t.equal(await one.publish(), true);
  t.match(await chainAt(one), { failures: 2 });

  await other.start();
  await afterFailures(other, 3600);
  await comeDue(one);
  t.equal(await one.publish(), true);
  t.match(await chainAt(one), { failures: 0 });
  t.ok((await readsIn(other)) <= 0);
  t.equal(await one.publish(), false, 'it is given time to come');
  await comeDue(one);
  t.equal(await one.publish(), true, 'it did not come');
  await other.pull();
  await other.pull();
  await comeDue(one);
  t.equal(await one.publish(), false, 'it came, and has all');
});

t.test('a nudge that comes while a feed is read is not lost, and does not make two read it', async (t) => {
  const { other, id } = await settledPair(t);
  const { db, owner } = other;
  const due = () => owner`update peers set next_attempt_at = null, last_attempt_at = now() - interval '1 hour'`;
  const read = { lag: 0, digestEqual: true };
  await due();
  t.equal((await claimDuePeers(db, 4)).length, 1);
  await noteRead(db, id, read);
  t.ok((await readsIn(other)) > 50);

  await due();
  t.equal((await claimDuePeers(db, 4)).length, 1);
  await goOnReading(db, id);
  await readSoon(db, id);
  await owner`update peers set next_attempt_at = next_attempt_at - interval '2 seconds'`;
  t.same(await claimDuePeers(db, 4), [], 'it is being read');
  await goOnReading(db, id);
  await noteRead(db, id, read);
  t.ok((await readsIn(other)) <= 0, 'it is read again at once');

  await due();
  await claimDuePeers(db, 4);
  const [lease] = await owner`select reading_until <= now() + interval '30 seconds' as short from peers`;
  t.equal(lease?.short, true, 'a reader that was killed keeps nobody from it for long');
  await owner`update peers set (reading_until, next_attempt_at) = (now() - interval '1 second', now() - interval '1 second')`;
  t.equal((await claimDuePeers(db, 4)).length, 1);
});

t.test('a node that starts may have been restored, so it tells its peers that it is there', async (t) => {
  const { one, other } = await settledPair(t);
  await comeDue(one);
  t.equal(await one.publish(), false);
  const run = publishing(one.db, one.peering);
  await afterFailures(other, 3600, 0);
  t.equal(await run(signal), true);
  t.ok((await readsIn(other)) <= 0);
  await other.pull();
  await comeDue(one);
  t.equal(await run(signal), false, 'once it came');
});

t.test('a peer that does not answer holds up no other', async (t) => {
  const { one: reader, other: quick, id } = await settledPair(t);
  const silent = createServer((socket) => void socket.resume().on('error', () => undefined));
  silent.on('connection', (socket) => t.teardown(() => socket.destroy()));
  const port = await listen(t, silent);
  // A second peer, of which the address answers nothing.
  await reader.owner`insert into peers select (p).* from (select jsonb_populate_record(peers, jsonb_build_object(
    'id', gen_random_uuid(), 'base_url', ${`http://127.0.0.1:${port}`}::text, 'next_attempt_at', null)) as p from peers) x`;
  const leaving = new AbortController();
  const run = pullPeers({ db: reader.db, peering: reader.peering, log: pino({ level: 'silent' }) }, leaving.signal);
  await until(
    'the silent one is asked',
    async () => (await reader.owner`select from peers where reading_until > now()`).length > 0,
  );
  await quick.register('Nieuw');
  await reader.owner`update peers set next_attempt_at = now() where id = ${id}`;
  // By the same run, which before its end looks for what became due meanwhile.
  await until('the other is read', async () => 'Nieuw' in (await reader.replicas()));
  leaving.abort();
  t.equal(await run, true);
});

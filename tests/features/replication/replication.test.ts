import { randomUUID } from 'node:crypto';
import t from 'tap';
import { signMessage } from '../../../src/features/federation/federation.ts';
import { recordMerger } from '../../../src/features/organisations/mergers.ts';
import { messageTypes } from '../../../src/features/replication/messages.ts';
import { administrator, context } from '../../helpers/people.ts';
import { sendMessage } from '../federation/world.ts';
import { peered, startReplicating } from './nodes.ts';

const kvk = (value: string) => ({ scheme: 'kvk' as const, value });

t.test('two nodes that agreed on it have the registers of each other, and keep them equal', async (t) => {
  const [one, other] = [await startReplicating(t, 'Een'), await startReplicating(t, 'Twee')];
  const id = await peered(t, one, other);
  const rade = await one.register('Gemeente Rade', kvk('10000001'));
  await other.register('Zorggroep Maar', kvk('10000002'));
  for (const node of [one, other]) await node.pull();
  t.match(await other.replicas(), { 'Gemeente Rade': one.baseUrl, Een: one.baseUrl });
  t.match(await one.replicas(), { 'Zorggroep Maar': other.baseUrl });
  for (const node of [one, other]) await node.pull();
  for (const node of [one, other])
    t.match((await node.peer(id)).health, { lag: 0, digestEqual: true, failureCount: 0, lastError: null });

  const shown = (await other.ask('GET', `/organisations/${rade}`)).json();
  t.match(shown, { id: rade, home: one.baseUrl, identifiers: [{ scheme: 'kvk', value: '10000001' }] });
  const found = (await other.ask('GET', '/organisations?identifier=kvk:10000001')).json<{ items: { id: string }[] }>();
  t.same(
    found.items.map(({ id }) => id),
    [rade],
    'found by its official identifier',
  );

  await one.rename(rade, 'Gemeente Waterrade');
  await other.pull();
  const names = Object.keys(await other.replicas());
  t.ok(names.includes('Gemeente Waterrade') && !names.includes('Gemeente Rade'), names.join());
  const [left] = await other.owner`select count(*)::int as count from peer_ledger l, organisations o
    where l.object_id = o.id and o.home is not null`;
  t.equal(left?.count, 0, 'what came from a peer is not given to others');
});

t.test('an organisation comes with its successor, in whatever order the two are', async (t) => {
  const [one, other] = [await startReplicating(t, 'Een'), await startReplicating(t, 'Twee')];
  await peered(t, one, other);
  const gone = await one.register('Gemeente Maar');
  const heir = await one.register('Gemeente Maarland');
  const merger = { predecessorIds: [gone], successorId: heir, effectiveOn: '2026-01-01' };
  await recordMerger(one.db, context(administrator), merger, async () => []);
  await other.pull();
  t.match((await other.ask('GET', `/organisations/${gone}`)).json(), {
    ...{ home: one.baseUrl, endsOn: '2026-01-01', successor: { id: heir, name: 'Gemeente Maarland' } },
  });
});

t.test('nobody says of an organisation of another node that it succeeds its own', async (t) => {
  const [one, other] = [await startReplicating(t, 'Een'), await startReplicating(t, 'Twee')];
  await peered(t, one, other);
  const heir = await other.register('Erfgenaam tegen wil en dank');
  for (const node of [one, other, one]) await node.pull();
  const gone = await one.register('Opgeheven');
  await one.owner`update organisations set ends_on = '2026-01-01', successor_id = ${heir} where id = ${gone}`;
  await one.rename(gone, 'Opgeheven en opgegaan');
  await other.pull();
  const shown = (await other.ask('GET', `/organisations/${gone}`)).json();
  t.match(shown, { name: 'Opgeheven en opgegaan', endsOn: '2026-01-01', successor: null });
});

t.test('a peering that takes the place of another keeps what both give', async (t) => {
  const [one, other] = [await startReplicating(t, 'Een'), await startReplicating(t, 'Twee')];
  const first = await peered(t, one, other);
  await one.register('Blijft hier');
  await other.pull();
  const second = await peered(t, one, other);
  t.match([(await other.peer(first)).state, (await other.peer(second)).live], ['ended', true]);
  await other.pull();
  await other.clear();
  t.match(await other.replicas(), { 'Blijft hier': one.baseUrl });
  await other.pull();
  t.match((await other.peer(second)).health, { digestEqual: true, lag: 0 });
  const [left] = await other.owner`select count(*)::int as count from replicas where peer_id = ${first}`;
  t.equal(left?.count, 0);
});

t.test('a change is told to peers, who are nudged, and events tell of it there', async (t) => {
  const [one, other] = [await startReplicating(t, 'Een'), await startReplicating(t, 'Twee')];
  const id = await peered(t, one, other);
  await one.register('Eerste');
  await other.pull();
  await other.pull();
  await one.register('Tweede');
  await other.owner`update peers set next_attempt_at = now() + interval '1 hour', last_attempt_at = now() - interval '1 hour'`;
  await one.publish();
  const [due] = await other.owner`select next_attempt_at <= now() as due from peers where id = ${id}`;
  t.equal(due?.due, true, 'the nudge came');
  await other.pull();
  t.match(await other.replicas(), { Eerste: one.baseUrl, Tweede: one.baseUrl });
  const events = await other.owner`select type from events where type = 'organisation.replicated'`;
  t.equal(events.length, 3, 'the node itself and two more');
});

t.test('a request for a feed is answered once, also where it is overheard and sent again', async (t) => {
  const [one, other] = [await startReplicating(t, 'Een'), await startReplicating(t, 'Twee')];
  const id = await peered(t, one, other);
  const iat = Math.floor(Date.now() / 1000);
  const claims = {
    ...{ iss: one.baseUrl, aud: other.baseUrl, jti: randomUUID(), iat, exp: iat + 60, peering: id },
    ...{ cursor: null, baseline: null },
  };
  const jws = await signMessage(JSON.stringify(claims), messageTypes.request, await one.peering.signingKey());
  const answers = await Promise.all([1, 2, 3].map(() => sendMessage(other.baseUrl, '/federation/feed', jws)));
  t.same(answers.map(({ status }) => status).sort(), [200, 401, 401]);
});

t.test('what is in a page is taken over by one transaction, or not at all', async (t) => {
  const [one, other] = [await startReplicating(t, 'Een'), await startReplicating(t, 'Twee')];
  const id = await peered(t, one, other);
  for (let count = 0; count < 5; count++) await one.register(`Organisatie ${count}`);
  await other.owner`alter table replicas add constraint planted check (content ->> 'name' <> 'Organisatie 3')`;
  await other.pull();
  t.same(await other.replicas(), {}, 'nothing was stored');
  const [cursor] = await other.owner`select count(*)::int as count from peer_cursors`;
  t.equal(cursor?.count, 0, 'nor the cursor');
  t.match((await other.peer(id)).health, { lastError: 'fault', failureCount: 1 });
  await other.owner`alter table replicas drop constraint planted`;
  await other.pull();
  t.equal(Object.keys(await other.replicas()).length, 6);
});

t.test('what cannot be taken over is in quarantine until it can be', async (t) => {
  const [one, other] = [await startReplicating(t, 'Een'), await startReplicating(t, 'Twee')];
  const id = await peered(t, one, other);
  for (const name of ['Ander', 'Nog een ander', 'En nog een']) await one.register(name);
  const taken = await one.register('Zelfde nummer', kvk('10000003'));
  const second = await one.register('Ook zo een', kvk('10000004'));
  await one.register('De laatste', kvk('10000005'));
  await other.register('Met twee', kvk('10000004'));
  const here = await other.register('Was er al', kvk('10000003'));
  await other.pull();
  await other.pull();
  const list = async () =>
    (await other.ask('GET', `/peers/${id}/quarantined-things`)).json<{ items: { id: string; fault: string }[] }>()
      .items;
  const fault = { fault: 'identifier_taken', collection: 'organisations' };
  t.match(await list(), [
    { id: taken, ...fault },
    { id: second, ...fault },
  ]);
  t.match(await other.replicas(), { Ander: one.baseUrl, 'En nog een': one.baseUrl, 'De laatste': one.baseUrl });
  t.match((await other.peer(id)).health, { digestEqual: false, lastError: null }, 'not all of it is held');
  t.notOk('Zelfde nummer' in (await other.replicas()));
  await other.owner`delete from organisation_identifiers where organisation_id = ${here}`;
  await one.register('Iets nieuws');
  await other.pull();
  t.match(await list(), [{ id: second }]);
  t.equal((await list()).length, 1, 'the other number is still taken');
  t.ok('Zelfde nummer' in (await other.replicas()));
});

t.test('an official identifier that goes from one organisation to another comes over in one page', async (t) => {
  const [one, other] = [await startReplicating(t, 'Een'), await startReplicating(t, 'Twee')];
  const id = await peered(t, one, other);
  const heir = await one.register('Erfgenaam');
  const holder = await one.register('Houder', kvk('10000004'));
  await other.pull();
  await one.owner`update organisation_identifiers set organisation_id = ${heir} where organisation_id = ${holder}`;
  for (const of of [heir, holder]) await one.rename(of, `Zonder of met ${of}`);
  await other.pull();
  t.match(await other.owner`select organisation_id as id from organisation_identifiers where value = '10000004'`, [
    { id: heir },
  ]);
  t.same((await other.ask('GET', `/peers/${id}/quarantined-things`)).json().items, []);
  t.match((await other.peer(id)).health, { lag: 0, digestEqual: true });
});

t.test('a node that was restored from a backup begins a new history, and its peers begin anew', async (t) => {
  const [one, other] = [await startReplicating(t, 'Een'), await startReplicating(t, 'Twee')];
  const id = await peered(t, one, other);
  await one.register('Blijft');
  const lost = await one.register('Verloren');
  await other.pull();
  await other.pull();
  t.ok('Verloren' in (await other.replicas()));
  // As a backup from before it was registered has it, and whoever restores a backup begins another epoch.
  await one.owner`delete from peer_entries where object_id = ${lost}`;
  await one.owner`delete from peer_ledger where object_id = ${lost}`;
  await one.owner`alter table organisation_versions disable trigger all`;
  await one.owner`delete from organisation_versions where organisation_id = ${lost}`;
  await one.owner`delete from organisations where id = ${lost}`;
  await one.owner`update peer_chains set (head_seq, head_hash) =
    (select seq, hash from peer_entries e where e.peer_id = peer_chains.peer_id order by seq desc limit 1)`;
  await one.owner`update event_counter set epoch = gen_random_uuid()`;
  await other.pull();
  await other.pull();
  const left = await other.replicas();
  t.ok('Blijft' in left);
  t.notOk('Verloren' in left, 'what its home has no more is removed');
  t.match((await other.peer(id)).health, { digestEqual: true, lag: 0 });
});

t.test('a history that goes back without telling is found by its hashes', async (t) => {
  const [one, other] = [await startReplicating(t, 'Een'), await startReplicating(t, 'Twee')];
  const id = await peered(t, one, other);
  await one.register('Eerste');
  await other.pull();
  await other.pull();
  await one.owner`update peer_entries set hash = repeat('A', 43) where seq = (select max(seq) from peer_entries)`;
  await one.owner`update peer_chains set head_hash = repeat('A', 43)`;
  await one.register('Tweede');
  await other.pull();
  await other.pull();
  t.match(await other.replicas(), { Eerste: one.baseUrl, Tweede: one.baseUrl });
  t.match((await other.peer(id)).health, { digestEqual: true, lag: 0, lastError: null });
});

t.test('a replica that was lost here is noticed by its digest, and comes again', async (t) => {
  const [one, other] = [await startReplicating(t, 'Een'), await startReplicating(t, 'Twee')];
  const id = await peered(t, one, other);
  const lost = await one.register('Verdwenen');
  await other.pull();
  await other.pull();
  await other.owner`delete from replicas where object_id = ${lost}`;
  await other.pull();
  t.match((await other.peer(id)).health, { lastError: 'digest_differs', failureCount: 1 });
  await other.pull();
  await other.pull();
  t.match((await other.peer(id)).health, { digestEqual: true, lag: 0 });
});

t.test(
  'an organisation that was lost here is noticed although it is known to have come, and comes again',
  async (t) => {
    const [one, other] = [await startReplicating(t, 'Een'), await startReplicating(t, 'Twee')];
    const id = await peered(t, one, other);
    const lost = await one.register('Verdwenen uit het register');
    await other.pull();
    await other.pull();
    await other.owner`delete from organisations where id = ${lost}`;
    await other.pull();
    t.match((await other.peer(id)).health, { lastError: 'digest_differs' });
    await other.pull();
    t.ok('Verdwenen uit het register' in (await other.replicas()));
    await other.pull();
    t.match((await other.peer(id)).health, { digestEqual: true, lastError: null });
  },
);

t.test('when a peering ends, nothing is given any more, and what came by it is removed', async (t) => {
  const [one, other] = [await startReplicating(t, 'Een'), await startReplicating(t, 'Twee')];
  const id = await peered(t, one, other);
  await one.register('Gemeente Rade');
  await other.pull();
  t.ok('Gemeente Rade' in (await other.replicas()));
  await one.owner`update peers set state = 'ended' where id = ${id}`;
  await one.register('Komt niet meer');
  await other.pull();
  t.match(
    (await other.peer(id)).health,
    { lastError: 'status_401' },
    'refused at once, also before the other was told',
  );
  await one.owner`update peers set state = 'accepted' where id = ${id}`;
  t.equal((await one.end(id, 'Klaar')).status, 200);
  await one.tell();
  for (const node of [one, other]) await node.clear();
  t.same(await other.replicas(), {});
  for (const node of [one, other])
    for (const table of ['peer_chains', 'peer_entries', 'peer_ledger', 'peer_cursors', 'replicas']) {
      const [row] = await node.owner.unsafe(`select count(*)::int as count from ${table}`);
      t.equal(row?.count, 0, table);
    }
});

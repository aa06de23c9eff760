import t from 'tap';
import { testDatabase } from '../../helpers/db.ts';
import { testApp } from '../../helpers/demo.ts';
import { listen } from '../../helpers/network.ts';
import { registerParty } from '../../helpers/parties.ts';
import { runSsrfTargets } from '../../platform/ssrf-proof.ts';
import { parties } from '../alliances/world.ts';
import { measureDrain, proveDeliveries } from '../webhooks/deliveries-proof.ts';
import { followFeed, proveFeed, writeByCommit } from './feed-proof.ts';

// EVENTS=100000 KILLS=50 BACKLOG=100000 npm run proof:events
const events = Number(process.env.EVENTS ?? 100_000);
const kills = Number(process.env.KILLS ?? 50);
const backlog = Number(process.env.BACKLOG ?? 100_000);
const tell = (text: string) => t.comment(text);

t.test(`16 writers, ${events} events, one who follows`, async (t) => {
  const database = await testDatabase(t);
  const app = await testApp(t, database);
  const { reader } = await parties(database.db, 'reader');
  const { token } = await registerParty({ app, db: database.db }, reader.id);
  const address = await listen(app);
  const run = await proveFeed({
    ...{ writers: 16, events, write: writeByCommit(database.db) },
    follow: (signal) => followFeed(address, token, { signal, query: '&type=nl.samendoen.organisation.changed' }),
    inOrder: async () =>
      (
        await database.owner<{ id: string }[]>`select subject_id as id from events
          where type = 'organisation.changed' order by position`
      ).map(({ id }) => id),
  });
  t.comment(JSON.stringify(run));
  t.match(run, { lost: 0, twice: 0, outOfOrder: 0 });
});

t.test(`receivers that fail, while workers are killed ${kills} times`, async (t) => {
  const { faults, ...proof } = await proveDeliveries(t, { events: 2000, kills, endpoints: 5, tell });
  t.comment(JSON.stringify(proof));
  t.same(faults, []);
});

t.test('targets that an outsider may not make the node reach', async (t) => {
  const { targets, sends, reached } = await runSsrfTargets();
  t.comment(JSON.stringify({ targets, sends, reached }));
  t.ok(targets >= 60, `${targets} targets`);
  t.equal(reached, 0, 'nothing was reached');
});

for (const processes of [1, 2])
  t.test(`a backlog of ${backlog} deliveries, ${processes} processes`, async (t) => {
    const drain = await measureDrain(t, { deliveries: backlog, processes, tell });
    t.comment(JSON.stringify(drain));
    t.equal(drain.deliveries, backlog);
  });

import { request } from 'node:http';
import { CloudEvent } from 'cloudevents';
import fc from 'fast-check';
import t from 'tap';
import { decideMembership, endMembership, offerMembership } from '../../../src/features/alliances/membership-offers.ts';
import { publishedName, publishedTypes, typesNamed, typesWithin } from '../../../src/features/events/event-types.ts';
import { Tail } from '../../../src/features/events/events.ts';
import { scopes } from '../../../src/platform/caller.ts';
import { testDatabase } from '../../helpers/db.ts';
import { baseUrl, demoNode, testApp } from '../../helpers/demo.ts';
import { listen } from '../../helpers/network.ts';
import { registerParty } from '../../helpers/parties.ts';
import { apply, by, found, parties } from '../alliances/world.ts';
import { followFeed, followSequence, proveFeed, writeByCommit, writeBySequence } from './feed-proof.ts';

type Event = { id: string; type: string; subject: string; dataref: string; source: string };
type Page = { items: Event[]; nextCursor: string };

/** A node with two organisations, the token of each, and a way to ask the feed. */
async function world(t: Parameters<typeof testApp>[0]) {
  // As many connections as may be wanted at once: one that closes while a statement waits for it is opened anew by the
  // driver, also after the end, and would keep this process.
  const database = await testDatabase(t as never, { max: 40 });
  const app = await testApp(t, database);
  const people = await parties(database.db, 'convener', 'member', 'outsider');
  const tokens: Record<string, string> = {};
  for (const [name, { id }] of Object.entries(people))
    tokens[name] = (await registerParty({ app, db: database.db }, id)).token;
  const ask = (name: string, query = '', headers: Record<string, string> = {}) =>
    app.inject({
      url: `/v1/events${query}`,
      headers: { host: 'node.example', authorization: `Bearer ${tokens[name]}`, ...headers },
    });
  const page = async (name: string, query = '') => (await ask(name, query)).json() as Page;
  return { ...database, app, people, tokens, ask, page };
}

t.test('the feed tells what happened in the order in which it was committed, to whoever may see it now', async (t) => {
  const { db, people, page } = await world(t);
  const space = await found(db, people.convener, { visibility: 'closed', name: 'Vrijplaats', startsOn: '2020-01-01' });
  const open = await found(db, people.convener, { visibility: 'public', name: 'Open', startsOn: '2020-01-01' });
  const subjects = async (name: string) =>
    (await page(name, '?limit=200&type=nl.samendoen.alliance.*')).items.map((one) => one.subject);
  t.same(await subjects('convener'), [space, open]);
  t.same(await subjects('outsider'), [open], 'what is closed is told to those in it alone');
  const membershipId = await apply(db, open, people.member);
  await decideMembership(db, by(people.convener), membershipId, { decision: 'accepted' });
  const told = async (name: string) =>
    (await page(name, `?limit=200&subject=${membershipId}`)).items.map(({ type }) => type);
  t.same(await told('member'), ['nl.samendoen.membership.offered', 'nl.samendoen.membership.accepted']);
  await endMembership(db, by(people.member), membershipId, {});
  t.same((await told('member')).at(-1), 'nl.samendoen.membership.ended');
});

t.test('an event of a closed space is told to a member as long as it takes part', async (t) => {
  const { db, people, page } = await world(t);
  const space = await found(db, people.convener, { visibility: 'closed', name: 'Vrijplaats', startsOn: '2020-01-01' });
  const offer = { organisationId: people.member.id, role: 'member', expiresInDays: 10 } as const;
  const { body } = await offerMembership(db, by(people.convener), space, offer as never);
  await decideMembership(db, by(people.member), body.id, { decision: 'accepted' });
  const about = async (name: string) => (await page(name, `?limit=200&subject=${space}`)).items.length;
  t.equal(await about('member'), 1, 'that the space was founded is told to who takes part');
  const cursor = (await page('member', '?limit=1')).nextCursor;
  await endMembership(db, by(people.member), body.id, {});
  t.equal(await about('member'), 0, 'and no longer to who left');
  const after = (await page('member', `?limit=200&cursor=${cursor}`)).items;
  t.notOk(
    after.some(({ subject }) => subject === space),
    'a cursor that was given out before opens nothing',
  );
  t.ok(
    after.some(({ type }) => type === 'nl.samendoen.membership.ended'),
    'its own leaving is told',
  );
});

t.test('every event of the demo network is a CloudEvent that leads to its resource', async (t) => {
  const { app, token } = await demoNode(t);
  const headers = { host: 'node.example', authorization: `Bearer ${token}` };
  const seen = new Map<string, Event>();
  let cursor = '';
  for (;;) {
    const page = (await app.inject({ url: `/v1/events?limit=200${cursor}`, headers })).json() as Page;
    if (page.items.length === 0) break;
    for (const item of page.items) {
      t.ok(new CloudEvent(item as never, true).validate(), item.type);
      t.ok(
        publishedTypes.some(({ type }) => type === item.type),
        `${item.type} is documented`,
      );
      seen.set(item.dataref, item);
    }
    cursor = `&cursor=${page.nextCursor}`;
  }
  t.ok(seen.size > 100, `${seen.size} resources`);
  for (const [dataref, { type }] of seen) {
    if (!dataref.startsWith(baseUrl)) t.fail(dataref);
    const { statusCode } = await app.inject({ url: dataref.slice(baseUrl.length), headers });
    if (statusCode !== 200) t.fail(`${type}: ${dataref} answers ${statusCode}`);
  }
});

t.test('a batch is an array of events, and Link leads on', async (t) => {
  const { ask, db, people } = await world(t);
  await found(db, people.convener, { visibility: 'public', name: 'Open' });
  const answer = await ask('convener', '?limit=1', { accept: 'application/cloudevents-batch+json' });
  t.equal(answer.headers['content-type'], 'application/cloudevents-batch+json; charset=utf-8');
  t.equal((answer.json() as Event[]).length, 1);
  const next = /<https:\/\/node.example(.*)>; rel="next"/.exec(String(answer.headers.link))?.[1] ?? '';
  t.equal((await ask('convener', next.replace('/v1/events', ''))).statusCode, 200);
});

t.test(
  'a cursor that is altered, of another, or from the future is refused with 400, one too old with 410',
  async (t) => {
    const { ask, page, db, owner, people } = await world(t);
    await found(db, people.convener, { visibility: 'public', name: 'Open' });
    const { nextCursor } = await page('convener', '?limit=1');
    const status = async (name: string, query: string) => {
      const answer = await ask(name, query);
      return [answer.statusCode, (answer.json() as { type?: string }).type?.replace(/.*\//, '')];
    };
    const bytes = Buffer.from(nextCursor, 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const altered = Buffer.from(bytes);
      altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const [code] = await status('convener', `?limit=1&cursor=${altered.toString('base64url')}`);
      if (code !== 400) t.fail(`bit ${bit} can be turned`);
    }
    t.equal((await status('member', `?cursor=${nextCursor}`))[0], 400, 'of another client');
    t.equal(
      (await status('convener', `?cursor=${nextCursor}&type=nl.samendoen.alliance.*`))[0],
      400,
      'of another filter',
    );
    t.equal((await status('convener', `?cursor=${nextCursor}&limit=7&wait=0`))[0], 200, 'another page size is none');
    const { nextCursor: end } = await page('convener', '?startAt=newest');
    t.equal(end.length, nextCursor.length, 'the length tells nothing of the position');
    await owner`update event_counter set position = position - 1`;
    t.equal((await status('convener', `?cursor=${end}`))[0], 400, 'from the future');
    await owner`update event_counter set position = position + 1, epoch = gen_random_uuid()`;
    t.equal((await status('convener', `?cursor=${end}`))[0], 410, 'of the history before a backup was restored');
  },
);

t.test('types that nobody knows are refused, and scopes limit what is told', async (t) => {
  const { ask, app, db, people } = await world(t);
  const refused = await ask('convener', '?type=nl.samendoen.alliance.fouded&type=*');
  t.equal(refused.statusCode, 400);
  t.equal((refused.json() as { errors: unknown[] }).errors.length, 2, 'both are named');
  await found(db, people.convener, { visibility: 'public', name: 'Open' });
  const { token } = await registerParty({ app, db }, people.convener.id, ['events:read', 'organisations:read']);
  const headers = { host: 'node.example', authorization: `Bearer ${token}` };
  const { items } = (await app.inject({ url: '/v1/events?limit=200', headers })).json() as Page;
  t.ok(
    items.every(({ type }) => type.startsWith('nl.samendoen.organisation.')),
    'of no resource beyond them',
  );
});

t.test('a filter names types that exist, and every type is named by its kind', (t) => {
  const all = typesWithin(new Set(scopes));
  fc.assert(
    fc.property(fc.constantFrom(...all), (recorded) => {
      const name = publishedName(recorded);
      const kind = `${name.split('.').slice(0, 3).join('.')}.*`;
      return typesNamed(name).join() === recorded && typesNamed(kind).includes(recorded);
    }),
  );
  t.equal(new Set(publishedTypes.map(({ type }) => type)).size, all.length);
  t.same(typesWithin(new Set()), []);
  t.end();
});

t.test('whoever waits is told as soon as something happens, and the end of the node ends the wait', async (t) => {
  const { app, tokens, db, people, page } = await world(t);
  const address = await listen(app);
  const { nextCursor } = await page('outsider', '?limit=200');
  const headers = { authorization: `Bearer ${tokens.outsider}` };
  const waiting = fetch(`${address}/v1/events?wait=30&cursor=${nextCursor}`, { headers });
  await found(db, people.convener, { visibility: 'closed', name: 'Vrijplaats' });
  const open = await found(db, people.convener, { visibility: 'public', name: 'Open' });
  const { items, nextCursor: later } = (await (await waiting).json()) as Page;
  t.ok(
    items.some(({ subject }) => subject === open),
    'by what it may see',
  );
  const again = fetch(`${address}/v1/events?wait=30&limit=200&cursor=${later}`, { headers });
  await new Promise((tell) => app.server.once('request', tell));
  app.server.emit('draining');
  t.ok((await again).ok, 'a wait ends with what there is');
});

t.test(
  'a stream tells what comes, is written as the standard says, and refuses a fault before it begins',
  async (t) => {
    const { app, tokens, db, people, ask } = await world(t);
    const address = await listen(app);
    const end = new AbortController();
    t.teardown(() => end.abort());
    const subjects = followFeed(address, tokens.member ?? '', { signal: end.signal });
    const first = subjects.next();
    await new Promise((tell) => app.server.once('request', tell));
    const told: string[] = [];
    for (const name of ['Een', 'Twee']) told.push(await found(db, people.convener, { visibility: 'public', name }));
    const seen = [(await first).value];
    while (!told.every((id) => seen.includes(id))) seen.push((await subjects.next()).value);
    end.abort();
    const head = await new Promise<string>((tell) => {
      const asked = request(
        `${address}/v1/events`,
        { headers: { accept: 'text/event-stream', authorization: `Bearer ${tokens.member}` } },
        (answer) => {
          let text = '';
          answer.on('data', (piece) => {
            text += String(piece);
            if (text.includes('data:')) {
              asked.destroy();
              tell(text);
            }
          });
          answer.on('error', () => undefined);
        },
      );
      asked.on('error', () => undefined);
      asked.end();
    });
    t.match(
      head,
      /^retry: 3000\n: alive\nid: \S+\n\nid: \S+\nevent: nl\.samendoen\.\S+\ndata: \{/,
      'as the standard says',
    );
    t.equal(
      (await ask('member', '?cursor=x', { accept: 'text/event-stream' })).statusCode,
      400,
      'a fault is an answer',
    );
  },
);

t.test('a client holds ten streams at once and no more', async (t) => {
  const { app, tokens } = await world(t);
  const address = await listen(app);
  const end = new AbortController();
  t.teardown(() => end.abort());
  const headers = { accept: 'text/event-stream', authorization: `Bearer ${tokens.member}` };
  const open = () => fetch(`${address}/v1/events`, { headers, signal: end.signal });
  const answers = await Promise.all(Array.from({ length: 11 }, open));
  t.same(answers.map(({ status }) => status).toSorted(), [...Array(10).fill(200), 429]);
  t.ok(Number(answers.find(({ status }) => status === 429)?.headers.get('retry-after')) > 0);
});

t.test('a tail looks at the log only while somebody waits', async (t) => {
  let looks = 0;
  const db = { select: () => ({ from: async () => [{ position: ++looks, epoch: 'e' }] }) };
  const tail = new Tail(db as never);
  await Promise.all([
    tail.wait(1, 9000, new AbortController().signal),
    tail.wait(2, 9000, new AbortController().signal),
  ]);
  t.equal(looks, 3);
  await tail.wait(99, 9000, AbortSignal.abort());
  t.equal(looks, 3);
  await tail.wait(99, 1, new AbortController().signal);
  t.ok(looks <= 4, 'and not for longer than asked');
});

t.test(
  'nothing is lost, doubled or out of order for who follows while many write, and the harness sees a sequence fail',
  async (t) => {
    const { app, tokens, db, sql, owner } = await world(t);
    const address = await listen(app);
    const writers = 16;
    const run = await proveFeed({
      ...{ writers, events: 1500, write: writeByCommit(db) },
      follow: (signal) =>
        followFeed(address, tokens.outsider ?? '', { signal, query: '&type=nl.samendoen.organisation.changed' }),
      inOrder: async () =>
        (
          await owner<
            { id: string }[]
          >`select subject_id as id from events where type = 'organisation.changed' order by position`
        ).map(({ id }) => id),
    });
    t.match(run, { lost: 0, twice: 0, outOfOrder: 0 }, JSON.stringify(run));
    t.ok(run.acknowledged >= 1500 && run.undone > 0);
    await owner`create table planted_events (position bigserial primary key, subject_id uuid not null)`;
    await owner`grant all on planted_events, planted_events_position_seq to samendoen_app`;
    const planted = await proveFeed({
      ...{ writers, events: 1500, write: writeBySequence(sql) },
      follow: (signal) => followSequence(sql, signal),
      inOrder: async () =>
        (await owner<{ id: string }[]>`select subject_id as id from planted_events order by position`).map(
          ({ id }) => id,
        ),
    });
    t.ok(planted.lost > 0, JSON.stringify(planted));
  },
);

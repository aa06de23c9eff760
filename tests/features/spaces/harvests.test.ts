import fc from 'fast-check';
import t from 'tap';
import { decideContribution, offerContribution } from '../../../src/features/knowledge/contributions.ts';
import { changeKnowledgeItem, getKnowledgeItem } from '../../../src/features/knowledge/items.ts';
import { shareKnowledgeItem } from '../../../src/features/knowledge/shares.ts';
import { getHarvest, listHarvests } from '../../../src/features/spaces/harvest-views.ts';
import { offerHarvest } from '../../../src/features/spaces/harvests.ts';
import { HarvestQuery, NewHarvest } from '../../../src/features/spaces/schemas.ts';
import { expireSpaceOffers } from '../../../src/features/spaces/spaces.ts';
import type { Db } from '../../../src/platform/db.ts';
import { testDatabase } from '../../helpers/db.ts';
import { by, eventsSince, found, holds, join, lastPosition, outcome, type Party, parties } from '../alliances/world.ts';
import { answerTo, contribute, harvest, learn, openWorld } from './world.ts';

const visibilityOf = async (db: Db, who: Party, itemId: string) =>
  (await getKnowledgeItem(db, who.caller, itemId)).body.visibility;
const listed = async (db: Db, who: Party, query: object = {}) =>
  (await listHarvests(db, who.caller, HarvestQuery.parse({ limit: 50, ...query }))).items.map(({ id }) => id);

t.test(
  'an item leaves a closed space by the yes of everyone who contributed, in the transaction of the last',
  async (t) => {
    const { db, sql, owner } = await testDatabase(t);
    const { convener, author, helper, stranger, space } = await openWorld(db);
    const itemId = await learn(db, author, space, [helper]);
    const before = await lastPosition(sql);
    const id = await harvest(db, convener, itemId, space, { message: 'Mag dit naar buiten?' });
    t.equal(await answerTo(db, author, id), 'offered');
    t.equal(await visibilityOf(db, author, itemId), 'alliances', 'the author alone lets nothing out');
    t.equal(await outcome(getKnowledgeItem(db, stranger.caller, itemId)), 'not_found');
    t.equal(await answerTo(db, helper, id), 'accepted');
    t.equal(await visibilityOf(db, stranger, itemId), 'network');
    t.same(await eventsSince(sql, before), [
      'harvest.offered',
      'harvest.consented',
      'harvest.consented',
      'knowledge_item.changed',
      'harvest.completed',
    ]);
    t.equal(await answerTo(db, helper, id), 'accepted', 'the same answer again changes nothing');
    t.equal((await eventsSince(sql, before)).length, 5);
    t.equal(await outcome(answerTo(db, helper, id, 'declined')), 'handshake_refused', 'what is out is out');
    await holds(t, owner);
  },
);

t.test('who offers and contributed says yes by that, and a harvest of one alone is done at once', async (t) => {
  const { db } = await testDatabase(t);
  const { author, helper, space, open } = await openWorld(db);
  const own = await learn(db, author, space);
  const id = await harvest(db, author, own, space, { visibility: 'public' });
  t.equal((await getHarvest(db, author.caller, id)).body.state, 'accepted');
  t.equal(await visibilityOf(db, author, own), 'public');
  const shared = await learn(db, author, space, [helper]);
  const second = await harvest(db, author, shared, space, { toAllianceId: open });
  const { consents } = (await getHarvest(db, helper.caller, second)).body;
  t.same(consents.map(({ organisation, state }) => `${organisation.name} ${state}`).toSorted(), [
    'author accepted',
    'helper offered',
  ]);
  t.equal(await answerTo(db, helper, second), 'accepted');
  t.equal(await outcome(shareKnowledgeItem(db, by(author), shared, { allianceId: open })), 'harvest_required');
  t.equal(await visibilityOf(db, author, shared), 'alliances', 'to one alliance, and no further');
});

t.test('one no ends it, whoever offered withdraws, and time ends it too', async (t) => {
  const { db, owner } = await testDatabase(t);
  const { convener, author, helper, observer, space } = await openWorld(db);
  const itemId = await learn(db, author, space, [helper]);
  const first = await harvest(db, convener, itemId, space);
  t.equal(await outcome(harvest(db, author, itemId, space)), 'harvest_open', 'one at a time');
  t.equal(await answerTo(db, author, first), 'offered');
  t.equal(await answerTo(db, author, first, 'declined'), 'declined', 'a yes may become a no as long as it is open');
  t.equal(await outcome(answerTo(db, helper, first)), 'handshake_refused');
  const second = await harvest(db, author, itemId, space);
  t.equal(await outcome(answerTo(db, helper, second, 'withdrawn')), 'wrong_side');
  t.equal(await outcome(answerTo(db, observer, second)), 'wrong_side', 'who did not contribute has no say');
  t.equal(await answerTo(db, author, second, 'withdrawn'), 'withdrawn');
  const third = await harvest(db, author, itemId, space);
  await owner`update harvests set expires_at = now() - interval '1 minute' where id = ${third}`;
  t.equal((await getHarvest(db, helper.caller, third)).body.state, 'expired', 'before a job notes it');
  t.equal(await outcome(answerTo(db, helper, third)), 'handshake_refused');
  t.same(await listed(db, helper, { state: 'expired' }), [third]);
  t.equal(await expireSpaceOffers(db), 1);
  t.equal(await expireSpaceOffers(db), 0);
  t.same(await listed(db, helper, { itemId }), [first, second, third], 'all of it is kept');
  t.equal(await visibilityOf(db, author, itemId), 'alliances');
});

t.test('its author lets nothing out alone to which others contributed', async (t) => {
  const { db } = await testDatabase(t);
  const { convener, author, helper, observer, stranger, space, open } = await openWorld(db);
  const itemId = await learn(db, author, space, [helper]);
  const change = (visibility: 'network' | 'public', version = 1) =>
    outcome(changeKnowledgeItem(db, by(author), itemId, version, { visibility }));
  t.same([await change('network'), await change('public')], ['harvest_required', 'harvest_required']);
  t.equal(await outcome(shareKnowledgeItem(db, by(author), itemId, { allianceId: open })), 'harvest_required');
  const toNobody = { organisationId: stranger.id, expiresInDays: 30 };
  t.equal(await outcome(offerContribution(db, by(author), itemId, toNobody)), 'harvest_required');
  const within = { organisationId: observer.id, expiresInDays: 30 };
  t.equal(
    await outcome(offerContribution(db, by(author), itemId, within)),
    'done',
    'who is in the space reads it anyway',
  );
  t.equal(
    await outcome(changeKnowledgeItem(db, by(author), itemId, 1, { title: 'Andere titel' })),
    'done',
    'its text stays its author’s',
  );
  const alone = await learn(db, author, space);
  t.equal(await outcome(changeKnowledgeItem(db, by(author), alone, 1, { visibility: 'network' })), 'done');
  t.equal(await outcome(shareKnowledgeItem(db, by(author), alone, { allianceId: open })), 'done');
  t.equal(
    await outcome(harvest(db, convener, itemId, open)),
    'invalid_input',
    'an open alliance has nothing to harvest',
  );
});

t.test('who was never asked, sees nothing, or has nothing to let out is told so', async (t) => {
  const { db } = await testDatabase(t);
  const { convener, author, helper, observer, stranger, sponsor, space, open } = await openWorld(db);
  const itemId = await learn(db, author, space, [helper]);
  const elsewhere = await learn(db, author, open);
  const attempt = (who: Party, input: object) =>
    offerHarvest(db, by(who), NewHarvest.parse({ itemId, allianceId: space, ...input })).then(
      () => 'done',
      (error: { code: string; errors?: { location: string; code: string }[] }) =>
        error.errors?.map(({ location, code }) => `${location} ${code}`).join() || error.code,
    );
  const network = { visibility: 'network' };
  t.equal(await attempt(observer, network), 'contributor_required');
  t.equal(await attempt(stranger, network), '/allianceId unknown_alliance');
  t.equal(await attempt(sponsor, network), '/allianceId unknown_alliance');
  t.equal(await attempt(author, { ...network, allianceId: open }), '/allianceId not_closed');
  t.equal(await attempt(author, { ...network, itemId: elsewhere }), '/itemId not_shared_there');
  t.equal(await attempt(author, { toAllianceId: space }), '/toAllianceId another_space');
  const foreign = await found(db, helper, { name: 'Van de helper' });
  t.equal(await attempt(helper, { toAllianceId: foreign }), '/toAllianceId outside_the_alliance');
  const hidden = await found(db, stranger, { visibility: 'closed' });
  t.equal(await attempt(author, { toAllianceId: hidden }), '/toAllianceId unknown_alliance');
  t.equal(await attempt(author, {}), '/visibility one_destination');
  t.equal(await attempt(author, { ...network, toAllianceId: open }), '/visibility one_destination');
  t.equal(await attempt(convener, network), 'done');
});

t.test('a contributor that is not in the space answers without being told of it', async (t) => {
  const { db } = await testDatabase(t);
  const { author, helper, stranger, convener, space } = await openWorld(db);
  const second = await found(db, author, { name: 'Samen schrijven' });
  await join(db, second, author, stranger);
  const itemId = await learn(db, author, second, [stranger]);
  t.equal(await outcome(shareKnowledgeItem(db, by(author), itemId, { allianceId: space })), 'done');
  const id = await harvest(db, convener, itemId, space);
  const seen = (await getHarvest(db, stranger.caller, id)).body;
  t.equal(seen.alliance, null);
  t.notOk(JSON.stringify(seen).includes(space));
  t.same(await listed(db, stranger), [id]);
  t.same(await listed(db, stranger, { allianceId: space }), [], 'nor is it found by the space');
  t.same(await listed(db, helper, { allianceId: space }), [id]);
  t.equal(await answerTo(db, author, id), 'offered');
  t.equal(await answerTo(db, stranger, id), 'accepted');
});

const steps = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.record({ kind: fc.constant('yes' as const), who: fc.nat(3) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('no' as const), who: fc.nat(3) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('join' as const), who: fc.integer({ min: 1, max: 3 }) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('offer' as const), who: fc.nat(3) }) },
  ),
  { minLength: 8, maxLength: 24 },
);

type Step = typeof steps extends fc.Arbitrary<(infer One)[]> ? One : never;
type World = Awaited<ReturnType<typeof openWorld>>;

/** One item, with what the test itself knows of who contributes and who agreed. */
class Course {
  readonly named = new Set([0]);
  agreed = new Set<number>();
  open: string | undefined;
  completed = false;
  late = 0;

  readonly db: Db;
  readonly world: World;
  readonly people: readonly Party[];
  readonly itemId: string;

  constructor({ db, world, people, itemId }: Pick<Course, 'db' | 'world' | 'people' | 'itemId'>) {
    this.db = db;
    this.world = world;
    this.people = people;
    this.itemId = itemId;
  }

  async take({ kind, who }: Step): Promise<void> {
    if (this.completed) return;
    if (kind === 'join') await this.join(who);
    else if (kind === 'offer') await this.offer();
    else await this.answer(kind, who);
    const visibility = await visibilityOf(this.db, this.world.author, this.itemId);
    if ((visibility !== 'alliances') !== this.completed) throw new Error(`it is ${visibility} without every yes`);
  }

  async join(who: number): Promise<void> {
    if (this.named.has(who)) return;
    await contribute(this.db, this.world.author, this.itemId, this.people[who] as Party);
    this.named.add(who);
    if (this.open !== undefined) this.late += 1;
  }

  async offer(): Promise<void> {
    if (this.open !== undefined) return;
    this.open = await harvest(this.db, this.world.convener, this.itemId, this.world.space);
    this.agreed = new Set();
  }

  async answer(kind: 'yes' | 'no', who: number): Promise<void> {
    if (this.open === undefined || !this.named.has(who)) return;
    const state = await answerTo(
      this.db,
      this.people[who] as Party,
      this.open,
      kind === 'yes' ? 'accepted' : 'declined',
    );
    if (kind === 'yes') this.agreed.add(who);
    const unanimous = [...this.named].every((one) => this.agreed.has(one));
    const open = unanimous ? 'accepted' : 'offered';
    const expected = kind === 'no' ? 'declined' : open;
    if (state !== expected) throw new Error(`${state} instead of ${expected}`);
    this.completed = state === 'accepted';
    if (state !== 'offered') this.open = undefined;
  }
}

t.test('whatever the order, and whoever joins late, nothing goes without every yes', async (t) => {
  const { db } = await testDatabase(t);
  const world = await openWorld(db);
  const { convener, author, helper, observer, space } = world;
  const { extra } = await parties(db, 'extra');
  await join(db, space, convener, extra);
  const people = [author, helper, observer, extra];
  let [completed, late] = [0, 0];
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      const course = new Course({ db, world, people, itemId: await learn(db, author, space) });
      for (const step of sequence) await course.take(step);
      if (course.completed) completed += 1;
      late += course.late;
    }),
    { numRuns: 40 },
  );
  t.ok(completed > 3, `${completed} were completed`);
  t.ok(late > 3, `${late} joined while a harvest was open`);
});

t.test('of yeses at the same time one is the last, and a contributor that joins meanwhile is heard', async (t) => {
  const { db } = await testDatabase(t);
  const { convener, author, helper, observer, space } = await openWorld(db);
  for (let round = 0; round < 5; round++) {
    const itemId = await learn(db, author, space, [helper]);
    const id = await harvest(db, convener, itemId, space);
    const offer = { organisationId: observer.id, expiresInDays: 30 };
    const offered = await offerContribution(db, by(author), itemId, offer);
    await Promise.all([
      answerTo(db, author, id),
      answerTo(db, helper, id),
      decideContribution(db, by(observer), offered.body.id, { decision: 'accepted' }),
    ]);
    const { state, consents } = (await getHarvest(db, convener.caller, id)).body;
    const visibility = await visibilityOf(db, author, itemId);
    // Either the third came in time and is asked, or the item had gone before it was a contributor.
    if (state === 'accepted') t.equal(visibility, 'network');
    else {
      t.equal(visibility, 'alliances');
      t.same(
        consents.filter((one) => one.state === 'offered').map(({ organisation }) => organisation.name),
        ['observer'],
      );
      t.equal(await answerTo(db, observer, id), 'accepted');
    }
  }
});

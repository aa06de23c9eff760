import t from 'tap';
import { getOwnershipReceipt, getOwnershipRecord } from '../../../src/features/ownership/records.ts';
import { found, inDays, join, outcome, parties } from '../alliances/world.ts';
import { alliance, give, initiative, item, orphans, ownershipDatabase, records, release } from './world.ts';

t.test('records are found by owner, share, alliance, day and instant, and by their history', async (t) => {
  const { db, owner } = await ownershipDatabase(t);
  const { one, two, other } = await parties(db, 'one', 'two', 'other');
  const [first, second] = [alliance(await found(db, one)), alliance(await found(db, one))];
  for (const { id } of [first, second]) await join(db, id, one, two);
  const work = await initiative(owner, first.id, one);
  await give(db, one, first, one);
  await give(db, one, first, two, 'joint');
  await give(db, one, work, two);
  await give(db, one, second, one);
  await release(db, one, second);
  const found_ = async (query: object) => (await records(db, other, query)).map(({ subject }) => subject.id);
  t.same(await found_({}), [first.id, work.id, second.id]);
  t.same(await found_({ organisationId: two.id }), [first.id, work.id]);
  t.same(await found_({ organisationId: two.id, share: 'joint' }), [first.id]);
  t.same(await found_({ organisationId: two.id, share: 'accountable' }), [work.id]);
  t.same(await found_({ share: 'joint' }), [first.id]);
  t.same(await found_({ share: 'accountable' }), [first.id, work.id]);
  t.same(await found_({ orphaned: true }), [second.id]);
  t.same(await found_({ orphaned: false }), [first.id, work.id]);
  t.same(await found_({ allianceId: first.id }), [first.id, work.id]);
  t.same(await found_({ subjectType: 'initiative', subjectId: work.id }), [work.id]);
  t.same(await found_({ asOf: inDays(-1) }), []);
  t.same(await found_({ asOf: inDays(0) }), [first.id, work.id, second.id]);
  t.same(await found_({ changedSince: new Date(Date.now() + 60_000).toISOString() }), []);
  t.equal((await found_({ history: true })).length, 5);
  t.same(await found_({ history: true, asOf: inDays(-1) }), []);

  const [begun, joined] = await records(db, other, { subjectId: first.id, history: true });
  t.same(begun?.until, joined?.recordedAt, 'a record holds until the next');
  const just = new Date((joined?.recordedAt.getTime() ?? 0) - 1).toISOString();
  t.match(await records(db, other, { subjectId: first.id, asOfInstant: just }), [{ number: 1, joint: [] }]);
  const then = joined?.recordedAt.toISOString();
  t.match(await records(db, other, { subjectId: first.id, asOfInstant: then }), [{ number: 2 }]);
});

t.test('who owns a closed space is nothing to outsiders, in no read', async (t) => {
  const { db } = await ownershipDatabase(t);
  const { one, two, other } = await parties(db, 'one', 'two', 'other');
  const space = alliance(await found(db, one, { visibility: 'closed' }));
  await join(db, space.id, one, two);
  t.match(await orphans(db, two, {}), [{ id: space.id, released: false }]);
  t.same(await orphans(db, other), []);
  const { recordId } = await give(db, one, space, one);
  t.equal((await records(db, two)).length, 1);
  t.same(await records(db, other, { history: true }), []);
  t.same(await records(db, other, { allianceId: space.id }), []);
  t.same(await records(db, other, { organisationId: one.id }), []);
  for (const read of [getOwnershipRecord, getOwnershipReceipt]) {
    t.equal(await outcome(read(db, two.caller, recordId ?? '')), 'done');
    t.equal(await outcome(read(db, other.caller, recordId ?? '')), 'not_found');
  }
  await release(db, one, space);
  t.match(await orphans(db, two, { released: true }), [{ id: space.id }]);
  t.same(await orphans(db, other), []);
});

t.test('what nobody answers for is listed while it is in use', async (t) => {
  const { db, owner } = await ownershipDatabase(t);
  const { one } = await parties(db, 'one');
  const kept = alliance(await found(db, one));
  const [idea, active, done] = [
    await initiative(owner, kept.id, one, 'idea'),
    await initiative(owner, kept.id, one),
    await initiative(owner, kept.id, one, 'delivered'),
  ];
  const [published, draft] = [await item(owner, one), await item(owner, one, 'public', 'draft')];
  const ids = async (query: object = {}) => (await orphans(db, one, query)).map(({ id }) => id);
  t.same(await ids(), [kept.id, idea.id, active.id, published.id].sort());
  t.notOk((await ids()).some((id) => id === done.id || id === draft.id));
  t.same(await ids({ type: 'knowledge_item' }), [published.id]);
  t.same(await ids({ allianceId: kept.id }), [kept.id, idea.id, active.id].sort());
  await give(db, one, kept, one);
  await give(db, one, idea, one);
  await release(db, one, idea);
  t.same(await ids(), [idea.id, active.id, published.id].sort());
  t.same(await ids({ released: true }), [idea.id]);
  t.same(await ids({ released: false }), [active.id, published.id].sort());
  t.same(await ids({ changedSince: new Date(Date.now() + 60_000).toISOString() }), []);
  const [orphan] = await orphans(db, one, { released: true });
  t.match(orphan, { name: 'Samen bellen', type: 'initiative' });
  t.same(orphan?.since, (await records(db, one, { subjectId: idea.id }))[0]?.recordedAt);
  await give(db, one, idea, one, 'joint');
  await give(db, one, active, one, 'joint');
  t.same(await orphans(db, one, { released: true }), [orphan], 'who owns it jointly does not answer for it');
  t.same(await ids({ released: false }), [active.id, published.id].sort());
});

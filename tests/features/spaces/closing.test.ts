import t from 'tap';
import { changeAlliance, createAlliance } from '../../../src/features/alliances/alliances.ts';
import { publishCharter } from '../../../src/features/alliances/charters.ts';
import { offerMembership } from '../../../src/features/alliances/membership-offers.ts';
import { decideOnCommitment } from '../../../src/features/initiatives/commitment-offers.ts';
import { getCommitment, listCommitmentSteps } from '../../../src/features/initiatives/commitments.ts';
import { offerDate } from '../../../src/features/initiatives/date-offers.ts';
import { confirmCommitment, fulfilCommitment } from '../../../src/features/initiatives/deeds.ts';
import { changeInitiative } from '../../../src/features/initiatives/initiatives.ts';
import { changeStance } from '../../../src/features/initiatives/participation-offers.ts';
import { shareKnowledgeItem } from '../../../src/features/knowledge/shares.ts';
import { getSpaceArchive, getSpaceClosure } from '../../../src/features/spaces/closures.ts';
import { decideHandover, getHandover } from '../../../src/features/spaces/handovers.ts';
import { closeSpaces } from '../../../src/features/spaces/spaces.ts';
import { testDatabase } from '../../helpers/db.ts';
import { by, eventsSince, found, holds, inDays, lastPosition, ledgerFaults, outcome } from '../alliances/world.ts';
import { begin, promise, takePart } from '../initiatives/world.ts';
import { alliance, give, orphans, story } from '../ownership/world.ts';
import {
  answerTo,
  close,
  closureState,
  end,
  handOver,
  harvest,
  learn,
  openWorld,
  pass,
  testReceipts,
} from './world.ts';

t.test('from its end a closed space takes answers, and nothing new', async (t) => {
  const { db, owner } = await testDatabase(t);
  const { convener, author, helper, stranger, space, open } = await openWorld(db);
  const initiativeId = await begin(db, author, space);
  const participation = await takePart(db, helper, initiativeId, 'contributor');
  const asked = { allianceId: space, promiserOrganisationId: helper.id };
  const offered = await promise(db, author, asked);
  const accepted = await promise(db, helper, { allianceId: space, beneficiaryOrganisationId: author.id });
  const itemId = await learn(db, author, open);
  const inside = await learn(db, author, space, [helper]);
  t.equal(await outcome(changeAlliance(db, by(convener), space, 1, { endsOn: inDays(-3) })), 'invalid_input');
  t.equal(await closeSpaces(db, await testReceipts(db)), 0, 'nothing is due before the end');
  await changeAlliance(db, by(convener), space, 1, { endsOn: inDays(0) });

  const refused = async (expected: string, work: Promise<unknown>) => t.equal(await outcome(work), expected);
  const nothingNew = async () => {
    await refused('space_closing', changeAlliance(db, by(convener), space, 2, { endsOn: inDays(90) }));
    await refused('space_closing', publishCharter(db, by(convener), space, { title: 'Nieuw', text: 'Nieuw' }));
    const invitation = { organisationId: stranger.id, role: 'member', expiresInDays: 30 } as const;
    await refused('space_closing', offerMembership(db, by(convener), space, invitation));
    await refused('space_closing', shareKnowledgeItem(db, by(author), itemId, { allianceId: space }));
    await refused('space_closing', begin(db, author, space));
    await refused('space_closing', changeInitiative(db, by(author), initiativeId, 1, { title: 'Anders' }));
    await refused('space_closing', changeStance(db, by(helper), participation, { stance: 'consent' }));
    await refused('space_closing', promise(db, helper, { allianceId: space, beneficiaryOrganisationId: author.id }));
    const date = { dueOn: inDays(30), expiresInDays: 30 };
    await refused('space_closing', offerDate(db, by(author), accepted, date));
  };
  await nothingNew();
  t.equal(await close(db), 1);
  t.equal(await closureState(owner, space), 'closing');
  await nothingNew();
  t.equal(await outcome(decideOnCommitment(db, by(helper), offered, { decision: 'declined' })), 'done');
  const evidence = [{ text: 'Gedaan', url: null }];
  t.equal(await outcome(fulfilCommitment(db, by(helper), accepted, { evidence })), 'done');
  const id = await harvest(db, helper, inside, space);
  t.equal(await answerTo(db, author, id), 'accepted', 'and it can be harvested');

  await pass(owner, space, 23);
  t.equal(await close(db), 1);
  t.equal(await closureState(owner, space), 'archived');
  const late = confirmCommitment(db, by(author), accepted, { outcome: 'confirmed' });
  await refused('space_closing', late);
  await refused('space_closing', harvest(db, author, inside, space, { visibility: 'public' }));
  await nothingNew();
});

t.test('an open commitment is handed over by the yes of both, and does not tell where it comes from', async (t) => {
  const { db, sql, owner } = await testDatabase(t);
  const { convener, author, helper, stranger, space, open } = await openWorld(db, { name: 'Vrijplaats Heftig' });
  const given = { allianceId: space, beneficiaryOrganisationId: helper.id, title: 'Iets heel besloten' };
  const dueOn = inDays(40);
  const [one, two, kept] = [
    await promise(db, author, { ...given, dueOn }),
    await promise(db, author, given),
    await promise(db, author, given),
  ];
  t.equal(await outcome(handOver(db, author, one, open)), 'space_not_closing', 'not before its end');
  await end(db, convener, space);
  t.equal(await outcome(handOver(db, convener, one, open)), 'party_required');
  t.equal(await outcome(handOver(db, stranger, one, open)), 'not_found');
  t.equal(await outcome(handOver(db, author, one, space)), 'invalid_input', 'not to the space itself');
  const elsewhere = await found(db, author, { name: 'Van de auteur' });
  t.equal(await outcome(handOver(db, author, one, elsewhere)), 'invalid_input', 'the other takes no part there');
  const id = await handOver(db, author, one, open, 'Een dag meelopen');
  t.equal(await outcome(handOver(db, helper, one, open)), 'handover_open');
  const decide = (who: typeof author, decision: 'accepted' | 'declined' | 'withdrawn', handoverId = id) =>
    outcome(decideHandover(db, by(who), handoverId, { decision, reason: 'Een woord van binnen' }));
  t.equal(await decide(author, 'accepted'), 'wrong_side');
  t.equal(await decide(convener, 'accepted'), 'not_found', 'not even a convener sees what the two agree');
  const position = await lastPosition(sql);
  t.equal(await decide(helper, 'accepted'), 'done');
  t.same(await eventsSince(sql, position), ['commitment.cancelled', 'commitment.accepted', 'handover.accepted']);
  t.equal(await decide(helper, 'accepted'), 'done');
  t.equal((await eventsSince(sql, position)).length, 3, 'the same answer again changes nothing');
  const { newCommitmentId } = (await getHandover(db, author.caller, id)).body;
  const made = (await getCommitment(db, stranger.caller, newCommitmentId ?? '')).body;
  t.match(made, { title: 'Een dag meelopen', state: 'accepted', dueOn, firstDueOn: dueOn, initiative: null });
  t.match(made.alliance, { id: open });
  const steps = await listCommitmentSteps(db, author.caller, made.id, { limit: 50 });
  const told = JSON.stringify([made, steps]);
  for (const trace of [space, one, id, 'besloten', 'Heftig', 'van binnen']) t.notOk(told.includes(trace), trace);
  const old = (await getCommitment(db, author.caller, one)).body;
  t.match(old, { state: 'cancelled', outcomeReason: 'handed_over', cancelledBy: null });
  const second = await handOver(db, helper, two, open);
  t.equal(await decide(helper, 'withdrawn', second), 'done');
  t.equal(await decide(author, 'declined', await handOver(db, helper, two, open)), 'done');
  t.equal((await getCommitment(db, author.caller, two)).body.state, 'accepted', 'a no leaves it where it is');
  await handOver(db, author, kept, open);
  await pass(owner, space, 23);
  t.equal(await close(db), 1);
  t.match((await getCommitment(db, author.caller, kept)).body, { state: 'cancelled', outcomeReason: 'space_closed' });
  const closure = (await getSpaceClosure(db, helper.caller, space)).body;
  t.match(closure, { state: 'archived', settled: { commitments: 2, ownerships: 0 } });
  t.same(closure.open, { commitments: 0, ownerships: 0, harvests: 0, handovers: 0 });
  await holds(t, owner);
});

t.test('what is owned is released with a record, and offers to own are over', async (t) => {
  const { db, owner } = await testDatabase(t);
  const { convener, author, helper, space, open } = await openWorld(db);
  const initiative = { type: 'initiative', id: await begin(db, author, space) } as const;
  const outside = { type: 'initiative', id: await begin(db, author, open) } as const;
  for (const subject of [initiative, outside]) await give(db, author, subject, author);
  await give(db, author, initiative, helper, 'joint');
  await give(db, convener, alliance(space), convener);
  await end(db, convener, space);
  t.same((await getSpaceClosure(db, author.caller, space)).body.open, {
    ...{ commitments: 0, harvests: 0, handovers: 0 },
    ownerships: 2,
  });
  await pass(owner, space, 23);
  await close(db);
  t.same((await getSpaceClosure(db, author.caller, space)).body.settled, { commitments: 0, ownerships: 2 });
  t.same(await story(db, author, alliance(space)), [
    'accepted accountable: convener +',
    'released accountable: nobody +',
  ]);
  t.same((await story(db, author, initiative)).slice(-2), [
    'released accountable: nobody + helper',
    'released joint: nobody +',
  ]);
  t.same(await story(db, author, outside), ['accepted accountable: author +'], 'what is elsewhere stays');
  t.notOk(
    (await orphans(db, author)).some(({ id }) => id === space),
    'and nobody is asked to own what is over',
  );
});

t.test('the archive holds what all could read, with the hash that its receipt will name, and no more', async (t) => {
  const { db, owner } = await testDatabase(t);
  const { convener, author, helper, observer, sponsor, space, open } = await openWorld(db, { purpose: 'Woord-doel' });
  const charter = await publishCharter(db, by(convener), space, { title: 'Woord-convenant', text: 'Woord-tekst' });
  const initiativeId = await begin(db, author, space, { title: 'Woord-initiatief' });
  const between = { allianceId: space, beneficiaryOrganisationId: helper.id };
  const kept = await promise(db, author, { ...between, initiativeId, title: 'Woord-daad' });
  await fulfilCommitment(db, by(author), kept, { evidence: [{ text: 'Woord-bewijs', url: null }] });
  await confirmCommitment(db, by(helper), kept, { outcome: 'confirmed' });
  const asked = { allianceId: space, promiserOrganisationId: helper.id };
  const no = await promise(db, author, { ...asked, title: 'Geheim-nee' });
  await decideOnCommitment(db, by(helper), no, { decision: 'declined', reason: 'Geheim-reden' });
  await promise(db, author, { ...between, title: 'Geheim-open' });
  await learn(db, author, space, [], { title: 'Woord-les', note: 'Woord-noot' });
  await learn(db, author, open, [], { title: 'Geheim-elders' });
  await end(db, convener, space);
  t.equal(await outcome(getSpaceArchive(db, author.caller, space)), 'archive_unavailable', 'not yet');
  await pass(owner, space, 23);
  await close(db);
  const [row] = await owner<{ archive: string; hash: string; own: string }[]>`
    select archive, archive_hash as own, encode(sha256(convert_to(archive, 'UTF8')), 'hex') as hash
    from space_closures where alliance_id = ${space}`;
  t.equal(row?.hash, row?.own);
  t.equal((await getSpaceClosure(db, author.caller, space)).body.archiveHash, row?.hash);
  const text = row?.archive ?? '';
  const words = ['doel', 'convenant', 'tekst', 'initiatief', 'daad', 'bewijs', 'les', 'noot'];
  for (const word of words) t.ok(text.includes(`Woord-${word}`), word);
  t.notOk(text.includes('Geheim-'), 'what only two may see, or is elsewhere, is not handed to all');
  for (const who of [convener, author, helper, observer]) {
    const { body } = await getSpaceArchive(db, who.caller, space);
    t.equal(body.charters[0]?.contentHash, charter.body.contentHash);
    t.match(body.organisations.map(({ name }) => name).toSorted(), [
      'author',
      'convener',
      'helper',
      'observer',
      'sponsor',
    ]);
  }
  t.equal(
    await outcome(getSpaceArchive(db, sponsor.caller, space)),
    'not_found',
    'a sponsor guarantees, and does not read',
  );
});

t.test('a run that is broken off is taken up, and of two processes one takes a step', async (t) => {
  const { db, sql, owner } = await testDatabase(t, { max: 8 });
  const { convener, author, helper, space } = await openWorld(db);
  const second = await found(db, author, {
    ...{ visibility: 'closed', name: 'Tweede' },
    ...{ startsOn: '2025-01-01', endsOn: inDays(9) },
  });
  await promise(db, author, { allianceId: space, beneficiaryOrganisationId: helper.id });
  const receipts = await testReceipts(db);
  for (const [who, id] of [
    [convener, space],
    [author, second],
  ] as const)
    await changeAlliance(db, by(who), id, 1, { endsOn: inDays(0) });
  const position = await lastPosition(sql);
  const counts = await Promise.all([close(db), close(db), close(db)]);
  t.equal(
    counts.reduce((sum, count) => sum + count, 0),
    2,
  );
  t.same(await eventsSince(sql, position), ['space.closing', 'space.closing']);
  for (const id of [space, second]) await pass(owner, id, 30);
  const broken = { ...receipts, sign: () => Promise.reject(new Error('the key is gone')) };
  await t.rejects(closeSpaces(db, broken), /the key is gone/);
  t.same([await closureState(owner, space), await closureState(owner, second)], ['archived', 'archived']);
  const [left] = await owner`select name, purpose from alliances where id = ${space}`;
  t.equal(left?.name, 'Vrijplaats', 'a destruction without its receipt did not happen');
  await Promise.all([close(db), close(db)]);
  t.same([await closureState(owner, space), await closureState(owner, second)], ['destroyed', 'destroyed']);
  t.equal(await close(db), 0);
  const types = await eventsSince(sql, position);
  for (const step of ['closing', 'archived', 'destroyed'])
    t.equal(types.filter((type) => type === `space.${step}`).length, 2, step);
  t.same(await ledgerFaults(owner), []);
});

t.test(
  'a space that was founded after its end has nothing to wait for but its days, and an open alliance never closes',
  async (t) => {
    const { db, owner } = await testDatabase(t);
    const { author, helper } = await openWorld(db);
    const past = { kind: 'alliance', visibility: 'closed', startsOn: '2020-01-01', endsOn: '2021-01-01' } as const;
    const { body } = await createAlliance(db, by(author), { ...past, name: 'Lang geleden' });
    const open = await createAlliance(db, by(helper), { ...past, visibility: 'network', name: 'Netwerk' });
    t.equal(await close(db), 1);
    const closure = (await getSpaceClosure(db, author.caller, body.id)).body;
    t.match(closure, { state: 'closing', endsOn: '2021-01-01', archivesOn: inDays(23), destroysOn: inDays(30) });
    t.equal(await closureState(owner, open.body.id), undefined);
  },
);

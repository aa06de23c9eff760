import type { Sql } from 'postgres';
import t from 'tap';
import { publishedReceiptKeys } from '../../../src/features/access/access.ts';
import { importAlliances } from '../../../src/features/alliances/alliances.ts';
import { decideCharter, publishCharter } from '../../../src/features/alliances/charters.ts';
import { decideMembership, endMembership, offerMembership } from '../../../src/features/alliances/membership-offers.ts';
import { commit, replaySaved } from '../../../src/features/events/events.ts';
import { createCommitment, decideOnCommitment } from '../../../src/features/initiatives/commitment-offers.ts';
import { NewCommitment } from '../../../src/features/initiatives/commitment-schemas.ts';
import { decideDateOffer, offerDate } from '../../../src/features/initiatives/date-offers.ts';
import { cancelCommitment, fulfilCommitment } from '../../../src/features/initiatives/deeds.ts';
import { changeInitiativeStage } from '../../../src/features/initiatives/initiatives.ts';
import {
  addParticipation,
  changeStance,
  decideParticipation,
  leaveInitiative,
} from '../../../src/features/initiatives/participation-offers.ts';
import { getKnowledgeItem } from '../../../src/features/knowledge/items.ts';
import { decideOwnershipOffer, offerOwnership, releaseOwnership } from '../../../src/features/ownership/decisions.ts';
import { verifyOwnership } from '../../../src/features/ownership/verification.ts';
import { recordAttendance } from '../../../src/features/sessions/attendances.ts';
import { openCalendarFeed } from '../../../src/features/sessions/calendar-feeds.ts';
import { recordOutcome } from '../../../src/features/sessions/outcomes.ts';
import { NewSession, NewSessionSeries } from '../../../src/features/sessions/schemas.ts';
import { createSessionSeries, endSessionSeries } from '../../../src/features/sessions/series.ts';
import { createSession, decideSession } from '../../../src/features/sessions/sessions.ts';
import { getDestructionReceipt, getSpaceArchive, getSpaceClosure } from '../../../src/features/spaces/closures.ts';
import { verifyDestruction } from '../../../src/features/spaces/destruction.ts';
import { decideHandover, offerHandover } from '../../../src/features/spaces/handovers.ts';
import { decideHarvest, offerHarvest } from '../../../src/features/spaces/harvests.ts';
import { NewHandover, NewHarvest } from '../../../src/features/spaces/schemas.ts';
import { nodeContext } from '../../../src/platform/caller.ts';
import type { Db } from '../../../src/platform/db.ts';
import { newId } from '../../../src/platform/id.ts';
import type { KeySet } from '../../../src/platform/receipts.ts';
import { testDatabase } from '../../helpers/db.ts';
import { by, holds, inDays, outcome, type Party } from '../alliances/world.ts';
import { begin, promise, takePart } from '../initiatives/world.ts';
import { give, initiative as planted } from '../ownership/world.ts';
import { close, closureState, end, learn, openWorld, pass, testReceipts } from './world.ts';

const canary = (what: string) => `kanarie-${what}`;

/** The tables and columns in which a text with the word stands, of every column that can hold one. */
async function placesOf(owner: Sql, word: string): Promise<string[]> {
  const columns = await owner<{ table: string; column: string }[]>`
    select c.table_name as "table", c.column_name as "column" from information_schema.columns c
    join information_schema.tables t using (table_schema, table_name)
    where c.table_schema = 'public' and t.table_type = 'BASE TABLE' and (c.data_type in ('text', 'jsonb', 'json',
      'character varying', 'bytea', 'ARRAY') or c.udt_name = 'tsvector') order by 1, 2`;
  const found: string[] = [];
  for (const { table, column } of columns) {
    const [row] = await owner<{ count: number }[]>`select count(*)::int as count from ${owner(table)} r
      where position(${word} in case pg_typeof(r.${owner(column)})::text when 'bytea'
        then encode(r.${owner(column)}::text::bytea, 'escape') else r.${owner(column)}::text end) > 0`;
    if ((row?.count ?? 0) > 0) found.push(`${table}.${column}`);
  }
  return found;
}

/** Somebody of an organisation who had a part in an initiative, as its own verbs store it. */
async function somebodyHadAPart(owner: Sql, organisationId: string, initiativeId: string): Promise<void> {
  const id = newId();
  await owner`insert into professionals (id, registered_by_organisation_id, name, data_subject_id, created_at, changed_at)
    values (${id}, ${organisationId}, 'Mila Kuipers', 'p', now(), now())`;
  await owner`insert into professional_contributions (id, professional_id, organisation_id, subject_type, subject_id,
    role, created_at, changed_at) values (${newId()}, ${id}, ${organisationId}, 'initiative', ${initiativeId},
    ${canary('part')}, now(), now())`;
}

/** A series, a session that was held with its outcome, one that was cancelled, and a calendar. */
async function meet(db: Db, who: Party, allianceId: string): Promise<void> {
  const said = { title: canary('session'), description: canary('agenda'), place: canary('place') };
  const when = { startsAt: `${inDays(-3)}T10:00`, timeZone: 'Europe/Amsterdam', durationMinutes: 60 };
  const planned = { allianceId, ...said, ...when, kind: 'training' };
  const series = NewSessionSeries.parse({ ...planned, recurrence: 'FREQ=WEEKLY;COUNT=2' });
  const { body } = await createSessionSeries(db, by(who), series);
  await endSessionSeries(db, by(who), body.id, { reason: canary('series-end') });
  const held = (await createSession(db, by(who), NewSession.parse(planned))).body.id;
  await decideSession(db, by(who), held, { state: 'held' });
  await recordAttendance(db, by(who), held, { headCount: 3 });
  await recordOutcome(db, by(who), held, { kind: 'lesson', lesson: canary('lesson') });
  await openCalendarFeed(db, by(who), 'https://node.example', allianceId, { name: canary('calendar') });
}

/** Writes a word of its own in every field of a space that takes one. */
async function fill(database: Awaited<ReturnType<typeof testDatabase>>) {
  const { db } = database;
  const world = await openWorld(db, { name: canary('name'), purpose: canary('purpose') });
  const { convener, author, helper, stranger, space, open } = world;
  const receipts = await testReceipts(db);
  const reason = (what: string) => ({ reason: canary(what) });
  const charter = await publishCharter(db, by(convener), space, { title: canary('title'), text: canary('text') });
  const { contentHash, id: charterId } = charter.body;
  const yes = { decision: 'accepted', contentHash, ...reason('charter-decision') } as const;
  await decideCharter(db, by(author), space, charterId, yes);
  const invite = { organisationId: stranger.id, role: 'member', expiresInDays: 30 } as const;
  const offered = await offerMembership(db, by(convener), space, invite);
  await decideMembership(db, by(stranger), offered.body.id, { decision: 'declined', ...reason('membership') });
  const again = await offerMembership(db, by(convener), space, invite);
  await decideMembership(db, by(stranger), again.body.id, { decision: 'accepted' });
  await endMembership(db, by(stranger), again.body.id, reason('departure'));
  const initiativeId = await begin(db, author, space, {
    ...{ title: canary('initiative'), purpose: canary('initiative-purpose'), themes: [canary('theme')] },
  });
  const participation = await takePart(db, helper, initiativeId, 'contributor');
  await changeStance(db, by(helper), participation, { stance: 'reservations', ...reason('stance') });
  const asked = { organisationId: convener.id, expiresInDays: 30 };
  const request = await addParticipation(db, by(author), initiativeId, asked);
  await decideParticipation(db, by(convener), request.body.id, { decision: 'declined', ...reason('participation') });
  await leaveInitiative(db, by(helper), participation, reason('leave'));
  const stopped = await begin(db, author, space, { title: canary('second') });
  await changeInitiativeStage(db, by(author), stopped, { stage: 'stopped', ...reason('stage') });
  const between = { allianceId: space, beneficiaryOrganisationId: helper.id, description: canary('description') };
  const done = await promise(db, author, { ...between, initiativeId, title: canary('promise') });
  const offer = { dueOn: '2099-02-02', expiresInDays: 30, ...reason('date') };
  const date = await offerDate(db, by(author), done, offer);
  await decideDateOffer(db, by(helper), date.body.id, { decision: 'declined', ...reason('date-decision') });
  const evidence = [{ text: canary('evidence'), url: `https://${canary('url')}.example` }];
  await fulfilCommitment(db, by(author), done, { evidence });
  const no = await promise(db, author, { allianceId: space, promiserOrganisationId: helper.id });
  await decideOnCommitment(db, by(helper), no, { decision: 'declined', ...reason('commitment') });
  await cancelCommitment(db, by(author), await promise(db, author, between), { reason: canary('cancelled') });
  const subject = { type: 'alliance', id: space } as const;
  const own = { subject, share: 'accountable', organisationId: convener.id, expiresInDays: 30 } as const;
  const ownership = await offerOwnership(db, by(convener), { ...own, message: canary('ownership') });
  const accepted = { decision: 'accepted', ...reason('ownership-decision') } as const;
  await decideOwnershipOffer(db, by(convener), receipts, ownership.body.id, accepted);
  const release = { subject, share: 'accountable', reason: canary('release') } as const;
  await releaseOwnership(db, by(convener), receipts, release);
  await give(db, convener, subject, convener);
  const itemId = await learn(db, author, space, [helper], { title: 'Van de auteur', note: canary('note') });
  const moving = await promise(db, author, { ...between, title: canary('moving') });
  await meet(db, convener, space);
  // A saved answer, as of a request that may be repeated.
  const idempotency = { key: 'k', fingerprint: 'f', status: 201 };
  const context = { ...by(author), idempotency };
  await createCommitment(db, context, NewCommitment.parse({ ...between, title: canary('saved'), dueOn: '2099-01-01' }));
  const elsewhere = { ...by(helper), idempotency };
  const outside = { allianceId: open, beneficiaryOrganisationId: author.id, title: 'Elders', dueOn: '2099-01-01' };
  await createCommitment(db, elsewhere, NewCommitment.parse(outside));
  await somebodyHadAPart(database.owner, author.id, initiativeId);
  await end(db, convener, space);
  const harvest = { itemId, allianceId: space, visibility: 'network', message: canary('harvest') };
  const gathered = await offerHarvest(db, by(author), NewHarvest.parse(harvest));
  await decideHarvest(db, by(helper), gathered.body.id, { decision: 'declined', ...reason('consent') });
  const handover = { allianceId: open, title: canary('handover'), description: canary('handover-text') };
  const moved = await offerHandover(db, by(author), moving, NewHandover.parse(handover));
  await decideHandover(db, by(helper), moved.body.id, { decision: 'declined', ...reason('handover-decision') });
  return { ...world, receipts, itemId, saved: context, kept: elsewhere };
}

t.test('nothing that was written in a space is left in any column of any table', async (t) => {
  const database = await testDatabase(t);
  const { db, owner } = database;
  const { author, helper, observer, sponsor, space, itemId, saved, kept } = await fill(database);
  const before = await placesOf(owner, 'kanarie-');
  const expected = [
    ...[
      'alliances.name',
      'alliances.purpose',
      'calendar_feeds.name',
      'charter_decisions.reason',
      'charters.text',
      'charters.title',
    ],
    ...['commitment_steps.evidence', 'commitment_steps.reason', 'commitments.decision_reason'],
    ...['commitments.description', 'commitments.evidence', 'commitments.outcome_reason', 'commitments.title'],
    ...['date_offers.decision_reason', 'date_offers.reason', 'handovers.decision_reason', 'handovers.description'],
    ...['handovers.title', 'harvest_consents.reason', 'harvests.message', 'initiative_stages.reason'],
    ...['initiatives.purpose', 'initiatives.stage_reason', 'initiatives.themes', 'initiatives.title'],
    ...['knowledge_shares.note', 'memberships.decision_reason', 'memberships.end_reason'],
    ...['ownership_offers.decision_reason', 'ownership_offers.message', 'ownership_records.reason'],
    ...['participations.decision_reason', 'participations.leave_reason'],
    ...['professional_contributions.role', 'saved_answers.body', 'session_outcomes.lesson'],
    ...['session_series.description', 'session_series.end_reason', 'session_series.place', 'session_series.title'],
    ...['sessions.description', 'sessions.place', 'sessions.reason', 'sessions.title', 'stances.reason'],
  ];
  t.same(before, expected, 'the words stand where they were written, in every such place');
  await pass(owner, space, 23);
  await close(db);
  t.ok((await placesOf(owner, 'kanarie-')).includes('space_closures.archive'));
  await pass(owner, space, 7);
  await close(db);
  t.equal(await closureState(owner, space), 'destroyed');
  t.same(await placesOf(owner, 'kanarie-'), []);

  await owner`alter table commitments add column forgotten text`;
  await owner`update commitments set forgotten = ${canary('forgotten')} where alliance_id = ${space}`;
  t.same(
    await placesOf(owner, 'kanarie-'),
    ['commitments.forgotten'],
    'the same search finds a column that is forgotten',
  );

  t.equal(await replaySaved(db, saved), undefined, 'an answer that told of it is not given again');
  t.ok(await replaySaved(db, kept), 'and one of elsewhere is');
  t.equal((await getKnowledgeItem(db, author.caller, itemId)).body.title, 'Van de auteur', 'its author keeps its own');
  t.equal((await getKnowledgeItem(db, helper.caller, itemId)).body.title, 'Van de auteur', 'and who contributed');
  t.equal(await outcome(getKnowledgeItem(db, observer.caller, itemId)), 'not_found', 'others read it no longer');
  t.equal(await outcome(getSpaceArchive(db, author.caller, space)), 'archive_unavailable');

  const keys = (await publishedReceiptKeys(db)) as KeySet;
  const { archiveHash, destroyedAt } = (await getSpaceClosure(db, author.caller, space)).body;
  for (const who of [author, observer, sponsor]) {
    const { receipt } = (await getDestructionReceipt(db, who.caller, space)).body;
    const { payload } = await verifyDestruction(receipt, keys);
    t.match(payload, { space, archiveHash, destroyedAt: destroyedAt?.toISOString(), iss: 'https://node.example' });
    t.match(payload.overwritten, { alliances: 1, charters: 1, initiatives: 2, commitments: 5, saved_answers: 1 });
    t.match(payload.overwritten, { sessions: 3, session_series: 1, session_outcomes: 1, calendar_feeds: 1 });
    const [head, , signature] = receipt.split('.');
    const other = Buffer.from(JSON.stringify({ ...payload, destroyedAt: '2020-01-01T00:00:00.000Z' }));
    await t.rejects(verifyDestruction(`${head}.${other.toString('base64url')}.${signature}`, keys), /signature/);
  }
  const verified = await verifyOwnership(db, keys);
  t.match(verified, { destroyed: 4, faults: [] }, 'the chain of hashes is followed through what was destroyed');
  await holds(t, owner);
});

t.test('a receipt of ownership is missed where no space was destroyed', async (t) => {
  const { db, owner } = await testDatabase(t);
  const { author, open } = await openWorld(db);
  const subject = await planted(owner, open, author);
  await give(db, author, subject, author);
  const keys = (await publishedReceiptKeys(db)) as KeySet;
  t.same((await verifyOwnership(db, keys)).faults, []);
  await owner`alter table ownership_records disable trigger append_only`;
  await owner`update ownership_records set receipt = ''`;
  const { destroyed, faults } = await verifyOwnership(db, keys);
  t.equal(destroyed, 0);
  t.match(faults.join(), /receiptHash is not the hash of its receipt/);
});

t.test(
  'the database destroys no space before its day, none without an archive, and nothing by any other way',
  async (t) => {
    const { db, sql, owner } = await testDatabase(t);
    const { convener, author, space, open } = await openWorld(db);
    await publishCharter(db, by(convener), space, { title: 'Blijft', text: 'Blijft' });
    const refused = async (what: string, id = space) =>
      t.rejects(sql`select destroy_space(${id})`, /is not to be destroyed/, what);
    await refused('a space that has not ended');
    await refused('an open alliance', open);
    await end(db, convener, space);
    await refused('one that is closing');
    await pass(owner, space, 23);
    await close(db);
    await refused('one whose day has not come');
    await t.rejects(sql`update charters set text = ''`, /permission denied/);
    await t.rejects(
      sql.begin(async (sql) => {
        await sql`select set_config('samendoen.destroys', ${space}, true)`;
        await sql`update charters set text = ''`;
      }),
      /permission denied/,
      'saying that one destroys is not enough',
    );
    await owner`grant update on charters to samendoen_app`;
    await t.rejects(
      sql.begin(async (sql) => {
        await sql`select set_config('samendoen.destroys', ${space}, true)`;
        await sql`update charters set text = ''`;
      }),
      /never changed or removed/,
      'nor with the right to change',
    );
    await t.rejects(owner`update charters set text = ''`, /never changed or removed/, 'nor as its owner, by itself');
    await t.rejects(sql`delete from harvests`, /permission denied/);
    const [charter] = await owner`select text from charters`;
    t.equal(charter?.text, 'Blijft');
    await pass(owner, space, 7);
    await close(db);
    await t.rejects(owner`update charters set text = 'x'`, /never changed or removed/, 'and never again after that');
    await refused('one that is destroyed');
    t.equal(await outcome(getSpaceArchive(db, author.caller, open)), 'not_found');
  },
);

t.test('an import touches no space at its end, and makes none of what is left', async (t) => {
  const { db, owner } = await testDatabase(t);
  const { convener, space } = await openWorld(db);
  await owner`update alliances set source = 'register', source_key = 'vrijplaats' where id = ${space}`;
  const row = { line: 2, key: 'vrijplaats', kind: 'alliance', name: 'Uit het register', startsOn: '2020-01-01' };
  const run = async () => {
    const { body } = await commit(db, nodeContext('import'), async (db, record) => ({
      body: await importAlliances(db, record, 'register', [{ ...row, endsOn: null, visibility: 'public' }]),
    }));
    return body.map(({ outcome, faults }) => `${outcome} ${faults.map(({ code }) => code).join()}`);
  };
  const states: unknown[] = [];
  await end(db, convener, space);
  for (const days of [0, 23, 7]) {
    await pass(owner, space, days);
    await close(db);
    const before = await owner`select * from alliances order by id`;
    states.push([await closureState(owner, space), ...(await run())]);
    t.same(await owner`select * from alliances order by id`, before);
  }
  t.same(states, [
    ['closing', 'refused closed_space'],
    ['archived', 'refused closed_space'],
    ['destroyed', 'refused closed_space'],
  ]);
});

import t from 'tap';
import type { z } from 'zod';
import { changeAlliance } from '../../../src/features/alliances/alliances.ts';
import { endMembership } from '../../../src/features/alliances/membership-offers.ts';
import { decideSponsorship, endSponsorship, offerSponsorship } from '../../../src/features/alliances/sponsorships.ts';
import { newItem } from '../../../src/features/knowledge/examples.ts';
import { createKnowledgeItem } from '../../../src/features/knowledge/items.ts';
import { NewKnowledgeItem } from '../../../src/features/knowledge/schemas.ts';
import { shareKnowledgeItem } from '../../../src/features/knowledge/shares.ts';
import { listAttendances, recordAttendance } from '../../../src/features/sessions/attendances.ts';
import {
  getCalendarFeed,
  openCalendarFeed,
  revokeCalendarFeed,
} from '../../../src/features/sessions/calendar-feeds.ts';
import { listOutcomes, recordOutcome, removeOutcome } from '../../../src/features/sessions/outcomes.ts';
import { countLackingSeries, extendSeries } from '../../../src/features/sessions/planning.ts';
import { getRhythm, getSponsorRhythm } from '../../../src/features/sessions/rhythm.ts';
import { mondayOf } from '../../../src/features/sessions/rules.ts';
import { NewSession, NewSessionSeries, SessionQuery } from '../../../src/features/sessions/schemas.ts';
import { createSessionSeries, endSessionSeries, getSessionSeries } from '../../../src/features/sessions/series.ts';
import {
  changeSession,
  createSession,
  decideSession,
  getSession,
  listSessions,
} from '../../../src/features/sessions/sessions.ts';
import { localOf } from '../../../src/features/sessions/zones.ts';
import { getSpaceArchive } from '../../../src/features/spaces/closures.ts';
import { closeSpaces } from '../../../src/features/spaces/spaces.ts';
import { Problem } from '../../../src/platform/problem.ts';
import { testDatabase } from '../../helpers/db.ts';
import { testApp, testReceipts } from '../../helpers/demo.ts';
import { by, found, inDays, join, outcome, type Party, parties } from '../alliances/world.ts';
import { begin as beginInitiative, openWorld, promise } from '../initiatives/world.ts';
import { pass } from '../spaces/world.ts';

const database = await testDatabase(t);
const { db, owner } = database;
const timeZone = 'Europe/Amsterdam';
const world = await openWorld(db);
const { town, care, school, stranger, allianceId } = world;
const page = { limit: 200 };

const series = (fields: Partial<z.input<typeof NewSessionSeries>> = {}) =>
  NewSessionSeries.parse({
    ...{ allianceId, title: 'Weektraining', kind: 'training', startsAt: `${inDays(-28)}T09:30`, timeZone },
    ...{ durationMinutes: 90, recurrence: 'FREQ=WEEKLY', place: 'Kamer 3', description: 'Oefenen' },
    ...fields,
  });
const begin = async (who: Party, fields: Partial<z.input<typeof NewSessionSeries>> = {}) =>
  (await createSessionSeries(db, by(who), series(fields))).body.id;
const plan = async (who: Party, fields: Partial<z.input<typeof NewSession>> = {}) => {
  const input = { allianceId, title: 'Bezoek', kind: 'visit', startsAt: `${inDays(-2)}T10:00`, durationMinutes: 60 };
  return (await createSession(db, by(who), NewSession.parse({ ...input, timeZone, ...fields } as never))).body.id;
};
const sessionsOf = async (who: Party, seriesId: string) =>
  (await listSessions(db, who.caller, SessionQuery.parse({ seriesId, ...page }))).items;
const held = (who: Party, id: string, heldOn?: string) => decideSession(db, by(who), id, { state: 'held', heldOn });
const faultsOf = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error: unknown) => {
      if (!(error instanceof Problem)) throw error;
      return error.errors.map(({ location, code }) => `${location} ${code}`).join(', ') || error.code;
    },
  );

t.test('a series has its sessions of the coming half year, at one time on the clock', async (t) => {
  const seriesId = await begin(care);
  const planned = await sessionsOf(town, seriesId);
  t.ok(planned.length >= 30 && planned.length <= 31, `${planned.length} sessions`);
  t.same(
    planned.map(({ startsAt, endsAt, occurrence }) => [localOf(startsAt, timeZone), occurrence, +endsAt - +startsAt]),
    planned.map(({ plannedOn }) => [`${plannedOn}T09:30`, `${plannedOn}T09:30`, 90 * 60_000]),
  );
  const offsets = new Set(planned.map(({ startsAt }) => startsAt.getUTCHours()));
  t.equal(offsets.size, 2, 'over a change of the clock');
  t.match(planned[0], { title: 'Weektraining', place: 'Kamer 3', state: 'planned', attendance: { headCount: 0 } });
  const [outside] = await sessionsOf(stranger, seriesId);
  t.match(outside, { title: 'Weektraining', place: null, description: null, attendance: null }, 'to others less');
});

t.test('every fault of a series is named, and nothing is stored', async (t) => {
  const bad = { startsAt: `${inDays(-400)}T09:30`, recurrence: 'FREQ=WEEKLY;COUNT=0;FREQ=DAILY' };
  t.equal(
    await faultsOf(begin(care, bad)),
    '/startsAt too_long_ago, /recurrence recurrence_twice, /recurrence recurrence_value',
  );
  t.equal(await faultsOf(begin(care, { timeZone: 'Mars/Olympus' })), '/timeZone unknown_time_zone');
  const never = { recurrence: 'FREQ=MONTHLY;BYMONTHDAY=31;INTERVAL=12', startsAt: '2098-02-01T09:30' };
  t.equal(await faultsOf(begin(care, never)), '/startsAt start_not_in_recurrence');
  t.equal(await outcome(begin(stranger)), 'member_required');
  const hidden = await found(db, town, { visibility: 'closed' });
  t.equal(await faultsOf(begin(care, { allianceId: hidden })), '/allianceId unknown_alliance');
});

t.test('what lacks sessions is planned further, once, and up to the end of the alliance', async (t) => {
  const seriesId = await begin(care, { recurrence: 'FREQ=WEEKLY;COUNT=40' });
  const before = (await sessionsOf(care, seriesId)).length;
  t.equal((await countLackingSeries(db)).count, 0);
  await owner`delete from sessions where series_id = ${seriesId} and planned_on > ${inDays(20)}`;
  await owner`update session_series set planned_through = ${inDays(20)} where id = ${seriesId}`;
  t.equal((await countLackingSeries(db)).count, 1);
  t.equal(await extendSeries(db), 1);
  t.equal((await sessionsOf(care, seriesId)).length, before, 'as many as before');
  t.equal(await extendSeries(db), 0);
  t.equal((await countLackingSeries(db)).count, 0);
  t.match(
    (await owner`select type from events where subject_id = ${seriesId} order by position`).map(({ type }) => type),
    ['session_series.begun', 'session_series.extended'],
  );
  const short = await found(db, care, { kind: 'community', endsOn: inDays(15) });
  const ending = await begin(care, { allianceId: short });
  for (const { plannedOn } of await sessionsOf(care, ending)) t.ok(plannedOn < inDays(15), plannedOn);
  t.equal(await extendSeries(db), 0, 'nothing follows after its end');
});

t.test('one session is moved with a reason, and the others stay', async (t) => {
  const seriesId = await begin(care);
  const [first, ...rest] = await sessionsOf(care, seriesId);
  const coming = rest.find(({ startsAt }) => startsAt > new Date());
  const id = coming?.id ?? '';
  const change = { startsAt: `${inDays(100)}T13:00` };
  t.equal(await faultsOf(changeSession(db, by(town), id, 1, change)), '/reason required');
  t.equal(await outcome(changeSession(db, by(town), id, 2, { ...change, reason: 'x' })), 'precondition_failed');
  t.equal(await outcome(changeSession(db, by(stranger), id, 1, change)), 'member_required');
  t.equal(await outcome(changeSession(db, by(town), first?.id ?? '', 1, { title: 'x' })), 'session_begun');
  const { body } = await changeSession(db, by(town), id, 1, { ...change, reason: 'De zaal is bezet.' });
  t.match(body, { plannedOn: inDays(100), occurrence: coming?.occurrence, reason: 'De zaal is bezet.' });
  t.equal(body.endsAt.getTime() - body.startsAt.getTime(), 90 * 60_000, 'it is as long as before');
  const others = (await sessionsOf(care, seriesId)).filter((one) => one.id !== id);
  t.same(
    others.map(({ startsAt }) => startsAt),
    [first, ...rest].filter((one) => one?.id !== id).map((one) => one?.startsAt),
  );
});

t.test('a session is held by the word of a member once it has begun, and that stands', async (t) => {
  const past = await plan(care);
  const future = await plan(care, { startsAt: `${inDays(9)}T10:00` });
  t.equal(await outcome(held(town, future)), 'session_not_begun');
  t.equal(await faultsOf(held(town, past, inDays(2))), '/heldOn in_the_future');
  t.equal(await outcome(held(stranger, past)), 'member_required');
  t.equal(
    await faultsOf(decideSession(db, by(town), past, { state: 'cancelled', heldOn: inDays(-2) })),
    '/reason required, /heldOn not_of_cancelled',
  );
  t.match((await held(town, past)).body, { state: 'held', heldOn: inDays(-2), decidedBy: { id: town.id } });
  const [{ count } = { count: 0 }] = await owner`select count(*)::int from events where subject_id = ${past}`;
  t.equal((await held(school, past)).body.decidedBy?.id, town.id, 'again it changes nothing');
  t.same(await owner`select count(*)::int from events where subject_id = ${past}`, [{ count }]);
  t.equal(await outcome(decideSession(db, by(care), past, { state: 'cancelled', reason: 'x' })), 'session_decided');
  const reason = 'Te weinig aanmeldingen.';
  t.match((await decideSession(db, by(care), future, { state: 'cancelled', reason })).body, {
    state: 'cancelled',
    reason,
  });
  t.equal(await outcome(held(care, future)), 'session_decided');
});

t.test('an organisation says with how many it was there, for itself alone', async (t) => {
  const id = await plan(care);
  t.equal(await outcome(recordAttendance(db, by(care), id, { headCount: 3 })), 'session_not_held');
  await held(care, id);
  await recordAttendance(db, by(care), id, { headCount: 3 });
  await recordAttendance(db, by(town), id, { headCount: 0 });
  const { body } = await recordAttendance(db, by(care), id, { headCount: 4 });
  t.match(body, { organisation: { id: care.id }, headCount: 4 });
  t.equal(await outcome(recordAttendance(db, by(stranger), id, { headCount: 9 })), 'member_required');
  const attendances = async (who: Party) => (await listAttendances(db, who.caller, id, page)).items;
  t.same(
    (await attendances(school)).map(({ headCount }) => headCount),
    [4, 0],
  );
  t.same(await attendances(stranger), [], 'nothing for who takes no part');
  const view = async (who: Party) => (await getSession(db, who.caller, id)).body.attendance;
  t.same(await view(school), { organisationCount: 1, headCount: 4 }, 'an organisation that says 0 was not there');
  t.equal(await view(stranger), null);
});

t.test('outcomes lead to what is of the alliance, and are told to who may see that', async (t) => {
  const id = await plan(care);
  const lesson = { kind: 'lesson', lesson: 'Bel eerst.' } as const;
  t.equal(await outcome(recordOutcome(db, by(care), id, lesson)), 'session_not_held');
  await held(care, id);
  const initiativeId = await beginInitiative(db, care, allianceId);
  const agreed = await promise(db, care, { initiativeId, beneficiaryOrganisationId: town.id });
  const asked = await promise(db, care, { initiativeId, promiserOrganisationId: town.id });
  const elsewhere = await found(db, care);
  await join(db, elsewhere, care, town);
  const other = await promise(db, care, { allianceId: elsewhere, beneficiaryOrganisationId: town.id });
  const input = NewKnowledgeItem.parse({ ...newItem, visibility: 'public', publish: true });
  const itemId = (await createKnowledgeItem(db, by(care), input)).body.id;
  const commitment = (commitmentId: string) => recordOutcome(db, by(care), id, { kind: 'commitment', commitmentId });
  const item = () => recordOutcome(db, by(care), id, { kind: 'knowledge_item', itemId });
  t.equal(
    await faultsOf(recordOutcome(db, by(care), id, { ...lesson, kind: 'commitment' })),
    '/lesson not_of_kind, /commitmentId required',
  );
  t.equal(await faultsOf(commitment(other)), '/commitmentId not_of_alliance');
  t.equal(
    await faultsOf(recordOutcome(db, by(school), id, { kind: 'commitment', commitmentId: asked })),
    '/commitmentId unknown_commitment',
    'what one may not see is not known',
  );
  t.equal(await faultsOf(item()), '/itemId not_shared_with_alliance');
  await shareKnowledgeItem(db, by(care), itemId, { allianceId });
  const { body } = await recordOutcome(db, by(care), id, lesson);
  await commitment(agreed);
  await commitment(asked);
  await item();
  t.equal(await outcome(commitment(agreed)), 'outcome_exists');
  const seen = async (who: Party) => (await listOutcomes(db, who.caller, id, page)).items.map(({ kind }) => kind);
  t.same(await seen(town), ['lesson', 'commitment', 'commitment', 'knowledge_item']);
  t.same(await seen(school), ['lesson', 'commitment', 'knowledge_item'], 'an offer is for its parties');
  t.same(await seen(stranger), []);
  t.equal(await outcome(removeOutcome(db, by(town), body.id)), 'not_your_organisation');
  await removeOutcome(db, by(care), body.id);
  t.same(await seen(school), ['commitment', 'knowledge_item']);
});

t.test('a series that ends cancels what has not begun', async (t) => {
  const seriesId = await begin(care);
  const [first] = await sessionsOf(care, seriesId);
  await held(care, first?.id ?? '');
  t.equal(await outcome(endSessionSeries(db, by(stranger), seriesId, { reason: 'x' })), 'member_required');
  const { body } = await endSessionSeries(db, by(town), seriesId, { reason: 'Klaar.' });
  t.match(body, { state: 'ended', endReason: 'Klaar.' });
  t.same(
    (await endSessionSeries(db, by(town), seriesId, { reason: 'Nog eens.' })).body,
    body,
    'again it changes nothing',
  );
  t.match((await getSessionSeries(db, stranger.caller, seriesId)).body, { state: 'ended', endReason: null });
  const now = new Date();
  for (const { state, startsAt, reason, id } of await sessionsOf(care, seriesId)) {
    if (id === first?.id) t.equal(state, 'held');
    else t.same([state, reason], startsAt > now ? ['cancelled', 'Klaar.'] : ['planned', null]);
  }
  t.equal(await extendSeries(db), 0);
});

t.test('weeks are kept or missed as a group, and what is called off in time is not missed', async (t) => {
  const allianceId = await found(db, care);
  await join(db, allianceId, care, town);
  // Mondays, so that the days of a week do not depend on today.
  const monday = (weeks: number) => {
    const start = Date.parse(`${mondayOf(localOf(new Date(), timeZone).slice(0, 10))}T00:00:00Z`);
    return new Date(start + weeks * 7 * 86_400_000).toISOString().slice(0, 10);
  };
  const on = (weeks: number) => plan(care, { allianceId, startsAt: `${monday(weeks)}T00:01` });
  const ids = new Map<number, string>();
  for (const weeks of [-9, -8, -7, -6, -4, -3, -2, -1]) ids.set(weeks, await on(weeks));
  for (const weeks of [-9, -8, -6, -4, -3]) await held(town, ids.get(weeks) ?? '');
  // Held in the week after the one in which it was planned.
  await held(town, ids.get(-2) ?? '', monday(-1));
  const off = await plan(care, { allianceId, startsAt: `${monday(2)}T10:00` });
  await decideSession(db, by(care), off, { state: 'cancelled', reason: 'Vakantie.' });
  await owner`update sessions set planned_on = planned_on - 49, starts_at = starts_at - interval '49 days',
    ends_at = ends_at - interval '49 days' where id = ${off}`;
  const { body } = await getRhythm(db, town.caller, allianceId);
  t.same(
    body.weeks.map(({ startsOn, state }) => [startsOn, state]),
    [
      [monday(-9), 'kept'],
      [monday(-8), 'kept'],
      [monday(-7), 'missed'],
      [monday(-6), 'kept'],
      [monday(-4), 'kept'],
      [monday(-3), 'kept'],
      [monday(-2), 'missed'],
      [monday(-1), 'kept'],
    ],
    'the fifth week before this was called off before it began',
  );
  t.match(body, { keptWeeks: 6, missedWeeks: 2, currentStreak: 1, longestStreak: 3 });
});

t.test('a sponsor sees that the rhythm is kept, and nothing else', async (t) => {
  const { sponsor } = await parties(db, 'sponsor');
  const space = await found(db, care, { visibility: 'closed' });
  const offer = await offerSponsorship(db, by(care), space, { organisationId: sponsor.id, expiresInDays: 30 });
  const { id } = offer.body;
  t.equal(await outcome(getSponsorRhythm(db, sponsor.caller, id)), 'not_found', 'not before its yes');
  await decideSponsorship(db, by(sponsor), id, { decision: 'accepted' });
  const session = await plan(care, { allianceId: space, title: 'Geheim' });
  await held(care, session);
  t.same((await getSponsorRhythm(db, sponsor.caller, id)).body, {
    ...{ keptWeeks: 1, missedWeeks: 0, currentStreak: 1, longestStreak: 1 },
  });
  for (const read of [
    () => getSession(db, sponsor.caller, session),
    () => getRhythm(db, sponsor.caller, space),
    () => listAttendances(db, sponsor.caller, session, page),
  ])
    t.equal(await outcome(read()), 'not_found');
  t.equal(await outcome(getSponsorRhythm(db, stranger.caller, id)), 'not_found');
  await endSponsorship(db, by(sponsor), id, {});
  t.equal(await outcome(getSponsorRhythm(db, sponsor.caller, id)), 'not_found');
});

t.test('a calendar is read by its secret address alone, as long as it is open and the membership lasts', async (t) => {
  const lines: string[] = [];
  const log = { write: (line: string) => void lines.push(line) };
  const app = await testApp(t, database, {}, { log: (await import('pino')).pino({ level: 'trace' }, log) });
  const space = await found(db, care, { visibility: 'closed', name: 'Vrijplaats; stil' });
  const membership = await join(db, space, care, town);
  const spoken = await plan(care, {
    allianceId: space,
    title: 'Aan tafel',
    place: 'Kamer 9',
    description: 'Wat speelt',
  });
  await plan(care, { allianceId: space, title: 'In stilte', place: 'Kamer 8', notRecorded: true });
  const { body } = await openCalendarFeed(db, by(town), 'https://node.example', space, { name: 'Onze mensen' });
  const address = new URL(body.secretAddress ?? '').pathname;
  const secret = address.slice('/calendars/'.length, -4);
  const [kept] = await owner`select to_jsonb(f)::text as row from calendar_feeds f where id = ${body.id}`;
  t.notOk(String(kept?.row).includes(secret), 'the secret is kept nowhere');
  const read = (url: string, headers: Record<string, string> = {}) =>
    app.inject({ method: 'GET', url, headers: { host: 'node.example', ...headers } });
  const first = await read(address);
  t.equal(first.statusCode, 200);
  t.match(first.headers, { 'content-type': 'text/calendar; charset=utf-8', 'cache-control': 'private, no-cache' });
  t.match(first.body, /NAME:Vrijplaats\\; stil\r\n/);
  t.match(first.body, /SUMMARY:Aan tafel\r\n[\s\S]*LOCATION:Kamer 9\r\n/);
  t.match(first.body, /SUMMARY:In stilte\r\n/);
  t.notMatch(first.body, /Kamer 8/, 'what is not recorded bears its title alone');
  const etag = String(first.headers.etag);
  const unchanged = await read(address, { 'if-none-match': etag });
  t.same([unchanged.statusCode, unchanged.body, unchanged.headers.etag], [304, '', etag]);
  await decideSession(db, by(care), spoken, { state: 'cancelled', reason: 'Ziek.' });
  const later = await read(address, { 'if-none-match': etag });
  t.equal(later.statusCode, 200);
  t.match(later.body, /STATUS:CANCELLED/);
  const gone = async (url: string, why: string) => {
    const { statusCode, headers, body } = await read(url);
    t.same(
      [statusCode, headers['cache-control'], /json/.test(String(headers['content-type']))],
      [404, 'no-store', true],
      why,
    );
    t.notOk(body.includes(secret));
  };
  await gone(`/calendars/${secret}x.ics`, 'another secret');
  await gone(`/calendars/${secret}`, 'no calendar');
  const second = await openCalendarFeed(db, by(town), 'https://node.example', space, { name: 'Tweede' });
  await revokeCalendarFeed(db, by(town), body.id);
  await gone(address, 'revoked');
  await revokeCalendarFeed(db, by(town), body.id);
  t.equal(await outcome(revokeCalendarFeed(db, by(care), second.body.id)), 'not_found', 'of another');
  const secondAddress = new URL(second.body.secretAddress ?? '').pathname;
  t.equal((await read(secondAddress)).statusCode, 200);
  await endMembership(db, by(town), membership, {});
  await gone(secondAddress, 'the membership ended');
  await join(db, space, care, town);
  await gone(secondAddress, 'and stays so when one comes back');
  t.equal(await outcome(openCalendarFeed(db, by(stranger), 'https://node.example', space, { name: 'x' })), 'not_found');
  const asked = await Promise.all(Array.from({ length: 70 }, () => read(`/calendars/${secret}.ics`)));
  t.ok(
    asked.some(({ statusCode }) => statusCode === 429),
    'one secret is not tried without end',
  );
  t.ok(lines.length > 10);
  t.notOk(lines.join('').includes(secret.slice(-20)), 'no secret is in the log');
  await changeAlliance(db, by(care), space, 1, { purpose: 'Rust' });
});

t.test(
  'a closed space at its end cancels what is planned, revokes calendars, and takes what was with it',
  async (t) => {
    const endsOn = inDays(60);
    const space = await found(db, care, { kind: 'community', visibility: 'closed', startsOn: inDays(-90), endsOn });
    await join(db, space, care, town);
    const spoken = await plan(care, { allianceId: space, title: 'Aan tafel' });
    await held(care, spoken);
    await recordAttendance(db, by(town), spoken, { headCount: 2 });
    await recordOutcome(db, by(town), spoken, { kind: 'lesson', lesson: 'Eerst luisteren.' });
    const seriesId = await begin(care, { allianceId: space });
    const { body: feed } = await openCalendarFeed(db, by(town), 'https://node.example', space, { name: 'Wij' });
    await changeAlliance(db, by(care), space, 1, { endsOn: inDays(0) });
    const receipts = await testReceipts(db);
    await closeSpaces(db, receipts, { allianceId: space });
    t.equal(await outcome(begin(care, { allianceId: space })), 'space_closing');
    t.equal(
      await outcome(recordAttendance(db, by(care), spoken, { headCount: 1 })),
      'done',
      'an answer is still taken',
    );
    await pass(owner, space, 23);
    await closeSpaces(db, receipts, { allianceId: space });
    t.same(new Set((await sessionsOf(care, seriesId)).map(({ state }) => state)), new Set(['cancelled']));
    t.match((await getSessionSeries(db, care.caller, seriesId)).body, { state: 'ended', endReason: 'space_closed' });
    t.equal((await getCalendarFeed(db, town.caller, feed.id)).body.state, 'revoked');
    const { body } = await getSpaceArchive(db, town.caller, space);
    t.match(
      body.sessions.find(({ id }) => id === spoken),
      {
        ...{ title: 'Aan tafel', state: 'held', outcomes: [{ kind: 'lesson', lesson: 'Eerst luisteren.' }] },
        attendances: [{ organisationId: town.id, headCount: 2 }, { organisationId: care.id }],
      },
    );
    t.match(body.sessionSeries, [{ id: seriesId, recurrence: 'FREQ=WEEKLY' }]);
  },
);

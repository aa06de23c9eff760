import { createHash } from 'node:crypto';
import t from 'tap';
import type { z } from 'zod';
import {
  decideCharter,
  getCharter,
  listCharterDecisions,
  listCharters,
  publishCharter,
} from '../../../src/features/alliances/charters.ts';
import { endMembership } from '../../../src/features/alliances/membership-offers.ts';
import { CharterDecisionQuery, CharterQuery } from '../../../src/features/alliances/schemas.ts';
import type { Db } from '../../../src/platform/db.ts';
import { newId, withNamedIds } from '../../../src/platform/id.ts';
import { testDatabase } from '../../helpers/db.ts';
import { nextMoment } from '../../helpers/moments.ts';
import { administrator, caller, context } from '../../helpers/people.ts';
import {
  by,
  eventsSince,
  everything,
  found,
  holds,
  inDays,
  invite,
  join,
  lastPosition,
  outcome,
  type Party,
  parties,
  walk,
} from './world.ts';

const text = '# Convenant\n\nWij leren samen. Ook in het Frysk: wy leare tegearre — 💶.';
const hashOf = (given: string) => createHash('sha256').update(given, 'utf8').digest('hex');
const publish = async (db: Db, who: Party, allianceId: string, given = text, effectiveOn?: string) =>
  (await publishCharter(db, by(who), allianceId, { title: 'Convenant', text: given, effectiveOn })).body;

t.test('publishCharter fixes a text under the next number and its hash', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { lindeveen, zandkerk } = await parties(db, 'lindeveen', 'zandkerk');
  const allianceId = await found(db, lindeveen);
  await join(db, allianceId, lindeveen, zandkerk);
  const position = await lastPosition(sql);
  const made = await publishCharter(db, by(lindeveen), allianceId, { title: 'Convenant', text });
  t.match(made, {
    location: `/v1/alliances/${allianceId}/charters/${made.body.id}`,
    body: { number: 1, text, contentHash: hashOf(text), effectiveOn: inDays(0), acceptedCount: 0 },
  });
  t.match(made.body.publishedBy, { id: lindeveen.id, name: 'lindeveen' });
  t.same(await eventsSince(sql, position), ['charter.published']);
  t.same((await getCharter(db, caller(), allianceId, made.body.id)).body, made.body);
  t.equal(await outcome(getCharter(db, caller(), await found(db, lindeveen), made.body.id)), 'not_found', 'of another');
  const before = await everything(sql);
  const next = { title: 'Convenant', text };
  t.equal(await outcome(publishCharter(db, by(zandkerk), allianceId, next)), 'convener_required');
  t.equal(await outcome(publishCharter(db, context(administrator), allianceId, next)), 'convener_required');
  t.equal(await outcome(publishCharter(db, by(lindeveen), newId(), next)), 'not_found');
  t.same(await everything(sql), before);
  await holds(t, sql);
});

t.test('versions that are published at once are numbered one after the other', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { lindeveen, zandkerk } = await parties(db, 'lindeveen', 'zandkerk');
  const allianceId = await found(db, lindeveen);
  await join(db, allianceId, lindeveen, zandkerk, 'convener');
  const made = await Promise.all(
    Array.from({ length: 12 }, (_, n) => publish(db, n % 2 === 0 ? lindeveen : zandkerk, allianceId, `Versie ${n}`)),
  );
  t.same(
    made.map(({ number }) => number).toSorted((a, b) => a - b),
    Array.from({ length: 12 }, (_, n) => n + 1),
  );
  await holds(t, sql);
});

t.test('decideCharter binds an organisation by its own yes to a text that it names, and once', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { lindeveen, zandkerk, watcher, guest, other } = await parties(
    db,
    ...(['lindeveen', 'zandkerk', 'watcher', 'guest', 'other'] as const),
  );
  const allianceId = await found(db, lindeveen);
  await join(db, allianceId, lindeveen, zandkerk);
  await join(db, allianceId, lindeveen, watcher, 'observer');
  await invite(db, allianceId, lindeveen, guest);
  const { id, contentHash } = await publish(db, lindeveen, allianceId);
  const decide = (who: Party, decision: 'accepted' | 'declined', hash = contentHash, charterId = id) =>
    decideCharter(db, by(who), allianceId, charterId, { decision, contentHash: hash, reason: 'Daarom' });
  const before = await everything(sql);
  for (const who of [watcher, guest, other]) t.equal(await outcome(decide(who, 'accepted')), 'member_required');
  t.equal(await outcome(decide(zandkerk, 'accepted', hashOf('another'))), 'charter_changed');
  t.equal(await outcome(decide(zandkerk, 'accepted', contentHash, newId())), 'not_found');
  t.same(await everything(sql), before);

  const position = await lastPosition(sql);
  const declined = await decide(zandkerk, 'declined');
  t.match(declined.body, { charterId: id, organisation: { id: zandkerk.id }, decision: 'declined', reason: 'Daarom' });
  t.same((await decide(zandkerk, 'declined')).body, declined.body);
  t.equal((await getCharter(db, caller(), allianceId, id)).body.acceptedCount, 0);
  const accepted = await decide(zandkerk, 'accepted');
  t.same((await decide(zandkerk, 'accepted')).body, accepted.body);
  t.equal(await outcome(decide(zandkerk, 'declined')), 'handshake_refused', 'an acceptance stands');
  t.same(await eventsSince(sql, position), ['charter.declined', 'charter.accepted']);
  const tries = await Promise.all(Array.from({ length: 6 }, () => decide(lindeveen, 'accepted')));
  t.equal(new Set(tries.map(({ body }) => body.id)).size, 1);
  t.equal((await getCharter(db, caller(), allianceId, id)).body.acceptedCount, 2);
  const next = await publish(db, lindeveen, allianceId, `${text} Voortaan.`);
  t.equal(next.acceptedCount, 0, 'a new text is accepted anew');
  t.equal(await outcome(decide(zandkerk, 'accepted', contentHash, next.id)), 'charter_changed');
  await holds(t, sql);
});

t.test('an acceptance stands whatever clock gave the identifiers', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { lindeveen } = await parties(db, 'lindeveen');
  const allianceId = await found(db, lindeveen);
  const { id, contentHash } = await publish(db, lindeveen, allianceId);
  const decide = (decision: 'accepted' | 'declined') =>
    decideCharter(db, by(lindeveen), allianceId, id, { decision, contentHash });
  await decide('declined');
  // A named identifier is older than any that is made now: that of a node whose clock is behind.
  const accepted = await withNamedIds('behind', () => decide('accepted'));
  t.same((await decide('accepted')).body, accepted.body);
  t.equal(await outcome(decide('declined')), 'handshake_refused');
  await holds(t, sql);
});

t.test('refusals are for those who take part, acceptances for whoever sees the alliance', async (t) => {
  const { db } = await testDatabase(t);
  const { lindeveen, zandkerk, watcher, other } = await parties(db, 'lindeveen', 'zandkerk', 'watcher', 'other');
  const allianceId = await found(db, lindeveen);
  const left = await join(db, allianceId, lindeveen, zandkerk);
  await join(db, allianceId, lindeveen, watcher, 'observer');
  const { id: charterId, contentHash } = await publish(db, lindeveen, allianceId);
  await decideCharter(db, by(zandkerk), allianceId, charterId, { decision: 'declined', contentHash });
  await decideCharter(db, by(lindeveen), allianceId, charterId, { decision: 'accepted', contentHash });
  await endMembership(db, by(zandkerk), left, {});
  const seen = async (who: Party['caller']) =>
    (await listCharterDecisions(db, who, { allianceId, charterId }, { limit: 9 })).items.map((one) => one.decision);
  for (const who of [other.caller, caller(), administrator]) t.same(await seen(who), ['accepted']);
  for (const who of [lindeveen.caller, watcher.caller]) t.same(await seen(who), ['declined', 'accepted']);
  t.same(await seen(zandkerk.caller), ['declined', 'accepted'], 'its own, also after it left');
});

t.test('the lists of charters and decisions have a filter for every key, and walk by page', async (t) => {
  const { db } = await testDatabase(t);
  const { lindeveen, zandkerk } = await parties(db, 'lindeveen', 'zandkerk');
  const allianceId = await found(db, lindeveen, { startsOn: '2020-01-01' });
  await join(db, allianceId, lindeveen, zandkerk);
  const days = ['2020-01-01', '2022-01-01', inDays(30)];
  const made = [];
  for (const day of days) made.push(await publish(db, lindeveen, allianceId, `Vanaf ${day}`, day));
  const moment = nextMoment();
  made.push(await publish(db, lindeveen, allianceId, 'Nu'));
  const list = (filter: object) => listCharters(db, caller(), allianceId, { limit: 9, ...filter });
  const filters: Record<Exclude<keyof z.output<typeof CharterQuery>, 'cursor' | 'limit'>, [object, number[]][]> = {
    asOf: [
      [{ asOf: '2019-12-31' }, []],
      [{ asOf: '2021-12-31' }, [1]],
      [{ asOf: inDays(0) }, [4, 2, 1]],
    ],
    changedSince: [[{ changedSince: moment }, [4]]],
  };
  const keysOf = (schema: { shape: object }) =>
    Object.keys(schema.shape).filter((key) => key !== 'cursor' && key !== 'limit');
  t.same(Object.keys(filters).toSorted(), keysOf(CharterQuery).toSorted());
  for (const [filter, numbers] of Object.values(filters).flat()) {
    const { items } = await list(filter);
    t.same(
      items.map(({ number }) => number),
      numbers,
      JSON.stringify(filter),
    );
  }
  const publishing = async () => publish(db, lindeveen, allianceId, `Tijdens ${newId()}`);
  const numbers = await walk((after) => listCharters(db, caller(), allianceId, { limit: 1, after }), publishing);
  t.same(
    numbers.map(({ number }) => number),
    [4, 3, 2, 1],
    'the newest first; what is published meanwhile is on none of the later pages',
  );
  t.notOk(numbers.some((one) => 'text' in one));

  const [charter] = made;
  const [charterId, contentHash] = [charter?.id ?? '', charter?.contentHash ?? ''];
  for (const [who, decision] of [
    [zandkerk, 'declined'],
    [lindeveen, 'accepted'],
  ] as const)
    await decideCharter(db, by(who), allianceId, charterId, { decision, contentHash });
  const later = new Date();
  await decideCharter(db, by(zandkerk), allianceId, charterId, { decision: 'accepted', contentHash });
  const ways: Record<Exclude<keyof z.output<typeof CharterDecisionQuery>, 'cursor' | 'limit'>, [object, string[]]> = {
    organisationId: [{ organisationId: zandkerk.id }, ['declined', 'accepted']],
    decision: [{ decision: 'declined' }, ['declined']],
    asOf: [{ asOf: inDays(-1) }, []],
    changedSince: [{ changedSince: later }, ['accepted']],
  };
  t.same(Object.keys(ways).toSorted(), keysOf(CharterDecisionQuery).toSorted());
  const path = { allianceId, charterId };
  for (const [filter, wanted] of Object.values(ways)) {
    const { items } = await listCharterDecisions(db, zandkerk.caller, path, { limit: 9, ...filter });
    t.same(
      items.map(({ decision }) => decision),
      wanted,
      JSON.stringify(filter),
    );
  }
  const all = await walk((after) => listCharterDecisions(db, zandkerk.caller, path, { limit: 1, after }));
  t.same(
    all.map(({ decision }) => decision),
    ['declined', 'accepted', 'accepted'],
  );
});

t.test('neither the application nor the owner changes or removes a charter or a decision', async (t) => {
  const { db, sql, owner } = await testDatabase(t);
  const { lindeveen } = await parties(db, 'lindeveen');
  const allianceId = await found(db, lindeveen);
  const { id, contentHash } = await publish(db, lindeveen, allianceId);
  await decideCharter(db, by(lindeveen), allianceId, id, { decision: 'accepted', contentHash });
  const before = await everything(sql);
  for (const statement of [
    "update charters set text = 'x'",
    "update charter_decisions set decision = 'declined'",
    'delete from charter_decisions',
    'delete from charters',
    'truncate charters, charter_decisions',
  ]) {
    await t.rejects(sql.unsafe(statement), { code: '42501' }, `the application: ${statement}`);
    await t.rejects(owner.unsafe(statement), { code: '55000' }, `the owner: ${statement}`);
  }
  for (const table of ['alliances', 'memberships', 'sponsorships'])
    await t.rejects(sql.unsafe(`delete from ${table}`), { code: '42501' }, `${table} keep their rows`);
  t.same(await everything(sql), before);
});

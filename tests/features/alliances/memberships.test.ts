import t from 'tap';
import type { z } from 'zod';
import { changeAlliance } from '../../../src/features/alliances/alliances.ts';
import { decideMembership, endMembership, offerMembership } from '../../../src/features/alliances/membership-offers.ts';
import {
  getMembership,
  listAllianceMemberships,
  listMemberships,
} from '../../../src/features/alliances/memberships.ts';
import { AllianceMembershipQuery, MembershipQuery } from '../../../src/features/alliances/schemas.ts';
import { changeOrganisation } from '../../../src/features/organisations/organisations.ts';
import { newId } from '../../../src/platform/id.ts';
import { testDatabase } from '../../helpers/db.ts';
import { nextMoment } from '../../helpers/moments.ts';
import { administrator, caller, context } from '../../helpers/people.ts';
import {
  answer,
  apply,
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
  parties,
  recorded,
  walk,
} from './world.ts';

const decisions = ['accepted', 'declined', 'withdrawn'] as const;
const member = { role: 'member', expiresInDays: 30 } as const;

t.test('an invitation binds nobody before the organisation says yes itself', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { lindeveen, zandkerk } = await parties(db, 'lindeveen', 'zandkerk');
  const allianceId = await found(db, lindeveen);
  const position = await lastPosition(sql);
  const offer = await offerMembership(db, by(lindeveen), allianceId, { ...member, organisationId: zandkerk.id });
  t.match(offer, {
    location: `/v1/memberships/${offer.body.id}`,
    body: { state: 'offered', offeredBy: 'alliance', offeredByOrganisation: { id: lindeveen.id }, startsOn: null },
  });
  const lasts = (offer.body.expiresAt?.getTime() ?? 0) - (offer.body.offeredAt?.getTime() ?? 0);
  t.equal(lasts, 30 * 86_400_000);
  t.equal(await outcome(answer(db, lindeveen, offer.body.id, 'accepted')), 'wrong_side');
  t.equal(await outcome(answer(db, lindeveen, offer.body.id, 'declined')), 'wrong_side');
  t.equal(await outcome(answer(db, zandkerk, offer.body.id, 'withdrawn')), 'wrong_side');
  const { body } = await decideMembership(db, by(zandkerk), offer.body.id, { decision: 'accepted', reason: 'Graag' });
  t.match(body, {
    state: 'accepted',
    role: 'member',
    decidedBy: { id: zandkerk.id },
    decisionReason: 'Graag',
    startsOn: inDays(0),
    endsOn: null,
    basis: 'agreed_here',
  });
  t.same((await getMembership(db, zandkerk.caller, body.id)).body, body);
  t.same(await eventsSince(sql, position), ['membership.offered', 'membership.accepted']);
  await holds(t, sql);
});

t.test('an application waits for a convener, who accepts or declines it; the organisation withdraws it', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { lindeveen, zandkerk, other } = await parties(db, 'lindeveen', 'zandkerk', 'other');
  const allianceId = await found(db, lindeveen);
  await join(db, allianceId, lindeveen, other);
  const first = await apply(db, allianceId, zandkerk);
  t.equal(await outcome(answer(db, zandkerk, first, 'accepted')), 'wrong_side');
  t.equal(await outcome(answer(db, other, first, 'accepted')), 'convener_required', 'a member does not admit');
  t.equal(await outcome(answer(db, lindeveen, first, 'withdrawn')), 'wrong_side');
  t.match((await answer(db, zandkerk, first, 'withdrawn')).body, { state: 'withdrawn', startsOn: null });
  const second = await apply(db, allianceId, zandkerk);
  t.match((await answer(db, lindeveen, second, 'declined')).body, {
    state: 'declined',
    decidedBy: { id: lindeveen.id },
  });
  const third = await apply(db, allianceId, zandkerk, 'observer');
  t.match((await answer(db, lindeveen, third, 'accepted')).body, { state: 'accepted', role: 'observer' });
  const rows = await listMemberships(db, zandkerk.caller, { limit: 9, organisationId: zandkerk.id });
  t.same(
    rows.items.map(({ id, state }) => [id, state]),
    [
      [first, 'withdrawn'],
      [second, 'declined'],
      [third, 'accepted'],
    ],
    'nothing of what was said before is removed',
  );
  await holds(t, sql);
});

t.test('the same decision again changes nothing, and another one after it is refused', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { lindeveen, zandkerk } = await parties(db, 'lindeveen', 'zandkerk');
  for (const decided of decisions) {
    const allianceId = await found(db, lindeveen);
    const id = await invite(db, allianceId, lindeveen, zandkerk);
    const side = decided === 'withdrawn' ? lindeveen : zandkerk;
    const first = await answer(db, side, id, decided);
    const before = await everything(sql);
    t.same(await decideMembership(db, by(side), id, { decision: decided, reason: 'Nog eens' }), first);
    for (const decision of decisions.filter((one) => one !== decided)) {
      const party = decision === 'withdrawn' ? lindeveen : zandkerk;
      await t.rejects(answer(db, party, id, decision), {
        code: 'handshake_refused',
        params: { state: decided, decision },
      });
    }
    t.same(await everything(sql), before, decided);
  }
});

t.test('nobody can answer an offer that has run out, and it can be made anew', async (t) => {
  const { db, sql, owner } = await testDatabase(t);
  const { lindeveen, zandkerk } = await parties(db, 'lindeveen', 'zandkerk');
  const allianceId = await found(db, lindeveen);
  const id = await invite(db, allianceId, lindeveen, zandkerk);
  await owner`update memberships set expires_at = now() where id = ${id}`;
  t.match((await getMembership(db, zandkerk.caller, id)).body, { state: 'expired' }, 'also before a job notes it');
  for (const decision of decisions) {
    const party = decision === 'withdrawn' ? lindeveen : zandkerk;
    t.equal(await outcome(answer(db, party, id, decision)), 'handshake_refused');
  }
  const position = await lastPosition(sql);
  const again = await invite(db, allianceId, lindeveen, zandkerk);
  t.same(await eventsSince(sql, position), ['membership.expired', 'membership.offered']);
  t.match((await answer(db, zandkerk, again, 'accepted')).body, { state: 'accepted' });
  await holds(t, sql);
});

t.test('an offer to whom takes part or has an offer is refused, but one of another role is not', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { lindeveen, zandkerk } = await parties(db, 'lindeveen', 'zandkerk');
  const allianceId = await found(db, lindeveen);
  const first = await invite(db, allianceId, lindeveen, zandkerk);
  t.equal(await outcome(invite(db, allianceId, lindeveen, zandkerk, 'observer')), 'already_a_member');
  t.equal(await outcome(apply(db, allianceId, zandkerk)), 'already_a_member');
  await answer(db, zandkerk, first, 'accepted');
  t.equal(await outcome(apply(db, allianceId, zandkerk)), 'already_a_member');
  t.equal(await outcome(apply(db, allianceId, lindeveen, 'convener')), 'already_a_member');
  const promotion = await apply(db, allianceId, zandkerk, 'convener');
  t.match((await getMembership(db, zandkerk.caller, first)).body, { state: 'accepted', endsOn: null }, 'as it was');
  const position = await lastPosition(sql);
  await answer(db, lindeveen, promotion, 'accepted');
  t.same(await eventsSince(sql, position), ['membership.ended', 'membership.accepted']);
  t.match((await getMembership(db, zandkerk.caller, first)).body, { state: 'ended', endReason: 'role_changed' });
  const stepBack = await apply(db, allianceId, lindeveen, 'member');
  t.match((await answer(db, zandkerk, stepBack, 'accepted')).body, { role: 'member', state: 'accepted' });
  await holds(t, sql);
});

t.test('offers are made by conveners, to organisations that exist, in alliances that have not ended', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { lindeveen, zandkerk, old, next } = await parties(db, 'lindeveen', 'zandkerk', 'old', 'next');
  const allianceId = await found(db, lindeveen, { visibility: 'network' });
  await join(db, allianceId, lindeveen, zandkerk);
  const invited = await invite(db, allianceId, lindeveen, old);
  const applied = await apply(db, allianceId, next);
  await changeOrganisation(db, context(administrator), old.id, 1, { endsOn: inDays(0) });
  const before = await everything(sql);
  t.equal(await outcome(invite(db, allianceId, zandkerk, next)), 'convener_required');
  t.equal(await outcome(invite(db, allianceId, next, zandkerk)), 'convener_required');
  t.equal(await outcome(offerMembership(db, context(administrator), allianceId, member)), 'not_your_organisation');
  t.equal(await outcome(apply(db, newId(), next)), 'not_found');
  t.equal(await outcome(answer(db, old, invited, 'accepted')), 'organisation_dissolved');
  t.equal(await outcome(invite(db, allianceId, lindeveen, old)), 'organisation_dissolved');
  await t.rejects(offerMembership(db, by(lindeveen), allianceId, { ...member, organisationId: newId() }), {
    errors: [{ location: '/organisationId', code: 'unknown_organisation' }],
  });
  t.same(await everything(sql), before);
  await changeAlliance(db, by(lindeveen), allianceId, 1, { startsOn: '2020-01-01', endsOn: inDays(0) });
  t.equal(await outcome(answer(db, lindeveen, applied, 'accepted')), 'alliance_ended');
  t.equal(await outcome(apply(db, allianceId, next, 'observer')), 'alliance_ended');
  t.equal(await outcome(answer(db, lindeveen, applied, 'declined')), 'done', 'an open offer can still be declined');
});

t.test('of many decisions at once on one offer exactly one wins', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { lindeveen, zandkerk } = await parties(db, 'lindeveen', 'zandkerk');
  for (let round = 0; round < 6; round++) {
    const allianceId = await found(db, lindeveen);
    const id = await invite(db, allianceId, lindeveen, zandkerk);
    const position = await lastPosition(sql);
    const tries = await Promise.all(
      (['accepted', 'withdrawn', 'declined', 'withdrawn', 'accepted'] as const).map((decision) =>
        outcome(answer(db, decision === 'withdrawn' ? lindeveen : zandkerk, id, decision)),
      ),
    );
    const events = await eventsSince(sql, position);
    const { state } = (await getMembership(db, zandkerk.caller, id)).body;
    t.same(events, [`membership.${state}`]);
    t.same(
      tries.map((one) => one === 'done'),
      ['accepted', 'withdrawn', 'declined', 'withdrawn', 'accepted'].map((decision) => decision === state),
    );
  }
  const open = await found(db, lindeveen);
  const offers = await Promise.all(
    [0, 1, 2, 3].map((n) => outcome(n % 2 === 0 ? invite(db, open, lindeveen, zandkerk) : apply(db, open, zandkerk))),
  );
  t.same(offers.toSorted(), ['already_a_member', 'already_a_member', 'already_a_member', 'done']);
  await holds(t, sql);
});

t.test('in an alliance that has no convener every member may invite and admit, until there is one', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { one, two, watcher, guest } = await parties(db, 'one', 'two', 'watcher', 'guest');
  const allianceId = await recorded(db, [one, two]);
  await join(db, allianceId, one, watcher, 'observer');
  t.equal(await outcome(invite(db, allianceId, watcher, guest)), 'convener_required', 'an observer does not');
  t.equal(await outcome(invite(db, allianceId, guest, watcher)), 'convener_required', 'nor does an outsider');
  const applied = await apply(db, allianceId, one, 'convener');
  t.equal(await outcome(answer(db, one, applied, 'accepted')), 'wrong_side');
  t.match((await answer(db, two, applied, 'accepted')).body, { role: 'convener', basis: 'agreed_here' });
  t.equal(await outcome(invite(db, allianceId, two, guest)), 'convener_required', 'now there is a convener');
  await join(db, allianceId, one, guest);
  await holds(t, sql);
});

t.test('who is not a party reads no reasons, and no offer that was not accepted', async (t) => {
  const { db } = await testDatabase(t);
  const { lindeveen, zandkerk, other } = await parties(db, 'lindeveen', 'zandkerk', 'other');
  const allianceId = await found(db, lindeveen);
  const declined = await invite(db, allianceId, lindeveen, zandkerk);
  await decideMembership(db, by(zandkerk), declined, { decision: 'declined', reason: 'Te druk' });
  const left = await invite(db, allianceId, lindeveen, zandkerk);
  await decideMembership(db, by(zandkerk), left, { decision: 'accepted', reason: 'Nu wel' });
  await endMembership(db, by(zandkerk), left, { reason: 'Toch niet' });
  for (const viewer of [other.caller, caller(), administrator]) {
    t.equal(await outcome(getMembership(db, viewer, declined)), 'not_found');
    t.match((await getMembership(db, viewer, left)).body, { state: 'ended', decisionReason: null, endReason: null });
    t.equal((await listMemberships(db, viewer, { limit: 9, organisationId: zandkerk.id })).items.length, 1);
  }
  for (const viewer of [lindeveen.caller, zandkerk.caller]) {
    t.match((await getMembership(db, viewer, declined)).body, { decisionReason: 'Te druk' });
    t.match((await getMembership(db, viewer, left)).body, { decisionReason: 'Nu wel', endReason: 'Toch niet' });
  }
});

t.test(
  'listMemberships has a filter for every key of its query, and tells the state as time has made it',
  async (t) => {
    const { db, owner } = await testDatabase(t);
    const { lindeveen, a, b, c, d } = await parties(db, 'lindeveen', 'a', 'b', 'c', 'd');
    const allianceId = await found(db, lindeveen, { startsOn: '2020-01-01' });
    const accepted = await join(db, allianceId, lindeveen, a, 'observer');
    const ranOut = await invite(db, allianceId, lindeveen, b);
    const over = await join(db, allianceId, lindeveen, c);
    await owner`update memberships set expires_at = now() - interval '1 hour' where id = ${ranOut}`;
    await owner`update memberships set starts_on = '2021-01-01', ends_on = '2022-01-01' where id = ${over}`;
    const elsewhere = await recorded(db, [a]);
    const moment = nextMoment();
    const offered = await invite(db, allianceId, lindeveen, d);
    const names = { [accepted]: 'accepted', [ranOut]: 'ran out', [over]: 'over', [offered]: 'offered' };

    const expected: Record<
      Exclude<keyof z.output<typeof MembershipQuery>, 'cursor' | 'limit'>,
      [object, string[]][]
    > = {
      allianceId: [
        [{ allianceId }, ['accepted', 'offered', 'other', 'over', 'ran out']],
        [{ allianceId: elsewhere }, ['other']],
        [{ allianceId: newId() }, []],
      ],
      organisationId: [[{ organisationId: a.id }, ['accepted', 'other']]],
      role: [[{ role: 'observer' }, ['accepted']]],
      state: [
        [{ state: 'offered' }, ['offered']],
        [{ state: 'accepted' }, ['accepted', 'other', 'other']],
        [{ state: 'expired' }, ['ran out']],
        [{ state: 'ended' }, ['over']],
        [{ state: 'declined' }, []],
        [{ state: 'withdrawn' }, []],
      ],
      basis: [[{ basis: 'recorded_elsewhere' }, ['other']]],
      asOf: [
        [{ asOf: '2021-01-01' }, ['other', 'other', 'over']],
        [{ asOf: '2021-12-31' }, ['other', 'other', 'over']],
        [{ asOf: '2022-01-01' }, ['other', 'other']],
        [{ asOf: inDays(0) }, ['accepted', 'other', 'other']],
      ],
      changedSince: [[{ changedSince: moment }, ['offered']]],
    };
    const keys = Object.keys(MembershipQuery.shape).filter((key) => key !== 'cursor' && key !== 'limit');
    t.same(Object.keys(expected).toSorted(), keys.toSorted(), 'no filter is left out');
    const named = (items: { id: string }[]) => items.map(({ id }) => names[id] ?? 'other').toSorted();
    for (const [filter, wanted] of Object.values(expected).flat()) {
      const { items } = await listMemberships(db, lindeveen.caller, { limit: 50, ...filter });
      t.same(named(items), wanted, JSON.stringify(filter));
      if ('state' in filter) for (const { state } of items) t.equal(state, filter.state);
    }
    const within = Object.keys(AllianceMembershipQuery.shape);
    t.same(within.toSorted(), [...keys, 'cursor', 'limit'].filter((key) => key !== 'allianceId').toSorted());
    const { items } = await listAllianceMemberships(db, lindeveen.caller, allianceId, { limit: 50, state: 'offered' });
    t.same(named(items), ['offered']);
    t.equal(await outcome(listAllianceMemberships(db, lindeveen.caller, newId(), { limit: 5 })), 'not_found');
  },
);

t.test('a walk over the memberships gives what existed throughout once, while others come and go', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { lindeveen, zandkerk } = await parties(db, 'lindeveen', 'zandkerk');
  const present: string[] = [];
  const spaces: string[] = [];
  for (let n = 0; n < 9; n++) {
    const space = await found(db, lindeveen);
    spaces.push(space);
    present.push(await join(db, space, lindeveen, zandkerk));
  }
  let step = 0;
  const change = async () => {
    const [id = '', space = ''] = [present[step], spaces[step]];
    step += 1;
    await endMembership(db, by(zandkerk), id, {});
    await join(db, space, lindeveen, zandkerk, 'observer');
  };
  const seen = await walk(
    (after) => listMemberships(db, zandkerk.caller, { limit: 2, after }),
    () => (step < 6 ? change() : Promise.resolve()),
  );
  const ids = seen.map(({ id }) => id);
  t.equal(new Set(ids).size, ids.length, 'nothing twice');
  t.same(
    present.filter((id) => !ids.includes(id)),
    [],
  );
  await holds(t, sql);
});

import t from 'tap';
import type { z } from 'zod';
import { changeAlliance } from '../../../src/features/alliances/alliances.ts';
import { endMembership } from '../../../src/features/alliances/membership-offers.ts';
import { SponsorshipQuery } from '../../../src/features/alliances/schemas.ts';
import {
  decideSponsorship,
  endSponsorship,
  getSponsorship,
  listSponsorships,
  offerSponsorship,
} from '../../../src/features/alliances/sponsorships.ts';
import { changeOrganisation } from '../../../src/features/organisations/organisations.ts';
import type { Db } from '../../../src/platform/db.ts';
import { newId } from '../../../src/platform/id.ts';
import { testDatabase } from '../../helpers/db.ts';
import { nextMoment } from '../../helpers/moments.ts';
import { administrator, context } from '../../helpers/people.ts';
import {
  answer,
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

const ask = async (db: Db, convener: Party, allianceId: string, sponsor: Party) =>
  (await offerSponsorship(db, by(convener), allianceId, { organisationId: sponsor.id, expiresInDays: 30 })).body.id;
const decide = (db: Db, who: Party, id: string, decision: 'accepted' | 'declined' | 'withdrawn') =>
  decideSponsorship(db, by(who), id, { decision });
const dates = { visibility: 'closed', startsOn: '2025-10-01', endsOn: '2099-07-01' } as const;

t.test('a sponsor guarantees a space by its own yes, and sees dates and a class of size', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { lindeveen, member, sponsor, other } = await parties(db, 'lindeveen', 'member', 'sponsor', 'other');
  const space = await found(db, lindeveen, dates);
  await join(db, space, lindeveen, member);
  const position = await lastPosition(sql);
  const made = await offerSponsorship(db, by(lindeveen), space, { organisationId: sponsor.id, expiresInDays: 30 });
  const { id } = made.body;
  t.equal(made.location, `/v1/sponsorships/${id}`);
  const card = { startsOn: '2025-10-01', endsOn: '2099-07-01', sizeClass: '1-5', organisation: { id: sponsor.id } };
  t.match(made.body, { state: 'offered', decidedAt: null, allianceId: space, ...card });
  t.same((await getSponsorship(db, sponsor.caller, id)).body, made.body);
  const before = await everything(sql);
  t.equal(await outcome(decide(db, lindeveen, id, 'accepted')), 'wrong_side');
  t.equal(await outcome(decide(db, sponsor, id, 'withdrawn')), 'wrong_side');
  t.equal(await outcome(decide(db, member, id, 'accepted')), 'convener_required');
  t.equal(await outcome(decide(db, other, id, 'accepted')), 'not_found');
  t.equal(await outcome(endSponsorship(db, by(sponsor), id, {})), 'handshake_refused');
  t.same(await everything(sql), before);
  const accepted = await decide(db, sponsor, id, 'accepted');
  t.match(accepted.body, { state: 'accepted', ...card });
  t.same((await decide(db, sponsor, id, 'accepted')).body, accepted.body, 'the same again changes nothing');
  t.equal(await outcome(decide(db, sponsor, id, 'declined')), 'handshake_refused');
  t.same(await eventsSince(sql, position), ['sponsorship.offered', 'sponsorship.accepted']);
  for (const who of [lindeveen, member]) t.same((await getSponsorship(db, who.caller, id)).body, accepted.body);
  t.equal(await outcome(getSponsorship(db, other.caller, id)), 'not_found');
  await holds(t, sql);
});

t.test('with the end of a sponsorship its sight ends, for the sponsor and at once', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { lindeveen, sponsor, member } = await parties(db, 'lindeveen', 'sponsor', 'member');
  const space = await found(db, lindeveen, dates);
  await join(db, space, lindeveen, member);
  const nothing = { startsOn: null, endsOn: null, sizeClass: null };
  for (const ending of [sponsor, lindeveen]) {
    const id = await ask(db, lindeveen, space, sponsor);
    await decide(db, sponsor, id, 'accepted');
    t.equal(await outcome(endSponsorship(db, by(member), id, {})), 'convener_required');
    t.match((await endSponsorship(db, by(ending), id, { reason: 'Genoeg' })).body, { state: 'ended', ...nothing });
    t.match((await getSponsorship(db, sponsor.caller, id)).body, { state: 'ended', ...nothing });
    const before = await everything(sql);
    await endSponsorship(db, by(ending), id, {});
    t.same(await everything(sql), before);
  }
  const declined = await ask(db, lindeveen, space, sponsor);
  t.match((await decide(db, sponsor, declined, 'declined')).body, { state: 'declined', ...nothing });
  const withdrawn = await ask(db, lindeveen, space, sponsor);
  t.match((await decide(db, lindeveen, withdrawn, 'withdrawn')).body, { state: 'withdrawn', ...nothing });
  t.match((await getSponsorship(db, sponsor.caller, withdrawn)).body, nothing);
  await holds(t, sql);
});

t.test('only a closed space that has not ended has a sponsor, and one at a time', async (t) => {
  const { db, sql, owner } = await testDatabase(t);
  const { lindeveen, member, sponsor, other } = await parties(db, 'lindeveen', 'member', 'sponsor', 'other');
  const open = await found(db, lindeveen);
  const space = await found(db, lindeveen, dates);
  await join(db, space, lindeveen, member);
  t.equal(await outcome(ask(db, lindeveen, open, sponsor)), 'not_a_closed_space');
  t.equal(await outcome(ask(db, member, space, sponsor)), 'convener_required');
  t.equal(await outcome(ask(db, other, space, sponsor)), 'not_found');
  t.equal(await outcome(ask(db, lindeveen, newId(), sponsor)), 'not_found');
  await t.rejects(offerSponsorship(db, by(lindeveen), space, { organisationId: newId(), expiresInDays: 3 }), {
    errors: [{ code: 'unknown_organisation' }],
  });
  const tries = await Promise.all([sponsor, other, sponsor].map((one) => outcome(ask(db, lindeveen, space, one))));
  t.same(tries.toSorted(), ['done', 'sponsor_exists', 'sponsor_exists']);
  await owner`update sponsorships set expires_at = now()`;
  const position = await lastPosition(sql);
  const id = await ask(db, lindeveen, space, sponsor);
  t.same(await eventsSince(sql, position), ['sponsorship.expired', 'sponsorship.offered']);
  await decide(db, sponsor, id, 'accepted');
  t.equal(await outcome(ask(db, lindeveen, space, other)), 'sponsor_exists');
  await changeAlliance(db, by(lindeveen), space, 1, { endsOn: inDays(0) });
  await endSponsorship(db, by(sponsor), id, {});
  t.equal(await outcome(ask(db, lindeveen, space, other)), 'space_closing');
  await holds(t, sql);
});

t.test('an offer to guarantee cannot be taken up late, for what has ended, or by who was dissolved', async (t) => {
  const { db, sql, owner } = await testDatabase(t);
  const { lindeveen, sponsor, old } = await parties(db, 'lindeveen', 'sponsor', 'old');
  const [late, over, gone] = [
    await found(db, lindeveen, dates),
    await found(db, lindeveen, dates),
    await found(db, lindeveen, dates),
  ];
  const first = await ask(db, lindeveen, late, sponsor);
  await owner`update sponsorships set expires_at = now()`;
  t.match((await getSponsorship(db, sponsor.caller, first)).body, {
    state: 'expired',
    startsOn: null,
    sizeClass: null,
  });
  const second = await ask(db, lindeveen, over, sponsor);
  await changeAlliance(db, by(lindeveen), over, 1, { endsOn: inDays(0) });
  const third = await ask(db, lindeveen, gone, old);
  await changeOrganisation(db, context(administrator), old.id, 1, { endsOn: inDays(0) });
  const before = await everything(sql);
  t.equal(await outcome(decide(db, sponsor, first, 'accepted')), 'handshake_refused');
  t.equal(await outcome(decide(db, sponsor, second, 'accepted')), 'alliance_ended');
  t.equal(await outcome(decide(db, old, third, 'accepted')), 'organisation_dissolved');
  t.same(await everything(sql), before);
  t.equal(await outcome(decide(db, sponsor, second, 'declined')), 'done');
});

t.test('an organisation is sponsor of a space or takes part in it, never both', async (t) => {
  const { db, sql, owner } = await testDatabase(t);
  const { lindeveen, member, guest, sponsor } = await parties(db, 'lindeveen', 'member', 'guest', 'sponsor');
  const space = await found(db, lindeveen, dates);
  const membership = await join(db, space, lindeveen, member);
  const invited = await invite(db, space, lindeveen, guest);
  for (const one of [lindeveen, member, guest])
    t.equal(await outcome(ask(db, lindeveen, space, one)), 'sponsor_cannot_join');
  await owner`update memberships set expires_at = now() where id = ${invited}`;
  const late = await ask(db, lindeveen, space, guest);
  await decide(db, lindeveen, late, 'withdrawn');
  const id = await ask(db, lindeveen, space, sponsor);
  const open = await invite(db, space, lindeveen, sponsor);
  t.equal(await outcome(decide(db, sponsor, id, 'accepted')), 'sponsor_cannot_join', 'it is invited to take part');
  await answer(db, sponsor, open, 'declined');
  await decide(db, sponsor, id, 'accepted');
  t.equal(await outcome(invite(db, space, lindeveen, sponsor)), 'sponsor_cannot_join');
  await endSponsorship(db, by(sponsor), id, {});
  await endMembership(db, by(member), membership, {});
  const swapped = await ask(db, lindeveen, space, member);
  await decide(db, member, swapped, 'accepted');
  await join(db, space, lindeveen, sponsor);
  await holds(t, sql);

  // Both at once: an offer to take part and one to guarantee are open, and the same organisation accepts both.
  for (let round = 0; round < 4; round++) {
    const other = await found(db, lindeveen, dates);
    const request = await ask(db, lindeveen, other, guest);
    const invitation = await invite(db, other, lindeveen, guest);
    const tries = await Promise.all([
      outcome(decide(db, guest, request, 'accepted')),
      outcome(answer(db, guest, invitation, 'accepted')),
    ]);
    t.same(tries, ['sponsor_cannot_join', 'done']);
  }
});

t.test('listSponsorships has a filter for every key of its query, and walks by page', async (t) => {
  const { db, owner } = await testDatabase(t);
  const { lindeveen, member, sponsor, other } = await parties(db, 'lindeveen', 'member', 'sponsor', 'other');
  const spaces = [];
  for (let n = 0; n < 4; n++) spaces.push(await found(db, lindeveen, dates));
  const [one = '', two = '', three = '', four = ''] = spaces;
  await join(db, one, lindeveen, member);
  const accepted = await ask(db, lindeveen, one, sponsor);
  await decide(db, sponsor, accepted, 'accepted');
  const ranOut = await ask(db, lindeveen, two, sponsor);
  await owner`update sponsorships set expires_at = now() where id = ${ranOut}`;
  const offered = await ask(db, lindeveen, three, sponsor);
  const moment = nextMoment();
  const declined = await ask(db, lindeveen, four, other);
  await decide(db, other, declined, 'declined');
  const names = { [accepted]: 'accepted', [ranOut]: 'expired', [offered]: 'offered', [declined]: 'declined' };
  const list = async (who: Party, filter: object) =>
    (await listSponsorships(db, who.caller, { limit: 9, ...filter })).items.map(({ id }) => names[id]).toSorted();
  const expected: Record<Exclude<keyof z.output<typeof SponsorshipQuery>, 'cursor' | 'limit'>, [object, string[]][]> = {
    allianceId: [[{ allianceId: one }, ['accepted']]],
    organisationId: [[{ organisationId: other.id }, ['declined']]],
    state: ['accepted', 'expired', 'offered', 'declined'].map((state) => [{ state }, [state]]),
    asOf: [
      [{ asOf: inDays(0) }, ['accepted']],
      [{ asOf: inDays(-1) }, []],
    ],
    changedSince: [[{ changedSince: moment }, ['declined']]],
  };
  const keys = Object.keys(SponsorshipQuery.shape).filter((key) => key !== 'cursor' && key !== 'limit');
  t.same(Object.keys(expected).toSorted(), keys.toSorted(), 'no filter is left out');
  for (const [filter, wanted] of Object.values(expected).flat())
    t.same(await list(lindeveen, filter), wanted, JSON.stringify(filter));
  t.same(await list(lindeveen, { state: 'ended' }), []);
  t.same(await list(sponsor, {}), ['accepted', 'expired', 'offered'], 'its own alone');
  t.same(await list(member, {}), ['accepted'], 'of the spaces in which it takes part');
  t.same(await list(other, { allianceId: one }), []);
  const walked = await walk((after) => listSponsorships(db, lindeveen.caller, { limit: 1, after }));
  t.same(
    walked.map(({ id }) => names[id]),
    ['accepted', 'expired', 'offered', 'declined'],
  );
});

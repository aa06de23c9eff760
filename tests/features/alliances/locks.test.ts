import t from 'tap';
import { createAlliance, passDays, succeedMemberships } from '../../../src/features/alliances/alliances.ts';
import { decideCharter, publishCharter } from '../../../src/features/alliances/charters.ts';
import { endMembership } from '../../../src/features/alliances/membership-offers.ts';
import { decideSponsorship, endSponsorship, offerSponsorship } from '../../../src/features/alliances/sponsorships.ts';
import { recordMerger } from '../../../src/features/organisations/mergers.ts';
import { testDatabase } from '../../helpers/db.ts';
import { administrator, context } from '../../helpers/people.ts';
import {
  answer,
  apply,
  by,
  found,
  holds,
  inDays,
  invite,
  join,
  outcome,
  type Party,
  parties,
  recordMemberships,
  untilStill,
} from './world.ts';

type Place = {
  readonly space: string;
  readonly old: Party;
  readonly other: Party;
  readonly guest: Party;
  readonly member: string;
  readonly invited: string;
  readonly applied: string;
  readonly charter: { id: string; contentHash: string };
  readonly sponsorship: string;
  readonly guaranteed: { space: string; id: string };
};

t.test('no write waits in a circle with a merger of whoever makes it or is made part of it', async (t) => {
  const { db, sql, owner } = await testDatabase(t, { max: 12 });
  const writes: Record<string, (place: Place) => Promise<unknown>> = {
    createAlliance: ({ old }) =>
      createAlliance(db, by(old), { kind: 'network', name: 'Netwerk', visibility: 'network' }),
    'offerMembership as convener': ({ space, old, guest }) => invite(db, space, old, guest),
    'offerMembership to it': ({ space, old, other }) => invite(db, space, other, old, 'observer'),
    'decideMembership as convener': ({ applied, old }) => answer(db, old, applied, 'accepted'),
    'decideMembership, withdrawn': ({ invited, old }) => answer(db, old, invited, 'withdrawn'),
    'endMembership, its own': ({ member, old }) => endMembership(db, by(old), member, {}),
    'endMembership by another': ({ member, other }) => endMembership(db, by(other), member, { reason: 'Daarom' }),
    publishCharter: ({ space, old }) => publishCharter(db, by(old), space, { title: 'Convenant', text: 'Nieuw' }),
    decideCharter: ({ space, old, charter: { id, contentHash } }) =>
      decideCharter(db, by(old), space, id, { decision: 'accepted', contentHash }),
    offerSponsorship: ({ space, old, guest }) =>
      offerSponsorship(db, by(old), space, { organisationId: guest.id, expiresInDays: 9 }),
    decideSponsorship: ({ sponsorship, old }) => decideSponsorship(db, by(old), sponsorship, { decision: 'accepted' }),
    endSponsorship: ({ guaranteed, old }) => endSponsorship(db, by(old), guaranteed.id, {}),
    passDays: () => passDays(db),
    importMemberships: ({ old }) => recordMemberships(db, [{ organisationId: old.id, allianceKey: 'nowhere' }]),
  };

  /** A space that `old` convenes with another, in which everything is open; it also guarantees a space, and may another. */
  const place = async (round: string): Promise<Place> => {
    const { old, other, guest, applicant } = await parties(db, 'old', 'other', 'guest', 'applicant');
    const space = await found(db, other, { visibility: 'network', name: round });
    const applied = await apply(db, space, applicant);
    const member = await join(db, space, other, old, 'convener');
    const invited = await invite(db, space, old, await parties(db, 'x').then(({ x }) => x));
    const charter = (await publishCharter(db, by(other), space, { title: 'Convenant', text: round })).body;
    const [asked, held] = [
      await found(db, other, { visibility: 'closed' }),
      await found(db, other, { visibility: 'closed' }),
    ];
    const request = { organisationId: old.id, expiresInDays: 9 };
    const sponsorship = (await offerSponsorship(db, by(other), asked, request)).body.id;
    const { id } = (await offerSponsorship(db, by(other), held, request)).body;
    await decideSponsorship(db, by(old), id, { decision: 'accepted' });
    return {
      space,
      old,
      other,
      guest,
      member,
      invited,
      applied,
      charter,
      sponsorship,
      guaranteed: { space: held, id },
    };
  };

  const seen = new Set<string>();
  for (const [name, write] of Object.entries(writes)) {
    for (const first of ['write', 'merger'] as const) {
      const here = await place(`${name} ${first}`);
      const { next } = await parties(db, 'next');
      const input = { predecessorIds: [here.old.id], successorId: next.id, effectiveOn: inDays(0) };
      const merger = () => recordMerger(db, context(administrator), input, succeedMemberships);
      const both = [() => outcome(write(here)), () => outcome(merger())];
      const tries: Promise<string>[] = [];
      // All alliances are held until one waits, and the other waits or is done: then they meet, in this order.
      await owner.begin(async (held) => {
        await held`select from alliances for no key update`;
        for (const work of first === 'write' ? both : both.toReversed()) {
          tries.push(work());
          await untilStill(owner, tries);
        }
      });
      const came = await Promise.all(tries);
      seen.add(came.join());
      t.ok(came.includes('done'), `${name}, ${first} first: ${came.join()}`);
    }
  }
  t.ok(seen.size > 1, [...seen].join(' | '));
  await holds(t, sql);
});

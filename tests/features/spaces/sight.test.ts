import t from 'tap';
import { changeAlliance } from '../../../src/features/alliances/alliances.ts';
import { listSponsorships } from '../../../src/features/alliances/sponsorships.ts';
import { getDestructionReceipt, getSpaceArchive, getSpaceClosure } from '../../../src/features/spaces/closures.ts';
import { getHandover, listHandovers } from '../../../src/features/spaces/handovers.ts';
import { getHarvest, listHarvests } from '../../../src/features/spaces/harvest-views.ts';
import { HandoverQuery, HarvestQuery } from '../../../src/features/spaces/schemas.ts';
import { closeSpaces } from '../../../src/features/spaces/spaces.ts';
import type { Caller } from '../../../src/platform/caller.ts';
import type { Db } from '../../../src/platform/db.ts';
import { testDatabase } from '../../helpers/db.ts';
import { by, found, inDays, join, outcome } from '../alliances/world.ts';
import { promise } from '../initiatives/world.ts';
import { neighbourhood, openSpace, type ViewerName } from '../policy/spaces.ts';
import { close, handOver, harvest, learn, pass, testReceipts } from './world.ts';

type Ids = { readonly space: string; readonly harvestId: string; readonly handoverId: string };

const readers = {
  harvest: async (db: Db, who: Caller, { harvestId }: Ids) => getHarvest(db, who, harvestId),
  harvests: (db: Db, who: Caller) => listHarvests(db, who, HarvestQuery.parse({})).then(someOr404),
  handover: async (db: Db, who: Caller, { handoverId }: Ids) => getHandover(db, who, handoverId),
  handovers: (db: Db, who: Caller) => listHandovers(db, who, HandoverQuery.parse({})).then(someOr404),
  closure: async (db: Db, who: Caller, { space }: Ids) => getSpaceClosure(db, who, space),
  archive: async (db: Db, who: Caller, { space }: Ids) => getSpaceArchive(db, who, space),
  receipt: async (db: Db, who: Caller, { space }: Ids) => getDestructionReceipt(db, who, space),
};
const someOr404 = ({ items }: { items: unknown[] }) =>
  items.length > 0 ? items : Promise.reject(Object.assign(new Error('none'), { none: true }));

/** What a viewer reads, by the names of the readers; what is not found is left out, anything else is named. */
async function sight(db: Db, who: Caller, ids: Ids, read: typeof readers = readers): Promise<string> {
  const seen: string[] = [];
  for (const [name, reader] of Object.entries(read)) {
    const code = await outcome(reader(db, who, ids)).catch((error: { none?: true }) => {
      if (error.none !== true) throw error;
      return 'not_found';
    });
    if (code !== 'not_found') seen.push(code === 'done' ? name : `${name} ${code}`);
  }
  return seen.join(' ');
}

const everybody = (inside: string, parties: string, others: Partial<Record<ViewerName, string>> = {}) =>
  ({
    ...{ convener: inside, member: parties, observer: parties },
    ...{ former: '', expelled: '', invited: '', declined: '', applicant: '', sponsor: '', asked: '', outsider: '' },
    ...{ keeper: '', administrator: '', nobody: '' },
    ...others,
  }) satisfies Record<ViewerName, string>;

t.test('each route shows each viewer what is promised, at each step of the way out', async (t) => {
  const { db, owner } = await testDatabase(t);
  await testReceipts(db);
  const hood = await neighbourhood(db);
  const { space } = await openSpace(db, hood);
  const { convener, member, observer } = hood.people;
  await join(db, hood.open, convener, observer);
  // Of an observer: one may contribute without being bound.
  const itemId = await learn(db, observer, space, [member]);
  const commitment = await promise(db, member, { allianceId: space, beneficiaryOrganisationId: convener.id });
  const harvestId = await harvest(db, observer, itemId, space);
  await changeAlliance(db, by(convener), space, 2, { endsOn: inDays(0) });
  await close(db);
  const handoverId = await handOver(db, member, commitment, hood.open);
  const ids = { space, harvestId, handoverId };
  const all = async (read: typeof readers = readers) => {
    const seen: [string, string][] = [];
    for (const [name, who] of Object.entries(hood.viewers)) seen.push([name, await sight(db, who, ids, read)]);
    return Object.fromEntries(seen);
  };
  const closing = 'harvest harvests handover handovers closure archive archive_unavailable';
  const apart = 'harvest harvests closure archive archive_unavailable';
  t.same(await all(), everybody(closing, closing, { observer: apart }), 'closing');
  await pass(owner, space, 23);
  await close(db);
  const archived = everybody(closing.replace(' archive_unavailable', ''), closing.replace(' archive_unavailable', ''), {
    observer: apart.replace(' archive_unavailable', ''),
  });
  t.same(await all(), archived, 'archived');
  const leaky = {
    ...readers,
    archive: async (db: Db, _: Caller, ids: Ids) => getSpaceArchive(db, member.caller, ids.space),
  };
  t.not((await all(leaky)).administrator, '', 'the same test sees an archive that is given to anybody');
  await pass(owner, space, 7);
  await close(db);
  const party = 'harvest harvests closure archive archive_unavailable receipt';
  const left = 'closure archive archive_unavailable receipt';
  t.same(await all(), everybody(left, party, { observer: party, sponsor: 'receipt' }), 'destroyed');
});

t.test(
  'a sponsor reads of the rhythm of a space in how many months something was recorded, and nothing of what',
  async (t) => {
    const { db, owner } = await testDatabase(t);
    await testReceipts(db);
    const hood = await neighbourhood(db);
    const { space, sponsorship } = await openSpace(db, hood);
    const { sponsor, convener, member } = hood.people;
    const card = async () =>
      (await listSponsorships(db, sponsor.caller, { limit: 9 })).items.find(({ id }) => id === sponsorship);
    t.same((await card())?.rhythm, { wholeMonths: 0, activeMonths: 0 }, 'a young space has no whole month yet');
    await owner`update alliances set created_at = now() - interval '3 years' where id = ${space}`;
    t.same((await card())?.rhythm, { wholeMonths: 6, activeMonths: 0 }, 'this month is not over');
    const monthsAgo = (months: number, type: string, client = 'x') =>
      owner.begin(async (owner) => {
        await owner`alter table events disable trigger append_only`;
        await owner`with a as (insert into audit_records (id, recorded_at, client_id, operation_id, event_count, request_id,
      trace_id, number, hash) select gen_random_uuid(), now(), ${client}, 'test', 1, 'r', 't', -1 - count(*), '' from audit_records
      returning id),
      p as (update event_counter set position = position + 1 returning position)
      insert into events (position, id, type, subject_type, subject_id, alliance_id, audit_record_id, occurred_at, data)
      select p.position, gen_random_uuid(), ${`${type}.x`}, ${type}, gen_random_uuid(), ${space},
        a.id, (date_trunc('month', now() at time zone 'UTC') - make_interval(months => ${months})
          + interval '3 days') at time zone 'UTC', '{}' from a, p`;
        await owner`alter table events enable trigger append_only`;
      });
    await monthsAgo(1, 'commitment');
    await monthsAgo(1, 'membership');
    await monthsAgo(4, 'stance');
    await monthsAgo(2, 'sponsorship');
    await monthsAgo(3, 'membership', 'node');
    await monthsAgo(7, 'commitment');
    t.same(
      (await card())?.rhythm,
      { wholeMonths: 6, activeMonths: 2 },
      'neither its own acts, nor the node’s, nor older ones',
    );
    await changeAlliance(db, by(convener), space, 2, { endsOn: inDays(0) });
    t.equal((await card())?.closure, null);
    await close(db);
    t.match((await card())?.closure, { state: 'closing', destroysOn: inDays(30), destroyedAt: null });
    await pass(owner, space, 30);
    await close(db);
    const after = await card();
    t.match(after, { sizeClass: null, rhythm: null, closure: { state: 'destroyed', destroyedAt: Date } });
    t.equal((await listSponsorships(db, member.caller, { limit: 9 })).items.length, 0, 'its members are no more');
  },
);

t.test('an alliance of another closes nothing of this one', async (t) => {
  const { db, owner } = await testDatabase(t);
  const hood = await neighbourhood(db);
  const receipts = await testReceipts(db);
  const { space } = await openSpace(db, hood);
  const other = await found(db, hood.people.outsider, {
    ...{ visibility: 'closed', name: 'Ander' },
    ...{ startsOn: '2020-01-01', endsOn: '2021-01-01' },
  });
  await closeSpaces(db, receipts, { allianceId: other, days: 0, archiveDays: 0 });
  const [row] = await owner`select count(*)::int as count from space_closures where alliance_id = ${space}`;
  t.equal(row?.count, 0);
  t.equal(await outcome(getDestructionReceipt(db, hood.people.outsider.caller, other)), 'done');
  t.equal(await outcome(getDestructionReceipt(db, hood.people.convener.caller, other)), 'not_found');
});

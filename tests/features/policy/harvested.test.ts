import type { Sql } from 'postgres';
import t from 'tap';
import { getHandover } from '../../../src/features/spaces/handovers.ts';
import { getHarvest, listHarvests } from '../../../src/features/spaces/harvest-views.ts';
import { testDatabase } from '../../helpers/db.ts';
import { caller } from '../../helpers/people.ts';
import type { CaseWorld } from './case-names.ts';
import { caseWorld } from './case-world.ts';

/** A promise between two who take part in `closed`, offered to go to `both`, in which `today` alone takes part by now. */
async function offerToBoth(owner: Sql, world: CaseWorld): Promise<string> {
  const [commitment, handover] = [world.id('commitment:handed-over'), world.id('handover:to-both')];
  const [promiser, beneficiary] = [world.organisation('today'), world.organisation('longer')];
  await owner`insert into commitments (id, alliance_id, state, title, due_on, first_due_on, offered_at, created_at,
      changed_at, promiser_organisation_id, beneficiary_organisation_id, offered_by_organisation_id)
    values (${commitment}, ${world.id('alliance:closed')}, 'accepted', 'Meelopen', current_date + 9, current_date + 9,
      now(), now(), now(), ${promiser}, ${beneficiary}, ${promiser})`;
  await owner`insert into handovers (id, commitment_id, to_alliance_id, title, state, offered_by_organisation_id,
      offered_at, expires_at, changed_at)
    values (${handover}, ${commitment}, ${world.id('alliance:both')}, 'Meelopen', 'offered', ${promiser}, now(),
      now() + interval '9 days', now())`;
  return handover;
}

t.test('a handover tells the name of a closed space to those alone who take part in it now', async (t) => {
  const { db, owner } = await testDatabase(t);
  const world = await caseWorld(owner);
  const handover = await offerToBoth(owner, world);
  const shown = async (name: string) =>
    (await getHandover(db, caller({ organisationId: world.organisation(name) }), handover)).body.toAlliance;
  const id = world.id('alliance:both');
  t.same(await shown('today'), { id, name: 'both' });
  t.same(await shown('longer'), { id, name: null }, 'who left it knows where the promise was to go, and no name');
});

t.test('a harvest tells the title of an item to those alone who may see that item', async (t) => {
  const { db, owner } = await testDatabase(t);
  const world = await caseWorld(owner);
  const shown = async (name: string, harvest: string) =>
    (await getHarvest(db, caller({ organisationId: world.organisation(name) }), world.id(harvest))).body.item;
  const [shared, held] = [world.id('item:shared'), world.id('item:with-accepted')];
  t.same(await shown('today', 'harvest:shared.offered'), { id: shared, title: 'shared' });
  t.same(await shown('second', 'harvest:with-accepted.offered'), { id: held, title: 'with-accepted' });
  t.same(
    await shown('today', 'harvest:with-accepted.offered'),
    { id: held, title: null },
    'what is no longer shared with the space',
  );
});

t.test('a harvest names who came to contribute to those alone who may see the item', async (t) => {
  const { db, owner } = await testDatabase(t);
  const world = await caseWorld(owner);
  const harvest = world.id('harvest:with-accepted.offered');
  const asked = async (name: string) =>
    (await getHarvest(db, caller({ organisationId: world.organisation(name) }), harvest)).body.consents.map(
      ({ organisation }) => organisation.id,
    );
  t.same(await asked('second'), [world.organisation('second')]);
  t.same(await asked('today'), [], 'to whom the item is no longer shared');
  const found = async (name: string) => {
    const consentOf = world.organisation('second') ?? '';
    const { items } = await listHarvests(db, caller({ organisationId: world.organisation(name) }), {
      limit: 200,
      consentOf,
    });
    return items.some(({ id }) => id === harvest);
  };
  t.ok(await found('second'));
  t.notOk(await found('today'), 'nor is it found by asking');
});

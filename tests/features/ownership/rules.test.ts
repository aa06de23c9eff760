import fc from 'fast-check';
import t from 'tap';
import {
  type Change,
  changeName,
  nobody,
  type Owners,
  ownersAfter,
  recordedAfter,
  shareOf,
  successionOf,
} from '../../../src/features/ownership/rules.ts';

const party = fc.constantFrom('a', 'b', 'c', 'd');

/** A step that the verbs would take: from whom has the share, to whom gains by it. */
const isSound = (owners: Owners, { share, from, to }: Change): boolean => {
  if (from === null && to === null) return false;
  const has = to === null ? undefined : shareOf(owners, to);
  if (has === 'accountable' || has === share) return false;
  return share === 'accountable' ? owners.accountable === from : from === null || owners.joint.includes(from);
};

/** What is wrong with the owners after a change. */
function faultsOf(before: Owners, { share, from, to }: Change, after: Owners): string[] {
  const others = ['a', 'b', 'c', 'd'].filter((one) => one !== from && one !== to);
  const holds: [string, boolean][] = [
    ['who owns jointly does so once', new Set(after.joint).size === after.joint.length],
    ['nobody owns in both ways', after.accountable === null || !after.joint.includes(after.accountable)],
    ['the receiver has it', to === null || shareOf(after, to) === share],
    ['the giver has it no more', from === null || shareOf(after, from) !== share],
    ['others are as they were', others.every((one) => shareOf(after, one) === shareOf(before, one))],
  ];
  return holds.filter(([, held]) => !held).map(([name]) => `not so: ${name}`);
}

t.test(
  'whatever happens, at most one is accountable, nobody owns twice, and only the two of a change are touched',
  async (t) => {
    const step = fc.record({
      share: fc.constantFrom('accountable' as const, 'joint' as const),
      from: fc.option(party),
      to: fc.option(party),
    });
    let taken = 0;
    const steps = fc.array(step, { minLength: 30, maxLength: 60 });
    fc.assert(
      fc.property(steps, (changes) => {
        let owners = nobody;
        for (const change of changes.filter((one) => one.from !== null || one.to !== null)) {
          if (!isSound(owners, change)) continue;
          const next = ownersAfter(owners, change);
          const faults = faultsOf(owners, change, next);
          if (faults.length > 0) throw new Error(faults.join());
          owners = next;
          taken++;
        }
      }),
      { numRuns: 2000 },
    );
    t.ok(taken > 10_000, `${taken} changes`);
  },
);

t.test('a merger leaves nothing with those who are gone, and takes nothing from others', async (t) => {
  const owners = fc
    .record({ accountable: fc.option(party), joint: fc.uniqueArray(party) })
    .map(({ accountable, joint }) => ({ accountable, joint: joint.filter((one) => one !== accountable).sort() }));
  fc.assert(
    fc.property(
      owners,
      fc.uniqueArray(fc.constantFrom('a', 'b'), { minLength: 1 }),
      fc.option(party),
      (before, gone, to) => {
        const successor = to !== null && gone.includes(to as 'a') ? null : to;
        const after = successionOf(before, gone, successor).reduce(ownersAfter, before);
        if (gone.some((one) => shareOf(after, one) !== undefined)) return false;
        const had = gone.some((one) => shareOf(before, one) !== undefined);
        if (successor !== null && had && shareOf(after, successor) === undefined) return false;
        return ['a', 'b', 'c', 'd']
          .filter((one) => !gone.includes(one as 'a') && one !== successor)
          .every((one) => shareOf(after, one) === shareOf(before, one));
      },
    ),
    { numRuns: 2000 },
  );
  t.same(successionOf({ accountable: 'a', joint: ['b', 'c'] }, ['a', 'b'], 'd'), [
    { share: 'accountable', from: 'a', to: 'd' },
    { share: 'joint', from: 'b', to: 'd' },
  ]);
});

t.test('a record is later than the one before it, also when the clock goes back', async (t) => {
  const at = (ms: number) => new Date(ms);
  t.same(recordedAfter(null, at(5)), at(5));
  t.same(recordedAfter(at(4), at(5)), at(5));
  t.same(recordedAfter(at(5), at(5)), at(6));
  t.same(recordedAfter(at(9), at(5)), at(10));
});

t.test('a change is called by who gave and who got', async (t) => {
  t.equal(changeName({ share: 'joint', from: null, to: 'a' }), 'accepted');
  t.equal(changeName({ share: 'accountable', from: 'a', to: 'b' }), 'transferred');
  t.equal(changeName({ share: 'accountable', from: 'a', to: null }), 'released');
});

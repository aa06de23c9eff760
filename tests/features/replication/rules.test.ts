import fc from 'fast-check';
import t from 'tap';
import { nextNudgeSeconds } from '../../../src/features/replication/rules.ts';

t.test(
  'a peer that does not come is nudged again within a minute twice over, for a day, and then still at times',
  (t) => {
    t.equal(nextNudgeSeconds(0, 0.5), 15, 'one that took the nudge and did not come');
    t.same(
      [1, 2, 3, 4, 4999, 5000, 1_000_000].map((failures) => nextNudgeSeconds(failures, 0.5)),
      [5, 10, 15, 15, 15, 300, 300],
    );
    fc.assert(
      fc.property(fc.nat({ max: 4999 }), fc.double({ min: 0, max: 1, noNaN: true }), (failures, random) => {
        const seconds = nextNudgeSeconds(failures, random);
        t.ok(seconds >= 4.5 && seconds <= 16.5);
      }),
    );
    t.end();
  },
);

t.test('nodes that were cut off at the same time are not nudged at the same time', (t) => {
  t.ok(nextNudgeSeconds(9, 0) < nextNudgeSeconds(9, 1));
  t.end();
});

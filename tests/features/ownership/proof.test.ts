import t from 'tap';
import { testDatabase } from '../../helpers/db.ts';
import { proveOwnership } from './proof.ts';

t.test(
  'hundreds of transfers at a time leave one accountable owner, and the harness finds a planted bug',
  async (t) => {
    const database = await testDatabase(t, { max: 16 });
    const { faults, planted } = await proveOwnership(database, { attempts: 240, parallel: 12 }, (text) =>
      t.comment(text),
    );
    t.same(faults, []);
    t.ok(planted > 0, `${planted} overlaps of the planted read-then-write`);
  },
);

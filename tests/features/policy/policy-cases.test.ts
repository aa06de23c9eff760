import { drizzle } from 'drizzle-orm/postgres-js';
import t from 'tap';
import { testDatabase } from '../../helpers/db.ts';
import { caseWorld } from './case-world.ts';
import { compiled, faultsOf, load, policyText, promised, rowsOf, seenAtOnce, unjudged } from './judging.ts';
import { allCases, type PolicyFile, wholePolicy } from './modules.ts';

t.test('each predicate of the policy shows each viewer what it promises, and nothing else', async (t) => {
  // Not judged: it is a judge itself, over rows that no node holds.
  const { db, sql, owner } = await testDatabase(t, { judged: false });
  const world = await caseWorld(owner);
  t.same(await faultsOf(db, wholePolicy, world), []);
  t.same(await faultsOf(db, wholePolicy, world, seenAtOnce), [], 'also when all look at once');
  for (const [name, one] of Object.entries(allCases))
    t.same(await rowsOf(db, one, world), Object.keys(promised(one)).toSorted(), `${name} speaks of every row`);

  const changed = policyText().replace("policy_m.state = 'accepted'", "policy_m.state <> 'declined'");
  const faults = await faultsOf(db, await load(compiled(changed)), world, seenAtOnce);
  t.match(faults.join(), /isMember, closed: .*offered.* instead of today longer twice/, 'and a change is seen');
  const elsewhere = async (file: PolicyFile, was: string, is: string) => {
    const text = compiled(policyText(file));
    t.ok(text.includes(was), `${file} says ${was}`);
    return (await faultsOf(db, await load(text.replace(was, is)), world, seenAtOnce)).join();
  };
  t.match(
    await elsewhere('event-sight.ts', "<> 'charter.declined'", "<> 'charter.accepted'"),
    /visibleEvents, charter\.declined\/public: .*ended.* instead of first second fourth/,
    'also in what is told of the past',
  );
  t.match(
    await elsewhere('audit-sight.ts', "in ('public', 'network')", 'is not null'),
    /toldAuditRecords, for an administrator, in-closed: .*nobody instead of today/,
    'and of who did it',
  );
  // The database of a test would refuse such statements before they are judged.
  const ungated = drizzle(sql);
  const unmarked = await faultsOf(
    ungated,
    await load(compiled(policyText().replace('/* policy */', ''))),
    world,
    seenAtOnce,
  );
  t.match(unmarked.join(), /visibleAlliances: a statement without its mark/);
});

t.test('whatever the policy offers is judged by a case or a check', async (t) => {
  t.same(unjudged(wholePolicy), []);
  const planted = `${policyText()}
    export function visibleSecrets(viewer: Viewer): Visible { return visible(sql\`true\`); }
    export const assertMayDream = (caller: Caller): void => undefined;`;
  t.same(
    unjudged(await load(compiled(planted))).toSorted(),
    ['assertMayDream', 'visibleSecrets'],
    'one that is not is found',
  );
});

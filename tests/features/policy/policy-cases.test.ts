import t from 'tap';
import * as policy from '../../../src/features/policy/policy.ts';
import { testDatabase } from '../../helpers/db.ts';
import { caseWorld } from './case-world.ts';
import { cases } from './cases.ts';
import { policyText, predicatesOf, promised, rowsOf, seenAtOnce, seenOneByOne } from './judging.ts';

t.test('each predicate of the policy shows each viewer what it promises, and nothing else', async (t) => {
  const { db, owner } = await testDatabase(t);
  const world = await caseWorld(owner);
  for (const [name, one] of Object.entries(cases)) {
    t.same(await seenOneByOne(db, policy, one, world), promised(one), name);
    t.same(await seenAtOnce(db, policy, one, world), promised(one), `${name}, all at once`);
    t.same(await rowsOf(db, one, world), Object.keys(promised(one)).toSorted(), `${name} speaks of every row`);
  }
});

t.test('each predicate of the policy has a case', async (t) => {
  const judged = new Set<string>(Object.values(cases).map(({ predicate }) => predicate));
  const without = (text: string) => predicatesOf(text).filter((name) => !judged.has(name));
  t.same(without(policyText()), []);
  t.same(
    [...judged].filter((name) => !predicatesOf(policyText()).includes(name)),
    [],
  );
  const planted = `${policyText()}
    export function visibleSecrets(viewer: Viewer): Visible { return visible(sql\`true\`); }
    export const visibleDreams = (viewer: Viewer): Visible => visible(sql\`true\`);`;
  t.same(without(planted), ['visibleSecrets', 'visibleDreams'], 'a predicate without one is found');
});

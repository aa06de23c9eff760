import t from 'tap';
import { testDatabase } from '../../helpers/db.ts';
import { caseWorld } from './case-world.ts';
import { cases } from './cases.ts';
import { explainedSql } from './explained.ts';
import { compiled, killerOf, policyText } from './judging.ts';
import { type Mutant, mutantsOf, unexplained } from './mutations.ts';

t.test('each condition of the policy is missed by a case when it is dropped, turned or widened', async (t) => {
  const { db, owner } = await testDatabase(t, { max: 4 });
  const world = await caseWorld(owner);
  const text = compiled(policyText());
  const mutants = mutantsOf(text);
  t.equal(await killerOf(db, { text, declaration: '', id: 'the policy itself' }, world), undefined);

  const survivorsOf = async (some: readonly Mutant[], judges = cases): Promise<string[]> => {
    const survived: string[] = [];
    const waiting = [...some];
    const work = async () => {
      for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift())
        if ((await killerOf(db, mutant, world, judges)) === undefined) survived.push(mutant.id);
    };
    await Promise.all(Array.from({ length: 4 }, work));
    return survived;
  };

  const survived = await survivorsOf(mutants);
  const killed = mutants.length - survived.length;
  t.comment(`${mutants.length} mutants, ${killed} killed, ${explainedSql.length} explained`);
  t.same(unexplained(mutants, survived, explainedSql), []);

  const { visibleSponsorships: _, ...others } = cases;
  const unjudged = mutants.filter(({ declaration }) => declaration === 'visibleSponsorships');
  t.equal(
    (await survivorsOf(unjudged, others)).length,
    unjudged.length,
    'without its case, all of a predicate survive',
  );
});

t.test('a survivor without a reason fails, and so does a reason without a survivor', async (t) => {
  const mutants = ['a', 'b', 'c'].map((id) => ({ id, declaration: '', text: '' }));
  const explained = ['b', 'c', 'd'].map((id) => ({ id, reason: 'Nobody can tell.' }));
  const faults = ['survived: a', 'explained, but killed: c', 'explained, but gone: d'];
  t.same(unexplained(mutants, ['a', 'b'], explained), faults);
  t.same(unexplained(mutants, ['b'], [{ id: 'b', reason: 'Nobody can tell.' }]), []);
});

t.test('the mutator changes each condition, comparison, literal and question of a template', async (t) => {
  // What is filled into a template is written between guillemets.
  const filled = (text: string) => text.replace(/«(\w+)»/g, '$${$1}');
  const changes = (template: string) =>
    mutantsOf(`export const seen = () => visible(sql\`${filled(template)}\`);`).map(({ id }) =>
      id.replace('seen: ', '').replace(/\$\{(\w+)\}/g, '«$1»'),
    );
  t.same(changes('a.x = 1 and (b.y <= 2 or b.y is null)'), [
    ...['a.x = 1 → true', 'a.x = 1 → false'],
    ...['(b.y <= 2 or b.y is null) → true', '(b.y <= 2 or b.y is null) → false'],
    ...['b.y <= 2 → true', 'b.y <= 2 → false', 'b.y is null → true', 'b.y is null → false'],
    ...['= → <>', '<= → >', '<= → <', 'null → not null'],
  ]);
  t.same(changes("a or b and «c» in ('draft')"), [
    ...['a → true', 'a → false', 'b → true', 'b → false'],
    ...["«c» in ('draft') → true", "«c» in ('draft') → false", "b and «c» in ('draft') → true", 'in → not in'],
    "'draft' → 'nothing'",
  ]);
  t.same(changes('(select true from x where not x.y > 1 limit 1)'), [
    ...[
      '(select true from x where not x.y > 1 limit 1) → true',
      '(select true from x where not x.y > 1 limit 1) → false',
    ],
    '(select true from x where not x.y > 1 limit 1) → (not coalesce((select true from x where not x.y > 1 limit 1), false))',
    ...['not x.y > 1 → true', 'not x.y > 1 → false', 'not →', '> → >=', '> → <=', 'limit 1 →'],
  ]);
  t.same(changes("case «kind» when 'alliance' then «one» else «other» end"), [
    ...['«one» → true', '«one» → false', '«other» → true', '«other» → false'],
    ...["'alliance' → 'initiative'", "'alliance' → 'knowledge_item'", "'alliance' → 'nothing'"],
  ]);
  t.same(mutantsOf('export const column = sql`policy_s.alliance_id`;'), [], 'a name is no condition');
});

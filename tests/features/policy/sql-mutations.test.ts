import t from 'tap';
import { testDatabase } from '../../helpers/db.ts';
import { caseWorld } from './case-world.ts';
import type { Case } from './cases.ts';
import { explainedSql } from './explained.ts';
import { compiled, killerOf, policyText } from './judging.ts';
import { modules, policyFiles } from './modules.ts';
import { type Mutant, mutantsOf, unexplained } from './mutations.ts';

t.test('each condition of the policy is missed by a case when it is dropped, turned or widened', async (t) => {
  // Not judged: it is a judge itself, over rows that no node holds.
  const { db, owner } = await testDatabase(t, { max: 4, judged: false });
  const world = await caseWorld(owner);

  const survivorsOf = async (some: readonly Mutant[], judges: Readonly<Record<string, Case>>): Promise<string[]> => {
    const survived: string[] = [];
    const waiting = [...some];
    const work = async () => {
      for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift())
        if ((await killerOf(db, mutant, world, judges)) === undefined) survived.push(mutant.id);
    };
    await Promise.all(Array.from({ length: 4 }, work));
    return survived;
  };

  for (const file of policyFiles) {
    const judges = modules[file];
    const text = compiled(policyText(file));
    const mutants = mutantsOf(text);
    const explained = explainedSql[file];
    t.equal(await killerOf(db, { text, declaration: '', id: `${file} itself` }, world, judges), undefined);
    const since = performance.now();
    const survived = await survivorsOf(mutants, judges);
    const seconds = ((performance.now() - since) / 1000).toFixed(1);
    const killed = mutants.length - survived.length;
    t.comment(`${file}: ${mutants.length} mutants, ${killed} killed, ${explained.length} explained, ${seconds} s`);
    t.same(unexplained(mutants, survived, explained), [], file);
  }

  const { visibleSponsorships: _, ...others } = modules['policy.ts'];
  const unjudged = mutantsOf(compiled(policyText())).filter(({ declaration }) => declaration === 'visibleSponsorships');
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

t.test(
  'the mutator changes what is composed of templates: conditions by name, lists, and where is looked',
  async (t) => {
    const changes = (text: string) => mutantsOf(text).map(({ id }) => id.replace(/\$\{(\w+)\}/g, '«$1»'));
    const filled = (text: string) => text.replace(/«(\w+)»/g, '$${$1}');
    const words = "sql`x join y on y.id = x.y where x.id = «id» and x.data->>'kind' = «kind»`";
    t.same(
      changes(filled(`const table = ${words};`)),
      [
        ...['y.id = x.y → true', 'y.id = x.y → false', 'x.id = «id» → true', 'x.id = «id» → false'],
        ...["x.data->>'kind' = «kind» → true", "x.data->>'kind' = «kind» → false"],
        ...['= → <>', '= → <> (2)', "'kind' → 'nothing'", '= → <> (3)'],
      ].map((change) => `table: ${change}`),
      'a table and its joins are no condition, and what is taken out of a document is no comparison',
    );
    t.same(changes(filled('const one = sql`when «kind» then «seen»`;')), ['one: «seen» → true', 'one: «seen» → false']);
    const codes = changes("const codes = sql`'invalid_client', 'invalid_scope'`;");
    const wider = "codes: 'invalid_scope' → 'invalid_scope', 'not_found'";
    t.ok(codes.includes(wider) && codes.includes("codes: 'invalid_client' → 'nothing'"), 'a list that is filled in');
    t.same(
      changes(`import { visible, visibleItems } from './policy.js';
      const own = (viewer) => sql\`mine\`;
      const asked = (viewer) => sql\`x.a is null\`;
      const seen = (viewer) => ({ item: subject(table, visibleItems(viewer)), one: asked(viewer), other: own(viewer) });
      const all = (viewer) => visible(open ? asked(viewer) : sql\`true\`);`).filter((id) => !id.startsWith('asked')),
      [
        ...[
          'seen: visibleItems(viewer) → sql`/* policy */ true`',
          'seen: visibleItems(viewer) → sql`/* policy */ false`',
        ],
        ...['seen: asked(viewer) → sql`/* policy */ true`', 'seen: asked(viewer) → sql`/* policy */ false`'],
        ...[
          'all: true → false',
          'all: asked(viewer) → sql`/* policy */ true`',
          'all: asked(viewer) → sql`/* policy */ false`',
        ],
      ],
    );
  },
);

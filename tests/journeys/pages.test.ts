import t from 'tap';
import { judgeOf } from '../helpers/answers.ts';
import { baseUrl, demoNode } from '../helpers/demo.ts';
import {
  type Operation,
  operationsOf,
  parametersIn,
  type Request,
  readDocument,
  send,
  soundRequest,
} from '../helpers/document.ts';
import { grow } from '../helpers/growth.ts';

const { app, db, token } = await demoNode(t);
const document = await readDocument();
const judge = judgeOf(document);
/** A list that never ends is walked in the tests of the feed. */
const endless = ['listEvents'];
const lists = operationsOf(document)
  .filter((operation) => parametersIn(operation, 'query').some(({ name }) => name === 'cursor'))
  .filter(({ operationId }) => !endless.includes(operationId));

type Item = {
  readonly id?: string;
  readonly day?: string;
  readonly version?: number;
  readonly line?: number;
  readonly number?: number;
};
type Page = { readonly items: Item[]; readonly nextCursor: string | null; readonly link: string | undefined };

/** What names an item within its list. */
const nameOf = ({ id, day, version, line, number }: Item) => String(id ?? day ?? version ?? line ?? number);

async function pageOf(operation: Operation, query: Request['query']): Promise<Page> {
  const answered = await send(app, { ...soundRequest(operation), query }, token);
  const faults = judge.faults(operation, answered);
  if (answered.statusCode !== 200 || faults.length > 0) throw new Error(`${faults.join('; ')} ${answered.body}`);
  const { items, nextCursor } = JSON.parse(answered.body) as Pick<Page, 'items' | 'nextCursor'>;
  return { items, nextCursor, link: answered.headers.link as string | undefined };
}

type Reader = (limit: number, cursor: string | undefined) => Promise<Pick<Page, 'items' | 'nextCursor'>>;

const readerOf =
  (operation: Operation): Reader =>
  (limit, cursor) =>
    pageOf(operation, [['limit', String(limit)], ...(cursor === undefined ? [] : [['cursor', cursor] as const])]);

/** Walks a list from its first page to its last; while each page is read something else may happen. */
async function walk(read: Reader, limit: number, meanwhile: () => Promise<void>): Promise<string[]> {
  const seen: string[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const [page] = await Promise.all([read(limit, cursor), meanwhile()]);
    if (page.items.length > limit) throw new Error(`${page.items.length} items on a page of ${limit}`);
    seen.push(...page.items.map(nameOf));
    cursor = page.nextCursor;
  }
  return seen;
}

/** What is wrong with a walk over what was there before it. */
const walkFaults = (before: readonly string[], seen: readonly string[]) => [
  ...before.filter((name) => !seen.includes(name)).map((name) => `${name} is missing`),
  ...seen.filter((name, index) => seen.indexOf(name) !== index).map((name) => `${name} is there twice`),
];

const nothing = async () => undefined;

t.test('a walk shows each item that was there throughout exactly once, while others are added', async (t) => {
  t.ok(lists.length >= 13, `${lists.length} lists`);
  for (const operation of lists) {
    const { operationId } = operation;
    for (let added = 0; added < 6; added++) await grow(db, operationId);
    const read = readerOf(operation);
    const before = await walk(read, 200, nothing);
    t.ok(before.length >= 3, `${operationId} has ${before.length} items`);
    let left = 8;
    const adding = async () => {
      if (left-- > 0) await grow(db, operationId);
    };
    const walks = await Promise.all([walk(read, 3, adding), walk(read, 1, nothing), walk(read, 2, nothing)]);
    for (const seen of walks) t.same(walkFaults(before, seen), []);
    t.ok(left < 8, 'while rows were added');
  }
});

t.test('the same walk finds a list that is paged by counting, newest first', async (t) => {
  const rows = ['1', '2', '3', '4', '5'];
  const before = [...rows];
  const read: Reader = async (limit, cursor = '0') => {
    const next = Number(cursor) + limit;
    const items = rows.slice(Number(cursor), next).map((id) => ({ id }));
    return { items, nextCursor: next < rows.length ? String(next) : null };
  };
  let left = 2;
  const seen = await walk(read, 2, async () => {
    if (left-- > 0) rows.unshift(`new ${left}`);
  });
  t.match(walkFaults(before, seen), [/is there twice/]);
});

t.test('the Link header leads where nextCursor does, with every filter, and is absent on the last page', async (t) => {
  for (const operation of lists) {
    const { operationId } = operation;
    const examples = soundRequest(operation).query.filter(([name]) => name !== 'limit');
    const filters = (await pageOf(operation, [...examples, ['limit', '1']])).nextCursor === null ? [] : examples;
    const query = [...filters, ['limit', '1']] as const;
    const { link, nextCursor } = await pageOf(operation, query);
    const target = new URL(/^<([^>]+)>; rel="next"$/.exec(link ?? '')?.[1] ?? 'about:blank');
    t.equal(target.origin, baseUrl, operationId);
    t.same([...target.searchParams].sort(), [...query, ['cursor', nextCursor]].map((pair) => [...pair]).sort());
    const address = `${target.pathname}${target.search}`;
    const followed = await app.inject({ url: address, headers: { authorization: `Bearer ${token}` } });
    const next = await pageOf(operation, [...query, ['cursor', nextCursor ?? '']]);
    t.same((followed.json() as Page).items.map(nameOf), next.items.map(nameOf), 'both show the same page');

    let last = await pageOf(operation, [['limit', '200']]);
    while (last.nextCursor !== null)
      last = await pageOf(operation, [
        ['limit', '200'],
        ['cursor', last.nextCursor],
      ]);
    t.equal(last.link, undefined, 'the last page leads nowhere');
  }
});

t.test('a page holds 1 to 200 items, 50 when nothing is asked, and other sizes are refused', async (t) => {
  for (const operation of lists) {
    const { operationId } = operation;
    t.equal((await pageOf(operation, [['limit', '1']])).items.length, 1, operationId);
    t.ok((await pageOf(operation, [['limit', '200']])).items.length <= 200);
    t.ok((await pageOf(operation, [])).items.length <= 50);
    for (const [limit, code] of [
      ['0', 'too_low'],
      ['201', 'too_high'],
      ['-1', 'too_low'],
      ['1.5', 'invalid_type'],
    ] as const) {
      const answered = await send(app, { ...soundRequest(operation), query: [['limit', limit]] }, token);
      t.equal(answered.statusCode, 400, `a limit of ${limit}`);
      t.match(JSON.parse(answered.body), { errors: [{ in: 'query', location: 'limit', code }] });
      t.same(judge.faults(operation, answered), []);
    }
  }
});

t.test('a list of more than 200 is given in full pages', async (t) => {
  const organisations = lists.find(({ operationId }) => operationId === 'listOrganisations') as Operation;
  for (let added = 0; added < 210; added++) await grow(db, 'listOrganisations');
  t.equal((await pageOf(organisations, [['limit', '200']])).items.length, 200);
  t.equal((await pageOf(organisations, [])).items.length, 50);
  const seen = await walk(readerOf(organisations), 200, nothing);
  t.ok(seen.length > 210 && new Set(seen).size === seen.length);
});

import t from 'tap';
import { commit } from '../../../src/features/events/events.ts';
import { nodeContext, replicaContext } from '../../../src/platform/caller.ts';
import { newId } from '../../../src/platform/id.ts';
import { addressOf, type Operation, operationsOf, readDocument, send } from '../../helpers/document.ts';
import { type Kept, keep } from '../../helpers/kept.ts';
import { putPeering } from '../../helpers/peerings.ts';
import { decidedBy, type Kind, keptHere } from './homes.ts';
import { type CallerName, callers, type Line, linesOf, table } from './matrix.ts';
import { requestOf, withVersion } from './matrix-requests.ts';
import { type MatrixWorld, openMatrixWorld } from './matrix-world.ts';

// Each write of the interface on replicas of each kind.
t.setTimeout(600_000);

const home = 'https://other.example';
const operations = operationsOf(await readDocument());
const writes = operations.filter(({ method }) => method !== 'GET');
/** Who succeeds: an organisation rather than whoever keeps the node, whose own is not moved. */
const successOf = ({ statuses }: Line): CallerName | undefined => {
  const able = callers.filter((_, index) => (statuses[index] ?? 0) >= 200 && (statuses[index] ?? 0) < 300);
  return able.find((name) => name !== 'administrator') ?? able[0];
};
const lines = linesOf(table).flatMap((line) => {
  const operation = writes.find(({ operationId }) => operationId === line.operationId);
  const caller = successOf(line);
  return operation === undefined || caller === undefined ? [] : [{ line, operation, caller }];
});

const tables: Readonly<Record<Kind, string>> = {
  organisation: 'organisations',
  alliance: 'alliances',
  item: 'knowledge_items',
};
const kinds = Object.keys(tables) as Kind[];

/** Makes replicas of all that there is of some kinds, and of nothing else; save the organisation of whoever keeps the node. */
async function move({ owner }: MatrixWorld, away: readonly Kind[], to = home): Promise<void> {
  for (const kind of kinds) await owner`update ${owner(tables[kind])} set home = ${away.includes(kind) ? to : null}`;
  await owner`update organisations set home = null 
    where id = (select organisation_id from clients where client_id = 'administrator')`;
}

type Trial = { readonly world: MatrixWorld; readonly kept: Kept; readonly away: readonly Kind[] };
type Case = { readonly line: Line; readonly operation: Operation; readonly caller: CallerName };

/** The faults of one write where things of some kinds are replicas. */
async function faultsOf({ world, kept, away }: Trial, { line, operation, caller }: Case): Promise<string[]> {
  const request = await withVersion(world, operation, requestOf(operation, line, world.subject));
  await kept.restore(await kept.changed());
  const answered = await send(world.app, request, world.token(caller));
  const changed = await kept.changed();
  if (changed.length > 0) await kept.restore(changed);
  const name = `${line.name} with replicas of ${away.join(' and ')}`;
  const deciding = decidedBy[line.name] ?? decidedBy[line.operationId] ?? [];
  if (!deciding.some((kind) => away.includes(kind)))
    return answered.statusCode < 300 && changed.length > 0 ? [] : [`${name}: ${answered.statusCode} ${answered.body}`];
  const body = JSON.parse(answered.body) as Record<string, unknown>;
  const expected = { status: 421, code: 'misdirected', home: `${home}${addressOf(request)}` };
  const faults = Object.entries(expected).filter(([member, value]) => body[member] !== value);
  if (!('421' in operation.responses)) faults.push(['421', 'is in the document']);
  return [
    ...faults.map(([member, value]) => `${name}: ${member} should be ${value}: ${answered.body.slice(0, 200)}`),
    ...(changed.length > 0 ? [`${name}: it changed ${changed.join()}`] : []),
  ];
}

t.test('of every write it is said whose home decides, or why none does', async (t) => {
  const ids = writes.map(({ operationId }) => operationId);
  t.ok(ids.length > 60, `${ids.length} writes, ${lines.length} that succeed here`);
  const told = new Set([...Object.keys(decidedBy).map((name) => name.split('@')[0] ?? ''), ...Object.keys(keptHere)]);
  t.same(
    ids.filter((id) => !told.has(id)),
    [],
    'writes of which nothing is said',
  );
  t.same(
    [...told].filter((id) => !ids.includes(id)),
    [],
    'what is said of no write',
  );
  t.same(
    Object.keys(decidedBy).filter((name) => name.split('@')[0] !== undefined && (name.split('@')[0] ?? '') in keptHere),
    [],
  );
  const tried = new Set(lines.map(({ operation }) => operation.operationId));
  t.same(
    Object.keys(decidedBy).filter((name) => !tried.has(name.split('@')[0] ?? '')),
    [],
    'writes that never succeed, so that a refusal says nothing',
  );
});

t.test('a write to a replica is answered with its home and changes nothing, and only that', async (t) => {
  const world = await openMatrixWorld(t);
  const faults: string[] = [];
  for (const away of [['organisation'], ['alliance'], ['item'], kinds] as Kind[][]) {
    await move(world, away);
    await world.owner`drop schema if exists kept cascade`;
    const trial = { world, kept: await keep(world.owner), away };
    for (const one of lines) faults.push(...(await faultsOf(trial, one)));
  }
  t.same(faults, []);
});

t.test('a decision goes to the home of what decides over it, where that is a peer', async (t) => {
  const world = await openMatrixWorld(t);
  // Nothing may be sent there, so that whoever is asked to give no answer is a home that was found.
  const blocked = 'https://127.0.0.1:9';
  await putPeering(world.owner, blocked);
  const carried = lines.filter(({ operation }) => '504' in operation.responses);
  t.ok(carried.length >= 19, `${carried.length} decisions`);
  const found: Record<string, string> = {};
  const expected: Record<string, string> = {};
  for (const kind of ['alliance', 'item'] as const) {
    await world.owner`drop schema if exists kept cascade`;
    await move(world, [kind], blocked);
    const kept = await keep(world.owner);
    for (const { line, operation, caller } of carried) {
      const deciding = decidedBy[line.name] ?? decidedBy[line.operationId] ?? [];
      // What leaves a space is decided in the space.
      if (deciding[0] !== kind) continue;
      const answered = await send(world.app, requestOf(operation, line, world.subject), world.token(caller));
      found[line.name] = `${answered.statusCode} ${JSON.parse(answered.body).code}`;
      expected[line.name] = '504 home_unreachable';
      const changed = await kept.changed();
      t.same(
        changed.filter((table) => !/^(audit_records|event_counter)$/.test(table)),
        [],
        line.name,
      );
      await kept.restore(changed);
    }
  }
  t.same(found, expected);
  t.ok(Object.keys(found).length >= 19, `${Object.keys(found).length} found their home`);
});

t.test('only what takes over from the home passes, and a home with a slash at its end is the same', async (t) => {
  const world = await openMatrixWorld(t);
  await move(world, kinds);
  await world.owner`update organisations set home = ${`${home}/`}`;
  const subject = { subjectType: 'organisation', subjectId: world.subject('member') };
  const write = (context: ReturnType<typeof nodeContext>) =>
    commit(world.db, context, async (_db, record) => {
      record({ type: 'organisation.changed', ...subject });
      return { body: undefined };
    });
  const address = '/v1/organisations/1?x=y';
  await t.rejects(write({ ...nodeContext('test'), address }), {
    code: 'misdirected',
    members: { home: `${home}${address}` },
  });
  await t.rejects(write(nodeContext('test', { administrator: true })), { code: 'misdirected', members: { home } });
  await t.resolves(write(replicaContext('test')));
  await t.rejects(
    commit(world.db, nodeContext('test'), async (_db, record) => {
      for (let n = 0; n < 500; n++) record({ type: 'client.changed', subjectType: 'client', subjectId: newId() });
      record({ type: 'alliance.changed', subjectType: 'alliance', subjectId: world.subject('publicAlliance') });
      return { body: undefined };
    }),
    { code: 'misdirected' },
    'one among many',
  );
  const owned = { subjectType: 'knowledge_item', subjectId: world.subject('item') };
  for (const [type, subjectType] of [
    ['ownership.offered', 'ownership_offer'],
    ['ownership.transferred', 'ownership_record'],
  ] as const)
    await t.rejects(
      commit(world.db, nodeContext('test'), async (_db, record) => {
        record({ type, subjectType, subjectId: newId(), data: owned });
        return { body: undefined };
      }),
      { code: 'misdirected' },
      `${type} of an item`,
    );
});

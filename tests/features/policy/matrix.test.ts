import t from 'tap';
import { newId } from '../../../src/platform/id.ts';
import {
  type Answered,
  type Operation,
  operationsOf,
  type Request,
  readDocument,
  send,
} from '../../helpers/document.ts';
import { type Kept, keep } from '../../helpers/kept.ts';
import { type CallerName, callers, gapsOf, type Line, linesOf, recipes, table, traces } from './matrix.ts';
import { type Names, requestOf, withVersion } from './matrix-requests.ts';
import { type MatrixWorld, openMatrixWorld, organisations } from './matrix-world.ts';

// Each of some hundred operations by ten callers.
t.setTimeout(600_000);

const operations = operationsOf(await readDocument());
const lines = linesOf(table);

const strangers = (world: MatrixWorld, { name: line }: Line): Names => {
  const known = recipes[line]?.known ?? [];
  const canBeHidden = (name: string) =>
    !(
      name.startsWith('public') ||
      organisations.includes(name) ||
      name === 'contentHash' ||
      known.includes(name) ||
      name.endsWith('.code')
    );
  return (name) => (canBeHidden(name) ? newId() : world.subject(name));
};

/** Where a refusal is recorded, which is all that it may change. */
const recordsOfRefusals = ['audit_records', 'event_counter'];

type Promised = readonly [CallerName, number];
type Asked = { readonly operation: Operation; readonly line: Line; readonly request: Request };
type Trial = { readonly world: MatrixWorld; readonly kept: Kept };

const promisesOf = ({ statuses }: Line) => callers.map((caller, index) => [caller, statuses[index] ?? 0] as const);
const told = ({ statusCode, body }: Answered) => `${statusCode} ${body.replace(/"instance":"[^"]*"/, '')}`;

/** Faults of one request: another status than was promised, or a hidden thing that is told. */
async function askedOf({ world }: Trial, { operation, line, request }: Asked, [caller, promised]: Promised) {
  const faults: string[] = [];
  const answered = await send(world.app, request, world.token(caller));
  if (answered.statusCode !== promised)
    faults.push(
      `${line.name} ${caller}: ${answered.statusCode} instead of ${promised}: ${answered.body.slice(0, 300)}`,
    );
  if (promised !== 404 && promised !== 400) return faults;
  const stranger = { ...requestOf(operation, line, strangers(world, line)), headers: request.headers };
  const expected = told(await send(world.app, stranger, world.token(caller)));
  if (told(answered) !== expected) faults.push(`${line.name} ${caller}: ${told(answered)} instead of ${expected}`);
  return faults;
}

/** Faults of what a read left: something else than its traces, or none of them. */
const readFaults = ({ name, operationId }: Line, left: readonly string[]) => {
  const promised = traces[name] ?? traces[operationId] ?? [];
  const untold = left.filter((table) => !promised.includes(table));
  return [
    ...(untold.length > 0 ? [`${name}: what was read changed ${untold.join()}`] : []),
    ...promised
      .filter((table) => !left.includes(table))
      .map((table) => `${name}: what was read left nothing in ${table}`),
  ];
};

/** Faults of a line: those of its requests, a refusal or a read that changed something, a success that did not. */
async function faultsOf(trial: Trial, line: Line): Promise<string[]> {
  const operation = operations.find(({ operationId }) => operationId === line.operationId);
  if (operation === undefined) return [`${line.name} is no operation`];
  const { world, kept } = trial;
  const request = await withVersion(world, operation, requestOf(operation, line, world.subject));
  const faults: string[] = [];
  const ask = async (promised: Promised) =>
    faults.push(...(await askedOf(trial, { operation, line, request }, promised)));
  const back = async () => {
    const changed = await kept.changed();
    if (changed.length > 0) await kept.restore(changed);
    return changed;
  };
  // Whoever told the version read it.
  await back();
  const promises = promisesOf(line);
  for (const one of promises.filter(([, status]) => status >= 400)) await ask(one);
  const changed = (await back()).filter((table) => !recordsOfRefusals.includes(table));
  if (changed.length > 0) faults.push(`${line.name}: what was refused changed ${changed.join()}`);
  for (const one of promises.filter(([, status]) => status < 400)) {
    await ask(one);
    if (operation.method !== 'GET' && (await back()).length === 0)
      faults.push(`${line.name} ${one[0]}: a success that changed nothing`);
  }
  return operation.method === 'GET' ? [...faults, ...readFaults(line, await back())] : faults;
}

t.test('every operation has a line, and every line an operation', async (t) => {
  const ids = operations.map(({ operationId }) => operationId);
  t.ok(ids.length > 100, `${ids.length} operations, ${lines.length} lines`);
  t.same(gapsOf(ids, lines, [...Object.keys(recipes), ...Object.keys(traces)]), []);
  t.same(gapsOf([...ids, 'readMinds'], lines, []), ['readMinds has no line'], 'an operation without a line is found');
  const [first] = lines;
  t.same(
    gapsOf(
      ids,
      first === undefined ? [] : [...lines, first, { ...first, name: 'readMinds', operationId: 'readMinds' }],
      ['x'],
    ),
    ['readMinds is no operation', `${first?.name} is there twice`, 'x has a recipe or a trace and no line'],
  );
  t.throws(() => linesOf('readMinds 200 200'), 'a line without a status for each caller is refused');
});

t.test('each caller is answered by every operation as the table says', async (t) => {
  const world = await openMatrixWorld(t);
  const trial = { world, kept: await keep(world.owner) };
  const faults: string[] = [];
  for (const line of lines) faults.push(...(await faultsOf(trial, line)));
  t.same(faults, []);
});

t.test('a wrong status, a refusal that changes something and a success that changes nothing are found', async (t) => {
  let plant = '';
  const world = await openMatrixWorld(t, (app) => {
    app.addHook('onRequest', async (request, reply) => {
      if (request.method !== 'PATCH') return;
      if (plant === 'change') await world.owner`update alliances set purpose = 'Anders'`;
      if (plant === 'nothing') return reply.send({});
    });
    app.addHook('onSend', async (request, reply, payload) => {
      if (plant === '404' && reply.statusCode === 404) reply.code(403);
      const hidden = plant === 'name' && reply.statusCode === 404 && request.url.includes(world.subject('space'));
      return hidden ? String(payload).replace('"detail":"', '"detail":"Closed. ') : payload;
    });
  });
  const trial = { world, kept: await keep(world.owner) };
  const found = async (name: string) => {
    const faults = await faultsOf(trial, lines.find((line) => line.name === name) as Line);
    return faults.map((fault) => fault.split(': ').slice(0, 2).join(': '));
  };
  t.same(await found('getAlliance'), [], 'none is planted');
  plant = '404';
  t.same(
    (await found('getAlliance')).filter((fault) => fault.includes('404')),
    [
      ...['administrator', 'sponsor', 'otherOrganisation', 'revokedMember'].map(
        (caller) => `getAlliance ${caller}: 403 instead of 404`,
      ),
    ],
  );
  plant = 'name';
  t.ok((await found('getAlliance')).length > 0, 'an answer that tells the hidden from what does not exist');
  plant = 'change';
  t.match((await found('changeAlliance@public')).join(), /what was refused changed alliances/);
  plant = 'nothing';
  t.match((await found('changeAlliance@public')).join(), /convener: a success that changed nothing/);
  plant = '';
  t.same(await found('changeAlliance@public'), [], 'and it was brought back');
});

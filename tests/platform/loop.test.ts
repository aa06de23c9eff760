import t from 'tap';
import { type Run, repeat } from '../../src/platform/loop.ts';

const quiet = { error: () => undefined };
// A pause alone does not keep a process alive.
const alive = setInterval(() => undefined, 1000);
t.teardown(() => clearInterval(alive));

t.test('a run that leaves work is followed by the next at once, and otherwise by a pause', async (t) => {
  const controller = new AbortController();
  let runs = 0;
  const run = async () => {
    runs += 1;
    if (runs < 5) return true;
    // The pause begins after this; it is far longer than the test may take.
    setImmediate(() => controller.abort());
    return false;
  };
  await repeat({ name: 'test', everyMs: 3_600_000, run }, controller.signal, quiet);
  t.equal(runs, 5);
});

t.test('a fault is logged with the name of the loop, and the loop goes on', async (t) => {
  const controller = new AbortController();
  const logged: unknown[] = [];
  const faults = [
    async () => {
      throw new Error('later');
    },
    () => {
      throw new Error('at once');
    },
    () => Promise.reject(new Error('rejected')),
  ];
  const run = () => {
    const fault = faults.shift();
    if (fault !== undefined) return fault();
    controller.abort();
    return Promise.resolve(false);
  };
  const log = { error: (fields: unknown) => logged.push(fields) };
  await repeat({ name: 'test', everyMs: 1, run }, controller.signal, log);
  t.equal(logged.length, 3);
  for (const line of logged) t.match(line, { loop: 'test', err: { chain: [{ type: 'Error' }] } });
  t.notMatch(JSON.stringify(logged), /later|at once|rejected/, 'a message may hold what is not for a log');
});

t.test('each run is told with its outcome and its time, but not one that the end broke off', async (t) => {
  const controller = new AbortController();
  const told: Run[] = [];
  const runs = [
    async () => false,
    async () => {
      throw new Error('failed');
    },
    async () => {
      controller.abort();
      throw new Error('broken off');
    },
  ];
  const run = () => runs.shift()?.() ?? Promise.resolve(false);
  await repeat({ name: 'test', everyMs: 1, run }, controller.signal, quiet, (one) => told.push(one));
  t.same(
    told.map(({ job, outcome }) => `${job} ${outcome}`),
    ['test succeeded', 'test failed'],
  );
  for (const { seconds } of told) t.ok(seconds >= 0 && seconds < 10, `${seconds}`);
});

t.test('a run under way is told of the end and may finish, and what it throws for that is no fault', async (t) => {
  const controller = new AbortController();
  const logged: unknown[] = [];
  let finished = false;
  const run = async (signal: AbortSignal) => {
    const told = new Promise((resolve) => signal.addEventListener('abort', resolve));
    setImmediate(() => controller.abort());
    await told;
    finished = true;
    throw new Error('interrupted');
  };
  const log = { error: (fields: unknown) => logged.push(fields) };
  await repeat({ name: 'test', everyMs: 1, run }, controller.signal, log);
  t.ok(finished);
  t.same(logged, []);
});

t.test('a loop that is ended before it begins does not run', async (t) => {
  let runs = 0;
  const run = async () => {
    runs += 1;
    return false;
  };
  await repeat({ name: 'test', everyMs: 1, run }, AbortSignal.abort(), quiet);
  t.equal(runs, 0);
});

t.test('many pauses leave no listener on the signal', async (t) => {
  const controller = new AbortController();
  const warnings: Error[] = [];
  const warn = (warning: Error) => warnings.push(warning);
  process.on('warning', warn);
  t.teardown(() => process.removeListener('warning', warn));
  let runs = 0;
  const run = async () => {
    runs += 1;
    if (runs === 30) controller.abort();
    return false;
  };
  await repeat({ name: 'test', everyMs: 1, run }, controller.signal, quiet);
  await new Promise((resolve) => setImmediate(resolve));
  t.same(warnings, []);
});

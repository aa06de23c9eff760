import pino from 'pino';
import t from 'tap';
import type { Loop } from '../../src/platform/loop.ts';
import { loops } from '../../src/worker.ts';

/** Loops of which nobody can say what is due, and why. */
const uncounted: Readonly<Record<string, string>> = {
  'void-exports': 'it looks at each archive whether its reader still holds what it held, and finds out by that alone',
  'prepare-statistics': 'nothing is due: what it has computed ahead is computed when it is asked for otherwise',
  'publish-to-peers': 'what is new for a peer is found out by looking, and told at once',
  'clear-former-peers': 'what is left of a peering that ended is found out by looking at each table of it',
  'sign-audit-heads': 'at most the head of a day is due, which the time of its last success tells',
};

const all = loops({ db: {}, receipts: {}, sending: {}, peering: {}, log: pino({ enabled: false }) } as never);

/** Faults of a list of loops: one that shows no backlog, a name that is no label, one that stands there twice. */
function faultsOf(list: readonly Loop[], exempt: Readonly<Record<string, string>>): string[] {
  const names = list.map(({ name }) => name);
  return [
    ...list
      .filter(({ name, backlog }) => backlog === undefined && !(name in exempt))
      .map(({ name }) => `${name}: none`),
    ...list
      .filter(({ name, backlog }) => backlog !== undefined && name in exempt)
      .map(({ name }) => `${name}: has one`),
    ...names.filter((name) => !/^[a-z]+(-[a-z]+)*$/.test(name)).map((name) => `${name}: no name`),
    ...names.filter((name, index) => names.indexOf(name) !== index).map((name) => `${name}: twice`),
    ...Object.keys(exempt)
      .filter((name) => !names.includes(name))
      .map((name) => `${name}: is no loop`),
  ];
}

t.test('every background loop shows what is due for it', (t) => {
  t.ok(all.length >= 9, `${all.length} loops`);
  t.same(faultsOf(all, uncounted), []);
  for (const reason of Object.values(uncounted)) t.ok(reason.length > 20, 'with a reason');
  t.end();
});

t.test('the guard sees planted faults', (t) => {
  const run = async () => false;
  const backlog = async () => ({ count: 0, oldestAt: undefined });
  const counted = { name: 'counted', everyMs: 1, run, backlog };
  t.same(faultsOf([counted, { name: 'blind', everyMs: 1, run }], {}), ['blind: none']);
  t.same(faultsOf([counted, { name: 'blind', everyMs: 1, run }], { blind: 'x' }), []);
  t.same(faultsOf([counted, counted], { gone: 'x' }), ['counted: twice', 'gone: is no loop']);
  t.same(faultsOf([{ ...counted, name: 'Not A Label' }], {}), ['Not A Label: no name']);
  t.same(faultsOf([counted], { counted: 'x' }), ['counted: has one']);
  t.end();
});

import { isIP, type LookupFunction } from 'node:net';
import t from 'tap';
import { Agent, fetch } from 'undici';
import { mayReach } from '../../src/platform/addresses.ts';
import { sendablePlaces } from '../../src/platform/sendable.ts';
import { type Guard, type Outcome, runSsrfTargets, sendToTargets } from './ssrf-proof.ts';
import { publicAddress, type SsrfTarget, ssrfTargets } from './ssrf-targets.ts';

const nameOf = ({ target, scheme, told }: Outcome) =>
  `${scheme} ${JSON.stringify(target.url)} ${JSON.stringify(target.answers ?? [])} ${target.redirect ?? ''} ${told}`;

t.test('no target is reached, and each is refused for what it is', async (t) => {
  const { targets, sends, reached, outcomes } = await runSsrfTargets();
  t.ok(targets >= 60, `${targets} targets`);
  t.ok(sends >= 2 * targets);
  t.equal(reached, 0);
  t.same(outcomes.filter(({ reached }) => reached > 0).map(nameOf), []);
  const otherwise = outcomes.filter(
    ({ target, scheme, told }) =>
      // By plain HTTP no public address may be reached either.
      !told.every((word) => (target.reason ?? /^blocked$/).test(word) || (scheme === 'http' && word === 'blocked')),
  );
  t.same(otherwise.map(nameOf), []);
});

type Look = {
  readonly host: string;
  readonly resolve: () => Promise<readonly { address: string }[]>;
  readonly isGood: (address: string) => boolean;
};

/** Sends as many do: looks at something before, by `admit`, or at what the resolver tells the connection, or at nothing. */
const naive =
  (admit: (look: Look) => Promise<boolean>, checkedLookup = false): Guard =>
  async ({ url, lookup, privateRanges }) => {
    const { ranges } = sendablePlaces({ privateRanges });
    const isGood = (address: string) => mayReach(address, { ranges, rangesOnly: false });
    const resolve = async (name: string) => {
      const found = await lookup(name);
      if (found.length === 0 || (checkedLookup && !found.every(({ address }) => isGood(address))))
        throw new Error('refused');
      return [...found];
    };
    const connect = {
      timeout: 1000,
      lookup: ((name, _, done) => {
        resolve(name).then(
          (found) => done(null, found),
          (error: Error) => done(error, []),
        );
      }) satisfies LookupFunction,
    };
    const agent = new Agent({ connect });
    try {
      const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
      if (!(await admit({ host, resolve: () => lookup(host), isGood }))) return 'refused';
      const signal = AbortSignal.timeout(1500);
      const answer = await fetch(url, { dispatcher: agent, method: 'POST', body: 'secret', signal });
      return String(answer.status);
    } catch {
      return 'failed';
    } finally {
      await agent.destroy();
    }
  };

const addressesOf = async ({ host, resolve }: Look) =>
  isIP(host) === 0 ? (await resolve()).map(({ address }) => address) : [host];

/** Nothing is sent past loopback by guards that let it through. */
const leadingHere = ssrfTargets.filter(({ away }) => away !== true);

const reachedBy = async (guard: Guard) =>
  (await sendToTargets(guard, leadingHere)).filter(({ reached }) => reached > 0).map(({ target }) => target);

const isPlain = ({ url, redirect }: SsrfTarget) => url === '{scheme}://127.0.0.1:{port}/' && redirect === undefined;
const isRebound = ({ answers }: SsrfTarget) => answers !== undefined && answers.length > 1;
const isOneOfSeveral = ({ answers }: SsrfTarget) => answers?.length === 1 && answers[0]?.[0] === publicAddress;

t.test('the same harness sees what reaches it without a guard', async (t) => {
  const reached = await reachedBy(naive(async () => true));
  t.ok(new Set(reached).size >= 60, `${new Set(reached).size} of ${leadingHere.length} targets reach it`);
  t.ok(reached.some(isPlain));
  t.ok(
    reached.some(({ url }) => url.includes('{mapped}')),
    'also an IPv4 address as IPv6 writes it',
  );
  t.ok(
    reached.some(({ url }) => url.includes('[::1]')),
    'and IPv6',
  );
});

t.test('the same harness sees who is rebound or redirected past a check that is made before', async (t) => {
  const reached = await reachedBy(naive(async (look) => (await addressesOf(look)).every(look.isGood)));
  t.ok(reached.some(isRebound));
  t.ok(reached.some(({ redirect }) => redirect !== undefined));
  t.notOk(reached.some(isPlain));
});

t.test('the same harness sees that a check of the resolver alone lets a literal address through', async (t) => {
  const reached = await reachedBy(naive(async () => true, true));
  t.ok(reached.some(isPlain));
  t.ok(reached.some(({ redirect }) => redirect !== undefined));
  t.notOk(reached.some(({ answers }) => answers !== undefined));
});

t.test('the same harness sees that a check of the first answer alone lets the second through', async (t) => {
  const reached = await reachedBy(naive(async (look) => (await addressesOf(look)).slice(0, 1).every(look.isGood)));
  t.ok(reached.some(isOneOfSeveral));
  t.notOk(reached.some(isPlain));
});

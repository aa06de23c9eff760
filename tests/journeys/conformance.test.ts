import { pino } from 'pino';
import t, { type Test } from 'tap';
import type { Report } from '../../src/commands/conformance/report.ts';
import { runConformance } from '../../src/commands/conformance/run.ts';
import type { Peering } from '../../src/features/federation/federation.ts';
import { contentHashOf, link, type SentEntry } from '../../src/features/replication/protocol.ts';
import { pullPeers } from '../../src/features/replication/replication.ts';
import { repeat } from '../../src/platform/loop.ts';
import { freePort } from '../features/federation/world.ts';
import { type ReplicatingNode, startReplicating } from '../features/replication/nodes.ts';

/** A node with a few organisations, whose worker reads feeds; `peering` is how it knows others, by default as it should. */
async function startWorking(t: Test, peering: (own: Peering) => Peering = (own) => own) {
  const node = await startReplicating(t, 'Knooppunt');
  const lines: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
  await node.register('Gemeente Rade', { scheme: 'kvk', value: '10000001' });
  await node.register('Zorggroep Maar');
  const controller = new AbortController();
  const read = async (signal: AbortSignal) => {
    const any = await pullPeers({ db: node.db, peering: peering(node.peering), log }, signal);
    // As if a minute went by between two readings, so that no nudge has to wait.
    if (any) await node.owner`update peers set last_attempt_at = now() - interval '1 minute'`;
    return any;
  };
  const runs = [
    { name: 'pull', everyMs: 20, run: read },
    { name: 'clear', everyMs: 500, run: () => node.clear().then(() => false) },
  ];
  const running = runs.map((loop) => repeat(loop, controller.signal, log));
  t.teardown(async () => {
    controller.abort();
    await Promise.all(running);
  });
  return { node, lines };
}

/** Runs the kit against a node. */
async function conform(t: Test, node: ReplicatingNode, only?: readonly string[]): Promise<Report> {
  const lines: string[] = [];
  const report = await runConformance({
    ...{ url: node.baseUrl, listen: `http://127.0.0.1:${await freePort(t)}`, token: await node.bearer() },
    ...{ waitSeconds: 5, pollMs: 40, patienceMs: only === undefined ? 30_000 : 4000 },
    chosen: (name) => only === undefined || only.includes(name),
    write: (line) => void lines.push(line),
  });
  t.equal(lines.length, report.results.length, 'a line for each check');
  return report;
}

const failed = ({ results }: Report) =>
  results.filter(({ outcome }) => outcome === 'not ok').map(({ title, details }) => `${title}: ${details.join('; ')}`);

t.test('this node passes every check of the conformance kit', async (t) => {
  const { node, lines } = await startWorking(t);
  const report = await conform(t, node);
  t.same(failed(report), []);
  t.same(
    report.results.filter(({ outcome }) => outcome === 'skipped').map(({ title }) => title),
    [],
  );
  t.ok(report.results.length > 180, `${report.results.length} checks`);
  t.same(lines, [], 'nothing that a peer did was a fault of this node');
});

/** A node that believes what it is told: its faults are planted where it verifies what a peer signed. */
const believing =
  (believe: (payload: Record<string, unknown>) => unknown, verifies = true) =>
  (own: Peering): Peering => {
    const verify: Peering['keys']['verify'] = async (baseUrl, jws, expected) => {
      if (verifies) {
        const { payload, jwk } = await own.keys.verify(baseUrl, jws, expected);
        return { jwk, payload: believe(payload) as Record<string, unknown> };
      }
      const payload = JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString()) as Record<
        string,
        unknown
      >;
      return { jwk: {}, payload };
    };
    const keys = new Proxy(own.keys, {
      get: (target, name) => {
        if (name === 'verify') return verify;
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    return { ...own, keys };
  };

/** Entries with hashes that fit to whatever they say. */
function linkedAnew(payload: Record<string, unknown>): unknown {
  const { page } = payload as { page?: { entries: SentEntry[]; head: object } };
  if (page === undefined) return payload;
  const entries: SentEntry[] = [];
  for (const { content, ...entry } of page.entries) {
    const last = entries.at(-1) ?? { seq: entry.seq - 1, hash: entry.previous };
    const contentHash = content === undefined ? entry.contentHash : contentHashOf(content);
    entries.push({ ...link(last, { ...entry, contentHash }), ...(content !== undefined && { content }) });
  }
  const { seq, hash } = entries.at(-1) ?? (page.head as SentEntry);
  return { ...payload, page: { ...page, entries, head: { seq, hash } } };
}

t.test('the kit finds a node that looks at no hash of what it reads', async (t) => {
  const { node } = await startWorking(t, believing(linkedAnew));
  const found = failed(await conform(t, node, ['alters a content']));
  t.match(found.join('\n'), /a peer that alters a content: nothing of it is taken/);
  t.match(found.join('\n'), /an organisation has another name/);
});

t.test('the kit finds a node that believes whoever signed', async (t) => {
  const { node } = await startWorking(
    t,
    believing((payload) => payload, false),
  );
  const found = failed(await conform(t, node, ['signs by an unknown key', 'changes its signature', 'redirects']));
  t.match(found.join('\n'), /a peer that signs by an unknown key: nothing of it is taken/);
  t.match(found.join('\n'), /a peer that changes its signature: nothing of it is taken/);
  t.notMatch(found.join('\n'), /redirects/, 'and finds no fault where there is none');
});

t.test(
  'the kit finds a node whose feed is not what its hashes say, and one that answers a request twice',
  async (t) => {
    const { node } = await startWorking(t);
    await node.owner.unsafe(`
    create function planted_content() returns trigger language plpgsql as
      $$ begin new.content := jsonb_set(new.content, '{region}', '"Elders"'); return new; end $$;
    create trigger planted before insert on peer_ledger for each row execute function planted_content();
    create function planted_use() returns trigger language plpgsql as
      $$ begin new.jti := gen_random_uuid(); return new; end $$;
    create trigger planted before insert on used_assertions for each row execute function planted_use();`);
    const found = failed(await conform(t, node, []));
    t.match(found.join('\n'), /the chain from its beginning leads to the same: .*wrong_content/);
    t.match(found.join('\n'), /the digests of what was given: the digest of organisations/);
    t.match(found.join('\n'), /a request that was answered is refused when it comes again: it was answered with 200/);
  },
);

t.test('without a token the kit waits for the operator, and says what it could not look at', async (t) => {
  const run = async (node: ReplicatingNode, waitSeconds: number, only: readonly string[]) => {
    const given = { url: node.baseUrl, listen: `http://127.0.0.1:${await freePort(t)}`, waitSeconds, pollMs: 40 };
    const report = await runConformance({ ...given, chosen: (name) => only.includes(name), write: () => undefined });
    t.same(failed(report), []);
    return report.results.filter(({ outcome }) => outcome === 'skipped');
  };
  // A node of its own for each run, since it takes so many messages a minute and no more.
  const { node: left } = await startWorking(t);
  const skipped = await run(left, 0, []);
  t.match(skipped, [{ clause: 'decision', details: [/^accept the peering [-0-9a-f]{36} of http.* at the node/] }]);
  t.equal(skipped.length, 1);

  const { node } = await startWorking(t);
  const controller = new AbortController();
  const accept = async () => {
    const { items } = (await node.ask('GET', '/peers?state=offered')).json<{ items: { id: string }[] }>();
    for (const { id } of items) await node.decide(id, 'accepted');
    return false;
  };
  const log = pino({ level: 'silent' });
  const operator = repeat({ name: 'operator', everyMs: 300, run: accept }, controller.signal, log);
  const tried = ['alters a content', 'redirects', 'an organisation that is at home at the node'];
  const untold = await run(node, 30, tried);
  controller.abort();
  await operator;
  t.same(
    untold.map(({ title }) => title),
    [
      'a peer that alters a content: it is told by a code',
      'a peer that gives an organisation that is at home at the node: it is not taken over',
      'a peer that redirects: it is told by a code',
      'what came by the peering goes with it',
    ],
  );
});

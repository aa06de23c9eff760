import { pino } from 'pino';
import t from 'tap';
import { createAlliance } from '../../../src/features/alliances/alliances.ts';
import { removeExpiredExports, runDueExports } from '../../../src/features/exports/exports.ts';
import { namedId } from '../../../src/platform/id.ts';
import { exporter, manifestIn, rowsIn, unpack } from '../../helpers/archives.ts';
import { baseUrl, demoNode, runExports } from '../../helpers/demo.ts';
import { caller, context } from '../../helpers/people.ts';

const node = await demoNode(t);
const administrator = exporter(node, node.token);
type Options = Parameters<typeof runDueExports>[1];
const nothing = () => undefined;
const run = (onStep: NonNullable<Options['onStep']>, more: Partial<Options> = {}) =>
  runDueExports(node.db, {
    ...{ signal: new AbortController().signal, log: pino({ level: 'silent' }), baseUrl, onStep },
    ...more,
  });
const stateOf = async (id: string) => (await administrator.get(`/exports/${id}`)).json();
const partsOf = async (id: string) =>
  (await node.sql`select count(*)::int as n from export_parts where export_id = ${id}`)[0]?.n;

t.test('the progress of an export is seen from elsewhere while it runs', async (t) => {
  const id = await administrator.ask({ resources: ['organisations', 'mergers'] });
  t.match(await stateOf(id), { state: 'queued', processedCount: 0, resourceCount: 2, startedAt: null });
  const seen: unknown[] = [];
  await run(async (step) => {
    seen.push([step, await stateOf(id)]);
  });
  t.match(seen, [
    ['begun', { state: 'running', processedCount: 0, rowCount: 0 }],
    ['collected', { state: 'running', processedCount: 2, rowCount: 18, size: null }],
    ['packed', { state: 'running' }],
  ]);
  t.match(await stateOf(id), { state: 'succeeded', rowCount: 18 });
  t.equal(await partsOf(id), 1, 'what was only collected is gone');
});

t.test('an export that is stopped while it runs leaves nothing', async (t) => {
  const id = await administrator.ask();
  await run(async (step) => {
    if (step === 'collected') await administrator.send('PUT', `/exports/${id}/cancellation`);
  });
  t.match(await stateOf(id), { state: 'cancelled', contentUrl: null });
  t.equal(await partsOf(id), 0);
});

t.test(
  'an export whose process came to a halt is begun anew by another, and the first adds nothing more',
  async (t) => {
    const id = await administrator.ask();
    await run(
      async (step) => {
        if (step !== 'collected') return;
        await node.owner`update exports set lease_until = now() - interval '1 second' where id = ${id}`;
        await run(nothing);
      },
      { leaseSeconds: 15 },
    );
    t.match(await stateOf(id), { state: 'succeeded' });
    const got = await administrator.get(`/exports/${id}/content`);
    t.ok(manifestIn(unpack(got.rawPayload)).resources.length > 20, 'and the archive is whole');
  },
);

t.test('an export that is held up by a fault is tried again, and is given up after five tries', async (t) => {
  const id = await administrator.ask({ resources: ['mergers'] });
  const failing = () => {
    throw new Error('a planted fault');
  };
  for (let time = 0; time < 5; time++) {
    await t.rejects(run(failing), /a planted fault/);
    await node.owner`update exports set lease_until = null where id = ${id}`;
  }
  t.match(await stateOf(id), { state: 'failed', failure: 'fault' });
  t.equal(await run(nothing), false);
});

t.test('an export that every process dies over is given up, and leaves nothing of what was collected', async (t) => {
  const id = await administrator.ask({ resources: ['mergers'] });
  await node.owner`update exports set failed_attempts = 4 where id = ${id}`;
  let collected: unknown;
  await run(async (step) => {
    if (step !== 'collected') return;
    collected = await partsOf(id);
    await node.owner`update exports set lease_until = now() - interval '1 second' where id = ${id}`;
    t.equal(await run(nothing), false);
  });
  t.ok(Number(collected) > 0, 'there was something');
  t.match(await stateOf(id), { state: 'failed', failure: 'fault' });
  t.equal(await partsOf(id), 0);
});

t.test('everything in an archive is of one instant, whatever is written meanwhile', async (t) => {
  const id = await administrator.ask({ resources: ['alliances', 'memberships'] });
  const convener = context(caller({ organisationId: namedId('organisation lindeveen') }));
  let writing = true;
  const write = async () => {
    for (let number = 0; writing; number++)
      await createAlliance(node.db, convener, { kind: 'alliance', name: `Nieuw ${number}`, visibility: 'public' });
  };
  const written = write();
  await run(nothing);
  writing = false;
  await written;
  const files = unpack((await administrator.get(`/exports/${id}/content`)).rawPayload);
  const founded = rowsIn(files, 'alliances').filter(({ name }) => String(name).startsWith('Nieuw'));
  const joined = rowsIn(files, 'memberships').filter(({ alliance }) =>
    String((alliance as { name: string }).name).startsWith('Nieuw'),
  );
  t.same(
    joined.map(({ alliance }) => (alliance as { id: string }).id).toSorted(),
    founded.map(({ id }) => id).toSorted(),
    `${founded.length} alliances, each with its first membership`,
  );
});

t.test('the job asks anew what its client may see', async (t) => {
  const { owner } = node;
  const lost = await administrator.ask({ resources: ['mergers'] });
  await owner`update clients set scopes = array_remove(scopes, 'organisations:read') where client_id = 'administrator'`;
  await runExports(node.db);
  await owner`update clients set scopes = scopes || 'organisations:read'::text where client_id = 'administrator'`;
  t.match(await stateOf(lost), { state: 'failed', failure: 'scope_lost' });
  const inactive = await administrator.ask({ resources: ['mergers'] });
  await owner`update clients set disabled_at = now() where client_id = 'administrator'`;
  await runExports(node.db);
  await owner`update clients set disabled_at = null where client_id = 'administrator'`;
  t.match(await stateOf(inactive), { state: 'failed', failure: 'client_inactive' });
});

t.test('an archive is kept for seven days', async (t) => {
  const { id } = await administrator.make({ resources: ['mergers'] });
  const { expiresAt, finishedAt } = await stateOf(id);
  t.equal(Date.parse(expiresAt) - Date.parse(finishedAt), 7 * 86_400_000);
  await node.owner`update exports set expires_at = now() where id = ${id}`;
  t.match((await administrator.get(`/exports/${id}/content`)).json(), { status: 410, code: 'export_expired' });
  t.equal(await removeExpiredExports(node.db, 100), 1);
  t.match(await stateOf(id), { state: 'expired', contentUrl: null });
  t.equal(await partsOf(id), 0);
  t.match((await administrator.get(`/exports/${id}/content`)).json(), { status: 410, code: 'export_expired' });
});

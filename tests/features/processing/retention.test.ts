import type { Sql } from 'postgres';
import t from 'tap';
import { createExport } from '../../../src/features/exports/exports.ts';
import { organisationsFile } from '../../../src/features/imports/examples.ts';
import { createImport, runDueImports } from '../../../src/features/imports/imports.ts';
import { keepSchedule } from '../../../src/features/processing/processing.ts';
import { listRetentionRules } from '../../../src/features/processing/retention.ts';
import { getErasure } from '../../../src/features/professionals/erasures.ts';
import { computeInBackground, runDueComputations } from '../../../src/features/statistics/background.ts';
import { testWebhook } from '../../../src/features/webhooks/deliveries.ts';
import { createWebhook } from '../../../src/features/webhooks/endpoints.ts';
import { NewWebhook } from '../../../src/features/webhooks/schemas.ts';
import { SealedSecrets } from '../../../src/features/webhooks/webhooks.ts';
import type { Db } from '../../../src/platform/db.ts';
import { retentionWorks } from '../../../src/worker.ts';
import { testPool } from '../../helpers/computing.ts';
import { testDatabase } from '../../helpers/db.ts';
import { nodeSecret, runExports, testReceipts } from '../../helpers/demo.ts';
import { administrator, context } from '../../helpers/people.ts';
import { parties } from '../alliances/world.ts';
import { answer, employ, end, offer, register } from '../professionals/world.ts';
import { system } from '../webhooks/world.ts';

const going = () => ({ signal: new AbortController().signal });
const keep = async (db: Db, limit?: number) =>
  keepSchedule(db, retentionWorks(await testReceipts(db)), { ...going(), ...(limit !== undefined && { limit }) });
/** Lets every rule be due again. */
const later = (owner: Sql) => owner`update retention_runs set started_at = started_at - interval '2 days'`;
const removedBy = async (db: Db) =>
  Object.fromEntries(
    (await listRetentionRules(db)).body.items.map(({ id, lastRun }) => [id, lastRun?.removedCount ?? null]),
  );

async function registerEndpoint(db: Db, organisationId: string) {
  const who = await system({ db }, organisationId);
  const deps = { secrets: new SealedSecrets(nodeSecret), outbound: {} };
  const input = NewWebhook.parse({ url: 'https://hooks.example/events' });
  return { who, webhookId: (await createWebhook(db, context(who), deps, input)).body.id };
}

t.test('each rule removes what is as old as it says, and nothing that is a minute younger', async (t) => {
  const { db, owner } = await testDatabase(t);
  const { academy, town } = await parties(db, 'academy', 'town');
  const log = { error: () => undefined, info: () => undefined };
  const endpoint = registerEndpoint(db, academy.id);
  const rules: Record<
    string,
    {
      make: () => Promise<string>;
      age: (id: string, age: string) => Promise<unknown>;
      kept: (id: string) => Promise<boolean>;
      after: string;
    }
  > = {
    'saved-answers': {
      after: '24 hours',
      make: async () => {
        const idempotency = { key: String(Math.random()), fingerprint: 'f', status: 202 };
        const input = { resource: 'organisations', source: 'x', dryRun: true } as const;
        await createImport(db, context(administrator, { idempotency }), input, organisationsFile);
        return idempotency.key;
      },
      age: (id, age) => owner`update saved_answers set saved_at = now() - ${age}::interval where key = ${id}`,
      kept: async (id) => (await owner`select from saved_answers where key = ${id}`).length === 1,
    },
    'used-assertions': {
      after: '0',
      make: async () => {
        const id = String(Math.random());
        await owner`insert into used_assertions (issuer, jti, expires_at) values ('x', ${id}, now())`;
        return id;
      },
      age: (id, age) => owner`update used_assertions set expires_at = now() - ${age}::interval where jti = ${id}`,
      kept: async (id) => (await owner`select from used_assertions where jti = ${id}`).length === 1,
    },
    'webhook-deliveries': {
      after: '30 days',
      make: async () => {
        const { webhookId, who } = await endpoint;
        return (await testWebhook(db, context(who), webhookId)).body.id;
      },
      age: (id, age) => owner`update webhook_deliveries set created_at = now() - ${age}::interval where id = ${id}`,
      kept: async (id) => (await owner`select from webhook_deliveries where id = ${id}`).length === 1,
    },
    exports: {
      after: '7 days',
      make: async () => {
        const { who } = await endpoint;
        const { body } = await createExport(db, context(who), { format: 'ndjson', resources: ['mergers'] });
        await runExports(db);
        return body.id;
      },
      age: (id, age) =>
        owner`update exports set expires_at = now() - ${age}::interval + interval '7 days' where id = ${id}`,
      kept: async (id) => (await owner`select from export_parts where export_id = ${id}`).length > 0,
    },
    computations: {
      after: '1 day',
      make: async () => {
        const { who } = await endpoint;
        // Another network, of which there is nothing yet.
        await owner`insert into organisations (id, kind, name, version, created_at, changed_at)
          values (gen_random_uuid(), 'other', 'Een meer', 1, now(), now())`;
        await computeInBackground(db, who, '/v1/statistics/network');
        while (await runDueComputations(db, testPool(), { ...going(), log }));
        const [row] = await owner`select id from computed_networks order by created_at desc limit 1`;
        return String(row?.id);
      },
      age: (id, age) =>
        owner`update computed_networks set expires_at = now() - ${age}::interval + interval '1 day' where id = ${id}`,
      kept: async (id) => (await owner`select from computations where network_id = ${id}`).length > 0,
    },
    'import-contents': {
      after: '90 days',
      make: async () => {
        const input = { resource: 'organisations', source: 'x', dryRun: true } as const;
        const { body } = await createImport(db, context(administrator), input, organisationsFile);
        while (await runDueImports(db, { ...going(), log }));
        return body.id;
      },
      age: (id, age) => owner`update imports set finished_at = now() - ${age}::interval where id = ${id}`,
      kept: async (id) =>
        (await owner`select from import_rows where import_id = ${id} and content is not null`).length > 0,
    },
    'processing-records': {
      after: '3 years',
      make: async () => {
        const { id } = await employ(db, academy);
        const [row] = await owner`select r.id from processing_records r join professionals p using (data_subject_id)
          where p.id = ${id} order by r.id limit 1`;
        return String(row?.id);
      },
      age: async (id, age) => {
        await owner`alter table processing_records disable trigger append_only`;
        await owner`update processing_records set started_at = now() - ${age}::interval where id = ${id}`;
        await owner`alter table processing_records enable trigger append_only`;
      },
      kept: async (id) => (await owner`select from processing_records where id = ${id}`).length === 1,
    },
    'unaffiliated-professionals': {
      after: '2 years',
      make: async () => {
        const { id, affiliationId } = await register(db, academy);
        await owner`update affiliations set expires_at = now() where id = ${affiliationId}`;
        return id;
      },
      age: (id, age) => owner`update professionals set created_at = now() - ${age}::interval where id = ${id}`,
      kept: async (id) => (await owner`select from professionals where id = ${id} and name is not null`).length === 1,
    },
    'affiliation-offers': {
      after: '90 days',
      make: async () => {
        const { id } = await employ(db, academy);
        const claim = await offer(db, academy, id, { organisationId: town.id });
        await answer(db, town, claim, 'declined', 'Wij kennen haar niet.');
        return claim;
      },
      age: (id, age) => owner`update affiliations set decided_at = now() - ${age}::interval where id = ${id}`,
      kept: async (id) =>
        (await owner`select from affiliations where id = ${id} and role is not null and decision_reason is not null`)
          .length === 1,
    },
    'personal-codes': {
      after: '1 year',
      make: async () => (await register(db, academy)).id,
      age: (id, age) => owner`update professionals set code_issued_at = now() - ${age}::interval where id = ${id}`,
      kept: async (id) =>
        (await owner`select from professionals where id = ${id} and code_digest is not null`).length === 1,
    },
    'retention-runs': {
      after: '1 year',
      make: async () => {
        const [row] = await owner`insert into retention_runs (id, rule_id, started_at, finished_at)
          values (gen_random_uuid(), 'x', now(), now()) returning id`;
        return String(row?.id);
      },
      age: (id, age) => owner`update retention_runs set finished_at = now() - ${age}::interval where id = ${id}`,
      kept: async (id) => (await owner`select from retention_runs where id = ${id}`).length === 1,
    },
  };
  const made: [string, string, string][] = [];
  for (const [name, { make }] of Object.entries(rules)) made.push([name, await make(), await make()]);
  for (const [name, old, young] of made) {
    await rules[name]?.age(old, rules[name].after);
    // A little younger at the time of the run too, which is later than now.
    await rules[name]?.age(young, `${rules[name].after} - 1 minute`.replace(/^0 - /, '-'));
  }
  await keep(db);
  const found: Record<string, string> = {};
  for (const [name, old, young] of made)
    found[name] = `${await rules[name]?.kept(old)} ${await rules[name]?.kept(young)}`;
  t.same(found, Object.fromEntries(made.map(([name]) => [name, 'false true'])));
  const schedule = (await listRetentionRules(db)).body.items;
  t.same(schedule.map(({ id }) => id).toSorted(), Object.keys(rules).toSorted(), 'no rule is left out');
  for (const { id, lastRun } of schedule) t.ok((lastRun?.removedCount ?? 0) >= 1 && lastRun?.finishedAt !== null, id);
});

t.test('who works somewhere, was asked, or left less than two years ago is not erased', async (t) => {
  const { db, owner } = await testDatabase(t);
  const { academy, town } = await parties(db, 'academy', 'town');
  const people = {
    working: await employ(db, academy),
    asked: await register(db, academy),
    left: await employ(db, academy),
    longGone: await employ(db, academy),
  };
  for (const { affiliationId } of [people.left, people.longGone]) await end(db, academy, affiliationId);
  await owner`update professionals set created_at = now() - interval '3 years'`;
  await owner`update affiliations set starts_on = current_date - 2000`;
  const ended = (id: string, days: string) =>
    owner`update affiliations set ends_on = (now() - interval '2 years')::date + ${days}::int where id = ${id}`;
  await ended(people.left.affiliationId, '1');
  await ended(people.longGone.affiliationId, '0');
  await keep(db);
  const rows = await owner<{ id: string }[]>`select id from professionals where erased_at is not null`;
  t.same([...rows], [{ id: people.longGone.id }]);
  const [erasure] = await owner<{ id: string; ground: string; requested_by: string; receipt: string }[]>`
    select id, ground, requested_by, receipt from erasures`;
  t.match(erasure, { ground: 'retention_period', requested_by: 'node', receipt: /^[\w-]+\.[\w-]+\.[\w-]+$/ });
  t.match((await getErasure(db, academy.caller, erasure?.id ?? '')).body, { requestedBy: 'node' });
  await t.rejects(getErasure(db, town.caller, erasure?.id ?? ''), { code: 'not_found' });
});

t.test('a run that is stopped half-way goes on, and counts all of it once', async (t) => {
  const { db, owner } = await testDatabase(t);
  const fill = () => owner`insert into used_assertions (issuer, jti, expires_at)
    select 'x', gen_random_uuid()::text, now() - interval '1 minute' from generate_series(1, 25)`;
  const left = async () => (await owner`select from used_assertions`).length;
  await fill();
  const works = retentionWorks(await testReceipts(db));
  const controller = new AbortController();
  let batches = 0;
  const stopping = {
    ...works,
    'used-assertions': async (db: Db, limit: number) => {
      batches += 1;
      if (batches === 2) controller.abort();
      return works['used-assertions'](db, limit);
    },
  };
  await keepSchedule(db, stopping, { signal: controller.signal, limit: 10 });
  t.equal(await left(), 5, 'two batches of ten');
  const open = await owner`select removed_count from retention_runs where finished_at is null`;
  t.same([...open], [{ removed_count: 20 }]);
  const failing = {
    ...works,
    'used-assertions': async (db: Db, limit: number) => {
      await works['used-assertions'](db, limit);
      throw new Error('the process died');
    },
  };
  await t.rejects(keepSchedule(db, failing, { ...going(), limit: 10 }), { message: 'the process died' });
  t.equal(await left(), 5, 'what was not counted was not removed');
  t.equal((await removedBy(db))['retention-runs'], 0, 'and the other rules were kept');
  await Promise.all([keep(db, 10), keep(db, 10)]);
  t.equal(await left(), 0);
  t.equal((await removedBy(db))['used-assertions'], 25);
  const runs = async () => (await owner`select from retention_runs where rule_id = 'used-assertions'`).length;
  t.equal(await runs(), 1);
  await fill();
  await keep(db);
  t.equal(await left(), 25, 'it is not due yet');
  await later(owner);
  await keep(db);
  t.equal(await left(), 0);
  t.equal(await runs(), 2);
});

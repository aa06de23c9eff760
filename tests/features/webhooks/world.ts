import type { Test } from 'tap';
import { createOrganisation } from '../../../src/features/organisations/organisations.ts';
import { createWebhook } from '../../../src/features/webhooks/endpoints.ts';
import { NewWebhook } from '../../../src/features/webhooks/schemas.ts';
import {
  askOwners,
  deliverEvents,
  dispatchEvents,
  dropOfDisabledClients,
  SealedSecrets,
} from '../../../src/features/webhooks/webhooks.ts';
import { type Caller, type Scope, scopes } from '../../../src/platform/caller.ts';
import type { Db } from '../../../src/platform/db.ts';
import { newId } from '../../../src/platform/id.ts';
import { testDatabase } from '../../helpers/db.ts';
import { nodeSecret, testSending } from '../../helpers/demo.ts';
import { registerClient, testKey } from '../../helpers/oauth.ts';
import { administrator, caller, context, organisationWithCaller } from '../../helpers/people.ts';

/** Settings that let a node send to this machine, and lose its patience soon. */
export const localSettings = {
  OUTBOUND_ALLOW_HTTP: 'true',
  OUTBOUND_PRIVATE_RANGES: '["127.0.0.0/8"]',
  WEBHOOK_TIMEOUT_SECONDS: '1',
};

const { jwk } = await testKey('ES256');

/** A system of an organisation: a client that is registered, as a caller. */
export async function system(
  { db }: { readonly db: Db },
  organisationId: string,
  granted: readonly Scope[] = scopes,
): Promise<Caller> {
  const { id } = await registerClient({ db }, organisationId, [jwk], [...granted]);
  return caller({ clientId: id, organisationId, scopes: new Set(granted) });
}

/** An organisation with a system. */
export async function party(database: { readonly db: Db }, name = 'Gemeente Lindeveen') {
  const { id } = await organisationWithCaller(database.db, name);
  return { id, system: await system(database, id) };
}

/** A node with what sends, and an organisation with a system. */
export async function webhookWorld(t: Pick<Test, 'teardown'>, options: { max?: number } = {}) {
  const database = await testDatabase(t, options);
  const { db } = database;
  const sending = testSending(t, { settings: localSettings });
  const secrets = new SealedSecrets(nodeSecret);
  const deps = { secrets, outbound: { privateRanges: ['127.0.0.0/8'], allowHttp: true } };
  const never = new AbortController().signal;
  const register = async (who: Caller, input: Record<string, unknown>) =>
    (await createWebhook(db, context(who), deps, NewWebhook.parse(input))).body;
  const world = {
    ...database,
    sending,
    deps,
    register,
    /** Registers an endpoint whose owner grants it. */
    enable: async (who: Caller, input: Record<string, unknown>) => {
      const webhook = await register(who, input);
      await askOwners(db, sending);
      return webhook as typeof webhook & { readonly secret: string };
    },
    /** Something that everybody may see. */
    happen: async () => {
      const kind = 'other' as const;
      const { body } = await createOrganisation(db, context(administrator), { kind, name: newId(), identifiers: [] });
      return body.id;
    },
    /** Dispatches what happened, and drops what is dropped. */
    dispatch: async () => {
      while ((await dispatchEvents(db)) || (await dropOfDisabledClients(db)));
    },
    /** Sends what is due. */
    deliver: () => deliverEvents(db, sending, never),
    /** Lets time pass, for what waits; more than the rounding of an instant that is kept to the millisecond. */
    passTime: async () => {
      await database.owner`update webhook_deliveries set due_at = now() - interval '1 second' where id in (select id from webhook_deliveries
        where state = 'queued' order by id for update skip locked)`;
      await database.owner`update webhook_queues set resumes_at = now() - interval '1 second'`;
    },
  };
  return world;
}

import { randomBytes } from 'node:crypto';
import { and, eq, gt, gte, isNotNull, isNull, type SQL, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { type Answer, type PageOf, pageOf } from '../../platform/answer.ts';
import type { Caller, Context } from '../../platform/caller.ts';
import { type Db, violatedConstraint } from '../../platform/db.ts';
import { newId } from '../../platform/id.ts';
import { invalid, notFound, Problem } from '../../platform/problem.ts';
import { commit, type NewEvent } from '../events/events.ts';
import { organisations } from '../organisations/tables.ts';
import { assertAdministratorLeft, lockAdministrators } from './administrators.ts';
import { assertMayEnable, assertMayHaveClient } from './homes.ts';
import { type ClientKey, readClientKey } from './rules.ts';
import type { CallerView, ClientChange, ClientQuery, ClientView, NewClient } from './schemas.ts';
import { clientKeys, clientSecrets, clients } from './tables.ts';

type View = z.output<typeof ClientView>;
type KeyText = {
  [K in keyof View['keys'][number]]: View['keys'][number][K] extends Date | null
    ? string | null
    : View['keys'][number][K];
};

const validKeys = sql<KeyText[]>`(
  select coalesce(json_agg(json_build_object('id', k.id, 'kid', k.kid, 'alg', k.alg, 'thumbprint', k.thumbprint,
    'addedAt', k.added_at, 'expiresAt', k.expires_at) order by k.id), '[]'::json)
  from ${clientKeys} k where k.client_id = ${clients}.id and (k.expires_at is null or k.expires_at > now()))`;

const columns = {
  id: clients.id,
  version: clients.version,
  clientId: clients.clientId,
  name: clients.name,
  organisationId: clients.organisationId,
  organisationName: organisations.name,
  scopes: sql<View['scopes']>`${clients.scopes}`,
  administrator: clients.administrator,
  disabledAt: clients.disabledAt,
  keys: validKeys,
  hasSecret: sql<boolean>`exists (select from ${clientSecrets} s
    where s.client_id = ${clients}.id and (s.expires_at is null or s.expires_at > now()))`,
  createdAt: clients.createdAt,
  changedAt: clients.changedAt,
};

const select = (db: Db) =>
  db.select(columns).from(clients).innerJoin(organisations, eq(organisations.id, clients.organisationId));

type Row = Awaited<ReturnType<typeof select>>[number];

function toView({ version: _, organisationId, organisationName, disabledAt, keys, ...row }: Row): View {
  return {
    ...row,
    organisation: { id: organisationId, name: organisationName },
    disabled: disabledAt !== null,
    keys: keys.map((key) => ({
      ...key,
      addedAt: new Date(key.addedAt ?? 0),
      expiresAt: key.expiresAt === null ? null : new Date(key.expiresAt),
    })),
  };
}

/** A client with its valid keys; for administrators. Throws not_found. */
export async function getClient(db: Db, _caller: Caller, id: string): Promise<Answer<View>> {
  const [row] = await select(db).where(eq(clients.id, id));
  if (row === undefined) throw notFound();
  return { body: toView(row), version: row.version };
}

/** A page of clients in the order of their identifiers; for administrators. */
export async function listClients(
  db: Db,
  _caller: Caller,
  input: z.output<typeof ClientQuery> & { after?: string[] | undefined },
): Promise<PageOf<View>> {
  const [after] = input.after ?? [];
  const conditions: (SQL | undefined)[] = [
    after === undefined ? undefined : gt(clients.id, after),
    input.organisationId === undefined ? undefined : eq(clients.organisationId, input.organisationId),
    input.clientId === undefined ? undefined : eq(clients.clientId, input.clientId),
    input.administrator === undefined ? undefined : eq(clients.administrator, input.administrator === 'true'),
    input.changedSince === undefined ? undefined : gte(clients.changedAt, input.changedSince),
    disabledIs(input.disabled),
  ];
  const rows = await select(db)
    .where(and(...conditions))
    .orderBy(clients.id)
    .limit(input.limit + 1);
  return pageOf(rows, input.limit, (row) => [row.id], toView);
}

function disabledIs(given: 'true' | 'false' | undefined): SQL | undefined {
  if (given === undefined) return undefined;
  return given === 'true' ? isNotNull(clients.disabledAt) : isNull(clients.disabledAt);
}

/**
 * Registers a client with its public keys. Its `client_id` is given here; `publicId` fixes it for the node's own.
 * Throws invalid_input: a key is not a fit public key, is given twice or is missing, or the organisation is not known;
 * and misdirected where it is homed at another node.
 */
export async function createClient(
  db: Db,
  context: Context,
  input: z.output<typeof NewClient>,
  publicId = `c_${randomBytes(16).toString('base64url')}`,
): Promise<Answer<View>> {
  const keys = readKeys(input);
  return commit(db, context, async (db, record) => {
    await assertMayHaveClient(db, context, input);
    const now = new Date();
    const id = newId();
    await db.insert(clients).values({
      id,
      clientId: publicId,
      name: input.name,
      organisationId: input.organisationId,
      scopes: [...new Set(input.scopes)],
      administrator: input.administrator,
      createdAt: now,
      changedAt: now,
    });
    if (keys.length > 0) {
      await db.insert(clientKeys).values(keys.map((key) => ({ ...key, id: newId(), clientId: id, addedAt: now })));
    }
    record({
      type: 'client.registered',
      subjectType: 'client',
      subjectId: id,
      organisationIds: [input.organisationId],
    });
    return { ...(await getClient(db, context.caller, id)), location: `/v1/clients/${id}` };
  });
}

function readKeys(input: z.output<typeof NewClient>): ClientKey[] {
  const given = input.jwks?.keys ?? [];
  if (given.length === 0 && !input.administrator) {
    throw invalid([{ in: 'body', location: '/jwks/keys', code: 'key_required' }]);
  }
  const read = given.map((jwk) => readClientKey(jwk));
  const faults = read.flatMap((key, index) => {
    const location = `/jwks/keys/${index}`;
    if ('fault' in key) return [{ in: 'body' as const, location, code: key.fault }];
    const repeated = read.some(
      (other, at) => at < index && 'kid' in other && (other.kid === key.kid || other.thumbprint === key.thumbprint),
    );
    return repeated ? [{ in: 'body' as const, location, code: 'repeated' }] : [];
  });
  if (faults.length > 0) throw invalid(faults);
  return read.filter((key) => 'kid' in key);
}

/** A client as it is locked for a change. */
export type LockedClient = typeof clients.$inferSelect;

/** Locks a client for a change. Throws not_found, and precondition_failed unless it has the expected version (0: any). */
export async function lockClient(db: Db, id: string, expectedVersion = 0): Promise<LockedClient> {
  const [client] = await db.select().from(clients).where(eq(clients.id, id)).for('update');
  if (client === undefined) throw notFound();
  if (expectedVersion !== 0 && client.version !== expectedVersion) throw new Problem('precondition_failed');
  return client;
}

/** Ends a change of a client: a new version, and a notice to every process that its tokens must be looked at anew. */
export async function finishChange(
  db: Db,
  client: LockedClient,
  fields: Partial<Pick<LockedClient, 'name' | 'scopes' | 'disabledAt' | 'tokensRefusedUntil'>> = {},
): Promise<void> {
  await db
    .update(clients)
    .set({ ...fields, version: client.version + 1, changedAt: new Date() })
    .where(eq(clients.id, client.id));
  await db.execute(sql`select pg_notify('access', ${`client ${client.id}`})`);
}

/**
 * Changes a client; disabling it refuses its tokens at once. Throws precondition_failed, misdirected where one is
 * enabled whose organisation is homed at another node by now, and last_administrator when nobody could administer the node
 * after the change.
 */
export async function changeClient(
  db: Db,
  context: Context,
  id: string,
  expectedVersion: number,
  change: z.output<typeof ClientChange>,
): Promise<Answer<View>> {
  return commit(db, context, async (db, record) => {
    await lockAdministrators(db);
    if (change.disabled === false) await assertMayEnable(db, context, id);
    const client = await lockClient(db, id, expectedVersion);
    const disabledAt = disabledAfter(client, change.disabled);
    const scopes = change.scopes === undefined ? client.scopes : [...new Set(change.scopes)];
    const name = change.name ?? client.name;
    // Also at the enabling: a token may have been on its way to a client that was disabled.
    const switched = (disabledAt === null) !== (client.disabledAt === null);
    const tokensRefusedUntil = switched ? new Date() : client.tokensRefusedUntil;
    await finishChange(db, client, { name, scopes, disabledAt, tokensRefusedUntil });
    const keptClients = client.administrator && keepsClients(client);
    if (keptClients && !keepsClients({ scopes, disabledAt })) await assertAdministratorLeft(db);
    const type = eventType(client, disabledAt);
    record({ type, subjectType: 'client', subjectId: id, organisationIds: [client.organisationId] });
    return getClient(db, context.caller, id);
  });
}

const keepsClients = ({ scopes, disabledAt }: Pick<LockedClient, 'scopes' | 'disabledAt'>) =>
  disabledAt === null && scopes.includes('clients:write');

function disabledAfter(client: LockedClient, disabled: boolean | undefined): Date | null {
  if (disabled === undefined) return client.disabledAt;
  return disabled ? (client.disabledAt ?? new Date()) : null;
}

function eventType(before: LockedClient, disabledAt: Date | null): NewEvent['type'] {
  if (before.disabledAt === null && disabledAt !== null) return 'client.disabled';
  return before.disabledAt !== null && disabledAt === null ? 'client.enabled' : 'client.changed';
}

/** Who asks: the client, its organisation, and what its token permits. */
export async function getCaller(db: Db, caller: Caller): Promise<Answer<z.output<typeof CallerView>>> {
  const organisationId = caller.organisationId;
  const [organisation] =
    organisationId === null
      ? []
      : await db
          .select({ id: organisations.id, name: organisations.name })
          .from(organisations)
          .where(eq(organisations.id, organisationId));
  return {
    body: {
      clientId: caller.clientId,
      name: caller.clientName,
      organisation: organisation ?? null,
      scopes: [...caller.scopes],
      administrator: caller.administrator,
    },
  };
}

/** Whether a write failed because the client has, or had, this key. */
export function isKnownKey(error: unknown): boolean {
  return ['client_keys_kid', 'client_keys_thumbprint'].includes(violatedConstraint(error) ?? '');
}

/** The organisation that runs this node: that of the client that was made at its first start; undefined before it. */
export async function nodeOrganisationId(db: Db, clientId: string): Promise<string | undefined> {
  const [row] = await db
    .select({ organisationId: clients.organisationId })
    .from(clients)
    .where(eq(clients.clientId, clientId));
  return row?.organisationId;
}

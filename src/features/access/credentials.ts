import { and, eq, gt, isNull, ne, or } from 'drizzle-orm';
import type { z } from 'zod';
import type { Answer } from '../../platform/answer.ts';
import type { Context } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { newId } from '../../platform/id.ts';
import { invalid, notFound, Problem } from '../../platform/problem.ts';
import { commit } from '../events/events.ts';
import { assertAdministratorLeft, lockAdministrators } from './administrators.ts';
import { finishChange, getClient, isKnownKey, lockClient } from './clients.ts';
import { readClientKey } from './rules.ts';
import type { ClientView, NewClientKey, NewSecretRotation, SecretRotationView } from './schemas.ts';
import { digestSecret, newSecret } from './secrets.ts';
import { clientKeys, clientSecrets } from './tables.ts';

const maxKeys = 10;

const isValid = ({ expiresAt }: typeof clientKeys | typeof clientSecrets, now: Date) =>
  or(isNull(expiresAt), gt(expiresAt, now));

/**
 * Adds a public key to a client and, when asked, ends its other keys at an instant: a rotation with overlap.
 * Throws invalid_input (not a fit public key, or known already, also when it was removed before), too_many_keys.
 */
export async function addClientKey(
  db: Db,
  context: Context,
  id: string,
  { jwk, othersExpireAt }: z.output<typeof NewClientKey>,
): Promise<Answer<z.output<typeof ClientView>>> {
  const key = readClientKey(jwk);
  if ('fault' in key) throw invalid([{ in: 'body', location: '/jwk', code: key.fault }]);
  const now = new Date();
  if (othersExpireAt !== undefined && othersExpireAt < now) {
    throw invalid([{ in: 'body', location: '/othersExpireAt', code: 'in_the_past' }]);
  }
  return commit(db, context, async (db, record) => {
    const client = await lockClient(db, id);
    const valid = await db.$count(clientKeys, and(eq(clientKeys.clientId, id), isValid(clientKeys, now)));
    if (valid >= maxKeys) throw new Problem('too_many_keys', { params: { maximum: maxKeys } });
    const keyId = newId();
    try {
      await db.transaction(async (db) =>
        db.insert(clientKeys).values({ ...key, id: keyId, clientId: id, addedAt: now }),
      );
    } catch (error) {
      if (isKnownKey(error)) throw invalid([{ in: 'body', location: '/jwk', code: 'key_known' }]);
      throw error;
    }
    if (othersExpireAt !== undefined) {
      const lasting = or(isNull(clientKeys.expiresAt), gt(clientKeys.expiresAt, othersExpireAt));
      await db
        .update(clientKeys)
        .set({ expiresAt: othersExpireAt })
        .where(and(eq(clientKeys.clientId, id), ne(clientKeys.id, keyId), lasting));
    }
    await finishChange(db, client);
    record({
      type: 'client.key.added',
      subjectType: 'client',
      subjectId: id,
      organisationIds: [client.organisationId],
      data: { keyId, thumbprint: key.thumbprint },
    });
    return { ...(await getClient(db, context.caller, id)), location: `/v1/clients/${id}` };
  });
}

/**
 * Ends a key of a client now; assertions signed with it are refused from then on. Throws not_found,
 * precondition_failed, last_key when the client could not get a token any more, and last_administrator when nobody
 * could administer the node for good.
 */
export async function removeClientKey(
  db: Db,
  context: Context,
  id: string,
  keyId: string,
  expectedVersion: number,
): Promise<Answer<undefined>> {
  return commit(db, context, async (db, record) => {
    await lockAdministrators(db);
    const client = await lockClient(db, id, expectedVersion);
    const now = new Date();
    const valid = await db
      .select({ id: clientKeys.id })
      .from(clientKeys)
      .where(and(eq(clientKeys.clientId, id), isValid(clientKeys, now)));
    if (!valid.some((key) => key.id === keyId)) throw notFound();
    if (valid.length === 1 && !(await hasSecret(db, id, now))) throw new Problem('last_key');
    await db.update(clientKeys).set({ expiresAt: now }).where(eq(clientKeys.id, keyId));
    await finishChange(db, client);
    if (client.administrator && client.disabledAt === null) await assertAdministratorLeft(db);
    record({
      type: 'client.key.removed',
      subjectType: 'client',
      subjectId: id,
      organisationIds: [client.organisationId],
      data: { keyId },
    });
    return { body: undefined };
  });
}

async function hasSecret(db: Db, id: string, now: Date): Promise<boolean> {
  return (await db.$count(clientSecrets, and(eq(clientSecrets.clientId, id), isValid(clientSecrets, now)))) > 0;
}

/**
 * Gives an administrator's client a new secret, shown this once; those before stay valid for the overlap. The answer
 * is never kept, so an idempotency key is refused. Throws invalid_idempotency_key, not_found, secret_not_possible.
 */
export async function rotateClientSecret(
  db: Db,
  context: Context,
  nodeSecret: Buffer,
  id: string,
  { overlapHours }: z.output<typeof NewSecretRotation>,
  secret: string = newSecret(),
): Promise<Answer<z.output<typeof SecretRotationView>>> {
  if (context.idempotency !== undefined) throw new Problem('invalid_idempotency_key');
  return commit(db, context, async (db, record) => {
    const client = await lockClient(db, id);
    if (!client.administrator) throw new Problem('secret_not_possible');
    const now = new Date();
    const othersExpireAt = new Date(now.getTime() + overlapHours * 3_600_000);
    const lasting = or(isNull(clientSecrets.expiresAt), gt(clientSecrets.expiresAt, othersExpireAt));
    await db
      .update(clientSecrets)
      .set({ expiresAt: othersExpireAt })
      .where(and(eq(clientSecrets.clientId, id), lasting));
    const digest = digestSecret(nodeSecret, secret);
    await db.insert(clientSecrets).values({ id: newId(), clientId: id, digest, createdAt: now });
    await finishChange(db, client);
    record({
      type: 'client.secret.rotated',
      subjectType: 'client',
      subjectId: id,
      organisationIds: [client.organisationId],
    });
    return { body: { clientId: client.clientId, secret, othersExpireAt } };
  });
}

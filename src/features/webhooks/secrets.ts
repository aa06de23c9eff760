import { and, desc, eq, gt, isNull, notInArray, or, sql } from 'drizzle-orm';
import type { Db } from '../../platform/db.ts';
import { newId } from '../../platform/id.ts';
import { deriveKey, seal, unseal } from '../../platform/sealing.ts';
import { newSigningKeyPair, newWebhookSecret } from '../../platform/webhook-signature.ts';
import { webhookSecrets } from './tables.ts';

/** What signs a delivery. */
export type Signers = { readonly secrets: readonly string[]; readonly privateKeys: readonly string[] };

/** A new secret with its public key, as they are shown once. */
export type NewSigner = { readonly secret: string; readonly publicKey: string };

/** Keeps the secrets of endpoints sealed under a key that derives from the secret of the node, each bound to its row. */
export class SealedSecrets {
  readonly #key: Buffer;

  constructor(nodeSecret: Buffer) {
    this.#key = deriveKey(nodeSecret, 'webhooks');
  }

  /** Makes a secret and a key pair for an endpoint. */
  async add(db: Db, webhookId: string, now: Date): Promise<NewSigner> {
    const id = newId();
    const secret = newWebhookSecret();
    const { publicKey, privateKey } = newSigningKeyPair();
    await db.insert(webhookSecrets).values({
      ...{ id, webhookId, publicKey, createdAt: now },
      sealedSecret: seal(this.#key, Buffer.from(secret), `${id} secret`),
      sealedPrivateKey: seal(this.#key, Buffer.from(privateKey), `${id} key`),
    });
    return { secret, publicKey };
  }

  /** What signs for an endpoint now, the newest first. */
  async open(db: Db, webhookId: string): Promise<Signers> {
    const rows = await db
      .select()
      .from(webhookSecrets)
      .where(and(eq(webhookSecrets.webhookId, webhookId), isValid()))
      .orderBy(desc(webhookSecrets.id));
    return {
      secrets: rows.map(({ id, sealedSecret }) => this.#open(sealedSecret, `${id} secret`)),
      privateKeys: rows.map(({ id, sealedPrivateKey }) => this.#open(sealedPrivateKey, `${id} key`)),
    };
  }

  #open(sealed: Buffer, boundTo: string): string {
    const plain = unseal(this.#key, sealed, boundTo);
    if (plain === undefined) throw new Error('a secret of a webhook cannot be opened with the secret of this node');
    return plain.toString('utf8');
  }
}

const isValid = () => or(isNull(webhookSecrets.expiresAt), gt(webhookSecrets.expiresAt, sql`now()`));

const maxBefore = 2;

/**
 * Lets the secrets of an endpoint sign until an instant, unless they end before; forgets those that have ended, and all
 * but the last two, so that no delivery bears more than three signatures of a kind.
 */
export async function expireSecrets(db: Db, webhookId: string, at: Date): Promise<void> {
  const { id, expiresAt } = webhookSecrets;
  const ofWebhook = eq(webhookSecrets.webhookId, webhookId);
  const valid = and(ofWebhook, isValid());
  const lasting = db.select({ id }).from(webhookSecrets).where(valid).orderBy(desc(id)).limit(maxBefore);
  await db.delete(webhookSecrets).where(and(ofWebhook, notInArray(id, lasting)));
  await db
    .update(webhookSecrets)
    .set({ expiresAt: at })
    .where(and(ofWebhook, or(isNull(expiresAt), gt(expiresAt, at))));
}

/** Forgets what signs for an endpoint. */
export async function forgetSecrets(db: Db, webhookId: string): Promise<void> {
  await db.delete(webhookSecrets).where(eq(webhookSecrets.webhookId, webhookId));
}

import { and, asc, desc, eq, gt, isNotNull, isNull, lte, sql } from 'drizzle-orm';
import { CompactSign, type CryptoKey, importJWK, type JWK } from 'jose';
import type { Db } from '../../platform/db.ts';
import { clockSkewMs, insertKey, leadSeconds, openPrivateKey, signingAlgorithm } from './keys.ts';
import { signingKeys } from './tables.ts';

/** The public keys of receipts; one that was compromised bears since when. */
export type ReceiptKeySet = { readonly keys: readonly (JWK & { readonly revokedAt?: string })[] };

/** What signs receipts: in whose name, and in the transaction of what they are about. */
export type Receipts = {
  readonly issuer: string;
  /** Signs a payload as it is, as a compact JWS of this type. */
  sign(db: Db, typ: string, payload: Uint8Array): Promise<string>;
};

const forReceipts = eq(signingKeys.purpose, 'receipts');
const lockName = 'samendoen receipt keys';
// Who signs shares this lock to the end of its transaction, so that no key is revoked between its signature and commit.
const lock = (db: Db) => db.execute(sql`select pg_advisory_xact_lock(hashtextextended(${lockName}, 0))`);
const lockShared = (db: Db) => db.execute(sql`select pg_advisory_xact_lock_shared(hashtextextended(${lockName}, 0))`);

/** Makes the first key of receipts; does nothing when there is one. */
async function ensureReceiptKey(db: Db, secret: Buffer): Promise<void> {
  await db.transaction(async (db) => {
    await lock(db);
    const [known] = await db.select({ kid: signingKeys.kid }).from(signingKeys).where(forReceipts).limit(1);
    const now = new Date();
    const activeFrom = new Date(now.getTime() - clockSkewMs);
    if (known === undefined) await insertKey(db, secret, { activeFrom, createdAt: now, purpose: 'receipts' });
  });
}

/**
 * Makes a new key of receipts that takes over after a lead of ten minutes. The keys before stay published for good, so
 * that what they signed can be verified; their private halves are not kept. With `compromised`, the new key signs at
 * once, and the keys before are published with the instant from which nothing that they signed is to be believed.
 */
export async function rotateReceiptKey(
  db: Db,
  options: { readonly keySecret: Buffer; readonly compromised?: boolean; readonly leadSeconds?: number },
): Promise<{ readonly kid: string; readonly activeFrom: Date }> {
  return db.transaction(async (db) => {
    await lock(db);
    const now = new Date();
    const compromised = options.compromised ?? false;
    const waits = and(forReceipts, gt(signingKeys.activeFrom, now));
    const [waiting] = await db.select().from(signingKeys).where(waits).limit(1);
    if (waiting !== undefined && !compromised) return { kid: waiting.kid, activeFrom: waiting.activeFrom };
    const leadMs = compromised ? -clockSkewMs : (options.leadSeconds ?? leadSeconds) * 1000;
    const activeFrom = new Date(now.getTime() + leadMs);
    const signing = and(forReceipts, isNull(signingKeys.retiresAt));
    await db.update(signingKeys).set({ retiresAt: activeFrom }).where(signing);
    if (compromised) {
      const unrevoked = and(forReceipts, isNull(signingKeys.revokedAt));
      await db.update(signingKeys).set({ revokedAt: now, sealedPrivateKey: null }).where(unrevoked);
    }
    const retired = and(forReceipts, lte(signingKeys.retiresAt, now));
    await db.update(signingKeys).set({ sealedPrivateKey: null }).where(retired);
    const kid = await insertKey(db, options.keySecret, { activeFrom, createdAt: now, purpose: 'receipts' });
    return { kid, activeFrom };
  });
}

/**
 * Opens what signs receipts in the name of a node, and makes the first key. The key is read anew for each receipt, so
 * that all processes agree.
 */
export async function openReceipts(
  db: Db,
  options: { readonly keySecret: Buffer; readonly issuer: string },
): Promise<Receipts> {
  await ensureReceiptKey(db, options.keySecret);
  const imported = new Map<string, CryptoKey>();
  const current = async (db: Db) => {
    await lockShared(db);
    const now = new Date();
    const signs = and(forReceipts, isNotNull(signingKeys.sealedPrivateKey), isNull(signingKeys.revokedAt));
    const [row] = await db
      .select({ kid: signingKeys.kid, sealedPrivateKey: signingKeys.sealedPrivateKey })
      .from(signingKeys)
      .where(and(signs, lte(signingKeys.activeFrom, now)))
      .orderBy(desc(signingKeys.activeFrom))
      .limit(1);
    if (row === undefined) throw new Error('the node has no key for receipts');
    const known = imported.get(row.kid);
    if (known !== undefined) return { kid: row.kid, key: known };
    const key = (await importJWK(openPrivateKey(options.keySecret, row), signingAlgorithm)) as CryptoKey;
    imported.set(row.kid, key);
    return { kid: row.kid, key };
  };
  return {
    issuer: options.issuer,
    sign: async (db, typ, payload) => {
      const { kid, key } = await current(db);
      return new CompactSign(payload).setProtectedHeader({ alg: signingAlgorithm, kid, typ }).sign(key);
    },
  };
}

/** Every public key that ever signed receipts, the oldest first. */
export async function publishedReceiptKeys(db: Db): Promise<ReceiptKeySet> {
  const rows = await db
    .select({ jwk: signingKeys.publicJwk, revokedAt: signingKeys.revokedAt })
    .from(signingKeys)
    .where(forReceipts)
    .orderBy(asc(signingKeys.activeFrom), asc(signingKeys.kid));
  const keys = rows.map(({ jwk, revokedAt }) => ({
    ...(jwk as JWK),
    ...(revokedAt !== null && { revokedAt: revokedAt.toISOString() }),
  }));
  return { keys };
}

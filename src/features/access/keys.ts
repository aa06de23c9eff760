import { and, asc, eq, gt, isNull, lt, or, sql } from 'drizzle-orm';
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import type { Db } from '../../platform/db.ts';
import { deriveKey, seal, unseal } from '../../platform/sealing.ts';
import { maxTokenLife } from './rules.ts';
import { signingKeys } from './tables.ts';

/** The algorithm of the access tokens that this node issues. */
export const signingAlgorithm = 'ES256';

/** How long others may keep the published key set, in seconds. */
export const keySetMaxAge = 300;

/** Seconds between the publication of a new key and its first use, so that every kept key set holds it by then. */
export const leadSeconds = 2 * keySetMaxAge;
const overlapSeconds = 2 * maxTokenLife;
const reloadAfterMs = 60_000;
// What must hold at once is dated back, so that a process whose clock is behind by this much does it at once too.
export const clockSkewMs = 60_000;
const lockName = 'samendoen signing keys';

type KeyRow = typeof signingKeys.$inferSelect;

/** The key that signs now. */
export type SigningKey = { readonly kid: string; readonly privateKey: CryptoKey };

/** The node's signing keys, as they are in the database. */
export type KeyRing = {
  /** The key that signs at this moment. */
  current(): Promise<SigningKey>;
  /** The public key with this identifier, unless it is unknown or has retired. */
  find(kid: string): Promise<CryptoKey | undefined>;
  /** The public keys, next, current and retiring, as a JSON Web Key Set. */
  published(): Promise<{ keys: JWK[] }>;
  /** Reads the keys anew at their next use. */
  forget(): void;
};

const aadOf = (kid: string) => `signing key ${kid}`;
const sealingKey = (secret: Buffer) => deriveKey(secret, 'signing keys');

const forTokens = eq(signingKeys.purpose, 'tokens');

/** Makes a key for a purpose, its private half sealed; answers its identifier. */
export async function insertKey(
  db: Db,
  secret: Buffer,
  { activeFrom, createdAt, purpose }: { activeFrom: Date; createdAt: Date; purpose: 'tokens' | 'receipts' },
): Promise<string> {
  const pair = await generateKeyPair(signingAlgorithm, { extractable: true });
  const publicJwk = await exportJWK(pair.publicKey);
  const kid = await calculateJwkThumbprint(publicJwk);
  const privateJwk = Buffer.from(JSON.stringify(await exportJWK(pair.privateKey)));
  await db.insert(signingKeys).values({
    kid,
    purpose,
    alg: signingAlgorithm,
    publicJwk: { ...publicJwk, kid, alg: signingAlgorithm, use: 'sig' },
    sealedPrivateKey: seal(sealingKey(secret), privateJwk, aadOf(kid)),
    createdAt,
    activeFrom,
  });
  return kid;
}

const lock = (db: Db) => db.execute(sql`select pg_advisory_xact_lock(hashtextextended(${lockName}, 0))`);

/** Makes the first signing key; does nothing when there is one, however many processes start at once. */
export async function ensureSigningKey(db: Db, secret: Buffer): Promise<void> {
  await db.transaction(async (db) => {
    await lock(db);
    const [known] = await db.select({ kid: signingKeys.kid }).from(signingKeys).where(forTokens).limit(1);
    const now = new Date();
    const activeFrom = new Date(now.getTime() - clockSkewMs);
    if (known === undefined) await insertKey(db, secret, { activeFrom, createdAt: now, purpose: 'tokens' });
  });
}

/**
 * Makes a new signing key that takes over after a lead of ten minutes; the others verify for twice the longest life of
 * a token after that, then retire. A key that is already waiting is answered instead of made. With `compromised`, the
 * new key signs at once and all others stop verifying: tokens issued before are refused everywhere.
 */
export async function rotateSigningKey(
  db: Db,
  options: { readonly keySecret: Buffer; readonly compromised?: boolean; readonly leadSeconds?: number },
): Promise<{ readonly kid: string; readonly activeFrom: Date }> {
  return db.transaction(async (db) => {
    await lock(db);
    const now = new Date();
    const compromised = options.compromised ?? false;
    const waits = and(forTokens, gt(signingKeys.activeFrom, now));
    const [waiting] = await db.select().from(signingKeys).where(waits).limit(1);
    if (waiting !== undefined && !compromised) return { kid: waiting.kid, activeFrom: waiting.activeFrom };
    const leadMs = compromised ? -clockSkewMs : (options.leadSeconds ?? leadSeconds) * 1000;
    const activeFrom = new Date(now.getTime() + leadMs);
    const retiresAt = new Date(activeFrom.getTime() + (compromised ? 0 : overlapSeconds * 1000));
    await db
      .update(signingKeys)
      .set({ retiresAt, ...(compromised && { sealedPrivateKey: null }) })
      .where(and(forTokens, or(isNull(signingKeys.retiresAt), gt(signingKeys.retiresAt, retiresAt))));
    const retired = and(forTokens, lt(signingKeys.retiresAt, now));
    await db.update(signingKeys).set({ sealedPrivateKey: null }).where(retired);
    const kid = await insertKey(db, options.keySecret, { activeFrom, createdAt: now, purpose: 'tokens' });
    await db.execute(sql`select pg_notify('access', 'keys')`);
    return { kid, activeFrom };
  });
}

/** Opens the key ring; keys are read at their first use, after a notice, for an unknown identifier, and every minute. */
export function openKeyRing(db: Db, secret: Buffer): KeyRing {
  let rows: KeyRow[] = [];
  let readAt = 0;
  let notices = 0;
  let reading: Promise<void> | undefined;
  const imported = new Map<string, CryptoKey>();

  const readOnce = async () => {
    const before = { at: Date.now(), notices };
    rows = await db
      .select()
      .from(signingKeys)
      .where(and(forTokens, or(isNull(signingKeys.retiresAt), gt(signingKeys.retiresAt, new Date()))))
      .orderBy(asc(signingKeys.activeFrom), asc(signingKeys.kid));
    imported.clear();
    if (notices === before.notices) readAt = before.at;
  };
  const read = () => {
    reading ??= readOnce().finally(() => {
      reading = undefined;
    });
    return reading;
  };
  const live = async () => {
    // A reading that a notice overtook does not count, so that another follows it.
    while (Date.now() - readAt > reloadAfterMs) await read();
    const now = new Date();
    return rows.filter((row) => row.retiresAt === null || row.retiresAt > now);
  };
  const byKid = async (kid: string) => (await live()).find((row) => row.kid === kid);
  const importOnce = async (name: string, jwk: () => JWK) => {
    const known = imported.get(name);
    if (known !== undefined) return known;
    const key = (await importJWK(jwk(), signingAlgorithm)) as CryptoKey;
    imported.set(name, key);
    return key;
  };

  return {
    current: async () => {
      const now = new Date();
      const row = (await live()).filter(({ activeFrom }) => activeFrom <= now).at(-1);
      if (row === undefined) throw new Error('the node has no signing key');
      return { kid: row.kid, privateKey: await importOnce(`private ${row.kid}`, () => openPrivateKey(secret, row)) };
    },
    find: async (kid) => {
      let row = await byKid(kid);
      if (row === undefined && reading !== undefined) {
        // This reading may have begun before the key was made; one that begins after it cannot have.
        await reading;
        row = await byKid(kid);
      }
      if (row === undefined) {
        await read();
        row = await byKid(kid);
      }
      const jwk = row?.publicJwk;
      return jwk === undefined ? undefined : importOnce(`public ${kid}`, () => jwk as JWK);
    },
    published: async () => ({ keys: (await live()).map((row) => row.publicJwk as JWK) }),
    forget: () => {
      readAt = 0;
      notices++;
    },
  };
}

/** The private half of a key. Throws where it does not open with the secret of the node. */
export function openPrivateKey(
  secret: Buffer,
  { kid, sealedPrivateKey }: Pick<KeyRow, 'kid' | 'sealedPrivateKey'>,
): JWK {
  const plain = sealedPrivateKey === null ? undefined : unseal(sealingKey(secret), sealedPrivateKey, aadOf(kid));
  if (plain === undefined) throw new Error('the signing key does not open with the secret of this node');
  return JSON.parse(plain.toString('utf8')) as JWK;
}

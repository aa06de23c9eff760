import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { deriveKey } from '../../platform/sealing.ts';

// A fixed prefix lets scanners find a secret that was committed or pasted somewhere by mistake.
const prefix = 'samendoen_secret_';

/** A new client secret of 256 random bits. */
export const newSecret = (): string => `${prefix}${randomBytes(32).toString('base64url')}`;

/** What is kept of a secret: HMAC-SHA-256 under a key that derives from the secret of the node. */
export function digestSecret(nodeSecret: Buffer, secret: string): Buffer {
  return createHmac('sha256', deriveKey(nodeSecret, 'client secrets')).update(secret, 'utf8').digest();
}

/** Whether a secret is one of those kept; takes as long for a client without one. */
export function matchesSecret(nodeSecret: Buffer, secret: string, kept: readonly Buffer[]): boolean {
  const given = digestSecret(nodeSecret, secret);
  const nobody = randomBytes(given.length);
  let matches = false;
  for (const digest of kept.length > 0 ? kept : [nobody]) {
    if (digest.length === given.length && timingSafeEqual(digest, given)) matches = true;
  }
  return matches;
}

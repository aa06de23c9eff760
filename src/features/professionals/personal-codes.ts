import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Caller } from '../../platform/caller.ts';
import { notFound, Problem } from '../../platform/problem.ts';
import { RateLimiter } from '../../platform/rate-limit.ts';
import { deriveKey } from '../../platform/sealing.ts';

/** What every personal code begins with, so that scanners find one that was pasted somewhere by mistake. */
export const codePrefix = 'samendoen_code_';

/** A new personal code of 256 random bits. */
export const newPersonalCode = (): string => `${codePrefix}${randomBytes(32).toString('base64url')}`;

/**
 * What a code is checked against: the digest of the code, null where there is none. `id` is that under which it was asked
 * for, and `hidden` tells that the caller may not see it.
 */
type Checked = { readonly id: string; readonly codeDigest: Buffer | null; readonly hidden?: boolean };

/** Keeps and checks personal codes; a client that sends wrong ones for a professional has to wait. */
export class PersonalCodes {
  readonly #key: Buffer;
  readonly #wrong: RateLimiter;

  constructor(nodeSecret: Buffer, options: { readonly wrongPerMinute?: number; readonly now?: () => number } = {}) {
    const { wrongPerMinute = 10, now = Date.now } = options;
    this.#key = deriveKey(nodeSecret, 'personal codes');
    this.#wrong = new RateLimiter({ name: 'personal-code', quota: wrongPerMinute, now });
  }

  /** What is kept of a code: HMAC-SHA-256 under a key that derives from the secret of the node. */
  digest(code: string): Buffer {
    return createHmac('sha256', this.#key).update(code, 'utf8').digest();
  }

  /**
   * Throws wrong_personal_code unless the code is that of the professional, or not_found where the caller may not see it;
   * too_many_requests once this client sent too many wrong ones for it, so that no other client is kept out. Takes as
   * long, and counts, for a professional without a code and for what does not exist, so that they are not told apart.
   */
  assert(caller: Caller, { id, codeDigest, hidden = false }: Checked, code: string): void {
    const key = `${id} ${caller.clientId}`;
    if (this.#wrong.isUsedUp(key)) this.#wrong.limit(key);
    const given = this.digest(code);
    const kept = codeDigest ?? randomBytes(given.length);
    if (kept.length === given.length && timingSafeEqual(kept, given)) return;
    this.#wrong.take(key);
    throw hidden ? notFound() : new Problem('wrong_personal_code');
  }
}

import { LRUCache } from 'lru-cache';
import { Problem } from './problem.ts';

type Window = { used: number; endsAt: number };

/** The state of a key after a request was counted: requests left, and seconds until its window ends. */
export type Allowance = { readonly allowed: boolean; readonly left: number; readonly resetSeconds: number };

/** Counts requests per key in fixed windows, in the memory of this process. */
export class RateLimiter {
  readonly #windows: LRUCache<string, Window>;
  readonly #quota: number;
  readonly #windowSeconds: number;
  readonly #now: () => number;
  /** The value of the `RateLimit-Policy` header. */
  readonly policy: string;

  constructor(options: { quota: number; windowSeconds?: number; maxKeys?: number; name?: string; now?: () => number }) {
    this.#quota = options.quota;
    this.#windowSeconds = options.windowSeconds ?? 60;
    this.#now = options.now ?? Date.now;
    this.#windows = new LRUCache({ max: options.maxKeys ?? 10_000 });
    this.policy = `"${options.name ?? 'default'}";q=${this.#quota};w=${this.#windowSeconds}`;
  }

  /** Counts one request of a key. */
  take(key: string): Allowance {
    const now = this.#now();
    let window = this.#windows.get(key);
    if (window === undefined || window.endsAt <= now) {
      window = { used: 0, endsAt: now + this.#windowSeconds * 1000 };
      this.#windows.set(key, window);
    }
    window.used += 1;
    return {
      allowed: window.used <= this.#quota,
      left: Math.max(0, this.#quota - window.used),
      resetSeconds: Math.ceil((window.endsAt - now) / 1000),
    };
  }

  /** Whether the quota of a key is used up in its present window; counts nothing. */
  isUsedUp(key: string): boolean {
    const window = this.#windows.get(key);
    return window !== undefined && window.endsAt > this.#now() && window.used >= this.#quota;
  }

  /** The headers that tell a client its allowance (draft-ietf-httpapi-ratelimit-headers-11). */
  headers({ left, resetSeconds }: Allowance): Record<string, string> {
    const name = this.policy.slice(0, this.policy.indexOf(';'));
    return { 'ratelimit-policy': this.policy, ratelimit: `${name};r=${left};t=${resetSeconds}` };
  }

  /** Counts one request and answers its headers. Throws too_many_requests with Retry-After when the quota is used up. */
  limit(key: string): Record<string, string> {
    const allowance = this.take(key);
    const headers = this.headers(allowance);
    if (allowance.allowed) return headers;
    throw new Problem('too_many_requests', { headers: { ...headers, 'retry-after': String(allowance.resetSeconds) } });
  }
}

import { type Outbound, type OutboundAnswer, OutboundFailure, type OutboundReason } from './outbound.ts';

/**
 * A request for permission to send to an endpoint (CloudEvents HTTP Webhook 1.0, section 4). `origin` is the DNS name of
 * the sender, which each delivery names again in `WebHook-Request-Origin`.
 */
export type PermissionRequest = {
  readonly url: string;
  readonly origin: string;
  /** The wished requests per minute. */
  readonly requestRate?: number | undefined;
  /** Where permission may be given later; the answer then comes without it. */
  readonly callbackUrl?: string | undefined;
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
};

/** Why there is no permission: what the answer lacks, or why none came. */
export type Refusal = 'status' | 'no_consent' | 'other_origin' | 'unreadable_rate' | OutboundReason;

/**
 * The answer of an endpoint. With permission: how many requests a minute it takes, undefined when it sets no limit.
 * Without: why, and the status that came.
 */
export type Permission =
  | { readonly granted: true; readonly ratePerMinute: number | undefined }
  | { readonly granted: false; readonly why: Refusal; readonly status?: number };

/** The headers that ask for permission. */
export function permissionHeaders({ origin, requestRate, callbackUrl }: PermissionRequest): Record<string, string> {
  return {
    'webhook-request-origin': origin,
    ...(requestRate !== undefined && { 'webhook-request-rate': String(requestRate) }),
    ...(callbackUrl !== undefined && { 'webhook-request-callback': callbackUrl }),
  };
}

/**
 * Reads the permission out of an answer. The status alone is no consent, since many servers answer OPTIONS; the name of
 * the sender, or `*` for all, is.
 */
export function readPermission(
  { status, headers }: Pick<OutboundAnswer, 'status' | 'headers'>,
  origin: string,
): Permission {
  const refused = (why: Refusal): Permission => ({ granted: false, why, status });
  if (status !== 200 && status !== 204) return refused('status');
  const allowed = headers['webhook-allowed-origin']?.trim();
  if (allowed === undefined || allowed === '') return refused('no_consent');
  if (allowed !== '*' && allowed.toLowerCase() !== origin.toLowerCase()) return refused('other_origin');
  const rate = headers['webhook-allowed-rate']?.trim() ?? '*';
  if (rate === '*') return { granted: true, ratePerMinute: undefined };
  return /^[1-9]\d{0,8}$/.test(rate) ? { granted: true, ratePerMinute: Number(rate) } : refused('unreadable_rate');
}

/** Asks an endpoint whether this node may send to it. That no answer came is an answer of this function, not an error. */
export async function askPermission(outbound: Outbound, asked: PermissionRequest): Promise<Permission> {
  const { url, timeoutMs, signal } = asked;
  try {
    const answer = await outbound.send({
      method: 'OPTIONS',
      url,
      headers: permissionHeaders(asked),
      timeoutMs,
      signal,
    });
    return readPermission(answer, asked.origin);
  } catch (error) {
    if (error instanceof OutboundFailure) return { granted: false, why: error.reason };
    throw error;
  }
}

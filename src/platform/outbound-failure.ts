import { BlockedAddress } from './outbound-connect.ts';

/** Why no answer came. */
export type OutboundReason =
  | 'blocked'
  | 'unresolvable'
  | 'refused'
  | 'timeout'
  | 'tls'
  | 'reset'
  | 'too_large'
  | 'failed';

const sentences: Readonly<Record<OutboundReason, string>> = {
  blocked: 'The address may not be connected to.',
  unresolvable: 'The name has no address.',
  refused: 'Nobody takes connections at the address.',
  timeout: 'No whole answer came in time.',
  tls: 'No secure connection could be agreed on.',
  reset: 'The connection ended before the answer was whole.',
  too_large: 'The answer is too large.',
  failed: 'No answer came that could be read.',
};

/** No answer came. It carries a reason of ours alone: neither a text of the other side nor an address. */
export class OutboundFailure extends Error {
  readonly reason: OutboundReason;

  constructor(reason: OutboundReason) {
    super(sentences[reason]);
    this.name = 'OutboundFailure';
    this.reason = reason;
  }
}

const byCode: readonly (readonly [RegExp, OutboundReason])[] = [
  [/^(?:ENOTFOUND|ENODATA|EAI_\w+)$/, 'unresolvable'],
  [/^(?:ECONNREFUSED|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|ENETDOWN|EADDRNOTAVAIL)$/, 'refused'],
  [/^(?:ETIMEDOUT|UND_ERR_(?:CONNECT|HEADERS|BODY)_TIMEOUT)$/, 'timeout'],
  [
    /^(?:ERR_TLS_|ERR_SSL_|ERR_OSSL_|CERT_|UNABLE_TO_|CRL_|EPROTO$|SELF_SIGNED_|DEPTH_ZERO_|INVALID_CA$|INVALID_PURPOSE$)/,
    'tls',
  ],
  [/^(?:ECONNRESET|EPIPE|UND_ERR_SOCKET)$/, 'reset'],
  [/^(?:UND_ERR_HEADERS_OVERFLOW|UND_ERR_RES_EXCEEDED_MAX_SIZE)$/, 'too_large'],
];

/** The failure that an error of the client means. */
export function failureOf(error: unknown, { expired }: { expired(): boolean }): OutboundFailure {
  if (error instanceof OutboundFailure) return error;
  if (expired()) return new OutboundFailure('timeout');
  if (error instanceof BlockedAddress) return new OutboundFailure('blocked');
  const { code } = (error ?? {}) as { code?: unknown };
  return new OutboundFailure(byCode.find(([pattern]) => pattern.test(String(code)))?.[1] ?? 'failed');
}

import { randomBytes, randomUUID } from 'node:crypto';

/** What a token may permit: `<resource>:<read|write>`. */
export const scopes = [
  'organisations:read',
  'organisations:write',
  'alliances:read',
  'alliances:write',
  'knowledge-items:read',
  'knowledge-items:write',
  'initiatives:read',
  'initiatives:write',
  'commitments:read',
  'commitments:write',
  'ownership:read',
  'ownership:write',
  'professionals:read',
  'professionals:write',
  'processing-records:read',
  'imports:read',
  'imports:write',
  'statistics:read',
  'events:read',
  'webhooks:read',
  'webhooks:write',
  'exports:read',
  'exports:write',
  'audit-records:read',
  'clients:read',
  'clients:write',
  'peers:read',
  'peers:write',
  'metrics:read',
] as const;

/** One permission of a token. */
export type Scope = (typeof scopes)[number];

/** Who asks: a client, the organisation that it acts for (null for a token without one), and what its token permits. */
export type Caller = {
  readonly clientId: string;
  readonly clientName: string;
  readonly organisationId: string | null;
  readonly scopes: ReadonlySet<Scope>;
  readonly administrator: boolean;
  /** The `client_id` of a client of this node to which this node gave the token; absent where another issuer did. */
  readonly ownClient?: string | undefined;
  /** The one request that the token is for, by its method and address; absent where it is for any. */
  readonly onlyFor?: OneRequest | undefined;
};

/** One request: its method, and its path and query. */
export type OneRequest = { readonly method: string; readonly address: string };

/** The key of a write that may be repeated, the hash of its request, and the status of its answer. */
export type Idempotency = { readonly key: string; readonly fingerprint: string; readonly status: number };

/** A write as it is recorded: who, by which operation, under which trace. */
export type Context = {
  readonly caller: Caller;
  readonly operationId: string;
  readonly requestId: string;
  readonly traceId: string;
  /** The span of the client in that trace, where it sent one. */
  readonly parentSpanId?: string | undefined;
  readonly idempotency?: Idempotency | undefined;
  /** The path and query of the request, by which the same is asked at another node. */
  readonly address?: string | undefined;
  /** It takes over what another node signed for, so that it changes what is kept there. */
  readonly replicates?: true | undefined;
};

/** A write by the node itself: at its first start, by a background loop, or by a command of its operator. */
export function nodeContext(operationId: string, caller: Partial<Caller> = {}): Context {
  return {
    caller: {
      clientId: 'node',
      clientName: 'this node',
      organisationId: null,
      scopes: new Set(),
      administrator: false,
      ...caller,
    },
    operationId,
    requestId: randomUUID(),
    traceId: randomBytes(16).toString('hex'),
  };
}

/** A write by which this node takes over what the home of a replica changed; for that alone, since it passes the guard. */
export const replicaContext = (operationId: string): Context => ({ ...nodeContext(operationId), replicates: true });

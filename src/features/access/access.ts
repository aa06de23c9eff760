import { sql as query } from 'drizzle-orm';
import type { FastifyBaseLogger } from 'fastify';
import type { JWK } from 'jose';
import type { Sql } from 'postgres';
import { type Caller, nodeContext, type OneRequest, type Scope, scopes } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { createNodeOrganisation } from '../organisations/organisations.ts';
import { type AuthenticatedClient, authenticateClient, type Credentials } from './authentication.ts';
import { createClient } from './clients.ts';
import { rotateClientSecret } from './credentials.ts';
import type { TrustedIssuer } from './issuers.ts';
import { ensureSigningKey, openKeyRing, type SigningKey } from './keys.ts';
import { listenForNotices } from './notices.ts';
import { type FindPeer, isHomedHere, partnerScopes } from './peers.ts';
import { assertionAlgorithms, grantScopes, maxPeerTokenLife, maxTokenLife, vouchedLife } from './rules.ts';
import { newSecret } from './secrets.ts';
import { clients } from './tables.ts';
import { issueToken, openVerifier, type PeerToken } from './tokens.ts';

export { clientNamed, removeExpiredAssertions, useOnce } from './authentication.ts';
export { parseStrictObject, readCompact } from './jwt.ts';
export { keySetMaxAge, openKeyRing, rotateSigningKey, type SigningKey } from './keys.ts';
export { type FindPeer, isHomedHere, type PeerIssuer } from './peers.ts';
export {
  openReceipts,
  publishedReceiptKeys,
  type Receipts,
  rotateReceiptKey,
} from './receipt-keys.ts';
export { endVouching } from './vouching.ts';

/** The `client_id` of the administrator's client that is made at the first start. */
export const administratorClientId = 'administrator';

/** What came of a request for a token. */
export type TokenResult =
  | { readonly token: string; readonly scopes: readonly string[]; readonly lifeSeconds: number }
  | { readonly refused: 'invalid_client' | 'invalid_scope' | 'invalid_target' };

/** What a client asks of a token: its scopes, and by `resource` (RFC 8707) the node that it is for; else this one. */
export type AskedToken = { readonly scope?: string | undefined; readonly resource?: string | undefined };

/** One request at a peer that this node vouches for. */
export type Vouched = PeerToken & {
  readonly clientId: string;
  readonly scope: Scope;
  readonly for: OneRequest;
};

/** Access to the node: who may come in, by which token, signed with which keys. */
export type Access = {
  readonly baseUrl: string;
  /** The caller behind an Authorization header. Throws unauthenticated, invalid_token, unavailable. */
  authenticate(authorization: string | undefined): Promise<Caller>;
  /**
   * Issues an access token to a client that proves who it is. For a peer it is given to no administrator, for an
   * organisation that is homed here alone, without scopes of administrators, and for five minutes at most.
   */
  grantToken(credentials: Credentials, asked?: AskedToken): Promise<TokenResult>;
  /**
   * A token for one request of a client of this node at a peer, on behalf of an organisation that is homed here: with one
   * scope, for a minute, and for that request alone.
   */
  vouchFor(asked: Vouched): Promise<string>;
  /** The public keys of the node as a JSON Web Key Set. */
  keySet(): Promise<{ keys: JWK[] }>;
  /** The key with which the node signs now. */
  signingKey(): Promise<SigningKey>;
  /** The description of the authorization server (RFC 8414). */
  metadata(): Record<string, unknown>;
  /** Looks at the tokens of a client anew from now on; other processes are told by the database. */
  forget(clientId: string): void;
  close(): Promise<void>;
};

/** Opens access: makes the first signing key, listens for changes, and trusts the configured issuers. */
export async function openAccess(
  db: Db,
  sql: Sql,
  options: {
    readonly baseUrl: string;
    readonly keySecret: Buffer;
    readonly trustedIssuers: readonly TrustedIssuer[];
    readonly peers: FindPeer;
    readonly log: Pick<FastifyBaseLogger, 'warn'>;
    /** Life of an access token in seconds; an hour at most. */
    readonly tokenLifeSeconds?: number;
  },
): Promise<Access> {
  const { baseUrl, keySecret } = options;
  const lifeSeconds = Math.min(options.tokenLifeSeconds ?? maxTokenLife, maxTokenLife);
  await ensureSigningKey(db, keySecret);
  const ring = openKeyRing(db, keySecret);
  await ring.current();
  const verifier = openVerifier(db, ring, options);
  const notices = await listenForNotices(sql, options.log, (notice) => {
    if (notice.about !== 'client') ring.forget();
    verifier.forget(notice.about === 'client' ? notice.id : undefined);
  });
  const audiences = [`${baseUrl}/oauth/token`, baseUrl];
  /** Administrators of one node are nobody at another, and this node vouches for nobody who is homed elsewhere. */
  const mayGoTo = async (resource: string, { administrator, organisationId }: AuthenticatedClient) =>
    !administrator && (await isHomedHere(db, organisationId)) && (await options.peers(resource)) !== undefined;
  const issue = (client: AuthenticatedClient, granted: string[], peer?: string): Promise<TokenResult> => {
    const { clientId, organisationId, tokensRefusedUntil: refusedUntil } = client;
    const given = { baseUrl, clientId, scopes: granted, refusedUntil };
    const issued = async (life: number, at?: { peer: string; organisationId: string }) => {
      const token = await issueToken(ring, { ...given, lifeSeconds: life, at });
      return { token, scopes: granted, lifeSeconds: life };
    };
    if (peer === undefined) return issued(lifeSeconds);
    return issued(Math.min(lifeSeconds, maxPeerTokenLife), { peer, organisationId });
  };
  const grantForPeer = async (client: AuthenticatedClient, scope: string | undefined, peer: string) => {
    if (!(await mayGoTo(peer, client))) return { refused: 'invalid_target' } as const;
    const granted = grantScopes(
      scope,
      partnerScopes.filter((one) => client.scopes.includes(one)),
    );
    if (granted === undefined || granted.length === 0) return { refused: 'invalid_scope' } as const;
    return issue(client, granted, peer);
  };
  return {
    baseUrl,
    authenticate: verifier.authenticate,
    grantToken: async (credentials, { scope, resource = baseUrl } = {}) => {
      const client = await authenticateClient(db, credentials, { nodeSecret: keySecret, audiences });
      if (client === undefined) return { refused: 'invalid_client' };
      if (resource !== baseUrl) return grantForPeer(client, scope, resource);
      const granted = grantScopes(scope, client.scopes);
      return granted === undefined ? { refused: 'invalid_scope' } : issue(client, granted);
    },
    vouchFor: ({ clientId, scope, ...at }) =>
      issueToken(ring, { baseUrl, clientId, scopes: [scope], lifeSeconds: vouchedLife, at }),
    keySet: () => ring.published(),
    signingKey: () => ring.current(),
    metadata: () => metadata(baseUrl),
    forget: (clientId) => verifier.forget(clientId),
    close: () => notices.close(),
  };
}

const metadata = (baseUrl: string) => ({
  issuer: baseUrl,
  token_endpoint: `${baseUrl}/oauth/token`,
  jwks_uri: `${baseUrl}/.well-known/jwks.json`,
  scopes_supported: [...scopes],
  response_types_supported: [],
  grant_types_supported: ['client_credentials'],
  token_endpoint_auth_methods_supported: ['private_key_jwt', 'client_secret_basic', 'client_secret_post'],
  token_endpoint_auth_signing_alg_values_supported: [...assertionAlgorithms],
  service_documentation: `${baseUrl}/docs`,
});

/**
 * Makes the node's own organisation and its administrator's client on a database without clients, once however many
 * processes start. Answers the secret only then; later calls change nothing.
 */
export async function ensureAdministrator(
  db: Db,
  options: { readonly nodeName: string; readonly keySecret: Buffer; readonly secret?: string },
): Promise<{ readonly clientId: string; readonly secret?: string }> {
  return db.transaction(async (db) => {
    await db.execute(query`select pg_advisory_xact_lock(hashtextextended('samendoen first start', 0))`);
    const [known] = await db.select({ id: clients.id }).from(clients).limit(1);
    if (known !== undefined) return { clientId: administratorClientId };
    const context = nodeContext('startNode', { administrator: true });
    const organisationId = await createNodeOrganisation(db, context, options.nodeName);
    const client = { name: 'Administrator', organisationId, scopes: [...scopes], administrator: true };
    const { body } = await createClient(db, context, client, administratorClientId);
    const secret = options.secret ?? newSecret();
    await rotateClientSecret(db, context, options.keySecret, body.id, { overlapHours: 0 }, secret);
    return { clientId: administratorClientId, secret };
  });
}

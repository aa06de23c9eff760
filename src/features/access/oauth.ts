import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { problemOf } from '../../platform/failures.ts';
import { errorLine } from '../../platform/logging.ts';
import { RateLimiter } from '../../platform/rate-limit.ts';
import { traceIdOf } from '../../platform/trace.ts';
import type { Access } from './access.ts';
import { type Credentials, claimedClient } from './authentication.ts';
import { keySetMaxAge } from './keys.ts';
import type { ReceiptKeySet } from './receipt-keys.ts';

/** Error codes of the token endpoint (RFC 6749, section 5.2), and those for a node that cannot serve now. */
type ErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'unsupported_grant_type'
  | 'invalid_scope'
  | 'invalid_target'
  | 'temporarily_unavailable'
  | 'server_error';

class OAuthError extends Error {
  readonly error: ErrorCode;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(error: ErrorCode, description: string, status = 400, headers: Readonly<Record<string, string>> = {}) {
    super(description);
    this.error = error;
    this.status = status;
    this.headers = headers;
  }
}

const formType = 'application/x-www-form-urlencoded';
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const formLimit = 16_384;
const operationId = 'requestToken';

const toldOf = (request: FastifyRequest) => ({ operationId, requestId: request.id, traceId: traceIdOf(request) });

/**
 * What the token endpoint needs. The limit holds for whoever claims to be a client at one address, and for a client that
 * proved itself wherever it asks, so that nobody uses up the quota of another; one address gets ten times as much.
 */
export type OAuthDeps = {
  readonly access: Access;
  readonly receiptKeys: () => Promise<ReceiptKeySet>;
  readonly rateLimitPerMinute: number;
  /** Is told what whoever claims to be a client was refused; the answer does not wait for it. */
  readonly refused?: ((refusal: TokenRefusal) => void) | undefined;
};

/** That whoever claims to be a client was given no token. */
export type TokenRefusal = {
  readonly clientId: string;
  readonly operationId: string;
  readonly status: number;
  readonly code: string;
  readonly requestId: string;
  readonly traceId: string;
};

/** Mounts the token endpoint and the well-known documents of the authorization server. */
export function oauthRoutes(
  app: FastifyInstance,
  { access, receiptKeys, rateLimitPerMinute, refused }: OAuthDeps,
): void {
  app.get('/.well-known/oauth-authorization-server', async (_request, reply) =>
    reply.header('cache-control', `public, max-age=${keySetMaxAge}`).send(access.metadata()),
  );
  app.get('/.well-known/jwks.json', async (_request, reply) =>
    reply.header('cache-control', `public, max-age=${keySetMaxAge}`).send(await access.keySet()),
  );
  app.get('/.well-known/receipt-jwks.json', async (_request, reply) =>
    reply.header('cache-control', `public, max-age=${keySetMaxAge}`).send(await receiptKeys()),
  );
  void app.register(async (scope) => {
    const perClaim = new RateLimiter({ quota: rateLimitPerMinute, name: 'token' });
    const perClient = new RateLimiter({ quota: rateLimitPerMinute, name: 'token' });
    const perAddress = new RateLimiter({ quota: rateLimitPerMinute * 10, name: 'address' });
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(formType, { parseAs: 'string', bodyLimit: formLimit }, (_request, body, done) =>
      done(null, body),
    );
    scope.setErrorHandler((error: FastifyError, request, reply) => sendError(error, request, reply));
    scope.post('/oauth/token', { bodyLimit: formLimit, config: { operationId } }, async (request, reply) => {
      perAddress.limit(request.ip);
      const form = readForm(request);
      const credentials = readCredentials(form, request.headers.authorization);
      const client = claimedClient(credentials) ?? '';
      reply.headers(perClaim.limit(`${client} ${request.ip}`));
      const result = await access.grantToken(credentials, { scope: form.get('scope'), resource: form.get('resource') });
      if ('refused' in result) {
        const error = refusal(result.refused, request.headers.authorization);
        refused?.({ clientId: client, ...toldOf(request), status: error.status, code: error.error });
        throw error;
      }
      reply.headers(perClient.limit(client));
      return reply
        .header('cache-control', 'no-store')
        .header('pragma', 'no-cache')
        .send({
          access_token: result.token,
          token_type: 'Bearer',
          expires_in: result.lifeSeconds,
          scope: result.scopes.join(' '),
        });
    });
  });
}

type Refused = 'invalid_client' | 'invalid_scope' | 'invalid_target';

function refusal(refused: Refused, authorization: string | undefined): OAuthError {
  if (refused === 'invalid_scope')
    return new OAuthError('invalid_scope', 'A scope was asked for that the client does not have.');
  if (refused === 'invalid_target')
    return new OAuthError(
      'invalid_target',
      'resource must be the base URL of this node, or of a peer for this client.',
    );
  const headers = authorization === undefined ? {} : { 'www-authenticate': 'Basic realm="samendoen"' };
  return new OAuthError('invalid_client', 'The client could not be authenticated.', 401, headers);
}

function readForm(request: FastifyRequest): ReadonlyMap<string, string> {
  if (request.url.includes('?')) throw new OAuthError('invalid_request', 'Parameters belong in the body.');
  if (typeof request.body !== 'string') throw new OAuthError('invalid_request', `The body must be ${formType}.`);
  const form = new Map<string, string>();
  const names = new Set<string>();
  for (const [name, value] of new URLSearchParams(request.body)) {
    if (names.has(name)) throw new OAuthError('invalid_request', 'A parameter is given more than once.');
    names.add(name);
    // An empty parameter counts as absent, and one that is not known is ignored (RFC 6749, section 3.2).
    if (value !== '') form.set(name, value);
  }
  const grantType = form.get('grant_type');
  if (grantType === undefined) throw new OAuthError('invalid_request', 'grant_type is missing.');
  if (grantType !== 'client_credentials')
    throw new OAuthError('unsupported_grant_type', 'Only client_credentials is supported.');
  return form;
}

/** The one way in which the client proves who it is; throws when there is none, more than one, or it cannot be read. */
function readCredentials(form: ReadonlyMap<string, string>, authorization: string | undefined): Credentials {
  const assertion = form.get('client_assertion');
  const secret = form.get('client_secret');
  const ways = [assertion, secret, authorization].filter((way) => way !== undefined).length;
  if (ways > 1) throw new OAuthError('invalid_request', 'Use one way of client authentication.');
  if (assertion !== undefined) return readAssertion(form, assertion);
  if (authorization !== undefined) return readBasic(authorization, form.get('client_id'));
  const clientId = form.get('client_id');
  if (secret === undefined || clientId === undefined) throw refusal('invalid_client', undefined);
  return { method: 'secret', clientId, secret };
}

function readAssertion(form: ReadonlyMap<string, string>, assertion: string): Credentials {
  if (form.get('client_assertion_type') !== assertionType) {
    throw new OAuthError('invalid_request', `client_assertion_type must be ${assertionType}.`);
  }
  return { method: 'assertion', assertion, clientId: form.get('client_id') };
}

function readBasic(authorization: string, clientId: string | undefined): Credentials {
  const encoded = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization)?.[1];
  const text = Buffer.from(encoded ?? '', 'base64').toString('utf8');
  const colon = text.indexOf(':');
  const name = colon < 0 ? undefined : decodeForm(text.slice(0, colon));
  const secret = colon < 0 ? undefined : decodeForm(text.slice(colon + 1));
  if (name === undefined || secret === undefined || (clientId !== undefined && clientId !== name)) {
    throw refusal('invalid_client', authorization);
  }
  return { method: 'secret', clientId: name, secret };
}

function decodeForm(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

function sendError(error: Error, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const oauth = toOAuthError(error);
  if (oauth.status >= 500) {
    const line = { requestId: request.id, traceId: traceIdOf(request), err: errorLine(error) };
    request.log.error(line, 'the token endpoint failed');
  }
  return reply
    .status(oauth.status)
    .headers(oauth.headers)
    .header('cache-control', 'no-store')
    .header('pragma', 'no-cache')
    .type('application/json')
    .send(JSON.stringify({ error: oauth.error, error_description: oauth.message }));
}

function toOAuthError(error: Error): OAuthError {
  if (error instanceof OAuthError) return error;
  const { status, headers } = problemOf(error);
  if (status === 429) {
    return new OAuthError('temporarily_unavailable', 'Too many requests; see Retry-After.', status, headers);
  }
  if (status === 415) return new OAuthError('invalid_request', `The body must be ${formType}.`, status);
  if (status < 500) return new OAuthError('invalid_request', 'The request cannot be read.', status);
  const code = status === 503 ? 'temporarily_unavailable' : 'server_error';
  return new OAuthError(code, 'The node cannot answer now.', status, headers);
}

import { z } from 'zod';
import { scopes } from '../../platform/caller.ts';
import { Id, line, Moment, pageQuery, Reference } from '../../platform/schemas.ts';
import { assertionAlgorithms } from './rules.ts';

/** What a token may permit. */
export const ScopeName = z
  .enum(scopes)
  .meta({ id: 'Scope', description: 'What a token may permit: `<resource>:<read|write>`.' });

/** A public key as a client hands it in; private members are refused. */
export const PublicJwk = z
  .looseObject({
    kty: z.enum(['RSA', 'EC', 'OKP']),
    kid: z.string().min(1).max(128).optional(),
    alg: z.string().max(20).optional().meta({ description: 'RS256, PS256, ES256 or EdDSA; required for RSA.' }),
    use: z.string().max(20).optional(),
    n: z.string().max(1400).optional(),
    e: z.string().max(20).optional(),
    crv: z.string().max(20).optional(),
    x: z.string().max(100).optional(),
    y: z.string().max(100).optional(),
  })
  .meta({
    id: 'PublicJwk',
    description: 'Public JSON Web Key (RFC 7517): RSA of 2048 to 8192 bits, P-256, or Ed25519.',
  });

const clientScopes = z.array(ScopeName).max(scopes.length);

/** A client to be registered: a system that will act for one organisation. */
export const NewClient = z
  .strictObject({
    name: line(200),
    organisationId: Id.meta({ description: 'The organisation for which the client acts; it cannot be changed later.' }),
    scopes: clientScopes.min(1),
    jwks: z
      .strictObject({ keys: z.array(PublicJwk).max(5) })
      .optional()
      .meta({ description: 'Public keys that verify the client assertions (private_key_jwt).' }),
    administrator: z
      .boolean()
      .default(false)
      .meta({ description: 'An administrator keeps the registers of the node.' }),
  })
  .meta({ id: 'NewClient' });

/** A change to a client: absent stays. */
export const ClientChange = z
  .strictObject({
    name: line(200).optional(),
    scopes: clientScopes.min(1).optional(),
    disabled: z
      .boolean()
      .optional()
      .meta({ description: 'True refuses all tokens of the client at once, also those issued before.' }),
  })
  .meta({ id: 'ClientChange' });

/** A key to be added to a client, and when the others end: a rotation with overlap in one request. */
export const NewClientKey = z
  .strictObject({
    jwk: PublicJwk,
    othersExpireAt: Moment.optional().meta({
      description: 'The other keys of the client are valid until this instant.',
    }),
  })
  .meta({ id: 'NewClientKey' });

/** A valid key of a client. */
export const ClientKeyView = z
  .object({
    id: Id,
    kid: z.string(),
    alg: z.enum(assertionAlgorithms),
    thumbprint: z.string().meta({ description: 'SHA-256 thumbprint (RFC 7638), base64url.' }),
    addedAt: Moment,
    expiresAt: Moment.nullable(),
  })
  .meta({ id: 'ClientKey' });

/** A client as it is shown; never with a secret. */
export const ClientView = z
  .object({
    id: Id,
    clientId: z.string().meta({ description: 'The `client_id` of OAuth messages.' }),
    name: z.string(),
    organisation: Reference,
    scopes: z.array(ScopeName),
    administrator: z.boolean(),
    disabled: z.boolean(),
    keys: z.array(ClientKeyView).meta({ description: 'The keys that are valid now.' }),
    hasSecret: z.boolean(),
    createdAt: Moment,
    changedAt: Moment,
  })
  .meta({ id: 'Client' });

/** Filters of the list of clients. */
export const ClientQuery = z.strictObject({
  ...pageQuery,
  organisationId: Id.optional(),
  clientId: z.string().min(1).max(200).optional().meta({ description: 'The `client_id` of OAuth messages.' }),
  disabled: z.enum(['true', 'false']).optional(),
  administrator: z.enum(['true', 'false']).optional(),
  changedSince: Moment.optional().meta({ description: 'Only clients registered or changed at or after this instant.' }),
});

/** The path of one client: its `id`. */
export const ClientPath = z.strictObject({ clientId: Id.meta({ description: 'The `id` of the client.' }) });

/** The path of one key of a client. */
export const ClientKeyPath = z.strictObject({ clientId: Id, keyId: Id });

/** How long the secrets before stay valid, in hours. */
export const NewSecretRotation = z
  .strictObject({ overlapHours: z.int().min(0).max(720).default(24) })
  .meta({ id: 'NewSecretRotation' });

/** The new secret of a client; shown this once. */
export const SecretRotationView = z
  .object({
    clientId: z.string(),
    secret: z.string(),
    othersExpireAt: Moment.meta({ description: 'The secrets before are valid until this instant.' }),
  })
  .meta({ id: 'SecretRotation' });

/** Who asks, as this node sees it. */
export const CallerView = z
  .object({
    clientId: z.string(),
    name: z.string(),
    organisation: Reference.nullable(),
    scopes: z.array(ScopeName),
    administrator: z.boolean(),
  })
  .meta({ id: 'Caller' });

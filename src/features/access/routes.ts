import type { Routes } from '../../platform/contract.ts';
import type { Db } from '../../platform/db.ts';
import type { Access } from './access.ts';
import { changeClient, createClient, getCaller, getClient, listClients } from './clients.ts';
import { addClientKey, removeClientKey, rotateClientSecret } from './credentials.ts';
import * as examples from './examples.ts';
import {
  CallerView,
  ClientChange,
  ClientKeyPath,
  ClientPath,
  ClientQuery,
  ClientView,
  NewClient,
  NewClientKey,
  NewSecretRotation,
  SecretRotationView,
} from './schemas.ts';

export { oauthRoutes } from './oauth.ts';

/** What the routes of access need: `secret` is that of the node. */
export type AccessDeps = { readonly db: Db; readonly secret: Buffer; readonly access: Pick<Access, 'forget'> };

const tag = 'clients';

/** Mounts the clients, their keys and secrets, and the caller. */
export function accessRoutes(routes: Routes, deps: AccessDeps): void {
  const { db, access } = deps;
  routes.add({
    method: 'GET',
    path: '/caller',
    operationId: 'getCaller',
    tag,
    summary: 'Get the caller as this node sees it',
    access: { scope: 'organisations:read', policy: 'caller' },
    answer: { status: 200, description: 'The caller.', schema: CallerView },
    examples: { answer: examples.caller },
    handler: ({ caller }) => getCaller(db, caller),
  });
  routes.add({
    method: 'GET',
    path: '/clients',
    operationId: 'listClients',
    tag,
    summary: 'List clients',
    access: { scope: 'clients:read', policy: 'administrator' },
    query: ClientQuery,
    answer: { status: 200, description: 'A page of clients.', schema: ClientView, page: true },
    examples: { query: { limit: 2 }, answer: { items: [examples.client], nextCursor: null } },
    handler: ({ caller, query, after }) => listClients(db, caller, { ...query, after }),
  });
  routes.add({
    method: 'POST',
    path: '/clients',
    operationId: 'createClient',
    tag,
    summary: 'Register a client',
    description:
      'A client acts for one organisation and proves itself with its own keys (private_key_jwt); hand in their public halves. Key sets by address are not read. It is registered where the organisation is homed: that node vouches for it.',
    access: { scope: 'clients:write', policy: 'administrator' },
    body: NewClient,
    answer: { status: 201, description: 'The registered client.', schema: ClientView, etag: true },
    problems: ['misdirected'],
    examples: { body: examples.newClient, answer: examples.client },
    handler: ({ context, body }) => createClient(db, context, body),
  });
  routes.add({
    method: 'GET',
    path: '/clients/{clientId}',
    operationId: 'getClient',
    tag,
    summary: 'Get a client',
    access: { scope: 'clients:read', policy: 'administrator' },
    params: ClientPath,
    answer: { status: 200, description: 'The client.', schema: ClientView, etag: true },
    examples: { params: { clientId: examples.client.id }, answer: examples.client },
    handler: ({ caller, params }) => getClient(db, caller, params.clientId),
  });
  routes.add({
    method: 'PATCH',
    path: '/clients/{clientId}',
    operationId: 'changeClient',
    tag,
    summary: 'Change, disable or enable a client',
    description: 'Disabling refuses every token of the client at once; those stay refused when it is enabled again.',
    access: { scope: 'clients:write', policy: 'administrator' },
    params: ClientPath,
    body: ClientChange,
    bodyType: 'application/merge-patch+json',
    ifMatch: true,
    answer: { status: 200, description: 'The changed client.', schema: ClientView, etag: true },
    problems: ['last_administrator', 'misdirected'],
    examples: {
      params: { clientId: examples.client.id },
      body: examples.clientChange,
      answer: { ...examples.client, ...examples.clientChange },
    },
    handler: async ({ context, params, body, ifMatch }) => {
      const answer = await changeClient(db, context, params.clientId, ifMatch, body);
      access.forget(params.clientId);
      return answer;
    },
  });
  credentialRoutes(routes, deps);
}

function credentialRoutes(routes: Routes, { db, secret }: AccessDeps): void {
  routes.add({
    method: 'POST',
    path: '/clients/{clientId}/keys',
    operationId: 'addClientKey',
    tag,
    summary: 'Add a public key to a client',
    description: 'With `othersExpireAt` this is a rotation with overlap: the keys before stay valid until then.',
    access: { scope: 'clients:write', policy: 'administrator' },
    params: ClientPath,
    body: NewClientKey,
    answer: { status: 201, description: 'The client with its keys.', schema: ClientView, etag: true },
    problems: ['too_many_keys'],
    examples: { params: { clientId: examples.client.id }, body: examples.newClientKey, answer: examples.client },
    handler: ({ context, params, body }) => addClientKey(db, context, params.clientId, body),
  });
  routes.add({
    method: 'DELETE',
    path: '/clients/{clientId}/keys/{keyId}',
    operationId: 'removeClientKey',
    tag,
    summary: 'End a key of a client now',
    description: 'If-Match names the version of the client.',
    access: { scope: 'clients:write', policy: 'administrator' },
    params: ClientKeyPath,
    ifMatch: true,
    answer: { status: 204, description: 'The key is not accepted any more.' },
    problems: ['last_key', 'last_administrator'],
    examples: { params: { clientId: examples.client.id, keyId: examples.client.keys[0]?.id } },
    handler: ({ context, params, ifMatch }) => removeClientKey(db, context, params.clientId, params.keyId, ifMatch),
  });
  routes.add({
    method: 'POST',
    path: '/clients/{clientId}/secret-rotations',
    operationId: 'rotateClientSecret',
    tag,
    summary: "Give an administrator's client a new secret",
    description:
      'The secret is shown in this answer and never again, so the answer is not kept: an Idempotency-Key is refused. The secrets before stay valid for the overlap.',
    access: { scope: 'clients:write', policy: 'administrator' },
    params: ClientPath,
    body: NewSecretRotation,
    idempotent: false,
    answer: { status: 201, description: 'The new secret.', schema: SecretRotationView },
    problems: ['secret_not_possible'],
    examples: {
      params: { clientId: examples.secondAdministratorId },
      body: { overlapHours: 24 },
      answer: examples.secretRotation,
    },
    handler: ({ context, params, body }) => rotateClientSecret(db, context, secret, params.clientId, body),
  });
}

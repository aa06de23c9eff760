import { namedId } from '../../platform/id.ts';

const key = {
  kty: 'EC',
  crv: 'P-256',
  x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
  y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
  kid: '2026-01',
};

/** The client of a municipality of the demo network, as it is shown. */
export const client = {
  id: namedId('client lindeveen'),
  clientId: 'lindeveen',
  name: 'Zaaksysteem Lindeveen',
  organisation: { id: namedId('organisation lindeveen'), name: 'Gemeente Lindeveen' },
  scopes: ['organisations:read', 'alliances:read', 'alliances:write', 'statistics:read'],
  administrator: false,
  disabled: false,
  keys: [
    {
      id: namedId('client lindeveen', 1),
      kid: '2026-01',
      alg: 'ES256',
      thumbprint: 'oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U',
      addedAt: '2026-01-05T08:00:00.000Z',
      expiresAt: null,
    },
  ],
  hasSecret: false,
  createdAt: '2026-01-05T08:00:00.000Z',
  changedAt: '2026-01-05T08:00:00.000Z',
};

/** A client that can be registered for a municipality of the demo network. */
export const newClient = {
  name: 'Zaaksysteem Waterrade',
  organisationId: namedId('organisation waterrade'),
  scopes: ['organisations:read', 'alliances:read', 'alliances:write'],
  jwks: { keys: [key] },
};

/** A change to a client. */
export const clientChange = { name: 'Zaaksysteem Lindeveen en Waterrade' };

/** A second key, with the day on which the others end. */
export const newClientKey = {
  jwk: { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo', kid: '2027-01' },
  othersExpireAt: '2099-01-31T00:00:00.000Z',
};

/** A second administrator's client of the demo network. */
export const secondAdministratorId = namedId('client beheer');

/** The new secret of an administrator's client; this one opens nothing. */
export const secretRotation = {
  clientId: 'beheer',
  secret: 'samendoen_secret_shown-once-and-never-again',
  othersExpireAt: '2026-01-06T08:00:00.000Z',
};

/** The caller behind a token of the administrator's client. */
export const caller = {
  clientId: 'administrator',
  name: 'Administrator',
  organisation: { id: namedId('node organisation'), name: 'Academie Maarland' },
  scopes: ['organisations:read', 'alliances:read'],
  administrator: true,
};

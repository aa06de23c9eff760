import { testWebhook } from '../features/webhooks/deliveries.ts';
import { createWebhook } from '../features/webhooks/endpoints.ts';
import * as examples from '../features/webhooks/examples.ts';
import { NewWebhook } from '../features/webhooks/schemas.ts';
import { SealedSecrets } from '../features/webhooks/webhooks.ts';
import { nodeContext, scopes } from '../platform/caller.ts';
import type { Db } from '../platform/db.ts';
import { namedId, withNamedIds } from '../platform/id.ts';
import { id } from './demo-parties.ts';

const system = nodeContext('demo', {
  clientId: namedId('client beheer'),
  clientName: 'Beheer',
  organisationId: id('academie'),
  scopes: new Set(scopes),
  administrator: true,
});

/** Endpoints of the academy. Their addresses lead nowhere, so that they wait to be verified, and a test waits with them. */
export async function registerWebhooks(db: Db, nodeSecret: Buffer): Promise<void> {
  const deps = { secrets: new SealedSecrets(nodeSecret), outbound: { privateRanges: [], allowHttp: false } };
  const { url, description, types } = examples.webhook;
  const register = (name: string, input: { url: string; description: string; types: string[] }) =>
    withNamedIds(name, () => createWebhook(db, system, deps, NewWebhook.parse(input)));
  await register('webhook academie', { url, description, types });
  await register('webhook oud', {
    url: 'https://oud.academie.example/samendoen',
    description: 'Vorig platform',
    types,
  });
  await withNamedIds('webhook test', () => testWebhook(db, system, examples.webhook.id));
}

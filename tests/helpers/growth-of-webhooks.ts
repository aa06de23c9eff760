import { testWebhook } from '../../src/features/webhooks/deliveries.ts';
import { createWebhook } from '../../src/features/webhooks/endpoints.ts';
import * as examples from '../../src/features/webhooks/examples.ts';
import { NewWebhook } from '../../src/features/webhooks/schemas.ts';
import { SealedSecrets } from '../../src/features/webhooks/webhooks.ts';
import type { Db } from '../../src/platform/db.ts';
import { namedId } from '../../src/platform/id.ts';
import { nodeSecret } from './demo.ts';
import { caller, context } from './people.ts';

const academy = caller({ organisationId: namedId('node organisation'), clientId: namedId('client beheer') });
const deps = { secrets: new SealedSecrets(nodeSecret), outbound: { privateRanges: [], allowHttp: false } };

/** How one row is added to each list of webhooks. */
export const webhookGrowth: Readonly<Record<string, (db: Db) => Promise<unknown>>> = {
  listWebhooks: (db) => createWebhook(db, context(academy), deps, NewWebhook.parse(examples.newWebhook)),
  listWebhookDeliveries: (db) => testWebhook(db, context(academy), examples.webhook.id),
};

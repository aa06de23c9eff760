import { fastify } from 'fastify';
import { describeRoutes, mountFeatures } from '../app.ts';
import { Tail } from '../features/events/events.ts';
import { openPeering } from '../features/federation/federation.ts';
import { Computing } from '../features/statistics/background.ts';
import { SealedSecrets } from '../features/webhooks/webhooks.ts';
import { createRoutes } from '../platform/contract.ts';
import type { Db } from '../platform/db.ts';
import { OutboundFailure } from '../platform/outbound.ts';
import { Cursors } from '../platform/page.ts';
import { Problem } from '../platform/problem.ts';
import { version } from '../platform/version.ts';

/** The address in the committed document; a node writes its own in the one that it serves. */
export const documentBaseUrl = 'https://api.samendoen.example';

const nowhere = {
  send: async () => {
    throw new OutboundFailure('failed');
  },
  close: async () => undefined,
};

/** The OpenAPI document of this version as it is committed. Needs no database: nothing is called, only described. */
export async function contractText(): Promise<string> {
  const app = fastify();
  const routes = createRoutes(app, {
    authenticate: async () => {
      throw new Problem('unauthenticated');
    },
    cursors: new Cursors(Buffer.alloc(32)),
    baseUrl: documentBaseUrl,
  });
  mountFeatures(routes, {
    db: {} as Db,
    secret: Buffer.alloc(32),
    computing: new Computing({} as Db, { run: async () => [], close: async () => undefined }),
    access: { forget: () => undefined },
    receipts: { issuer: documentBaseUrl, sign: async () => '' },
    node: {
      name: 'Samendoen',
      version,
      baseUrl: documentBaseUrl,
      securityContact: 'mailto:security@samendoen.example',
      ready: async () => false,
    },
    feed: { db: {} as Db, tail: new Tail({} as Db), source: { source: '', baseUrl: documentBaseUrl } },
    endpoints: {
      secrets: new SealedSecrets(Buffer.alloc(32)),
      outbound: { privateRanges: [], allowHttp: false },
    },
    peering: openPeering({
      ...{ baseUrl: documentBaseUrl, name: 'Samendoen', oin: null, outbound: nowhere, sendable: {} },
      signingKey: async () => {
        throw new Problem('unavailable');
      },
    }),
  });
  await app.close();
  return `${JSON.stringify(describeRoutes(routes, documentBaseUrl), undefined, 2)}\n`;
}

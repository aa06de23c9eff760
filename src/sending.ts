import type { FastifyBaseLogger } from 'fastify';
import { baseUrlOf, type Config, outboundOptionsOf } from './config.ts';
import { openKeyRing } from './features/access/access.ts';
import { eventSourceOf } from './features/events/events.ts';
import { openPeering, type Peering } from './features/federation/federation.ts';
import { SealedSecrets, type SendingDeps } from './features/webhooks/webhooks.ts';
import type { Db } from './platform/db.ts';
import { createOutbound, type Outbound } from './platform/outbound.ts';

/** Opens what sends events to the endpoints of others; to be closed when the loops have ended. */
export function openSending(
  config: Config,
  { secret, log }: { readonly secret: Buffer; readonly log: FastifyBaseLogger },
): SendingDeps & { close(): Promise<void> } {
  const outbound = createOutbound(outboundOptionsOf(config));
  return {
    outbound,
    secrets: new SealedSecrets(secret),
    source: eventSourceOf(config.nodeOin, config.nodeSystem),
    baseUrl: baseUrlOf(config),
    timeoutMs: config.webhookTimeoutSeconds * 1000,
    log,
    close: () => outbound.close(),
  };
}

/** Opens what tells other nodes by the background loops; the keys with which it signs are read every minute. */
export function openPeeringOf(
  config: Config,
  { db, secret, outbound }: { readonly db: Db; readonly secret: Buffer; readonly outbound: Outbound },
): Peering {
  const ring = openKeyRing(db, secret);
  return openPeering({
    ...{ baseUrl: baseUrlOf(config), name: config.nodeName, oin: config.nodeOin },
    ...{ outbound, sendable: outboundOptionsOf(config), signingKey: () => ring.current() },
  });
}

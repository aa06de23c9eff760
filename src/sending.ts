import type { FastifyBaseLogger } from 'fastify';
import { baseUrlOf, type Config, outboundOptionsOf } from './config.ts';
import { eventSourceOf } from './features/events/events.ts';
import { SealedSecrets, type SendingDeps } from './features/webhooks/webhooks.ts';
import { createOutbound } from './platform/outbound.ts';

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

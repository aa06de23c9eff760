/** The type of the event by which an endpoint is tried. */
export const testType = 'nl.samendoen.webhook.tested';

/** A test of an endpoint. */
export type Tested = { readonly eventId: string; readonly createdAt: Date; readonly webhookId: string };

/** The CloudEvent of a test: the same for each attempt at its delivery. It is no event of the network. */
export const testEvent = (
  { eventId, createdAt, webhookId }: Tested,
  { source, baseUrl }: { readonly source: string; readonly baseUrl: string },
): Record<string, unknown> => ({
  specversion: '1.0',
  id: eventId,
  source,
  type: testType,
  subject: webhookId,
  time: createdAt.toISOString(),
  dataref: `${baseUrl}/v1/webhooks/${webhookId}`,
});

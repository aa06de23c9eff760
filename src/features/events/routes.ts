import type { Routes } from '../../platform/contract.ts';
import * as examples from './examples.ts';
import { cursorDays, type FeedDeps, followEvents, listEvents } from './reading.ts';
import { CloudEventView, EventQuery, eventTypeList } from './schemas.ts';

const description = `Everything that happens on this node and that you may see, in the order in which it was committed: none is lost, none
comes before one that was committed earlier. Follow it by asking again with \`nextCursor\`, which is always given; \`wait\` holds the
answer until there is something. With \`Accept: text/event-stream\` the same comes as server-sent events, and goes on after
\`Last-Event-ID\`; with \`Accept: application/cloudevents-batch+json\` a page is the array of its events, and \`Link\` tells the next.

Events are thin: read what changed at \`dataref\`. You are told of what you may see now, so that an event about something closed to
you by now is not among them; events are of the resources that the scopes of your token include. A cursor is valid for the client, types, subject and alliance that it was
made for, and for ${cursorDays} days; one that is older, or from before a backup was restored, is answered 410: then begin with a new baseline.

The types:
${eventTypeList}`;

/** Mounts the feed of events. */
export function eventRoutes(routes: Routes, deps: FeedDeps): void {
  routes.add({
    method: 'GET',
    path: '/events',
    operationId: 'listEvents',
    tag: 'events',
    summary: 'Follow what happens',
    description,
    access: { scope: 'events:read', policy: 'rows' },
    query: EventQuery,
    answer: {
      status: 200,
      description: 'Events after the cursor, the first one first; none when nothing happened.',
      schema: CloudEventView,
      page: true,
      endless: true,
      batch: 'application/cloudevents-batch+json',
    },
    problems: ['cursor_expired', 'too_many_streams'],
    examples: {
      query: { limit: 2, type: ['nl.samendoen.alliance.*'] },
      answer: { items: [examples.founded], nextCursor: 'u3bJ…' },
    },
    stream: ({ caller, query, after, signal, seal }) =>
      followEvents(deps, caller, { ...query, after }, { signal, seal }),
    handler: ({ caller, query, after, signal }) => listEvents(deps, caller, { ...query, after }, signal),
  });
}

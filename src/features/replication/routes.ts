import type { FastifyInstance } from 'fastify';
import type { Routes } from '../../platform/contract.ts';
import type { Db } from '../../platform/db.ts';
import {
  feedPath,
  livePeerId,
  messageIn,
  messageType,
  type Peering,
  PeerPath,
  takeMessages,
} from '../federation/federation.ts';
import { answerFeed, takeNudge } from './answering.ts';
import { quarantinedThing } from './examples.ts';
import { listQuarantinedThings, QuarantinedThing, QuarantineQuery } from './quarantine.ts';

const maxRequestBytes = 16_384;

/** Mounts what peers ask and send: for what follows in their feed, and that there is something new. */
export function replicationPages(app: FastifyInstance, { db, peering }: { db: Db; peering: Peering }): void {
  takeMessages(app, { maxBytes: maxRequestBytes, perMinute: 600, name: 'feed' }, (scope) => {
    scope.post(feedPath, { config: { operationId: 'readPeerFeed' } }, async (request, reply) =>
      reply
        .type(messageType)
        .header('cache-control', 'no-store')
        .send(await answerFeed(db, peering, messageIn(request))),
    );
    scope.post(`${feedPath}/nudges`, { config: { operationId: 'receiveNudge' } }, async (request, reply) => {
      await takeNudge(db, peering, messageIn(request));
      return reply.code(202).send();
    });
  });
}

/** Mounts what administrators see of what came from peers. */
export function replicationRoutes(routes: Routes, { db }: { db: Db }): void {
  routes.add({
    method: 'GET',
    path: '/peers/{peerId}/quarantined-things',
    operationId: 'listQuarantinedThings',
    tag: 'peers',
    summary: 'List what a peer gave that was not taken over',
    description:
      'What came from a peer, well signed, and cannot be taken over: its identifier and why, never its content. It is tried again whenever all else has come.',
    access: { scope: 'peers:read', policy: 'administrator' },
    params: PeerPath,
    query: QuarantineQuery,
    answer: { status: 200, description: 'A page of what is in quarantine.', schema: QuarantinedThing, page: true },
    examples: { params: { peerId: livePeerId }, answer: { items: [quarantinedThing], nextCursor: null } },
    handler: ({ caller, params, query, after }) =>
      listQuarantinedThings(db, caller, params.peerId, { ...query, after }),
  });
}

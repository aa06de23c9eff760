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
import { quarantinedThing, removal } from './examples.ts';
import { listQuarantinedThings, QuarantinedThing, QuarantineQuery } from './quarantine.ts';
import { listReplicaRemovals, ReplicaRemoval, ReplicaRemovalQuery } from './removals.ts';

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

/** Mounts what administrators see of what came from peers, and what everybody sees of what was removed there. */
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
  routes.add({
    method: 'GET',
    path: '/replica-removals',
    operationId: 'listReplicaRemovals',
    tag: 'peers',
    summary: 'List what other nodes were told to remove',
    description:
      'What of an alliance or a knowledge item other nodes had, since organisations there took part, and were told to remove: with what each signed when it had. Those of an alliance are for its current members, those of an item for its author.',
    access: { scope: 'alliances:read', policy: 'rows' },
    query: ReplicaRemovalQuery,
    answer: { status: 200, description: 'A page of removals.', schema: ReplicaRemoval, page: true },
    examples: { query: { subjectId: removal.subject.id }, answer: { items: [removal], nextCursor: null } },
    handler: ({ caller, query, after }) => listReplicaRemovals(db, caller, { ...query, after }),
  });
}

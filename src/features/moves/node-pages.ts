import type { FastifyInstance } from 'fastify';
import type { Db } from '../../platform/db.ts';
import { canonicalUuid } from '../../platform/id.ts';
import { notFound, Problem } from '../../platform/problem.ts';
import { messageIn, movesPath, PeerFailure, takeMessages } from '../federation/federation.ts';
import { receiveMoveDecision } from './deciding.ts';
import { receiveMoveOffer } from './offering.ts';
import { maxOfferBytes } from './rules.ts';
import type { MoveDeps } from './standing.ts';

/** Keys that cannot be read now are read later: whoever sent it sends it again. */
const orUnavailable = (error: unknown): never => {
  if (error instanceof PeerFailure)
    throw new Problem('unavailable', { headers: { 'retry-after': '10' }, cause: error });
  throw error;
};

/** Mounts what other nodes send of moves: offers, and what they say of them. */
export function movePages(app: FastifyInstance, { db, ...deps }: MoveDeps & { readonly db: Db }): void {
  takeMessages(app, { maxBytes: maxOfferBytes, perMinute: 120, name: 'moves' }, (scope) => {
    scope.post(movesPath, { config: { operationId: 'receiveMoveOffer' } }, async (request, reply) => {
      await receiveMoveOffer(db, deps, messageIn(request)).catch(orUnavailable);
      return reply.code(202).send();
    });
    scope.post<{ Params: { moveId: string } }>(
      `${movesPath}/:moveId/decisions`,
      { config: { operationId: 'receiveMoveDecision' } },
      async (request, reply) => {
        const { moveId } = request.params;
        if (!canonicalUuid.test(moveId)) throw notFound();
        const answer = await receiveMoveDecision(db, deps, moveId, messageIn(request)).catch(orUnavailable);
        if (answer === undefined) return reply.code(202).send();
        return reply
          .code(200)
          .header('cache-control', 'no-store')
          .type('application/json')
          .send(JSON.stringify(answer));
      },
    );
  });
}

import type { Routes } from '../../platform/contract.ts';
import type { Db } from '../../platform/db.ts';
import * as examples from './computation-examples.ts';
import { Computation, ComputationPath, ComputationQuery } from './computation-schemas.ts';
import { cancelComputation, getComputation, listComputations } from './computing/computations.ts';

/** Mounts the computations that go on in the background. */
export function computationRoutes(routes: Routes, { db }: { db: Db }): void {
  const tag = 'statistics';
  const access = { scope: 'statistics:read', policy: 'rows' } as const;
  routes.add({
    method: 'GET',
    path: '/statistics/computations',
    operationId: 'listComputations',
    tag,
    summary: 'List your computations, the last one first',
    description: 'Figures that your client asked for and that take longer than a request. They are kept for a day.',
    access,
    query: ComputationQuery,
    answer: { status: 200, description: 'A page of computations.', schema: Computation, page: true },
    examples: { query: { limit: 1 }, answer: { items: [examples.finishedComputation], nextCursor: null } },
    handler: ({ caller, query, after }) => listComputations(db, caller, { ...query, after }),
  });
  routes.add({
    method: 'GET',
    path: '/statistics/computations/{computationId}',
    operationId: 'getComputation',
    tag,
    summary: 'Get a computation with its progress',
    description: 'Once it has succeeded, `resultUrl` gives the figures, in any format that they have.',
    access,
    params: ComputationPath,
    answer: { status: 200, description: 'The computation.', schema: Computation },
    examples: {
      params: { computationId: examples.finishedComputation.id },
      answer: examples.finishedComputation,
    },
    handler: ({ caller, params }) => getComputation(db, caller, params.computationId),
  });
  routes.add({
    method: 'PUT',
    path: '/statistics/computations/{computationId}/cancellation',
    operationId: 'cancelComputation',
    tag,
    summary: 'Stop a computation',
    description: 'Stopping it again changes nothing. Who asks for the same figures again begins another.',
    access,
    params: ComputationPath,
    answer: { status: 200, description: 'The stopped computation.', schema: Computation },
    problems: ['computation_finished'],
    examples: {
      params: { computationId: examples.cancelledComputation.id },
      answer: examples.cancelledComputation,
    },
    handler: ({ caller, params }) => cancelComputation(db, caller, params.computationId),
  });
}

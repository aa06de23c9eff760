import { z } from 'zod';
import { Id, Moment, pageQuery } from '../../platform/schemas.ts';

/** How far a computation is. */
export const ComputationState = z
  .enum(['queued', 'running', 'succeeded', 'cancelled', 'failed'])
  .meta({ id: 'ComputationState' });

/** Figures that take longer than a request: they are computed in the background. */
export const Computation = z
  .object({
    id: Id,
    state: ComputationState,
    progress: z.number().meta({ description: 'Share of the work that is done, from 0 to 1.' }),
    estimatedSeconds: z.number().meta({ description: 'Processor time that it takes, estimated before it began.' }),
    failure: z.enum(['fault']).nullable().meta({ description: 'fault: something went wrong here, several times.' }),
    createdAt: Moment,
    startedAt: Moment.nullable(),
    finishedAt: Moment.nullable(),
    secondsTaken: z.number().nullable().meta({ description: 'From its start to its end, or to now.' }),
    resultUrl: z
      .string()
      .meta({ description: 'Gives the figures once the state is `succeeded`; they are kept for a day.' }),
  })
  .meta({ id: 'Computation' });

/** The path of one computation. */
export const ComputationPath = z.strictObject({ computationId: Id });

/** Filters of the list of computations. */
export const ComputationQuery = z.strictObject({ ...pageQuery, state: ComputationState.optional() });

import type { RouteRequest } from '../../platform/route.ts';
import { targetOf } from '../../platform/target.ts';
import { Computation } from './computation-schemas.ts';
import type { Asker } from './computing/computing.ts';

/** Why figures cannot be given that may take longer than a request. */
export const slowProblems = [
  'data_version_not_kept',
  'network_too_large',
  'computation_too_long',
  'too_many_computations',
] as const;

/** What is answered while figures are computed in the background. */
export const accepted = {
  description:
    'These figures take longer than a request: they are computed in the background. `Location` tells how far that is; once it has succeeded, `resultUrl` gives them.',
  schema: Computation,
};

/** Who asks for figures, until when, and by what address. */
export const askerOf = ({
  caller,
  signal,
  raw,
}: Pick<
  RouteRequest<unknown, unknown, unknown, { scope: 'statistics:read'; policy: 'rows' }>,
  'caller' | 'signal' | 'raw'
>): Asker => ({
  caller,
  signal,
  address: targetOf(raw.url),
});

import { scopes } from './caller.ts';
import { type AnyRoute, pathVariables } from './route.ts';

const policies: readonly string[] = ['caller', 'rows', 'own-organisation', 'administrator'];

/** Throws, at start-up, when a route says too little to be mounted. */
export function assertComplete(route: AnyRoute, others: readonly AnyRoute[]): void {
  const fault = accessFault(route.access as AnyRoute['access'] | undefined) ?? shapeFault(route, others);
  if (fault !== undefined) throw new Error(`the route ${route.operationId} (${route.method} ${route.path}) ${fault}`);
}

function accessFault(access: AnyRoute['access'] | undefined): string | undefined {
  if (access === undefined) return 'names no access';
  if ('public' in access) return access.public.trim() === '' ? 'does not say why it is public' : undefined;
  if (!scopes.includes(access.scope)) return `names the unknown scope ${access.scope}`;
  return policies.includes(access.policy) ? undefined : 'names no policy';
}

/** Versions of a replica are not those at its home, and a filter is none of a decision. */
const mayBeRelayed = ({ method, access, answer, ifMatch, query }: AnyRoute): boolean =>
  ['PUT', 'POST'].includes(method) &&
  !('public' in access) &&
  answer.schema !== undefined &&
  answer.page !== true &&
  answer.etag === undefined &&
  ifMatch === undefined &&
  query === undefined;

function shapeFault(route: AnyRoute, others: readonly AnyRoute[]): string | undefined {
  if (others.some((other) => other.operationId === route.operationId)) return 'bears an operationId that is taken';
  const described = Object.keys(route.params?.shape ?? {}).sort();
  if (pathVariables(route.path).sort().join() !== described.join())
    return 'does not describe the variables of its path';
  if (route.ifMatch === true && ['GET', 'POST'].includes(route.method)) return 'cannot require If-Match';
  if (route.answer.page === true && route.query?.shape.cursor === undefined)
    return 'is a list without the parameter cursor';
  return route.relayed === undefined || mayBeRelayed(route) ? undefined : 'cannot be relayed';
}

import { pathVariables } from '../../../src/platform/route.ts';
import { type Operation, type Request, send, textOf } from '../../helpers/document.ts';
import { type Line, recipes, subjects } from './matrix.ts';
import type { MatrixWorld } from './matrix-world.ts';

/** Names the identifiers of a request: those of the world, or of nothing in the place of all that can be hidden. */
export type Names = (name: string) => string;

/** A value with the subjects that it names filled in. */
function filled(names: Names, value: unknown): unknown {
  if (typeof value === 'string') return value.startsWith('$') ? names(value.slice(1)) : value;
  if (Array.isArray(value)) return value.map((one) => filled(names, one));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, filled(names, one)]));
}

/** The request of a line: the same for every caller. */
export function requestOf(operation: Operation, { name }: Line, names: Names): Request {
  const recipe = recipes[name] ?? {};
  const params = Object.fromEntries(
    pathVariables(operation.path).map((variable) => {
      const chosen = recipe.params?.[variable] ?? subjects[variable];
      if (chosen === undefined) throw new Error(`${name}: no subject stands for ${variable}`);
      return [variable, /^\d+$/.test(chosen) ? chosen : names(chosen)];
    }),
  );
  const body = recipe.body ?? operation.body?.example;
  return {
    ...{ method: operation.method, path: operation.path, params, query: Object.entries(recipe.query ?? {}) },
    headers: { ...(operation.body !== undefined && { 'content-type': operation.body.type }) },
    ...(body !== undefined && { payload: textOf(filled(names, body)) }),
  };
}

/** The request with the version that it is to change, where it must name one. */
export async function withVersion(world: MatrixWorld, operation: Operation, request: Request): Promise<Request> {
  if (!operation.parameters.some(({ name }) => name === 'If-Match')) return request;
  return { ...request, headers: { ...request.headers, 'if-match': await tagOf(world, request) } };
}

/** The entity tag of what is to be changed, or of what it belongs to, as one tells who may read it. */
async function tagOf({ app, token }: MatrixWorld, { params, path }: Request): Promise<string> {
  for (const place of [path, path.replace(/\/[\w-]+\/\{\w+\}$/, '')]) {
    for (const caller of ['administrator', 'member'] as const) {
      const read = await send(app, { method: 'GET', path: place, params, query: [], headers: {} }, token(caller));
      if (read.headers.etag !== undefined) return String(read.headers.etag);
    }
  }
  throw new Error(`no one reads ${path}`);
}

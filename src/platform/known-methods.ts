import type { FastifyInstance } from 'fastify';

/** The routes of an application, to tell which methods an address knows. */
export type KnownRoutes = { methodsOf(path: string): string[] };

type Known = { readonly pattern: RegExp; readonly methods: Set<string> };

const order = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

const escapeText = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

function patternOf(url: string): RegExp {
  const source = url
    .split('/')
    .map((segment) => {
      if (segment === '*') return '.*';
      return segment.startsWith(':') ? '[^/]+' : escapeText(segment);
    })
    .join('/');
  return new RegExp(`^${source}$`);
}

/** Follows every route that is mounted from now on. */
export function followRoutes(app: FastifyInstance): KnownRoutes {
  const byUrl = new Map<string, Known>();
  app.addHook('onRoute', ({ url, method }) => {
    if (url === '*' || url === '/*') return;
    const known = byUrl.get(url) ?? { pattern: patternOf(url), methods: new Set<string>() };
    byUrl.set(url, known);
    for (const one of [method].flat()) known.methods.add(one);
  });
  return {
    methodsOf: (path) => {
      const decoded = decode(path);
      const found = new Set<string>();
      for (const { pattern, methods } of byUrl.values()) {
        if (pattern.test(decoded)) for (const method of methods) found.add(method);
      }
      return order.filter((method) => found.has(method));
    },
  };
}

function decode(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}

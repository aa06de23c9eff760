import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Routes } from '../../platform/contract.ts';
import { Problem } from '../../platform/problem.ts';
import { NodeView } from './schemas.ts';

/** What the node's own pages need to know. */
export type NodeDeps = {
  readonly name: string;
  readonly version: string;
  readonly baseUrl: string;
  readonly securityContact: string;
  /** Whether the database answers. */
  readonly ready: () => Promise<boolean>;
};

const describe = ({ name, version, baseUrl }: NodeDeps) => ({
  name,
  version,
  documentation: `${baseUrl}/docs`,
  apiDescription: `${baseUrl}/v1/openapi.json`,
  tokenEndpoint: `${baseUrl}/oauth/token`,
  languages: ['nl', 'en'],
});

/** Mounts the description of the node under the version. */
export function nodeRoutes(routes: Routes, deps: NodeDeps): void {
  routes.add({
    method: 'GET',
    path: '/node',
    operationId: 'getNode',
    tag: 'node',
    summary: 'Get the description of this node',
    access: { public: 'a node says who it is to anybody' },
    answer: { status: 200, description: 'The node.', schema: NodeView },
    examples: { answer: describe({ ...deps, name: 'Samendoen', baseUrl: 'https://api.samendoen.example' }) },
    handler: async () => ({ body: describe(deps) }),
  });
}

/** Mounts what stands outside the version: the landing documents, health, and the well-known documents. */
export function nodePages(app: FastifyInstance, deps: NodeDeps): void {
  const landing = { ...describe(deps), health: `${deps.baseUrl}/health/ready`, node: `${deps.baseUrl}/v1/node` };
  for (const url of ['/', '/v1']) app.get(url, async () => landing);

  app.get('/health/live', async () => ({ status: 'live' }));
  app.get('/health/ready', async () => {
    if (!(await deps.ready())) throw new Problem('unavailable', { headers: { 'retry-after': '5' } });
    return { status: 'ready' };
  });

  const catalogue = {
    linkset: [
      {
        anchor: `${deps.baseUrl}/v1`,
        'service-desc': [{ href: landing.apiDescription, type: 'application/json' }],
        'service-doc': [{ href: landing.documentation, type: 'text/html' }],
        status: [{ href: landing.health, type: 'application/json' }],
        related: [
          { href: `${deps.baseUrl}/.well-known/receipt-jwks.json`, type: 'application/json' },
          { href: `${deps.baseUrl}/.well-known/learning-network`, type: 'application/json' },
        ],
      },
    ],
  };
  app.get('/.well-known/api-catalog', async (_request, reply: FastifyReply) =>
    reply
      .header('link', `<${deps.baseUrl}/.well-known/api-catalog>; rel="api-catalog"`)
      .type('application/linkset+json')
      .send(JSON.stringify(catalogue)),
  );

  const expires = new Date(Date.now() + 180 * 86_400_000).toISOString();
  const security = `Contact: ${deps.securityContact}\nExpires: ${expires}\nPreferred-Languages: nl, en\nCanonical: ${deps.baseUrl}/.well-known/security.txt\n`;
  app.get('/.well-known/security.txt', async (_request, reply) =>
    reply.type('text/plain; charset=utf-8').send(security),
  );
}

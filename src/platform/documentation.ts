import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';

/** The page runs its own scripts and styles and speaks to this node; nothing comes from elsewhere. */
const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "font-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Serves the OpenAPI document at `/v1/openapi.json`, for everybody, and Swagger UI at `/docs`. */
export async function documentation(
  app: FastifyInstance,
  document: object,
  { title, clientId }: { readonly title: string; readonly clientId: string },
): Promise<void> {
  const text = JSON.stringify(document);
  app.get('/v1/openapi.json', async (_request, reply) =>
    reply.header('access-control-allow-origin', '*').type('application/json').send(text),
  );
  await app.register(async (pages) => {
    pages.addHook('onSend', async (request, reply) => {
      if (request.url.startsWith('/docs/static/') && reply.statusCode === 200)
        reply.header('cache-control', 'public, max-age=3600');
    });
    await pages.register(swagger, { mode: 'static', specification: { document: document as never } });
    await pages.register(swaggerUi, {
      routePrefix: '/docs',
      staticCSP: pagePolicy,
      theme: { title },
      uiConfig: {
        layout: 'BaseLayout',
        docExpansion: 'list',
        deepLinking: true,
        filter: true,
        displayRequestDuration: true,
        tryItOutEnabled: true,
        // The secret of a client is not left behind in the browser.
        persistAuthorization: false,
      },
      initOAuth: { clientId },
    });
  });
}

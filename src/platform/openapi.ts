import { schemaBook } from './json-schema.ts';
import { operationOf } from './openapi-operation.ts';
import { sharedComponents } from './openapi-shared.ts';
import type { AnyRoute, Routes } from './route.ts';

/** What the document says beyond its routes. */
export type DocumentInfo = {
  readonly version: string;
  readonly baseUrl: string;
  readonly title?: string;
  readonly description?: string;
  readonly contact?: { readonly name: string; readonly url: string; readonly email: string };
  /** Descriptions of the tags. */
  readonly tags?: Readonly<Record<string, string>>;
};

const general = `Organisations learn together: alliances, their members and charters, and figures over time.

- Errors are problem details (RFC 9457) in English or Dutch, by \`Accept-Language\`; on 400 \`errors\` names every fault. The form of \`errors\` may follow the API Design Rules once these settle it.
- Lists give pages: follow \`nextCursor\` or the \`Link\` header. There is no total.
- Changes need \`If-Match\` with the last \`ETag\`. A POST with \`Idempotency-Key\` can be repeated for 24 hours.
- Unknown properties and parameters are refused. Timestamps are accepted with any offset and answered in UTC.`;

/** The OpenAPI 3.0.3 document of the routes. Throws when a route cannot be described. */
export function openapiDocument(routes: Routes, info: DocumentInfo): object {
  const book = schemaBook();
  const all = routes.all();
  const paths: Record<string, Record<string, object>> = {};
  for (const route of all) {
    const operations = paths[route.path] ?? {};
    paths[route.path] = operations;
    operations[route.method.toLowerCase()] = operationOf(route, book);
  }
  const shared = sharedComponents(info.baseUrl, scopesOf(all));
  return {
    openapi: '3.0.3',
    info: {
      title: info.title ?? 'Samendoen',
      version: info.version,
      description: info.description ?? general,
      contact: info.contact ?? {
        name: 'Samendoen API',
        url: 'https://samendoen.example/contact',
        email: 'api@samendoen.example',
      },
      license: { name: 'EUPL-1.2', url: 'https://joinup.ec.europa.eu/collection/eupl/eupl-text-eupl-12' },
    },
    servers: [{ url: `${info.baseUrl}/v1` }],
    tags: tagsOf(all, info.tags ?? {}),
    paths,
    components: { ...shared, schemas: { ...sorted(book.schemas), ...shared.schemas } },
  };
}

const sorted = <T>(values: Record<string, T>): Record<string, T> =>
  Object.fromEntries(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)));

const scopesOf = (routes: readonly AnyRoute[]): string[] =>
  [...new Set(routes.flatMap(({ access }) => ('public' in access ? [] : [access.scope])))].sort();

const tagsOf = (routes: readonly AnyRoute[], descriptions: Readonly<Record<string, string>>) =>
  [...new Set(routes.map((route) => route.tag))].map((name) => ({
    name,
    description: descriptions[name] ?? `Operations on ${name.replaceAll('-', ' ')}.`,
  }));

import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Answer, PageOf } from './answer.ts';
import type { Caller, Context, Scope } from './caller.ts';
import type { Language } from './language.ts';
import type { ProblemCode } from './problem.ts';

/** How rows are guarded beyond the scope: for every caller, by a predicate, by organisation, or for administrators. */
export type PolicyName = 'caller' | 'rows' | 'own-organisation' | 'administrator';

/** Who may call a route: holders of a scope under a policy, or everybody (and why). */
export type Access = { readonly scope: Scope; readonly policy: PolicyName } | { readonly public: string };

/** Media types that a body can be sent as. */
export type BodyType = 'application/json' | 'application/merge-patch+json' | 'text/csv';

type None = z.ZodObject<Record<never, never>>;

/** What a handler is given: the checked parts of the request, who asks, and the opened cursor. */
export type RouteRequest<P, Q, B, A extends Access = Access> = {
  readonly caller: A extends { readonly public: string } ? undefined : Caller;
  readonly context: A extends { readonly public: string } ? undefined : Context;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  /** Keyset position after which the page starts; undefined for the first page. */
  readonly after: string[] | undefined;
  /** Page size. */
  readonly limit: number;
  /** The version that If-Match names; 0 on routes without `ifMatch`. */
  readonly ifMatch: number;
  /** The language that the client prefers for texts. */
  readonly language: Language;
  readonly raw: FastifyRequest;
  /** Aborts when the client is gone, or the node comes to its end. */
  readonly signal: AbortSignal;
  /** Seals a position of this list as a cursor. */
  readonly seal: (position: readonly string[]) => string;
};

/** How a route answers. */
export type AnswerDefinition<R extends z.ZodType, Page extends boolean> = {
  readonly status: 200 | 201 | 202 | 204;
  readonly description: string;
  readonly schema?: R;
  /** The schema is that of one item; the body is `{items, nextCursor}`. */
  readonly page?: Page;
  /**
   * The answer bears the entity tag of its version; on GET, If-None-Match is heeded. `computed` where the answer tells
   * more than its row, such as counts: the tag is also of what is told, while If-Match compares the version alone.
   */
  readonly etag?: true | 'computed';
  /** The name under which it is to be kept as a file, where it is given as an attachment. */
  readonly filename?: (body: z.output<R>) => string;
  /** The media type of a file that is answered in the place of JSON; parts of it can be asked for by Range. */
  readonly binary?: `${string}/${string}`;
  /** Other media types than JSON, each with its writer; or JSON with a writer of its own. */
  readonly media?: Readonly<Record<string, (body: z.output<R>) => string>>;
  /**
   * Media types that the verb writes itself, as `written` in its answer, each with the content security policy under
   * which a browser shows it.
   */
  readonly written?: Readonly<Record<string, { readonly contentSecurityPolicy: string }>>;
  /** A list that never ends: each page has a `nextCursor`, from which whoever asks again reads on. */
  readonly endless?: true;
  /** A media type in which a page is the array of its items alone; the next page is told by `Link`. */
  readonly batch?: string;
  /** What is answered with 202, as JSON, while the answer is made in the background: see `Accepted`. */
  readonly accepted?: { readonly description: string; readonly schema: z.ZodType };
};

/** Examples for the documentation; they must fit their schemas. */
export type Examples = {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly answer?: unknown;
};

/** What a decision that is carried to another node is about, by its type and identifier, and which an answer is about. */
export type Relayed<P, B, R> = {
  readonly subject: (asked: { readonly params: P; readonly body: B }) => readonly [type: string, id: string];
  readonly answered: (answer: R) => string | null;
};

/** One operation: its address, its access, its schemas and its handler. */
export type RouteDefinition<
  P extends z.ZodObject = None,
  Q extends z.ZodObject = None,
  B extends z.ZodType = z.ZodUndefined,
  R extends z.ZodType = z.ZodUndefined,
  A extends Access = Access,
  Page extends boolean = false,
> = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `/v1`, with `{variables}`. */
  readonly path: `/${string}`;
  readonly operationId: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly access: A;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly bodyType?: BodyType;
  /** In bytes; 262144 when absent. */
  readonly bodyLimit?: number;
  readonly answer: AnswerDefinition<R, Page>;
  /** If-Match is required: 428 when absent. */
  readonly ifMatch?: true;
  /** False for a POST whose answer must never be saved, because it shows a secret: Idempotency-Key is refused. */
  readonly idempotent?: false;
  readonly problems?: readonly ProblemCode[];
  readonly examples?: Examples;
  /**
   * Present where the write is a decision of one organisation on what was offered to it, or on what binds it alone: on what
   * another node keeps, it is carried there.
   */
  readonly relayed?: Relayed<z.output<P>, z.output<B>, z.output<R>>;
  /** The version alone, for If-Match: where the handler leaves a record of what was read, which then was not. */
  readonly presentVersion?: (request: RouteRequest<z.output<P>, unknown, unknown, A>) => Promise<number>;
  /** Answers `Accept: text/event-stream` with what comes, until the client or the node ends it. */
  readonly stream?: (request: RouteRequest<z.output<P>, z.output<Q>, z.output<B>, A>) => AsyncIterable<string>;
  readonly handler: (
    request: RouteRequest<z.output<P>, z.output<Q>, z.output<B>, A>,
  ) => Promise<true extends Page ? PageOf<z.output<R>> : Answer<z.output<R>>>;
};

/** A route whose types are forgotten, as the table of routes and the document see it. */
export type AnyRoute = Omit<
  RouteDefinition,
  'params' | 'query' | 'body' | 'answer' | 'handler' | 'presentVersion' | 'stream' | 'relayed'
> & {
  readonly relayed?: Relayed<object, unknown, unknown>;
  readonly stream?: (request: RouteRequest<unknown, unknown, unknown>) => AsyncIterable<string>;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly answer: Omit<AnswerDefinition<z.ZodType, boolean>, 'media' | 'filename'> & {
    readonly filename?: (body: unknown) => string;
    readonly media?: Readonly<Record<string, (body: unknown) => string>>;
  };
  readonly presentVersion?: (request: RouteRequest<unknown, unknown, unknown>) => Promise<number>;
  readonly handler: (request: RouteRequest<unknown, unknown, unknown>) => Promise<PageOf<unknown> | Answer<unknown>>;
};

/** The table of routes of an application. */
export type Routes = {
  /** Checks a definition and mounts it; throws at start-up when it is not complete. */
  add<
    P extends z.ZodObject = None,
    Q extends z.ZodObject = None,
    B extends z.ZodType = z.ZodUndefined,
    R extends z.ZodType = z.ZodUndefined,
    const A extends Access = Access,
    Page extends boolean = false,
  >(definition: RouteDefinition<P, Q, B, R, A, Page>): void;
  all(): readonly AnyRoute[];
};

/** The body type of a route: as defined, else merge-patch for PATCH and JSON for the rest; undefined without a body. */
export function bodyTypeOf(route: Pick<AnyRoute, 'method' | 'body' | 'bodyType'>): BodyType | undefined {
  if (route.body === undefined) return undefined;
  return route.bodyType ?? (route.method === 'PATCH' ? 'application/merge-patch+json' : 'application/json');
}

/** The names of the variables of a path. */
export const pathVariables = (path: string): string[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string);

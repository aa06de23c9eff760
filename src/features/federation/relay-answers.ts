import { z } from 'zod';
import type { Answer } from '../../platform/answer.ts';
import { serializerOf } from '../../platform/answer-writer.ts';
import { hasOnlyText } from '../../platform/characters.ts';
import { faultTexts } from '../../platform/fault-texts.ts';
import { inlineSchema } from '../../platform/json-schema.ts';
import type { OutboundAnswer } from '../../platform/outbound.ts';
import { type Fault, Problem, type ProblemCode } from '../../platform/problem.ts';
import { problems } from '../../platform/problem-catalogue.ts';
import type { RelayedRoute } from '../../platform/relay.ts';
import { parseStrictObject } from '../access/access.ts';

/** A decision as it was asked of its home. */
export type AskedDecision = {
  readonly route: RelayedRoute;
  readonly params: object;
  readonly body: unknown;
  /** The base URL of the home. */
  readonly home: string;
};

const unusable = () => new Problem('home_answer_unusable');
const unreachable = (seconds: number) =>
  new Problem('home_unreachable', { headers: { 'retry-after': String(seconds) } });

/** Seconds after which it is worth asking again. */
const waits = { unreachable: 10, refused: 60, longest: 3600 } as const;

/** No answer came. */
export const noAnswer = (): Problem => unreachable(waits.unreachable);

/**
 * What the home of a thing answered to a decision on it. Of a success only what the operation itself answers is taken, and
 * only about what was asked. Of a problem only its code counts, where the operation can have it: it is told in our words,
 * and nothing else that the home wrote. Throws that problem, home_refused, home_unreachable and home_answer_unusable.
 */
export function answerOfHome(asked: AskedDecision, answered: OutboundAnswer): Answer<unknown> {
  if (answered.status !== asked.route.answer.status) throw problemOfHome(asked, answered);
  return successOf(asked, answered);
}

function bodyOf({ headers, body }: OutboundAnswer, media: string): Record<string, unknown> {
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  const read = type === media ? parseStrictObject(body) : undefined;
  if (read === undefined || !hasOnlyText(read)) throw unusable();
  return read;
}

function successOf({ route, params, body, home }: AskedDecision, answered: OutboundAnswer): Answer<unknown> {
  const { schema, status } = route.answer;
  const read = schema?.safeParse(bodyOf(answered, 'application/json'));
  if (schema === undefined || read?.success !== true) throw unusable();
  const [, id] = route.relayed?.subject({ params, body }) ?? [];
  if (id === undefined || route.relayed?.answered(read.data) !== id) throw unusable();
  // As it crosses the wire, so that what is kept for a repeated request is the same.
  const shown: unknown = JSON.parse(serializerOf(schema, false)(read.data));
  return { body: shown, status, ...(status === 201 && { location: locationOf(shown, answered, home) }) };
}

/** Where the home keeps what is new: an address of its own, for it is not here yet. */
function locationOf(shown: unknown, { headers }: OutboundAnswer, home: string): string {
  const { location = '' } = headers;
  const url = URL.canParse(location, home) ? new URL(location, home) : undefined;
  // A path is below the base URL, as each address of the interface is.
  const whole = location.startsWith('/') ? `${home}${location}` : (url?.href ?? '');
  const { id } = shown as { id?: string };
  if (!/^\/v1\/[a-z-]+\/[0-9a-f-]{36}$/.test(whole.slice(home.length)) || !whole.startsWith(`${home}/`))
    throw unusable();
  if (!whole.endsWith(`/${id}`)) throw unusable();
  return whole;
}

const HomeProblem = z.object({
  status: z.int(),
  code: z.string(),
  detail: z.string().optional().catch(undefined),
  errors: z
    .array(z.object({ in: z.string(), location: z.string(), code: z.string() }))
    .max(100)
    .optional()
    .catch(undefined),
});

type Told = z.output<typeof HomeProblem>;

function problemOfHome(asked: AskedDecision, answered: OutboundAnswer): Problem {
  const { status, headers } = answered;
  // Neither the caller nor its scopes are at fault: they were looked at here.
  if (status === 401) return refusedByHome();
  const seconds = retryAfter(headers['retry-after']);
  if (status === 503) return unreachable(seconds ?? waits.unreachable);
  if (status < 400 || status >= 500) return unusable();
  const read = HomeProblem.safeParse(bodyOf(answered, 'application/problem+json'));
  if (!read.success || read.data.status !== status) return unusable();
  const told = read.data;
  const code = codesOf(asked.route).find((code) => code === told.code && problems[code].status === status);
  if (code !== undefined) return toldAnew(asked, { code, told, seconds });
  return status === 403 ? refusedByHome() : unusable();
}

const refusedByHome = () => new Problem('home_refused', { headers: { 'retry-after': String(waits.refused) } });

/** What is asked of the home with a sound token and a sound body: what any such operation can be told, and its own. */
function codesOf({ method, params, problems = [] }: RelayedRoute): ProblemCode[] {
  const ofPosts: ProblemCode[] =
    method === 'POST' ? ['conflict', 'idempotency_in_flight', 'idempotency_key_reused'] : [];
  const ofPaths: ProblemCode[] = params === undefined ? [] : ['not_found'];
  return ['invalid_input', 'too_many_requests', ...ofPaths, ...ofPosts, ...problems];
}

/** Seconds that the home asks to wait, within bounds. */
function retryAfter(header: string | undefined): number | undefined {
  return /^\d{1,9}$/.test(header ?? '') ? Math.min(Number(header), waits.longest) : undefined;
}

type Retold = { readonly code: ProblemCode; readonly told: Told; readonly seconds: number | undefined };

/** A problem of the home in our words. */
function toldAnew(asked: AskedDecision, { code, told, seconds }: Retold): Problem {
  const headers: Record<string, string> = {};
  if (['too_many_requests', 'idempotency_in_flight'].includes(code)) headers['retry-after'] = String(seconds ?? 1);
  if (code !== 'invalid_input') {
    const params = paramsOf(asked.route, code, told.detail ?? '');
    // A text that cannot be completed is not shown with a gap.
    return params === undefined ? new Problem('conflict', { headers }) : new Problem(code, { params, headers });
  }
  const errors = (told.errors ?? []).flatMap((fault) => faultOf(asked, fault));
  return errors.length === 0 ? unusable() : new Problem('invalid_input', { errors });
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/**
 * The parameters of a text of ours, as the home filled them in: each a number, or a word that the operation itself knows.
 * Undefined where they are not such.
 */
function paramsOf(route: RelayedRoute, code: ProblemCode, detail: string): Record<string, string> | undefined {
  const text = problems[code].detail.en;
  const names = [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string);
  if (names.length === 0) return {};
  const pattern = text
    .split(/\{\w+\}/)
    .map(escaped)
    .join('(\\w{1,30})');
  const values = new RegExp(`^${pattern}$`).exec(detail)?.slice(1);
  const known = wordsOf(route);
  if (values === undefined || !values.every((value) => /^\d{1,6}$/.test(value) || known.has(value))) return undefined;
  return Object.fromEntries(names.map((name, at) => [name, values[at] ?? '']));
}

/** The words of the closed lists of values in what an operation takes and answers. */
function wordsOf({ body, answer }: RelayedRoute): Set<string> {
  const words = new Set<string>();
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    const { enum: values } = node as { enum?: unknown };
    if (Array.isArray(values)) for (const value of values) words.add(String(value));
    for (const inner of Object.values(node)) walk(inner);
  };
  for (const schema of [body, answer.schema]) if (schema !== undefined) walk(inlineSchema(schema));
  return words;
}

/** A fault of the body that the home found, where it is one of ours and names a property that was sent or can be. */
function faultOf(
  { route, body }: AskedDecision,
  { in: place, location, code }: NonNullable<Told['errors']>[number],
): Fault[] {
  const shape = route.body instanceof z.ZodObject ? Object.keys(route.body.shape) : [];
  const names = [...shape, ...Object.keys((body ?? {}) as object)].map((name) => `/${name}`);
  const text = Object.hasOwn(faultTexts, code) ? faultTexts[code] : undefined;
  const isOurs = place === 'body' && text !== undefined && !text.en.includes('{') && names.includes(location);
  return isOurs ? [{ in: 'body', location, code }] : [];
}

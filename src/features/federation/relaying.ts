import { createHash, randomBytes } from 'node:crypto';
import type { Answer } from '../../platform/answer.ts';
import type { Context } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { maxAnswerBytes, type OutboundAnswer, OutboundFailure } from '../../platform/outbound.ts';
import { Problem, type ProblemCode } from '../../platform/problem.ts';
import type { Relay, RelayRequest } from '../../platform/relay.ts';
import { type Access, isHomedHere } from '../access/access.ts';
import { type RelayedOutcome, recordRelayed, type WriteSubject } from '../events/events.ts';
import { homeOf } from '../policy/homes.ts';
import { canonicalBaseUrl } from './base-url.ts';
import { readSoon } from './health.ts';
import type { Peering } from './peering.ts';
import { type LivePeer, livePeer } from './peers.ts';
import { answerOfHome, noAnswer } from './relay-answers.ts';

/** How long the home of a thing may take to answer, in milliseconds. */
const timeoutMs = 10_000;

/** Decisions that are on their way to one node at once, so that a slow one does not hold up this node. */
const maxUnderWay = 32;

/** What carrying decisions needs. */
export type RelayDeps = {
  readonly db: Db;
  readonly peering: Pick<Peering, 'outbound'>;
  readonly vouchFor: Access['vouchFor'];
  /** For tests; ten seconds when absent. */
  readonly timeoutMs?: number | undefined;
};

/** On whose behalf a decision is carried, and where. */
type Errand = {
  readonly peer: LivePeer;
  readonly clientId: string;
  readonly organisationId: string;
  readonly subject: WriteSubject;
};

/**
 * Opens the way by which decisions reach the node that keeps what they are about. A decision is carried only for a client
 * to which this node itself gave its token, and only for an organisation that is homed here, so that nothing is carried on
 * from node to node; and only to a node with which a peering holds, under the address of the peering. It is asked with a
 * token for this one request, with which an administrator is a client as any other, and no transaction is open meanwhile.
 * What became of it is recorded here, the answer is kept for a repeated request, and after a success the feed of that node
 * is read soon.
 */
export function openRelay(deps: RelayDeps): Relay {
  const underWay = new Map<string, number>();
  return async (request) => {
    const errand = await errandOf(deps.db, request);
    if (errand === undefined) throw request.refused;
    const { baseUrl } = errand.peer;
    const count = underWay.get(baseUrl) ?? 0;
    if (count >= maxUnderWay) throw new Problem('unavailable', { headers: { 'retry-after': '2' } });
    underWay.set(baseUrl, count + 1);
    try {
      return await carry(deps, errand, request);
    } finally {
      const left = (underWay.get(baseUrl) ?? 1) - 1;
      if (left === 0) underWay.delete(baseUrl);
      else underWay.set(baseUrl, left);
    }
  };
}

/**
 * Whether what was refused here is for its home to decide: it is a copy, or it is in a state, as far as is known here, in
 * which it cannot be decided on. What the caller does not see it is not asked about, and what is wrong in the request
 * itself is wrong there too.
 */
const isForItsHome = ({ code, status }: Problem) =>
  code === 'misdirected' || ([403, 409].includes(status) && !notOfTheState.has(code));
// Who owns nothing is told so whether or not there is such a subject.
const notOfTheState: ReadonlySet<ProblemCode> = new Set([
  'insufficient_scope',
  'idempotency_in_flight',
  'owner_required',
]);

/** Where a decision is carried and for whom; undefined where it is not. */
async function errandOf(db: Db, request: RelayRequest): Promise<Errand | undefined> {
  const { route, context, params, body, refused } = request;
  const { ownClient: clientId, organisationId } = context.caller;
  if (clientId === undefined || organisationId === null || !isForItsHome(refused)) return undefined;
  const [type, id] = route.relayed?.subject({ params, body }) ?? [];
  const kept = type === undefined || id === undefined ? undefined : await homeOf(db, type, id);
  const home = canonicalBaseUrl(kept?.home ?? '');
  const peer = home === undefined ? undefined : await livePeer(db, home, new Date());
  if (peer === undefined || !(await isHomedHere(db, organisationId))) return undefined;
  const subject = { subjectType: type ?? null, subjectId: id ?? null, allianceId: kept?.allianceId ?? null };
  return { peer, clientId, organisationId, subject };
}

async function carry(deps: RelayDeps, errand: Errand, request: RelayRequest): Promise<Answer<unknown>> {
  const { db } = deps;
  const { context } = request;
  const record = (outcome: Parameters<typeof recordRelayed>[3]) => recordRelayed(db, context, errand.subject, outcome);
  try {
    const { route, params, body } = request;
    const answered = await send(deps, errand, request);
    const answer = answerOfHome({ route, params, body, home: errand.peer.baseUrl }, answered);
    await record({ outcome: 'succeeded', status: null, code: null, answer });
    await readSoon(db, errand.peer.id);
    return answer;
  } catch (error) {
    const outcome = outcomeOf(error);
    if (outcome !== undefined) await record(outcome);
    throw error;
  }
}

/** What is recorded of a failure; what the client did wrong is recorded as any refusal is. */
function outcomeOf(error: unknown): RelayedOutcome | undefined {
  if (!(error instanceof Problem) || error.status < 500) return undefined;
  const { status, code } = error;
  return { outcome: code === 'home_refused' ? 'refused' : 'unknown', status, code };
}

async function send(
  { peering, vouchFor, timeoutMs: limit = timeoutMs }: RelayDeps,
  { peer, clientId, organisationId }: Errand,
  { route, context, params, body }: RelayRequest,
): Promise<OutboundAnswer> {
  const { method, access } = route;
  if ((method !== 'PUT' && method !== 'POST') || 'public' in access)
    throw new Error(`${route.operationId} cannot be relayed`);
  const address = addressOf(route.path, params);
  const token = await vouchFor({
    ...{ peer: peer.baseUrl, organisationId, clientId },
    ...{ scope: access.scope, for: { method, address } },
  });
  try {
    return await peering.outbound.send({
      ...{ method, url: `${peer.baseUrl}${address}`, timeoutMs: limit, bodyCharacters: maxAnswerBytes },
      headers: { ...headersOf(context, method), authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    });
  } catch (error) {
    if (!(error instanceof OutboundFailure)) throw error;
    throw error.reason === 'too_large' ? new Problem('home_answer_unusable') : noAnswer();
  }
}

/** The address of the same operation at another node, made from what was checked and not from what was sent. */
const addressOf = (path: string, params: object): string => {
  const given = new Map<string, unknown>(Object.entries(params));
  return `/v1${path.replace(/\{(\w+)\}/g, (_all, name: string) => encodeURIComponent(String(given.get(name))))}`;
};

function headersOf(context: Context, method: string): Record<string, string> {
  return {
    'content-type': 'application/json',
    accept: 'application/json',
    // The texts of problems are compared with ours, and not shown.
    'accept-language': 'en',
    traceparent: `00-${context.traceId}-${randomBytes(8).toString('hex')}-01`,
    ...(method === 'POST' && { 'idempotency-key': `"${keyOf(context)}"` }),
  };
}

/** The key under which the home keeps its answer: the same for a repeated request of a client, and the client's secret. */
function keyOf({ caller, idempotency }: Context): string {
  if (idempotency === undefined) return randomBytes(24).toString('base64url');
  return createHash('sha256').update(`samendoen relay\n${caller.clientId}\n${idempotency.key}`).digest('base64url');
}

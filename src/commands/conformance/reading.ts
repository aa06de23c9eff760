import { randomUUID } from 'node:crypto';
import { AnswerClaims, type FeedAnswer, messageTypes } from '../../features/replication/messages.ts';
import {
  type BaselineProgress,
  type Cursor,
  chainStart,
  collectionDigest,
  contentHashOf,
  follow,
  followBaseline,
  ProtocolFault,
  type SentEntry,
  type Step,
} from '../../features/replication/protocol.ts';
import { type Answered, ask, refusalFaults, sendMessage } from './asking.ts';
import { Failed, Skipped } from './report.ts';
import { compact, newKey, spoilt, unsigned, verified } from './signing.ts';
import { type Agreed, feedClaims, seconds, type World } from './world.ts';

const collections = ['organisations'];
const maxAnswers = 10_000;

/** What the kit has of the node, as a peer that reads its feed. */
export type Copy = {
  readonly things: Map<
    string,
    { readonly id: string; readonly content: Readonly<Record<string, unknown>>; readonly contentHash: string }
  >;
  cursor: Cursor;
};

type Asked = { readonly cursor: Cursor | null; readonly baseline: BaselineProgress | null };

/** Asks the node for its feed; throws Failed for an answer that is not to be believed. */
async function read(world: World, agreed: Agreed, asked: Asked): Promise<FeedAnswer> {
  const { kit, node } = world;
  const request = feedClaims(world, agreed, asked);
  const { status, headers, text } = await sendMessage(node.feedUri, compact(request, messageTypes.request, kit.key));
  if (status !== 200) throw new Failed(`it was answered with ${status}`);
  if (headers.get('content-type') !== 'application/jwt') throw new Failed('it was answered with no application/jwt');
  if (!headers.get('cache-control')?.includes('no-store')) throw new Failed('it may be kept by a cache');
  const claims = AnswerClaims.safeParse(verified(text, node.keys, messageTypes.answer));
  if (!claims.success) throw new Failed('the claims of the answer do not fit');
  const { iss, aud, jti, peering, iat } = claims.data;
  if (iss !== node.baseUrl || aud !== kit.baseUrl) throw new Failed('the answer is not of this node for the kit');
  if (jti !== request.jti || peering !== agreed.id) throw new Failed('the answer is not to this request');
  if (Math.abs(iat - seconds()) > 120) throw new Failed('the answer is not of this time');
  return claims.data;
}

function apply({ things }: Copy, steps: readonly Step[]): void {
  for (const { id, content, contentHash } of steps)
    if (content === null || contentHash === null) things.delete(id);
    else things.set(id, { id, content: content as Record<string, unknown>, contentHash });
}

/** Works that say by a ProtocolFault what does not fit. */
function fitting<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof ProtocolFault ? new Failed(`what was answered does not fit: ${error.code}`) : error;
  }
}

async function readBaseline(world: World, agreed: Agreed): Promise<Copy> {
  const copy: Copy = { things: new Map(), cursor: { epoch: '', ...chainStart } };
  let baseline: BaselineProgress | null = null;
  for (let count = 0; count < maxAnswers; count++) {
    const { baseline: part } = await read(world, agreed, { cursor: null, baseline });
    if (part === undefined) throw new Failed('it was answered with no part of a baseline');
    const progress: BaselineProgress | null = baseline;
    const taken: ReturnType<typeof followBaseline> = fitting(() => followBaseline(progress, part, collections));
    apply(copy, taken.steps);
    if (taken.cursor !== null) return Object.assign(copy, { cursor: taken.cursor });
    baseline = taken.progress;
  }
  throw new Failed('the baseline does not end');
}

/** Follows the chain from where a copy is to its end; answers the entries, and what is wrong with the digests. */
async function goOn(world: World, agreed: Agreed, copy: Copy): Promise<{ entries: SentEntry[]; faults: string[] }> {
  const entries: SentEntry[] = [];
  for (let count = 0; count < maxAnswers; count++) {
    const { page, digests } = await read(world, agreed, { cursor: copy.cursor, baseline: null });
    if (page === undefined) throw new Skipped('the chain is not kept from there on: a baseline was given');
    const { steps, cursor } = fitting(() => follow(copy.cursor, page));
    apply(copy, steps);
    entries.push(...page.entries);
    copy.cursor = cursor;
    if (cursor.seq === page.head.seq) return { entries, faults: digestFaults(copy, digests) };
    if (page.entries.length === 0) throw new Failed('an answer brings nothing although more is told of');
  }
  throw new Failed('the feed does not end');
}

function digestFaults({ things }: Copy, digests: FeedAnswer['digests']): string[] {
  if (digests === null) return ['the last answer has no digests'];
  return collections.flatMap((name) =>
    digests[name] === collectionDigest([...things.values()])
      ? []
      : [`the digest of ${name} is not that of what was given`],
  );
}

const needsThings = ({ things }: Copy, count: number) => {
  if (things.size < count) throw new Skipped(`register ${count} organisations at the node first`);
};

async function checkBaseline(world: World, agreed: Agreed): Promise<Copy | undefined> {
  const { report } = world;
  let copy: Copy | undefined;
  await report.check('baseline', 'everything comes in parts and in order', async () => {
    copy = await readBaseline(world, agreed);
    return [...copy.things.values()].flatMap(({ id, content }) =>
      content.id === id ? [] : ['a content names another identifier'],
    );
  });
  if (copy === undefined) return undefined;
  const whole = copy;
  await report.check('baseline', 'a part begins behind the thing that was named', async () => {
    needsThings(whole, 2);
    const [first, second] = [...whole.things.values()];
    const { epoch, seq, hash } = whole.cursor;
    const after = { collection: 'organisations', id: String(first?.id) };
    const { baseline } = await read(world, agreed, { cursor: null, baseline: { epoch, at: { seq, hash }, after } });
    if (baseline?.after?.id !== after.id) return ['it does not begin where it was asked for'];
    return baseline.things[0]?.id === second?.id ? [] : ['another thing comes first'];
  });
  return whole;
}

async function checkChain(world: World, agreed: Agreed, copy: Copy): Promise<void> {
  const { report } = world;
  await report.check(
    'digest',
    'after a baseline the feed goes on, with the digests of what was given',
    async () => (await goOn(world, agreed, copy)).faults,
  );
  let entries: readonly SentEntry[] = [];
  await report.check('chain', 'the chain from its beginning leads to the same', async () => {
    const other: Copy = { things: new Map(), cursor: { epoch: copy.cursor.epoch, ...chainStart } };
    const read = await goOn(world, agreed, other);
    entries = read.entries;
    return read.faults;
  });
  await report.check('chain', 'the feed goes on from wherever a peer is', async () => {
    const { seq, hash } = entries[Math.floor(entries.length / 2)] ?? {};
    if (seq === undefined || hash === undefined || entries.length < 2)
      throw new Skipped('the chain has too few entries');
    const { page } = await read(world, agreed, { cursor: { epoch: copy.cursor.epoch, seq, hash }, baseline: null });
    if (page === undefined) return ['it was answered with a baseline'];
    const next = page.entries[0]?.seq ?? seq + 1;
    return next === seq + 1 ? [] : ['it does not begin behind the cursor'];
  });
  const { epoch, seq, hash } = copy.cursor;
  const astray: Readonly<Record<string, Cursor>> = {
    'of another epoch': { epoch: randomUUID(), seq, hash },
    'beyond the head': { epoch, seq: seq + 1000, hash },
    'with another hash': { epoch, seq, hash: contentHashOf({ other: true }) },
  };
  for (const [name, cursor] of Object.entries(astray))
    await report.check('baseline', `a cursor ${name} is answered with a baseline`, async () => {
      const { baseline } = await read(world, agreed, { cursor, baseline: null });
      if (baseline === undefined) return ['it was answered with entries'];
      return baseline.after === null ? [] : ['the baseline does not begin at its beginning'];
    });
}

/** Requests that are to be refused, by what is wrong with them. */
function wrongRequests(world: World, agreed: Agreed): Readonly<Record<string, string>> {
  const { kit } = world;
  const { request: typ, nudge } = messageTypes;
  const nothing = { cursor: null, baseline: null };
  const claims = (change: object = {}) => feedClaims(world, agreed, { ...nothing, ...change });
  const signed = (change: object) => compact(claims(change), typ, kit.key);
  const stranger = newKey();
  return {
    'that nobody signed': unsigned(claims(), typ),
    'with a signature that was changed': spoilt(signed({})),
    'by a key that is not published': compact(claims(), typ, stranger),
    'by another key under the name of one that is published': compact(claims(), typ, { ...stranger, kid: kit.key.kid }),
    'of a node that is no peer': compact(claims({ iss: kit.identity('/stranger', stranger) }), typ, stranger),
    'that ran out': signed({ iat: seconds() - 300, exp: seconds() - 240 }),
    'that is of a later time': signed({ iat: seconds() + 600, exp: seconds() + 660 }),
    'that can be used for longer': signed({ exp: seconds() + 3600 }),
    'for another node': signed({ aud: `${world.node.baseUrl}/other` }),
    'for another peering': signed({ peering: randomUUID() }),
    'of another type': compact(claims(), nudge, kit.key),
    'with a member that is given twice': compact(`{"iss":"x",${JSON.stringify(claims()).slice(1)}`, typ, kit.key),
    'with a member of which the protocol knows nothing': signed({ all: true }),
    'that is nothing at all': world.canary,
  };
}

async function checkRequests(world: World, agreed: Agreed, copy: Copy): Promise<void> {
  const { report, node, kit } = world;
  const known = [...copy.things.values()].flatMap(({ id, content }) => [id, String(content.name)]).slice(0, 200);
  const refused = (title: string, send: () => Promise<Answered>, expected = 401) =>
    report.check('request', title, async () => refusalFaults(await send(), [...known, world.canary], expected));
  for (const [name, jws] of Object.entries(wrongRequests(world, agreed)))
    await refused(`a request ${name} is refused, without content`, () => sendMessage(node.feedUri, jws));
  await refused('a request that was answered is refused when it comes again', async () => {
    const jws = compact(feedClaims(world, agreed, { cursor: null, baseline: null }), messageTypes.request, kit.key);
    const first = await sendMessage(node.feedUri, jws);
    if (first.status !== 200) throw new Failed(`the first time it was answered with ${first.status}`);
    return sendMessage(node.feedUri, jws);
  });
  const sound = () =>
    compact(feedClaims(world, agreed, { cursor: null, baseline: null }), messageTypes.request, kit.key);
  await refused(
    'a request as another media type is refused',
    () => sendMessage(node.feedUri, sound(), 'application/json'),
    415,
  );
  await refused('a request that is too large is refused', () => sendMessage(node.feedUri, 'A'.repeat(40_000)), 413);
  await report.check('request', 'the feed is given for signed requests alone', async () => {
    const { status } = await ask(node.feedUri);
    return status === 404 || status === 405 ? [] : [`GET was answered with ${status}`];
  });
}

/** Checks that the node gives nothing before there is a peering. */
export async function checkClosed(world: World): Promise<void> {
  await world.report.check('request', 'nothing is given before there is a peering', async () => {
    const claims = feedClaims(world, { id: randomUUID(), terms: {}, offerHash: '' }, { cursor: null, baseline: null });
    return refusalFaults(
      await sendMessage(world.node.feedUri, compact(claims, messageTypes.request, world.kit.key)),
      [],
      401,
    );
  });
}

/** Checks the feed of the node, read as a peer; answers what it gave. */
export async function checkReading(world: World, agreed: Agreed): Promise<Copy | undefined> {
  const copy = await checkBaseline(world, agreed);
  if (copy === undefined) return undefined;
  await checkChain(world, agreed, copy);
  await checkRequests(world, agreed, copy);
  return copy;
}

/** Checks that what a node took over from a peer is given to nobody: each thing comes from its home. */
export async function checkNoEcho(world: World, agreed: Agreed, copy: Copy): Promise<void> {
  await world.report.check('foreign', 'what came from a peer is not given to peers', async () => {
    const { faults } = await goOn(world, agreed, copy);
    const own = world.publisher.things().filter(({ id }) => copy.things.has(id));
    return own.length === 0 ? faults : ['it gives what came from the kit'];
  });
}

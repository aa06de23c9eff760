import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { DecisionClaims, messageTypes, offerHashOf, readClaims } from '../../features/federation/messages.ts';
import { expiryOf } from '../../features/federation/rules.ts';
import { type Answered, ask, refusalFaults, sendMessage, until } from './asking.ts';
import { Skipped } from './report.ts';
import { compact, newKey, spoilt, unsigned, verified } from './signing.ts';
import { type Agreed, seconds, type World } from './world.ts';

const collections = ['organisations'];
const dayAfter = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

type Terms = { readonly id: string; readonly validUntil: string; readonly [member: string]: unknown };

function termsOf({ kit, node }: World, change: object = {}): Terms {
  const offeredBy = { baseUrl: kit.baseUrl, oin: null, name: 'Conformance kit', shares: collections };
  const offeredTo = { baseUrl: node.baseUrl, shares: collections };
  return { id: randomUUID(), offeredBy, offeredTo, validFrom: dayAfter(0), validUntil: dayAfter(30), ...change };
}

function offerOf({ kit, node }: World, terms: Terms, change: object = {}) {
  const iat = seconds();
  const exp = Math.floor(expiryOf(new Date(iat * 1000), terms.validUntil).getTime() / 1000);
  return { iss: kit.baseUrl, aud: node.baseUrl, jti: terms.id, iat, exp, peering: terms, ...change };
}

/** Addresses below that of the kit, under which nobody is to be believed. */
function falseNodes({ kit }: World): Readonly<Record<string, string>> {
  const stranger = newKey();
  kit.page('/moved/.well-known/learning-network', (response) => {
    response.writeHead(302, { location: `${kit.baseUrl}/.well-known/learning-network` }).end();
  });
  const secret = { ...kit.key.jwk, d: kit.key.privateKey.export({ format: 'jwk' }).d };
  return {
    'whose description is a redirect': `${kit.baseUrl}/moved`,
    'whose description names another node': kit.identity('/other', kit.key, { baseUrl: kit.baseUrl }),
    'that names a place of another origin': kit.identity('/away', kit.key, {
      feedUri: 'https://elsewhere.example/feed',
    }),
    'that publishes a private key': kit.identity('/open', kit.key, {}, [secret]),
    'that publishes other keys': kit.identity('/stranger', stranger),
  };
}

/** Offers that are to be refused, by what is wrong with them. */
function wrongOffers(world: World): Readonly<Record<string, string>> {
  const { kit, node, canary } = world;
  const { offer: typ } = messageTypes;
  const signed = (change: object = {}, terms: object = {}) =>
    compact(offerOf(world, termsOf(world, terms), change), typ, kit.key);
  const good = offerOf(world, termsOf(world));
  const by = (baseUrl: string) =>
    signed({ iss: baseUrl }, { offeredBy: { baseUrl, oin: null, name: canary, shares: collections } });
  const elsewhere = { baseUrl: `${node.baseUrl}/else`, shares: collections };
  return {
    'that is no JWS': canary,
    'of another type': compact(good, messageTypes.decision, kit.key),
    'for another node': signed({ aud: elsewhere.baseUrl }),
    'whose terms are for another node': signed({}, { offeredTo: elsewhere }),
    'whose terms are of another node': signed(
      {},
      { offeredBy: { baseUrl: elsewhere.baseUrl, oin: null, name: canary, shares: [] } },
    ),
    'in the name of the node itself': by(node.baseUrl),
    'that nobody signed': unsigned(good, typ),
    'with a signature that was changed': spoilt(signed()),
    'by a key that is not published': compact(good, typ, newKey()),
    'with a critical header that nobody knows': compact(good, typ, kit.key, { crit: ['x'], x: 1 }),
    'that ran out': signed({ iat: seconds() - 40 * 86_400, exp: seconds() - 10 * 86_400 }),
    'with a time of its own': signed({ exp: seconds() + 90 * 86_400 }),
    'that shares what nobody knows': signed({}, { offeredTo: { baseUrl: node.baseUrl, shares: [canary] } }),
    'with another identifier than its terms': signed({ jti: randomUUID() }),
    'with a member that is given twice': compact(
      `{"iss":"${kit.baseUrl}",${JSON.stringify(good).slice(1)}`,
      typ,
      kit.key,
    ),
    ...Object.fromEntries(
      Object.entries(falseNodes(world)).map(([name, baseUrl]) => [`of a node ${name}`, by(baseUrl)]),
    ),
  };
}

const takenFaults = ({ status }: Answered) => (status >= 200 && status < 300 ? [] : [`it was answered with ${status}`]);

/** A node may hold the keys of a former kit at this address for so long. */
const keyPauseMs = 31_000;

/** Checks how a node takes offers; answers the offer that it took. */
async function checkOffers(world: World): Promise<(Agreed & { readonly jws: string }) | undefined> {
  const { report, kit, canary } = world;
  const { peeringsUri } = world.node;
  const { offer: typ } = messageTypes;
  const refused = (title: string, send: () => Promise<Answered>, expected?: number) =>
    report.check('offer', title, async () => refusalFaults(await send(), [canary], expected));
  const terms = termsOf(world);
  const jws = compact(offerOf(world, terms), typ, kit.key);
  const taken = await report.check('offer', 'an offer is taken', async () => {
    const first = await sendMessage(peeringsUri, jws);
    if (first.status !== 202 && first.status !== 409) await pause(keyPauseMs);
    const last = first.status === 202 ? first : await sendMessage(peeringsUri, jws);
    const told = last.status === 409 ? ['an offer of a former run is open: decline it'] : [];
    return [...takenFaults(last), ...told];
  });
  for (const [name, wrong] of Object.entries(wrongOffers(world)))
    await refused(`an offer ${name} is refused`, () => sendMessage(peeringsUri, wrong));
  await refused('what is too large is refused', () => sendMessage(peeringsUri, canary.repeat(2000)), 413);
  await refused('what is no application/jwt is refused', () => sendMessage(peeringsUri, jws, 'application/json'), 415);
  await refused('a path below that is nothing is nothing', () =>
    ask(`${peeringsUri}/${canary}/decisions`, { method: 'POST' }),
  );
  if (!taken) return undefined;
  await report.check('offer', 'the same offer again changes nothing', async () =>
    takenFaults(await sendMessage(peeringsUri, jws)),
  );
  await refused('another offer under the same identifier is refused', () => {
    const other = { ...terms, validUntil: dayAfter(20) };
    return sendMessage(peeringsUri, compact(offerOf(world, other), typ, kit.key));
  });
  return { id: terms.id, terms, offerHash: offerHashOf(jws), jws };
}

/** What a node says of a peering, as the kit says it. */
export const decisionOf = (
  { kit, node }: World,
  { id, terms, offerHash }: Agreed,
  decision: string,
  change: object = {},
) => ({
  ...{ iss: kit.baseUrl, aud: node.baseUrl, jti: id, iat: seconds(), peering: terms, offerHash, decision },
  ...change,
});

/** Checks that nobody says of an offer what is not its to say. */
async function checkForeignDecisions(world: World, offer: Agreed): Promise<void> {
  const { report, kit, node, canary } = world;
  const { decision: typ } = messageTypes;
  const stranger = newKey();
  const strange = kit.identity('/stranger', stranger);
  const said = (decision: string, change: object = {}) =>
    decisionOf(world, offer, decision, { reason: canary, ...change });
  const wrong: Readonly<Record<string, string>> = {
    'of a node that is no party': compact(said('ended', { iss: strange }), typ, stranger),
    'in the name of a party, by another': compact(said('ended'), typ, stranger),
    'of the offerer, that it is accepted': compact(said('accepted'), typ, kit.key),
    'of the offerer, that it is declined': compact(said('declined'), typ, kit.key),
    'about another offer': compact(said('withdrawn', { offerHash: 'A'.repeat(43) }), typ, kit.key),
    'about other terms': compact(
      said('withdrawn', { peering: termsOf(world, { id: offer.id, validUntil: dayAfter(9) }) }),
      typ,
      kit.key,
    ),
    'for another node': compact(said('withdrawn', { aud: strange }), typ, kit.key),
    'that nobody signed': unsigned(said('withdrawn'), typ),
    'of the type of an offer': compact(said('withdrawn'), messageTypes.offer, kit.key),
  };
  for (const [name, jws] of Object.entries(wrong))
    await report.check('decision', `a word ${name} is refused`, async () =>
      refusalFaults(await sendMessage(`${node.peeringsUri}/${offer.id}/decisions`, jws), [canary]),
    );
  await report.check('decision', 'a word about a peering that is not there is refused', async () =>
    refusalFaults(
      await sendMessage(`${node.peeringsUri}/${randomUUID()}/decisions`, compact(said('ended'), typ, kit.key)),
      [canary],
    ),
  );
}

/** Lets the operator of the node say yes, and checks what the node says then. */
async function checkAcceptance(world: World, offer: Agreed): Promise<boolean> {
  const { administrator, kit, node, waitMs, pollMs } = world;
  return world.report.check('decision', 'the yes of the node is signed, and about this very offer', async () => {
    await administrator?.decide(offer.id, 'accepted');
    const said = await until(() => kit.decisions.find(({ peeringId }) => peeringId === offer.id), {
      ms: waitMs,
      everyMs: pollMs,
    });
    if (said === undefined && administrator === undefined)
      throw new Skipped(`accept the peering ${offer.id} of ${kit.baseUrl} at the node, within --wait seconds`);
    if (said === undefined) return ['the kit was told nothing'];
    const claims = readClaims(DecisionClaims, verified(said.jws, node.keys, messageTypes.decision));
    if (claims === undefined) return ['its claims do not fit'];
    const { iss, aud, jti, decision, offerHash, peering } = claims;
    const expected = { ...decisionOf(world, offer, 'accepted'), iss: node.baseUrl, aud: kit.baseUrl };
    const told = { iss, aud, jti, decision, offerHash, peering };
    return Object.entries(told).flatMap(([name, value]) =>
      isDeepStrictEqual(value, expected[name as keyof typeof told]) ? [] : [`its ${name} is another`],
    );
  });
}

/** Checks how a node comes to a peering with the kit; answers what both agreed on. */
export async function checkPeering(world: World): Promise<Agreed | undefined> {
  await world.administrator?.clearAway(world.kit.baseUrl);
  const offer = await checkOffers(world);
  if (offer === undefined) return undefined;
  await checkForeignDecisions(world, offer);
  if (await checkAcceptance(world, offer)) return offer;
  const { report, kit, node } = world;
  await report.check('decision', 'the offerer withdraws an offer that was not accepted', async () => {
    const jws = compact(decisionOf(world, offer, 'withdrawn'), messageTypes.decision, kit.key);
    return takenFaults(await sendMessage(`${node.peeringsUri}/${offer.id}/decisions`, jws));
  });
  return undefined;
}

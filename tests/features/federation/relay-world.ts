import type { Test } from 'tap';
import { frontOf } from '../../helpers/front.ts';
import { type Answered, send } from '../../helpers/http.ts';
import { assertionClaims, sign, type TestKey, testKey } from '../../helpers/oauth.ts';
import { found, invite, type Party, parties } from '../alliances/world.ts';
import { peered, type ReplicatingNode, startReplicating } from '../replication/nodes.ts';

/** A client of a node that acts for an organisation, and asks its own node. */
export type Client = {
  readonly clientId: string;
  readonly organisationId: string;
  /** A token for its own node, or for another. */
  tokenAt(at?: string): Promise<string>;
  ask(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answered>;
};

const scopes = ['organisations:read', 'alliances:read', 'alliances:write', 'commitments:read', 'commitments:write'];

/** Registers a client of an organisation at a node. */
export async function clientOf(t: Test, node: ReplicatingNode, organisationId: string): Promise<Client> {
  const key = await testKey('ES256');
  const made = await node.ask('POST', '/clients', {
    ...{ name: 'Systeem', organisationId, jwks: { keys: [key.jwk] }, scopes },
  });
  t.equal(made.status, 201, made.text);
  const { clientId } = made.json<{ clientId: string }>();
  const own = await tokenFrom(node.baseUrl, { clientId, key }, node.baseUrl);
  return {
    ...{ clientId, organisationId },
    tokenAt: (at = node.baseUrl) => tokenFrom(node.baseUrl, { clientId, key }, at),
    ask: (method, path, body, headers = {}) =>
      send(node.baseUrl, { method, path: `/v1${path}`, body, token: own, headers }),
  };
}

async function tokenFrom(
  baseUrl: string,
  { clientId, key }: { readonly clientId: string; readonly key: TestKey },
  resource: string,
): Promise<string> {
  const body = new URLSearchParams({
    ...{ grant_type: 'client_credentials', resource },
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await sign(key, assertionClaims(clientId, { aud: `${baseUrl}/oauth/token` })),
  });
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const answer = await send(baseUrl, { method: 'POST', path: '/oauth/token', body: body.toString(), headers });
  return answer.json<{ access_token: string }>().access_token;
}

type Named = 'alliances' | 'memberships' | 'commitments';

/** Puts rows of one node into another as replicas, as its feed will. */
export async function replicate(
  from: ReplicatingNode,
  to: Pick<ReplicatingNode, 'owner'>,
  table: Named,
  id: string,
  home = from.baseUrl,
): Promise<void> {
  const [row] = await from.owner`select to_jsonb(r)::text as row from ${from.owner(table)} r where id = ${id}`;
  const copied = { ...JSON.parse(String(row?.row)), ...(table === 'alliances' && { home }) };
  await to.owner`delete from ${to.owner(table)} where id = ${id} and ${table !== 'alliances'}`;
  await to.owner`insert into ${to.owner(table)}
    select * from jsonb_populate_record(null::${to.owner(table)}, ${JSON.stringify(copied)}::text::jsonb)
    on conflict do nothing`;
}

/** Two nodes that are peers: an alliance of the one, into which it invites an organisation of the other. */
export async function openRelayWorld(t: Test) {
  const fronts: Awaited<ReturnType<typeof frontOf>>[] = [];
  const addressOf = async (port: number): Promise<string> => {
    fronts.push(await frontOf(t, port));
    return String(fronts[0]?.baseUrl);
  };
  const home = await startReplicating(t, 'Thuis', { addressOf });
  const here = await startReplicating(t, 'Hier');
  const [front] = fronts;
  if (front === undefined) throw new Error('the home has no address');
  const peeringId = await peered(t, home, here);
  const guestId = await here.register('Zorggroep Gast');
  const otherId = await here.register('Zorggroep Ander');
  const { town } = await parties(home.db, 'Gemeente Thuis').then((all) => ({ town: all['Gemeente Thuis'] }));
  await home.pull();
  await here.pull();
  const guest = await clientOf(t, here, guestId);
  const other = await clientOf(t, here, otherId);
  const atHome: Party = { id: guestId, caller: { ...town.caller, organisationId: guestId, clientId: guestId } };
  /** Founds an alliance at the home and invites the guest; both come here as replicas. Answers the membership. */
  const invited = async () => {
    const allianceId = await found(home.db, town, { visibility: 'network' });
    const membershipId = await invite(home.db, allianceId, town, atHome);
    await replicate(home, here, 'alliances', allianceId);
    await replicate(home, here, 'memberships', membershipId);
    return { allianceId, membershipId, path: `/memberships/${membershipId}/decision` };
  };
  return { home, here, front, peeringId, town, guest, other, atHome, invited };
}

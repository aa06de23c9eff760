import { pino } from 'pino';
import type { Test } from 'tap';
import { openReceipts } from '../../../src/features/access/access.ts';
import { tellMoves } from '../../../src/features/moves/moves.ts';
import { pullPeers } from '../../../src/features/replication/replication.ts';
import type { Document } from '../../helpers/document.ts';
import { connect, type System } from '../../helpers/network.ts';
import { assertionClaims, sign, testKey } from '../../helpers/oauth.ts';
import { type ReplicatingNode, startReplicating } from '../replication/nodes.ts';

/** A move as the interface shows it, as far as tests look at it. */
export type MoveSeen = {
  readonly id: string;
  readonly state: string;
  readonly from: string;
  readonly to: string;
  readonly number: number;
  readonly decisionReason: string | null;
  readonly untold: { readonly word: string; readonly lastError: string | null; readonly tries: number } | null;
};

/** A node of a test, and what its worker does of moves. */
export type MovingNode = ReplicatingNode & {
  /** Tells of moves what was not told, as if its time had come; once for each. */
  tellOfMoves(): Promise<void>;
  /** A move as its administrator sees it. */
  move(id: string): Promise<MoveSeen>;
  /** Answers the offer of a move as an administrator; answers the status. */
  answer(id: string, decision: string): Promise<number>;
  /** Which node it has for the home of an organisation; null for itself. */
  homeOf(organisationId: string): Promise<string | null | undefined>;
};

/** Starts a node with which organisations move. */
export async function startMoving(t: Test, name: string): Promise<MovingNode> {
  const node = await startReplicating(t, name);
  const { db, owner, peering, keySecret, baseUrl } = node;
  const receipts = await openReceipts(db, { keySecret, issuer: baseUrl });
  return {
    ...node,
    tellOfMoves: async () => {
      await owner`update organisation_moves set next_tell_at = now() where next_tell_at is not null`;
      await tellMoves(db, { peering, receipts });
    },
    move: async (id) => (await node.ask('GET', `/organisation-moves/${id}`)).json<MoveSeen>(),
    answer: async (id, decision) => (await node.ask('PUT', `/organisation-moves/${id}/decision`, { decision })).status,
    homeOf: async (id) =>
      (await owner<{ home: string | null }[]>`select home from organisations where id = ${id}`)[0]?.home,
  };
}

/** An organisation with a client at a node. */
export type Party = {
  readonly organisationId: string;
  readonly clientId: string;
  /** Its system, with a token of the node of the client for this or another node. */
  systemAt(at: { readonly baseUrl: string }): Promise<System>;
  /** The status of asking for a token, and the token. */
  tokenFor(at: { readonly baseUrl: string }): Promise<{ readonly access_token?: string; readonly error?: string }>;
  /** Offers to move; answers the identifier of the move. */
  moveTo(to: { readonly baseUrl: string }): Promise<string>;
};

const scopes = [
  ...['organisations:read', 'organisations:write', 'alliances:read', 'alliances:write', 'initiatives:read'],
  ...['initiatives:write', 'ownership:read', 'ownership:write', 'knowledge-items:read', 'knowledge-items:write'],
  ...['professionals:read', 'professionals:write', 'events:read'],
];

/** Registers a client for an organisation at the node where it is homed. */
export async function partyAt(t: Test, node: MovingNode, document: Document, organisationId: string): Promise<Party> {
  const key = await testKey('ES256');
  const given = { name: 'Systeem', organisationId, jwks: { keys: [key.jwk] }, scopes };
  const client = await node.ask('POST', '/clients', given);
  t.equal(client.status, 201, client.text);
  const { clientId } = client.json<{ clientId: string }>();
  const tokenFor: Party['tokenFor'] = async ({ baseUrl }) => {
    const response = await fetch(`${node.baseUrl}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: await sign(key, assertionClaims(clientId, { aud: `${node.baseUrl}/oauth/token` })),
        resource: baseUrl,
      }),
    });
    return (await response.json()) as { access_token?: string; error?: string };
  };
  const systemAt: Party['systemAt'] = async (at) => connect(at.baseUrl, document, (await tokenFor(at)).access_token);
  return {
    ...{ organisationId, clientId, tokenFor, systemAt },
    moveTo: async ({ baseUrl: to }) => {
      const body = { organisationId, to, reason: 'Wij verhuizen.' };
      const offered = await (await systemAt(node)).call('offerOrganisationMove', { body });
      t.equal(offered.status, 201, JSON.stringify(offered.body));
      return offered.body.id;
    },
  };
}

/** Reads the feed of one peer alone, until nothing is left. */
export async function readFrom(node: MovingNode, from: { readonly baseUrl: string }): Promise<void> {
  const { owner } = node;
  await owner`update peers set next_attempt_at = case when base_url = ${from.baseUrl} then null
    else now() + interval '1 hour' end`;
  for (let turn = 0; turn < 3; turn++) {
    await pullPeers(
      { db: node.db, peering: node.peering, log: pino({ level: 'silent' }) },
      new AbortController().signal,
    );
    await owner`update peers set next_attempt_at = null where base_url = ${from.baseUrl}`;
  }
}

import { generateKeyPair } from 'jose';
import type { Receipts } from '../features/access/access.ts';
import { moveType, type Peering, signMessage } from '../features/federation/federation.ts';
import { takeCompletion } from '../features/moves/completing.ts';
import { decideOrganisationMove } from '../features/moves/deciding.ts';
import * as examples from '../features/moves/examples.ts';
import { hashOf, messageTypes } from '../features/moves/messages.ts';
import { offerOf, storeMoveOffer } from '../features/moves/offering.ts';
import { findMove } from '../features/moves/standing.ts';
import type { OrganisationInFull } from '../features/organisations/organisations.ts';
import { contentHashOf } from '../features/replication/replication.ts';
import { nodeContext } from '../platform/caller.ts';
import type { Db } from '../platform/db.ts';

/** What a node that is made up offers: the move, under which peering, and the organisation. */
export type MadeUpMove = {
  readonly id: string;
  readonly peer: { readonly id: string; readonly baseUrl: string };
  readonly organisation: { readonly id: string; readonly name: string };
  readonly reason: string | null;
};

const at = '2026-01-05T08:00:00.000Z';

/** It ended before, so that it is in no figure of the demo network. */
const fullOf = ({ id, name }: MadeUpMove['organisation']): OrganisationInFull => {
  const fields = { kind: 'care_organisation', name, region: 'Maarland', startsOn: null, endsOn: '2026-01-01' } as const;
  const state = { ...fields, successorId: null, identifiers: [] };
  return {
    organisation: { id, ...state, createdAt: at, changedAt: at },
    versions: [{ version: 1, recordedAt: at, operationId: 'createOrganisation', snapshot: state }],
  };
};

/** Signs as a node that is made up, with a key that is forgotten after it. */
async function signMadeUp(claims: object, typ: string): Promise<string> {
  const { privateKey } = await generateKeyPair('ES256');
  return signMessage(JSON.stringify(claims), typ, { kid: 'made-up', privateKey });
}

/** Takes in the offer of a move by a node that is made up; answers it as it was signed. */
export async function moveFrom(
  db: Db,
  { baseUrl }: { readonly baseUrl: string },
  { peer, organisation, ...given }: MadeUpMove,
): Promise<string> {
  const to = { id: peer.id, baseUrl };
  const offer = offerOf({ baseUrl: peer.baseUrl }, fullOf(organisation), { ...given, peer: to });
  const jws = await signMadeUp(offer, messageTypes.offer);
  await storeMoveOffer(db, offer, jws);
  return jws;
}

type Node = { readonly peering: Peering; readonly receipts: Receipts };

/** Takes an organisation in by the word of a node that is made up, after a yes to its offer. */
export async function completeMoveFrom(db: Db, node: Node, move: MadeUpMove): Promise<void> {
  const { baseUrl } = node.peering;
  const offer = await moveFrom(db, node.peering, move);
  const context = nodeContext('demo', { administrator: true });
  await decideOrganisationMove(db, context, node, move.id, { decision: 'accepted' });
  const acceptance = (await findMove(db, move.id))?.acceptance ?? '';
  const content = fullOf(move.organisation);
  const claims = {
    ...{ iss: move.peer.baseUrl, aud: baseUrl, jti: move.id, iat: Math.floor(Date.now() / 1000) },
    ...{ peering: move.peer.id, organisationId: move.organisation.id, number: 1, offerHash: hashOf(offer) },
    ...{ acceptanceHash: hashOf(acceptance), contentHash: contentHashOf(content) },
  };
  const completion = await signMadeUp(claims, moveType);
  await takeCompletion(db, move.id, { acceptance, completion, content });
}

/** A move that took place, and one that waits for an answer. */
export async function moveOrganisations(db: Db, node: Node, peer: MadeUpMove['peer']): Promise<void> {
  const { movedId, movedOrganisation: organisation } = examples;
  await completeMoveFrom(db, node, { id: movedId, peer, organisation, reason: null });
  const { id, organisation: waiting, reason } = examples.move;
  await moveFrom(db, node.peering, { id, peer, organisation: waiting, reason });
}

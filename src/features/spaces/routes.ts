import canonicalize from 'canonicalize';
import type { Routes } from '../../platform/contract.ts';
import type { Db } from '../../platform/db.ts';
import { SpaceArchive } from './archive-schema.ts';
import { getDestructionReceipt, getSpaceArchive, getSpaceClosure } from './closures.ts';
import * as examples from './examples.ts';
import { handoverRoutes } from './handover-routes.ts';
import { getHarvest, listHarvests } from './harvest-views.ts';
import { decideHarvest, offerHarvest } from './harvests.ts';
import {
  DestructionReceiptView,
  HarvestPath,
  HarvestQuery,
  HarvestView,
  NewDecision,
  NewHarvest,
  SpaceClosureView,
  SpacePath,
} from './schemas.ts';

const tag = 'closed-spaces';
const read = { scope: 'alliances:read', policy: 'rows' } as const;
const write = { scope: 'alliances:write', policy: 'own-organisation' } as const;

/** Mounts what is taken out of closed spaces, and their end. */
export function spaceRoutes(routes: Routes, { db }: { db: Db }): void {
  harvestRoutes(routes, { db });
  handoverRoutes(routes, { db });
  closureRoutes(routes, { db });
}

function harvestRoutes(routes: Routes, { db }: { db: Db }): void {
  const params = { harvestId: examples.harvest.id };
  routes.add({
    method: 'POST',
    path: '/harvests',
    operationId: 'offerHarvest',
    tag,
    summary: 'Offer to let a knowledge item out of a closed space',
    description:
      'By a convener of the space, or a member that contributed to the item: its author, those named in it, who shared it. It goes, to the network, to all, or to one alliance in which its author takes part, when every organisation that contributed said yes; whoever offers and contributed says yes by that. An item of one organisation alone can be harvested as well. A space that is archived can no longer be harvested.',
    access: write,
    body: NewHarvest,
    answer: { status: 201, description: 'The harvest.', schema: HarvestView },
    problems: [
      'contributor_required',
      'harvest_open',
      'item_not_published',
      'item_withdrawn',
      'already_shared',
      'space_closing',
      'alliance_ended',
      'organisation_dissolved',
    ],
    examples: { body: examples.newHarvest, answer: examples.offeredHarvest },
    handler: ({ context, body }) => offerHarvest(db, context, body),
  });
  routes.add({
    method: 'GET',
    path: '/harvests',
    operationId: 'listHarvests',
    tag,
    summary: 'List harvests',
    description:
      'Those out of closed spaces in which your organisation takes part, and those on which it answers as a contributor.',
    access: read,
    query: HarvestQuery,
    answer: { status: 200, description: 'A page of harvests.', schema: HarvestView, page: true },
    examples: { query: { state: 'offered' }, answer: { items: [examples.harvest], nextCursor: null } },
    handler: ({ caller, query, after }) => listHarvests(db, caller, { ...query, after }),
  });
  routes.add({
    method: 'GET',
    path: '/harvests/{harvestId}',
    operationId: 'getHarvest',
    tag,
    summary: 'Get a harvest',
    access: read,
    params: HarvestPath,
    answer: { status: 200, description: 'The harvest.', schema: HarvestView },
    examples: { params, answer: examples.harvest },
    handler: ({ caller, params }) => getHarvest(db, caller, params.harvestId),
  });
  routes.add({
    method: 'PUT',
    path: '/harvests/{harvestId}/decision',
    operationId: 'decideHarvest',
    tag,
    summary: 'Answer a harvest',
    description:
      'Each organisation that contributed, also since the harvest was offered, accepts or declines for itself; who offered withdraws. The same decision again changes nothing; a yes can become a no as long as the harvest is open. One no ends it. With the last yes the item goes, in the same transaction.',
    access: write,
    params: HarvestPath,
    body: NewDecision,
    answer: { status: 200, description: 'The harvest after the decision.', schema: HarvestView },
    problems: [
      'wrong_side',
      'handshake_refused',
      'item_not_published',
      'item_withdrawn',
      'already_shared',
      'space_closing',
      'alliance_ended',
      'organisation_dissolved',
    ],
    relayed: { subject: ({ params }) => ['harvest', params.harvestId], answered: ({ id }) => id },
    examples: { params, body: examples.harvestDecision, answer: examples.completedHarvest },
    handler: ({ context, params, body }) => decideHarvest(db, context, params.harvestId, body),
  });
}

function closureRoutes(routes: Routes, { db }: { db: Db }): void {
  routes.add({
    method: 'GET',
    path: '/alliances/{allianceId}/closure',
    operationId: 'getSpaceClosure',
    tag,
    summary: 'See how far the closing of a closed space has come',
    description:
      'For those who took part at its end. From its end date nothing new begins in a closed space: members harvest, hand over what they promised each other, and answer. Seven days before its content is destroyed, which is thirty days after its end, what is still open ends by the node and the archive is written.',
    access: read,
    params: SpacePath,
    answer: { status: 200, description: 'The closing.', schema: SpaceClosureView },
    examples: { params: { allianceId: examples.closingSpace.id }, answer: examples.closure },
    handler: ({ caller, params }) => getSpaceClosure(db, caller, params.allianceId),
  });
  routes.add({
    method: 'GET',
    path: '/alliances/{allianceId}/archive',
    operationId: 'getSpaceArchive',
    tag,
    summary: 'Fetch the archive of a closed space',
    description:
      'For those who took part at its end, until the content is destroyed. Everything that all of them could read, as RFC 8785 canonical JSON: the SHA-256 of these bytes is `archiveHash` of the closing, and is named in the receipt of destruction. What only the two parties to a promise may see is not in it.',
    access: read,
    params: SpacePath,
    answer: {
      status: 200,
      description: 'The archive, as an attachment.',
      schema: SpaceArchive,
      filename: ({ alliance }) => `vrijplaats-${alliance.id}.json`,
      media: { 'application/json': (archive) => canonicalize(archive) ?? '' },
    },
    problems: ['archive_unavailable'],
    examples: { params: { allianceId: examples.archivedSpaceId }, answer: examples.archive },
    handler: ({ caller, params }) => getSpaceArchive(db, caller, params.allianceId),
  });
  routes.add({
    method: 'GET',
    path: '/alliances/{allianceId}/destruction-receipt',
    operationId: 'getDestructionReceipt',
    tag,
    summary: 'Get the signed receipt of the destruction of a closed space',
    description:
      'For those who took part at its end and for its sponsor. A compact JWS over RFC 8785 canonical JSON, which anybody can verify with the keys in `/.well-known/receipt-jwks.json`: which space, when, the hash of its archive, and how many rows were overwritten in each table.',
    access: read,
    params: SpacePath,
    answer: {
      status: 200,
      description: 'The receipt.',
      schema: DestructionReceiptView,
      media: { 'application/jose': ({ receipt }) => receipt },
    },
    examples: { params: { allianceId: examples.destroyedSpaceId }, answer: examples.destructionReceipt },
    handler: ({ caller, params }) => getDestructionReceipt(db, caller, params.allianceId),
  });
}

import { z } from 'zod';
import { Reason, State } from '../../platform/handshake-schemas.ts';
import { Day, Id, Moment, pageQuery } from '../../platform/schemas.ts';
import { Shares } from './messages.ts';
import { parties, words } from './rules.ts';

const BaseUrl = z.string().trim().min(1).max(2000).meta({
  description: 'The address of the other node, under which it publishes `/.well-known/learning-network`.',
  example: 'https://leernetwerk.waterrade.example',
});

const days = {
  validFrom: Day.meta({ description: 'The first day; today when absent, in UTC.' }),
  validUntil: Day.meta({ description: 'The first day without it; five years after the first at most.' }),
};

const ofShares =
  'organisations: the register of those that are homed there. alliances, together with organisations: those in which organisations of the other node take part, with what their members read.';

/** A peering to be offered to another node. */
export const NewPeer = z
  .strictObject({
    baseUrl: BaseUrl,
    shares: Shares.meta({ description: `What this node shares. ${ofShares}` }),
    receives: Shares.meta({ description: `What the other node is asked to share. ${ofShares}` }),
    validFrom: days.validFrom.optional(),
    validUntil: days.validUntil,
  })
  .meta({ id: 'NewPeer' });

/** The end of a peering. */
export const NewPeeringEnd = z
  .strictObject({ reason: Reason.meta({ description: 'Shown to administrators of both nodes.' }) })
  .meta({ id: 'NewPeeringEnd' });

const Party = z.enum(parties);
const jws = z.string().nullable();

const Health = z.object({
  lastSuccessAt: Moment.nullable(),
  lastAttemptAt: Moment.nullable(),
  failureCount: z.int().meta({ description: 'Failures in a row.' }),
  lastError: z.string().nullable().meta({ description: 'A code of this node; null after a success.' }),
  lag: z.int().nullable().meta({ description: 'Entries of the feed of the other that were not applied yet.' }),
  digestEqual: z
    .boolean()
    .nullable()
    .meta({ description: 'Whether both hold the same; null while that is not known.' }),
  nextAttemptAt: Moment.nullable(),
});

const Untold = z.object({
  kind: z.enum(['offered', ...words]),
  since: Moment,
  tries: z.int(),
  lastError: z.string().nullable(),
  nextAttemptAt: Moment,
});

/** A peering with another node, as administrators see it. */
export const PeerView = z
  .object({
    id: Id.meta({ description: 'The same at both nodes.' }),
    baseUrl: z.string(),
    name: z.string(),
    oin: z.string().nullable().meta({ description: 'As the other node states it; compare it with the OIN register.' }),
    state: State,
    live: z.boolean().meta({ description: 'Accepted by both, and valid today.' }),
    offeredBy: Party,
    shares: Shares.meta({ description: 'What this node shares.' }),
    receives: Shares.meta({ description: 'What the other node shares.' }),
    validFrom: Day,
    validUntil: Day.meta({
      description: 'The first day without it; earlier than was signed where another peering takes its place.',
    }),
    expiresAt: Moment.meta({ description: 'Until when the offer can be accepted.' }),
    ourSignature: jws.meta({ description: 'The offer or the acceptance of this node, a compact JWS.' }),
    theirSignature: jws.meta({ description: 'The offer or the acceptance of the other node, a compact JWS.' }),
    theirKey: z.record(z.string(), z.unknown()).nullable().meta({
      description: 'The public key (RFC 7517) that verified it: the other node does not publish it for good.',
    }),
    closingSignature: jws.meta({ description: 'What a side signed to decline, withdraw or end it.' }),
    keyThumbprints: z.array(z.string()).meta({
      description: 'SHA-256 thumbprints (RFC 7638) of the keys that the other published when it was last asked.',
    }),
    reason: z.string().nullable().meta({ description: 'Why it was declined, withdrawn or ended.' }),
    endedBy: Party.nullable(),
    health: Health,
    untold: Untold.nullable().meta({
      description:
        'What the other node was not told yet, since it could not be reached or refused it; it is told later.',
    }),
    createdAt: Moment,
    changedAt: Moment,
  })
  .meta({ id: 'Peer' });

/** Filters of the list of peerings. */
export const PeerQuery = z.strictObject({
  ...pageQuery,
  state: State.optional(),
  live: z.enum(['true', 'false']).optional().meta({ description: 'Only those that hold today, or only the others.' }),
});

/** The path of one peering. */
export const PeerPath = z.strictObject({ peerId: Id });

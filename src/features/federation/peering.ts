import type { Outbound, SendableOptions } from '../../platform/outbound.ts';
import type { SigningKey } from '../access/access.ts';
import { ownBaseUrl } from './base-url.ts';
import { ofReceipts, PeerKeys } from './peer-keys.ts';

/** What a node needs to deal with others: who it is, how it signs and sends, and what it knows of them. */
export type Peering = {
  /** The address of this node in the form in which it is signed. */
  readonly baseUrl: string;
  readonly name: string;
  readonly oin: string | null;
  readonly outbound: Outbound;
  readonly sendable: SendableOptions;
  readonly signingKey: () => Promise<SigningKey>;
  readonly keys: PeerKeys;
  /** The keys with which other nodes sign what holds for good. */
  readonly receiptKeys: PeerKeys;
};

/** Opens what a node needs to deal with others. */
export const openPeering = (of: Omit<Peering, 'keys' | 'receiptKeys'>): Peering => ({
  ...of,
  baseUrl: ownBaseUrl(of.baseUrl),
  keys: new PeerKeys(of.outbound),
  receiptKeys: new PeerKeys(of.outbound, {}, ofReceipts),
});

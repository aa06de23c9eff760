import type { NetworkInput, NetworkSize } from './network-input.ts';

/** An organisation of a population. */
export type Member = {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly region: string | null;
};

/** A network as it was selected: its name (what was asked, for what kind of viewer), its data version, and what to walk. */
export type NamedNetwork = {
  readonly name: string;
  readonly dataVersion: string;
  /** The population in order of identifier: the indices of the network. */
  readonly organisations: readonly Member[];
  readonly input: NetworkInput;
  readonly size: NetworkSize;
};

import type { Collection } from './collection.ts';
import { organisationCollection, referenceCollection } from './organisation-collections.ts';
import { rowCollections } from './row-collections.ts';

/** What can be replicated, in an order in which each refers to those before it. */
export const collections: readonly Collection[] = [organisationCollection, referenceCollection, ...rowCollections];

/** The names of what is replicated, in the order of a baseline. */
export const collectionNames: readonly string[] = collections.map(({ name }) => name);

/** A collection by its name; undefined for one that this node does not know. */
export const collectionNamed = (name: string): Collection | undefined => collections.find((one) => one.name === name);

/** The collections that a peering shares by these names. */
export const collectionsShared = (shares: readonly string[]): readonly Collection[] =>
  collections.filter(({ share }) => shares.includes(share));

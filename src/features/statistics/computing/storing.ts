import { deserialize, serialize } from 'node:v8';
import { and, eq, inArray, sql } from 'drizzle-orm';
import type { Db } from '../../../platform/db.ts';
import { newId } from '../../../platform/id.ts';
import { computedNetworks, computedParts } from '../tables.ts';
import { type NetworkInput, sizeOf } from './network-input.ts';
import type { Member, NamedNetwork } from './networks.ts';

/** For so many hours after it was last computed for, a network is kept with its parts. */
const keptHours = 24;

type Content = { readonly organisations: readonly Member[]; readonly input: NetworkInput };

/** True for the network of a name and a data version. */
export const isNetwork = ({ name, dataVersion }: Pick<NamedNetwork, 'name' | 'dataVersion'>) =>
  and(eq(computedNetworks.name, name), eq(computedNetworks.dataVersion, dataVersion));

const expiry = sql`now() + make_interval(hours => ${keptHours})`;

/** The network of a name and a data version, where something was computed of it in the background. */
export async function readNetwork(db: Db, name: string, dataVersion: string): Promise<NamedNetwork | undefined> {
  const [row] = await db
    .select({ content: computedNetworks.content })
    .from(computedNetworks)
    .where(isNetwork({ name, dataVersion }));
  return row && readContent(name, dataVersion, row.content);
}

/** A network as it is stored. */
export function readContent(name: string, dataVersion: string, content: Buffer): NamedNetwork {
  const { organisations, input } = deserialize(content) as Content;
  return { name, dataVersion, organisations, input, size: sizeOf(input) };
}

/** Stores a network, or keeps it for longer; answers its identifier. */
export async function storeNetwork(db: Db, network: NamedNetwork): Promise<string> {
  const { name, dataVersion, organisations, input } = network;
  const known = await keepNetwork(db, network);
  if (known !== undefined) return known;
  const content: Content = { organisations, input };
  const [stored] = await db
    .insert(computedNetworks)
    .values({
      ...{ id: newId(), name, dataVersion, content: serialize(content), createdAt: new Date() },
      expiresAt: expiry,
    })
    .onConflictDoUpdate({
      target: [computedNetworks.name, computedNetworks.dataVersion],
      set: { expiresAt: expiry },
    })
    .returning({ id: computedNetworks.id });
  return stored?.id ?? '';
}

/** The parts of a network that were computed in the background, by key, of those that are asked for. */
export async function readParts(
  db: Db,
  network: Pick<NamedNetwork, 'name' | 'dataVersion'>,
  keys: readonly string[],
): Promise<ReadonlyMap<string, unknown>> {
  const rows = await db
    .select({ part: computedParts.part, content: computedParts.content })
    .from(computedParts)
    .innerJoin(computedNetworks, eq(computedNetworks.id, computedParts.networkId))
    .where(and(isNetwork(network), inArray(computedParts.part, [...keys])));
  return new Map(rows.map(({ part, content }) => [part, deserialize(content) as unknown]));
}

/** The keys of the parts of a network that were computed in the background. */
export async function storedKeys(db: Db, network: Pick<NamedNetwork, 'name' | 'dataVersion'>): Promise<Set<string>> {
  const rows = await db
    .select({ part: computedParts.part })
    .from(computedParts)
    .innerJoin(computedNetworks, eq(computedNetworks.id, computedParts.networkId))
    .where(isNetwork(network));
  return new Set(rows.map(({ part }) => part));
}

/** Keeps a network and its parts for another day. Answers its identifier; undefined where it is not stored. */
export async function keepNetwork(
  db: Db,
  network: Pick<NamedNetwork, 'name' | 'dataVersion'>,
): Promise<string | undefined> {
  const [kept] = await db
    .update(computedNetworks)
    .set({ expiresAt: expiry })
    .where(isNetwork(network))
    .returning({ id: computedNetworks.id });
  return kept?.id;
}

/** Stores a part of a network; who computed the same before is not overwritten, since it is the same. */
export async function storePart(db: Db, networkId: string, part: string, value: unknown): Promise<void> {
  await db
    .insert(computedParts)
    .values({ networkId, part, content: serialize(value) })
    .onConflictDoNothing();
}

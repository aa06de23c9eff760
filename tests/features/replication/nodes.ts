import { pino } from 'pino';
import type { Test } from 'tap';
import { changeOrganisation, createOrganisation } from '../../../src/features/organisations/organisations.ts';
import { publishToPeers } from '../../../src/features/replication/nudging.ts';
import { clearFormerPeers, pullPeers } from '../../../src/features/replication/replication.ts';
import { administrator, context } from '../../helpers/people.ts';
import { type NodeSetUp, type RunningNode, startNode } from '../federation/world.ts';

const signal = new AbortController().signal;
const log = pino({ level: 'silent' });

/** A node of a test, and what its worker does of replication. */
export type ReplicatingNode = RunningNode & {
  /** Registers an organisation; answers its identifier. */
  register(name: string, identifier?: { scheme: 'kvk'; value: string }): Promise<string>;
  /** Gives an organisation another name. */
  rename(id: string, name: string): Promise<void>;
  /** Tells its peers what is new; answers whether any was nudged. */
  publish(): Promise<boolean>;
  /** Reads the feeds of its peers as if their time had come, until nothing is left. */
  pull(): Promise<void>;
  /** Clears away what is left of former peers. */
  clear(): Promise<void>;
  /** The organisations that it has of others: their names, with their homes. */
  replicas(): Promise<Record<string, string>>;
};

/** Starts a node that replicates. */
export async function startReplicating(t: Test, name: string, setUp: NodeSetUp = {}): Promise<ReplicatingNode> {
  const node = await startNode(t, name, setUp);
  const { db, owner, peering } = node;
  return {
    ...node,
    register: async (name, identifier) => {
      const identifiers = identifier === undefined ? [] : [identifier];
      const { body } = await createOrganisation(db, context(administrator), { kind: 'other', name, identifiers });
      return body.id;
    },
    rename: async (id, name) => {
      const [row] = await owner`select version from organisations where id = ${id}`;
      await changeOrganisation(db, context(administrator), id, row?.version, { name });
    },
    publish: () => publishToPeers(db, peering, signal),
    pull: async () => {
      for (let more = true; more; ) {
        await owner`update peers set next_attempt_at = null`;
        await pullPeers({ db, peering, log }, signal);
        const [left] = await owner`select count(*)::int as count from peers where state = 'accepted' and lag > 0`;
        more = (left?.count ?? 0) > 0;
      }
    },
    clear: async () => {
      while (await clearFormerPeers(db));
    },
    replicas: async () => {
      const rows = await owner<{ name: string; home: string }[]>`
        select name, home from organisations where home is not null order by name`;
      return Object.fromEntries(rows.map(({ name, home }) => [name, home]));
    },
  };
}

/** Two nodes that share their registers with each other, or what is named; answers the identifier of their peering. */
export async function peered(
  t: Test,
  one: ReplicatingNode,
  other: ReplicatingNode,
  given: { readonly shares?: readonly string[]; readonly receives?: readonly string[] } = {},
): Promise<string> {
  const offered = await one.offer(other, { shares: ['organisations'], receives: ['organisations'], ...given });
  t.equal(offered.status, 201, String(offered.text));
  const { id } = offered.json<{ id: string }>();
  await one.tell();
  t.equal((await other.decide(id, 'accepted')).status, 200);
  await other.tell();
  t.equal((await one.peer(id)).live, true);
  return id;
}

import type { Sql } from 'postgres';
import { newId } from '../../src/platform/id.ts';

const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

/** A row of a peering that holds with a node of this address, as its handshake leaves it; answers its identifier. */
export async function putPeering(owner: Sql, baseUrl: string, fields: Record<string, unknown> = {}): Promise<string> {
  const id = newId();
  const now = new Date().toISOString();
  const row = {
    ...{ id, version: 1, base_url: baseUrl, name: 'Elders', state: 'accepted', offered_by: 'us' },
    ...{ our_share: ['organisations'], their_share: ['organisations'], valid_from: day(-1), valid_until: day(300) },
    ...{ expires_at: now, terms: {}, offer_hash: '', our_signature: 'a', their_signature: 'b', key_thumbprints: [] },
    ...{ created_at: now, changed_at: now, failure_count: 0, ...fields },
  };
  await owner`insert into peers select * from jsonb_populate_record(null::peers, ${JSON.stringify(row)}::text::jsonb)`;
  return id;
}

/** A row of an organisation that came by a peering, as the feed leaves it. */
export async function putReplica(
  owner: Sql,
  peerId: string,
  organisationId: string,
  { collection = 'organisations', fault = null }: { collection?: string; fault?: string | null } = {},
): Promise<void> {
  await owner`insert into replicas (peer_id, collection, object_id, content_hash, content, fault, received_at)
    values (${peerId}, ${collection}, ${organisationId}, '', '{}', ${fault}, now())`;
}

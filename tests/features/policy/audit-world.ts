import type { Add, CaseWorld } from './case-names.ts';

const now = new Date().toISOString();

/** A record: whose, in which alliance, about what, or how it was refused. */
type Recorded = {
  readonly name: string;
  readonly by?: string;
  readonly alliance?: string;
  readonly subject?: readonly [kind: string, name: string];
  readonly code?: string;
};

const refused = (code: string): Recorded => ({ name: `refused.${code}`, by: 'second', code });

const recorded: readonly Recorded[] = [
  ...['insufficient_scope', 'administrator_required', 'invalid_client', 'invalid_scope'].map(refused),
  ...['not_found', 'not_your_organisation', 'invalid_input'].map(refused),
  // What is refused has no alliance; if it had one, it would tell no more.
  { ...refused('not_found'), name: 'refused.in-public', alliance: 'public' },
  { name: 'in-public', by: 'first', alliance: 'public', subject: ['membership', 'membership:public.offered'] },
  { name: 'in-network', alliance: 'network', subject: ['alliance', 'alliance:network'] },
  { name: 'in-unknown', by: 'today', alliance: 'unknown', subject: ['alliance', 'alliance:unknown'] },
  { name: 'in-closed', by: 'today', alliance: 'closed', subject: ['membership', 'membership:closed.offered'] },
  { name: 'in-closed-by-the-node', alliance: 'closed', subject: ['alliance', 'alliance:closed'] },
  // In a space, though it is about something that all may see.
  { name: 'share-in-closed', by: 'first', alliance: 'closed', subject: ['item', 'item:published-public'] },
  { name: 'in-what-is-gone', by: 'elsewhere', alliance: 'gone', subject: ['alliance', 'alliance:gone'] },
  { name: 'of-an-organisation', by: 'second', subject: ['organisation', 'organisation:second'] },
  { name: 'of-a-merger', by: 'third', subject: ['merger', 'merger:gone'] },
  { name: 'of-a-client', by: 'fourth', subject: ['client', 'client:gone'] },
  { name: 'of-an-import', by: 'third', subject: ['import', 'import:gone'] },
  { name: 'of-a-webhook', by: 'first', subject: ['webhook', 'webhook:gone'] },
  { name: 'of-an-export', by: 'second', subject: ['export', 'export:gone'] },
  { name: 'of-a-professional', by: 'first', subject: ['professional', 'professional:known'] },
  // Others see the professional, and what else happened, but not this.
  { name: 'of-what-was-given-out', by: 'stranger', subject: ['professional', 'professional:known'] },
  { name: 'of-an-open-item', by: 'stranger', subject: ['knowledge_item', 'item:published-public'] },
  { name: 'of-an-item-twice', by: 'stranger', subject: ['knowledge_item', 'item:published-network'] },
  { name: 'of-a-shared-item', by: 'second', subject: ['knowledge_item', 'item:shared'] },
  // It did two things, one of which others may see: not the one that the record names.
  { name: 'of-a-draft', by: 'second', subject: ['knowledge_item', 'item:draft-public'] },
  { name: 'of-the-rest' },
];

/** The records of events; one that is not here is of a record that tells nothing of it. */
export const recordsOfEvents: Readonly<Record<string, string>> = {
  'knowledge_item.created/published-public': 'of-an-open-item',
  'knowledge_item.changed/published-network': 'of-an-item-twice',
  'knowledge_item.published/published-network': 'of-an-item-twice',
  'knowledge_item.created/shared': 'of-a-shared-item',
  'knowledge_item.changed/draft-public': 'of-a-draft',
  'knowledge_item.changed/published-public': 'of-a-draft',
  'knowledge_item.unshared/published-public.public': 'share-in-closed',
  'webhook.changed/gone': 'of-a-webhook',
  'export.finished/gone': 'of-an-export',
  'professional.changed/known': 'of-a-professional',
  'professional.exported/known': 'of-what-was-given-out',
};

/** Adds audit records: of each outcome and code, in each kind of alliance and in none, of organisations and of the node. */
export async function addRecords(world: CaseWorld, add: Add): Promise<void> {
  await add(
    'audit_records',
    recorded.map(({ name, by, alliance, subject, code }, index) => ({
      ...{ id: world.id(`audit:${name}`), recorded_at: now, client_id: 'client', operation_id: 'doSomething' },
      ...{ organisation_id: by === undefined ? null : world.organisation(by), event_count: 0, times: 1 },
      ...{ outcome: code === undefined ? 'succeeded' : 'refused', status: code === undefined ? null : 403 },
      ...{
        alliance_id: alliance === undefined ? null : world.id(`alliance:${alliance}`),
        request_id: 'r',
        trace_id: 't',
      },
      ...{ subject_type: subject?.[0] ?? null, subject_id: subject === undefined ? null : world.id(subject[1]) },
      ...{ code: code ?? null, number: index + 1, hash: Buffer.from([index]) },
    })),
  );
}

import type { Add, CaseWorld } from './case-names.ts';

const now = new Date().toISOString();
const later = new Date(Date.now() + 3_600_000).toISOString();

/** Adds sessions with what belongs to them: in alliances of each visibility, and outcomes that lead to each kind of thing. */
export async function addSessions(world: CaseWorld, add: Add, day: (days: number) => string): Promise<void> {
  const of = (alliance: string) => ({
    ...{ alliance_id: world.id(`alliance:${alliance}`), title: 'Training', kind: 'training', not_recorded: false },
    ...{ time_zone: 'Europe/Amsterdam', created_by_organisation_id: world.organisation('fourth') },
    ...{ created_at: now, changed_at: now },
  });
  const alliances = ['public', 'network', 'closed', 'unknown'];
  await add(
    'session_series',
    alliances.map((alliance) => ({
      ...{ id: world.id(`series:${alliance}`), ...of(alliance), starts_at: '2026-01-05T09:30', duration_minutes: 60 },
      ...{ recurrence: 'FREQ=WEEKLY', planned_through: day(9), complete: true, state: 'active' },
    })),
  );
  await add(
    'sessions',
    alliances.map((alliance) => ({
      ...{ id: world.id(`session:${alliance}`), ...of(alliance), starts_at: now, ends_at: later, planned_on: day(0) },
      ...{ state: 'held', held_on: day(0), called_off_before: false },
    })),
  );
  await add(
    'session_attendances',
    ['public', 'closed'].map((alliance) => ({
      ...{ id: world.id(`attendance:${alliance}`), session_id: world.id(`session:${alliance}`), head_count: 3 },
      ...{ organisation_id: world.organisation('fourth'), recorded_at: now, changed_at: now },
    })),
  );
  const outcome = (session: string, name: string, fields: object) => ({
    ...{ id: world.id(`outcome:${session}.${name}`), session_id: world.id(`session:${session}`), recorded_at: now },
    ...{ organisation_id: world.organisation('fourth'), ...fields },
  });
  const promise = (name: string) => ({ kind: 'commitment', commitment_id: world.id(`commitment:${name}`) });
  const item = (name: string) => ({ kind: 'knowledge_item', item_id: world.id(`item:${name}`) });
  const lesson = { kind: 'lesson', lesson: 'Bel eerst.' };
  await add('session_outcomes', [
    outcome('public', 'lesson', lesson),
    outcome('public', 'disputed', promise('public.disputed')),
    outcome('public', 'fulfilled', promise('public.fulfilled')),
    outcome('closed', 'lesson', lesson),
    outcome('closed', 'confirmed', promise('closed.confirmed')),
    outcome('closed', 'offered', promise('closed.offered')),
    outcome('closed', 'shared', item('shared')),
    outcome('closed', 'draft', item('draft-alliances')),
    outcome('closed', 'public', item('published-public')),
  ]);
  const feed = (alliance: string, who: string) => ({
    ...{ id: world.id(`feed:${alliance}.${who}`), alliance_id: world.id(`alliance:${alliance}`), name: 'Hal' },
    ...{ organisation_id: world.organisation(who), membership_id: world.id(`membership:${alliance}.${who}`) },
    ...{ secret_hash: world.id(`secret:${alliance}.${who}`), opened_at: now, changed_at: now },
  });
  await add('calendar_feeds', [feed('closed', 'longer'), feed('closed', 'ended')]);
}

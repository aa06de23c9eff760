import { typesWithin } from '../../../src/features/events/events.ts';
import { scopes } from '../../../src/platform/caller.ts';
import { addRecords, recordsOfEvents } from './audit-world.ts';
import type { Add, CaseWorld } from './case-names.ts';

const now = new Date().toISOString();

/** Every type of event, as it is recorded. */
export const eventTypes = typesWithin(new Set(scopes));

const typesOf = (...kinds: readonly string[]) =>
  eventTypes.filter((type) => kinds.some((kind) => type.startsWith(`${kind}.`)));

/** An event about a thing of the world: of which types, whom it touches, and of which work it tells. */
type Told = {
  readonly subject: string;
  /** The kind of subject, where it is another than the name of the thing tells. */
  readonly kind?: string;
  readonly types: readonly string[];
  readonly touched?: string;
  readonly work?: string;
};

const about = (subject: string, types: string, fields: Partial<Told> = {}): Told => ({
  subject,
  types: types.split(' '),
  ...fields,
});

/** Kinds of subject, where they have another name than their rows have in this world. */
const kinds: Readonly<Record<string, string>> = {
  item: 'knowledge_item',
  share: 'knowledge_share',
  contribution: 'knowledge_contribution',
  offer: 'ownership_offer',
  owned: 'ownership_record',
  part: 'professional_contribution',
  series: 'session_series',
  feed: 'calendar_feed',
};

const kindOf = (subject: string): string => {
  const name = subject.slice(0, subject.indexOf(':'));
  return kinds[name] ?? name;
};

const closing = { kind: 'space_closure', types: typesOf('space') };
const inClosed = { work: 'commitment:closed.confirmed' };

const told: readonly Told[] = [
  ...['public', 'network', 'closed', 'unknown', 'gone'].map((name) => about(`alliance:${name}`, 'alliance.founded')),
  about('membership:public.accepted', 'membership.accepted'),
  about('membership:public.offered', 'membership.offered'),
  about('membership:closed.longer', 'membership.accepted'),
  about('membership:closed.offered', 'membership.offered', { touched: 'offered' }),
  { subject: 'membership:gone', types: typesOf('membership'), touched: 'second' },
  ...['public', 'closed'].map((name) => ({ subject: `charter:${name}`, types: typesOf('charter'), touched: 'second' })),
  ...['closed', 'other', 'both.offered'].map((name) => about(`sponsorship:${name}`, 'sponsorship.accepted')),
  ...['closed', 'other'].map((name) => ({ subject: `alliance:${name}`, ...closing })),
  about('harvest:with-accepted.offered', 'harvest.offered'),
  about('harvest:shared.accepted', 'harvest.completed'),
  ...['public.fulfilled', 'closed.between-members', 'closed.confirmed'].map((name) =>
    about(`handover:${name}`, 'handover.offered', { touched: 'second' }),
  ),
  ...['public', 'network', 'closed'].map((name) => about(`series:${name}`, 'session_series.begun')),
  { subject: 'session:public', types: typesOf('session') },
  about('session:closed', 'session.planned session.attended'),
  about('feed:closed.longer', 'calendar_feed.opened', { touched: 'longer' }),
  ...['public', 'network', 'closed'].map((name) => about(`initiative:${name}`, 'initiative.begun')),
  about('participation:public.offered', 'participation.offered'),
  about('participation:public.accepted', 'participation.accepted'),
  about('participation:closed.accepted', 'participation.accepted'),
  { subject: 'commitment:public.fulfilled', types: typesOf('commitment'), touched: 'second' },
  about('commitment:public.disputed', 'commitment.fulfilled commitment.disputed'),
  about('commitment:closed.confirmed', 'commitment.accepted commitment.countered', { touched: 'second' }),
  about('commitment:closed.between-members', 'commitment.accepted commitment.countered'),
  about('offer:public', 'ownership.offered'),
  about('offer:closed', 'ownership.offered', { touched: 'stranger' }),
  ...['public', 'closed', 'item'].map((name) => about(`owned:${name}`, 'ownership.accepted', { touched: 'fourth' })),
  about('item:published-public', 'knowledge_item.created knowledge_item.changed'),
  about('item:published-network', 'knowledge_item.changed knowledge_item.published'),
  about('item:draft-public', 'knowledge_item.changed'),
  about('item:shared', 'knowledge_item.created'),
  { subject: 'share:shared-once.closed', types: typesOf('knowledge_item'), touched: 'fourth' },
  ...['shared.closed', 'published-public.public', 'published-alliances.public'].map((name) =>
    about(`share:${name}`, 'knowledge_item.shared knowledge_item.unshared', { touched: 'fourth' }),
  ),
  about('contribution:published-public.offered', 'knowledge_contribution.offered'),
  about('contribution:published-public.accepted', 'knowledge_contribution.accepted'),
  about('contribution:with-accepted.only', 'knowledge_contribution.accepted'),
  about('adoption:published-public', 'adoption.stated'),
  about('adoption:shared', 'adoption.stated'),
  { subject: 'professional:known', types: typesOf('professional'), touched: 'first' },
  about('professional:other', 'professional.registered professional.exported', { touched: 'second' }),
  about('professional:erased', 'professional.erased', { touched: 'first' }),
  ...['known.third', 'other.longer', 'erased.second'].map((name) =>
    about(`affiliation:${name}`, 'affiliation.offered'),
  ),
  about('part:public', 'professional_contribution.recorded', { touched: 'third', work: 'item:published-public' }),
  about('part:draft', 'professional_contribution.recorded', { touched: 'first', work: 'item:draft-public' }),
  about('part:initiative', 'professional_contribution.recorded', { touched: 'elsewhere', work: 'initiative:network' }),
  about('part:closed', 'professional_contribution.recorded', { touched: 'today', ...inClosed }),
  about('part:closed-to-its-own', 'professional_contribution.recorded', { touched: 'second', ...inClosed }),
  about('part:gone', 'professional_contribution.removed', { touched: 'longer', ...inClosed }),
  about('organisation:first', 'organisation.registered'),
  about('merger:gone', 'organisation.merged'),
  about('webhook:gone', 'webhook.changed', { touched: 'first' }),
  about('export:gone', 'export.finished', { touched: 'second' }),
  about('export:taken-in', 'export.imported'),
  about('client:gone', 'client.registered', { touched: 'fourth' }),
  about('import:gone', 'import.finished'),
  about('peer:gone', 'peer.accepted'),
  about('organisation_move:gone', 'organisation_move.offered', { touched: 'second' }),
  // Of a kind that the policy does not know, which must be shown to nobody.
  about('unknown:gone', 'unknown.happened', { touched: 'first' }),
];

const named = (subject: string) => subject.slice(subject.indexOf(':') + 1);

/** Adds an event about each kind of subject, of each type that a condition tells apart, with its audit record. */
export async function addRecordsAndEvents(world: CaseWorld, add: Add): Promise<void> {
  await addRecords(world, add);
  const rows = told.flatMap(({ subject, kind = kindOf(subject), types, touched, work }) =>
    types.map((type) => {
      const name = `${type}/${named(subject)}`;
      return {
        ...{ id: world.id(`event:${name}`), type, subject_type: kind, subject_id: world.id(subject), occurred_at: now },
        organisation_ids:
          touched === undefined ? '{}' : `{${world.id('organisation:fourth')},${world.organisation(touched)}}`,
        audit_record_id: world.id(`audit:${recordsOfEvents[name] ?? 'of-the-rest'}`),
        data: JSON.stringify(work === undefined ? {} : { subjectType: kindOf(work), subjectId: world.id(work) }),
      };
    }),
  );
  await add(
    'events',
    rows.map((row, index) => ({ ...row, position: index + 1 })),
  );
}

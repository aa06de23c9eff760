import { type SQL, sql } from 'drizzle-orm';
import { events } from '../../../src/features/events/tables.ts';
import type { Viewer } from '../../../src/features/policy/policy.ts';
import type { Case } from './cases.ts';

/** Who reads for a viewer, which may be a column. */
export const readerOf = (viewer: Viewer, administrator: boolean) => ({
  organisationId: viewer as string | null,
  administrator,
});

const eventsWhere = (condition: SQL) => sql`select ${events.id} from ${events} where ${condition}`;

/* Each touched `fourth` too, so that whom an event touched is one of several. */
const seenByAll = `
      alliance.founded/public   everyone
      alliance.founded/network  network
      alliance.founded/closed   members
      alliance.founded/unknown  none
      alliance.founded/gone     none
      membership.accepted/public.accepted  everyone
      membership.offered/public.offered    first second
      membership.accepted/closed.longer    members
      membership.offered/closed.offered    members offered
      membership.dropped/gone              second fourth
      membership.offered/gone              none
      membership.accepted/gone             none
      membership.declined/gone             none
      membership.withdrawn/gone            none
      membership.expired/gone              none
      membership.changed/gone              none
      membership.ended/gone                none
      membership.succeeded/gone            none
      membership.recorded/gone             none
      charter.published/public  everyone
      charter.accepted/public   everyone
      charter.declined/public   first second fourth
      charter.published/closed  members
      charter.accepted/closed   members
      charter.declined/closed   members
      sponsorship.accepted/closed        members third
      sponsorship.accepted/other         elsewhere second
      sponsorship.accepted/both.offered  today fourth
      space.closing/closed    longer leaving
      space.archived/closed   longer leaving
      space.destroyed/closed  longer leaving third
      space.closing/other     first
      space.archived/other    first
      space.destroyed/other   first second
      harvest.offered/with-accepted.offered    members second
      harvest.completed/shared.accepted        members fourth
      handover.offered/public.fulfilled        second third
      handover.offered/closed.between-members  today longer
      handover.offered/closed.confirmed        none
      session_series.begun/public   everyone
      session_series.begun/network  network
      session_series.begun/closed   members
      session.planned/public           everyone
      session.changed/public           everyone
      session.held/public              everyone
      session.cancelled/public         everyone
      session.attended/public          first
      session.outcome_recorded/public  first
      session.outcome_removed/public   first
      session.planned/closed           members
      session.attended/closed          members
      calendar_feed.opened/closed.longer  longer fourth
      initiative.begun/public   everyone
      initiative.begun/network  network
      initiative.begun/closed   members
      participation.offered/public.offered    first second third
      participation.accepted/public.accepted  everyone
      participation.accepted/closed.accepted  members
      commitment.offered/public.fulfilled         second third
      commitment.accepted/public.fulfilled        everyone
      commitment.declined/public.fulfilled        second third
      commitment.withdrawn/public.fulfilled       second third
      commitment.expired/public.fulfilled         second third
      commitment.countered/public.fulfilled       second third
      commitment.date_offered/public.fulfilled    second third
      commitment.date_moved/public.fulfilled      second third
      commitment.date_declined/public.fulfilled   second third
      commitment.date_withdrawn/public.fulfilled  second third
      commitment.late/public.fulfilled            second third
      commitment.fulfilled/public.fulfilled       everyone
      commitment.confirmed/public.fulfilled       everyone
      commitment.disputed/public.fulfilled        second third
      commitment.broken/public.fulfilled          second third
      commitment.cancelled/public.fulfilled       second third
      commitment.fulfilled/public.disputed  second third
      commitment.disputed/public.disputed   second third
      commitment.accepted/closed.confirmed         members
      commitment.countered/closed.confirmed        none
      commitment.accepted/closed.between-members   members
      commitment.countered/closed.between-members  today longer
      ownership.offered/public   second third fourth
      ownership.offered/closed   today longer
      ownership.accepted/public  everyone
      ownership.accepted/closed  members
      ownership.accepted/item    first members
      knowledge_item.created/published-public     everyone
      knowledge_item.changed/published-public     everyone
      knowledge_item.changed/published-network    network
      knowledge_item.published/published-network  network
      knowledge_item.changed/draft-public         first
      knowledge_item.created/shared               first members
      knowledge_item.shared/shared.closed                 members
      knowledge_item.unshared/shared.closed               members
      knowledge_item.shared/shared-once.closed            none
      knowledge_item.unshared/shared-once.closed          members
      knowledge_item.created/shared-once.closed           none
      knowledge_item.changed/shared-once.closed           none
      knowledge_item.published/shared-once.closed         none
      knowledge_item.withdrawn/shared-once.closed         none
      knowledge_item.replicated/shared-once.closed        none
      knowledge_item.shared/published-public.public       everyone
      knowledge_item.unshared/published-public.public     everyone
      knowledge_item.shared/published-alliances.public    first
      knowledge_item.unshared/published-alliances.public  first
      knowledge_contribution.offered/published-public.offered    first second
      knowledge_contribution.accepted/published-public.accepted  everyone
      knowledge_contribution.accepted/with-accepted.only         first second
      adoption.stated/published-public  everyone
      adoption.stated/shared            first third members
      professional.registered/known    first second third
      professional.changed/known       first second third
      professional.erased/known        first second third
      professional.code.renewed/known  first
      professional.exported/known      first
      professional.registered/other    fourth longer
      professional.exported/other      fourth
      professional.erased/erased       first
      affiliation.offered/known.third    first third
      affiliation.offered/other.longer   first longer
      affiliation.offered/erased.second  none
      professional_contribution.recorded/public             third fourth
      professional_contribution.recorded/draft              first
      professional_contribution.recorded/initiative         elsewhere fourth
      professional_contribution.recorded/closed             today
      professional_contribution.recorded/closed-to-its-own  none
      professional_contribution.removed/gone                longer
      organisation.registered/first  everyone
      organisation.merged/gone       everyone
      webhook.changed/gone     first fourth
      export.finished/gone     second fourth
      export.imported/taken-in none
      unknown.happened/gone    none`;

/** The cases of the events: about each kind of subject, and of each type that is told to others than its subject is. */
export const eventCases: Readonly<Record<string, Case>> = {
  visibleEvents: {
    predicate: 'visibleEvents',
    kind: 'event',
    rows: ({ visibleEvents }, viewer) => eventsWhere(visibleEvents(readerOf(viewer, false))),
    seen: `${seenByAll}
      client.registered/gone  none
      import.finished/gone    none
      peer.accepted/gone      none
      organisation_move.offered/gone  second fourth`,
  },
  'visibleEvents, for an administrator': {
    predicate: 'visibleEvents',
    kind: 'event',
    rows: ({ visibleEvents }, viewer) => eventsWhere(visibleEvents(readerOf(viewer, true))),
    seen: `${seenByAll}
      client.registered/gone  everyone
      import.finished/gone    everyone
      peer.accepted/gone      everyone
      organisation_move.offered/gone  everyone`,
  },
};

import { publishedName } from './event-types.ts';

/** An event as it is read from the log: what happened to which row, and what stands above that row in its address. */
export type EventRow = {
  readonly position: number;
  readonly id: string;
  readonly type: string;
  readonly subjectType: string;
  readonly subjectId: string;
  readonly occurredAt: Date;
  /** The alliance of a charter, or the item of a share: what their addresses begin with. */
  readonly parentId: string | null;
};

/** Where events come from: the node as the source of an event, and its address. */
export type EventSource = { readonly source: string; readonly baseUrl: string };

/**
 * An event of CloudEvents 1.0 in the NL GOV profile 1.1: thin, since whoever receives it reads the rest at `dataref`, as
 * far as it may. `time` is when the event was logged; `subject` is the identifier of what it is about.
 */
export type CloudEvent = {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly time: Date;
  readonly dataref: string;
};

/** The node as the source of its events: `urn:nld:oin:<OIN>:systeem:<name>`, which is no address of data. */
export const eventSourceOf = (oin: string, system: string): string => `urn:nld:oin:${oin}:systeem:${system}`;

const collections: Readonly<Record<string, string>> = {
  organisation: 'organisations',
  merger: 'mergers',
  organisation_move: 'organisation-moves',
  alliance: 'alliances',
  membership: 'memberships',
  sponsorship: 'sponsorships',
  harvest: 'harvests',
  handover: 'handovers',
  session_series: 'session-series',
  session: 'sessions',
  calendar_feed: 'calendar-feeds',
  initiative: 'initiatives',
  participation: 'participations',
  commitment: 'commitments',
  knowledge_item: 'knowledge-items',
  knowledge_contribution: 'knowledge-contributions',
  adoption: 'adoptions',
  ownership_offer: 'ownership-offers',
  ownership_record: 'ownership-records',
  professional: 'professionals',
  affiliation: 'affiliations',
  professional_contribution: 'professional-contributions',
  client: 'clients',
  import: 'imports',
  peer: 'peers',
  webhook: 'webhooks',
  export: 'exports',
};

function pathOf({ subjectType, subjectId, parentId }: EventRow): string {
  if (subjectType === 'charter') return `alliances/${parentId}/charters/${subjectId}`;
  if (subjectType === 'knowledge_share') return `knowledge-items/${parentId}/shares/${subjectId}`;
  if (subjectType === 'space_closure') return `alliances/${subjectId}/closure`;
  const collection = collections[subjectType];
  if (collection === undefined) throw new Error(`nothing is known of where a ${subjectType} is read`);
  return `${collection}/${subjectId}`;
}

/** Writes an event of the log as a CloudEvent. */
export const toCloudEvent = (row: EventRow, { source, baseUrl }: EventSource): CloudEvent => ({
  specversion: '1.0',
  id: row.id,
  source,
  type: publishedName(row.type),
  subject: row.subjectId,
  time: row.occurredAt,
  dataref: `${baseUrl}/v1/${pathOf(row)}`,
});

import { type SQL, sql } from 'drizzle-orm';
import { alliances } from '../alliances/tables.ts';
import { countedAlliances, type Viewer, visibleAlliances } from '../policy/policy.ts';
import type { Selection } from './rules.ts';

/** True for what holds on the day: its first day included, its last day excluded. */
export const on = (period: { startsOn: unknown; endsOn: unknown }, { asOf }: Selection): SQL =>
  sql`(${period.startsOn} is null or ${period.startsOn} <= ${asOf}::date) and (${period.endsOn} is null or ${period.endsOn} > ${asOf}::date)`;

/** A further condition: the column is one of the values; none where there is no filter. */
export const isOneOf = (column: unknown, values: readonly string[] | null): SQL =>
  values === null ? sql`` : sql`and ${column} in (select jsonb_array_elements_text(${JSON.stringify(values)}::jsonb))`;

/** A further condition: the alliance is of the filter. */
export const allianceChoice = ({ allianceId, allianceKind }: Selection): SQL =>
  sql`${isOneOf(alliances.kind, allianceKind)} ${allianceId === null ? sql`` : sql`and ${alliances.id} = ${allianceId}::uuid`}`;

/** True for alliances that are counted for a viewer, of the filter. */
export const countedChoice = (viewer: Viewer, selection: Selection): SQL =>
  sql`${countedAlliances()} and ${visibleAlliances(viewer)} ${allianceChoice(selection)}`;

/** The day of an instant, in UTC. */
export const utcDay = (instant: unknown): SQL => sql`(${instant} at time zone 'UTC')::date`;

/** The first day after the window: `until`, but never later than the day after asOf. */
export const windowEnd = ({ asOf, until }: Selection): SQL => sql`least(${until}::date, ${asOf}::date + 1)`;

/** True for a day within the window. */
export const within = (day: unknown, selection: Selection): SQL =>
  sql`${day} < ${windowEnd(selection)} ${selection.from === null ? sql`` : sql`and ${day} >= ${selection.from}::date`}`;

/** A further condition: what has these themes has the one that is asked about. */
export const themeChoice = (themes: unknown, { theme }: Selection): SQL =>
  theme === null ? sql`` : sql`and ${themes} @> array[${theme}::text]`;

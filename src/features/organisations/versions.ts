import { sql } from 'drizzle-orm';
import type { Context } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import type { IdentifierRow } from './rules.ts';
import { organisationIdentifiers, organisations, organisationVersions } from './tables.ts';

/** The identifiers of the organisation of the row, as JSON in a fixed order. */
export const identifiersOf = sql<IdentifierRow[]>`(
  select coalesce(json_agg(json_build_object('scheme', i.scheme, 'value', i.value, 'validFrom', i.valid_from,
    'validUntil', i.valid_until) order by i.scheme, i.value, i.id), '[]'::json)
  from ${organisationIdentifiers} i where i.organisation_id = ${organisations}.id)`;

/** Keeps the present state of organisations as a version; called in the transaction of every change. */
export async function recordVersions(db: Db, context: Context, organisationIds: readonly string[]): Promise<void> {
  const identifiers = JSON.stringify(organisationIds);
  await db.execute(sql`
    insert into ${organisationVersions} (organisation_id, version, recorded_at, operation_id, snapshot)
    select ${organisations}.id, ${organisations}.version, ${organisations}.changed_at, ${context.operationId},
      jsonb_build_object('kind', kind, 'name', name, 'region', region, 'startsOn', starts_on, 'endsOn', ends_on,
        'successorId', successor_id, 'identifiers', ${identifiersOf})
    from ${organisations}
    where ${organisations}.id in (select value::uuid from jsonb_array_elements_text(${identifiers}::jsonb))`);
}

import { and, eq, isNull, type SQL } from 'drizzle-orm';
import { type Scope, scopes } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { clients } from '../access/tables.ts';
import { webhooks } from './tables.ts';

/** For whom events are read: the client of an endpoint as it is now, within the scopes of its token. */
export type Reader = {
  readonly organisationId: string;
  readonly administrator: boolean;
  readonly scopes: ReadonlySet<Scope>;
};

/** An endpoint with the reader for whom it is sent to. The versions tell when either was changed. */
export type Endpoint = Reader & {
  readonly id: string;
  readonly url: string;
  readonly types: readonly string[];
  readonly allianceId: string | null;
  readonly state: string;
  readonly paused: boolean;
  readonly ratePerMinute: number | null;
  readonly fromPosition: number;
  readonly version: number;
  readonly clientVersion: number;
};

/** Endpoints that were not removed and whose client is not disabled, as they are now. */
export async function readEndpoints(db: Db, condition?: SQL): Promise<Endpoint[]> {
  const rows = await db
    .select({
      id: webhooks.id,
      url: webhooks.url,
      types: webhooks.types,
      allianceId: webhooks.allianceId,
      state: webhooks.state,
      paused: webhooks.paused,
      ratePerMinute: webhooks.ratePerMinute,
      fromPosition: webhooks.fromPosition,
      version: webhooks.version,
      organisationId: clients.organisationId,
      administrator: clients.administrator,
      clientVersion: clients.version,
      granted: webhooks.scopes,
      held: clients.scopes,
    })
    .from(webhooks)
    .innerJoin(clients, eq(clients.id, webhooks.clientId))
    .where(and(isNull(webhooks.removedAt), isNull(clients.disabledAt), condition))
    .orderBy(webhooks.id);
  return rows.map(({ granted, held, ...row }) => ({
    ...row,
    scopes: new Set(scopes.filter((scope) => granted.includes(scope) && held.includes(scope))),
  }));
}

/** Names a reader: endpoints with the same name are told the same events. */
export const readerName = ({ organisationId, administrator, scopes }: Reader): string =>
  JSON.stringify([organisationId, administrator, [...scopes].sort()]);

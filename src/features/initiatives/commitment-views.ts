import { and, eq, type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import { alias } from 'drizzle-orm/pg-core';
import type { z } from 'zod';
import type { Db } from '../../platform/db.ts';
import { alliances } from '../alliances/tables.ts';
import { organisationIfAnyIn, organisationIn } from '../organisations/organisations.ts';
import { partyToCommitment, visibleCommitments } from '../policy/policy.ts';
import type { CommitmentView } from './commitment-schemas.ts';
import { type CommitmentState, commitmentState } from './rules.ts';
import { commitments, initiatives } from './tables.ts';

/** A commitment as it is shown. */
export type View = z.output<typeof CommitmentView>;
const { placeholder } = sql;

/** Who looks, in prepared queries. */
export const viewer = placeholder('viewer');
const counters = alias(commitments, 'counters');
const forParties = (value: PgColumn | SQL) =>
  sql<string | null>`case when ${partyToCommitment(viewer)} then ${value} end`;

/** True for promises that are open and past their day. */
export const isLate: SQL = sql`(${commitments.state} = 'accepted' and ${commitments.dueOn} < current_date)`;

const columns = {
  id: commitments.id,
  alliance: sql<View['alliance']>`json_build_object('id', ${alliances.id}, 'name', ${alliances.name})`,
  initiative: sql<View['initiative']>`(select json_build_object('id', i.id, 'title', i.title) from ${initiatives} i
    where i.id = ${commitments.initiativeId})`,
  title: commitments.title,
  description: commitments.description,
  promiser: organisationIn(commitments.promiserOrganisationId),
  beneficiary: organisationIn(commitments.beneficiaryOrganisationId),
  dueOn: commitments.dueOn,
  firstDueOn: commitments.firstDueOn,
  state: sql<CommitmentState>`${commitments.state}`,
  late: sql<boolean>`${isLate}`,
  inTime: sql<boolean | null>`${commitments.fulfilledAt}::date <= ${commitments.firstDueOn}`,
  offeredBy: organisationIn(commitments.offeredByOrganisationId),
  // Of the offers before it others learn nothing: a declined one is for its two parties.
  counterOf: forParties(commitments.counterOfId),
  counteredBy: forParties(
    sql`(select ${counters.id} from ${commitments} counters where ${counters.counterOfId} = ${commitments.id})`,
  ),
  offeredAt: commitments.offeredAt,
  expiresAt: commitments.expiresAt,
  decidedAt: commitments.decidedAt,
  decisionReason: forParties(commitments.decisionReason),
  fulfilledAt: commitments.fulfilledAt,
  evidence: sql<View['evidence']>`coalesce(${commitments.evidence}, '[]')`,
  confirmedAt: commitments.confirmedAt,
  outcomeReason: forParties(commitments.outcomeReason),
  cancelledAt: commitments.cancelledAt,
  cancelledBy: organisationIfAnyIn(commitments.cancelledByOrganisationId),
  createdAt: commitments.createdAt,
  changedAt: commitments.changedAt,
};

/** Commitments that the viewer may see, with everything that is shown of them; `viewer` is a placeholder. */
export const selectCommitments = (db: Db, condition: SQL | undefined) =>
  db
    .select(columns)
    .from(commitments)
    .innerJoin(alliances, eq(alliances.id, commitments.allianceId))
    .where(and(visibleCommitments(viewer), condition));

/** A row as it is shown: an offer may have run out since. */
export const toView = (row: Awaited<ReturnType<typeof selectCommitments>>[number]): View => ({
  ...row,
  state: commitmentState(row, new Date()),
});

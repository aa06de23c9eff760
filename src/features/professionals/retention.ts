import { and, inArray, or, type SQL, sql } from 'drizzle-orm';
import { nodeContext } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import type { Receipts } from '../access/access.ts';
import { commit } from '../events/events.ts';
import { unrestricted } from '../policy/policy.ts';
import { eraseProfessional } from './erasure.ts';
import type { Professional } from './standing.ts';
import { affiliations, professionals } from './tables.ts';

const ofPerson = sql`${affiliations.professionalId} = ${professionals.id}`;

// Registered two years ago, no affiliation that holds or is offered, and none that held in the last two years.
const unaffiliated = sql`${professionals.erasedAt} is null and ${professionals.createdAt} <= now() - interval '2 years'
  and not exists (select from ${affiliations} where ${ofPerson} and (${affiliations.state} = 'accepted'
    or (${affiliations.state} = 'offered' and ${affiliations.expiresAt} > now())
    or (${affiliations.state} = 'ended' and ${affiliations.endsOn} > (now() - interval '2 years')::date)))`;

/** Erases professionals who were affiliated with nobody for two years. Answers how many. */
export async function eraseUnaffiliated(db: Db, receipts: Receipts, limit: number): Promise<number> {
  const context = nodeContext('eraseUnaffiliated');
  const { body } = await commit(db, context, async (db, record) => {
    const rows = await db
      .select()
      .from(professionals)
      .where(and(unaffiliated, unrestricted('node')))
      .orderBy(professionals.id)
      .limit(limit)
      .for('update', { skipLocked: true });
    const request = { requestedBy: 'node', ground: 'retention_period' } as const;
    for (const row of rows as Professional[]) await eraseProfessional(db, { context, receipts, record }, row, request);
    return { body: rows.length };
  });
  return body;
}

const { state, decidedAt, expiresAt, role, decisionReason } = affiliations;
const cameToNothing = sql`${state} in ('declined', 'withdrawn', 'expired')
  and coalesce(${decidedAt}, ${expiresAt}) <= now() - interval '90 days'`;

/** Removes role and reason of offers that came to nothing ninety days ago. Answers of how many. */
export async function clearOldOffers(db: Db, limit: number): Promise<number> {
  const kept = or(sql`${role} is not null`, sql`${decisionReason} is not null`) as SQL;
  const old = db
    .select({ id: affiliations.id })
    .from(affiliations)
    .where(and(cameToNothing, kept, unrestricted('node')))
    .orderBy(affiliations.id)
    .limit(limit)
    .for('update', { skipLocked: true });
  const cleared = await db
    .update(affiliations)
    .set({ role: null, decisionReason: null, changedAt: new Date(), version: sql`${affiliations.version} + 1` })
    .where(and(inArray(affiliations.id, old), unrestricted('node')))
    .returning({ id: affiliations.id });
  return cleared.length;
}

const unused = sql`${professionals.codeDigest} is not null
  and coalesce(${professionals.codeUsedAt}, ${professionals.codeIssuedAt}) <= now() - interval '1 year'`;

/** Voids personal codes that nobody used for a year. Answers how many. */
export async function voidUnusedCodes(db: Db, limit: number): Promise<number> {
  const old = db
    .select({ id: professionals.id })
    .from(professionals)
    .where(and(unused, unrestricted('node')))
    .orderBy(professionals.id)
    .limit(limit)
    .for('update', { skipLocked: true });
  const voided = await db
    .update(professionals)
    .set({ codeDigest: null, changedAt: new Date(), version: sql`${professionals.version} + 1` })
    .where(and(inArray(professionals.id, old), unrestricted('node')))
    .returning({ id: professionals.id });
  return voided.length;
}

import { and, eq, sql } from 'drizzle-orm';
import { type Backlog, countDue } from '../../platform/backlog.ts';
import { nodeContext } from '../../platform/caller.ts';
import { today } from '../../platform/days.ts';
import type { Db } from '../../platform/db.ts';
import type { Receipts } from '../access/access.ts';
import { endMembershipsOfSpace, expireOffersOfSpace, lockAlliance, lockOrganisations } from '../alliances/alliances.ts';
import { alliances, memberships } from '../alliances/tables.ts';
import { commit, type NewEvent } from '../events/events.ts';
import { cancelCommitmentsOfSpace } from '../initiatives/initiatives.ts';
import { endSharesOfSpace } from '../knowledge/knowledge.ts';
import { releaseSpace } from '../ownership/ownership.ts';
import { unrestricted } from '../policy/policy.ts';
import { endSessionsOfSpace } from '../sessions/sessions.ts';
import { writeArchive } from './archive.ts';
import { destroySpace } from './destruction.ts';
import { expireOpenOf } from './expiry.ts';
import { closingDays, type Notice, notice } from './rules.ts';
import { spaceClosureMembers, spaceClosures } from './tables.ts';

type Closure = typeof spaceClosures.$inferSelect;
type Recorder = (event: NewEvent) => void;
type Due = { id: string; step: 'closing' | 'archived' | 'destroyed' };

const stepsDue = sql`
    from ${alliances} a left join ${spaceClosures} c on c.alliance_id = a.id
    where a.visibility = 'closed' and a.ends_on <= current_date and a.home is null and ${unrestricted('node')}
      and (c.state is null or (c.state = 'closing' and c.archives_on <= current_date)
        or (c.state = 'archived' and c.destroys_on <= current_date))`;

/** Closed spaces of which a step is due. */
export const countDueSpaces = (db: Db): Promise<Backlog> =>
  countDue(
    db,
    sql`select (case when c.state is null then a.ends_on when c.state = 'closing' then c.archives_on
      else c.destroys_on end)::timestamptz as since ${stepsDue}`,
  );

/** Closed spaces of which a step is due, the longest over first. */
const dueSpaces = (db: Db, only: string | undefined) =>
  db.execute<Due>(sql`
    select a.id, case when c.state is null then 'closing' when c.state = 'closing' then 'archived'
      else 'destroyed' end as step
    ${stepsDue}
      and ${only === undefined ? sql`true` : sql`a.id = ${only}::uuid`}
    order by a.ends_on, a.id limit 50`);

/** Locks a space after every organisation that ever had to do with it; answers how far it is, and who was in it. */
async function lockSpace(db: Db, allianceId: string): Promise<{ closure: Closure | undefined; endsOn: string | null }> {
  const known = await db
    .selectDistinct({ id: memberships.organisationId })
    .from(memberships)
    .where(and(eq(memberships.allianceId, allianceId), unrestricted('node')));
  await lockOrganisations(
    db,
    known.map(({ id }) => id),
  );
  const { visibility, endsOn } = await lockAlliance(db, allianceId);
  const [closure] = await db
    .select()
    .from(spaceClosures)
    .where(and(eq(spaceClosures.allianceId, allianceId), unrestricted('node')))
    .for('update');
  return { closure, endsOn: visibility === 'closed' ? endsOn : null };
}

/** Keeps who takes part at the end, and who took part to its last day; answers all who are kept by now. */
async function keepMembers(db: Db, allianceId: string, endsOn: string): Promise<string[]> {
  await db.execute(sql`insert into ${spaceClosureMembers} (alliance_id, organisation_id)
    select distinct m.alliance_id, m.organisation_id from ${memberships} m
    where m.alliance_id = ${allianceId}::uuid and m.state in ('accepted', 'ended') and m.starts_on <= current_date
      and (m.ends_on is null or (m.ends_on >= ${endsOn}::date and m.ends_on > m.starts_on)) and ${unrestricted('node')}
    on conflict do nothing`);
  const members = await db
    .select({ id: spaceClosureMembers.organisationId })
    .from(spaceClosureMembers)
    .where(and(eq(spaceClosureMembers.allianceId, allianceId), unrestricted('node')));
  return members.map(({ id }) => id);
}

const event = (state: Due['step'], allianceId: string, organisationIds: readonly string[]): NewEvent => ({
  type: `space.${state}`,
  subjectType: 'space_closure',
  subjectId: allianceId,
  allianceId,
  organisationIds,
});

async function begin(db: Db, record: Recorder, allianceId: string, given: Notice): Promise<boolean> {
  const { closure, endsOn } = await lockSpace(db, allianceId);
  if (closure !== undefined || endsOn === null || endsOn > today()) return false;
  const beganAt = new Date();
  const planned = closingDays(endsOn, today(), given);
  const { archivesOn, destroysOn } = planned;
  const row = { allianceId, state: 'closing', endsOn, beganAt, archivesOn, destroysOn, changedAt: beganAt };
  await db.insert(spaceClosures).values(row);
  record(event('closing', allianceId, await keepMembers(db, allianceId, endsOn)));
  return true;
}

const change = (db: Db, allianceId: string, fields: Partial<Closure>) =>
  db
    .update(spaceClosures)
    .set(fields)
    .where(and(eq(spaceClosures.allianceId, allianceId), unrestricted('node')));

async function archive(db: Db, record: Recorder, allianceId: string, receipts: Receipts): Promise<boolean> {
  const { closure } = await lockSpace(db, allianceId);
  if (closure?.state !== 'closing' || closure.archivesOn > today()) return false;
  await expireOpenOf(db, record, allianceId);
  await expireOffersOfSpace(db, record, allianceId);
  const commitments = await cancelCommitmentsOfSpace(db, record, allianceId);
  await endSessionsOfSpace(db, record, allianceId);
  const { released: ownerships, events } = await releaseSpace(receipts)(db, allianceId);
  events.forEach(record);
  const members = await keepMembers(db, allianceId, closure.endsOn);
  const archivedAt = new Date();
  const { text, hash } = await writeArchive(db, receipts.issuer, allianceId, archivedAt);
  const settled = { commitments, ownerships };
  const written = { state: 'archived', archivedAt, archive: text, archiveHash: hash, settled, changedAt: archivedAt };
  await change(db, allianceId, written);
  record(event('archived', allianceId, members));
  return true;
}

async function destroy(db: Db, record: Recorder, allianceId: string, receipts: Receipts): Promise<boolean> {
  const { closure } = await lockSpace(db, allianceId);
  if (closure?.state !== 'archived' || closure.destroysOn > today()) return false;
  const members = await keepMembers(db, allianceId, closure.endsOn);
  await endSharesOfSpace(db, record, allianceId);
  const destroyedAt = new Date();
  const receipt = await destroySpace(db, receipts, closure, destroyedAt);
  await endMembershipsOfSpace(db, record, allianceId);
  await change(db, allianceId, { state: 'destroyed', destroyedAt, receipt, changedAt: destroyedAt });
  record(event('destroyed', allianceId, members));
  return true;
}

/** What of the closing of spaces differs from the rule: for one space alone, or in another time, for a demonstration. */
type Closing = Partial<Notice> & { readonly allianceId?: string };

/**
 * Takes every closed space that is at its end the steps that are due, each in a transaction of its own, so that a run
 * that was broken off is taken up where it was. What goes wrong in one space does not keep the others from closing; it
 * is thrown at the end. Answers how many steps were taken.
 */
export async function closeSpaces(db: Db, receipts: Receipts, { allianceId, ...given }: Closing = {}): Promise<number> {
  const days = { ...notice, ...given };
  const failed = new Map<string, unknown>();
  let count = 0;
  for (let taken = -1; taken !== count; ) {
    taken = count;
    const due = await dueSpaces(db, allianceId);
    for (const space of due.filter(({ id }) => !failed.has(id)))
      count += await takeStep(db, receipts, space, days).catch((error: unknown) => {
        failed.set(space.id, error);
        return 0;
      });
  }
  for (const error of failed.values()) throw error;
  return count;
}

/** Takes a step, unless another process took it meanwhile; answers how many were taken. */
async function takeStep(db: Db, receipts: Receipts, { id, step }: Due, given: Notice): Promise<number> {
  const { body } = await commit(db, nodeContext('closeSpaces'), async (db, record) => {
    if (step === 'closing') return { body: await begin(db, record, id, given) };
    return { body: await (step === 'archived' ? archive : destroy)(db, record, id, receipts) };
  });
  return body ? 1 : 0;
}

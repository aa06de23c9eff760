import type { Sql } from 'postgres';
import type { Test } from 'tap';
import { decideOwnershipOffer, offerOwnership, releaseOwnership } from '../../../src/features/ownership/decisions.ts';
import { listOwnershipOrphans } from '../../../src/features/ownership/orphans.ts';
import { listOwnershipRecords } from '../../../src/features/ownership/records.ts';
import type { Share, Subject } from '../../../src/features/ownership/rules.ts';
import { OrphanQuery, OwnershipRecordQuery } from '../../../src/features/ownership/schemas.ts';
import type { Db } from '../../../src/platform/db.ts';
import { newId } from '../../../src/platform/id.ts';
import { testDatabase } from '../../helpers/db.ts';
import { testReceipts } from '../../helpers/demo.ts';
import { by, type Party } from '../alliances/world.ts';

export { testReceipts } from '../../helpers/demo.ts';

/** A database on which receipts can be signed. */
export async function ownershipDatabase(t: Pick<Test, 'teardown'>) {
  const database = await testDatabase(t);
  await testReceipts(database.db);
  return database;
}

/** An alliance as a subject. */
export const alliance = (id: string): Subject => ({ type: 'alliance', id });

/** Offers a subject; answers the identifier of the offer. */
export async function offer(db: Db, who: Party, subject: Subject, to: Party, share: Share = 'accountable') {
  const input = { subject, share, organisationId: to.id, expiresInDays: 30 };
  return (await offerOwnership(db, by(who), input)).body.id;
}

/** Answers an offer. */
export const decide = async (
  db: Db,
  who: Party,
  offerId: string,
  decision: 'accepted' | 'declined' | 'withdrawn' = 'accepted',
) => decideOwnershipOffer(db, by(who), await testReceipts(db), offerId, { decision });

/** Offers a subject to whoever accepts it. */
export async function give(db: Db, who: Party, subject: Subject, to: Party, share: Share = 'accountable') {
  return (await decide(db, to, await offer(db, who, subject, to, share))).body;
}

/** Gives a share up. */
export const release = async (db: Db, who: Party, subject: Subject, share: Share = 'accountable') =>
  releaseOwnership(db, by(who), await testReceipts(db), { subject, share, reason: 'Genoeg gedragen' });

/** The records that somebody sees, by a query. */
export const records = async (db: Db, who: Party, query: object = {}) =>
  (await listOwnershipRecords(db, who.caller, OwnershipRecordQuery.parse({ limit: 200, ...query }))).items;

/** The orphans that somebody sees, by a query. */
export const orphans = async (db: Db, who: Party, query: object = {}) =>
  (await listOwnershipOrphans(db, who.caller, OrphanQuery.parse({ limit: 200, ...query }))).items;

/** The records of a subject, each as `change share accountable + joint`, with the names of parties. */
export async function story(db: Db, who: Party, subject: Subject): Promise<string[]> {
  const all = await records(db, who, { subjectId: subject.id, history: true });
  return all.map(({ change, share, accountable, joint }) =>
    `${change} ${share}: ${accountable?.name ?? 'nobody'} + ${joint.map(({ name }) => name).join(' ')}`.trim(),
  );
}

/** An initiative in an alliance, as its own verbs store it. */
export async function initiative(owner: Sql, allianceId: string, creator: Party, stage = 'active'): Promise<Subject> {
  const id = newId();
  await owner`insert into initiatives (id, alliance_id, title, themes, stage, stage_changed_at, talked_since,
    created_by_organisation_id, created_at, changed_at)
    values (${id}, ${allianceId}, 'Samen bellen', '{}', ${stage}, now(), current_date, ${creator.id}, now(), now())`;
  return { type: 'initiative', id };
}

/** A participant of an initiative. */
export const participant = (owner: Sql, { id }: Subject, who: Party) =>
  owner`insert into participations (id, initiative_id, organisation_id, state, offered_by_organisation_id, offered_at,
    joined_at, changed_at) values (${newId()}, ${id}, ${who.id}, 'accepted', ${who.id}, now(), now(), now())`;

/** A knowledge item of an author. */
export async function item(owner: Sql, author: Party, visibility = 'public', state = 'published'): Promise<Subject> {
  const id = newId();
  await owner`insert into knowledge_items (id, organisation_id, state, visibility, type, title, summary, body, links,
    language, licence, themes, published_version, created_at, changed_at)
    values (${id}, ${author.id}, ${state}, ${visibility}, 'practice', 'Vroeg bellen', 'Kort', 'Lang', '[]', 'nl',
    'CC-BY-4.0', '{}', 1, now(), now())`;
  return { type: 'knowledge_item', id };
}

/** Shares an item with an alliance. */
export const share = (owner: Sql, { id }: Subject, allianceId: string, who: Party) =>
  owner`insert into knowledge_shares (id, item_id, alliance_id, shared_by_organisation_id, shared_at, changed_at)
    values (${newId()}, ${id}, ${allianceId}, ${who.id}, now(), now())`;

/** A contributor to an item. */
export const contributor = (owner: Sql, { id }: Subject, who: Party, state = 'accepted') =>
  owner`insert into knowledge_contributions (id, item_id, organisation_id, state, offered_by_organisation_id, offered_at,
    changed_at) values (${newId()}, ${id}, ${who.id}, ${state}, ${who.id}, now(), now())`;

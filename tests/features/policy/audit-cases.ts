import { type SQL, sql } from 'drizzle-orm';
import { auditRecords } from '../../../src/features/events/tables.ts';
import type { Case } from './cases.ts';
import { readerOf } from './event-cases.ts';

const recordsWhere = (condition: SQL) => sql`select ${auditRecords.id} from ${auditRecords} where ${condition}`;

/** Whose each record is: its own client's organisation, or the node's. */
const own = {
  'refused.insufficient_scope': 'second',
  'refused.administrator_required': 'second',
  'refused.invalid_client': 'second',
  'refused.invalid_scope': 'second',
  'refused.not_found': 'second',
  'refused.not_your_organisation': 'second',
  'refused.invalid_input': 'second',
  'refused.in-public': 'second',
  'in-public': 'first',
  'in-network': 'none',
  'in-unknown': 'today',
  'in-closed': 'today',
  'in-closed-by-the-node': 'none',
  'share-in-closed': 'first',
  'in-what-is-gone': 'elsewhere',
  'of-an-organisation': 'second',
  'of-a-merger': 'third',
  'of-a-client': 'fourth',
  'of-an-import': 'third',
  'of-a-webhook': 'first',
  'of-an-export': 'second',
  'of-a-professional': 'first',
  'of-what-was-given-out': 'stranger',
  'of-an-open-item': 'stranger',
  'of-an-item-twice': 'stranger',
  'of-a-shared-item': 'second',
  'of-a-draft': 'second',
  'of-the-rest': 'none',
};

const lines = (seenBy: (owner: string) => string) =>
  Object.entries(own)
    .map(([name, owner]) => `${name} ${seenBy(owner)}`)
    .join('\n');

/* Who may know what was done, in the names of the rows: its own, what is told of to all, and what its event tells. */
const told = `
      refused.insufficient_scope      everyone
      refused.administrator_required  everyone
      refused.invalid_client          everyone
      refused.invalid_scope           everyone
      refused.not_found               second
      refused.not_your_organisation   second
      refused.invalid_input           second
      refused.in-public               second
      in-public              everyone
      in-network             everyone
      in-unknown             today
      in-closed              today
      in-closed-by-the-node  none
      share-in-closed        first
      in-what-is-gone        elsewhere
      of-an-organisation     everyone
      of-a-merger            everyone
      of-a-client            everyone
      of-an-import           everyone
      of-a-webhook           first fourth
      of-an-export           second fourth
      of-a-professional      first second third
      of-what-was-given-out  stranger first
      of-an-open-item        everyone
      of-an-item-twice       network
      of-a-shared-item       second first members
      of-a-draft             second first
      of-the-rest            none`;

/** The cases of the audit: which records are there for whom, and of which it may know what was done. */
export const auditCases: Readonly<Record<string, Case>> = {
  visibleAuditRecords: {
    predicate: 'visibleAuditRecords',
    kind: 'audit',
    rows: ({ visibleAuditRecords }, viewer) => recordsWhere(visibleAuditRecords(readerOf(viewer, false))),
    seen: lines((owner) => owner),
  },
  'visibleAuditRecords, for an administrator': {
    predicate: 'visibleAuditRecords',
    kind: 'audit',
    rows: ({ visibleAuditRecords }, viewer) => recordsWhere(visibleAuditRecords(readerOf(viewer, true))),
    seen: lines(() => 'everyone'),
  },
  toldAuditRecords: {
    predicate: 'toldAuditRecords',
    kind: 'audit',
    rows: ({ toldAuditRecords }, viewer) => recordsWhere(toldAuditRecords(readerOf(viewer, false))),
    seen: told,
  },
  'toldAuditRecords, for an administrator': {
    predicate: 'toldAuditRecords',
    kind: 'audit',
    rows: ({ toldAuditRecords }, viewer) => recordsWhere(toldAuditRecords(readerOf(viewer, true))),
    seen: told,
  },
  // As the list of the audit asks: beside another condition, of which a predicate must not let rows escape.
  'toldAuditRecords, beside another condition': {
    predicate: 'toldAuditRecords',
    kind: 'audit',
    rows: ({ toldAuditRecords }, viewer) => recordsWhere(sql`false and ${toldAuditRecords(readerOf(viewer, true))}`),
    seen: '',
  },
};

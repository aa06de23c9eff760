import { nodeContext } from '../../platform/caller.ts';
import { type Db, sqlState } from '../../platform/db.ts';
import { clients } from '../access/tables.ts';
import { countAllAlliances, restoreAlliances } from '../alliances/alliances.ts';
import { commit } from '../events/events.ts';
import { restoreInitiatives } from '../initiatives/initiatives.ts';
import { restoreKnowledge } from '../knowledge/knowledge.ts';
import { countForeignOrganisations, restoreRegister } from '../organisations/organisations.ts';
import { restoreOwnership } from '../ownership/ownership.ts';
import { restoreSessions } from '../sessions/sessions.ts';
import { ArchiveError, type ReadArchive, type Row } from './reading.ts';
import { type ResourceName, resourceNames } from './resources.ts';

type Reference = readonly [ResourceName, (row: Row) => string | null | undefined];
const by = (name: string) => (row: Row) => row[name] as string | null;
const of = (name: string) => (row: Row) => (row[name] as { id: string } | null)?.id;

const owned = (type: string) => (row: Row) => {
  const subject = row.subject as { readonly type: string; readonly id: string };
  return subject.type === type ? subject.id : null;
};
const ownedSubjects: readonly Reference[] = [
  ['alliances', owned('alliance')],
  ['initiatives', owned('initiative')],
  ['knowledge-items', owned('knowledge_item')],
];

/** What can be taken in, each with what it refers to beside organisations; the archive has them in this order. */
const takenIn: Partial<Record<ResourceName, readonly Reference[]>> = {
  organisations: [],
  'organisation-versions': [['organisations', by('organisationId')]],
  mergers: [['organisations', of('successor')]],
  alliances: [],
  memberships: [['alliances', of('alliance')]],
  charters: [['alliances', by('allianceId')]],
  'charter-decisions': [['charters', by('charterId')]],
  'knowledge-items': [],
  'knowledge-versions': [['knowledge-items', by('itemId')]],
  'knowledge-shares': [
    ['knowledge-items', by('itemId')],
    ['alliances', of('alliance')],
  ],
  'knowledge-contributions': [['knowledge-items', of('item')]],
  adoptions: [['knowledge-items', of('item')]],
  initiatives: [['alliances', of('alliance')]],
  participations: [['initiatives', of('initiative')]],
  stances: [['participations', by('participationId')]],
  'knowledge-links': [
    ['initiatives', of('initiative')],
    ['knowledge-items', of('item')],
  ],
  commitments: [
    ['alliances', of('alliance')],
    ['initiatives', of('initiative')],
  ],
  'commitment-steps': [['commitments', by('commitmentId')]],
  'date-offers': [['commitments', by('commitmentId')]],
  'session-series': [['alliances', of('alliance')]],
  sessions: [
    ['alliances', of('alliance')],
    ['session-series', by('seriesId')],
  ],
  'session-attendances': [['sessions', by('sessionId')]],
  'session-outcomes': [
    ['sessions', by('sessionId')],
    ['commitments', of('commitment')],
    ['knowledge-items', of('item')],
  ],
  'ownership-offers': ownedSubjects,
  'ownership-records': ownedSubjects,
};

/** Rows of an archive that are not taken in: of which resource, how many, and why. */
export type LeftOut = { readonly resource: ResourceName; readonly rows: number; readonly why: string };

/** What of an archive can be taken in, and what cannot. */
export type Plan = { readonly rows: ReadonlyMap<ResourceName, readonly Row[]>; readonly leftOut: readonly LeftOut[] };

/**
 * Plans what is taken in: a row that refers to what the archive does not hold is left out, and told. What was kept at the
 * exporting node is kept here from now on; of its replicas, those of what is kept `at` this node come home.
 */
export function planFor({ rows }: Pick<ReadArchive, 'rows'>, at?: string): Plan {
  const taken = new Map<ResourceName, readonly Row[]>();
  const ids = new Map<ResourceName, Set<unknown>>();
  const leftOut: LeftOut[] = [];
  for (const resource of resourceNames) {
    const given = rows.get(resource) ?? [];
    const references = takenIn[resource];
    const fit = references === undefined ? [] : given.filter((row) => isWhole(row, references, ids));
    const why = references === undefined ? 'cannot be taken in' : 'refer to what the archive does not hold';
    if (fit.length < given.length) leftOut.push({ resource, rows: given.length - fit.length, why });
    taken.set(
      resource,
      fit.map((row) => (at !== undefined && row.home === at ? { ...row, home: null } : row)),
    );
    ids.set(resource, new Set(fit.map(({ id }) => id)));
  }
  return { rows: taken, leftOut };
}

const isWhole = (row: Row, references: readonly Reference[], ids: ReadonlyMap<ResourceName, ReadonlySet<unknown>>) =>
  references.every(([resource, name]) => {
    const id = name(row);
    return id === null || id === undefined || ids.get(resource)?.has(id) === true;
  });

/** Throws ArchiveError unless the node holds no organisation but those of its own clients, and no alliance. */
async function assertEmpty(db: Db): Promise<void> {
  const own = (await db.selectDistinct({ id: clients.organisationId }).from(clients)).map(({ id }) => id);
  const organisations = await countForeignOrganisations(db, own);
  const alliances = await countAllAlliances(db);
  if (organisations > 0 || alliances > 0)
    throw new ArchiveError([
      `the node is not empty: it has ${organisations} organisations beside its own, and ${alliances} alliances`,
    ]);
}

/** Takes a plan in, in one transaction, with its identifiers, dates and states. Throws ArchiveError. */
export async function takeIn(db: Db, { manifest }: Pick<ReadArchive, 'manifest'>, { rows }: Plan): Promise<void> {
  // The views of the interface were checked when the archive was read.
  const get = <T>(resource: ResourceName) => (rows.get(resource) ?? []) as unknown as T[];
  await commit(db, nodeContext('importExport'), async (db, record) => {
    await assertEmpty(db);
    await restoreRegister(db, {
      organisations: get('organisations'),
      versions: get('organisation-versions'),
      mergers: get('mergers'),
    });
    await restoreAlliances(db, {
      alliances: get('alliances'),
      memberships: get('memberships'),
      charters: get('charters'),
      decisions: get('charter-decisions'),
    });
    await restoreKnowledge(db, {
      items: get('knowledge-items'),
      versions: get('knowledge-versions'),
      shares: get('knowledge-shares'),
      contributions: get('knowledge-contributions'),
      adoptions: get('adoptions'),
    });
    await restoreInitiatives(db, {
      initiatives: get('initiatives'),
      participations: get('participations'),
      stances: get('stances'),
      links: get('knowledge-links'),
      commitments: get('commitments'),
      steps: get('commitment-steps'),
      dateOffers: get('date-offers'),
    });
    await restoreSessions(db, {
      series: get('session-series'),
      sessions: get('sessions'),
      attendances: get('session-attendances'),
      outcomes: get('session-outcomes'),
    });
    await restoreOwnership(db, { offers: get('ownership-offers'), records: get('ownership-records') });
    record({ type: 'export.imported', subjectType: 'export', subjectId: manifest.exportId });
    return { body: undefined };
  }).catch((error: unknown) => {
    if (sqlState(error) === '23503') throw new ArchiveError(['it names an organisation that it does not hold']);
    if (sqlState(error) === '23505') throw new ArchiveError(['it holds something that this node has already']);
    throw error;
  });
}

import type { Sql } from 'postgres';
import { type Add, CaseWorld, organisations } from './case-names.ts';
import { addRecordsAndEvents } from './event-world.ts';
import { addSessions } from './session-world.ts';

const now = new Date().toISOString();
/** A day so many days from the present one of the database. */
async function days(owner: Sql): Promise<(days: number) => string> {
  const [row] = await owner<{ today: string }[]>`select current_date::text as today`;
  const today = Date.parse(row?.today ?? '');
  return (days) => new Date(today + days * 86_400_000).toISOString().slice(0, 10);
}

/** States of an offer that binds, or not yet, or no more. */
export const handshakeStates = ['offered', 'accepted', 'declined', 'withdrawn', 'expired', 'ended'];
const commitmentStates = 'offered declined withdrawn expired fulfilled confirmed disputed cancelled'.split(' ');

/** Fills a database with rows on each side of each condition of the policy. */
export async function caseWorld(owner: Sql): Promise<CaseWorld> {
  const add: Add = async (table, rows) => {
    for (const row of rows) await owner`insert into ${owner(table)} ${owner(row as Record<string, string>)}`;
  };
  return fill(add, await days(owner));
}

/** The names of a world that a database holds already. */
export const knownWorld = (): Promise<CaseWorld> =>
  fill(
    async () => undefined,
    () => '',
  );

async function fill(add: Add, day: (days: number) => string): Promise<CaseWorld> {
  const world = new CaseWorld();
  await add(
    'organisations',
    organisations.map((name) => ({
      ...{ id: world.organisation(name), kind: 'other', name, created_at: now, changed_at: now },
    })),
  );
  await addAlliances(world, add, day);
  await addKnowledge(world, add);
  await addInitiatives(world, add, day);
  await addOwnership(world, add);
  await addSessions(world, add, day);
  await addSpaces(world, add, day);
  await addProfessionals(world, add, day);
  await addProcessing(world, add);
  await addRecordsAndEvents(world, add);
  return world;
}

async function addAlliances(world: CaseWorld, add: Add, day: (days: number) => string): Promise<void> {
  const closed = { closed: 'closed', other: 'closed', both: 'closed' };
  const alliances = { public: 'public', network: 'network', ...closed, unknown: 'unknown' };
  await add(
    'alliances',
    Object.entries(alliances).map(([name, visibility]) => ({
      ...{ id: world.id(`alliance:${name}`), kind: 'alliance', name, visibility, starts_on: day(-900) },
      ...{ created_at: now, changed_at: now },
    })),
  );
  const membership = (alliance: string, name: string, who: string, fields: object) => ({
    ...{ id: world.id(`membership:${alliance}.${name}`), alliance_id: world.id(`alliance:${alliance}`) },
    ...{ organisation_id: world.organisation(who), role: 'member', basis: 'recorded_elsewhere', source: 'test' },
    ...{ source_key: `${alliance}.${name}`, state: 'accepted', starts_on: day(-300), created_at: now, changed_at: now },
    ...fields,
  });
  await add('memberships', [
    membership('closed', 'today', 'today', { starts_on: day(0) }),
    membership('closed', 'longer', 'longer', { ends_on: day(1) }),
    membership('closed', 'twice-once', 'twice', { ends_on: day(9) }),
    membership('closed', 'twice-again', 'twice', {}),
    membership('closed', 'leaving', 'leaving', { ends_on: day(0) }),
    membership('closed', 'tomorrow', 'tomorrow', { starts_on: day(1) }),
    membership('closed', 'ended', 'ended', { state: 'ended' }),
    membership('closed', 'offered', 'offered', { state: 'offered' }),
    membership('closed', 'declined', 'declined', { state: 'declined' }),
    membership('closed', 'withdrawn', 'second', { state: 'withdrawn' }),
    membership('closed', 'expired', 'third', { state: 'expired' }),
    membership('other', 'elsewhere', 'elsewhere', {}),
    membership('both', 'today', 'today', {}),
    membership('unknown', 'today', 'today', {}),
    membership('public', 'accepted', 'first', {}),
    ...handshakeStates
      .filter((state) => state !== 'accepted')
      .map((state) => membership('public', state, 'second', { state })),
    membership('network', 'ended', 'second', { state: 'ended' }),
    membership('network', 'offered', 'second', { state: 'offered' }),
  ]);
  const charter = (alliance: string) => ({
    ...{ id: world.id(`charter:${alliance}`), alliance_id: world.id(`alliance:${alliance}`), number: 1, title: 'Wij' },
    ...{ text: 'Wij', content_hash: '0'.repeat(64), effective_on: day(-9), published_at: now },
    published_by_organisation_id: world.organisation('fourth'),
  });
  const decision = (alliance: string, decision: string) => ({
    ...{ id: world.id(`decision:${alliance}.${decision}`), charter_id: world.id(`charter:${alliance}`), decision },
    ...{ organisation_id: world.organisation('second'), decided_at: now },
  });
  const sponsorship = (alliance: string, who: string, state = 'accepted', name = alliance) => ({
    ...{ id: world.id(`sponsorship:${name}`), alliance_id: world.id(`alliance:${alliance}`), state },
    ...{ organisation_id: world.organisation(who), offered_by_organisation_id: world.organisation('fourth') },
    ...{ offered_at: now, changed_at: now },
  });
  await add('charters', ['public', 'closed'].map(charter));
  await add(
    'charter_decisions',
    ['public', 'closed'].flatMap((alliance) => ['accepted', 'declined'].map((one) => decision(alliance, one))),
  );
  await add('sponsorships', [
    sponsorship('closed', 'third'),
    sponsorship('other', 'second'),
    ...handshakeStates
      .filter((state) => state !== 'accepted')
      .map((state) => sponsorship('both', 'fourth', state, `both.${state}`)),
  ]);
}

async function addKnowledge(world: CaseWorld, add: Add): Promise<void> {
  const item = (name: string, state: string, visibility: string) => ({
    ...{ id: world.id(`item:${name}`), organisation_id: world.organisation('first'), state, visibility },
    ...{ type: 'practice', title: name, summary: '', body: '', links: '[]', language: 'nl', licence: 'CC-BY-4.0' },
    ...{ themes: '{}', published_version: state === 'draft' ? null : 1, created_at: now, changed_at: now },
  });
  const contribution = (itemName: string, name: string, state: string) => ({
    ...{ id: world.id(`contribution:${itemName}.${name}`), item_id: world.id(`item:${itemName}`), state },
    ...{ organisation_id: world.organisation('second'), offered_by_organisation_id: world.organisation('first') },
    ...{ offered_at: now, changed_at: now },
  });
  const share = (itemName: string, alliance: string, ended_at: string | null = null) => ({
    ...{ id: world.id(`share:${itemName}.${alliance}`), item_id: world.id(`item:${itemName}`), ended_at },
    ...{ alliance_id: world.id(`alliance:${alliance}`), shared_at: now, changed_at: now },
    shared_by_organisation_id: world.organisation('first'),
  });
  const adoption = (itemName: string) => ({
    ...{ id: world.id(`adoption:${itemName}`), item_id: world.id(`item:${itemName}`), version_number: 1, use: 'used' },
    ...{ organisation_id: world.organisation('third'), setting: 'Wijk', result: 'Rust', adopted_on: '2024-01-01' },
    ...{ created_at: now, changed_at: now },
  });
  await add('knowledge_items', [
    ...['published', 'withdrawn', 'draft'].flatMap((state) =>
      ['public', 'network', 'alliances'].map((visibility) => item(`${state}-${visibility}`, state, visibility)),
    ),
    item('shared', 'published', 'alliances'),
    item('shared-twice', 'published', 'alliances'),
    item('shared-once', 'published', 'alliances'),
    item('shared-draft', 'draft', 'alliances'),
    item('unknown', 'published', 'unknown'),
    ...handshakeStates.map((state) => item(`with-${state}`, 'draft', 'alliances')),
  ]);
  await add('knowledge_shares', [
    share('shared', 'closed'),
    share('shared-twice', 'closed'),
    share('shared-twice', 'both'),
    share('shared-once', 'closed', now),
    share('shared-draft', 'closed'),
    share('unknown', 'closed'),
    share('published-public', 'closed'),
    share('published-public', 'public'),
    share('published-alliances', 'public'),
  ]);
  await add('knowledge_contributions', [
    ...handshakeStates.map((state) => contribution(`with-${state}`, 'only', state)),
    ...handshakeStates
      .filter((state) => state !== 'accepted')
      .map((state) => contribution('published-public', state, state)),
    { ...contribution('published-public', 'accepted', 'accepted'), organisation_id: world.organisation('third') },
  ]);
  await add('knowledge_adoptions', ['published-public', 'shared'].map(adoption));
}

async function addInitiatives(world: CaseWorld, add: Add, day: (days: number) => string): Promise<void> {
  const alliances = ['public', 'network', 'closed'];
  const initiative = (alliance: string) => ({
    ...{ id: world.id(`initiative:${alliance}`), alliance_id: world.id(`alliance:${alliance}`), title: 'Eén plan' },
    ...{
      themes: '{}',
      stage: 'active',
      stage_changed_at: now,
      talked_since: day(-9),
      created_at: now,
      changed_at: now,
    },
    created_by_organisation_id: world.organisation('fourth'),
  });
  const participation = (alliance: string, state: string) => ({
    ...{ id: world.id(`participation:${alliance}.${state}`), initiative_id: world.id(`initiative:${alliance}`), state },
    ...{ organisation_id: world.organisation('second'), offered_by_organisation_id: world.organisation('third') },
    ...{ offered_at: now, joined_at: now, changed_at: now },
  });
  const other = { organisation_id: world.organisation('fourth') };
  await add('initiatives', alliances.map(initiative));
  await add('participations', [
    ...handshakeStates.filter((state) => state !== 'accepted').map((state) => participation('public', state)),
    { ...participation('public', 'accepted'), ...other },
    participation('closed', 'offered'),
    { ...participation('closed', 'accepted'), ...other },
  ]);
  const commitment = (alliance: string, name: string, state: string, due = 9) => ({
    ...{ id: world.id(`commitment:${alliance}.${name}`), alliance_id: world.id(`alliance:${alliance}`), state },
    ...{ title: 'Een dag meelopen', due_on: day(due), first_due_on: day(due), offered_at: now },
    promiser_organisation_id: world.organisation('second'),
    beneficiary_organisation_id: world.organisation('third'),
    offered_by_organisation_id: world.organisation('second'),
    ...{ created_at: now, changed_at: now },
  });
  await add('commitments', [
    ...commitmentStates.map((state) => commitment('public', state, state)),
    commitment('public', 'accepted', 'accepted'),
    commitment('public', 'accepted-for-today', 'accepted', 0),
    commitment('public', 'accepted-and-late', 'accepted', -1),
    commitment('closed', 'confirmed', 'confirmed'),
    commitment('closed', 'offered', 'offered'),
    {
      ...commitment('closed', 'between-members', 'accepted'),
      promiser_organisation_id: world.organisation('today'),
      beneficiary_organisation_id: world.organisation('longer'),
    },
  ]);
}

async function addOwnership(world: CaseWorld, add: Add): Promise<void> {
  const offer = (name: string, to: string, from: string | null, by: string) => ({
    ...{ id: world.id(`offer:${name}`), subject_type: 'alliance', subject_id: world.id(`alliance:${name}`) },
    ...{ share: 'accountable', state: 'offered', offered_at: now, changed_at: now },
    to_organisation_id: world.organisation(to),
    from_organisation_id: from === null ? null : world.organisation(from),
    offered_by_organisation_id: world.organisation(by),
  });
  await add('ownership_offers', [
    offer('public', 'second', 'third', 'fourth'),
    offer('network', 'second', null, 'fourth'),
    offer('closed', 'today', 'longer', 'stranger'),
  ]);
  const record = (name: string, type: string, subject: string) => ({
    ...{ id: world.id(`owned:${name}`), subject_type: type, subject_id: world.id(subject), number: 1 },
    ...{ change: 'accepted', share: 'accountable', joint_organisation_ids: '{}', recorded_at: now, receipt: 'receipt' },
    ...{ to_organisation_id: world.organisation('fourth'), receipt_hash: '0'.repeat(64) },
  });
  await add('ownership_records', [
    record('public', 'alliance', 'alliance:public'),
    record('closed', 'initiative', 'initiative:closed'),
    record('item', 'knowledge_item', 'item:shared'),
  ]);
}

async function addSpaces(world: CaseWorld, add: Add, day: (days: number) => string): Promise<void> {
  const harvest = (item: string, state: string, alliance = 'closed') => ({
    ...{ id: world.id(`harvest:${item}.${state}`), item_id: world.id(`item:${item}`), state, visibility: 'public' },
    ...{ alliance_id: world.id(`alliance:${alliance}`), offered_by_organisation_id: world.organisation('today') },
    ...{ offered_at: now, expires_at: now, changed_at: now },
  });
  const consent = (harvest: string, who: string, state: string) => ({
    ...{ id: world.id(`consent:${harvest}.${who}`), harvest_id: world.id(`harvest:${harvest}`), state },
    organisation_id: world.organisation(who),
  });
  const handover = (commitment: string) => ({
    ...{
      id: world.id(`handover:${commitment}`),
      commitment_id: world.id(`commitment:${commitment}`),
      state: 'offered',
    },
    ...{ to_alliance_id: world.id('alliance:public'), title: 'Een dag meelopen', offered_at: now, changed_at: now },
    offered_by_organisation_id: world.organisation('second'),
  });
  const closure = (alliance: string) => ({
    ...{ alliance_id: world.id(`alliance:${alliance}`), state: 'closing', ends_on: day(-3), began_at: now },
    ...{ archives_on: day(20), destroys_on: day(27), changed_at: now },
  });
  const member = (alliance: string, who: string) => ({
    ...{ alliance_id: world.id(`alliance:${alliance}`), organisation_id: world.organisation(who) },
  });
  await add('harvests', [
    ...handshakeStates.map((state) => harvest('with-accepted', state)),
    ...handshakeStates.filter((state) => state !== 'accepted').map((state) => harvest(`with-${state}`, 'offered')),
    harvest('shared', 'offered'),
    harvest('shared', 'accepted'),
    harvest('published-public', 'declined', 'other'),
  ]);
  await add('handovers', ['public.fulfilled', 'closed.between-members', 'closed.confirmed'].map(handover));
  await add('harvest_consents', [
    consent('shared.offered', 'third', 'offered'),
    consent('shared.accepted', 'fourth', 'accepted'),
    consent('published-public.declined', 'first', 'declined'),
  ]);
  await add('space_closures', ['closed', 'other', 'both'].map(closure));
  await add('space_closure_members', [
    member('closed', 'longer'),
    member('closed', 'leaving'),
    member('other', 'first'),
    member('both', 'longer'),
  ]);
}

/** States of the affiliation of each organisation with the professional `known`; offers run out, or have. */
const affiliated: Readonly<Record<string, readonly [state: string, expiresIn: number]>> = {
  second: ['accepted', -1],
  third: ['offered', 1],
  fourth: ['offered', -1],
  today: ['declined', 1],
  longer: ['withdrawn', 1],
  twice: ['expired', 1],
  leaving: ['ended', 1],
};

async function addProfessionals(world: CaseWorld, add: Add, day: (days: number) => string): Promise<void> {
  const professional = (name: string, by: string, person: object) => ({
    ...{ id: world.id(`professional:${name}`), registered_by_organisation_id: world.organisation(by), ...person },
    ...{ created_at: now, changed_at: now },
  });
  const person = (name: string) => ({ name, data_subject_id: `subject of ${name}` });
  const affiliation = (name: string, who: string, [state, expiresIn]: readonly [string, number]) => ({
    ...{ id: world.id(`affiliation:${name}.${who}`), professional_id: world.id(`professional:${name}`), state },
    ...{ organisation_id: world.organisation(who), offered_by: 'professional', role: 'Wijkcoach' },
    ...{ offered_by_organisation_id: world.organisation('first'), offered_at: now, changed_at: now },
    ...{ expires_at: day(expiresIn), starts_on: day(-9) },
  });
  const contribution = (name: string, who: string, of: string | null, type: string, subject: string) => ({
    ...{ id: world.id(`part:${name}`), organisation_id: world.organisation(who), subject_type: type },
    ...{ subject_id: world.id(subject), professional_id: of === null ? null : world.id(`professional:${of}`) },
    ...{ created_at: now, changed_at: now },
  });
  const erasure = (name: string, by: string, requestedBy: string | null) => ({
    ...{ id: world.id(`erasure:${name}`), professional_id: world.id(`professional:${name}`), counts: '{}' },
    ...{ registered_by_organisation_id: world.organisation(by), requested_by: 'professional', ground: 'withdrawn' },
    requested_by_organisation_id: requestedBy === null ? null : world.organisation(requestedBy),
    ...{ receipt: 'receipt', erased_at: now },
  });
  await add('professionals', [
    professional('known', 'first', person('known')),
    professional('other', 'fourth', person('other')),
    professional('erased', 'first', { erased_at: now }),
    professional('unasked', 'third', { erased_at: now }),
  ]);
  await add('affiliations', [
    ...Object.entries(affiliated).map(([who, fields]) => affiliation('known', who, fields)),
    affiliation('other', 'longer', ['accepted', 1]),
    affiliation('erased', 'second', ['accepted', 1]),
  ]);
  await add('professional_contributions', [
    contribution('public', 'first', 'known', 'knowledge_item', 'item:published-public'),
    contribution('draft', 'first', 'known', 'knowledge_item', 'item:draft-public'),
    contribution('of-the-erased', 'first', null, 'knowledge_item', 'item:published-public'),
    contribution('initiative', 'elsewhere', 'known', 'initiative', 'initiative:network'),
    contribution('closed', 'today', 'other', 'commitment', 'commitment:closed.confirmed'),
    contribution('closed-to-its-own', 'second', 'known', 'commitment', 'commitment:closed.confirmed'),
  ]);
  await add('erasures', [erasure('erased', 'first', 'second'), erasure('unasked', 'third', null)]);
}

async function addProcessing(world: CaseWorld, add: Add): Promise<void> {
  const record = (name: string, who: string | null) => ({
    ...{ id: world.id(`record:${name}`), trace_id: '1', span_id: '2', status: 'Ok', name, started_at: now },
    ...{ ended_at: now, service_version: '1', activity_id: 'affiliations', data_subject_id: 'subject of known' },
    ...{ client_id: 'client', organisation_id: who === null ? null : world.organisation(who) },
  });
  await add('processing_records', [record('first', 'first'), record('second', 'second'), record('nobody', null)]);
}

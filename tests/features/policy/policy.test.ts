import { eq, gt } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/postgres-js';
import t from 'tap';
import { changeAlliance } from '../../../src/features/alliances/alliances.ts';
import { decideCharter, publishCharter } from '../../../src/features/alliances/charters.ts';
import { decideMembership, endMembership, offerMembership } from '../../../src/features/alliances/membership-offers.ts';
import { decideSponsorship, endSponsorship, offerSponsorship } from '../../../src/features/alliances/sponsorships.ts';
import { alliances, charters } from '../../../src/features/alliances/tables.ts';
import { actingOrganisation, assertActsFor, assertMayChangeOrganisation } from '../../../src/features/policy/policy.ts';
import { pageOf } from '../../../src/platform/answer.ts';
import type { Caller } from '../../../src/platform/caller.ts';
import type { Db } from '../../../src/platform/db.ts';
import { newId } from '../../../src/platform/id.ts';
import { Problem } from '../../../src/platform/problem.ts';
import { type TestDatabase, testDatabase } from '../../helpers/db.ts';
import { caller, context } from '../../helpers/people.ts';
import { by, everything, inDays } from '../alliances/world.ts';
import {
  canariesIn,
  lists,
  neighbourhood,
  openSpace,
  probes,
  type Readers,
  readers,
  type Space,
  type ViewerName,
} from './spaces.ts';

type Sight = {
  /** Reads the space itself: its content, its charter, who takes part. */
  readonly space: boolean;
  /** Whose memberships of the space it reads one by one: `all`, its `own`, or `none`. */
  readonly memberships: string;
  /** Which of the two sponsorships it reads. */
  readonly sponsorships: readonly ('held' | 'asked')[];
  /** Which of the words that stand in the space come to it, by whatever it reads. */
  readonly words: readonly string[];
};

// What is promised about a closed space, written down apart from the code that keeps it.
const everyWord = 'charter charterReason declinedReason expelledReason formerReason name purpose'.split(' ');
const inside: Sight = { space: true, memberships: 'all', sponsorships: ['held'], words: everyWord };
const outside: Sight = { space: false, memberships: 'none', sponsorships: [], words: [] };
const promised: Readonly<Record<ViewerName, Sight>> = {
  convener: { ...inside, sponsorships: ['held', 'asked'] },
  member: inside,
  observer: inside,
  former: { ...outside, memberships: 'own', words: ['formerReason'] },
  expelled: { ...outside, memberships: 'own', words: ['expelledReason'] },
  invited: { ...outside, memberships: 'own', words: ['name'] },
  declined: { ...outside, memberships: 'own', words: ['declinedReason'] },
  applicant: { ...outside, memberships: 'own' },
  sponsor: { ...outside, sponsorships: ['held'] },
  asked: { ...outside, sponsorships: ['asked'] },
  outsider: outside,
  keeper: outside,
  administrator: outside,
  nobody: outside,
};

type Hood = Awaited<ReturnType<typeof neighbourhood>>;
type Answers = Record<string, unknown>;

const isProblem = (answer: unknown) => typeof answer === 'object' && answer !== null && 'code' in answer;
const idsIn = (answer: unknown) => (answer as { items: { id: string }[] }).items.map(({ id }) => id).toSorted();
const ofSpace = ['getAlliance', 'getCharter', 'listCharters', 'listCharterDecisions', 'listAllianceMemberships'];

/** What a viewer sees of the space by the verbs, in the terms of the promise; and where two verbs do not agree. */
async function sight(
  db: Db,
  viewer: ViewerName,
  { hood, space, read = readers }: { hood: Hood; space: Space; read?: Readers | undefined },
): Promise<Sight & { torn: string[] }> {
  const who = hood.viewers[viewer];
  const answers = await probes(db, who, space, read);
  const all = await lists(db, who, hood, read);
  const rows = Object.entries(space.memberships).filter(([name]) => !isProblem(answers[`getMembership ${name}`]));
  const of = rows.map(([name]) => name).join();
  const everybody = Object.keys(space.memberships).join();
  const cards = { held: 'getSponsorship', asked: 'getSponsorship asked' } as const;
  return {
    space: ofSpace.some((name) => !isProblem(answers[name])),
    memberships: of === everybody ? 'all' : of === viewer ? 'own' : of === '' ? 'none' : of,
    sponsorships: (['held', 'asked'] as const).filter((one) => !isProblem(answers[cards[one]])),
    words: canariesIn([Object.values(answers), Object.values(all)]),
    torn: disagreements(answers, all, space),
  };
}

function disagreements(answers: Answers, all: Answers, space: Space): string[] {
  const problems = ofSpace.filter((name) => isProblem(answers[name]));
  const rows = Object.entries(space.memberships).filter(([name]) => !isProblem(answers[`getMembership ${name}`]));
  const cards = ['getSponsorship', 'getSponsorship asked'].filter((name) => !isProblem(answers[name]));
  const listed = [...idsIn(answers.listSponsorships), ...idsIn(answers['listSponsorships second'])];
  const faults = {
    'the space by some verbs alone': problems.length > 0 && problems.length < ofSpace.length,
    'the problems differ': new Set(problems.map((name) => JSON.stringify(answers[name]))).size > 1,
    'memberships one by one and as a list':
      idsIn(answers.listMemberships).join() !==
      rows
        .map(([, id]) => id)
        .toSorted()
        .join(),
    'sponsorships one by one and as a list': listed.length !== cards.length,
    'the space alone and in a list':
      JSON.stringify(all['listAlliances {}']).includes(space.space) === isProblem(answers.getAlliance),
  };
  return Object.entries(faults).flatMap(([what, torn]) => (torn ? [what] : []));
}

const viewerNames = Object.keys(promised) as ViewerName[];

/** Breaches of the promise, one line each. */
async function breaches(
  db: Db,
  world: { hood: Hood; space: Space; read?: Readers },
  names: readonly ViewerName[] = viewerNames,
): Promise<string[]> {
  const found: string[] = [];
  for (const name of names) {
    const { torn, ...seen } = await sight(db, name, world);
    if (JSON.stringify(seen) !== JSON.stringify(promised[name])) found.push(`${name}: ${JSON.stringify(seen)}`);
    found.push(...torn.map((what) => `${name}: ${what}`));
  }
  return found;
}

t.test('a closed space shows itself to those who are in it, and to nobody else by any read', async (t) => {
  const { db, sql } = await testDatabase(t);
  const ungated = drizzle(sql);
  const hood = await neighbourhood(db);
  const before = new Map<ViewerName, unknown>();
  for (const name of viewerNames) before.set(name, await lists(db, hood.viewers[name], hood));
  const space = await openSpace(db, hood);
  t.same(await breaches(db, { hood, space }), []);

  const blind: ViewerName[] = ['outsider', 'keeper', 'administrator', 'nobody'];
  for (const name of blind) {
    const now = await lists(db, hood.viewers[name], hood);
    t.same(
      JSON.stringify(now),
      JSON.stringify(before.get(name)),
      `${name} reads, byte for byte, what was there before`,
    );
  }
  for (const name of ['sponsor', 'asked', 'former', 'invited', 'applicant'] as const) {
    const now = await lists(db, hood.viewers[name], hood);
    const was = before.get(name) as Record<string, unknown>;
    const alliancesOnly = (answers: Record<string, unknown>) =>
      JSON.stringify(Object.entries(answers).filter(([key]) => key.startsWith('listAlliances')));
    t.equal(alliancesOnly(now), alliancesOnly(was), `${name} reads of the alliances what was there before`);
  }

  await t.test('and this test sees a leak: of a list, of a count, of a charter, of an offer', async (t) => {
    const columns = { id: alliances.id, name: alliances.name, createdBy: alliances.createdByOrganisationId };
    const leaks: Record<string, Partial<Readers>> = {
      'a list without the condition of membership': {
        listAlliances: async (_db, _who, input) => {
          const after = input.after?.[0];
          const rest = after === undefined ? undefined : gt(alliances.id, after);
          const rows = await ungated
            .select(columns)
            .from(alliances)
            .where(rest)
            .orderBy(alliances.id)
            .limit(input.limit + 1);
          const page = pageOf(
            rows,
            input.limit,
            (row) => [row.id],
            (row) => row,
          );
          return page as never;
        },
      },
      'a filter by organisation that finds a closed space': {
        listAlliances: async (db, who, input) => {
          const page = await readers.listAlliances(db, who, input);
          if (input.createdByOrganisationId === undefined) return page;
          const owned = eq(alliances.createdByOrganisationId, input.createdByOrganisationId);
          return { items: (await ungated.select(columns).from(alliances).where(owned)) as never };
        },
      },
      'a charter for whoever knows its identifier': {
        getCharter: async (_db, _who, _allianceId, id) => {
          const [body] = await ungated.select().from(charters).where(eq(charters.id, id));
          return { body: body as never };
        },
      },
      'the list of memberships for its sponsor': {
        listMemberships: async (db, who, input) => {
          const as = who === hood.viewers.sponsor ? hood.viewers.member : who;
          return readers.listMemberships(db, as, input);
        },
      },
      'everything for an administrator': {
        getAlliance: async (db, who, id) => readers.getAlliance(db, who.administrator ? hood.viewers.member : who, id),
      },
    };
    const some: ViewerName[] = ['sponsor', 'keeper'];
    t.same(await breaches(db, { hood, space }, some), [], 'none is planted');
    for (const [name, leak] of Object.entries(leaks))
      t.ok((await breaches(db, { hood, space, read: { ...readers, ...leak } }, some)).length > 0, name);
  });
});

const refusal = async (work: Promise<unknown> | undefined) => {
  try {
    await work;
    return 'done';
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const { code, status, params, errors, headers, members, message } = error;
    return JSON.stringify({ code, status, params, errors, headers, members, message });
  }
};

t.test('a write to what one may not see answers as one to what does not exist', async (t) => {
  const { db, sql } = await testDatabase(t);
  const hood = await neighbourhood(db);
  const space = await openSpace(db, hood);
  const { member, outsider } = hood.people;
  const offer = { role: 'member', expiresInDays: 30 } as const;
  const charter = { title: 'Nieuw', text: 'Nieuw' };
  const decision = { decision: 'accepted', contentHash: space.contentHash } as const;
  type Write = (
    who: Caller,
    ids: { space: string; charter: string; membership: string; sponsorship: string },
  ) => Promise<unknown>;
  const writes: Record<string, Write> = {
    changeAlliance: (who, ids) => changeAlliance(db, context(who), ids.space, 2, { name: 'X' }),
    'changeAlliance, another version': (who, ids) =>
      changeAlliance(db, context(who), ids.space, 9, { visibility: 'public' }),
    'offerMembership, apply': (who, ids) => offerMembership(db, context(who), ids.space, offer),
    'offerMembership, invite a member': (who, ids) =>
      offerMembership(db, context(who), ids.space, { ...offer, organisationId: member.id }),
    'offerMembership, invite nobody': (who, ids) =>
      offerMembership(db, context(who), ids.space, { ...offer, organisationId: newId() }),
    publishCharter: (who, ids) => publishCharter(db, context(who), ids.space, charter),
    decideCharter: (who, ids) => decideCharter(db, context(who), ids.space, ids.charter, decision),
    offerSponsorship: (who, ids) =>
      offerSponsorship(db, context(who), ids.space, { organisationId: outsider.id, expiresInDays: 9 }),
    decideMembership: (who, ids) => decideMembership(db, context(who), ids.membership, { decision: 'accepted' }),
    'decideMembership, withdraw': (who, ids) =>
      decideMembership(db, context(who), ids.membership, { decision: 'withdrawn' }),
    endMembership: (who, ids) => endMembership(db, context(who), ids.membership, {}),
    decideSponsorship: (who, ids) => decideSponsorship(db, context(who), ids.sponsorship, { decision: 'withdrawn' }),
    endSponsorship: (who, ids) => endSponsorship(db, context(who), ids.sponsorship, {}),
  };
  const before = await everything(sql);
  const compare = async (name: ViewerName, write: string, membership: string): Promise<string | undefined> => {
    const { space: allianceId, charterId, sponsorship } = space;
    const real = { space: allianceId, charter: charterId, membership, sponsorship };
    const random = { space: newId(), charter: newId(), membership: newId(), sponsorship: newId() };
    const answered = await refusal(writes[write]?.(hood.viewers[name], real));
    const expected = await refusal(writes[write]?.(hood.viewers[name], random));
    const alike = answered === expected && answered !== 'done';
    return alike ? undefined : `${name} ${write}: ${answered} and not ${expected}`;
  };
  const { member: present = '', invited = '', declined = '' } = space.memberships;
  const subjectsOf = (write: string) => {
    if (/^(?:decide|end)Membership/.test(write)) return [present, invited, declined];
    return [/^(?:decide|end)Sponsorship/.test(write) ? space.sponsorship : present];
  };
  const blind = viewerNames.filter((name) => !promised[name].space);
  const cases = blind.flatMap((name) =>
    Object.keys(writes).flatMap((write) =>
      subjectsOf(write)
        .filter((subject) => subject !== space.memberships[name])
        .filter((subject) => subject !== space.sponsorship || !promised[name].sponsorships.includes('held'))
        .map((subject) => [name, write, subject] as const),
    ),
  );
  t.ok(cases.length > 150, `${cases.length} writes`);
  const told: (string | undefined)[] = [];
  for (const one of cases) told.push(await compare(...one));
  t.same(
    told.filter((one) => one !== undefined),
    [],
  );
  t.same(await everything(sql), before, 'and nothing was changed');
});

t.test('sight ends at once when a membership or a sponsorship does, and begins with the first day', async (t) => {
  const { db, owner } = await testDatabase(t);
  const hood = await neighbourhood(db);
  const space = await openSpace(db, hood);
  const now = async (name: ViewerName) => {
    const { space: inside, words } = await sight(db, name, { hood, space });
    return inside ? 'all' : words.join();
  };
  const ids = space.memberships;
  t.equal(await now('member'), 'all');
  await endMembership(db, by(hood.people.member), ids.member ?? '', {});
  t.equal(await now('member'), '');
  t.equal(await now('observer'), 'all');
  await endMembership(db, by(hood.people.observer), ids.observer ?? '', { endsOn: inDays(9) });
  t.equal(await now('observer'), 'all', 'an announced departure is none yet');
  await owner`update memberships set starts_on = current_date - 9, ends_on = current_date where id = ${ids.observer ?? ''}`;
  t.equal(await now('observer'), '', 'it is, on its day, before a job notes it');
  t.equal(await now('invited'), 'name');
  await owner`update memberships set expires_at = now() where id = ${ids.invited ?? ''}`;
  t.equal(await now('invited'), '', 'an invitation that ran out tells the name no more');
  const again = await offerMembership(db, by(hood.people.convener), space.space, {
    organisationId: hood.people.invited.id,
    role: 'member',
    expiresInDays: 9,
  });
  await decideMembership(db, by(hood.people.invited), again.body.id, { decision: 'accepted' });
  t.equal(await now('invited'), 'all');
  await owner`update memberships set starts_on = current_date + 1 where id = ${again.body.id}`;
  t.equal(await now('invited'), '', 'nobody reads before its first day');
  const card = async () => (await readers.getSponsorship(db, hood.viewers.sponsor, space.sponsorship)).body.sizeClass;
  t.equal(await card(), '1-5');
  await endSponsorship(db, by(hood.people.sponsor), space.sponsorship, {});
  t.equal(await card(), null);
});

const protectedTables = /\b(?:from|join) "(?:alliances|memberships|charters|charter_decisions|sponsorships)"/;

t.test('every statement of a read carries the predicate of the policy in itself', async (t) => {
  const database: TestDatabase = await testDatabase(t);
  const hood = await neighbourhood(database.db);
  const space = await openSpace(database.db, hood);
  const sent: string[] = [];
  const logger = { logQuery: (text: string) => void sent.push(text) };
  const db = drizzle(database.sql, { logger: logger as never }) as Db;
  for (const who of [hood.viewers.member, hood.viewers.outsider]) {
    await probes(db, who, space);
    await lists(db, who, hood);
  }
  const reads = [...new Set(sent)].filter((text) => protectedTables.test(text));
  t.ok(reads.length > 30, `${reads.length} different statements`);
  t.same(
    reads.filter((text) => !text.includes('policy_m')),
    [],
  );
  sent.length = 0;
  await db.select({ id: alliances.id }).from(alliances);
  t.ok(
    sent.some((text) => protectedTables.test(text) && !text.includes('policy_m')),
    'the check sees one that does not',
  );
});

t.test('a client acts for its own organisation alone; an administrator keeps the register, and no more', async (t) => {
  const [one, other] = [newId(), newId()];
  const client = caller({ organisationId: one });
  const keeper = caller({ administrator: true });
  t.doesNotThrow(() => assertActsFor(client, one));
  t.throws(() => assertActsFor(client, other), { code: 'not_your_organisation' });
  t.throws(() => assertActsFor(keeper, one), { code: 'not_your_organisation' });
  t.doesNotThrow(() => assertMayChangeOrganisation(client, one));
  t.throws(() => assertMayChangeOrganisation(client, other), { code: 'not_your_organisation' });
  t.doesNotThrow(() => assertMayChangeOrganisation(keeper, other));
  t.equal(actingOrganisation(client), one);
  t.throws(() => actingOrganisation(keeper), { code: 'not_your_organisation' });
});

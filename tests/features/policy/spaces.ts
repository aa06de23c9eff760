import { randomBytes } from 'node:crypto';
import { changeAlliance, getAlliance, listAlliances } from '../../../src/features/alliances/alliances.ts';
import {
  decideCharter,
  getCharter,
  listCharterDecisions,
  listCharters,
  publishCharter,
} from '../../../src/features/alliances/charters.ts';
import { decideMembership, endMembership, offerMembership } from '../../../src/features/alliances/membership-offers.ts';
import {
  getMembership,
  listAllianceMemberships,
  listMemberships,
} from '../../../src/features/alliances/memberships.ts';
import {
  decideSponsorship,
  getSponsorship,
  listSponsorships,
  offerSponsorship,
} from '../../../src/features/alliances/sponsorships.ts';
import type { Caller } from '../../../src/platform/caller.ts';
import type { Db } from '../../../src/platform/db.ts';
import { Problem } from '../../../src/platform/problem.ts';
import { administrator, caller } from '../../helpers/people.ts';
import { apply, by, found, type Party, parties } from '../alliances/world.ts';

const names = 'convener member observer former expelled invited declined applicant sponsor asked outsider keeper'.split(
  ' ',
) as ViewerName[];
/** Who looks, by what it is to the space. */
export type ViewerName =
  | 'convener'
  | 'member'
  | 'observer'
  | 'former'
  | 'expelled'
  | 'invited'
  | 'declined'
  | 'applicant'
  | 'sponsor'
  | 'asked'
  | 'outsider'
  | 'keeper'
  | 'administrator'
  | 'nobody';

/** Organisations with a public and a network alliance of their own, before there is a space. */
export async function neighbourhood(db: Db) {
  const people = await parties(db, ...names);
  const open = await found(db, people.convener, { name: 'Leeralliantie', startsOn: '2020-01-01' });
  const network = await found(db, people.member, { visibility: 'network', name: 'Netwerk', startsOn: '2020-01-01' });
  const joined = await apply(db, open, people.member);
  await decideMembership(db, by(people.convener), joined, { decision: 'accepted' });
  const viewers: Record<ViewerName, Caller> = {
    ...(Object.fromEntries(names.map((name) => [name, people[name].caller])) as Record<ViewerName, Caller>),
    keeper: { ...people.keeper.caller, administrator: true },
    administrator,
    nobody: caller(),
  };
  return { people, viewers, open, network };
}

type Neighbourhood = Awaited<ReturnType<typeof neighbourhood>>;

/** What is written in a space, each with a word that stands nowhere else. */
export const canaries = {
  name: randomBytes(8).toString('hex'),
  purpose: randomBytes(8).toString('hex'),
  charter: randomBytes(8).toString('hex'),
  formerReason: randomBytes(8).toString('hex'),
  expelledReason: randomBytes(8).toString('hex'),
  declinedReason: randomBytes(8).toString('hex'),
  charterReason: randomBytes(8).toString('hex'),
};

/** Opens a space in which everybody is what its name says, with a charter and a sponsor, and another that `asked` may guarantee. */
export async function openSpace(db: Db, { people }: Neighbourhood) {
  const { convener } = people;
  const space = await found(db, convener, { visibility: 'network', name: 'Nog open', startsOn: '2020-01-01' });
  const memberships: Partial<Record<ViewerName, string>> = {};
  memberships.applicant = await apply(db, space, people.applicant);
  const closing = { visibility: 'closed', name: `Vrijplaats ${canaries.name}`, purpose: canaries.purpose } as const;
  await changeAlliance(db, by(convener), space, 1, closing);
  const offer = async (to: Party, role: 'member' | 'observer' = 'member') =>
    (await offerMembership(db, by(convener), space, { organisationId: to.id, role, expiresInDays: 30 })).body.id;
  for (const name of ['member', 'observer', 'former', 'expelled'] as const) {
    const id = await offer(people[name], name === 'observer' ? 'observer' : 'member');
    await decideMembership(db, by(people[name]), id, { decision: 'accepted' });
    memberships[name] = id;
  }
  const text = `Wat hier wordt gezegd, blijft hier. ${canaries.charter}`;
  const charter = (await publishCharter(db, by(convener), space, { title: `Convenant ${canaries.charter}`, text }))
    .body;
  for (const name of ['convener', 'former'] as const) {
    const decision = {
      decision: 'accepted',
      contentHash: charter.contentHash,
      reason: canaries.charterReason,
    } as const;
    await decideCharter(db, by(people[name]), space, charter.id, decision);
  }
  await endMembership(db, by(people.former), memberships.former ?? '', { reason: canaries.formerReason });
  const why = { reason: canaries.expelledReason };
  await endMembership(db, by(convener), memberships.expelled ?? '', why);
  memberships.invited = await offer(people.invited);
  memberships.declined = await offer(people.declined);
  const no = { decision: 'declined', reason: canaries.declinedReason } as const;
  await decideMembership(db, by(people.declined), memberships.declined, no);
  const guarantee = async (allianceId: string, sponsor: Party) =>
    (await offerSponsorship(db, by(convener), allianceId, { organisationId: sponsor.id, expiresInDays: 30 })).body.id;
  const sponsorship = await guarantee(space, people.sponsor);
  await decideSponsorship(db, by(people.sponsor), sponsorship, { decision: 'accepted' });
  const second = await found(db, convener, { visibility: 'closed', name: `Tweede ${canaries.name}` });
  const asked = await guarantee(second, people.asked);
  const own = await listMemberships(db, convener.caller, { limit: 9, allianceId: space, organisationId: convener.id });
  memberships.convener = own.items[0]?.id ?? '';
  return { space, second, charterId: charter.id, contentHash: charter.contentHash, memberships, sponsorship, asked };
}

export type Space = Awaited<ReturnType<typeof openSpace>>;

/** The read verbs of the alliances. A test may put another in the place of one, to see that its leak is found. */
export const readers = {
  getAlliance,
  listAlliances,
  getMembership,
  listMemberships,
  listAllianceMemberships,
  getCharter,
  listCharters,
  listCharterDecisions,
  getSponsorship,
  listSponsorships,
};
export type Readers = typeof readers;

type Page = { items: unknown[]; next?: string[] | undefined };

/** All pages of a list as they are, or the problem that it answers. */
async function pages(list: (after: string[] | undefined) => Promise<Page>): Promise<unknown> {
  const found: Page[] = [];
  let after: string[] | undefined;
  do {
    const page = await list(after);
    found.push(page);
    after = page.next;
  } while (after !== undefined);
  return found;
}

const told = (work: Promise<unknown>): Promise<unknown> =>
  work.catch((error: unknown) => {
    if (!(error instanceof Problem)) throw error;
    const { code, status, params, errors, headers, members, message } = error;
    return { code, status, params, errors, headers, members, message };
  });

/** Everything that a viewer reads without knowing of a space: every list with every filter that could tell of it. */
export async function lists(db: Db, who: Caller, { people }: Neighbourhood, read: Readers = readers) {
  const answers: Record<string, unknown> = {};
  const ask = async (name: string, filter: object, list: (filter: object) => Promise<Page>) => {
    answers[`${name} ${JSON.stringify(filter)}`] = await told(pages((after) => list({ limit: 2, ...filter, after })));
  };
  const organisations = names.map((name) => ({ organisationId: people[name].id }));
  for (const filter of [
    ...[{}, { name: 'vrijplaats' }, { name: canaries.name }, { visibility: 'closed' }, { kind: 'alliance' }],
    ...[{ asOf: '2021-01-01' }, { changedSince: new Date(0) }, ...organisations],
    ...organisations.map(({ organisationId }) => ({ createdByOrganisationId: organisationId })),
  ])
    await ask('listAlliances', filter, (given) => read.listAlliances(db, who, given as never));
  const states = ['offered', 'accepted', 'declined', 'ended'].map((state) => ({ state }));
  for (const filter of [{}, { role: 'observer' }, { asOf: '2021-01-01' }, ...states, ...organisations])
    await ask('listMemberships', filter, (given) => read.listMemberships(db, who, given as never));
  for (const filter of [{}, { state: 'accepted' }, ...organisations])
    await ask('listSponsorships', filter, (given) => read.listSponsorships(db, who, given as never));
  return answers;
}

/** Everything that a viewer reads who knows every identifier of a space. */
export async function probes(db: Db, who: Caller, space: Space, read: Readers = readers) {
  const { space: id, charterId, memberships, sponsorship, asked, second } = space;
  const path = { allianceId: id, charterId };
  const within = (allianceId: string) => ({ limit: 50, allianceId }) as const;
  const answers: Record<string, unknown> = {
    getAlliance: await told(read.getAlliance(db, who, id)),
    listAllianceMemberships: await told(read.listAllianceMemberships(db, who, id, { limit: 50 })),
    listMemberships: await told(read.listMemberships(db, who, within(id))),
    getCharter: await told(read.getCharter(db, who, id, charterId)),
    listCharters: await told(read.listCharters(db, who, id, { limit: 50 })),
    listCharterDecisions: await told(read.listCharterDecisions(db, who, path, { limit: 50 })),
    getSponsorship: await told(read.getSponsorship(db, who, sponsorship)),
    listSponsorships: await told(read.listSponsorships(db, who, within(id))),
    'getAlliance second': await told(read.getAlliance(db, who, second)),
    'getSponsorship asked': await told(read.getSponsorship(db, who, asked)),
    'listSponsorships second': await told(read.listSponsorships(db, who, within(second))),
  };
  for (const [name, membershipId] of Object.entries(memberships))
    answers[`getMembership ${name}`] = await told(read.getMembership(db, who, membershipId));
  return answers;
}

/** Which of the canaries stand in what was read. */
export const canariesIn = (answers: unknown): string[] => {
  const text = JSON.stringify(answers);
  return Object.entries(canaries)
    .filter(([, word]) => text.includes(word))
    .map(([name]) => name)
    .toSorted();
};

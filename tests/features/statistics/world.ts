import { alliances, charters, memberships } from '../../../src/features/alliances/tables.ts';
import {
  commitmentSteps,
  commitments,
  initiativeStages,
  initiatives,
  participations,
  stances,
} from '../../../src/features/initiatives/tables.ts';
import { knowledgeAdoptions, knowledgeItems, knowledgeShares } from '../../../src/features/knowledge/tables.ts';
import { organisations } from '../../../src/features/organisations/tables.ts';
import { ownershipRecords } from '../../../src/features/ownership/tables.ts';
import { drawsOf } from '../../../src/features/statistics/kernel/seeded.ts';
import { addDays } from '../../../src/features/statistics/windows.ts';
import type { Db } from '../../../src/platform/db.ts';
import { namedId } from '../../../src/platform/id.ts';

type Insert<T extends { $inferInsert: unknown }> = T['$inferInsert'];
/** Everything that a random history holds, as it is stored. */
export type World = {
  organisations: Insert<typeof organisations>[];
  alliances: Insert<typeof alliances>[];
  memberships: Insert<typeof memberships>[];
  charters: Insert<typeof charters>[];
  initiatives: Insert<typeof initiatives>[];
  stages: Insert<typeof initiativeStages>[];
  participations: Insert<typeof participations>[];
  stances: Insert<typeof stances>[];
  commitments: Insert<typeof commitments>[];
  steps: Insert<typeof commitmentSteps>[];
  items: Insert<typeof knowledgeItems>[];
  shares: Insert<typeof knowledgeShares>[];
  adoptions: Insert<typeof knowledgeAdoptions>[];
  records: Insert<typeof ownershipRecords>[];
};

/** The days in which a history happens. */
export const firstDay = '2023-01-01';
const length = 900;

/** What draws the parts of a history. */
class Draw {
  readonly next: () => number;
  #count = 0;
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
    this.next = drawsOf(seed);
  }

  id = () => namedId(`${this.#seed} ${this.#count++}`);
  chance = (share: number) => this.next() < share;
  below = (count: number) => Math.floor(this.next() * count);
  one = <T>(values: readonly T[]): T => values[this.below(values.length)] as T;
  day = () => addDays(firstDay, this.below(length));
  moment = (day = this.day()) => new Date(Date.parse(`${day}T00:00:00Z`) + this.below(86_400_000));
  later = (than: Date, days: number) => new Date(than.getTime() + 1 + this.below(days * 86_400_000));
}

const written = { createdAt: new Date('2022-06-01T00:00:00Z'), changedAt: new Date('2022-06-01T00:00:00Z') };
const themesOf = (draw: Draw) => ['jeugd', 'wonen', 'zorg'].filter(() => draw.chance(0.4));

/** Draws a history: organisations of three kinds, alliances of each visibility, and what is done in them. */
export function drawWorld(seed: number): World {
  const draw = new Draw(seed);
  const kinds = ['municipality', 'municipality', 'care_organisation', 'care_organisation', 'academy'];
  const world: World = {
    organisations: Array.from({ length: 17 }, (_, index) => ({
      id: draw.id(),
      kind: kinds[index % kinds.length] as string,
      name: `Organisatie ${index}`,
      region: draw.chance(0.2) ? null : draw.one(['Noord', 'Zuid']),
      startsOn: draw.chance(0.8) ? null : draw.day(),
      endsOn: null,
      ...written,
    })),
    ...{ alliances: [], memberships: [], charters: [], initiatives: [], stages: [], participations: [], stances: [] },
    ...{ commitments: [], steps: [], items: [], shares: [], adoptions: [], records: [] },
  };
  for (const visibility of ['public', 'public', 'network', 'closed', 'public']) drawAlliance(draw, world, visibility);
  for (let count = 0; count < 24; count++) drawInitiative(draw, world);
  for (let count = 0; count < 120; count++) drawCommitment(draw, world);
  for (let count = 0; count < 30; count++) drawItem(draw, world);
  for (let count = 0; count < 90; count++) drawAdoption(draw, world);
  for (const { id } of world.initiatives) drawOwnership(draw, world, 'initiative', id as string);
  for (const { id } of world.items) drawOwnership(draw, world, 'knowledge_item', id as string);
  return world;
}

function drawAlliance(draw: Draw, world: World, visibility: string): void {
  const id = draw.id();
  const startsOn = addDays(firstDay, draw.below(300) - 200);
  const endsOn = draw.chance(0.3) ? addDays(startsOn, 300 + draw.below(600)) : null;
  world.alliances.push({
    id,
    kind: 'alliance',
    name: `Alliantie ${world.alliances.length}`,
    visibility,
    startsOn,
    endsOn,
    ...written,
  });
  for (const organisation of world.organisations) {
    if (draw.chance(0.45)) continue;
    const from = draw.chance(0.5) ? startsOn : draw.day();
    const until = draw.chance(0.3) ? addDays(from, draw.below(500)) : null;
    world.memberships.push({
      id: draw.id(),
      allianceId: id,
      organisationId: organisation.id as string,
      role: draw.chance(0.1) ? 'observer' : 'member',
      state: until === null ? 'accepted' : 'ended',
      ...{ startsOn: from, endsOn: until, basis: 'recorded_elsewhere', source: 'test', ...written },
    });
  }
  drawCharters(draw, world, id);
}

function drawCharters(draw: Draw, world: World, id: string): void {
  const count = draw.below(4);
  for (let number = 1; number <= count; number++)
    world.charters.push({
      ...{ id: draw.id(), allianceId: id, number, title: 'Convenant', contentHash: draw.id() },
      text: `  ${Array.from({ length: 1 + draw.below(400) }, () => 'woord').join(draw.one([' ', '\n', '\t ']))}\n`,
      effectiveOn: firstDay,
      publishedByOrganisationId: draw.one(world.organisations).id as string,
      publishedAt: draw.moment(),
    });
}

function drawInitiative(draw: Draw, world: World): void {
  const createdAt = draw.moment();
  const id = draw.id();
  const stages = [{ stage: 'idea', recordedAt: createdAt }];
  for (const stage of ['active', draw.one(['delivered', 'stopped'])])
    if (draw.chance(0.6)) stages.push({ stage, recordedAt: draw.later(stages.at(-1)?.recordedAt as Date, 200) });
  const by = draw.one(world.organisations).id as string;
  for (const stage of stages) world.stages.push({ id: draw.id(), initiativeId: id, organisationId: by, ...stage });
  const last = stages.at(-1) as (typeof stages)[number];
  world.initiatives.push({
    ...{ id, allianceId: draw.one(world.alliances).id as string, title: 'Initiatief', themes: themesOf(draw) },
    ...{
      stage: last.stage,
      stageChangedAt: last.recordedAt,
      createdByOrganisationId: by,
      createdAt,
      changedAt: last.recordedAt,
    },
    talkedSince: addDays(createdAt.toISOString().slice(0, 10), -draw.below(200)),
  });
  for (const organisation of world.organisations) {
    if (draw.chance(0.75)) continue;
    const joinedAt = draw.later(createdAt, 300);
    const participationId = draw.id();
    const state = draw.one(['accepted', 'accepted', 'ended', 'declined']);
    world.participations.push({
      ...{
        id: participationId,
        initiativeId: id,
        organisationId: organisation.id as string,
        state,
        changedAt: joinedAt,
      },
      ...{ stance: null, offeredByOrganisationId: by, offeredAt: createdAt },
      joinedAt: state === 'declined' ? null : joinedAt,
    });
    for (let at = joinedAt, more = true; more; more = draw.chance(0.4), at = draw.later(at, 200))
      world.stances.push({
        ...{ id: draw.id(), participationId, recordedAt: at },
        stance: draw.one(['contributor', 'consent', 'reservations', 'observer']),
      });
  }
}

type Drawn = { step: string; at: Date; dueOn: string };

/** What parties do to a promise after it was made, each step later than the one before. */
function drawSteps(draw: Draw, at: Date, dueOn: string): Drawn[] {
  const steps: Drawn[] = [];
  let present = { at, dueOn };
  const add = (step: string, more: Partial<typeof present> = {}) => {
    present = { ...present, at: draw.later(present.at, 60), ...more };
    steps.push({ step, ...present });
  };
  if (draw.chance(0.3)) add('date_moved', { dueOn: addDays(dueOn, 1 + draw.below(90)) });
  if (draw.chance(0.2)) {
    add('cancelled');
    return steps;
  }
  if (draw.chance(0.2)) return steps;
  add('fulfilled');
  while (draw.chance(0.3)) {
    add('disputed');
    if (draw.chance(0.5)) break;
    add('fulfilled');
  }
  if (draw.chance(0.7)) add('confirmed');
  return steps;
}

function drawCommitment(draw: Draw, world: World): void {
  const initiative = draw.chance(0.7) ? draw.one(world.initiatives) : undefined;
  const promiser = draw.one(world.organisations).id as string;
  const others = world.organisations.filter(({ id }) => id !== promiser);
  const id = draw.id();
  const offeredAt = draw.moment();
  const firstDueOn = addDays(offeredAt.toISOString().slice(0, 10), draw.below(120));
  const fate = draw.one(['accepted', 'accepted', 'accepted', 'accepted', 'declined', 'offered']);
  const decidedAt = draw.later(offeredAt, 14);
  const drawn: Drawn[] = [{ step: 'offered', at: offeredAt, dueOn: firstDueOn }];
  if (fate !== 'offered') drawn.push({ step: fate, at: decidedAt, dueOn: firstDueOn });
  if (fate === 'accepted') drawn.push(...drawSteps(draw, decidedAt, firstDueOn));
  const at = (step: string) => drawn.findLast((one) => one.step === step)?.at ?? null;
  const last = drawn.at(-1) as Drawn;
  const state = drawn.findLast(({ step }) => step !== 'date_moved')?.step as string;
  world.commitments.push({
    ...{
      id,
      allianceId: initiative?.allianceId ?? (draw.one(world.alliances).id as string),
      initiativeId: initiative?.id ?? null,
    },
    ...{
      title: 'Toezegging',
      promiserOrganisationId: promiser,
      beneficiaryOrganisationId: draw.one(others).id as string,
    },
    ...{ dueOn: last.dueOn, firstDueOn, state, offeredByOrganisationId: promiser, offeredAt },
    decidedAt: fate === 'offered' ? null : decidedAt,
    ...{ fulfilledAt: at('fulfilled'), confirmedAt: at('confirmed'), cancelledAt: at('cancelled') },
    ...{ createdAt: offeredAt, changedAt: last.at },
  });
  drawn.forEach((step, index) => {
    world.steps.push({
      id: draw.id(),
      commitmentId: id,
      number: index + 1,
      step: step.step,
      dueOn: step.dueOn,
      recordedAt: step.at,
    });
  });
}

function drawItem(draw: Draw, world: World): void {
  const id = draw.id();
  const author = draw.one(world.organisations).id as string;
  const published = draw.moment();
  const state = draw.one(['published', 'published', 'published', 'withdrawn', 'draft']);
  world.items.push({
    ...{ id, organisationId: author, state, visibility: draw.one(['public', 'network', 'alliances', 'alliances']) },
    ...{ type: 'practice', title: 'Item', summary: '', body: '', links: [], language: 'nl', licence: 'CC0-1.0' },
    themes: themesOf(draw),
    ...(state !== 'draft' && { publishedVersion: 1, firstPublishedAt: published, publishedAt: published }),
    withdrawnAt: state === 'withdrawn' ? draw.later(published, 400) : null,
    ...{ createdAt: published, changedAt: published },
  });
  for (const alliance of world.alliances) {
    if (draw.chance(0.7)) continue;
    const sharedAt = draw.later(published, 100);
    const endedAt = draw.chance(0.3) ? draw.later(sharedAt, 300) : null;
    world.shares.push({
      ...{ id: draw.id(), itemId: id, allianceId: alliance.id as string, sharedByOrganisationId: author },
      ...{ sharedAt, endedAt, changedAt: sharedAt },
    });
  }
}

function drawAdoption(draw: Draw, world: World): void {
  const item = draw.one(world.items.filter(({ state }) => state !== 'draft'));
  const adoptedOn = draw.later(item.firstPublishedAt as Date, 400);
  world.adoptions.push({
    ...{ id: draw.id(), itemId: item.id as string, versionNumber: 1, use: 'used', setting: 'Hier', result: 'Goed' },
    organisationId: draw.one(world.organisations).id as string,
    adoptedOn: adoptedOn.toISOString().slice(0, 10),
    withdrawnAt: draw.chance(0.15) ? draw.later(adoptedOn, 300) : null,
    ...{ createdAt: adoptedOn, changedAt: adoptedOn },
  });
}

type Owners = { accountable: string | null; joint: string[] };

function changeOf(draw: Draw, from: string | null, to: string | null): string {
  if (to === null) return 'released';
  return from === null ? 'accepted' : draw.one(['transferred', 'succeeded']);
}

function nextOwners(draw: Draw, world: World, { accountable, joint }: Owners): Owners {
  const to = accountable !== null && draw.chance(0.3) ? null : (draw.one(world.organisations).id as string);
  const together = draw.chance(0.3) ? [draw.one(world.organisations).id as string] : joint;
  return { accountable: to, joint: together.filter((id) => id !== to) };
}

function drawOwnership(draw: Draw, world: World, subjectType: string, subjectId: string): void {
  let owners: Owners = { accountable: null, joint: [] };
  let at = draw.moment();
  let hash: string | null = null;
  const count = draw.below(5);
  for (let number = 1; number <= count; number++) {
    const from = owners.accountable;
    owners = nextOwners(draw, world, owners);
    const to = owners.accountable;
    world.records.push({
      ...{ subjectType, subjectId, number, previousNumber: number === 1 ? null : number - 1, id: draw.id() },
      ...{ change: changeOf(draw, from, to), share: 'accountable' },
      ...{ accountableOrganisationId: to, jointOrganisationIds: owners.joint },
      ...{ fromOrganisationId: from, toOrganisationId: to, recordedAt: at, receipt: 'r' },
      ...{ previousReceiptHash: hash, receiptHash: namedId(`receipt ${subjectId} ${number}`) },
    });
    hash = namedId(`receipt ${subjectId} ${number}`);
    at = draw.later(at, 200);
  }
}

/** Stores a history. */
export async function storeWorld(db: Db, world: World): Promise<void> {
  const tables = [
    [organisations, world.organisations],
    [alliances, world.alliances],
    [memberships, world.memberships],
    [charters, world.charters],
    [initiatives, world.initiatives],
    [initiativeStages, world.stages],
    [participations, world.participations],
    [stances, world.stances],
    [commitments, world.commitments],
    [commitmentSteps, world.steps],
    [knowledgeItems, world.items],
    [knowledgeShares, world.shares],
    [knowledgeAdoptions, world.adoptions],
    [ownershipRecords, world.records],
  ] as const;
  for (const [table, rows] of tables) if (rows.length > 0) await db.insert(table).values(rows as never);
}

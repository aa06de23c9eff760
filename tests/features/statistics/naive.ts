import { addDays } from '../../../src/features/statistics/windows.ts';
import type { World } from './world.ts';

/** What the statistics are asked of in a comparison. */
export type Ask = {
  readonly from: string;
  readonly until: string;
  readonly organisationKind?: 'municipality' | 'care_organisation';
  readonly region?: string;
  readonly allianceId?: string;
  readonly theme?: string;
  /** Asked by a client without an organisation. */
  readonly outside?: boolean;
};

/** Windows and groups of a history; some groups turn out to be too small to be told of. */
export function asks(world: World): Ask[] {
  const year = { from: '2024-03-01', until: '2025-03-01' };
  const half = { from: '2024-05-10', until: '2024-11-21' };
  return [
    year,
    half,
    { ...year, outside: true },
    { from: '2023-01-01', until: '2026-01-01' },
    { from: '2023-01-01', until: '2023-01-02' },
    { ...year, organisationKind: 'municipality' },
    { ...half, organisationKind: 'care_organisation' },
    { ...year, region: 'Noord' },
    { ...half, region: 'Zuid', outside: true },
    ...world.alliances.map(({ id }) => ({ ...year, allianceId: id as string })),
    { ...year, theme: 'jeugd' },
    { ...half, theme: 'wonen', outside: true },
  ];
}

/** The day of a moment, in UTC. */
export const day = (at: Date) => at.toISOString().slice(0, 10);

/** The alliances that are counted, and who is of the group. */
export function groupsOf(world: World, ask: Ask) {
  const visible = ask.outside ? ['public'] : ['public', 'network'];
  const counted = new Set(
    world.alliances
      .filter(({ id, visibility }) => visible.includes(visibility) && (ask.allianceId ?? id) === id)
      .map(({ id }) => id as string),
  );
  const members = new Set(
    world.organisations
      .filter(({ kind, region }) => (ask.organisationKind ?? kind) === kind && (ask.region ?? region) === region)
      .map(({ id }) => id as string),
  );
  return { counted, inGroup: (id: string) => members.has(id) };
}

/** Whether what belongs to an initiative is of the theme that is asked about. */
export function themesAsked(world: World, ask: Ask) {
  const themes = new Map(world.initiatives.map((initiative) => [initiative.id, initiative.themes]));
  return (initiativeId: string | null | undefined) =>
    ask.theme === undefined || (themes.get(initiativeId ?? '') ?? []).includes(ask.theme);
}

/** What was promised before the end, of whomever, with what happened to it until then. */
export function promisesOf(world: World, ask: Ask) {
  const { from, until } = ask;
  const { counted } = groupsOf(world, ask);
  const ofTheme = themesAsked(world, ask);
  const within = (at: Date) => day(at) >= from && day(at) < until;
  return world.commitments
    .filter((row) => counted.has(row.allianceId) && ofTheme(row.initiativeId))
    .map((row) => ({
      row,
      steps: world.steps.filter((step) => step.commitmentId === row.id && day(step.recordedAt) < until),
    }))
    .filter(({ steps }) => steps.some(({ step }) => step === 'accepted'))
    .map(({ row, steps }) => {
      const at = (name: string) => steps.findLast(({ step }) => step === name)?.recordedAt;
      const state = steps.findLast(({ step }) => step !== 'date_moved')?.step as string;
      const dueOn = steps.findLast(({ step }) => step === 'date_moved')?.dueOn ?? row.firstDueOn;
      const contested = steps.some(({ step, recordedAt }) => step === 'disputed' && within(recordedAt));
      return { row, at, state, dueOn, contested, promiser: row.promiserOrganisationId };
    });
}

/** The initiatives of a group that were known before the end, with how long they waited for their first deed. */
export function initiativesOf(world: World, ask: Ask) {
  const { counted, inGroup } = groupsOf(world, ask);
  const asOf = addDays(ask.until, -1);
  return world.initiatives
    .filter(
      (one) =>
        counted.has(one.allianceId) &&
        inGroup(one.createdByOrganisationId) &&
        day(one.createdAt) < ask.until &&
        (ask.theme === undefined || one.themes.includes(ask.theme)),
    )
    .map((one) => {
      const deeds = world.steps
        .filter(({ step, commitmentId, recordedAt }) => {
          const commitment = world.commitments.find(({ id }) => id === commitmentId);
          return step === 'confirmed' && commitment?.initiativeId === one.id && day(recordedAt) < ask.until;
        })
        .map(({ recordedAt }) => day(recordedAt))
        .sort();
      const stage = world.stages.filter((row) => row.initiativeId === one.id && day(row.recordedAt) < ask.until).at(-1);
      const until = deeds[0] ?? asOf;
      const days = Math.max(0, Math.round((Date.parse(until) - Date.parse(one.talkedSince)) / 86_400_000));
      return { createdAt: one.createdAt, days, ended: deeds.length > 0, stage: stage?.stage };
    });
}

/** The ages of what is only talked about, in rising order. */
export const talked = (initiatives: ReturnType<typeof initiativesOf>) =>
  initiatives
    .filter(({ ended, stage }) => !ended && (stage === 'idea' || stage === 'active'))
    .map(({ days }) => days)
    .sort((a, b) => a - b);

/** Waiting times, counted by days. */
export const spellsOf = (list: readonly { days: number; ended: boolean }[]) =>
  [...new Set(list.map(({ days }) => days))]
    .sort((a, b) => a - b)
    .map((days) => {
      const same = list.filter((one) => one.days === days);
      const ended = same.filter((one) => one.ended).length;
      return [days, ended, same.length - ended] as const;
    });

const envelope = [
  ...['definition', 'dataVersion', 'asOf', 'parameters', 'coverage', 'suppressed', 'query', 'undefinedValues'],
];

/** The figures of a statistic without what surrounds them, and whether they may be told. */
export function comparable(body: object & { suppressed: string[]; coverage: { organisationCount: number | null } }) {
  const found = Object.fromEntries(Object.entries(body).filter(([name]) => !envelope.includes(name)));
  return { found, told: body.coverage.organisationCount !== null };
}

const before = (day?: string | null) => day ?? '9999-12-31';

/** Who took part in which counted alliance on a day of a window, without observers. */
export function partsIn(world: World, ask: Ask, window: { from: string; until: string }) {
  const { counted, inGroup } = groupsOf(world, ask);
  return world.memberships.filter((one) => {
    const alliance = world.alliances.find(({ id }) => id === one.allianceId);
    const organisation = world.organisations.find(({ id }) => id === one.organisationId);
    if (alliance === undefined || one.role === 'observer' || !counted.has(one.allianceId)) return false;
    const starts = [one.startsOn, alliance.startsOn, organisation?.startsOn, window.from].map((at) => at ?? '').sort();
    const ends = [one.endsOn, alliance.endsOn, organisation?.endsOn, window.until].map(before).sort();
    return inGroup(one.organisationId) && (starts.at(-1) ?? '') < (ends[0] ?? '');
  });
}

/** The same question without a kind or a region. */
export function everyKind({ organisationKind: _, region: __, ...ask }: Ask): Ask {
  return ask;
}

type Item = World['items'][number];

/** Since when others can use an item; undefined where it is not counted. */
function usableSince(world: World, ask: Ask, item: Item) {
  const isOpen = item.visibility === 'public' || (item.visibility === 'network' && ask.outside !== true);
  const { counted } = groupsOf(world, ask);
  const shares = world.shares.filter(
    (one) => one.itemId === item.id && counted.has(one.allianceId) && day(one.sharedAt) < ask.until,
  );
  const of = ask.allianceId === undefined ? [item.firstPublishedAt as Date] : shares.map(({ sharedAt }) => sharedAt);
  return isOpen ? of.map(day).sort()[0] : undefined;
}

/** The items that are counted, with the day since which others can use them. */
export function itemsOf(world: World, ask: Ask) {
  const { inGroup } = groupsOf(world, ask);
  return world.items
    .filter((item) => item.state !== 'draft' && day(item.firstPublishedAt as Date) < ask.until)
    .filter((item) => ask.theme === undefined || item.themes.includes(ask.theme))
    .flatMap((item) => {
      const sharedOn = usableSince(world, ask, item);
      const withdrawnOn = item.withdrawnAt && day(item.withdrawnAt) < ask.until ? day(item.withdrawnAt) : undefined;
      return sharedOn === undefined ? [] : [{ item, sharedOn, withdrawnOn, chosen: inGroup(item.organisationId) }];
    });
}

/** Whole days from one day to another. */
export const daysBetween = (from: string, until: string) =>
  Math.round((Date.parse(until) - Date.parse(from)) / 86_400_000);

/** How often each value occurs, in rising order. */
export const histogramOf = (values: readonly number[]) =>
  [...new Set(values)]
    .sort((a, b) => a - b)
    .map((value) => [value, values.filter((one) => one === value).length] as const);

/** How often each key occurs. */
export const tally = (keys: readonly string[]) => {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
};

/** A quotient, or null where there is nothing to divide by. */
export const ratio = (part: number, whole: number) => (whole === 0 ? null : part / whole);

/** A figure, or null where it is undefined. */
export const orNull = (figure: number | object) => (typeof figure === 'number' ? figure : null);

import type { Sql } from 'postgres';
import type { Selection } from '../../../src/features/statistics/rules.ts';

type Row = Record<string, string | null> & { readonly id: string };
type Tables = Record<string, readonly Row[]>;
type Pair = [one: string, other: string];

const names =
  'organisations alliances memberships initiatives initiative_stages participations stances commitments knowledge_items knowledge_adoptions ownership_records'.split(
    ' ',
  );

/** Everything that could be counted, as the tables have it. */
export async function tablesOf(owner: Sql): Promise<Tables> {
  const found: [string, Row[]][] = [];
  for (const name of names) {
    const rows = await owner<{ row: Row }[]>`select row_to_json(x) as row from ${owner(name)} x order by id`;
    found.push([name, rows.map(({ row }) => row)]);
  }
  return Object.fromEntries(found);
}

const dayOf = (instant: string | null | undefined) =>
  instant === null || instant === undefined ? null : new Date(instant).toISOString().slice(0, 10);
const holds = (row: Row, asOf: string) =>
  (row.starts_on ?? '') <= asOf && (row.ends_on === null || (row.ends_on as string) > asOf);

/** The relation of a selection, counted row by row: places of the population, and pairs with their number. */
export function naive(tables: Tables, actsForOne: boolean, selection: Selection) {
  const { asOf, relation, allianceId, allianceKind, organisationId, organisationKind, region, from } = selection;
  const all = (name: string) => tables[name] ?? [];
  const byId = (name: string, id: unknown) => all(name).find((row) => row.id === id) as Row;
  const open = (row: Row) => row.visibility === 'public' || (row.visibility === 'network' && actsForOne);
  const openItem = (row: Row) => open(row) && row.state !== 'draft';
  const chosen = (row: Row) =>
    open(row) &&
    (allianceId === null || row.id === allianceId) &&
    (allianceKind === null || allianceKind.includes(String(row.kind)));
  const themed = (row: Row | undefined) =>
    selection.theme === null || ((row?.themes ?? []) as unknown as string[]).includes(selection.theme);
  const inWindow = (day: string | null) =>
    day !== null &&
    day <= asOf &&
    (from === null || day >= from) &&
    (selection.until === null || day < selection.until);
  const last = (name: string, key: string, id: string, value: string) =>
    all(name)
      .filter((row) => row[key] === id && (dayOf(row.recorded_at) ?? '') <= asOf)
      .toSorted((a, b) => ((a.recorded_at ?? '') < (b.recorded_at ?? '') ? -1 : 1))
      .at(-1)?.[value];

  const taking = all('memberships')
    .filter((row) => {
      const alliance = byId('alliances', row.alliance_id);
      const agreed = ['accepted', 'ended'].includes(String(row.state)) && row.role !== 'observer';
      return agreed && chosen(alliance) && holds(alliance, asOf) && holds(row, asOf);
    })
    .map((row): Pair => [String(row.organisation_id), String(row.alliance_id)]);
  const population = all('organisations')
    .filter(
      (row) =>
        holds(row, asOf) &&
        (organisationId === null || organisationId.includes(row.id)) &&
        (organisationKind === null || organisationKind.includes(String(row.kind))) &&
        (region === null || row.region === region) &&
        (allianceId === null || taking.some(([one]) => one === row.id)),
    )
    .map(({ id }) => id);

  const joining = () =>
    all('participations').flatMap((row): Pair[] => {
      const initiative = byId('initiatives', row.initiative_id);
      const alliance = byId('alliances', initiative.alliance_id);
      const left = dayOf(row.left_at);
      const there =
        ['accepted', 'ended'].includes(String(row.state)) &&
        (dayOf(row.joined_at) ?? '9') <= asOf &&
        (left === null || left > asOf);
      const goes = ['idea', 'active'].includes(
        String(last('initiative_stages', 'initiative_id', initiative.id, 'stage')),
      );
      const acts = last('stances', 'participation_id', row.id, 'stance') !== 'observer';
      return there && goes && acts && themed(initiative) && chosen(alliance) && holds(alliance, asOf)
        ? [[String(row.organisation_id), initiative.id]]
        : [];
    });
  const deeds = () =>
    all('commitments')
      .filter(
        (row) =>
          row.state === 'confirmed' &&
          inWindow(dayOf(row.confirmed_at)) &&
          themed(byId('initiatives', row.initiative_id)) &&
          chosen(byId('alliances', row.alliance_id)),
      )
      .map((row): Pair => [String(row.promiser_organisation_id), String(row.beneficiary_organisation_id)]);
  const reuse = () =>
    all('knowledge_adoptions').flatMap((row): Pair[] => {
      const item = byId('knowledge_items', row.item_id);
      const stands = row.withdrawn_at === null || (dayOf(row.withdrawn_at) as string) > asOf;
      return openItem(item) && themed(item) && stands && inWindow(row.adopted_on ?? null)
        ? [[String(item.organisation_id), String(row.organisation_id)]]
        : [];
    });
  const isCounted = (row: Row) => {
    if (row.subject_type === 'knowledge_item') {
      const item = byId('knowledge_items', row.subject_id);
      return allianceId === null && allianceKind === null && openItem(item) && themed(item);
    }
    if (row.subject_type === 'alliance' && selection.theme !== null) return false;
    if (row.subject_type === 'initiative' && !themed(byId('initiatives', row.subject_id))) return false;
    const id = row.subject_type === 'alliance' ? row.subject_id : byId('initiatives', row.subject_id).alliance_id;
    return chosen(byId('alliances', id));
  };
  const sorted = (one: string, other: string): Pair => (one < other ? [one, other] : [other, one]);
  const counted = all('ownership_records').filter(isCounted);
  const holdsIn = (row: Row) => {
    const next = counted.find(
      (one) => one.subject_id === row.subject_id && Number(one.number) === Number(row.number) + 1,
    );
    const began = dayOf(row.recorded_at) as string;
    const over = next !== undefined && from !== null && new Date(next.recorded_at as string) <= new Date(from);
    return began <= asOf && (selection.until === null || began < selection.until) && !over && (from ?? '') <= asOf;
  };
  const together = (row: Row) => {
    const owners = [...(row.joint_organisation_ids as unknown as string[]), row.accountable_organisation_id];
    const known = owners.filter((owner) => owner !== null && owner !== undefined).toSorted();
    return known.flatMap((one, place) => known.slice(place + 1).map((other) => `${row.subject_id} ${one} ${other}`));
  };
  const ownership = () => {
    const transfers = counted
      .filter((row) => row.change === 'transferred' && inWindow(dayOf(row.recorded_at)))
      .map((row) => sorted(String(row.from_organisation_id), String(row.to_organisation_id)));
    const shared = [...new Set(counted.filter(holdsIn).flatMap(together))];
    return [...transfers, ...shared.map((text) => sorted(text.split(' ')[1] ?? '', text.split(' ')[2] ?? ''))];
  };
  const pairs = { membership: () => taking, initiatives: joining, deeds, knowledge: reuse, ownership }[relation]();
  const twoMode = relation === 'membership' || relation === 'initiatives';
  const within = pairs.filter(
    ([one, other]) => population.includes(one) && (twoMode || (population.includes(other) && one !== other)),
  );
  const seconds = twoMode ? [...new Set(within.map(([, other]) => other))].sort() : population;
  const counts = new Map<string, number>();
  for (const [one, other] of within) {
    const key = `${population.indexOf(one)} ${seconds.indexOf(other)}`;
    counts.set(key, twoMode ? 1 : (counts.get(key) ?? 0) + 1);
  }
  const rows = [...counts].map(([key, count]) => [...key.split(' ').map(Number), ...(twoMode ? [] : [count])]);
  return {
    organisations: population,
    pairs: rows.toSorted((a, b) => (a[0] ?? 0) - (b[0] ?? 0) || (a[1] ?? 0) - (b[1] ?? 0)),
  };
}

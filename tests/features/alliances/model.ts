import { weightiest } from '../../../src/features/alliances/rules.ts';
import type { Decision } from '../../../src/platform/handshake.ts';

/** A membership in a small world; organisations and alliances are numbers, days are counted from today. */
export type Row = {
  readonly id: string;
  readonly version: number;
  readonly alliance: number;
  readonly organisation: number;
  readonly role: string;
  readonly state: string;
  readonly offeredBy: 'alliance' | 'organisation' | null;
  readonly basis: string;
  readonly endReason: string | null;
  readonly endedHere: boolean;
  readonly from: number;
  readonly until: number;
};

/** A small world as it is known before a command. */
export type Known = {
  readonly rows: readonly Row[];
  readonly organisations: readonly { readonly until: number; readonly successor: number | null }[];
};

export type Command =
  | { kind: 'offer'; who: number; alliance: number; to: number; role: 'convener' | 'member' | 'observer' }
  | { kind: 'decide'; who: number; pick: number; decision: Decision }
  | { kind: 'end'; who: number; pick: number; day: number | undefined }
  | { kind: 'merge'; from: number[]; to: number; day: number }
  | { kind: 'pass'; days: number };

/** A command that is aimed is made by who may make it, on what it may be made on, where there is such. */
export type Aimed = { readonly aimed: boolean; readonly command: Command };

/** Who has which role in which alliance on which day. */
export type Roles = (alliance: number, organisation: number, day: number) => string | undefined;

/** What must come of a command: its code, the roles after it on the days on which any changes, and where it is not said. */
export type Prediction = { code: string; map: Roles; days: number[]; unsure: ReadonlySet<string> };

/** The last day of what has no end. */
export const endless = 9999;

const agreed = (row: Row) => row.state === 'accepted' || row.state === 'ended';
const running = (row: Row) => row.state === 'accepted' && row.until > 0;

/** The roles that these memberships give. */
export const roleIn =
  (rows: readonly Row[]): Roles =>
  (alliance, organisation, day) =>
    rows.find(
      (row) =>
        agreed(row) &&
        row.alliance === alliance &&
        row.organisation === organisation &&
        row.from <= day &&
        day < row.until,
    )?.role;

const everybody = [0, 1, 2, 3, 4];

/** The command as it is carried out in this world. */
export function aim(known: Known, { aimed, command }: Aimed): Command {
  if (!aimed || command.kind === 'merge' || command.kind === 'pass') return command;
  const roles = roleIn(known.rows);
  const admits = (alliance: number) => everybody.find((one) => mayAdmit(roles, alliance, one));
  if (command.kind === 'offer') return { ...command, who: admits(command.alliance) ?? command.to };
  const fitting = known.rows.filter((row) => (command.kind === 'decide' ? row.state === 'offered' : running(row)));
  const row = fitting[command.pick % Math.max(1, fitting.length)];
  if (row === undefined) return command;
  const byOrganisation =
    command.kind === 'end' || (row.offeredBy === 'organisation') === (command.decision === 'withdrawn');
  const who = byOrganisation ? row.organisation : (admits(row.alliance) ?? command.who);
  return { ...command, who, pick: known.rows.indexOf(row) };
}

/** Predicts what comes of a command, from what is promised and not from how it is done. */
export function predict(known: Known, command: Command): Prediction {
  const before = roleIn(known.rows);
  const days = daysOf(known, command);
  const same = (code: string): Prediction => ({ code, map: before, days, unsure: new Set() });
  if (command.kind === 'offer') return same(offered(known, before, command));
  if (command.kind === 'decide') return decided(known, before, command, same);
  if (command.kind === 'end') return ended(known, before, command, same);
  if (command.kind === 'merge') return merged(known, before, command, same);
  return passed(known, before, command.days, days);
}

function daysOf({ rows, organisations }: Known, command: Command): number[] {
  const named = command.kind === 'merge' || command.kind === 'end' ? [command.day ?? 0] : [];
  const ends = organisations.map(({ until }) => until);
  const all = [0, ...named, ...ends, ...rows.flatMap(({ from, until }) => [from, until])];
  return [...new Set(all)].filter((day) => day < endless).sort((a, b) => a - b);
}

const mayAdmit = (roles: Roles, alliance: number, who: number) =>
  roles(alliance, who, 0) === 'convener' ||
  (roles(alliance, who, 0) === 'member' && everybody.every((one) => roles(alliance, one, 0) !== 'convener'));

function offered(known: Known, roles: Roles, { who, alliance, to, role }: Extract<Command, { kind: 'offer' }>): string {
  const own = known.rows.filter((row) => row.alliance === alliance && row.organisation === to);
  if (who !== to && !mayAdmit(roles, alliance, who)) return 'convener_required';
  if ((known.organisations[to]?.until ?? 0) <= 0) return 'organisation_dissolved';
  const has = own.some((row) => running(row) && row.role === role && row.until === endless && row.from <= 0);
  return has || own.some(({ state }) => state === 'offered') ? 'already_a_member' : 'done';
}

const chosen = ({ rows }: Known, pick: number) => rows[pick % rows.length] as Row;

/** Both alliances are public: what was agreed is seen by all, an offer by its two sides. */
const sees = (roles: Roles, row: Row, who: number) =>
  agreed(row) || row.organisation === who || roles(row.alliance, who, 0) !== undefined;

function decided(
  known: Known,
  roles: Roles,
  { who, pick, decision }: Extract<Command, { kind: 'decide' }>,
  same: (code: string) => Prediction,
): Prediction {
  const row = chosen(known, pick);
  const own = row.organisation === who;
  if (!sees(roles, row, who)) return same('not_found');
  if (!own && !mayAdmit(roles, row.alliance, who)) return same('convener_required');
  if (row.offeredBy === null) return same('handshake_refused');
  const offers = own === (row.offeredBy === 'organisation');
  if (offers !== (decision === 'withdrawn')) return same('wrong_side');
  // An acceptance that was given stands for the same answer, also when its time is over but no job noted it.
  if (row.state === decision) return same('done');
  if (row.state !== 'offered') return same('handshake_refused');
  if (decision !== 'accepted') return same('done');
  return accepted(known, roles, row, same);
}

function accepted(known: Known, roles: Roles, row: Row, same: (code: string) => Prediction): Prediction {
  const { alliance, organisation, role } = row;
  if ((known.organisations[organisation]?.until ?? 0) <= 0) return same('organisation_dissolved');
  const prediction = same('done');
  const map: Roles = (a, o, day) => (a === alliance && o === organisation && day >= 0 ? role : roles(a, o, day));
  const stepsDown = known.rows.some(
    (one) => one.alliance === alliance && one.organisation === organisation && running(one) && one.role === 'convener',
  );
  const next = { ...prediction, map, unsure: pendingSuccessor(known, alliance, organisation) };
  const bound = stepsDown || isConvened(roles, alliance, prediction.days, 0);
  return bound ? convened(next, row, 0, same) : next;
}

const isConvened = (roles: Roles, alliance: number, days: readonly number[], from: number) =>
  days
    .filter((day) => day >= from)
    .every((day) => {
      const present = everybody.map((one) => roles(alliance, one, day)).filter((one) => one !== undefined);
      return present.length === 0 || present.includes('convener');
    });

/**
 * The successor of a merger to come, of which an organisation is a predecessor, and whoever succeeds that one: what they
 * will begin follows.
 */
function pendingSuccessor({ organisations }: Known, alliance: number, organisation: number): Set<string> {
  const { until = 0, successor = null } = organisations[organisation] ?? {};
  const unsure = new Set<string>();
  for (let next = until <= 0 ? null : successor; next !== null; next = organisations[next]?.successor ?? null)
    unsure.add(`${alliance} ${next}`);
  return unsure;
}

const without =
  (roles: Roles, unsure: ReadonlySet<string>): Roles =>
  (alliance, organisation, day) =>
    unsure.has(`${alliance} ${organisation}`) && day > 0 ? undefined : roles(alliance, organisation, day);

function ended(
  known: Known,
  roles: Roles,
  { who, pick, day }: Extract<Command, { kind: 'end' }>,
  same: (code: string) => Prediction,
): Prediction {
  const row = chosen(known, pick);
  const on = day ?? Math.max(0, row.from);
  const refused = refusalToEnd(roles, row, who, day, on);
  if (refused !== undefined) return same(refused);
  const { alliance, organisation } = row;
  const map: Roles = (a, o, d) =>
    a === alliance && o === organisation && d >= on && d < row.until ? undefined : roles(a, o, d);
  const prediction = { ...same('done'), map, unsure: pendingSuccessor(known, alliance, organisation) };
  return row.role === 'convener' ? convened(prediction, row, on, same) : prediction;
}

/** Why an end is refused; `done` where it was ended so before. */
function refusalToEnd(roles: Roles, row: Row, who: number, day: number | undefined, on: number): string | undefined {
  const { alliance, organisation, from, until } = row;
  if (!sees(roles, row, who)) return 'not_found';
  if (organisation !== who && roles(alliance, who, 0) !== 'convener') return 'convener_required';
  if (agreed(row) && row.endedHere && (day === undefined ? until <= 0 : until === day)) return 'done';
  if (!running(row)) return 'handshake_refused';
  return on < from || on > until ? 'invalid_input' : undefined;
}

/**
 * What comes of it where a convener must stay. What is taken back from a successor to come may begin again by way of
 * another predecessor, so where it hangs on that the model says neither.
 */
function convened(prediction: Prediction, row: Row, from: number, same: (code: string) => Prediction): Prediction {
  const { map, days, unsure } = prediction;
  if (!isConvened(map, row.alliance, days, from)) return same('last_convener');
  if (isConvened(without(map, unsure), row.alliance, days, from)) return prediction;
  return { ...prediction, code: 'either', unsure: new Set([...unsure, `${row.alliance} ${row.organisation}`]) };
}

function merged(
  known: Known,
  roles: Roles,
  { from, to, day }: Extract<Command, { kind: 'merge' }>,
  same: (code: string) => Prediction,
): Prediction {
  const { organisations } = known;
  const mayMerge = (one: number) =>
    one !== to && organisations[one]?.successor === null && existsOn(known, one, day - 1);
  if (!from.every(mayMerge) || !existsOn(known, to, day)) return same('invalid_input');
  return { ...same('done'), map: carried(known, roles, { from, to, day }) };
}

const existsOn = ({ organisations }: Known, organisation: number, day: number) =>
  (organisations[organisation]?.until ?? 0) > day;

/** On each day from the merger the successor has the weightiest of the roles that it and the merged would have had. */
function carried({ rows }: Known, roles: Roles, { from, to, day }: { from: number[]; to: number; day: number }): Roles {
  const still: Roles = roleIn(rows.filter(running));
  return (a, o, d) => {
    const own = roles(a, o, d);
    const kept = own !== undefined && still(a, o, d) === undefined;
    if (d < day || kept || !(from.includes(o) || o === to)) return own;
    if (o !== to) return undefined;
    const present = [o, ...from].map((one) => still(a, one, d)).filter((role) => role !== undefined);
    return present.length === 0 ? undefined : weightiest(present);
  };
}

/** Time moves every day back. Where a merger comes of age, what follows is said by the tests of mergers. */
function passed(known: Known, roles: Roles, by: number, days: readonly number[]): Prediction {
  const touched = known.organisations.flatMap(({ until, successor }, one) =>
    successor === null || until > by ? [] : [one, successor],
  );
  const unsure = new Set(touched.flatMap((one) => [`0 ${one}`, `1 ${one}`]));
  return { code: 'done', map: (a, o, day) => roles(a, o, day + by), days: days.map((day) => day - by), unsure };
}

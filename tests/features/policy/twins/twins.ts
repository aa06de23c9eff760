import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import { signAuditHead } from '../../../../src/features/audit/audit.ts';
import type { TestDatabase } from '../../../helpers/db.ts';
import { testReceipts } from '../../../helpers/demo.ts';
import type { Request } from '../../../helpers/document.ts';
import { takeClock } from './clock.ts';
import { type Asking, askBoth, compare } from './comparison.ts';
import { type Probe, probeRequest, reads, relationsOf } from './probes.ts';
import { makes, steps } from './steps.ts';
import {
  act,
  type Beginning,
  drawer,
  insiders,
  openWorld,
  type Pool,
  type Role,
  roles,
  type Step,
  stepRequest,
  type World,
} from './world.ts';

/** Something that leaks, put into the application of both worlds. */
export type Leak = (app: FastifyInstance, database: TestDatabase) => void;

/** A round: what happens in each closed world, what happens in the open in both, and what outsiders then ask. */
type Round = {
  readonly closed: readonly [readonly Step[], readonly Step[]];
  readonly open: readonly Step[];
  readonly writes: readonly Step[];
  readonly probes: readonly Probe[];
};

/** How many were looked at. */
export type Tally = {
  pairs: number;
  worlds: number;
  requests: number;
  readonly done: Map<string, number>;
  operations: Map<string, Set<Role>>;
};

export const newTally = (): Tally => ({
  pairs: 0,
  worlds: 0,
  requests: 0,
  done: new Map(),
  operations: new Map(),
});

// What makes something is drawn more often: all else is about what was made.
const stepNames = [...Object.keys(steps), ...Object.keys(makes).filter((name) => steps[name]), 'createAlliance'];
const numbers = fc.array(fc.nat(9999), { minLength: 6, maxLength: 6 });
const stepOf = fc.record({ operationId: fc.constantFrom(...stepNames), actor: fc.nat(99), numbers });

/** Rounds of generated histories and questions; with `focus`, questions to one operation, or that write alone. */
function roundOf(operationIds: readonly string[], probes: number, focus?: string): fc.Arbitrary<Round> {
  const reading = operationIds.filter((operationId) => focus === undefined || focus === operationId);
  const open =
    focus !== undefined && reading.length === 0 ? stepOf.map((step) => ({ ...step, operationId: focus })) : stepOf;
  const asked = fc.constantFrom(...(reading.length === 0 ? operationIds : reading));
  const probe = fc.record({ operationId: asked, role: fc.nat(99), numbers });
  return fc.record({
    closed: fc.tuple(fc.array(stepOf, { maxLength: 3 }), fc.array(stepOf, { minLength: 2, maxLength: 8 })),
    open: fc.array(open, { minLength: 1, maxLength: 3 }),
    writes: fc.array(stepOf, { maxLength: 3 }),
    probes: fc.array(probe, { minLength: probes, maxLength: probes }),
  });
}

type Pair = {
  readonly beginning: Beginning;
  readonly worlds: readonly [World, World];
  readonly canary: string;
  readonly clock: ReturnType<typeof takeClock>;
  readonly tally: Tally;
  readonly known: ReadonlySet<string>;
  ticks: number;
};

const tick = (pair: Pair) => pair.clock.at(pair.clock.start + ++pair.ticks * 1000);

/** What both worlds can name, with what is closed in one or the other: an outsider may have learned any identifier. */
function everything({ worlds: [one, other] }: Pair): Pool {
  const all: Pool = new Map();
  for (const pool of [other.closed, one.closed, one.open])
    for (const [parameter, places] of pool) all.set(parameter, [...places, ...(all.get(parameter) ?? [])]);
  return all;
}

const asking = (pair: Pair, role: Role): Asking => ({
  token: pair.beginning.tokens[role],
  who: role,
  canary: pair.canary,
});

/** Lets insiders do something closed in one world. What none of them may is refused, and is no fault. */
async function actInside(pair: Pair, which: 0 | 1, list: readonly Step[]): Promise<void> {
  const world = pair.worlds[which];
  const { beginning, canary } = pair;
  for (const step of list) {
    tick(pair);
    const draw = drawer(world.closed, beginning.organisations.inside, step.numbers, { closed: true, canary });
    const request = stepRequest(beginning, step, draw);
    if (request !== undefined && (await oneOfThemMay(pair, which, step, request))) note(pair.tally, step.operationId);
  }
}

/** Whether the first, or else another, of the insiders could do it. */
async function oneOfThemMay(pair: Pair, which: 0 | 1, step: Step, request: Request): Promise<boolean> {
  const world = pair.worlds[which];
  for (const turn of insiders.keys()) {
    const token = pair.beginning.tokens[insiders[(step.actor + turn) % insiders.length] ?? 'first'];
    const name = `closed ${which} ${pair.ticks} ${turn}`;
    const left = await act(world, { request, token, name, pool: world.closed }, step.operationId);
    if (left.status >= 500) throw new Error(`${step.operationId}: ${left.status} ${left.body}`);
    if (left.status < 300) return true;
  }
  return false;
}

const note = ({ done }: Tally, operationId: string) => done.set(operationId, (done.get(operationId) ?? 0) + 1);

const openActors = [...insiders, 'other', 'revoked', 'sponsor'] as const;

/** Does the same in the open in both worlds; what an outsider is answered is compared. */
async function actInTheOpen(pair: Pair, list: readonly Step[]): Promise<void> {
  const { beginning, worlds } = pair;
  for (const step of list) {
    tick(pair);
    const actor = openActors[step.actor % openActors.length] ?? 'first';
    const draw = drawer(worlds[0].open, beginning.organisations.outside, step.numbers, { closed: false });
    const request = stepRequest(beginning, step, draw);
    if (request === undefined) continue;
    const given = { request, token: beginning.tokens[actor], name: `open ${pair.ticks}` };
    const one = await act(worlds[0], { ...given, pool: worlds[0].open }, step.operationId);
    const other = await act(worlds[1], { ...given, pool: worlds[1].open }, step.operationId);
    pair.tally.requests += 2;
    if (!(insiders as readonly string[]).includes(actor)) compare(request, [one, other], asking(pair, actor as Role));
    else if (one.status !== other.status)
      compare(
        request,
        [
          { ...one, log: [] },
          { ...other, log: [] },
        ],
        { token: null, who: actor, canary: pair.canary },
      );
  }
}

/** Lets outsiders try to write to what is closed; both worlds refuse it alike. */
async function writeFromOutside(pair: Pair, list: readonly Step[]): Promise<void> {
  const { beginning, worlds } = pair;
  for (const step of list) {
    tick(pair);
    const role = roles[step.actor % roles.length] ?? 'other';
    const draw = drawer(everything(pair), beginning.organisations.outside, step.numbers, { closed: false });
    const request = stepRequest(beginning, step, draw);
    if (request === undefined || Object.keys(request.params).length === 0) continue;
    const given = { request, token: beginning.tokens[role], name: `outside ${pair.ticks}` };
    const one = await act(worlds[0], { ...given, pool: worlds[0].open }, step.operationId);
    const other = await act(worlds[1], { ...given, pool: worlds[1].open }, step.operationId);
    pair.tally.requests += 2;
    compare(request, [one, other], asking(pair, role));
  }
}

async function read(
  pair: Pair,
  { operationId, role: chosen, numbers, relation }: Probe,
  filters: number,
): Promise<void> {
  const { beginning, known, tally } = pair;
  const role = roles[chosen % roles.length] ?? 'other';
  const draw = drawer(everything(pair), beginning.organisations.outside, numbers, { closed: false });
  const request = probeRequest(beginning, operationId, draw, { known, filters, relation });
  await askBoth(pair.worlds, request, asking(pair, role));
  tally.requests += 2;
  tally.operations.set(operationId, (tally.operations.get(operationId) ?? new Set()).add(role));
}

async function play(pair: Pair, round: Round): Promise<void> {
  await actInside(pair, 0, round.closed[0]);
  await actInside(pair, 1, round.closed[1]);
  await actInTheOpen(pair, round.open);
  await writeFromOutside(pair, round.writes);
  for (const [index, probe] of round.probes.entries()) await read(pair, probe, index % 3);
  pair.tally.worlds += 1;
}

/** Every read of the document by every role: of what is closed, and of everything; of statistics, by each relation. */
async function sweep(pair: Pair): Promise<void> {
  for (const { database } of pair.worlds)
    await signAuditHead(database.db, await testReceipts(database.db), new Date('2200-01-01'));
  for (const operationId of reads(pair.beginning))
    for (const role of roles.keys()) {
      for (const [filters, first] of [
        [0, 0],
        [0, 3],
        [2, 5],
      ] as const)
        await read(pair, { operationId, role, numbers: [first, role, filters, 7, 1, 4] }, filters);
      for (const [place, relation] of relationsOf(pair.beginning, operationId).entries())
        await read(pair, { operationId, role, numbers: [place + role, role, 0, 7, 1, 4], relation }, 0);
    }
}

/** How a property is run. */
export type Running = {
  readonly rounds: number;
  readonly probes: number;
  readonly tally: Tally;
  readonly leak?: Leak;
  readonly focus?: string | undefined;
  /** Each how many pairs one is, at its end, asked everything by everybody; 0 for none. */
  readonly sweepEvery: number;
};

/**
 * The property that closed histories are invisible: worlds that begin alike, and in which the same happens in the open,
 * answer every outsider alike, byte for byte, whatever happens in what is closed.
 */
export function twins(beginning: Beginning, { rounds, probes, tally, leak, focus, sweepEvery }: Running) {
  const known = new Set([...beginning.open.keys(), ...beginning.closed.keys()]);
  return fc.asyncProperty(
    fc.array(roundOf(reads(beginning), probes, focus), { minLength: rounds, maxLength: rounds }),
    async (all) => {
      const closing: (() => unknown)[] = [];
      const scope = { teardown: (work: () => unknown) => void closing.push(work) };
      const canary = `kanarie${randomBytes(8).toString('hex')}`;
      try {
        const clock = takeClock();
        closing.push(() => clock.release());
        clock.at(clock.start);
        const worlds = [await openWorld(scope, beginning, leak), await openWorld(scope, beginning, leak)] as const;
        const pair = { beginning, worlds, canary, clock, tally, known, ticks: 0 };
        tick(pair);
        for (const round of all) await play(pair, round);
        if (sweepEvery > 0 && tally.pairs++ % sweepEvery === 0) await sweep(pair);
        const told = worlds.flatMap(({ lines }) => lines).find((line) => line.includes(canary));
        if (told !== undefined) throw new Error(`the log tells what was written: ${told}`);
      } finally {
        for (const close of closing.toReversed()) await close();
      }
    },
  );
}

/** Looks for a planted leak; answers the difference that gave it away, and after how many worlds. */
export async function findLeak(
  beginning: Beginning,
  leak: Leak,
  { seed, pairs, focus }: { seed: number; pairs: number; focus?: string | undefined },
): Promise<{ found: unknown; worlds: number }> {
  const tally = newTally();
  const property = twins(beginning, {
    rounds: 10,
    probes: focus === undefined ? 40 : 12,
    tally,
    leak,
    focus,
    sweepEvery: 0,
  });
  const result = await fc.check(property, { numRuns: pairs, seed, endOnFailure: true });
  return { found: result.errorInstance, worlds: tally.worlds + 1 };
}

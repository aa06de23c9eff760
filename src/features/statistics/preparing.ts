import type { Caller } from '../../platform/caller.ts';
import { today } from '../../platform/days.ts';
import type { Db } from '../../platform/db.ts';
import { Problem } from '../../platform/problem.ts';
import { requestComputation, wasAsked } from './computing/computations.ts';
import type { Computing } from './computing/computing.ts';
import { Keeping } from './computing/keeping.ts';
import { costOf, type Part, part, unique } from './computing/parts.ts';
import { keepNetwork } from './computing/storing.ts';
import { partsFor } from './measures.ts';
import { measures } from './ranks.ts';
import { type Relation, relations, selectionOf, shapes, usualWeighting } from './rules.ts';
import { addressOf, newestNetwork } from './snapshots.ts';
import { networkParts } from './statistics.ts';

/** Whoever acts for an organisation is counted the same, so that one which is nobody's stands for all. */
const anOrganisation = '00000000-0000-0000-0000-000000000000';

/** Who asks in the place of a client: no client has this name. */
const node = { clientId: '' };

/** The parts of everything that is asked without further parameters. */
const standardParts = (relation: Relation): Part[] => {
  const weighting = usualWeighting(relation);
  return unique([
    ...[part('network'), ...networkParts, part('arcs'), ...partsFor(measures, weighting)],
    ...[part('table', shapes[relation] === 'two-mode' ? 'two-mode' : 'other'), part('brokerage')],
    ...[part('communities', weighting, 1), part('stability', weighting, 1)],
  ]);
};

/**
 * Computes ahead what is most asked for: the network of today, without filters, by every relation, for clients with and
 * without an organisation. It begins once a data version was there in two looks, so that a busy node is not always
 * computing what nobody will see. Keeps in mind what it saw: one for each process.
 */
export class Preparation {
  readonly #computing: Computing;
  readonly #seen = new Map<string, string>();

  constructor(computing: Computing) {
    this.#computing = computing;
  }

  /** One look; answers how many computations it asked for anew. */
  async look(): Promise<number> {
    let asked = 0;
    for (const relation of relations) {
      for (const viewer of [null, anOrganisation]) if (await this.#prepare(relation, viewer)) asked += 1;
    }
    return asked;
  }

  async #prepare(relation: Relation, viewer: string | null): Promise<boolean> {
    const { db } = this.#computing;
    const network = await newestNetwork(this.#computing, viewer, selectionOf({ relation }, today()));
    const settled = this.#seen.get(network.name) === network.dataVersion;
    this.#seen.set(network.name, network.dataVersion);
    const parts = standardParts(relation).filter((part) => this.#computing.isBearable(part, network));
    if (!settled || costOf(parts, network.size) < this.#computing.limits.aheadMs) return false;
    // Once for each data version, whatever came of it; it is kept for as long as it is the newest.
    if (await wasAsked(db, node.clientId, network)) {
      await keepNetwork(db, network);
      return false;
    }
    return hasRoom(requestComputation(db, { caller: node, address: '' }, network, parts));
  }
}

/**
 * Has the network of today computed for a client in the background, however short that takes; `path` is where the figures
 * then are. Answers the identifier of the computation.
 */
export async function computeInBackground(
  db: Db,
  caller: Pick<Caller, 'clientId' | 'organisationId'>,
  path: string,
): Promise<string> {
  const selection = selectionOf({ relation: 'membership' }, today());
  const kept = new Keeping({ bytes: 2 ** 20, milliseconds: 60_000 });
  const network = await newestNetwork({ db, kept }, caller.organisationId, selection);
  const address = addressOf(path, selection.asOf, network.dataVersion);
  const { answer } = await requestComputation(db, { caller, address }, network, standardParts('membership'));
  return (answer.body as { id: string }).id;
}

/** False where as many computations wait as may: it is looked at again later. */
async function hasRoom(request: Promise<unknown>): Promise<boolean> {
  try {
    await request;
    return true;
  } catch (error) {
    if (error instanceof Problem && error.code === 'too_many_computations') return false;
    throw error;
  }
}

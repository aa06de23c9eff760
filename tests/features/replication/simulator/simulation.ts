import { collectionDigest, contentHashOf, ProtocolFault } from '../../../../src/features/replication/protocol.ts';
import { drawsOf } from '../../../../src/features/statistics/kernel/seeded.ts';
import { type Answer, answerTo } from './publisher.ts';
import { Dangling, takeBaseline, takePage } from './receiver.ts';
import {
  type Content,
  collections,
  type Incoming,
  keyOf,
  mayHave,
  type Node,
  newNode,
  type PlantedBug,
} from './state.ts';

/*
 * Nodes that replicate to each other by the rules of the protocol, in one process, with a network that cuts, repeats and
 * delays, processes that die in the middle of a page, and backups that are restored. Everything follows from a seed.
 */

/** How large a simulation is. */
export type Size = { readonly nodes: number; readonly steps: number; readonly pageSize: number };

/** A world of nodes. `leaks` names what was sent to a node that was not to have it. */
export class Simulation {
  readonly nodes: Node[];
  readonly leaks: string[] = [];
  readonly told = { pulls: 0, baselines: 0, crashes: 0, restores: 0, refused: 0, cuts: 0, dangling: 0 };
  readonly #size: Size;
  readonly #bug: PlantedBug | undefined;
  readonly #draw: () => number;
  readonly #cut = new Set<string>();
  readonly #backups = new Map<number, Node>();
  /** Answers that are on their way, and may come late, twice or never. */
  readonly #late: { readonly from: number; readonly to: number; readonly answer: Answer }[] = [];
  #count = 0;

  constructor(seed: number, size: Size, bug?: PlantedBug) {
    this.#size = size;
    this.#bug = bug;
    this.#draw = drawsOf(seed);
    const all = Array.from({ length: size.nodes }, (_, at) => at);
    this.nodes = all.map((node) => newNode(all.filter((at) => at !== node)));
  }

  #below = (count: number) => Math.floor(this.#draw() * count);
  #one = <T>(values: readonly T[]): T => values[this.#below(values.length)] as T;
  #node = (at: number): Node => this.nodes[at] as Node;

  /** Lets so many things happen, one after the other. */
  run(): void {
    const anyNode = () => this.#below(this.#size.nodes);
    const happenings: readonly (readonly [below: number, happen: () => void])[] = [
      [45, () => this.#change(anyNode())],
      [90, () => this.#pullSomewhere()],
      [94, () => this.#toggleCut()],
      [96.5, () => this.#clearAway()],
      [98, () => this.#backup(anyNode())],
      [98.5, () => this.#restore()],
      [100, () => this.#deliverLate()],
    ];
    for (let step = 0; step < this.#size.steps; step++) {
      const at = this.#draw() * 100;
      happenings.find(([below]) => at < below)?.[1]();
    }
  }

  /** Heals the network and lets every node pull in rounds; answers after how many rounds all have what they should. */
  heal(most: number): number | undefined {
    this.#cut.clear();
    for (let round = 0; round < most; round++) {
      if (this.isConverged()) return round;
      for (const [to, node] of this.nodes.entries()) {
        const from = this.#one([...node.incoming.keys()]);
        this.#pull(from, to, false);
      }
    }
    return this.isConverged() ? most : undefined;
  }

  #change(at: number): void {
    const { things } = this.#node(at);
    const chance = this.#draw();
    const known = [...things.values()];
    const others = this.nodes.map((_, node) => node).filter((node) => node !== at);
    if (known.length < 4 || chance < 0.2) {
      const thing = { collection: this.#one(collections), id: `${at}-${this.#count++}` };
      const audience = new Set(others.filter(() => this.#draw() < 0.5));
      const wholes = known.filter(
        ({ collection }) => collections.indexOf(collection) < collections.indexOf(thing.collection),
      );
      const whole = wholes.length > 0 && this.#draw() < 0.6 ? keyOf(this.#one(wholes)) : null;
      things.set(keyOf(thing), { ...thing, content: this.#contentOf(thing.id, 1, whole), audience });
      return;
    }
    const thing = this.#one(known);
    if (chance < 0.3) this.#remove(things, keyOf(thing));
    else if (chance < 0.6) thing.audience = new Set(others.filter(() => this.#draw() < 0.5));
    else thing.content = this.#contentOf(thing.id, thing.content.version + 1, thing.content.whole);
  }

  /** Removes a thing with its parts. */
  #remove(things: Node['things'], key: string): void {
    things.delete(key);
    for (const [part, { content }] of things) if (content.whole === key) this.#remove(things, part);
  }

  #contentOf = (id: string, version: number, whole: string | null): Content => ({
    ...{ text: `${id} ${Math.floor(this.#draw() * 1e9)}`, version, whole },
  });

  #pullSomewhere(): void {
    const to = this.#below(this.#size.nodes);
    this.#pull(this.#one([...this.#node(to).incoming.keys()]), to, true);
  }

  #pull(from: number, to: number, faulty: boolean): void {
    if (this.#cut.has(`${from} ${to}`)) return;
    const incoming = this.#node(to).incoming.get(from) as Incoming;
    const answer = answerTo(this.#node(from), to, incoming, { pageSize: this.#size.pageSize, bug: this.#bug });
    this.told.pulls++;
    this.#lookForLeaks(from, to, answer);
    // What was authorised when it was sent may come late; the check is of the moment of sending.
    if (faulty && this.#draw() < 0.08) this.#late.push({ from, to, answer });
    if (faulty && this.#draw() < 0.06) return;
    this.#take(from, to, answer, faulty);
  }

  #lookForLeaks(from: number, to: number, answer: Answer): void {
    const sent =
      'page' in answer ? answer.page.entries.filter((entry) => entry.content !== undefined) : answer.baseline.things;
    for (const { collection, id } of sent) {
      const thing = this.#node(from).things.get(keyOf({ collection, id }));
      if (thing === undefined || !mayHave(this.#node(from), thing, to)) this.leaks.push(`${id} to ${to}`);
    }
  }

  /** Takes what came, in one transaction; a process that dies before its end has taken nothing. */
  #take(from: number, to: number, answer: Answer, faulty: boolean): void {
    const incoming = this.#node(to).incoming.get(from) as Incoming;
    const copy: Incoming = { ...incoming, held: new Map(incoming.held) };
    const dies = faulty && this.#draw() < 0.05;
    try {
      this.#takeInto(copy, answer);
    } catch (error) {
      if (!(error instanceof Dangling || error instanceof ProtocolFault)) throw error;
      this.#refuse(from, to, error);
      return;
    }
    if (dies) this.told.crashes++;
    if (!dies) this.#node(to).incoming.set(from, copy);
    else if (this.#bug === 'the cursor is stored before the page is') incoming.cursor = copy.cursor;
  }

  /** What does not fit is not taken, and begun anew by the next request where the same would come again. */
  #refuse(from: number, to: number, error: Dangling | ProtocolFault): void {
    // A baseline is read over some time: what comes late in it may refer to what the feed takes back, and gives again.
    if (error instanceof Dangling) this.told.dangling++;
    else this.told.refused++;
    if (error instanceof Dangling || error.code === 'wrong_baseline') this.#beginAnew(to, from);
  }

  #beginAnew(to: number, from: number): void {
    const { incoming } = this.#node(to);
    incoming.set(from, { ...(incoming.get(from) as Incoming), baseline: null, cursor: null });
  }

  #takeInto(incoming: Incoming, answer: Answer): void {
    if ('page' in answer) takePage(incoming, answer.page, this.#bug);
    else if (takeBaseline(incoming, answer.baseline, { mark: ++this.#count, bug: this.#bug })) this.told.baselines++;
  }

  #deliverLate(): void {
    if (this.#late.length === 0) return;
    const [late] = this.#late.splice(this.#below(this.#late.length), 1);
    if (late !== undefined) this.#take(late.from, late.to, late.answer, true);
  }

  #toggleCut(): void {
    const [from, to] = [this.#below(this.#size.nodes), this.#below(this.#size.nodes)];
    this.told.cuts++;
    for (const way of [`${from} ${to}`, `${to} ${from}`])
      if (this.#cut.has(way)) this.#cut.delete(way);
      else this.#cut.add(way);
  }

  #clearAway(): void {
    const outgoing = this.#one([...this.#node(this.#below(this.#size.nodes)).outgoing.values()]);
    const gone = outgoing.entries.splice(0, this.#below(outgoing.entries.length + 1));
    outgoing.floor = gone.at(-1) ?? outgoing.floor;
  }

  #backup = (at: number) => this.#backups.set(at, structuredClone(this.#node(at)));

  #restore(): void {
    const at = this.#one([...this.#backups.keys(), -1]);
    const backup = this.#backups.get(at);
    if (backup === undefined) return;
    this.told.restores++;
    const restored = structuredClone(backup);
    if (this.#bug !== 'a restored node goes on as if nothing had been') restored.epoch = ++this.#count + 1000;
    this.nodes[at] = restored;
  }

  /** Whether every node has of every other what it may have, and nothing else; by content and by digest. */
  isConverged(): boolean {
    return this.nodes.every((node, to) =>
      [...node.incoming].every(([from, { held }]) => {
        const home = this.#node(from);
        const due = [...home.things.values()].filter((thing) => mayHave(home, thing, to));
        const wanted = due.map(({ id, content }) => ({ id, contentHash: contentHashOf(content) }));
        const waiting = [...held.values()].some(({ waits }) => waits === true);
        return !waiting && collectionDigest([...held.values()]) === collectionDigest(wanted);
      }),
    );
  }
}

/** What the protocol between nodes says, by the name under which a check refers to it. */
export const clauses = {
  vectors: 'contents, entries and collections have the hashes of the test vectors',
  description: 'a node describes itself under its address, and names nothing of another origin',
  keys: 'a node publishes the public keys by which it signs, and no other half of them',
  offer: 'an offer is a JWS of who offers, to who is asked, bounded in time; the same again changes nothing',
  decision: 'a party says of a peering what is its to say, and nobody else anything',
  request: 'a feed is given to a live peer alone: for a request of its own, fresh, used once',
  baseline: 'whoever begins anew is given everything, in parts and in order',
  chain: 'entries are dense and tied to each other by hashes, and contents are those of their hashes',
  digest: 'the digest of a collection is that of what the peer should have',
  answer: 'an answer is believed where its publisher signed it for this request, and not else',
  foreign: 'of a peer is taken what is at home there, as it is agreed on and in the form of the protocol',
  limits: 'whoever reads bounds the size, the time and the form of an answer, and follows no redirect',
  errors: 'a failure is told by a code of the node itself, never by a text of its peer',
  convergence: 'whatever a peer did, both have the same again once it behaves',
  ending: 'a peering ends at once: nothing is given after it, and what came by it goes',
} as const;

/** The name of a clause. */
export type Clause = keyof typeof clauses;

/** What came of one check. */
export type Result = {
  readonly clause: Clause;
  readonly title: string;
  readonly outcome: 'ok' | 'not ok' | 'skipped';
  /** What was found, or why it was not looked at. */
  readonly details: readonly string[];
};

/** A check cannot be done; its message says what the operator must do for it. */
export class Skipped extends Error {}

/** What is wrong, as a check found it. */
export class Failed extends Error {}

/** Collects what came of checks and writes a line of each. */
export class Report {
  readonly results: Result[] = [];
  readonly #write: (line: string) => void;

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  /** Does a check: `work` answers what is wrong. Answers whether it passed. */
  async check(clause: Clause, title: string, work: () => Promise<readonly string[]> | readonly string[]) {
    let result: Result;
    try {
      const details = await work();
      result = { clause, title, outcome: details.length === 0 ? 'ok' : 'not ok', details };
    } catch (error) {
      const outcome = error instanceof Skipped ? 'skipped' : 'not ok';
      result = { clause, title, outcome, details: [error instanceof Error ? error.message : String(error)] };
    }
    this.results.push(result);
    const told = result.details.length === 0 ? '' : `: ${result.details.join('; ')}`;
    this.#write(`${result.outcome} ${this.results.length} - [${clause}] ${title}${told}`);
    return result.outcome === 'ok';
  }

  /** How many checks had each outcome. */
  counts(): { readonly passed: number; readonly failed: number; readonly skipped: number } {
    const count = (outcome: Result['outcome']) => this.results.filter((one) => one.outcome === outcome).length;
    return { passed: count('ok'), failed: count('not ok'), skipped: count('skipped') };
  }

  /** The last line. */
  summary(): string {
    const { passed, failed, skipped } = this.counts();
    return `${passed} passed, ${failed} failed, ${skipped} skipped`;
  }
}

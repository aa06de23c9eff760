import { type Answered, ask } from './asking.ts';
import { Failed } from './report.ts';

/** A peering as an administrator sees it, as far as the kit looks at it. */
export type Peer = {
  readonly id: string;
  readonly baseUrl: string;
  readonly offeredBy: 'us' | 'them';
  readonly state: string;
  readonly live: boolean;
  readonly health: {
    readonly lastSuccessAt: string | null;
    readonly failureCount: number;
    readonly lastError: string | null;
    readonly digestEqual: boolean | null;
    readonly [member: string]: unknown;
  };
};

type Page<T> = { readonly items: readonly T[]; readonly nextCursor: string | null };

/** An administrator of the node under test: what it sees of peerings and the register, and how it answers offers. */
export class Administrator {
  readonly #url: string;
  readonly #token: string;

  constructor(baseUrl: string, token: string) {
    this.#url = `${baseUrl}/v1`;
    this.#token = token;
  }

  #ask(path: string, method = 'GET', body?: object): Promise<Answered> {
    const headers = { authorization: `Bearer ${this.#token}`, accept: 'application/json' };
    if (body === undefined) return ask(`${this.#url}${path}`, { method, headers });
    const typed = { ...headers, 'content-type': 'application/json' };
    return ask(`${this.#url}${path}`, { method, headers: typed, body: JSON.stringify(body) });
  }

  async #read<T>(path: string): Promise<T> {
    const { status, text } = await this.#ask(path);
    if (status !== 200) throw new Failed(`GET /v1${path.replace(/\?.*/, '')} was answered with ${status}`);
    return JSON.parse(text) as T;
  }

  /** A peering of the node. Throws Failed. */
  peer(id: string): Promise<Peer> {
    return this.#read<Peer>(`/peers/${id}`);
  }

  async decide(id: string, decision: 'accepted' | 'declined'): Promise<void> {
    const { status } = await this.#ask(`/peers/${id}/decision`, 'PUT', { decision });
    if (status !== 200) throw new Failed(`PUT /v1/peers/{peerId}/decision was answered with ${status}`);
  }

  /** Clears away what a former run left open with the node at an address. */
  async clearAway(baseUrl: string): Promise<void> {
    for (const state of ['offered', 'accepted']) {
      const { items } = await this.#read<Page<Peer>>(`/peers?state=${state}&limit=100`);
      for (const { id } of items.filter((peer) => peer.baseUrl === baseUrl && peer.offeredBy === 'them'))
        if (state === 'offered') await this.decide(id, 'declined');
        else await this.#ask(`/peers/${id}/ending`, 'PUT', {});
    }
  }

  /** What the node took over from nobody, of what a peer gave: `[identifier, fault]`. */
  async quarantined(id: string): Promise<Map<string, string>> {
    const { items } = await this.#read<Page<{ id: string; fault: string }>>(
      `/peers/${id}/quarantined-things?limit=100`,
    );
    return new Map(items.map((one) => [one.id, one.fault]));
  }

  /** The name and home of an organisation in the register; undefined where there is none. */
  async organisation(id: string): Promise<{ readonly name: string; readonly home: string | null } | undefined> {
    const { status, text } = await this.#ask(`/organisations/${id}`);
    if (status === 404) return undefined;
    if (status !== 200) throw new Failed(`GET /v1/organisations/{organisationId} was answered with ${status}`);
    return JSON.parse(text) as { name: string; home: string | null };
  }

  /** The organisations of the register in whose name a text occurs. */
  async named(
    text: string,
  ): Promise<readonly { readonly id: string; readonly name: string; readonly home: string | null }[]> {
    const path = `/organisations?name=${encodeURIComponent(text)}&limit=100`;
    return (await this.#read<Page<{ id: string; name: string; home: string | null }>>(path)).items;
  }
}

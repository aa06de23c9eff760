import type { JsonWebKey } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { type FeedRequest, messageTypes, RequestClaims } from '../../features/replication/messages.ts';
import { type KitKey, newKey, verified } from './signing.ts';

/** A request for the feed of the kit, and the answer that is to be written. */
export type FeedAsk = { readonly claims: FeedRequest; readonly response: ServerResponse };

/** How the kit answers a request for its feed. */
export type Behaviour = (ask: FeedAsk) => Promise<void> | void;

/** Writes a message as a node does. */
export function reply(response: ServerResponse, jws: string, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(200, { 'content-type': 'application/jwt', 'cache-control': 'no-store', ...headers }).end(jws);
}

const json = (response: ServerResponse, body: unknown) =>
  void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));

type Page = (response: ServerResponse) => void;

/** The kit as a node: it describes itself, takes what nodes send each other, and gives a feed as it is told to. */
export class KitNode {
  readonly baseUrl: string;
  readonly key: KitKey = newKey();
  /** How the next requests for its feed are answered. */
  behaviour: Behaviour = ({ response }) => void response.writeHead(503).end();
  /** Requests for its feed that came, and when the last answer was over. */
  readonly asks: FeedRequest[] = [];
  answered = 0;
  /** Decisions that came, by peering. */
  readonly decisions: { readonly peeringId: string; readonly jws: string }[] = [];
  /** What was wrong with requests for its feed. */
  readonly requestFaults: string[] = [];
  /** Paths that were asked for. */
  readonly paths: string[] = [];
  /** The keys of the node under test, once they are known. */
  nodeKeys: readonly JsonWebKey[] = [];
  readonly #pages = new Map<string, Page>();
  readonly #server: Server;
  readonly #used = new Set<string>();
  readonly #canary: string;

  constructor(baseUrl: string, canary: string) {
    this.baseUrl = baseUrl;
    this.#canary = canary;
    this.identity('', this.key);
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
  }

  /** Publishes a node at a path below the address; `change` changes its description, `keys` its key set. */
  identity(path: string, key: KitKey, change: object = {}, keys: readonly object[] = [key.jwk]): string {
    const baseUrl = `${this.baseUrl}${path}`;
    const description = {
      ...{ name: 'Conformance kit', oin: null, baseUrl, protocolVersions: [1] },
      ...{ jwksUri: `${baseUrl}/.well-known/jwks.json`, policyUri: `${baseUrl}/federation/policy` },
      ...{ peeringsUri: `${this.baseUrl}/federation/peerings`, feedUri: `${this.baseUrl}/federation/feed` },
      ...change,
    };
    this.page(`${path}/.well-known/learning-network`, (response) => json(response, description));
    this.page(`${path}/.well-known/jwks.json`, (response) => json(response, { keys }));
    return baseUrl;
  }

  /** Answers a path as it is told to. */
  page(path: string, page: Page): void {
    this.#pages.set(`${new URL(this.baseUrl).pathname.replace(/\/$/, '')}${path}`, page);
  }

  async listen(): Promise<void> {
    const { hostname, port, protocol } = new URL(this.baseUrl);
    this.#server.listen(Number(port || (protocol === 'https:' ? 443 : 80)), hostname.replace(/^\[|\]$/g, ''));
    await once(this.#server, 'listening');
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    this.paths.push(path);
    const body = await text(request);
    const page = this.#pages.get(path);
    const [, peeringId] = /\/federation\/peerings\/([^/]+)\/decisions$/.exec(path) ?? [];
    if (page !== undefined) page(response);
    else if (peeringId !== undefined) {
      this.decisions.push({ peeringId, jws: body });
      response.writeHead(202).end();
    } else if (path.endsWith('/federation/feed')) await this.#feed(body, response);
    else response.writeHead(request.method === 'POST' ? 202 : 404).end();
  }

  async #feed(jws: string, response: ServerResponse): Promise<void> {
    const claims = this.#read(jws);
    if (claims === undefined) return void response.writeHead(401).end(this.#canary);
    this.asks.push(claims);
    response.once('close', () => {
      this.answered += 1;
    });
    await this.behaviour({ claims, response });
  }

  /** What a node asks, looked at as the protocol bids a publisher to. */
  #read(jws: string): FeedRequest | undefined {
    try {
      const read = RequestClaims.safeParse(verified(jws, this.nodeKeys, messageTypes.request));
      if (!read.success) throw new Error('its claims do not fit');
      const { aud, jti, iat, exp } = read.data;
      if (aud !== this.baseUrl) throw new Error('it is for another node');
      if (this.#used.has(jti)) throw new Error('it was used before');
      if (exp - iat > 60 || Math.abs(Date.now() / 1000 - iat) > 120) throw new Error('it is not fresh');
      this.#used.add(jti);
      return read.data;
    } catch (error) {
      this.requestFaults.push(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }
}

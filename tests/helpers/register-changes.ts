import { randomUUID } from 'node:crypto';
import type { Expected } from './convergence.ts';
import { ownConnection } from './http.ts';
import type { ProvenNode } from './three-nodes.ts';

const writers = 4;

/** A node that is being changed by several writers at once, and what it acknowledged. */
export type Changes = {
  /** How many changes were acknowledged. */
  count(): number;
  readonly done: Promise<void>;
};

/** Official numbers that no two nodes give. */
let lastNumber = 10_000_000;

/**
 * Changes the register of a node, and its alliance: of each six changes three register an organisation, two rename one of
 * those, and one begins an initiative. A change that got no answer, since the node was killed, is asked for again until it
 * has one.
 */
export function changeRegister(node: ProvenNode, count: number, expected: Map<string, Expected>): Changes {
  let acknowledged = 0;
  let begun = 0;
  const write = async () => {
    const own: string[] = [];
    const agent = ownConnection();
    while (begun < count) {
      const number = begun++;
      const name = `${node.name} ${number}`;
      const id = await changeOnce(node, { number, name, own, agent });
      expected.set(id, { name, home: node.front.baseUrl });
      acknowledged += 1;
    }
    agent.destroy();
  };
  const done = Promise.all(Array.from({ length: writers }, write)).then(() => undefined);
  return { count: () => acknowledged, done };
}

type Connection = ReturnType<typeof ownConnection>;
type Change = { readonly number: number; readonly name: string; readonly own: string[]; readonly agent: Connection };

/** One change; answers what was changed. `own` are the organisations that the writer registered. */
async function changeOnce(node: ProvenNode, { number, name, own, agent }: Change): Promise<string> {
  const renamed = number % 3 === 2 ? own[number % Math.max(1, own.length)] : undefined;
  if (renamed !== undefined) return rename(node, renamed, name, agent);
  if (number % 6 === 1) return begin(node, name, agent);
  const id = await register(node, name, agent);
  own.push(id);
  return id;
}

async function register({ ask }: ProvenNode, name: string, agent: Connection): Promise<string> {
  lastNumber += 1;
  const identifiers = [{ scheme: 'kvk', value: String(lastNumber) }];
  const answer = await ask({
    ...{ method: 'POST', path: '/v1/organisations', agent, headers: { 'idempotency-key': randomUUID() } },
    body: { kind: 'other', name, identifiers },
  });
  if (answer.status !== 201) throw new Error(`${name} was answered with ${answer.status}: ${answer.text}`);
  return answer.json<{ id: string }>().id;
}

async function begin({ ask, allianceId }: ProvenNode, title: string, agent: Connection): Promise<string> {
  const answer = await ask({
    ...{ method: 'POST', path: '/v1/initiatives', agent, headers: { 'idempotency-key': randomUUID() } },
    body: { allianceId, title },
  });
  if (answer.status !== 201) throw new Error(`${title} was answered with ${answer.status}: ${answer.text}`);
  return answer.json<{ id: string }>().id;
}

async function rename({ ask }: ProvenNode, id: string, name: string, agent: Connection): Promise<string> {
  const path = `/v1/organisations/${id}`;
  for (;;) {
    const shown = await ask({ path, agent });
    if (shown.json<{ name: string }>().name === name) return id;
    const answer = await ask({
      ...{ method: 'PATCH', path, agent, body: { name } },
      headers: { 'content-type': 'application/merge-patch+json', 'if-match': shown.headers.etag ?? '' },
    });
    if (answer.status === 200) return id;
    // It was asked for before the node was killed, and had its effect.
    if (answer.status !== 412) throw new Error(`${name} was answered with ${answer.status}: ${answer.text}`);
  }
}

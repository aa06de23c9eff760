import { randomUUID } from 'node:crypto';
import type { Expected } from './convergence.ts';
import { ownConnection } from './http.ts';
import type { ProvenNode } from './three-nodes.ts';

const writers = 4;

/** A register that is being changed by several writers at once, and what its node acknowledged. */
export type Changes = {
  /** How many changes were acknowledged. */
  count(): number;
  readonly done: Promise<void>;
};

/** Official numbers that no two nodes give. */
let lastNumber = 10_000_000;

/**
 * Changes the register of a node: of each three changes two register an organisation and one renames one of those. A
 * change that got no answer, since the node was killed, is asked for again until it has one.
 */
export function changeRegister(node: ProvenNode, count: number, expected: Map<string, Expected>): Changes {
  let acknowledged = 0;
  let begun = 0;
  const write = async () => {
    const own: string[] = [];
    const agent = ownConnection();
    while (begun < count) {
      const number = begun++;
      const renamed = number % 3 === 2 ? own[number % Math.max(1, own.length)] : undefined;
      const name = `${node.name} ${number}`;
      const id = renamed === undefined ? await register(node, name, agent) : await rename(node, renamed, name, agent);
      if (renamed === undefined) own.push(id);
      expected.set(id, { name, home: node.front.baseUrl });
      acknowledged += 1;
    }
    agent.destroy();
  };
  const done = Promise.all(Array.from({ length: writers }, write)).then(() => undefined);
  return { count: () => acknowledged, done };
}

type Connection = ReturnType<typeof ownConnection>;

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

import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { ownConnection, send } from './http.ts';

/** A write that a node acknowledged. */
export type Acknowledged = { readonly id: string; readonly key: string; readonly name: string };
/** A request that was sent and never answered: it may have had its effect or not. */
export type Pending = { readonly key: string; readonly name: string };

/** What came of a writer that went on until its node was gone. */
export type Written = {
  readonly acknowledged: readonly Acknowledged[];
  /** The request that was under way at the end; undefined when the connection was refused before it was sent. */
  readonly pending: Pending | undefined;
  /** Why the last request has no answer. */
  readonly fault: string;
};

/** Where writers write; every acknowledgement is a line of `journal`, before the next request. */
export type Target = {
  readonly baseUrl: string;
  readonly token: string;
  readonly journal?: string;
  readonly onAcknowledged?: () => void;
};

const isRefused = (error: unknown) => (error as NodeJS.ErrnoException).code === 'ECONNREFUSED';

/** Registers an organisation under an idempotency key. */
export const register = (
  { baseUrl, token }: Pick<Target, 'baseUrl' | 'token'>,
  { key, name }: Pending,
  agent = ownConnection(),
) =>
  send(baseUrl, {
    method: 'POST',
    path: '/v1/organisations',
    token,
    agent,
    headers: { 'idempotency-key': key },
    body: { kind: 'other', name, identifiers: [] },
  });

/** Registers one organisation after another on a connection of its own, until the node is gone. */
export async function writeUntilGone(target: Target, writer: string): Promise<Written> {
  const agent = ownConnection();
  const acknowledged: Acknowledged[] = [];
  for (let number = 0; ; number++) {
    const asked = { key: randomUUID(), name: `Writer ${writer} number ${number}` };
    try {
      const answer = await register(target, asked, agent);
      if (answer.status !== 201) return { acknowledged, pending: asked, fault: `${answer.status} ${answer.text}` };
      const one = { ...asked, id: answer.json<{ id: string }>().id };
      if (target.journal !== undefined) appendFileSync(target.journal, `${JSON.stringify(one)}\n`);
      acknowledged.push(one);
      target.onAcknowledged?.();
    } catch (error) {
      agent.destroy();
      return { acknowledged, pending: isRefused(error) ? undefined : asked, fault: String(error) };
    }
  }
}

/** Asks for something small again and again on a connection of its own, until the node is gone; the fault of a request that has no answer. */
export async function readUntilGone(baseUrl: string): Promise<string | undefined> {
  const agent = ownConnection();
  for (;;) {
    try {
      const { status } = await send(baseUrl, { path: '/health/live', agent });
      if (status !== 200) return String(status);
    } catch (error) {
      agent.destroy();
      return isRefused(error) ? undefined : String(error);
    }
  }
}

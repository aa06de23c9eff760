import { setTimeout as pause } from 'node:timers/promises';

/** What a node answered. */
export type Answered = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly ms: number;
};

/** What a node is asked. */
export type Asked = {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
};

const timeoutMs = 30_000;
const maxWaitSeconds = 70;

/** Asks a node, and once more after the pause that it asks for. A redirect is an answer of its own. */
export async function ask(url: string, { method = 'GET', headers = {}, body }: Asked = {}): Promise<Answered> {
  for (let tries = 0; ; tries++) {
    const began = performance.now();
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await fetch(url, {
      method,
      headers,
      redirect: 'manual',
      signal,
      ...(body !== undefined && { body }),
    });
    const text = await response.text();
    if (response.status !== 429 || tries > 1)
      return { status: response.status, headers: response.headers, text, ms: performance.now() - began };
    const seconds = Number(response.headers.get('retry-after') ?? 5);
    await pause(Math.min(seconds, maxWaitSeconds) * 1000);
  }
}

/** Sends a message between nodes. */
export const sendMessage = (url: string, jws: string, type = 'application/jwt'): Promise<Answered> =>
  ask(url, { method: 'POST', body: jws, headers: { 'content-type': type } });

/** What is wrong with how a message was refused: it must be the sender's fault, told without anything of what it sent. */
export function refusalFaults(
  { status, headers, text }: Answered,
  sent: readonly string[],
  expected?: number,
): string[] {
  const faults: string[] = [];
  if (status < 400 || status > 499) faults.push(`it was answered with ${status}`);
  else if (expected !== undefined && status !== expected)
    faults.push(`it was answered with ${status}, not ${expected}`);
  if (sent.some((word) => word !== '' && text.includes(word))) faults.push('the answer repeats what was sent');
  if (headers.get('content-type')?.startsWith('application/jwt')) faults.push('the answer holds a message');
  return faults;
}

/** Looks again until something is there or the time is over; then undefined. */
export async function until<T>(
  look: () => Promise<T | undefined> | T | undefined,
  { ms, everyMs }: { readonly ms: number; readonly everyMs: number },
): Promise<T | undefined> {
  const end = performance.now() + ms;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() >= end) return undefined;
    await pause(everyMs);
  }
}

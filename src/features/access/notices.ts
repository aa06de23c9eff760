import type { FastifyBaseLogger } from 'fastify';
import type { Sql } from 'postgres';
import { errorLine } from '../../platform/logging.ts';

/** What another process, or this one, tells: look at a client's tokens, at the signing keys, or at everything anew. */
export type Notice = { readonly about: 'client'; readonly id: string } | { readonly about: 'keys' | 'everything' };

const channel = 'access';

/**
 * Listens for notices until closed. The subscription is tested by a beat; one that was lost is made anew, and then
 * everything counts as changed, since notices may have been missed.
 */
export async function listenForNotices(
  sql: Sql,
  log: Pick<FastifyBaseLogger, 'warn'>,
  heed: (notice: Notice) => void,
  beatMs = 20_000,
): Promise<{ close(): Promise<void> }> {
  let heard = true;
  const hear = (text: string) => {
    heard = true;
    const notice = readNotice(text);
    if (notice !== undefined) heed(notice);
  };
  const listen = () => sql.listen(channel, hear, () => heed({ about: 'everything' }));
  let listening = await listen();
  const beat = async () => {
    if (!heard) {
      heed({ about: 'everything' });
      await listening.unlisten().catch(() => undefined);
      listening = await listen();
    }
    heard = false;
    await sql.notify(channel, 'beat');
  };
  // One at a time: of two that overlap, the subscription of one would be forgotten and never end.
  let beating: Promise<void> | undefined;
  const timer = setInterval(() => {
    beating ??= beat()
      .catch((error: unknown) => log.warn({ err: errorLine(error) }, 'notices of changed access are not heard now'))
      .finally(() => {
        beating = undefined;
      });
  }, beatMs);
  timer.unref();
  return {
    close: async () => {
      clearInterval(timer);
      await beating;
      await listening.unlisten().catch(() => undefined);
    },
  };
}

function readNotice(text: string): Notice | undefined {
  if (text === 'keys') return { about: 'keys' };
  const [about, id] = text.split(' ');
  return about === 'client' && id !== undefined ? { about, id } : undefined;
}

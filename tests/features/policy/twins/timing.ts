import type { Request } from '../../../helpers/document.ts';
import { ask, type Beginning, nothing, openWorld, requestOf } from './world.ts';

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

/** The medians, in milliseconds, of asking as an outsider for a closed space and for nothing, by turns. */
export async function timingGap(
  scope: { teardown(work: () => unknown): void },
  beginning: Beginning,
  times: number,
): Promise<{ existing: number; missing: number; gap: number }> {
  const world = await openWorld(scope, beginning);
  const space = beginning.closed.get('allianceId')?.[0]?.allianceId ?? '';
  const of = (allianceId: string) => requestOf(beginning, 'getAlliance', { params: { allianceId } });
  const requests: readonly [Request, Request] = [of(space), of(nothing)];
  const taken: [number[], number[]] = [[], []];
  for (let turn = 0; turn < times * 2; turn++) {
    // Pairs in either order, so that neither always comes after the other.
    const which = turn % 4 === 0 || turn % 4 === 3 ? 0 : 1;
    const since = performance.now();
    const { status } = await ask(world, requests[which], beginning.tokens.other);
    taken[which].push(performance.now() - since);
    if (status !== 404) throw new Error(`an outsider was answered ${status}`);
  }
  const [existing, missing] = [median(taken[0]), median(taken[1])];
  return { existing, missing, gap: Math.abs(existing - missing) / missing };
}

import { newSeries, newSession } from '../../../src/features/sessions/examples.ts';
import type { Made, Maker } from './matrix-maker.ts';

/** Sessions in the space: one that was held, one of which nobody said anything yet, and one that is to come. */
export async function meet({ post, put }: Maker, id: (name: string) => string, made: Made): Promise<void> {
  const space = { allianceId: id('space') };
  const past = `${new Date(Date.now() - 3 * 86_400_000).toISOString().slice(0, 10)}T10:00`;
  const plan = (name: string, fields: object) =>
    made(name, post('convener', '/sessions', { ...newSession, ...space, ...fields }));
  await made('series', post('convener', '/session-series', { ...newSeries, ...space }));
  await plan('comingSession', {});
  await plan('pastSession', { startsAt: past });
  await plan('publicSession', { allianceId: id('publicAlliance') });
  const session = await plan('session', { startsAt: past });
  await put('member', `/sessions/${session}/state`, { state: 'held' });
  await put('partner', `/sessions/${session}/attendance`, { headCount: 3 });
  const lesson = { kind: 'lesson', lesson: 'Bel eerst.' };
  await made('outcome', post('member', `/sessions/${session}/outcomes`, lesson));
  await made('feed', post('member', `/alliances/${space.allianceId}/calendar-feeds`, { name: 'Onze mensen' }));
}

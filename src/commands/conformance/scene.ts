import type { FeedAnswer } from '../../features/replication/messages.ts';
import type { SentEntry } from '../../features/replication/protocol.ts';
import { type Behaviour, type FeedAsk, reply } from './kit-node.ts';
import type { Organisation } from './publisher.ts';
import type { Clause } from './report.ts';
import { compact, type KitKey } from './signing.ts';
import { type Agreed, seconds, type World } from './world.ts';

/** What a misbehaviour is given: two organisations of the kit that the node has, and words that name nothing else. */
export type Scene = {
  readonly world: World;
  readonly agreed: Agreed;
  readonly one: Organisation;
  readonly other: Organisation;
  /** An organisation of the node under test, as it gave it. */
  readonly theirs: Organisation | undefined;
  readonly word: (what: string) => string;
  /** Is told where a bound was gone over, or a redirect followed. */
  readonly overrun: (fault: string) => void;
};

/**
 * A way to misbehave. `begin` changes the feed of the kit and answers how it is then answered; it is undefined where that
 * cannot be tried. With `foreign` the answers are sound, and hold a thing that is not to be taken over; else none of it is.
 */
export type Misbehaviour = {
  readonly name: string;
  readonly clause: Clause;
  readonly foreign?: (scene: Scene) => { readonly id: string; readonly of?: string } | undefined;
  readonly begin?: (scene: Scene) => Behaviour;
  /** Others are asked while the node deals with it. */
  readonly isLong?: boolean;
};

/** The type of an answer. */
export const answerType = 'feed+jwt';

/** The claims of an answer of the kit. */
export const answerOf = (
  { world: { kit, node, publisher }, agreed }: Pick<Scene, 'world' | 'agreed'>,
  { claims }: FeedAsk,
  change: object = {},
) => ({
  ...{ iss: kit.baseUrl, aud: node.baseUrl, jti: claims.jti, iat: seconds(), peering: agreed.id },
  ...publisher.answer(claims),
  ...change,
});

/** Answers as an honest publisher. */
export const honest =
  (scene: Pick<Scene, 'world' | 'agreed'>): Behaviour =>
  (ask) =>
    reply(ask.response, compact(answerOf(scene, ask), answerType, scene.world.kit.key));

/** A page of entries, as an answer holds it. */
export type Page = NonNullable<FeedAnswer['page']>;

/** Changes both organisations, and answers with a page in which something is another. */
export const altered =
  (alter: (entries: SentEntry[], page: Page, scene: Scene) => Partial<Page>) =>
  (scene: Scene): Behaviour => {
    const { world, one, other, word } = scene;
    const from = world.publisher.head.seq;
    world.publisher.give({ ...one, name: word('one') });
    world.publisher.give({ ...other, name: word('other') });
    return (ask) => {
      const { page, digests } = world.publisher.page(world.publisher.entriesAfter(from));
      const changed = { ...page, ...alter(page.entries as SentEntry[], page, scene) };
      const claims = answerOf(scene, ask, { page: changed, baseline: undefined, digests });
      reply(ask.response, compact(claims, answerType, world.kit.key));
    };
  };

/** The same with other claims, another signature or another text around a sound page. */
export const signedOtherwise =
  (
    write: (claims: object, scene: Scene, ask: FeedAsk) => string | Promise<string>,
    headers: Readonly<Record<string, string>> = {},
  ) =>
  (scene: Scene): Behaviour => {
    scene.world.publisher.give({ ...scene.one, name: scene.word('one') });
    return async (ask) => reply(ask.response, await write(answerOf(scene, ask), scene, ask), headers);
  };

export const signed = (claims: object | string, { world }: Scene, key?: KitKey) =>
  compact(claims, answerType, key ?? world.kit.key);
export const withName = (entry: SentEntry | undefined, name: string): SentEntry => ({
  ...(entry as SentEntry),
  content: { ...entry?.content, name },
});

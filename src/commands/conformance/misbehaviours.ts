import { randomUUID } from 'node:crypto';
import { contentHashOf, link, type SentEntry } from '../../features/replication/protocol.ts';
import { foreignThings, forms } from './contents.ts';
import { organisation } from './publisher.ts';
import { altered, answerType, type Misbehaviour, type Page, signed, signedOtherwise, withName } from './scene.ts';
import { compact, newKey, spoilt, unsigned } from './signing.ts';
import { transports } from './transports.ts';

const chain: Misbehaviour[] = [
  {
    name: 'drops an entry',
    clause: 'chain',
    begin: altered((entries) => ({ entries: entries.slice(1) as Page['entries'] })),
  },
  {
    name: 'drops all but the head',
    clause: 'chain',
    begin: altered((entries, page) => ({
      entries: [] as Page['entries'],
      head: { seq: page.head.seq - entries.length, hash: contentHashOf({}) },
    })),
  },
  {
    name: 'reorders entries',
    clause: 'chain',
    begin: altered((entries) => ({ entries: entries.toReversed() as Page['entries'] })),
  },
  {
    name: 'repeats an entry',
    clause: 'chain',
    begin: altered((entries) => ({ entries: entries.flatMap((entry) => [entry, entry]) as Page['entries'] })),
  },
  {
    name: 'repeats what was taken before',
    clause: 'chain',
    begin: altered((entries, _, { world }) => ({
      entries: [...world.publisher.entriesAfter((entries[0]?.seq ?? 2) - 2).slice(0, 1), ...entries] as Page['entries'],
    })),
  },
  {
    name: 'alters a content',
    clause: 'chain',
    begin: altered((entries, _, { word }) => ({
      entries: entries.with(0, withName(entries[0], word('bad'))) as Page['entries'],
    })),
  },
  {
    name: 'alters a content with its hash',
    clause: 'chain',
    begin: altered((entries, _, { word }) => {
      const bad = withName(entries[0], word('bad'));
      return { entries: entries.with(0, { ...bad, contentHash: contentHashOf(bad.content ?? {}) }) as Page['entries'] };
    }),
  },
  {
    name: 'alters a content with all hashes of its entry, and not of the next',
    clause: 'chain',
    begin: altered((entries, _, { word }) => {
      const [first, ...rest] = entries;
      const bad = withName(first, word('bad'));
      const entry = link(
        { seq: bad.seq - 1, hash: bad.previous },
        { ...bad, contentHash: contentHashOf(bad.content ?? {}) },
      );
      return { entries: [{ ...entry, content: bad.content }, ...rest] as Page['entries'] };
    }),
  },
  {
    name: 'alters the thing of an entry',
    clause: 'chain',
    begin: altered((entries) => ({
      entries: entries.with(0, { ...(entries[0] as SentEntry), id: randomUUID() }) as Page['entries'],
    })),
  },
  {
    name: 'removes by an entry that gives',
    clause: 'chain',
    begin: altered((entries) => ({
      entries: entries.map(({ content: _, ...entry }) => ({ ...entry, contentHash: null })) as Page['entries'],
    })),
  },
  { name: 'names another history', clause: 'chain', begin: altered(() => ({ epoch: randomUUID() })) },
  {
    name: 'names a head before its last entry',
    clause: 'chain',
    begin: altered((entries) => ({
      head: { seq: (entries[0] as SentEntry).seq, hash: (entries[0] as SentEntry).hash },
    })),
  },
  {
    name: 'names another head',
    clause: 'chain',
    begin: altered((_, { head }) => ({ head: { ...head, hash: contentHashOf({}) } })),
  },
];

const answers: Misbehaviour[] = [
  {
    name: 'answers to another request',
    clause: 'answer',
    begin: signedOtherwise((claims, scene) => signed({ ...claims, jti: randomUUID() }, scene)),
  },
  {
    name: 'answers for another node',
    clause: 'answer',
    begin: signedOtherwise((claims, scene) => signed({ ...claims, aud: scene.world.kit.baseUrl }, scene)),
  },
  {
    name: 'answers as another node',
    clause: 'answer',
    begin: signedOtherwise((claims, scene) => signed({ ...claims, iss: scene.world.node.baseUrl }, scene)),
  },
  {
    name: 'answers for another peering',
    clause: 'answer',
    begin: signedOtherwise((claims, scene) => signed({ ...claims, peering: randomUUID() }, scene)),
  },
  {
    name: 'signs by an unknown key',
    clause: 'answer',
    begin: signedOtherwise((claims, scene) => signed(claims, scene, newKey())),
  },
  {
    name: 'signs by another key under the name of its own',
    clause: 'answer',
    begin: signedOtherwise((claims, scene) => signed(claims, scene, { ...newKey(), kid: scene.world.kit.key.kid })),
  },
  { name: 'signs not', clause: 'answer', begin: signedOtherwise((claims) => unsigned(claims, answerType)) },
  {
    name: 'changes its signature',
    clause: 'answer',
    begin: signedOtherwise((claims, scene) => spoilt(signed(claims, scene))),
  },
  {
    name: 'signs as another type',
    clause: 'answer',
    begin: signedOtherwise((claims, { world }) => compact(claims, 'feed-request+jwt', world.kit.key)),
  },
  {
    name: 'gives the middle of a baseline',
    clause: 'baseline',
    begin: signedOtherwise((claims, scene) => {
      const { world, one } = scene;
      const things = [
        {
          collection: 'organisations',
          id: 'ffffffff-ffff-4fff-bfff-ffffffffffff',
          content: organisation(scene.word('bad'), { id: 'ffffffff-ffff-4fff-bfff-ffffffffffff' }),
        },
      ];
      const baseline = {
        epoch: world.publisher.epoch,
        at: world.publisher.head,
        after: { collection: 'organisations', id: one.id },
        things,
        next: false,
      };
      return signed({ ...claims, page: undefined, baseline, digests: null }, scene);
    }),
  },
];

/** What a publisher can do wrong. */
export const misbehaviours: readonly Misbehaviour[] = [...chain, ...answers, ...forms, ...foreignThings, ...transports];

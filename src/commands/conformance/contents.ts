import { randomUUID } from 'node:crypto';
import { contentHashOf, link } from '../../features/replication/protocol.ts';
import { reply } from './kit-node.ts';
import { organisation } from './publisher.ts';
import { altered, answerOf, type Misbehaviour, type Page, signed, signedOtherwise } from './scene.ts';

const text = (claims: object) => JSON.stringify(claims);

/** Answers that are signed well, and not in the form of the protocol. */
export const forms: readonly Misbehaviour[] = [
  {
    name: 'gives a member twice',
    clause: 'limits',
    begin: signedOtherwise((claims, scene) => signed(`{"page":{},${text(claims).slice(1)}`, scene)),
  },
  {
    name: 'nests deeply',
    clause: 'limits',
    begin: signedOtherwise((claims, scene) =>
      signed(text(claims).replace('"region":null', `"region":${'['.repeat(5000)}${']'.repeat(5000)}`), scene),
    ),
  },
  {
    name: 'gives text that is none',
    clause: 'limits',
    begin: (scene) => {
      const { world, one, word } = scene;
      // The hashes are sound, so that nothing but the text itself is wrong.
      const from = world.publisher.head;
      world.publisher.give({ ...one, name: word('one') });
      const content = { ...one, name: `${word('bad')}\u0000` };
      const entry = link(from, { collection: 'organisations', id: one.id, contentHash: contentHashOf(content) });
      return (ask) => {
        const { page } = world.publisher.page([{ ...entry, content }], { seq: entry.seq, hash: entry.hash });
        const claims = answerOf(scene, ask, { page, baseline: undefined, digests: null });
        reply(ask.response, signed(claims, scene));
      };
    },
  },
  {
    name: 'answers with no JSON',
    clause: 'limits',
    begin: signedOtherwise((_, scene) => signed(scene.word('bad'), scene)),
  },
  { name: 'answers with nothing', clause: 'limits', begin: signedOtherwise(() => '') },
  {
    name: 'answers with claims of another form',
    clause: 'limits',
    begin: signedOtherwise((claims, scene) => signed({ ...claims, page: [] }, scene)),
  },
  {
    name: 'gives an identifier that is none',
    clause: 'limits',
    begin: altered((entries, { head }, { word }) => {
      const content = organisation(word('bad'), { id: word('bad') });
      const entry = link(head, { collection: 'organisations', id: word('bad'), contentHash: contentHashOf(content) });
      return {
        entries: [...entries, { ...entry, content }] as Page['entries'],
        head: { seq: entry.seq, hash: entry.hash },
      };
    }),
  },
  {
    name: 'answers as another media type',
    clause: 'limits',
    begin: signedOtherwise((claims, scene) => signed(claims, scene), { 'content-type': 'text/html' }),
  },
];

/** Things that are given soundly, and not to be taken over. */
export const foreignThings: readonly Misbehaviour[] = [
  {
    name: 'an organisation that is at home at the node',
    clause: 'foreign',
    foreign: ({ world, theirs, word }) => {
      if (theirs === undefined) return undefined;
      world.publisher.give({ ...theirs, name: word('bad') });
      return { id: theirs.id };
    },
  },
  {
    name: 'a thing that names another identifier',
    clause: 'foreign',
    foreign: ({ world, other, word }) => {
      const id = randomUUID();
      world.publisher.give({ ...other, name: word('bad') }, { id });
      return { id };
    },
  },
  {
    name: 'a thing of a collection that is not shared',
    clause: 'foreign',
    foreign: ({ world, word }) => {
      const content = organisation(word('bad'));
      world.publisher.give(content, { of: 'secrets' });
      return { id: content.id, of: 'secrets' };
    },
  },
  {
    name: 'a thing with a member too many',
    clause: 'foreign',
    foreign: ({ world, word }) => {
      const content = organisation(word('bad'), { home: null });
      world.publisher.give(content);
      return { id: content.id };
    },
  },
  {
    name: 'a thing without what it needs',
    clause: 'foreign',
    foreign: ({ world }) => {
      const { name: _, ...content } = organisation('');
      world.publisher.give(content);
      return { id: content.id };
    },
  },
  {
    name: 'an organisation with an identifier that another has',
    clause: 'foreign',
    foreign: ({ world, other, word }) => {
      const identifiers = [{ scheme: 'oin', value: '00000099999999990000', validFrom: null, validUntil: null }];
      world.publisher.give({ ...other, name: word('other'), identifiers });
      const content = organisation(word('bad'), { identifiers });
      world.publisher.give(content);
      return { id: content.id };
    },
  },
  ...Object.entries({
    'an organisation that succeeds itself': (id: string) => ({ successorId: id }),
    'an organisation of a year that there was not': () => ({ createdAt: '0000-01-01T00:00:00.000Z' }),
    'an organisation with an identifier that ended before it began': () => ({
      identifiers: [{ scheme: 'kvk', value: '99999999', validFrom: '2026-02-01', validUntil: '2026-01-01' }],
    }),
  }).map(
    ([name, change]): Misbehaviour => ({
      name,
      clause: 'foreign',
      foreign: ({ world, word }) => {
        const id = randomUUID();
        world.publisher.give(organisation(word('bad'), { ...change(id), id }));
        return { id };
      },
    }),
  ),
  {
    name: 'an organisation that ends before it starts',
    clause: 'foreign',
    foreign: ({ world, word }) => {
      const content = organisation(word('bad'), { startsOn: '2026-02-01', endsOn: '2026-01-01' });
      world.publisher.give(content);
      return { id: content.id };
    },
  },
];

import { createHash } from 'node:crypto';
import t from 'tap';
import {
  changeKnowledgeItem,
  createKnowledgeItem,
  getKnowledgeItem,
  listKnowledgeItems,
  withdrawKnowledgeItem,
} from '../../../src/features/knowledge/items.ts';
import { findVisibleItem } from '../../../src/features/knowledge/knowledge.ts';
import { NewKnowledgeItem } from '../../../src/features/knowledge/schemas.ts';
import {
  compareKnowledgeVersions,
  getKnowledgeVersion,
  listKnowledgeVersions,
  publishKnowledgeVersion,
} from '../../../src/features/knowledge/versions.ts';
import { newId } from '../../../src/platform/id.ts';
import { contentsOf } from '../../helpers/contents.ts';
import { testDatabase } from '../../helpers/db.ts';
import { administrator, caller, context } from '../../helpers/people.ts';
import { by, eventsSince, lastPosition, ledgerFaults, outcome, parties, walk } from '../alliances/world.ts';
import { asked, write } from './world.ts';

t.test('an item is a draft of its author until it is published', async (t) => {
  const { db, sql, owner } = await testDatabase(t);
  const { author, other } = await parties(db, 'author', 'other');
  const position = await lastPosition(sql);
  const draft = await write(db, author, { publish: false, visibility: 'public' });
  t.match(draft, { state: 'draft', publishedVersion: null, contentHash: null, hasUnpublishedChanges: true });
  t.equal(await outcome(getKnowledgeItem(db, other.caller, draft.id)), 'not_found');
  t.equal(await outcome(findVisibleItem(db, caller(), draft.id)), 'not_found');
  t.same((await listKnowledgeItems(db, other.caller, asked())).items, []);
  t.equal((await listKnowledgeItems(db, author.caller, asked({ state: 'draft' }))).items.length, 1);

  const before = await contentsOf(owner);
  t.equal(await outcome(publishKnowledgeVersion(db, by(other), draft.id, {})), 'not_found', 'nobody else knows of it');
  t.equal(await outcome(withdrawKnowledgeItem(db, by(author), draft.id, { reason: 'x' })), 'item_not_published');
  t.same(await contentsOf(owner), before);

  await publishKnowledgeVersion(db, by(author), draft.id, { changeNote: 'Eerste' });
  const { body, version } = await getKnowledgeItem(db, caller(), draft.id);
  t.match(body, { state: 'published', publishedVersion: 1, hasUnpublishedChanges: null, draft: null });
  t.equal(version, 2);
  t.match(await findVisibleItem(db, caller(), draft.id), { organisationId: author.id, state: 'published' });
  t.same(await eventsSince(sql, position), ['knowledge_item.created', 'knowledge_item.published']);
  t.same(await ledgerFaults(sql), []);
});

t.test('who acts for no organisation, or for one that is gone, writes nothing', async (t) => {
  const { db, sql, owner } = await testDatabase(t);
  const { author } = await parties(db, 'author');
  const input = NewKnowledgeItem.parse({ type: 'tool', title: 'Werkvorm', licence: 'CC0-1.0' });
  const before = await contentsOf(owner);
  t.equal(await outcome(createKnowledgeItem(db, context(administrator), input)), 'not_your_organisation');
  t.same(await contentsOf(owner), before);
  await sql`update organisations set ends_on = current_date where id = ${author.id}`;
  t.equal(await outcome(createKnowledgeItem(db, by(author), input)), 'organisation_dissolved');
});

t.test('the content hash is SHA-256 over canonical JSON that anybody can make', async (t) => {
  const { db } = await testDatabase(t);
  const { author } = await parties(db, 'author');
  const item = await write(db, author, {
    title: 'Één €',
    body: 'regel 1\nregel 2',
    links: [{ href: 'https://voorbeeld.example/a' }],
    themes: [' Zorg ', 'zorg', 'Jeugd'],
  });
  t.same(item.themes, ['zorg', 'jeugd'], 'in lower case, trimmed, each once');
  const canonical =
    '{"body":"regel 1\\nregel 2","language":"nl","licence":"CC-BY-4.0","links":[{"href":"https://voorbeeld.example/a",' +
    '"title":null}],"summary":"","themes":["zorg","jeugd"],"title":"Één €","type":"practice"}';
  t.equal(item.contentHash, createHash('sha256').update(canonical, 'utf8').digest('hex'));
});

t.test(
  'a change of a published item is seen by its author alone until it is published; its visibility at once',
  async (t) => {
    const { db, owner } = await testDatabase(t);
    const { author, other } = await parties(db, 'author', 'other');
    const { id } = await write(db, author, { body: 'een', visibility: 'public' });
    const changed = await changeKnowledgeItem(db, by(author), id, 1, {
      body: 'twee',
      summary: null,
      visibility: 'network',
    });
    t.match(changed.body, { body: 'een', hasUnpublishedChanges: true, draft: { body: 'twee', title: 'Vroeg bellen' } });
    const seen = (await getKnowledgeItem(db, other.caller, id)).body;
    t.match(seen, { body: 'een', hasUnpublishedChanges: null, draft: null, visibility: 'network' });
    t.equal(await outcome(getKnowledgeItem(db, caller(), id)), 'not_found', 'not public any more');

    const before = await contentsOf(owner);
    t.equal(await outcome(changeKnowledgeItem(db, by(author), id, 1, { body: 'x' })), 'precondition_failed');
    t.equal(await outcome(changeKnowledgeItem(db, by(other), id, 2, { body: 'x' })), 'not_your_organisation');
    t.equal(await outcome(changeKnowledgeItem(db, by(author), newId(), 2, { body: 'x' })), 'not_found');
    t.equal(await outcome(publishKnowledgeVersion(db, by(other), id, {})), 'not_your_organisation');
    t.same(await contentsOf(owner), before);

    await publishKnowledgeVersion(db, by(author), id, {});
    t.match((await getKnowledgeItem(db, other.caller, id)).body, { body: 'twee', publishedVersion: 2 });
    t.equal(await outcome(publishKnowledgeVersion(db, by(author), id, {})), 'content_unchanged');
    const undone = await changeKnowledgeItem(db, by(author), id, 3, { title: 'Vroeg bellen' });
    t.equal(undone.body.hasUnpublishedChanges, false, 'a change that changes nothing leaves no draft');
  },
);

t.test('versions stay as they were, and what differs between two is told', async (t) => {
  const { db, owner } = await testDatabase(t);
  const { author, other } = await parties(db, 'author', 'other');
  const { id } = await write(db, author, { body: 'a\nb\nc\n', themes: ['zorg'] });
  await changeKnowledgeItem(db, by(author), id, 1, {
    title: 'Vroeger bellen',
    body: 'a\nB\nc\n',
    themes: ['jeugd'],
    links: [{ href: 'https://voorbeeld.example/' }],
  });
  await publishKnowledgeVersion(db, by(author), id, { changeNote: 'Scherper' });
  const first = (await getKnowledgeVersion(db, other.caller, id, 1)).body;
  t.match(first, { number: 1, title: 'Vroeg bellen', body: 'a\nb\nc\n', changeNote: null });
  await t.rejects(owner`update knowledge_versions set title = 'x'`, 'also the owner of the database is refused');
  const listed = await walk((after) => listKnowledgeVersions(db, other.caller, id, { limit: 1, after }));
  t.same(
    listed.map(({ number, changeNote }) => [number, changeNote]),
    [
      [2, 'Scherper'],
      [1, null],
    ],
  );
  const { body } = await compareKnowledgeVersions(db, other.caller, { itemId: id, number: 2 }, undefined);
  t.match(body, {
    from: 1,
    to: 2,
    fields: [{ field: 'title', before: 'Vroeg bellen', after: 'Vroeger bellen' }],
    themes: { added: ['jeugd'], removed: ['zorg'] },
    links: { added: [{ href: 'https://voorbeeld.example/', title: null }], removed: [] },
    body: { changed: true, tooLarge: false, hunks: [{ fromLine: 1, toLine: 1, lines: [' a', '-b', '+B', ' c'] }] },
  });
  t.match(body.body.unified, /--- version 1\n\+\+\+ version 2\n@@ -1,3 \+1,3 @@\n a\n-b\n\+B\n c\n/);
  const compare = (number: number, from?: number) =>
    outcome(compareKnowledgeVersions(db, other.caller, { itemId: id, number }, from));
  t.equal(await compare(1), 'invalid_input', 'there is none before the first');
  t.equal(await compare(2, 9), 'invalid_input');
  t.equal(await compare(3), 'not_found');
});

t.test('a difference of too many lines is told as such, and soon', async (t) => {
  const { db } = await testDatabase(t);
  const { author } = await parties(db, 'author');
  const lines = (seed: string) => Array.from({ length: 20_000 }, (_, n) => `${seed}${n}`).join('\n');
  const { id } = await write(db, author, { body: lines('a') });
  await changeKnowledgeItem(db, by(author), id, 1, { body: lines('b') });
  await publishKnowledgeVersion(db, by(author), id, {});
  const started = performance.now();
  const { body } = await compareKnowledgeVersions(db, author.caller, { itemId: id, number: 2 }, undefined);
  t.match(body.body, { changed: true, tooLarge: true, hunks: [], unified: null });
  t.ok(performance.now() - started < 5000);
});

t.test('what was withdrawn is a tombstone for everybody, and its versions are for its author', async (t) => {
  const { db, sql, owner } = await testDatabase(t);
  const { author, other } = await parties(db, 'author', 'other');
  const { id, contentHash } = await write(db, author, { summary: 'Kort', body: 'Geheim', visibility: 'public' });
  const since = new Date();
  const reason = { reason: 'Achterhaald.' };
  t.equal(await outcome(withdrawKnowledgeItem(db, by(other), id, reason)), 'not_your_organisation');
  const position = await lastPosition(sql);
  await withdrawKnowledgeItem(db, by(author), id, reason);
  await withdrawKnowledgeItem(db, by(author), id, { reason: 'Nog eens' });
  t.same(await eventsSince(sql, position), ['knowledge_item.withdrawn'], 'again it changes nothing');
  const tombstone = { state: 'withdrawn', title: null, summary: null, contentHash, withdrawalReason: 'Achterhaald.' };
  for (const who of [author.caller, other.caller, caller()]) {
    t.match((await getKnowledgeItem(db, who, id)).body, { ...tombstone, body: null, links: null });
    t.match((await listKnowledgeItems(db, who, asked({ changedSince: since.toISOString() }))).items, [tombstone]);
    t.same((await listKnowledgeItems(db, who, asked({ q: 'geheim' }))).items, []);
  }
  t.match((await getKnowledgeVersion(db, author.caller, id, 1)).body, { body: 'Geheim', contentHash });
  t.match((await getKnowledgeVersion(db, other.caller, id, 1)).body, { body: null, title: null, contentHash });
  t.match((await listKnowledgeVersions(db, other.caller, id, { limit: 5 })).items, [{ title: null }]);
  const before = await contentsOf(owner);
  t.equal(await outcome(changeKnowledgeItem(db, by(author), id, 2, { title: 'x' })), 'item_withdrawn');
  t.equal(await outcome(publishKnowledgeVersion(db, by(author), id, {})), 'item_withdrawn');
  t.same(await contentsOf(owner), before);
});

t.test('the list is asked by every filter, also as it was on a day', async (t) => {
  const { db, owner } = await testDatabase(t);
  const { author, other } = await parties(db, 'author', 'other');
  const old = await write(db, author, { title: 'Oud', type: 'lesson', themes: ['zorg'], licence: 'CC0-1.0' });
  const gone = await write(db, other, { title: 'Weg', language: 'en', visibility: 'public' });
  await withdrawKnowledgeItem(db, by(other), gone.id, { reason: 'Achterhaald.' });
  await owner`update knowledge_items set first_published_at = '2020-01-01', withdrawn_at = case when state = 'withdrawn'
    then timestamptz '2021-01-01' end, source = 'register', source_key = id::text`;
  const titles = async (fields: Parameters<typeof asked>[0]) =>
    (await walk((after) => listKnowledgeItems(db, author.caller, { ...asked({ ...fields, limit: 1 }), after }))).map(
      ({ id }) => (id === old.id ? 'old' : 'gone'),
    );
  t.same(await titles({}), ['old', 'gone']);
  t.same(await titles({ asOf: '2019-12-31' }), []);
  t.same(await titles({ asOf: '2020-06-01' }), ['old', 'gone']);
  t.same(await titles({ asOf: '2021-06-01' }), ['old']);
  t.same(await titles({ type: 'lesson' }), ['old']);
  t.same(await titles({ theme: ' ZORG ' }), ['old']);
  t.same(await titles({ language: 'en' }), ['gone']);
  t.same(await titles({ licence: 'CC0-1.0' }), ['old']);
  t.same(await titles({ organisationId: other.id }), ['gone']);
  t.same(await titles({ visibility: 'public', state: 'withdrawn' }), ['gone']);
  t.same(await titles({ source: 'register', sourceKey: old.id }), ['old']);
  t.same(await titles({ changedSince: '2099-01-01T00:00:00Z' }), []);
});

t.test('several versions that are published at once follow one another', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { author } = await parties(db, 'author');
  const { id } = await write(db, author, { publish: false });
  const results = await Promise.all(
    Array.from({ length: 8 }, () => outcome(publishKnowledgeVersion(db, by(author), id, {}))),
  );
  t.same(results.filter((result) => result === 'done').length, 1);
  t.same(new Set(results), new Set(['done', 'content_unchanged']));
  t.same(await ledgerFaults(sql), []);
});

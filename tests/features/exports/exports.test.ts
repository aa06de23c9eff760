import { createHash } from 'node:crypto';
import t from 'tap';
import { exportedResources, resourceNames } from '../../../src/features/exports/resources.ts';
import { namedId } from '../../../src/platform/id.ts';
import { exporter, manifestIn, rowsIn, unpack } from '../../helpers/archives.ts';
import { demoNode } from '../../helpers/demo.ts';
import { operationsOf, parametersIn, readDocument } from '../../helpers/document.ts';
import { registerParty } from '../../helpers/parties.ts';

const node = await demoNode(t);
const administrator = exporter(node, node.token);
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/** Lists that no export holds, and why. */
const left: Readonly<Record<string, string>> = {
  listAllianceMemberships: 'the same rows as listMemberships',
  listItemContributions: 'the same rows as listKnowledgeContributions',
  listItemAdoptions: 'the same rows as listAdoptions',
  listOwnershipOrphans: 'follows from the records of ownership',
  listOrganisationStatistics: 'figures that follow from the rest, each with its own data version',
  listTies: 'figures that follow from the rest, each with its own data version',
  listComputations: 'jobs of this node',
  listProcessingRecords: 'what this node noted of its reading; an export adds to it',
  listImports: 'jobs of this node',
  listImportRows: 'jobs of this node',
  listExports: 'jobs of this node',
  listEvents: 'what happened on this node; an archive holds what came of it',
  listAuditRecords: 'what was done on this node, whose chain cannot go on elsewhere',
  listAuditHeads: 'signed by this node for its own chain',
  listCalendarFeeds: 'addresses of this node, whose secrets it does not keep',
  listWebhooks: 'where this node sends to, with secrets of its own',
  listWebhookDeliveries: 'what this node sent',
  listReplicaRemovals: 'what other nodes confirmed, which says nothing that is not here',
  listQuarantinedThings: 'what was not taken over, for administrators to look at',
  listOrganisationMoves: 'how organisations came here or went, signed by this node and others in their own names',
  listPeers: 'what this node agreed with others, signed in its own name',
  listClients: 'who may come in is of this node alone',
};

t.test('every list of the interface is exported, or left out for a reason', async (t) => {
  const lists = operationsOf(await readDocument())
    .filter((operation) => parametersIn(operation, 'query').some(({ name }) => name === 'cursor'))
    .map(({ operationId }) => operationId);
  const exported: string[] = Object.values(exportedResources).map(({ list }) => list);
  t.ok(lists.length > 30);
  t.same(
    lists.filter((list) => !exported.includes(list) && left[list] === undefined),
    [],
  );
  t.same(
    [...exported, ...Object.keys(left)].filter((list) => !lists.includes(list)),
    [],
    'and nothing else is named',
  );
  t.same(
    exported.filter((list) => left[list] !== undefined),
    [],
  );
});

t.test('an archive holds a manifest and a file for each resource, as the manifest has them', async (t) => {
  const { id, bytes } = await administrator.make();
  const view = (await administrator.get(`/exports/${id}`)).json();
  t.match(view, {
    ...{ state: 'succeeded', resources: resourceNames, resourceCount: resourceNames.length, size: bytes.length },
    ...{ processedCount: resourceNames.length, sha256: sha256(bytes), contentUrl: `/v1/exports/${id}/content` },
  });
  const files = unpack(bytes);
  const manifest = manifestIn(files);
  t.match(manifest, {
    ...{ formatVersion: 1, format: 'ndjson', exportId: id, node: { url: 'https://node.example' } },
    madeFor: { organisation: { id: namedId('node organisation'), name: 'Academie Maarland' }, administrator: true },
  });
  t.same(
    manifest.resources.map(({ resource }) => resource),
    resourceNames,
  );
  t.equal(files.size, resourceNames.length + 1, 'and nothing else is in it');
  for (const { resource, file, ...told } of manifest.resources) {
    const content = files.get(file) as Buffer;
    const rows = String(content).split('\n').length - 1;
    t.same(told, { rows, bytes: content.length, sha256: sha256(content) }, file);
    t.ok(rows > 0, `the demo network has ${resource}`);
  }
  t.equal(
    view.rowCount,
    manifest.resources.reduce((sum, { rows }) => sum + rows, 0),
  );
  t.match(String(rowsIn(files, 'knowledge-items').map(({ body }) => body)), /\w{20}|\w+ \w+/, 'texts are in it');
  t.match(rowsIn(files, 'ownership-records')[0]?.receipt, /^ey[\w-]+\.[\w-]+\.[\w-]+$/, 'and receipts');
});

t.test('each line is what the interface answers', async (t) => {
  const files = unpack((await administrator.make()).bytes);
  const lists = {
    alliances: '/alliances',
    memberships: '/memberships',
    commitments: '/commitments',
    erasures: '/erasures',
  };
  for (const [resource, path] of Object.entries(lists)) {
    const { items } = (await administrator.get(`${path}?limit=200`)).json();
    t.same(rowsIn(files, resource), items, resource);
  }
  for (const row of rowsIn(files, 'knowledge-items'))
    t.same(row, (await administrator.get(`/knowledge-items/${row.id}`)).json());
  const [step] = rowsIn(files, 'commitment-steps');
  const steps = (await administrator.get(`/commitments/${step?.commitmentId}/steps`)).json();
  t.same(step, { commitmentId: step?.commitmentId, ...steps.items[0] }, 'with the parameters of its path');
});

t.test('an export holds what its own client may see, and others see nothing of it', async (t) => {
  const zandkerk = namedId('organisation zandkerk');
  const scopes = ['alliances:read', 'exports:read', 'exports:write'] as const;
  const { token } = await registerParty(node, zandkerk, [...scopes]);
  const party = exporter(node, token);
  const { id, bytes } = await party.make();
  const files = unpack(bytes);
  t.same(
    manifestIn(files).resources.map(({ resource }) => exportedResources[resource].scope),
    Array(11).fill('alliances:read'),
    'of the scopes of the token alone',
  );
  t.same(rowsIn(files, 'alliances'), (await party.get('/alliances?limit=200')).json().items);
  t.same(
    rowsIn(files, 'alliances').filter(({ visibility }) => visibility === 'closed'),
    [],
    'nothing of spaces in which it takes no part',
  );
  const refused = await party.send('POST', '/exports', { resources: ['commitments'] });
  t.match(refused.json(), { status: 403, code: 'insufficient_scope' });
  for (const path of [`/exports/${id}`, `/exports/${id}/content`])
    t.equal((await administrator.get(path)).statusCode, 404, 'also for an administrator');
  t.equal((await administrator.send('PUT', `/exports/${id}/cancellation`)).statusCode, 404);
  const narrow = await registerParty(node, zandkerk, ['exports:read', 'exports:write']);
  t.equal((await exporter(node, narrow.token).get(`/exports/${id}`)).statusCode, 404, 'nor another client of it');
});

t.test('faults of a request are told together, and nothing is stored', async (t) => {
  const count = async () => (await node.sql`select count(*)::int as n from exports`)[0]?.n;
  const before = await count();
  const bad = await administrator.send('POST', '/exports', { format: 'xml', resources: ['secrets'], more: 1 });
  t.equal(bad.statusCode, 400);
  t.equal(bad.json().errors.length, 3);
  t.equal((await administrator.send('POST', '/exports', { resources: [] })).statusCode, 400);
  t.equal(await count(), before);
});

t.test('an export is stopped before it is made, once it is made no more, and ten wait at most', async (t) => {
  const ids = await Promise.all(Array.from({ length: 10 }, () => administrator.ask({ resources: ['mergers'] })));
  const eleventh = await administrator.send('POST', '/exports', { resources: ['mergers'] });
  t.match(eleventh.json(), { status: 409, code: 'too_many_exports' });
  const [first = '', ...others] = ids;
  t.match((await administrator.get(`/exports/${first}/content`)).json(), { status: 409, code: 'export_not_ready' });
  for (const id of others) {
    const stopped = await administrator.send('PUT', `/exports/${id}/cancellation`);
    t.match(stopped.json(), { state: 'cancelled', contentUrl: null });
  }
  t.equal((await administrator.send('PUT', `/exports/${others[0]}/cancellation`)).statusCode, 200);
  t.equal((await administrator.get(`/exports/${others[0]}/content`)).statusCode, 409);
  await administrator.make({ resources: ['mergers'] });
  t.equal((await administrator.get(`/exports/${first}`)).json().state, 'succeeded');
  const late = await administrator.send('PUT', `/exports/${first}/cancellation`);
  t.match(late.json(), { status: 409, code: 'export_finished' });
});

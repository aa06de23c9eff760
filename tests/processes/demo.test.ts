import t from 'tap';
import { requestToken, send } from '../helpers/http.ts';
import { newDirectory, processesIn } from '../helpers/place.ts';
import { type NodeProgram, openNodeDatabase, startNode, until } from '../helpers/programs.ts';

/** What the demo shows to copy: the client and its secret. */
async function shown(node: NodeProgram): Promise<{ client: string; secret: string }> {
  const [, client = '', secret = ''] = await until(
    'the demo tells where it is',
    () => /client_id +(\S+)\n +client_secret +(\S+)\n/.exec(node.stdout()) ?? undefined,
  );
  return { client, secret };
}

t.test('the demo shows the same client and secret at every start, and a later start changes nothing', async (t) => {
  const dataDir = newDirectory();
  const start = async () => {
    const node = await startNode(t, dataDir, {}, 'commands/demo.ts');
    const { client, secret } = await shown(node);
    t.match(node.stdout(), `${node.baseUrl}/docs`);
    const token = await requestToken(node.baseUrl, secret);
    t.equal(token.status, 200, 'they open the node');
    const { access_token } = token.json<{ access_token: string }>();
    const list = await send(node.baseUrl, { path: '/v1/organisations', token: access_token });
    t.ok(list.json<{ items: unknown[] }>().items.length > 10, 'the network is there');
    const { sql } = openNodeDatabase(t, `${dataDir}/demo`);
    const rows = await sql<{ table_name: string }[]>`
      select table_name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`;
    const content: Record<string, string | undefined> = {};
    // When the jobs of the background ran, whether owners of endpoints were asked and archives were made yet, differs.
    const ofTheJobs = ['exports', 'export_parts', 'export_subjects', 'events', 'event_counter', 'audit_records'];
    const computed = ['computations', 'computed_networks', 'computed_parts'];
    const ofPeers = ['peers', 'peer_messages', 'peer_chains', 'peer_entries', 'peer_ledger', 'peer_cursors'];
    const background = [...computed, ...ofPeers, 'retention_runs', 'webhooks', 'webhook_dispatch', ...ofTheJobs];
    for (const { table_name: name } of rows.filter(({ table_name }) => !background.includes(table_name))) {
      const [row] = await sql<{ digest: string }[]>`
        select md5(string_agg(x::text, ',' order by x::text)) as digest from ${sql(name)} x`;
      content[name] = row?.digest;
    }
    t.same(await node.end(), { code: 0, signal: null });
    t.same(processesIn(dataDir), []);
    return { client, secret, content };
  };
  const first = await start();
  const second = await start();
  t.equal(first.client, 'administrator');
  t.ok(Object.keys(first.content).length > 15, 'the tables were looked at');
  t.same(second, first);
});

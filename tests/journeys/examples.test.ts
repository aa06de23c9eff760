import { readFileSync } from 'node:fs';
import t from 'tap';
import { contractText } from '../../src/commands/contract-text.ts';
import { testDatabase } from '../helpers/db.ts';
import { demoNode, fillDemo } from '../helpers/demo.ts';
import { operationsOf, readDocument, send, soundRequest } from '../helpers/document.ts';

t.test('the committed document says what the routes say', async (t) => {
  const committed = readFileSync(new URL('../../openapi/openapi.json', import.meta.url), 'utf8');
  t.ok(committed === (await contractText()), 'run "npm run openapi" and commit the result');
});

t.test('every operation answers with its success when it is pressed in Swagger UI as it stands', async (t) => {
  const operations = operationsOf(await readDocument());
  t.ok(operations.length > 30, 'the document has its operations');
  const filled = await testDatabase(t);
  await fillDemo(filled);
  await Promise.all([filled.sql.end(), filled.owner.end()]);
  // What only reads leaves the network as it is; every write gets one of its own.
  const reader = await demoNode(t, filled.name);
  for (const operation of operations) {
    await t.test(operation.operationId, async (t) => {
      const { app, token } = operation.method === 'GET' ? reader : await demoNode(t, filled.name);
      const response = await send(app, soundRequest(operation), token);
      const [success] = Object.keys(operation.responses).filter((status) => status.startsWith('2'));
      t.equal(String(response.statusCode), success, JSON.stringify(response.body.slice(0, 600)));
      const isJson = String(response.headers['content-type']).includes('json');
      const page =
        response.statusCode === 200 && isJson ? (JSON.parse(response.body) as { items?: unknown[] }).items : undefined;
      if (page !== undefined) t.ok(page.length > 0, 'and the list shows something');
    });
  }
});

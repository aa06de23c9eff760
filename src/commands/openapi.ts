import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { contractText } from './contract-text.ts';

// Writes openapi/openapi.json from the routes; with --check it tells whether the committed file says the same.
const file = fileURLToPath(new URL('../../openapi/openapi.json', import.meta.url));
const text = await contractText();
if (!process.argv.includes('--check')) {
  writeFileSync(file, text);
} else if (readFileSync(file, 'utf8') !== text) {
  process.stderr.write('openapi/openapi.json is not what the routes say: run "npm run openapi" and commit it.\n');
  process.exitCode = 1;
}

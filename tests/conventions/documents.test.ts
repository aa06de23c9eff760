import { readFileSync } from 'node:fs';
import t from 'tap';
import { settingNames } from '../../src/config.ts';
import { version } from '../../src/platform/version.ts';
import { demoNode } from '../helpers/demo.ts';

const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
const readme = read('README.md');

t.test('the README documents every setting, and no other', async (t) => {
  const section = readme.slice(readme.indexOf('## Settings'), readme.indexOf('### Outside issuers'));
  const documented = [...section.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, name]) => name);
  t.same(documented.sort(), [...settingNames].sort());
});

t.test('every command in the documents is a script of the package', async (t) => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const named = ['README.md', 'CONTRIBUTING.md', 'ARCHITECTURE.md'].flatMap((name) =>
    [...read(name).matchAll(/npm (?:run )?([a-z][a-z:-]*)/g)].map(([, script]) => script as string),
  );
  t.ok(named.length > 10, 'commands were found');
  t.same(
    named.filter((name) => !['ci', 'start', 'test'].includes(name) && !(name in scripts)),
    [],
  );
});

t.test('the changelog and publiccode.yml speak of this version', async (t) => {
  t.match(read('CHANGELOG.md'), `## ${version}`);
  t.match(read('publiccode.yml'), `softwareVersion: ${version}`);
  t.equal((JSON.parse(read('package.json')) as { version: string }).version, version);
});

t.test("the README's picture is the demo network's answer", async (t) => {
  const { app, token } = await demoNode(t);
  const response = await app.inject({
    url: '/v1/statistics/network?relation=membership&asOf=2026-05-16',
    headers: { host: 'node.example', authorization: `Bearer ${token}` },
  });
  const answer = response.json() as Record<string, unknown> & { topByDegree: { name: string }[] };
  const shown = JSON.parse(
    /```json\n(\{\n {2}"organisationCount"[\s\S]*?\})\n```/.exec(readme)?.[1] ?? 'null',
  ) as Record<string, unknown> & { topByDegree: string[] };
  const { topByDegree, ...figures } = shown;
  t.equal(Object.keys(figures).length, 8);
  t.match(answer, figures);
  t.same(
    topByDegree,
    answer.topByDegree.slice(0, topByDegree.length).map(({ name }) => name),
  );
});

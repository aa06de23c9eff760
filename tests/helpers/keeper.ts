import { chmodSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../src/platform/db.ts';
import { startEmbedded } from '../../src/platform/embedded.ts';
import { migrateDatabase } from '../../src/platform/migrate.ts';
import { serverConnection, serverFile, type TestServer } from './server.ts';

// Keeps the database server of one run: makes the template, and ends with the run, however that ends.
const runnerPid = Number(process.argv[2]);
const external = process.env.TEST_DATABASE_URL ?? null;
const folder = mkdtempSync(join(tmpdir(), 'samendoen-tests-'));
chmodSync(folder, 0o755);
const embedded =
  external === null ? await startEmbedded({ dataDir: join(folder, 'postgres'), durable: false }) : undefined;
const server: TestServer = {
  keeperPid: process.pid,
  url: external,
  socket: embedded?.connection('postgres').host ?? null,
  template: `samendoen_template_${runnerPid}`,
};
const { sql, close } = openDatabase(
  serverConnection(server, external === null ? 'postgres' : new URL(external).pathname.slice(1)),
  { max: 1 },
);
await sql`drop database if exists ${sql(server.template)}`;
await sql`create database ${sql(server.template)} encoding 'UTF8' template template0`;
await migrateDatabase(serverConnection(server, server.template));
const draft = `${serverFile(runnerPid)}.draft`;
writeFileSync(draft, JSON.stringify(server));
renameSync(draft, serverFile(runnerPid));

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

let ending = false;
async function end(): Promise<void> {
  if (ending) return;
  ending = true;
  rmSync(serverFile(runnerPid), { force: true });
  const left = await sql<
    { datname: string }[]
  >`select datname from pg_database where datname like ${`%\\_${runnerPid}`} or datname like ${`%\\_${runnerPid}\\_%`}`.catch(
    () => [],
  );
  for (const { datname } of left)
    await sql`drop database if exists ${sql(datname)} with (force)`.catch(() => undefined);
  await close();
  await embedded?.stop();
  rmSync(folder, { recursive: true, force: true });
  process.exit(0);
}

process.on('SIGTERM', () => void end());
setInterval(() => {
  if (!alive(runnerPid)) void end();
}, 500);

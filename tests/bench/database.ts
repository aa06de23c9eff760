import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sql } from 'postgres';
import { type Connection, openDatabase } from '../../src/platform/db.ts';
import { ensureDatabase, startEmbedded } from '../../src/platform/embedded.ts';
import { migrateDatabase } from '../../src/platform/migrate.ts';
import { parentOf } from './measure.ts';

/** A database of the benchmark's own, migrated and empty. */
export type BenchDatabase = {
  readonly connection: Connection;
  /** How a process of its own is told of it. */
  readonly environment: Readonly<Record<string, string>>;
  /** One connection as owner. */
  readonly owner: Sql;
  readonly version: string;
  /** The process of which all processes of the database server are children; undefined when it is not on this machine. */
  readonly postmaster: number | undefined;
  close(): Promise<void>;
};

/** Makes a database on `TEST_DATABASE_URL`, else on a server of its own, which ends with it. */
export async function openBenchDatabase(): Promise<BenchDatabase> {
  const place = await (process.env.TEST_DATABASE_URL === undefined
    ? startOwnServer()
    : makeOnServer(process.env.TEST_DATABASE_URL));
  try {
    await migrateDatabase(place.connection);
    const { sql: owner, close } = openDatabase(place.connection, { max: 1 });
    await owner`set statement_timeout = 0`;
    const [server] = await owner<{ pid: number; version: string }[]>`
      select pg_backend_pid() as pid, current_setting('server_version') as version`;
    if (server === undefined) throw new Error('the database does not answer');
    return {
      ...place,
      owner,
      version: server.version,
      postmaster: postmasterOf(server.pid),
      close: async () => {
        await close();
        await place.end();
      },
    };
  } catch (error) {
    await place.end();
    throw error;
  }
}

type Place = Pick<BenchDatabase, 'connection' | 'environment'> & { end(): Promise<void> };

async function startOwnServer(): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'samendoen-bench-'));
  // As root, the server runs as another user, who has to reach its directory.
  chmodSync(folder, 0o755);
  const server = await startEmbedded({ dataDir: join(folder, 'postgres'), durable: false });
  const connection = server.connection('samendoen');
  await ensureDatabase(server.connection('postgres'), 'samendoen');
  const { host, port, user, database } = connection;
  return {
    connection,
    environment: { DATABASE_URL: `postgres:///${database}`, PGHOST: host, PGPORT: String(port), PGUSER: user },
    end: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function makeOnServer(url: string): Promise<Place> {
  const name = `samendoen_bench_${process.pid}`;
  const { sql, close } = openDatabase(url, { max: 1 });
  await sql`create database ${sql(name)} encoding 'UTF8' template template0`;
  const address = new URL(url);
  address.pathname = `/${name}`;
  return {
    connection: address.href,
    environment: { DATABASE_URL: address.href },
    end: async () => {
      await sql`drop database ${sql(name)} with (force)`;
      await close();
    },
  };
}

/** The parent of a backend, where that is a process of this machine and a PostgreSQL. */
function postmasterOf(backend: number): number | undefined {
  try {
    const title = readFileSync(`/proc/${backend}/cmdline`, 'utf8');
    return title.startsWith('postgres: ') ? parentOf(backend) : undefined;
  } catch {
    return undefined;
  }
}

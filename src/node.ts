import { join, resolve } from 'node:path';
import type { FastifyBaseLogger } from 'fastify';
import type { Sql } from 'postgres';
import type { Config } from './config.ts';
import { type Connection, type Db, openDatabase } from './platform/db.ts';
import { ensureDatabase, startEmbedded } from './platform/embedded.ts';
import { runningServer } from './platform/embedded-server.ts';
import { migrateDatabase } from './platform/migrate.ts';
import { loadNodeSecret } from './platform/sealing.ts';

/** The role under which a node works; it cannot change history. */
const applicationRole = 'samendoen_app';

/** What a running node holds: its database, migrated, and the secret from which its keys derive. */
export type Node = {
  readonly db: Db;
  readonly sql: Sql;
  readonly secret: Buffer;
  readonly embedded: boolean;
  /** Settles when the embedded server ended although nobody stopped it: then the node cannot go on. */
  readonly lost: Promise<Error>;
  close(): Promise<void>;
};

/**
 * Opens the database of a node and brings it up to date: that of `DATABASE_URL`, else the embedded one in the data
 * directory. Throws with a clear message when another node holds the directory.
 */
export async function openNode(config: Config, log: Pick<FastifyBaseLogger, 'info' | 'warn'>): Promise<Node> {
  const secret = loadNodeSecret({
    dataDir: config.dataDir,
    ...(config.nodeSecret && { nodeSecret: config.nodeSecret }),
  });
  const { connection, owner, lost, stop } = await locate(config, log);
  try {
    const { applied } = await migrateDatabase(owner);
    if (applied > 0) log.info({ applied }, 'the database was brought up to date');
    const role = (await mayWorkAs(connection, applicationRole)) ? applicationRole : undefined;
    if (role === undefined) log.warn(`the node works without the role ${applicationRole}: see "Database roles"`);
    const database = openDatabase(connection, {
      ...(role !== undefined && { role }),
      max: config.databasePoolSize,
      applicationName: 'samendoen',
    });
    return {
      db: database.db,
      sql: database.sql,
      secret,
      embedded: config.databaseUrl === undefined,
      lost,
      close: async () => {
        await database.close();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function mayWorkAs(connection: Connection, role: string): Promise<boolean> {
  const { sql, close } = openDatabase(connection, { max: 1 });
  try {
    const rows = await sql`select from pg_roles where rolname = ${role} and pg_has_role(current_user, oid, 'MEMBER')`;
    return rows.length === 1;
  } finally {
    await close();
  }
}

type Place = { connection: Connection; owner: Connection; lost: Promise<Error>; stop(): Promise<void> };

async function locate(config: Config, log: Pick<FastifyBaseLogger, 'info' | 'warn'>): Promise<Place> {
  if (config.databaseUrl !== undefined) {
    const owner = config.migrationDatabaseUrl ?? config.databaseUrl;
    return { connection: config.databaseUrl, owner, lost: new Promise(() => undefined), stop: async () => undefined };
  }
  const dataDir = join(config.dataDir, 'postgres');
  const server = await startEmbedded({ dataDir, log: (message) => log.info(message) });
  const { lost, forget } = watch(dataDir);
  const stop = () => {
    forget();
    return server.stop();
  };
  const connection = server.connection('samendoen');
  try {
    await ensureDatabase(server.connection('postgres'), 'samendoen');
  } catch (error) {
    await stop();
    throw error;
  }
  return { connection, owner: connection, lost, stop };
}

const watchEveryMs = 2000;

/** Looks whether the embedded server is there. One that was killed is not started again beneath a working node. */
function watch(dataDir: string): { lost: Promise<Error>; forget(): void } {
  const folder = resolve(dataDir);
  let timer: NodeJS.Timeout | undefined;
  const lost = new Promise<Error>((tell) => {
    timer = setInterval(() => {
      if (runningServer(folder) !== undefined) return;
      clearInterval(timer);
      tell(new Error('the embedded database ended; the node ends too'));
    }, watchEveryMs).unref();
  });
  return { lost, forget: () => clearInterval(timer) };
}

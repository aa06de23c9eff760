import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Sql } from 'postgres';
import { type Connection, openDatabase } from '../../src/platform/db.ts';
import { startEmbedded } from '../../src/platform/embedded.ts';
import { type Front, frontOf } from './front.ts';
import { type Answered, type Asked, administratorToken, newSecret, send } from './http.ts';
import { newDirectory } from './place.ts';
import {
  freePort,
  type NodeProgram,
  openNodeDatabase,
  type Settings,
  startNode,
  startProgram,
  type Teardown,
  until,
} from './programs.ts';
import { wayTo } from './proxy.ts';
import { serverConnection, type TestServer } from './server.ts';

/** A server of databases: that of a run of the tests, or another. */
export type DatabaseServer = Pick<TestServer, 'url' | 'socket'>;

/** The server that the environment names; without one, an embedded one that ends with the proof. */
export async function databaseServer(t: Teardown, url: string | undefined): Promise<DatabaseServer> {
  if (url !== undefined) return { url, socket: null };
  const server = await startEmbedded({ dataDir: join(newDirectory(), 'postgres'), durable: false });
  t.teardown(() => server.stop());
  return { url: null, socket: server.connection('postgres').host };
}

/** A database of a node that is not embedded. */
type OwnDatabase = {
  readonly url: string;
  readonly connection: Connection;
  /** Keeps a copy, while nobody is connected. */
  backUp(): Promise<void>;
  /** Makes the database what it was when it was copied. */
  restore(): Promise<void>;
};

/** A node of a proof, in a process of its own. */
export type ProvenNode = {
  readonly name: string;
  /** Its public address, by which its peers reach it. */
  readonly front: Front;
  readonly database: OwnDatabase | undefined;
  /** The alliance that it founded, in which the others take part. */
  allianceId: string;
  /** Asks it by its own address, which is never cut, as its administrator; waits while it is not there. */
  ask(asked: Asked): Promise<Answered>;
  /** Looks into its database as the owner. */
  look<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  kill(): Promise<void>;
  stop(): Promise<void>;
  /** Starts it again, with other settings where some are given. */
  start(changed?: Settings): Promise<void>;
  /** Runs a command of the product beside it; throws where that fails. */
  command(file: string): Promise<void>;
};

/** Three nodes that share their registers with each other, and alliances in which they take part. */
export async function startThree(t: Teardown, server: DatabaseServer): Promise<readonly ProvenNode[]> {
  const nodes = await Promise.all([
    startProven(t, 'Aarle'),
    startProven(t, 'Berkel', await newDatabase(t, server)),
    startProven(t, 'Cuijk', await newDatabase(t, server)),
  ]);
  for (const [index, one] of nodes.entries()) for (const other of nodes.slice(index + 1)) await peer(one, other);
  for (const node of nodes) await found(node, nodes);
  return nodes;
}

/** Lets a node found an alliance, in which the others take part by the yes that they say at their own nodes. */
async function found(node: ProvenNode, nodes: readonly ProvenNode[]): Promise<void> {
  const body = { kind: 'alliance', name: `Alliantie van ${node.name}`, visibility: 'closed' };
  node.allianceId = json<{ id: string }>(await node.ask({ method: 'POST', path: '/v1/alliances', body }), 201).id;
  for (const other of nodes.filter((one) => one !== node)) {
    const { organisation } = json<{ organisation: { id: string } }>(await other.ask({ path: '/v1/caller' }), 200);
    const known = `/v1/organisations/${organisation.id}`;
    await until('it is known', async () => (await node.ask({ path: known })).status === 200);
    const offer = {
      method: 'POST',
      path: `/v1/alliances/${node.allianceId}/memberships`,
      body: { organisationId: organisation.id },
    };
    const path = `/v1/memberships/${json<{ id: string }>(await node.ask(offer), 201).id}`;
    await until('it is asked', async () => (await other.ask({ path })).status === 200);
    json(await other.ask({ method: 'PUT', path: `${path}/decision`, body: { decision: 'accepted' } }), 200);
  }
}

/** Starts a node for the first time: its administrator's secret is what it printed. */
async function startProven(t: Teardown, name: string, database?: OwnDatabase): Promise<ProvenNode> {
  const port = await freePort();
  const front = await frontOf(t, port);
  const dataDir = newDirectory();
  const settings: Settings = {
    ...{ NODE_NAME: name, PORT: String(port), BASE_URL: front.baseUrl, NODE_SECRET: newSecret() },
    ...{ OUTBOUND_ALLOW_HTTP: 'true', OUTBOUND_PRIVATE_RANGES: '["127.0.0.0/8"]', DATA_DIR: dataDir },
    ...(database !== undefined && { DATABASE_URL: database.url }),
  };
  let program: NodeProgram = await startNode(t, dataDir, settings);
  const secret = /shown this once:\n {2}(\S+)\n/.exec(program.stdout())?.[1] ?? '';
  let token = await administratorToken(program.baseUrl, secret);
  const ask = async (asked: Asked): Promise<Answered> => {
    const answer = await until(`${name} answers`, () =>
      send(program.baseUrl, { ...asked, token }).catch(() => undefined),
    );
    if (answer.status !== 401) return answer;
    token = await administratorToken(program.baseUrl, secret);
    return send(program.baseUrl, { ...asked, token });
  };
  const look: ProvenNode['look'] = async (work) => {
    const ends: (() => unknown)[] = [];
    const opened =
      database === undefined
        ? openNodeDatabase({ teardown: (end) => ends.push(end) }, dataDir)
        : openDatabase(database.connection, { max: 1 });
    try {
      return await work(opened.sql);
    } finally {
      await opened.close();
    }
  };
  const end = async (signal: NodeJS.Signals) => {
    await program.end(signal);
  };
  return {
    ...{ name, front, database, ask, look, allianceId: '' },
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    start: async (changed = {}) => {
      program = await startNode(t, dataDir, { ...settings, ...changed });
    },
    command: async (file) => {
      const command = startProgram(t, `commands/${file}`, settings);
      const { code } = await command.ended;
      if (code !== 0) throw new Error(`${file}: ${command.stderr()}`);
    },
  };
}

async function newDatabase(t: Teardown, server: DatabaseServer): Promise<OwnDatabase> {
  const name = `samendoen_test_${process.ppid}_${randomBytes(5).toString('hex')}`;
  const copy = `${name}_copy`;
  const main = server.url === null ? 'postgres' : new URL(server.url).pathname.slice(1);
  const administer = async (work: (sql: Sql) => Promise<unknown>) => {
    const { sql, close } = openDatabase(serverConnection(server, main), { max: 1 });
    try {
      await work(sql);
    } finally {
      await close();
    }
  };
  const drop = (of: string) => administer((sql) => sql`drop database if exists ${sql(of)} with (force)`);
  const copyTo = (to: string, from: string) =>
    administer((sql) => sql`create database ${sql(to)} template ${sql(from)}`);
  await administer((sql) => sql`create database ${sql(name)} encoding 'UTF8' template template0`);
  t.teardown(async () => {
    for (const of of [name, copy]) await drop(of);
  });
  const connection = serverConnection(server, name);
  return {
    connection,
    // A node takes a URL alone, which a socket has not.
    url: typeof connection === 'string' ? connection : (await wayTo(t, connection)).url,
    backUp: async () => {
      await drop(copy);
      await copyTo(copy, name);
    },
    restore: async () => {
      await drop(name);
      await copyTo(name, copy);
    },
  };
}

const json = <T>(answer: Answered, status: number): T => {
  if (answer.status !== status) throw new Error(`${answer.status} in place of ${status}: ${answer.text}`);
  return answer.json<T>();
};

/** Lets two nodes peer, as their administrators do. */
async function peer(one: ProvenNode, other: ProvenNode): Promise<void> {
  const shares = ['organisations', 'alliances'];
  const terms = { shares, receives: shares, validUntil: '2031-01-01' };
  const body = { baseUrl: other.front.baseUrl, ...terms };
  const { id } = json<{ id: string }>(await one.ask({ method: 'POST', path: '/v1/peers', body }), 201);
  const path = `/v1/peers/${id}`;
  await until('the offer came', async () => (await other.ask({ path })).status === 200);
  json(await other.ask({ method: 'PUT', path: `${path}/decision`, body: { decision: 'accepted' } }), 200);
  await until('both are bound', async () => json<{ live: boolean }>(await one.ask({ path }), 200).live);
}

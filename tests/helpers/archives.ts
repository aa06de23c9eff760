import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Manifest } from '../../src/features/exports/archive.ts';
import type { Db } from '../../src/platform/db.ts';
import { runExports } from './demo.ts';

/** Unpacks an archive with tar itself; its files by name. */
export function unpack(bytes: Buffer): Map<string, Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'samendoen-export-'));
  try {
    writeFileSync(join(folder, 'archive.tar.gz'), bytes);
    execFileSync('tar', ['xzf', 'archive.tar.gz'], { cwd: folder });
    const names = readdirSync(folder).filter((name) => name !== 'archive.tar.gz');
    return new Map(names.map((name) => [name, readFileSync(join(folder, name))]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The manifest of an unpacked archive. */
export const manifestIn = (files: ReadonlyMap<string, Buffer>): Manifest =>
  JSON.parse(String(files.get('manifest.json'))) as Manifest;

/** The rows of a file of an unpacked archive. */
export const rowsIn = (files: ReadonlyMap<string, Buffer>, resource: string): Record<string, unknown>[] =>
  String(files.get(`${resource}.ndjson`) ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** A client that exports. */
export type Exporter = {
  readonly get: (path: string, more?: Record<string, string>) => ReturnType<FastifyInstance['inject']>;
  readonly send: (method: 'POST' | 'PUT', path: string, body?: object) => ReturnType<FastifyInstance['inject']>;
  /** Asks for an export; throws unless it is taken. */
  readonly ask: (body?: object) => Promise<string>;
  /** Asks for an export and has it made; answers its bytes. */
  readonly make: (body?: object) => Promise<{ readonly id: string; readonly bytes: Buffer }>;
};

/** The client of a token. */
export function exporter({ app, db }: { app: FastifyInstance; db: Db }, token: string): Exporter {
  const headers = { host: 'node.example', authorization: `Bearer ${token}` };
  const get: Exporter['get'] = (path, more = {}) =>
    app.inject({ url: `/v1${path}`, headers: { ...headers, ...more } }) as never;
  const send: Exporter['send'] = (method, path, body) =>
    app.inject({
      ...{ method, url: `/v1${path}`, headers: { ...headers, ...(body && { 'content-type': 'application/json' }) } },
      ...(body && { payload: body }),
    }) as never;
  const ask: Exporter['ask'] = async (body = {}) => {
    const asked = await send('POST', '/exports', body);
    if (asked.statusCode !== 202) throw new Error(asked.body);
    return (asked.json() as { id: string }).id;
  };
  const make: Exporter['make'] = async (body) => {
    const id = await ask(body);
    await runExports(db);
    const got = await get(`/exports/${id}/content`);
    if (got.statusCode !== 200) throw new Error(got.body);
    return { id, bytes: got.rawPayload };
  };
  return { get, send, ask, make };
}

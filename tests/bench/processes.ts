import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A server in a process of its own. */
export type ServerProcess = { readonly pid: number; readonly port: number; stop(): Promise<void> };

type Environment = Readonly<Record<string, string>>;

/** Builds the project as for production; throws where that fails. */
export async function build(): Promise<void> {
  const compiler = fileURLToPath(import.meta.resolve('typescript/bin/tsc'));
  const child = spawn(process.execPath, [compiler, '-p', join(root, 'src')], { cwd: root, stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error('the project does not build');
}

/** Starts the node as in production. */
export const startNode = (environment: Environment, options: readonly string[] = []): Promise<ServerProcess> =>
  start([...options, join(root, 'dist/server.js')], environment);

/** Starts the hand-written server. */
export const startBareServer = (environment: Environment, options: readonly string[] = []): Promise<ServerProcess> =>
  start([...options, plainScript('bare-server')], environment);

/** A file of this folder as plain JavaScript, which imports what was built: tsx would wrap its functions, at its cost. */
export function plainScript(name: string): string {
  const source = readFileSync(new URL(`${name}.ts`, import.meta.url), 'utf8');
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: {
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ES2023,
      rewriteRelativeImportExtensions: true,
    },
  });
  // Beside the built project, so that its imports are found.
  const folder = join(root, 'dist/bench');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}.mjs`);
  writeFileSync(file, outputText.replaceAll(/(?<=["'])\.\.\/\.\.\/src\//g, '../'));
  return file;
}

async function start(command: readonly string[], environment: Environment): Promise<ServerProcess> {
  const port = await freePort();
  const env = { PATH: process.env.PATH, NODE_ENV: 'production', PORT: String(port), ...environment };
  // Lines of the log are written, to where they cost no disk.
  const child = spawn(process.execPath, command, { cwd: root, env, stdio: ['ignore', 'ignore', 'inherit'] });
  const { pid } = child;
  if (pid === undefined) throw new Error('a server did not start');
  await answering(child, port);
  return {
    pid,
    port,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await ended;
      clearTimeout(late);
    },
  };
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function answering(child: ChildProcess, port: number): Promise<void> {
  const limit = Date.now() + 60_000;
  while (Date.now() < limit) {
    if (child.exitCode !== null) throw new Error(`a server ended with ${child.exitCode} at its start`);
    const answered = await fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill('SIGKILL');
  throw new Error('a server did not answer within a minute');
}

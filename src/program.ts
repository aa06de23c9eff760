import { DrizzleQueryError } from 'drizzle-orm/errors';
import type { Logger } from 'pino';
import { type Config, ConfigError, readConfig } from './config.ts';
import { createLog } from './platform/logging.ts';

/** What goes on after the start: how to stop it in order, and what tells that it cannot go on. */
export type Running = { stop(): Promise<void>; readonly lost?: Promise<Error> };

/** How long a stop in order may take; who waits for the end loses patience about then. */
const stopLimitMs = 20_000;

/**
 * Runs a node as this process: reads the settings, starts, and stops in order on SIGTERM and SIGINT; on a second signal
 * it ends at once. A fault is told by one message on standard error, and ends the process with 1.
 */
export async function runNode(start: (config: Config, log: Logger) => Promise<Running>): Promise<void> {
  const { signal } = heedSignals();
  try {
    const config = readConfig();
    const log = createLog(config.logLevel);
    surviveLostConnections(log);
    const running = await start(config, log);
    await stopInOrder(running, signal, log);
  } catch (error) {
    tell(error, 'The node could not start: ');
  }
}

async function stopInOrder(running: Running, signal: AbortSignal, log: Logger): Promise<never> {
  const fault = await Promise.race([aborted(signal), running.lost ?? new Promise<never>(() => undefined)]);
  if (fault === undefined) log.info({ signal: signal.reason as string }, 'stopping');
  else log.fatal(fault.message);
  setTimeout(() => process.exit(1), stopLimitMs).unref();
  try {
    await running.stop();
    return process.exit(fault === undefined ? 0 : 1);
  } catch (error) {
    log.error({ err: error }, 'the node did not stop in order');
    return process.exit(1);
  }
}

/**
 * Runs a command of the operator as this process. What it logs goes to standard error, warnings and worse unless more is
 * asked for; `signal` aborts on SIGTERM and SIGINT. A fault ends the process with 1, as for a node.
 */
export async function runCommand(
  work: (config: Config, log: Logger, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const { signal, forget } = heedSignals();
  try {
    const config = readConfig();
    const log = createLog(config.logLevel === 'info' ? 'warn' : config.logLevel, process.stderr);
    await work(config, log, signal);
  } catch (error) {
    tell(error, '');
  } finally {
    forget();
  }
}

/**
 * A connection that is lost while the driver asks the database for its types rejects a promise that nobody has, which
 * would end the process. What waits for the connection is told of the loss as well.
 */
function surviveLostConnections(log: Pick<Logger, 'warn'>): void {
  process.on('unhandledRejection', (error) => {
    const { code } = (error ?? {}) as { code?: unknown };
    if (!/^(?:CONNECT\w+|E(?:CONN\w+|PIPE|NOENT|TIMEDOUT))$/.test(String(code))) throw error;
    log.warn({ code }, 'a connection to the database was lost while it was made');
  });
}

/** From the first signal on, the process is to end in order; from the start on, so that nothing half-done is left. */
function heedSignals(): { signal: AbortSignal; forget(): void } {
  const controller = new AbortController();
  const heed = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) process.exit(1);
    controller.abort(name);
  };
  const names = ['SIGTERM', 'SIGINT'] as const;
  for (const name of names) process.on(name, heed);
  return {
    signal: controller.signal,
    forget: () => {
      for (const name of names) process.removeListener(name, heed);
    },
  };
}

const aborted = (signal: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });

function tell(error: unknown, before: string): void {
  process.stderr.write(`${error instanceof ConfigError ? '' : before}${explain(error)}\n`);
  process.exitCode = 1;
}

/** What is wrong, for whoever operates the node: neither a stack nor the text of a query, which may hold values. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof DrizzleQueryError && error.cause !== undefined) return explain(error.cause);
  // To a name with several addresses, each attempt has an error of its own.
  if (error instanceof AggregateError && error.message === '') return explain(error.errors[0]);
  const { code, syscall, address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number };
  if (code === 'EADDRINUSE') return `the port ${port} of ${address} is in use. Stop what uses it, or set another port.`;
  if (code === 'EACCES' && port !== undefined) return `this user may not listen on the port ${port} of ${address}.`;
  const reached = syscall !== 'connect' && syscall !== 'getaddrinfo' && !unreachable.test(code ?? '');
  return reached ? error.message : `the database could not be reached: ${error.message}`;
}

/** No connection, no such role or database, a server that takes no connections now. */
const unreachable = /^(?:CONNECT\w+|08\d{3}|28\d{3}|3D000|53300|57P03)$/;

import { chmodSync, existsSync, mkdtempSync, readdirSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let made: string | undefined;

/**
 * Where everything lies that the programs of this process make, their sockets and temporary files too, so that what is
 * left behind is seen. When the process ends, whatever works in it is killed, and it is removed.
 */
export function place(): string {
  if (made !== undefined) return made;
  const folder = newFolder(tmpdir(), 'sdn-');
  made = folder;
  const tidy = () => {
    for (const pid of processesIn(folder)) end(pid);
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  };
  process.once('exit', tidy);
  process.once('SIGTERM', () => process.exit(143));
  return folder;
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

/** A new directory for the data of one node. */
export const newDirectory = (): string => newFolder(place(), 'data-');

function newFolder(parent: string, prefix: string): string {
  const folder = realpathSync(mkdtempSync(join(parent, prefix)));
  // The embedded server works under another user when the tests run as root.
  chmodSync(folder, 0o755);
  return folder;
}

/** The processes that work in a directory: the servers on it, with their backends. */
export function processesIn(directory: string): number[] {
  if (!existsSync('/proc/self/cwd')) return [];
  return readdirSync('/proc').flatMap((name) => {
    try {
      return /^\d+$/.test(name) && readlinkSync(`/proc/${name}/cwd`).startsWith(directory) ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

/** The folders of sockets that are there. */
export const socketFolders = (): string[] => readdirSync(place()).filter((name) => name.startsWith('samendoen-'));

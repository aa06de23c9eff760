import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/**
 * Where the register's files are: `REGISTER_DATA`, else beside the project. `skip` is false where they are, else the
 * reason for which a test that reads them is skipped.
 */
export function registerDirectory(): { path: string; skip: false | string } {
  const path = process.env.REGISTER_DATA ?? resolve(import.meta.dirname, '../../../shared/data/register');
  const present = existsSync(`${path}/organisations.csv`);
  return { path, skip: present ? false : 'the register is not here: set REGISTER_DATA to its directory' };
}

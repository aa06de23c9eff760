import { readdirSync, readFileSync } from 'node:fs';

const ticksPerSecond = 100;

type Stat = { readonly parent: number; readonly own: number; readonly buried: number };

/** Reads what the kernel tells of a process; undefined when there is none, or where there is no `/proc`. */
function statOf(pid: number): Stat | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [user = 0, system = 0, childUser = 0, childSystem = 0] = fields.slice(11, 15);
  return {
    parent: fields[1] ?? 0,
    own: (user + system) / ticksPerSecond,
    buried: (childUser + childSystem) / ticksPerSecond,
  };
}

/** The parent of a process; undefined when it cannot be found. */
export const parentOf = (pid: number): number | undefined => statOf(pid)?.parent;

/** Processor seconds (user and system) that a process has used so far. */
export function processorSeconds(pid: number): number {
  const stat = statOf(pid);
  if (stat === undefined) throw new Error(`there is no process ${pid} in /proc`);
  return stat.own;
}

/** Processor seconds of a process and its children, also of those that ended since. */
export function familySeconds(parent: number): number {
  let seconds = processorSeconds(parent) + (statOf(parent)?.buried ?? 0);
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? statOf(Number(name)) : undefined;
    if (stat?.parent === parent) seconds += stat.own;
  }
  return seconds;
}

const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b);

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const rising = sorted(values);
  const half = rising.length / 2;
  return ((rising[Math.ceil(half) - 1] ?? Number.NaN) + (rising[Math.floor(half)] ?? Number.NaN)) / 2;
}

/** The middle half of the values: the quarter below and the quarter above are left out. */
export function middleHalf(values: readonly number[]): [number, number] {
  const rising = sorted(values);
  const quarter = Math.floor(rising.length / 4);
  return [rising[quarter] ?? Number.NaN, rising[rising.length - 1 - quarter] ?? Number.NaN];
}

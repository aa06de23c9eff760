import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { keysOf } from '../../src/features/statistics/kernel/rows.ts';
import { projectionOf, twoModeOf } from '../../src/features/statistics/kernel/two-mode.ts';
import { type AffiliationSizes, affiliationSizes, affiliationsOf } from './affiliations.ts';
import { build, plainScript } from './processes.ts';
import { largestDifference, memoryRow, type Times, tableOf } from './statistics-table.ts';

// npm run bench:statistics            our kernels against igraph's: processor time, memory and values, about 40 minutes
// npm run bench:statistics -- 500     for networks of so many organisations alone
// … --skip betweenness                without exact betweenness by igraph on 20,000 organisations (nine minutes)
// … --only cores,pageRank             of these families alone
// … --runs 3                          how often a warm run is repeated

const { values: given, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    skip: { type: 'string', default: '' },
    only: { type: 'string', default: '' },
    runs: { type: 'string', default: '3' },
  },
});

/** Families in the order in which they are measured: igraph judges the communities that ours have found. */
const families =
  'projection figures distances betweenness eigenvector pageRank structuralHoles cores communities brokerage'.split(
    ' ',
  );
const listed = (names: string) => names.split(',').filter((name) => name !== '');
const chosen = given.only === '' ? families : families.filter((name) => listed(given.only).includes(name));
const sizes = affiliationSizes.filter(
  ({ organisations }) => positionals.length === 0 || positionals.includes(String(organisations)),
);
const say = (text: string) => process.stdout.write(`${text}\n`);

type Measured = { readonly times: Record<string, Times | null>; readonly peakMegabytes: number };

async function run(program: string, args: readonly string[]): Promise<Measured> {
  const { stdout } = await promisify(execFile)(program, args, { maxBuffer: 2 ** 24 });
  return JSON.parse(stdout) as Measured;
}

const python = process.env.ORACLE_PYTHON ?? '/usr/bin/python3';
const theirs = fileURLToPath(new URL('statistics-igraph.py', import.meta.url));

/** Writes a network as both read it; answers how many pairs are tied. The ties are weighted after Newman. */
async function writeNetwork(folder: string, size: AffiliationSizes): Promise<number> {
  const { incidence, sectorOf, sectorCount } = affiliationsOf(size, 1);
  const lists = {
    organisationOf: [...incidence.organisationOf],
    allianceOf: [...incidence.allianceOf],
    sectorOf: [...sectorOf],
  };
  await writeFile(join(folder, 'network.json'), JSON.stringify({ ...incidence, ...lists, sectorCount }));
  const { out, tieCount } = projectionOf(twoModeOf(incidence), 'newman');
  const ends = new Int32Array(2 * tieCount);
  const weights = new Float64Array(tieCount);
  let tie = 0;
  keysOf(out).forEach((one, place) => {
    const other = out.items[place] ?? 0;
    if (other < one) return;
    ends.set([one, other], 2 * tie);
    weights[tie] = out.weights[place] ?? 0;
    tie += 1;
  });
  await writeFile(join(folder, 'ends.i32'), ends);
  await writeFile(join(folder, 'weights.f64'), weights);
  return tieCount;
}

/** The values that either wrote, which both must have written to be compared. */
async function differences(folder: string): Promise<Record<string, number>> {
  const names =
    'tieOffsets tieItems tieWeights nodes degree components localClustering transitivity closeness harmonic diameter betweenness eigenvector pageRank constraint core modularity openPairs';
  const found: Record<string, number> = {};
  for (const name of names.split(' ')) {
    const files = ['ours', 'igraph'].map((by) => join(folder, `${name}.${by}`));
    if (!files.every((file) => existsSync(file))) continue;
    const [ours, other] = await Promise.all(files.map(doubles));
    found[name] = largestDifference(name, ours as Float64Array, other as Float64Array);
  }
  return found;
}

async function doubles(file: string): Promise<Float64Array> {
  const { buffer, byteOffset, byteLength } = await readFile(file);
  return new Float64Array(buffer.slice(byteOffset, byteOffset + byteLength));
}

async function measure(size: AffiliationSizes, script: string, folder: string): Promise<boolean> {
  const tieCount = await writeNetwork(folder, size);
  say(
    `\n${size.organisations} organisations, ${size.alliances} alliances, ${size.memberships} memberships, ${tieCount} pairs; load of the machine ${loadavg()[0]?.toFixed(1)}`,
  );
  const ours: Record<string, { times: Times; peakMegabytes: number }> = {};
  for (const name of chosen) {
    const { times, peakMegabytes } = await run(process.execPath, [script, folder, given.runs, name]);
    ours[name] = { times: times[name] as Times, peakMegabytes };
  }
  const together = await run(process.execPath, [script, folder, '0', ...chosen]);
  const skipped = size.organisations > 5_000 ? listed(given.skip) : [];
  const other = await run(python, [theirs, folder, given.runs, ...chosen.filter((name) => !skipped.includes(name))]);
  say(
    tableOf(
      chosen.map((name) => ({
        name,
        ours: ours[name],
        igraph: other.times[name] ?? null,
        isSkipped: skipped.includes(name),
      })),
    ),
  );
  say(memoryRow(together.peakMegabytes, other.peakMegabytes));
  const found = await differences(folder);
  const faults = Object.entries(found).filter(([, difference]) => !(difference <= 1e-9));
  say(
    `largest difference of values: ${Object.entries(found)
      .map(([name, most]) => `${name} ${most.toExponential(0)}`)
      .join(', ')}`,
  );
  if (faults.length > 0) say(`NOT EQUAL: ${faults.map(([name]) => name).join(', ')}`);
  return Object.keys(found).length > 0 && faults.length === 0;
}

await build();
const script = plainScript('statistics-kernels');
const folder = await mkdtemp(join(tmpdir(), 'samendoen-statistics-'));
try {
  for (const size of sizes) {
    const own = join(folder, String(size.organisations));
    await mkdir(own);
    if (!(await measure(size, script, own))) process.exitCode = 1;
  }
  if (sizes.length === 0) throw new Error('no network has so many organisations');
} finally {
  await rm(folder, { recursive: true });
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Sql } from 'postgres';
import { openReceipts, publishedReceiptKeys, type Receipts } from '../../../src/features/access/access.ts';
import { decideOwnershipOffer, offerOwnership } from '../../../src/features/ownership/decisions.ts';
import { verifyOwnership } from '../../../src/features/ownership/verification.ts';
import { type Connection, type Db, openDatabase } from '../../../src/platform/db.ts';
import { ensureDatabase, startEmbedded } from '../../../src/platform/embedded.ts';
import { newId } from '../../../src/platform/id.ts';
import { migrateDatabase } from '../../../src/platform/migrate.ts';
import { Problem } from '../../../src/platform/problem.ts';
import { by, found, join as joinAlliance, type Party, parties } from '../alliances/world.ts';

/** How much is tried: so many transfers, over so many subjects, by so many callers at a time. */
type Size = { readonly attempts: number; readonly subjects: number; readonly parallel: number };
/** An accountable owner from an instant to another, in milliseconds. */
type Interval = { readonly subject: string; readonly owner: string; readonly from: number; readonly until: number };
/** A way to keep who owns what: a transfer of the nth subject, by what it came to, and who owned when. */
type Design = { attempt(subject: number): Promise<string>; intervals(): Promise<Interval[]> };

/** What came of many transfers at a time. */
type Outcome = Size & {
  readonly seconds: number;
  readonly outcomes: Readonly<Record<string, number>>;
  /** Pairs of accountable owners of one subject whose times overlap. */
  readonly overlaps: number;
  /** Instants at which an owner begins while another still is one. */
  readonly doubles: number;
};

async function run({ attempt, intervals }: Design, size: Size): Promise<Outcome> {
  const outcomes: Record<string, number> = {};
  const start = process.hrtime.bigint();
  let left = size.attempts;
  const call = async () => {
    while (left > 0) {
      const outcome = await attempt(--left % size.subjects);
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: size.parallel }, call));
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  return { ...size, seconds, outcomes, ...overlapsOf(await intervals()) };
}

/** Goes through the times of each subject from the first on, and counts who is owner when another begins. */
function overlapsOf(intervals: readonly Interval[]): Pick<Outcome, 'overlaps' | 'doubles'> {
  const inOrder = [...intervals].sort((a, b) => a.from - b.from);
  const owning = new Map<string, Interval[]>();
  let [overlaps, doubles] = [0, 0];
  for (const next of inOrder) {
    const others = (owning.get(next.subject) ?? []).filter(({ until }) => until > next.from);
    overlaps += others.length;
    doubles += Math.min(1, others.length);
    owning.set(next.subject, next.until > next.from ? [...others, next] : others);
  }
  return { overlaps, doubles };
}

const nameOf = (error: unknown): string => {
  if (error instanceof Problem) return `${error.status} ${error.code}`;
  return `error ${error instanceof Error ? error.message : String(error)}`;
};

type World = { readonly people: readonly Party[]; readonly alliances: readonly string[] };

/** Alliances in which everybody takes part, each owned by the one who convenes it. */
async function settle(db: Db, receipts: Receipts, subjects: number): Promise<World> {
  const { first, ...others } = await parties(db, 'first', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
  const alliances: string[] = [];
  for (let made = 0; made < subjects; made++) {
    const allianceId = await found(db, first);
    for (const other of Object.values(others)) await joinAlliance(db, allianceId, first, other);
    await transfer(db, receipts, allianceId, first, first);
    alliances.push(allianceId);
  }
  return { people: [first, ...Object.values(others)], alliances };
}

async function transfer(db: Db, receipts: Receipts, id: string, from: Party, to: Party, recordNumber = 0) {
  const subject = { type: 'alliance', id } as const;
  const offer = { subject, share: 'accountable', organisationId: to.id, expiresInDays: 1, recordNumber } as const;
  const { body } = await offerOwnership(db, by(from), offer);
  await decideOwnershipOffer(db, by(to), receipts, body.id, { decision: 'accepted' });
}

/** The product: its verbs, with real connections; whoever owned when the caller looked offers, and the receiver accepts. */
function theChain(db: Db, sql: Sql, receipts: Receipts, { people, alliances }: World): Design {
  return {
    attempt: async (n) => {
      const subject = alliances[n] ?? '';
      const [last] = await sql<{ owner: string; number: number }[]>`
        select accountable_organisation_id as owner, number from ownership_records
        where subject_id = ${subject} order by number desc limit 1`;
      const from = people.find(({ id }) => id === last?.owner) as Party;
      const others = people.filter((one) => one !== from);
      const to = others[Math.floor(Math.random() * others.length)] as Party;
      return transfer(db, receipts, subject, from, to, last?.number).then(() => 'accepted', nameOf);
    },
    intervals: async () => {
      // The end is looked up by the link, not by the order, so that a chain that forks would show.
      const rows = await sql<{ subject: string; owner: string; from: Date; until: Date | null }[]>`
        select r.subject_id as subject, r.accountable_organisation_id as owner, r.recorded_at as from,
          n.recorded_at as until
        from ownership_records r left join ownership_records n on n.subject_type = r.subject_type
          and n.subject_id = r.subject_id and n.previous_number = r.number
        where r.subject_id in ${sql(alliances)}`;
      return rows.map(({ from, until, ...row }) => ({ ...row, from: +from, until: until ? +until : Infinity }));
    },
  };
}

/** The planted bug: it reads who owns, then closes that time and begins another. */
async function readThenWrite(owner: Sql, sql: Sql, subjects: number): Promise<Design> {
  await owner`drop table if exists naive_owners`;
  await owner`create table naive_owners (subject int not null, owner uuid not null, valid_from timestamptz not null,
    valid_to timestamptz)`;
  for (let made = 0; made < subjects; made++) await owner`insert into naive_owners values (${made}, ${newId()}, now())`;
  return {
    attempt: async (n) => {
      const [present] = await sql<{ owner: string }[]>`
        select owner from naive_owners where subject = ${n} and valid_to is null limit 1`;
      if (present === undefined) return 'error nobody owns it';
      await sql`update naive_owners set valid_to = clock_timestamp()
        where subject = ${n} and owner = ${present.owner} and valid_to is null`;
      await sql`insert into naive_owners values (${n}, ${newId()}, clock_timestamp())`;
      return 'accepted';
    },
    intervals: async () => {
      const rows = await sql<{ subject: string; owner: string; from: number; until: number | null }[]>`
        select subject::text, owner, (extract(epoch from valid_from) * 1000)::float8 as from,
          (extract(epoch from valid_to) * 1000)::float8 as until from naive_owners`;
      return rows.map((row) => ({ ...row, until: row.until ?? Infinity }));
    },
  };
}

const isRefusal = (outcome: string) => outcome === 'accepted' || /^(409|412) /.test(outcome);

/** What is wrong with an outcome of the product. */
const faultsOf = ({ outcomes, overlaps, doubles, attempts }: Outcome): string[] => [
  ...Object.keys(outcomes)
    .filter((outcome) => !isRefusal(outcome))
    .map((outcome) => `an outcome that is none: ${outcome}`),
  ...(overlaps + doubles === 0 ? [] : [`${overlaps} overlaps, ${doubles} instants with two owners`]),
  ...((outcomes.accepted ?? 0) > 0 && attempts > 0 ? [] : ['nothing was accepted']),
];

/** Tells an outcome in a few lines. */
function told(name: string, { attempts, subjects, parallel, seconds, outcomes, overlaps, doubles }: Outcome): string {
  const sorted = Object.entries(outcomes).sort(([a], [b]) => (a < b ? -1 : 1));
  const each = sorted.map(([outcome, count]) => `  ${String(count).padStart(7)} ${outcome}`);
  const head = `${name}: ${attempts} transfers on ${subjects} subjects, ${parallel} at a time, ${seconds.toFixed(1)} s`;
  return `${[head, ...each].join('\n')}\n  ${overlaps} overlaps, ${doubles} instants with two accountable owners\n`;
}

/** The database under proof: as the application and as its owner. */
type Place = { readonly db: Db; readonly sql: Sql; readonly owner: Sql };

/** Tries to give subjects two owners, by the product and by a planted bug that the same harness must find; answers the faults. */
export async function proveOwnership(
  { db, sql, owner }: Place,
  { attempts, parallel }: { attempts: number; parallel: number },
  tell: (text: string) => void,
): Promise<{ faults: string[]; planted: number }> {
  const receipts = await openReceipts(db, { keySecret: Buffer.alloc(32, 9), issuer: 'https://node.example' });
  const faults: string[] = [];
  let accepted = 0;
  for (const subjects of [20, 1]) {
    const world = await settle(db, receipts, subjects);
    const outcome = await run(theChain(db, sql, receipts, world), { attempts, subjects, parallel });
    tell(told('version chain', outcome));
    faults.push(...faultsOf(outcome));
    accepted += subjects + (outcome.outcomes.accepted ?? 0);
  }
  const verified = await verifyOwnership(db, await publishedReceiptKeys(db));
  tell(
    `chain verified: ${verified.records} records of ${verified.subjects} subjects, ${verified.faults.length} faults\n`,
  );
  faults.push(...verified.faults);
  if (verified.records !== accepted) faults.push(`${accepted} were accepted and ${verified.records} recorded`);
  let planted = 0;
  for (const subjects of [20, 1]) {
    const outcome = await run(await readThenWrite(owner, sql, subjects), { attempts, subjects, parallel });
    tell(told('planted read-then-write', outcome));
    planted += outcome.overlaps;
  }
  if (planted === 0) faults.push('the harness did not find the planted bug');
  return { faults, planted };
}

async function openPlace(): Promise<{ connection: Connection; version: string; close(): Promise<void> }> {
  const name = `samendoen_proof_${process.pid}`;
  const url = process.env.TEST_DATABASE_URL;
  if (url !== undefined) {
    const administration = openDatabase(url, { max: 1 });
    await administration.sql`create database ${administration.sql(name)}`;
    const address = new URL(url);
    address.pathname = `/${name}`;
    const close = async () => {
      await administration.sql`drop database ${administration.sql(name)} with (force)`;
      await administration.close();
    };
    return { connection: address.href, version: 'the given server', close };
  }
  const dataDir = mkdtempSync(join(tmpdir(), 'samendoen-proof-'));
  const server = await startEmbedded({ dataDir: join(dataDir, 'postgres'), log: () => undefined });
  await ensureDatabase(server.connection('postgres'), name);
  const close = async () => {
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
  return { connection: server.connection(name), version: 'the embedded server', close };
}

// node --import=tsx tests/features/ownership/proof.ts [--quick]    ends with 1 when a subject had two owners
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const tell = (text: string) => process.stdout.write(text);
  const size = process.argv.includes('--quick') ? { attempts: 400, parallel: 16 } : { attempts: 10_000, parallel: 32 };
  const place = await openPlace();
  try {
    await migrateDatabase(place.connection);
    const application = openDatabase(place.connection, { max: 40, role: 'samendoen_app' });
    const owner = openDatabase(place.connection, { max: 40 });
    const [server] = await owner.sql<{ version: string }[]>`select version()`;
    tell(`${place.version}: ${server?.version}\n`);
    const { faults } = await proveOwnership({ ...application, owner: owner.sql }, size, tell);
    await application.close();
    await owner.close();
    for (const fault of faults.slice(0, 20)) tell(`fault: ${fault}\n`);
    tell(faults.length === 0 ? 'proved\n' : `NOT proved: ${faults.length} faults\n`);
    process.exitCode = faults.length === 0 ? 0 : 1;
  } finally {
    await place.close();
  }
}

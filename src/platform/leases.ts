import { type SQL, sql } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import type { Db } from './db.ts';
import { newId } from './id.ts';

/** How long whoever took a job may be silent, when a job that failed is tried again, and how often. */
export type LeaseTiming = {
  readonly leaseSeconds: number;
  readonly retrySeconds: number;
  readonly maxFailedAttempts: number;
};

/**
 * The jobs of a table with the columns state, failure, failed_attempts, lease_token, lease_until, started_at and
 * finished_at: whoever takes one holds it for as long as it renews its lease, and a job of a process that died is taken
 * over once its lease has run out.
 */
export class Leases {
  readonly #table: PgTable;
  readonly #timing: LeaseTiming;
  readonly #order: SQL;
  readonly #abandoned: ((db: Db, id: string) => Promise<void>) | undefined;

  /**
   * `order` says which job is due first, of the jobs `j`: those that were asked for first when absent. `abandoned` clears
   * away what is left of a job that is given up since process after process died over it.
   */
  constructor(
    table: PgTable,
    timing: LeaseTiming,
    { order = sql`j.id`, abandoned }: { order?: SQL; abandoned?: (db: Db, id: string) => Promise<void> } = {},
  ) {
    this.#table = table;
    this.#timing = timing;
    this.#order = order;
    this.#abandoned = abandoned;
  }

  /**
   * Takes the job that is due first; undefined where none is. One that its process died over has failed once more, so that
   * a job that ends whatever process takes it is given up. `told` sets further columns.
   */
  async claim(db: Db, told: SQL = sql``): Promise<{ readonly id: string; readonly token: string } | undefined> {
    const token = newId();
    const [job] = await db.execute<{ id: string; failed: number }>(sql`
      update ${this.#table} set state = 'running', lease_token = ${token}, lease_until = ${this.#until},
        failed_attempts = failed_attempts + (lease_token is not null)::int, started_at = coalesce(started_at, now()) ${told}
      where id = (select j.id from ${this.#table} j where j.state in ('queued', 'running')
        and (j.lease_until is null or j.lease_until < now()) order by ${this.#order} limit 1 for update skip locked)
      returning id, failed_attempts as failed`);
    if (job === undefined || job.failed < this.#timing.maxFailedAttempts) return job && { id: job.id, token };
    if (await this.fail(db, token, 'fault')) await this.#abandoned?.(db, job.id);
    return undefined;
  }

  /** Holds a job for longer, and tells of it what is given. Answers whether it was still held. */
  async renew(db: Db, token: string, told: SQL = sql``): Promise<boolean> {
    return this.#change(db, token, sql`lease_until = ${this.#until} ${told}`);
  }

  /** Ends a job well. Answers whether it was still held. */
  async succeed(db: Db, token: string, told: SQL = sql``): Promise<boolean> {
    return this.#change(
      db,
      token,
      sql`state = 'succeeded', finished_at = now(), lease_token = null, lease_until = null ${told}`,
    );
  }

  /** Lets a job be begun anew at once. */
  async release(db: Db, token: string): Promise<boolean> {
    return this.#change(db, token, sql`state = 'queued', lease_token = null, lease_until = null`);
  }

  /** Gives a job back that failed: it is tried again later, or has failed for good. Answers whether it was still held. */
  async giveBack(db: Db, token: string): Promise<boolean> {
    const { maxFailedAttempts, retrySeconds } = this.#timing;
    const failed = sql`failed_attempts + 1 >= ${maxFailedAttempts}`;
    return this.#change(
      db,
      token,
      sql`failed_attempts = failed_attempts + 1,
        state = case when ${failed} then 'failed' else 'queued' end,
        failure = case when ${failed} then 'fault' end, finished_at = case when ${failed} then now() end,
        lease_token = null, lease_until = now() + make_interval(secs => ${retrySeconds})`,
    );
  }

  /** Ends a job that can never be done. Answers whether it was still held. */
  async fail(db: Db, token: string, failure: string): Promise<boolean> {
    return this.#change(
      db,
      token,
      sql`state = 'failed', failure = ${failure}, finished_at = now(), lease_token = null, lease_until = null`,
    );
  }

  get #until(): SQL {
    return sql`clock_timestamp() + make_interval(secs => ${this.#timing.leaseSeconds})`;
  }

  async #change(db: Db, token: string, change: SQL): Promise<boolean> {
    const changed = await db.execute(sql`
      update ${this.#table} set ${change} where lease_token = ${token} and state = 'running' returning id`);
    return changed.length > 0;
  }
}

/**
 * Who works on what: one row a study, which its holder renews and which lapses by the clock of the database.
 *
 * pg-boss keeps one *waiting* job a study; it does not keep one *running*: a second daemon that finds the same study adds it
 * again while the first is at it. Two daemons cannot both hold this row, and a daemon that was killed, paused or cut off
 * loses it. No clock of a machine counts, so theirs may differ and jump.
 * @module
 */
import { randomUUID } from 'node:crypto';
import type { SqlDatabase } from './sql-database.ts';

/** Any number will do, as long as nobody else locks it: two daemons that start at once must not both make the table. */
const MAKING_LOCK = 7_350_757;

const MAKE_TABLE = `
  BEGIN;
  SELECT pg_advisory_xact_lock(${MAKING_LOCK});
  CREATE SCHEMA IF NOT EXISTS voxwatch;
  CREATE TABLE IF NOT EXISTS voxwatch.lease (
    fingerprint text PRIMARY KEY,
    holder uuid NOT NULL,
    until timestamptz NOT NULL
  );
  COMMIT`;

const TAKE = `
  INSERT INTO voxwatch.lease AS held (fingerprint, holder, until)
  VALUES ($1, $2::uuid, clock_timestamp() + $3::float8 * interval '1 millisecond')
  ON CONFLICT (fingerprint) DO UPDATE SET holder = excluded.holder, until = excluded.until
  WHERE held.until < clock_timestamp()
  RETURNING holder`;

const RENEW = `
  UPDATE voxwatch.lease SET until = clock_timestamp() + $3::float8 * interval '1 millisecond'
  WHERE fingerprint = $1 AND holder = $2::uuid
  RETURNING holder`;

/** The right to work on one study. */
export interface Lease {
  readonly fingerprint: string;
  /** Random: a lease that was lost and taken again is another one. */
  readonly holder: string;
}

export class Leases {
  readonly #database: SqlDatabase;
  readonly #lengthMs: number;

  /** @param lengthMs - How long a lease holds that is not renewed. */
  constructor(database: SqlDatabase, lengthMs: number) {
    this.#database = database;
    this.#lengthMs = lengthMs;
  }

  /** Makes the table where it is missing. */
  async open(): Promise<void> {
    await this.#database.executeSql(MAKE_TABLE);
  }

  /** @returns nothing while somebody else holds it. */
  async take(fingerprint: string): Promise<Lease | undefined> {
    const lease = { fingerprint, holder: randomUUID() };
    return (await this.#changes(TAKE, lease)) ? lease : undefined;
  }

  /** @returns Whether it is still ours, and holds anew from now on. */
  renew(lease: Lease): Promise<boolean> {
    return this.#changes(RENEW, lease);
  }

  /** Gives a lease back; nothing happens to one that somebody else has meanwhile. */
  async release({ fingerprint, holder }: Lease): Promise<void> {
    const text = 'DELETE FROM voxwatch.lease WHERE fingerprint = $1 AND holder = $2::uuid';
    await this.#database.executeSql(text, [fingerprint, holder]);
  }

  async isHeld(fingerprint: string): Promise<boolean> {
    const text = 'SELECT 1 FROM voxwatch.lease WHERE fingerprint = $1 AND until >= clock_timestamp()';
    return (await this.#database.executeSql(text, [fingerprint])).rows.length > 0;
  }

  /** Lets all lapse; for who is alone on the database, and starts. */
  async clear(): Promise<void> {
    await this.#database.executeSql('DELETE FROM voxwatch.lease');
  }

  async #changes(text: string, { fingerprint, holder }: Lease): Promise<boolean> {
    return (await this.#database.executeSql(text, [fingerprint, holder, this.#lengthMs])).rows.length > 0;
  }
}

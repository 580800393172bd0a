/**
 * What the queue asks of a database: pg-boss and the leases alike.
 * @module
 */

export interface SqlDatabase {
  /** Several statements at once are allowed where there are no values. */
  executeSql(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
}

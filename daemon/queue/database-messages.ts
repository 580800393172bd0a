/**
 * What the embedded database and its thread say to each other: plain data.
 * @module
 */

/** What the thread is started for. */
export interface DatabaseTask {
  readonly dir: string;
  /** Make the files, and end. */
  readonly makeOnly: boolean;
}

export type DatabaseRequest =
  | { readonly kind: 'sql'; readonly id: number; readonly text: string; readonly values: readonly unknown[] | undefined }
  | { readonly kind: 'close' };

export type DatabaseAnswer =
  | { readonly kind: 'open' }
  | { readonly kind: 'rows'; readonly id: number; readonly rows: unknown[] }
  /** With PostgreSQL's own words, which may hold values: for pg-boss, not for a log. */
  | { readonly kind: 'failure'; readonly id: number; readonly message: string };

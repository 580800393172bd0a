/**
 * What a check of `voxwatch doctor` says. A check is a pure function of facts, so that a test can play any machine; the
 * facts are read beside it.
 * @module
 */

/** `warning`: it works, but not as well as it could; `failed`: voxwatch cannot do its work. */
export type PointStatus = 'ok' | 'warning' | 'failed';

export interface Point {
  /** What was looked at. */
  readonly title: string;
  readonly status: PointStatus;
  /** What was found; no paths, so that it may be sent to somebody. */
  readonly found: string;
  /** One sentence on how to mend it; there wherever the status is not `ok`. */
  readonly mend?: string;
}

export function ok(title: string, found: string): Point {
  return { title, status: 'ok', found };
}

export function warning(title: string, found: string, mend: string): Point {
  return { title, status: 'warning', found, mend };
}

export function failed(title: string, found: string, mend: string): Point {
  return { title, status: 'failed', found, mend };
}

/** Bytes as gigabytes for people: `7.5 GB`. */
export function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

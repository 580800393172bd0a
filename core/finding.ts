/**
 * Findings: what a check saw. Checks return them and never decide; callers do.
 * @module
 */

/** `info` is worth knowing, `warning` must be shown with the result, `error` forbids a result. */
export type Severity = 'info' | 'warning' | 'error';

/** One observation about an input or a result. Holds nothing that identifies a patient. */
export interface Finding {
  /** Stable, upper snake case: `SLICE_GAP`, `ORGAN_ABSENT`. */
  readonly code: string;
  readonly severity: Severity;
  /** One sentence a radiographer understands. */
  readonly message: string;
}

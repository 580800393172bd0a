/**
 * The one error type of voxwatch and the catalogue of its codes.
 *
 * A message names the rule, the value found and what to do; it never holds a tag value, a UID, a path or a file
 * name (they identify patients). `docs/errors.md` lists the codes, and a test holds the two together.
 * @module
 */

/** What the caller can do about an error; the command line turns it into its exit code. */
export type ErrorKind =
  /** The command was called wrongly (exit 2). */
  | 'usage'
  /** The input is not something voxwatch may segment (exit 3). */
  | 'refused'
  /** Something is missing on this machine: a bundle, a native part, a writable folder (exit 4). */
  | 'missing'
  /** The work itself failed (exit 1). */
  | 'failed';

/** Every code, with its kind. Codes are stable: people write rules on them. */
export const ERROR_KINDS = {
  USAGE: 'usage',
  CONFIG_INVALID: 'usage',

  INPUT_NOT_FOUND: 'refused',
  INPUT_EMPTY: 'refused',
  INPUT_UNKNOWN_FORMAT: 'refused',
  INPUT_TRUNCATED: 'refused',
  INPUT_CORRUPT: 'refused',
  INPUT_TOO_LARGE: 'refused',
  INPUT_CHANGED: 'refused',
  DICOM_INVALID: 'refused',
  DICOM_NOT_CT: 'refused',
  DICOM_LOCALIZER: 'refused',
  DICOM_NO_GEOMETRY: 'refused',
  DICOM_TRANSFER_SYNTAX: 'refused',
  DICOM_PIXELS: 'refused',
  DICOM_DERIVED: 'refused',
  DICOM_CONTRADICTION: 'refused',
  DICOM_MIXED_SERIES: 'refused',
  NIFTI_INVALID: 'refused',
  NIFTI_UNSUPPORTED: 'refused',
  NPY_INVALID: 'refused',
  NPY_UNSUPPORTED: 'refused',
  GEOMETRY_INVALID: 'refused',
  GEOMETRY_MISMATCH: 'refused',
  LABEL_UNKNOWN: 'refused',
  WEIGHTS_INVALID: 'refused',
  MODEL_UNSUPPORTED: 'refused',

  BUNDLE_NOT_FOUND: 'missing',
  BUNDLE_INVALID: 'missing',
  BUNDLE_CHECKSUM: 'missing',
  PROVIDER_UNAVAILABLE: 'missing',
  PRECISION_UNAVAILABLE: 'missing',
  OUTPUT_NOT_WRITABLE: 'missing',
  HTTP_UNAVAILABLE: 'missing',
  TRAINING_BACKEND_MISSING: 'missing',
  SETUP_IMPOSSIBLE: 'missing',
  SETUP_FILE: 'missing',
  SETUP_DOWNLOAD: 'missing',

  INVALID_ARGUMENT: 'failed',
  INFERENCE_FAILED: 'failed',
  CANCELLED: 'failed',
  WORKER_DIED: 'failed',
  EXPORT_UNSUPPORTED: 'failed',
  PARITY_FAILED: 'failed',
  QUALITY_BELOW_CARD: 'failed',
  GATE_FAILED: 'failed',
  CASES_FAILED: 'failed',
  TRAINING_FAILED: 'failed',
  QUEUE_FAILED: 'failed',
  ALREADY_RUNNING: 'failed',
  INTERNAL: 'failed',
} as const satisfies Record<string, ErrorKind>;

/** A stable error code. */
export type ErrorCode = keyof typeof ERROR_KINDS;

/** Facts about an error that are safe to log: numbers, names of rules, never anything of a patient. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | readonly (string | number)[]>>;

/** The error that all of voxwatch throws. Anything else that surfaces is a bug. */
export class VoxwatchError extends Error {
  override readonly name = 'VoxwatchError';
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  /**
   * @param code - From {@link ERROR_KINDS}.
   * @param message - One sentence: the rule, what was found, what to do.
   * @param details - Typed facts for logs.
   * @param cause - The error underneath, kept for debugging; it is never printed to logs.
   */
  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
  }

  /** What the caller can do about it. */
  get kind(): ErrorKind {
    return ERROR_KINDS[this.code];
  }
}

/** What the system says of a disk that takes nothing more. Only writing ends so, whatever was at work. */
const DISK_REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full: make room, then run the command again.',
  EDQUOT: 'The quota of the disk is used up: make room, then run the command again.',
  EROFS: 'The disk is read-only: write to another one.',
};

/**
 * Wraps whatever was thrown: a {@link VoxwatchError} passes through, what a full or read-only disk causes becomes
 * `OUTPUT_NOT_WRITABLE`, anything else `INTERNAL` without its text.
 */
export function asVoxwatchError(thrown: unknown): VoxwatchError {
  if (thrown instanceof VoxwatchError) return thrown;
  const { code: systemCode, syscall } = (thrown ?? {}) as { readonly code?: unknown; readonly syscall?: unknown };
  // A watch of a folder has the code of a full disk too, when the system's limit of watches is reached.
  const diskReason = syscall === 'watch' ? undefined : DISK_REASONS[String(systemCode)];
  if (diskReason !== undefined)
    return new VoxwatchError('OUTPUT_NOT_WRITABLE', diskReason, { systemCode: String(systemCode) }, thrown);
  // The text of a foreign error may hold a path or a tag value: it stays in `cause`.
  const type = thrown instanceof Error ? thrown.constructor.name : typeof thrown;
  const suffix = typeof systemCode === 'string' ? ` (${systemCode})` : '';
  return new VoxwatchError('INTERNAL', `An unexpected ${type}${suffix} stopped the work.`, { type }, thrown);
}

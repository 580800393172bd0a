/**
 * What the system says when a file cannot be written → one clear sentence.
 * @module
 */
import { VoxwatchError } from '../core/errors.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full',
  EDQUOT: 'The quota of the disk is used up',
  EROFS: 'The output folder lies on a disk that is read-only',
  EACCES: 'The output folder may not be written',
  EPERM: 'The output folder may not be written',
};

/** What becomes of a training run. */
export const RUN_IS_KEPT =
  'nothing more was written, and the last checkpoint of the run is whole. Make room, then go on with --resume';

/**
 * A {@link VoxwatchError} where the thrown error is the disk's; anything else as it is.
 * @param outcome - What is there now and what to do, without a full stop.
 */
export function asStorageError(thrown: unknown, outcome: string): unknown {
  const reason = REASONS[String((thrown as { code?: unknown } | null)?.code)];
  if (reason === undefined || thrown instanceof VoxwatchError) return thrown;
  return new VoxwatchError('OUTPUT_NOT_WRITABLE', `${reason}: ${outcome}.`, {}, thrown);
}

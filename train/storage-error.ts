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

/** A {@link VoxwatchError} where the thrown error is the disk's; anything else as it is. */
export function asStorageError(thrown: unknown): unknown {
  const reason = REASONS[String((thrown as { code?: unknown } | null)?.code)];
  if (reason === undefined || thrown instanceof VoxwatchError) return thrown;
  const sentence = `${reason}: nothing more was written, and the last checkpoint of the run is whole. Make room, then go on with --resume.`;
  return new VoxwatchError('OUTPUT_NOT_WRITABLE', sentence, {}, thrown);
}

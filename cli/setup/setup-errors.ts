/**
 * What can go wrong while something is brought to this machine → errors that say how to go on.
 * @module
 */
import { VoxwatchError } from '../../core/errors.ts';

/** What has come is kept, so that the same command goes on from there. */
export function failedDownload(why: string, cause?: unknown): VoxwatchError {
  const hint = 'Run the command again to go on where it stopped, or carry the files in with --from.';
  return new VoxwatchError('SETUP_DOWNLOAD', `The download failed: ${why}. ${hint}`, {}, cause);
}

/** A file system's error → what to do about it; whatever else passes through. */
export function failedWrite(thrown: unknown): unknown {
  const code = (thrown as NodeJS.ErrnoException | null)?.code ?? '';
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new VoxwatchError(
      'OUTPUT_NOT_WRITABLE',
      'The disk is full: free some space and run the command again.',
      { code },
      thrown,
    );
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    const message = 'A folder cannot be written: run the command as the owner of the voxwatch folder.';
    return new VoxwatchError('OUTPUT_NOT_WRITABLE', message, { code }, thrown);
  }
  return thrown;
}

/** @param needed @param free - Bytes. */
export function notEnoughSpace(needed: number, free: number): VoxwatchError {
  const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(1);
  return new VoxwatchError(
    'OUTPUT_NOT_WRITABLE',
    `The disk has too little space: ${gigabytes(needed)} GB are needed, ${gigabytes(free)} GB are free.`,
    { needed, free },
  );
}

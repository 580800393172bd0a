/**
 * A program that `voxwatch setup training` runs, and what it says where it fails.
 * @module
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { VoxwatchError } from '../../core/errors.ts';

const run = promisify(execFile);

/**
 * @param cwd - Folder to run in.
 * @throws {VoxwatchError} `TRAINING_BACKEND_MISSING` where the program is not there or fails.
 */
export async function setupStep(command: string, args: readonly string[], cwd: string): Promise<void> {
  try {
    await run(command, [...args], { cwd, maxBuffer: 1 << 26 });
  } catch (cause) {
    const notThere = (cause as { code?: unknown }).code === 'ENOENT';
    throw setupFailure(notThere ? `${command} is not on this machine` : `${command} failed`, cause);
  }
}

/** @param why - Without a full stop. */
export function setupFailure(why: string, cause?: unknown): VoxwatchError {
  return new VoxwatchError('TRAINING_BACKEND_MISSING', `The training backend could not be set up: ${why}.`, {}, cause);
}

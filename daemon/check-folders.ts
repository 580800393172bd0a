/**
 * Are the folders the daemon needs there, and can it write where it must?
 * @module
 */
import { randomUUID } from 'node:crypto';
import { mkdir, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { VoxwatchError } from '../core/errors.ts';

/** @throws {VoxwatchError} `INPUT_NOT_FOUND` */
export async function checkInputFolder(inDir: string): Promise<void> {
  const stats = await stat(inDir).catch(() => undefined);
  if (!stats?.isDirectory()) {
    throw new VoxwatchError('INPUT_NOT_FOUND', 'The folder to watch does not exist, or is not a folder: make it or check --in.');
  }
}

/**
 * Makes a folder where it is missing and proves that something can be written there.
 * @throws {VoxwatchError} `OUTPUT_NOT_WRITABLE`
 */
export async function makeWritableFolder(dir: string): Promise<void> {
  try {
    await mkdir(dir, { recursive: true });
    const probe = join(dir, `.probe-${randomUUID()}`);
    await mkdir(probe);
    await rmdir(probe);
  } catch (cause) {
    const message = 'The output or state folder cannot be written: check --out, --state and their permissions.';
    throw new VoxwatchError('OUTPUT_NOT_WRITABLE', message, {}, cause);
  }
}

/**
 * A folder that should hold wheels → what is wrong with it.
 * @module
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { VoxwatchError } from '../../core/errors.ts';
import type { Wheel } from './cuda-wheels.ts';

/** `incomplete`: shorter than it should be; `different`: not the pinned file. */
export type WheelState = 'ok' | 'missing' | 'incomplete' | 'different';

/** Looks at one wheel; a file of the right size is read whole. */
export async function checkWheel(folder: string, { file, sizeBytes, sha256 }: Wheel): Promise<WheelState> {
  const path = join(folder, file);
  const size = await stat(path).then(
    (entry) => (entry.isFile() ? entry.size : undefined),
    () => undefined,
  );
  if (size === undefined) return 'missing';
  if (size < sizeBytes) return 'incomplete';
  if (size > sizeBytes) return 'different';
  return (await sha256OfFile(path)) === sha256 ? 'ok' : 'different';
}

/**
 * Checks a folder that was carried in.
 * @throws {VoxwatchError} `SETUP_FILE`, naming every wheel that is not as it should be.
 */
export async function checkCarriedFolder(folder: string, wheels: readonly Wheel[]): Promise<void> {
  const bad: string[] = [];
  for (const wheel of wheels) {
    const state = await checkWheel(folder, wheel);
    if (state !== 'ok') bad.push(`${wheel.project} ${wheel.version} ${WORDS[state]}`);
  }
  if (bad.length === 0) return;
  throw new VoxwatchError(
    'SETUP_FILE',
    `${bad.length} of ${wheels.length} files in the folder given with --from cannot be used: ${bad.join('; ')}. ` +
      'Fill it again with voxwatch setup cuda --download-to on a machine with a network, and copy it whole.',
    { wheels: bad.length },
  );
}

const WORDS: Readonly<Record<Exclude<WheelState, 'ok'>, string>> = {
  missing: 'is missing',
  incomplete: 'is not whole',
  different: 'is not the pinned file (its sha256 or size differs)',
};

async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}

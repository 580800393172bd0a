/**
 * Files of a bundle → a folder that is there whole or not at all.
 * @module
 */
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { VoxwatchError } from '../core/errors.ts';
import { BUNDLE_FILES, type BundleWriter } from '../export/bundle.ts';

/**
 * Lets `fill` write a bundle and then puts it in place; an older bundle there is replaced, anything else is not.
 * @throws {VoxwatchError} `OUTPUT_NOT_WRITABLE`, or whatever `fill` throws; the folder is then as it was.
 */
export async function writeBundleFolder<T>(folder: string, fill: (writer: BundleWriter) => Promise<T>): Promise<T> {
  const target = resolve(folder);
  const unfinished = join(dirname(target), `.${basename(target)}.${process.pid}`);
  await assertReplaceable(target);
  try {
    const filled = await fill({
      async writeFile(name, bytes) {
        const file = join(unfinished, name);
        await writable(mkdir(dirname(file), { recursive: true }));
        await writable(writeFile(file, bytes));
      },
    });
    await writable(rm(target, { recursive: true, force: true }));
    await writable(rename(unfinished, target));
    return filled;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

async function assertReplaceable(target: string): Promise<void> {
  const entries = await readdir(target).catch(() => undefined);
  if (entries === undefined && (await stat(target).catch(() => undefined)) !== undefined) throw notWritable('it is a file');
  if (entries !== undefined && entries.length > 0 && !entries.includes(BUNDLE_FILES.manifest))
    throw notWritable('it holds something else than a bundle');
}

async function writable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw notWritable((cause as NodeJS.ErrnoException).code ?? 'unknown', cause);
  }
}

function notWritable(why: string, cause?: unknown): VoxwatchError {
  return new VoxwatchError(
    'OUTPUT_NOT_WRITABLE',
    `The bundle cannot be written to the folder given with --out (${why}).`,
    {},
    cause,
  );
}

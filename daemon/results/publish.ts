/**
 * A finished result → its folder below the output folder, whole or not at all.
 *
 * Everything is written to `.voxwatch-tmp/<random>` on the same file system, flushed, and renamed in one step. A name
 * that is taken by another job gets `-2`, `-3`, …; the same job finds its own earlier result and publishes nothing.
 * @module
 */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { VoxwatchError } from '../../core/errors.ts';
import { type AtStep, NOBODY_LISTENS } from '../steps.ts';
import { flushFolder, flushTree } from './flush.ts';
import { makeFolder } from './make-folder.ts';
import { REPORT_FILE } from './report.ts';

/** Where results are while they are written, below the output folder. */
export const TEMPORARY_FOLDER = '.voxwatch-tmp';

/** Where refusals go, below the output folder. */
export const REJECTED_FOLDER = 'rejected';

/** Where reports of series go that the rules leave alone, below the output folder. */
export const NOT_CHOSEN_FOLDER = 'not-chosen';

/** An input may be called like one of our own folders; its result then starts at `-2`. */
const RESERVED_NAMES: readonly string[] = [REJECTED_FOLDER, NOT_CHOSEN_FOLDER, TEMPORARY_FOLDER];

/** The parts of the output folder; results lie directly in it. */
export const SECTION_FOLDERS = { results: '', rejected: REJECTED_FOLDER, 'not-chosen': NOT_CHOSEN_FOLDER } as const;

export type Section = keyof typeof SECTION_FOLDERS;

/** What is to be published, and where. */
export interface Publication {
  readonly outDir: string;
  /** The input's own name. */
  readonly name: string;
  readonly section: Section;
  readonly identity: string;
}

export interface Published {
  readonly status: 'published' | 'already-published';
  /** Below the output folder, with `/`: `study-2`, `rejected/study`. */
  readonly folder: string;
}

/**
 * Looks for the earlier result of the same job, before any work is done.
 * @returns its folder below the output folder.
 * @throws {VoxwatchError} `OUTPUT_NOT_WRITABLE`.
 */
export async function findPublished(publication: Publication): Promise<string | undefined> {
  return guardOutput(async () => {
    const place = await findPlace(publication);
    return place.isOurs ? place.folder : undefined;
  });
}

/**
 * Writes a result and publishes it.
 * @param write - Fills an empty folder; `report.json` in it, or in its folders, names the identity.
 * @throws {VoxwatchError} `OUTPUT_NOT_WRITABLE`, and whatever `write` throws; nothing is left behind then.
 */
export async function publish(
  publication: Publication,
  write: (folder: string) => Promise<void>,
  atStep: AtStep = NOBODY_LISTENS,
): Promise<Published> {
  const temporary = join(publication.outDir, TEMPORARY_FOLDER, randomUUID());
  await guardOutput(() => makeFolder(temporary));
  try {
    await guardOutput(() => write(temporary));
    return await guardOutput(async () => {
      await flushTree(temporary);
      atStep('result-flushed');
      return moveIntoPlace(publication, temporary, atStep);
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Checks that results can be written. @throws {VoxwatchError} `OUTPUT_NOT_WRITABLE`. */
export async function assertWritable(outDir: string): Promise<void> {
  await guardOutput(async () => {
    await makeFolder(outDir);
    if (!(await stat(outDir)).isDirectory()) throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' });
    await access(outDir, constants.W_OK | constants.X_OK);
  });
}

/**
 * Removes what processes that were killed left half-written.
 * @param olderThanMs - What is younger may belong to a job that runs, here or elsewhere; 0 where none does.
 */
export async function removeStaleTemporaries(outDir: string, olderThanMs: number): Promise<void> {
  const parent = join(outDir, TEMPORARY_FOLDER);
  for (const name of await readdir(parent).catch(() => [])) {
    const folder = join(parent, name);
    const changedMs = await stat(folder).then(
      ({ mtimeMs }) => mtimeMs,
      () => Number.POSITIVE_INFINITY,
    );
    if (Date.now() - changedMs > olderThanMs) await rm(folder, { recursive: true, force: true });
  }
}

async function moveIntoPlace(publication: Publication, temporary: string, atStep: AtStep): Promise<Published> {
  for (;;) {
    const { folder, isOurs } = await findPlace(publication);
    if (isOurs) return { status: 'already-published', folder };
    const target = join(publication.outDir, folder);
    const parent = join(target, '..');
    await makeFolder(parent);
    try {
      await rename(temporary, target);
    } catch (thrown) {
      // Another process took the name between the look and the rename: look again.
      if (isTaken(thrown)) continue;
      throw thrown;
    }
    atStep('result-renamed');
    await flushFolder(parent);
    return { status: 'published', folder };
  }
}

/** The first free name, or the folder that this very job has published. */
async function findPlace({ outDir, name, section, identity }: Publication): Promise<{ folder: string; isOurs: boolean }> {
  if (name === '' || name === '.' || name === '..' || /[/\\\0]/.test(name)) {
    throw new VoxwatchError('INVALID_ARGUMENT', 'A result needs the name of one folder, without separators.');
  }
  const isReserved = section === 'results' && RESERVED_NAMES.includes(name);
  for (let number = isReserved ? 2 : 1; ; number++) {
    const candidate = number === 1 ? name : `${name}-${number}`;
    const folder = posix.join(SECTION_FOLDERS[section], candidate);
    const found = await identityOf(join(outDir, folder));
    if (found === 'free') return { folder, isOurs: false };
    if (found === identity) return { folder, isOurs: true };
  }
}

/** The identity that a folder's report names: `free` if there is no folder, undefined if it is not a result of ours. */
export async function identityOf(folder: string): Promise<string | undefined> {
  let entries: readonly string[];
  try {
    entries = await readdir(folder);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return 'free';
    if ((thrown as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined;
    throw thrown;
  }
  // With several bundles, each has a folder and a report of its own, with the one identity.
  const reports = [REPORT_FILE, ...entries.map((entry) => join(entry, REPORT_FILE))];
  for (const report of reports) {
    try {
      const { jobIdentity } = JSON.parse(await readFile(join(folder, report), 'utf8')) as { jobIdentity?: unknown };
      if (typeof jobIdentity === 'string') return jobIdentity;
    } catch {
      // Not there, or not a report: somebody else's folder keeps its name.
    }
  }
  return undefined;
}

function isTaken(thrown: unknown): boolean {
  return ['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes((thrown as NodeJS.ErrnoException).code ?? '');
}

/** System errors under the output folder become `OUTPUT_NOT_WRITABLE`; their texts hold paths. */
export async function guardOutput<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    const systemCode = (thrown as NodeJS.ErrnoException).code;
    if (thrown instanceof VoxwatchError || typeof systemCode !== 'string' || !/^E[A-Z]+$/.test(systemCode)) throw thrown;
    throw new VoxwatchError(
      'OUTPUT_NOT_WRITABLE',
      `The output folder cannot be written (${systemCode}): check that it is a folder, its owner and the space left.`,
      { systemCode },
      thrown,
    );
  }
}

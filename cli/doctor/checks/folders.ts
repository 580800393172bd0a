/**
 * Can the folders be read and written, and is there space on their disks?
 * @module
 */
import { access, constants, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { failed, gigabytes, ok, type Point, warning } from '../point.ts';

/** A hundred studies with all their pictures. */
const ENOUGH_BYTES = 10e9;
/** Less does not hold the results of a few studies. */
const LEAST_BYTES = 1e9;

export interface FolderFacts {
  /** What it is for: `watched folder`. */
  readonly title: string;
  /** A folder that is only read must be there; the others are made. */
  readonly use: 'read' | 'write';
  readonly state: 'there' | 'missing' | 'no folder';
  /** Whether it can be used so; of a missing one, whether it can be made. */
  readonly isAllowed: boolean;
  readonly freeBytes: number;
}

/** Looks at a folder, or where it is missing at the nearest one above it. Makes nothing. */
export async function readFolder(path: string, { title, use }: Pick<FolderFacts, 'title' | 'use'>): Promise<FolderFacts> {
  const entry = await stat(path).catch(() => undefined);
  const state = entry === undefined ? 'missing' : entry.isDirectory() ? 'there' : 'no folder';
  let at = path;
  while (dirname(at) !== at && !(await stat(at).catch(() => undefined))) at = dirname(at);
  const needed = use === 'read' && state === 'there' ? constants.R_OK | constants.X_OK : constants.W_OK | constants.X_OK;
  const isAllowed = await access(at, needed).then(
    () => true,
    () => false,
  );
  const { bavail, bsize } = await statfs(at);
  return { title, use, state, isAllowed, freeBytes: bavail * bsize };
}

export function checkFolder({ title, use, state, isAllowed, freeBytes }: FolderFacts): Point {
  if (state === 'no folder') return failed(title, 'is no folder', 'Name a folder.');
  if (state === 'missing' && use === 'read') return failed(title, 'is not there', 'Make it, or name another with --in.');
  if (!isAllowed) {
    const what = state === 'missing' ? 'made' : use === 'read' ? 'read' : 'written';
    return failed(title, `cannot be ${what}`, 'Change its owner or its permissions, or run voxwatch as another user.');
  }
  const found = `${state === 'missing' ? 'can be made' : use === 'read' ? 'can be read' : 'can be written'}, ${gigabytes(freeBytes)} free`;
  if (use === 'read' || freeBytes >= ENOUGH_BYTES) return ok(title, found);
  const mend = 'Free space on its disk: results with all pictures take up to 100 MB a study.';
  return freeBytes < LEAST_BYTES ? failed(title, found, mend) : warning(title, found, mend);
}

/**
 * A folder → the files in it that may be input, with the facts that tell whether they change.
 * @module
 */
import type { BigIntStats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { VoxwatchError } from '../../core/errors.ts';
import { mapConcurrently } from './map-concurrently.ts';

/** What the file system says about a file. Two equal facts at different times: nobody wrote in between. */
export interface FileFact {
  /** Absolute. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Time of the last change, nanoseconds since 1970, as text: it does not fit a number. */
  readonly mtimeNs: string;
  readonly inode: string;
}

export interface FolderSnapshot {
  /** Sorted by path. */
  readonly files: readonly FileFact[];
  /** Sentinel files (`.done`, `<name>.done`): a sender's word that all is there. Never input. */
  readonly sentinels: ReadonlySet<string>;
}

/** Asked of the file system at a time: a share is slow to answer each, and what is asked waits in memory. */
const FACTS_AT_A_TIME = 32;

/** Sentinels are looked for by this ending; `.done` itself too. */
const SENTINEL_NAME = /\.done$/i;
/** Names that writers give to files they have not finished. */
const UNFINISHED_NAME = /\.(part|partial|tmp|crdownload|filepart)$/i;

/**
 * Lists a folder and all below it. Links, dot files and unfinished files are left out, as discovery does.
 * @throws {VoxwatchError} `INPUT_NOT_FOUND` if the folder itself cannot be listed. What vanishes meanwhile is left out.
 */
export async function takeSnapshot(dir: string): Promise<FolderSnapshot> {
  const paths: string[] = [];
  const sentinels = new Set<string>();
  try {
    await addFolder(dir, paths, sentinels);
  } catch (cause) {
    throw new VoxwatchError('INPUT_NOT_FOUND', 'The watched folder cannot be listed: check that it exists.', {}, cause);
  }
  const facts = await mapConcurrently(paths.sort(), readFact, FACTS_AT_A_TIME);
  return { files: facts.filter((fact) => fact !== undefined), sentinels };
}

/** The facts of a file, or nothing if it is gone. */
export async function readFact(path: string): Promise<FileFact | undefined> {
  const stats = await stat(path, { bigint: true }).catch(() => undefined);
  return stats?.isFile() ? toFact(path, stats) : undefined;
}

/** Whether files are as they were. */
export async function areUnchanged(facts: readonly FileFact[]): Promise<boolean> {
  const now = await Promise.all(facts.map(({ path }) => readFact(path)));
  return facts.every((fact, index) => {
    const current = now[index];
    return current !== undefined && isSameFact(current, fact);
  });
}

export function isSameFact(a: FileFact, b: FileFact): boolean {
  return a.sizeBytes === b.sizeBytes && a.mtimeNs === b.mtimeNs && a.inode === b.inode;
}

async function addFolder(dir: string, paths: string[], sentinels: Set<string>): Promise<void> {
  const folders: string[] = [];
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isFile() && SENTINEL_NAME.test(entry.name)) sentinels.add(path);
    else if (entry.name.startsWith('.') || UNFINISHED_NAME.test(entry.name)) continue;
    else if (entry.isDirectory()) folders.push(path);
    else if (entry.isFile()) paths.push(path);
  }
  // A folder that goes away while it is listed is empty, not an error.
  await mapConcurrently(folders, (folder) => addFolder(folder, paths, sentinels).catch(() => {}));
}

function toFact(path: string, { size, mtimeNs, ino }: BigIntStats): FileFact {
  return { path, sizeBytes: Number(size), mtimeNs: String(mtimeNs), inode: String(ino) };
}

/**
 * What happens to input files once their result is published: they stay, are moved, or are deleted.
 * @module
 */
import { copyFile, mkdir, readdir, rename, rmdir, stat, unlink, utimes } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { type FileFact, isSameFact, readFact } from './intake/folder-snapshot.ts';

/** How input is settled; `keep` touches nothing. */
export type Settlement =
  | { readonly kind: 'keep' }
  | { readonly kind: 'move'; readonly inDir: string; readonly afterDir: string }
  | { readonly kind: 'delete'; readonly inDir: string };

/**
 * Settles files of one job. A file that changed since, or is gone, is left alone: it is not what was segmented.
 * @returns How many files were moved or deleted.
 */
export async function settleInput(facts: readonly FileFact[], settlement: Settlement): Promise<number> {
  if (settlement.kind === 'keep') return 0;
  let settled = 0;
  for (const fact of facts) {
    const now = await readFact(fact.path);
    if (now === undefined || !isSameFact(now, fact)) continue;
    if (settlement.kind === 'delete') await unlink(fact.path);
    else await moveFile(fact.path, join(settlement.afterDir, relative(settlement.inDir, fact.path)));
    await unlink(`${fact.path}.done`).catch(() => {});
    settled++;
  }
  for (const folder of new Set(facts.map(({ path }) => dirname(path)))) await removeEmptied(folder, settlement.inDir);
  return settled;
}

/** Moves a file, also to another disk, never over one that is there. */
async function moveFile(from: string, wanted: string): Promise<void> {
  await mkdir(dirname(wanted), { recursive: true });
  const to = await freeName(wanted);
  try {
    await rename(from, to);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EXDEV') throw thrown;
    const { atime, mtime } = await stat(from);
    await copyFile(from, `${to}.part`);
    await utimes(`${to}.part`, atime, mtime);
    await rename(`${to}.part`, to);
    await unlink(from);
  }
}

async function freeName(wanted: string): Promise<string> {
  for (let number = 1; ; number++) {
    const path = number === 1 ? wanted : join(dirname(wanted), `${number}-${basename(wanted)}`);
    if ((await stat(path).catch(() => undefined)) === undefined) return path;
  }
}

/** Removes a folder and those above it that hold nothing but a sentinel; never the watched folder. */
async function removeEmptied(folder: string, inDir: string): Promise<void> {
  for (let dir = folder; relative(inDir, dir) !== '' && !relative(inDir, dir).startsWith('..'); dir = dirname(dir)) {
    const isEmpty = await rmdir(dir).then(
      () => true,
      () => false,
    );
    if (!isEmpty && !(await removeWithSentinel(dir))) return;
    await unlink(`${dir}.done`).catch(() => {});
  }
}

async function removeWithSentinel(dir: string): Promise<boolean> {
  const names = await readdir(dir).catch(() => ['']);
  if (names.length !== 1 || names[0] !== '.done') return false;
  await unlink(join(dir, '.done'));
  await rmdir(dir);
  return true;
}

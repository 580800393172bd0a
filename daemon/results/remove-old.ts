/**
 * Results and reports that are older than they are kept → gone. Only folders that name a job of ours are touched.
 * @module
 */
import { randomUUID } from 'node:crypto';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from './make-folder.ts';
import { identityOf, SECTION_FOLDERS, type Section, TEMPORARY_FOLDER } from './publish.ts';

/**
 * Removes what was published before a moment. A folder leaves its place in one step, so that nobody sees half of one.
 * @returns How many were removed; one that cannot be removed stays for the next time.
 */
export async function removeOld(outDir: string, section: Section, beforeMs: number): Promise<number> {
  const parent = join(outDir, SECTION_FOLDERS[section]);
  const own = new Set<string>([TEMPORARY_FOLDER, ...Object.values(SECTION_FOLDERS)]);
  let removed = 0;
  for (const entry of await readdir(parent, { withFileTypes: true }).catch(() => [])) {
    if (!entry.isDirectory() || entry.name.startsWith('.') || (section === 'results' && own.has(entry.name))) continue;
    if (await removeIfOld(outDir, join(parent, entry.name), beforeMs).catch(() => false)) removed++;
  }
  return removed;
}

async function removeIfOld(outDir: string, folder: string, beforeMs: number): Promise<boolean> {
  // Of the folder: it does not change once it is published.
  const { mtimeMs } = await stat(folder);
  if (mtimeMs >= beforeMs) return false;
  const identity = await identityOf(folder);
  if (identity === undefined || identity === 'free') return false;
  const aside = join(outDir, TEMPORARY_FOLDER, randomUUID());
  await makeFolder(join(outDir, TEMPORARY_FOLDER));
  await rename(folder, aside);
  await rm(aside, { recursive: true, force: true });
  return true;
}

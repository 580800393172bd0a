/**
 * A file that is there whole or not at all.
 * @module
 */
import { rename, rm, writeFile } from 'node:fs/promises';

/** Writes under a temporary name first; what was begun is removed where it cannot be finished. */
export async function writeWhole(file: string, content: string | Uint8Array | AsyncIterable<Uint8Array>): Promise<void> {
  const temporary = `${file}.part`;
  try {
    await writeFile(temporary, content);
    await rename(temporary, file);
  } catch (thrown) {
    await rm(temporary, { force: true }).catch(() => {});
    throw thrown;
  }
}

/**
 * Small files of the kernel (`/proc`, `/sys`) → their text, or nothing where the system has none.
 * @module
 */
import { readFile } from 'node:fs/promises';

export async function readText(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );
}

/** The whole number in a file. */
export async function readWhole(path: string): Promise<number | undefined> {
  const text = await readText(path);
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

/**
 * A folder → a source of bundle files.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BundleSource } from '../../runtime/bundle.ts';

/** Reads a bundle from a folder. */
export function bundleFolder(folder: string): BundleSource {
  return { readFile: (name) => readFile(join(folder, name)) };
}

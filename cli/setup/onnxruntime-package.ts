/**
 * Where the installed onnxruntime-node keeps its native libraries.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Asked for by name and not imported: loading it is the runtime's business alone. */
const PACKAGE_FILE = 'onnxruntime-node/package.json';

export interface OnnxruntimePackage {
  readonly version: string;
  /** Folder of `libonnxruntime.so.1`: it looks for its providers there. */
  readonly nativeFolder: string;
}

/** @returns undefined where it is not installed. */
export async function findOnnxruntime(platform: string, arch: string): Promise<OnnxruntimePackage | undefined> {
  try {
    const packageFile = createRequire(import.meta.url).resolve(PACKAGE_FILE);
    const { version } = JSON.parse(await readFile(packageFile, 'utf8')) as { version: string };
    return { version, nativeFolder: join(dirname(packageFile), 'bin', 'napi-v6', platform, arch) };
  } catch {
    return undefined;
  }
}

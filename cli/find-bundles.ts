/**
 * Names or folders → model bundles, and the bundles at hand.
 * @module
 */
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { VoxwatchError } from '../core/errors.ts';
import type { ModelManifest } from '../core/model-manifest.ts';
import { bundleFolder } from '../daemon/job/bundle-folder.ts';
import { MANIFEST_FILE, readManifest } from '../runtime/bundle.ts';

/** The bundles that come with the package. */
export const MODELS_DIR = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? '../models/' : '../../models/', import.meta.url));

export interface FoundBundle {
  readonly dir: string;
  readonly manifest: ModelManifest;
  readonly manifestSha256: string;
  /** Of the manifest and all networks. */
  readonly sizeBytes: number;
}

/**
 * Finds the bundles that a command asks for.
 * @param wanted - Names in the models folder, or folders; none means those that are defaults.
 * @throws {VoxwatchError} `BUNDLE_NOT_FOUND`, `BUNDLE_INVALID`.
 */
export async function findBundles(wanted: readonly string[], modelsDir: string = MODELS_DIR): Promise<readonly FoundBundle[]> {
  if (wanted.length > 0) return Promise.all(wanted.map((name) => findBundle(name, modelsDir)));
  const defaults = (await listBundles(modelsDir)).filter(({ manifest }) => manifest.isDefault);
  if (defaults.length > 0) return defaults;
  throw new VoxwatchError('BUNDLE_NOT_FOUND', 'No model bundle is marked as default: name one with --model.');
}

/** All bundles of the models folder, by name. @throws {VoxwatchError} `BUNDLE_INVALID` if one of them is broken. */
export async function listBundles(modelsDir: string = MODELS_DIR): Promise<readonly FoundBundle[]> {
  const entries = await readdir(modelsDir).catch(() => []);
  const dirs = [];
  for (const entry of entries.sort()) if (await isBundle(join(modelsDir, entry))) dirs.push(join(modelsDir, entry));
  return Promise.all(dirs.map(openBundle));
}

/** A name wins over a folder of the same name in the current folder; `./name` means the folder. */
async function findBundle(wanted: string, modelsDir: string): Promise<FoundBundle> {
  const isName = /^[a-z0-9][a-z0-9-]*$/.test(wanted);
  const byName = join(modelsDir, wanted);
  if (isName && (await isBundle(byName))) return openBundle(byName);
  const folder = resolve(wanted);
  if (await isBundle(folder)) return openBundle(folder);
  throw new VoxwatchError(
    'BUNDLE_NOT_FOUND',
    'There is no model bundle of the name that was given, and none in a folder of that name; see `voxwatch models`.',
  );
}

async function isBundle(dir: string): Promise<boolean> {
  return stat(join(dir, MANIFEST_FILE)).then(
    (entry) => entry.isFile(),
    () => false,
  );
}

async function openBundle(dir: string): Promise<FoundBundle> {
  const { manifest, manifestSha256 } = await readManifest(bundleFolder(dir));
  const networks = manifest.stages.flatMap((stage) => [stage, ...(stage.variants ?? [])]);
  const files = [MANIFEST_FILE, ...networks.flatMap(({ file, int32 }) => [file, ...(int32 ? [int32.file] : [])])];
  const sizes = await Promise.all(
    files.map((file) =>
      stat(join(dir, file)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return { dir, manifest, manifestSha256, sizeBytes: sizes.reduce((sum, size) => sum + size, 0) };
}

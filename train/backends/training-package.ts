/**
 * npm packages of a training backend → a folder of their own, sharing the project's TensorFlow.js.
 * @module
 */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setupStep } from './setup-step.ts';

/** Packages that must be the project's own copies, or there would be two TensorFlow.js in one process. */
const SHARED_PACKAGES = ['tfjs-core', 'tfjs-layers', 'tfjs-backend-cpu'] as const;

export interface PackageOptions {
  /** With their versions. */
  readonly packages: readonly string[];
  /** Whether their install scripts run: those of tfjs-node download from their vendor. */
  readonly scripts: boolean;
  /** Of the folder: what stays in it. */
  readonly kept?: readonly string[];
}

/**
 * Empties the folder and installs them into it.
 * @returns the folder of TensorFlow.js' packages in it.
 * @throws {VoxwatchError} as `setupStep`.
 */
export async function installPackages(folder: string, { packages, scripts, kept = [] }: PackageOptions): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) {
    if (!kept.includes(name)) await rm(join(folder, name), { recursive: true, force: true });
  }
  await writeFile(join(folder, 'package.json'), `${JSON.stringify({ name: 'voxwatch-training', private: true }, null, 2)}\n`);
  const options = ['--no-audit', '--no-fund', '--save-exact', ...(scripts ? [] : ['--ignore-scripts'])];
  await setupStep('npm', ['install', ...options, ...packages], folder);
  const scope = join(folder, 'node_modules', '@tensorflow');
  // Node's resolution goes up from here and finds the project's own.
  for (const name of SHARED_PACKAGES) await rm(join(scope, name), { recursive: true, force: true });
  return scope;
}

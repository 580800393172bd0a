/**
 * Chooses what TensorFlow.js computes on: the native addon, else WASM; never the plain JavaScript backend unasked.
 * @module
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { asVoxwatchError, VoxwatchError } from '../core/errors.ts';
import { registerTensorflowGradients } from './tensorflow-gradients.ts';
import { registerWasmKernels } from './wasm-kernels.ts';

/** `tensorflow` is the native addon; `auto` takes it where it is, else `wasm`. */
export type BackendChoice = 'auto' | 'tensorflow' | 'wasm' | 'cpu';

export interface BackendFacts {
  readonly name: Exclude<BackendChoice, 'auto'>;
  /** Why something better was not taken, if so. */
  readonly note?: string;
}

/** Folder below the project's root where `npm run setup:training` puts the addon. */
export const TRAINING_FOLDER = '.training';

/** The project's root, from the source tree and from `dist/` alike. */
export function projectRoot(): string {
  const here = fileURLToPath(new URL('.', import.meta.url));
  return fileURLToPath(new URL(here.includes('/dist/train/') ? '../../' : '../', import.meta.url));
}

/**
 * Starts a backend; it is tfjs's global one afterwards.
 * @throws {VoxwatchError} `TRAINING_BACKEND_MISSING` if the one asked for cannot be had.
 */
export async function startBackend(choice: BackendChoice): Promise<BackendFacts> {
  if (choice === 'tensorflow' || choice === 'auto') {
    const refusal = startNative();
    if (refusal === undefined) return { name: 'tensorflow' };
    if (choice === 'tensorflow') {
      throw new VoxwatchError(
        'TRAINING_BACKEND_MISSING',
        `The native training backend is not there (${refusal}); run: npm run setup:training`,
      );
    }
    await startNamed('wasm');
    return { name: 'wasm', note: `native backend: ${refusal}` };
  }
  await startNamed(choice);
  return { name: choice };
}

/** @returns why it could not start, or nothing. */
function startNative(): string | undefined {
  const manifest = `${projectRoot()}${TRAINING_FOLDER}/package.json`;
  if (!existsSync(manifest)) return 'not installed';
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '3';
  restoreNodeUtil();
  try {
    createRequire(manifest)('@tensorflow/tfjs-node');
  } catch (thrown) {
    return asVoxwatchError(thrown).message;
  }
  if (tf.getBackend() !== 'tensorflow') return 'it did not become the backend: two copies of tfjs-core';
  registerTensorflowGradients();
  return undefined;
}

/** tfjs-node 4.22 calls two functions that Node 23 removed. */
function restoreNodeUtil(): void {
  const util = createRequire(import.meta.url)('node:util') as Record<string, unknown>;
  util.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  util.isArray ??= Array.isArray;
}

async function startNamed(name: 'wasm' | 'cpu'): Promise<void> {
  if (name === 'wasm') {
    await import('@tensorflow/tfjs-backend-wasm');
    registerWasmKernels();
  }
  if (name === 'cpu') await import('@tensorflow/tfjs-backend-cpu');
  if (!(await tf.setBackend(name)))
    throw new VoxwatchError('TRAINING_BACKEND_MISSING', `The ${name} backend of TensorFlow.js does not start here.`);
  await tf.ready();
}

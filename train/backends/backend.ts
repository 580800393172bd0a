/**
 * Chooses what TensorFlow.js computes on: the native addon, else WASM; a GPU or the plain JavaScript backend only when asked for.
 * @module
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { VoxwatchError } from '../../core/errors.ts';
import { startNative } from './native-backend.ts';
import { registerWasmKernels } from './wasm-kernels.ts';
import { startWebgpu } from './webgpu-backend.ts';

/** Of TensorFlow.js: `tensorflow` is the native addon on the CPU, `tensorflow-gpu` its twin on an NVIDIA GPU. */
export const BACKENDS = ['tensorflow', 'tensorflow-gpu', 'webgpu', 'wasm', 'cpu'] as const;

export type BackendName = (typeof BACKENDS)[number];

/** `auto` takes the native addon where it is, else `wasm`; a GPU is used when asked for by name. */
export type BackendChoice = 'auto' | BackendName;

export interface BackendFacts {
  readonly name: BackendName;
  /** What it computes on, where it knows. */
  readonly device?: string;
  /** Why something better was not taken, if so. */
  readonly note?: string;
}

/** Folder below the project's root where `voxwatch setup training` puts what npm must not bring. */
export const TRAINING_FOLDER = '.training';

/** Parts of that folder: the native addon lies in itself, the others in folders in it. */
export const TRAINING_PARTS = { tensorflow: '', 'tensorflow-gpu': 'gpu', webgpu: 'webgpu' } as const;

export type TrainingPart = keyof typeof TRAINING_PARTS;

/** What brings a part. */
const SETUP: Readonly<Record<TrainingPart, string>> = {
  tensorflow: 'npm run setup:training',
  'tensorflow-gpu': 'npx voxwatch setup training --gpu',
  webgpu: 'npx voxwatch setup training --webgpu',
};

/** The project's root, from the source tree and from `dist/` alike. */
export function projectRoot(): string {
  const here = fileURLToPath(new URL('.', import.meta.url));
  return fileURLToPath(new URL(here.includes('/dist/train/') ? '../../../' : '../../', import.meta.url));
}

/** Where a part is installed, below the project's root. */
export function trainingFolder(part: TrainingPart): string {
  return join(projectRoot(), TRAINING_FOLDER, TRAINING_PARTS[part]);
}

/**
 * Starts a backend; it is tfjs's global one afterwards. One that was asked for by name is never replaced by another.
 * @throws {VoxwatchError} `TRAINING_BACKEND_MISSING` if the one asked for cannot be had, with the reason.
 */
export async function startBackend(choice: BackendChoice): Promise<BackendFacts> {
  if (choice === 'auto') {
    const start = await startInstalled('tensorflow');
    if (!('refusal' in start)) return { name: 'tensorflow' };
    await startNamed('wasm');
    return { name: 'wasm', note: `native backend: ${start.refusal}` };
  }
  if (choice === 'wasm' || choice === 'cpu') {
    await startNamed(choice);
    return { name: choice };
  }
  const start = await startInstalled(choice);
  if (!('refusal' in start)) return { name: choice, ...start };
  throw new VoxwatchError(
    'TRAINING_BACKEND_MISSING',
    `The training backend ${choice} does not start (${start.refusal}). What brings it: ${SETUP[choice]}`,
    { refusal: start.refusal },
  );
}

/** @returns its device, where it knows, or why it could not start. */
async function startInstalled(part: TrainingPart): Promise<{ readonly device?: string } | { readonly refusal: string }> {
  const manifest = join(trainingFolder(part), 'package.json');
  if (!existsSync(manifest)) return { refusal: 'not installed' };
  if (part === 'webgpu') return startWebgpu(manifest);
  const refusal = startNative(part === 'tensorflow' ? '@tensorflow/tfjs-node' : '@tensorflow/tfjs-node-gpu', manifest);
  return refusal === undefined ? {} : { refusal };
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

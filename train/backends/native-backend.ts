/**
 * Starts TensorFlow.js's native addon, on the CPU (tfjs-node) or on an NVIDIA GPU (tfjs-node-gpu).
 *
 * Both register a backend called `tensorflow`: one process can hold one of them.
 * @module
 */
import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs-core';
import { registerTensorflowGradients } from './tensorflow-gradients.ts';

export type NativeAddon = '@tensorflow/tfjs-node' | '@tensorflow/tfjs-node-gpu';

/**
 * Starts it; it is tfjs's global backend afterwards.
 * @param manifest - `package.json` of the folder that it was installed into.
 * @returns why it could not start, or nothing.
 */
export function startNative(addon: NativeAddon, manifest: string): string | undefined {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '3';
  restoreNodeUtil();
  try {
    load(addon, createRequire(manifest));
  } catch (thrown) {
    return loadFailure(thrown);
  }
  if (tf.getBackend() !== 'tensorflow') return 'it did not become the backend: two copies of tfjs-core';
  // Without a GPU libtensorflow computes on the CPU, and says so nowhere.
  if (addon === '@tensorflow/tfjs-node-gpu' && !hasGpu()) {
    return 'libtensorflow sees no GPU: NVIDIA’s driver or one of CUDA’s libraries is missing';
  }
  registerTensorflowGradients();
  return undefined;
}

function load(addon: NativeAddon, require: NodeJS.Require): void {
  if (addon === '@tensorflow/tfjs-node') require('@tensorflow/tfjs-node');
  else require('@tensorflow/tfjs-node-gpu');
}

/** Names a library or module of the installation, never data: which one is missing is what helps. */
export function loadFailure(thrown: unknown): string {
  const [first = ''] = (thrown instanceof Error ? thrown.message : String(thrown)).trim().split('\n');
  return first.replace(/[.:]$/, '');
}

function hasGpu(): boolean {
  return (tf.backend() as unknown as { readonly isUsingGpuDevice: boolean }).isUsingGpuDevice;
}

/** tfjs-node 4.22 calls two functions that Node 23 removed. */
function restoreNodeUtil(): void {
  const util = createRequire(import.meta.url)('node:util') as Record<string, unknown>;
  util.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  util.isArray ??= Array.isArray;
}

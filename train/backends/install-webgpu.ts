/**
 * Brings TensorFlow.js's WebGPU backend and Dawn, which it runs on in Node, to this machine. Both come from npm alone.
 * @module
 */
import { trainingFolder } from './backend.ts';
import { installPackages } from './training-package.ts';

const PACKAGES = ['@tensorflow/tfjs-backend-webgpu@4.22.0', 'webgpu@0.6.2'] as const;

/** @throws {VoxwatchError} `TRAINING_BACKEND_MISSING` where npm fails. */
export async function installWebgpuBackend(onStep: (sentence: string) => void): Promise<void> {
  onStep(`Installing ${PACKAGES.join(' and ')} (200 MB) …`);
  await installPackages(trainingFolder('webgpu'), { packages: PACKAGES, scripts: false });
}

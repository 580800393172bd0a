/**
 * Starts TensorFlow.js's WebGPU backend in Node, on Dawn: a GPU by way of Vulkan, Metal or Direct3D 12.
 * @module
 */
import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs-core';
import { VoxwatchError } from '../../core/errors.ts';
import { loadFailure } from './native-backend.ts';

/** What of the package `webgpu` is used here. */
interface Dawn {
  create(options: readonly string[]): Gpu;
  /** `GPUBuffer` and the like, which a browser has as globals. */
  readonly globals: object;
}

interface Gpu {
  requestAdapter(options: { readonly powerPreference: 'high-performance' }): Promise<Adapter | null>;
}

interface Adapter {
  readonly info: { readonly vendor: string; readonly architecture: string; readonly device: string; readonly description: string };
}

export type WebgpuStart = { readonly device: string } | { readonly refusal: string };

/**
 * Starts it; it is tfjs's global backend afterwards.
 * @param manifest - `package.json` of the folder that the packages were installed into.
 */
export async function startWebgpu(manifest: string): Promise<WebgpuStart> {
  const require = createRequire(manifest);
  try {
    const { create, globals } = require('webgpu') as Dawn;
    const gpu = create([]);
    const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
    if (adapter === null) return { refusal: 'there is no GPU with a driver for Vulkan, Metal or Direct3D 12' };
    Object.assign(globalThis, globals);
    offer(gpu);
    // It registers itself where it finds a GPU.
    require('@tensorflow/tfjs-backend-webgpu');
    if (tf.findBackendFactory('webgpu') === null) return { refusal: 'it did not become a backend: two copies of tfjs-core' };
    if (!(await tf.setBackend('webgpu'))) return { refusal: 'the GPU gave no device' };
    await tf.ready();
    failWithDevice();
    return { device: nameOf(adapter) };
  } catch (thrown) {
    return { refusal: loadFailure(thrown) };
  }
}

/** As `navigator.gpu`, where browsers have it. Node has had a `navigator` since 21. */
function offer(gpu: Gpu): void {
  const place = globalThis as { navigator?: object };
  if (place.navigator === undefined) Object.defineProperty(place, 'navigator', { value: {}, configurable: true });
  Object.defineProperty(place.navigator, 'gpu', { value: gpu, configurable: true });
}

/** What of tfjs's backend is used here. */
interface WebgpuBackend {
  readonly device: { addEventListener(event: 'uncapturederror', tell: (event: { readonly error: Error }) => void): void };
  read(data: object): Promise<tf.BackendValues>;
}

/** tfjs only prints what its GPU could not do, and goes on with numbers that mean nothing: here the next read fails. */
function failWithDevice(): void {
  const backend = tf.backend() as unknown as WebgpuBackend;
  const read = backend.read.bind(backend);
  let failure: Error | undefined;
  backend.device.addEventListener('uncapturederror', ({ error }) => {
    failure ??= error;
  });
  backend.read = async (data) => {
    const values = await read(data);
    if (failure === undefined) return values;
    const [first] = failure.message.split('\n');
    throw new VoxwatchError(
      'TRAINING_FAILED',
      `The WebGPU backend could not compute a step: ${first}. What was reached before is kept.`,
    );
  };
}

function nameOf({ info: { vendor, architecture, device, description } }: Adapter): string {
  return [...new Set([vendor, architecture, device, description])].filter((part) => part !== '').join(' ');
}

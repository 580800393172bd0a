/**
 * Are the libraries there that CUDA needs, and does ONNX Runtime see its provider?
 * @module
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DRIVER_LIBRARY, NVIDIA_LIBRARIES, PROVIDER_LIBRARIES } from '../../../runtime/sessions/cuda-libraries.ts';
import { preloadCuda } from '../../../runtime/sessions/preload-cuda.ts';
import { ONNXRUNTIME_VERSION } from '../../setup/cuda-wheels.ts';
import type { OnnxruntimePackage } from '../../setup/onnxruntime-package.ts';
import { ok, type Point, warning } from '../point.ts';

const SET_UP = 'Run voxwatch setup cuda.';

export interface CudaLibraryFacts {
  readonly hasGpu: boolean;
  /** Of onnxruntime-node; absent where it is not installed. */
  readonly onnxruntimeVersion?: string;
  /** NVIDIA's libraries that neither `setup cuda` nor the system brought, or that do not load. */
  readonly missing: readonly string[];
  /** Providers that are not beside ONNX Runtime's library. */
  readonly missingProviders: readonly string[];
}

export async function readCudaLibraries(
  onnxruntime: OnnxruntimePackage | undefined,
  gpu: { readonly hasGpu: boolean },
): Promise<CudaLibraryFacts> {
  const missingProviders = [];
  for (const name of PROVIDER_LIBRARIES) {
    const isThere = onnxruntime && (await stat(join(onnxruntime.nativeFolder, name)).catch(() => undefined));
    if (!isThere) missingProviders.push(name);
  }
  const version = onnxruntime && { onnxruntimeVersion: onnxruntime.version };
  return { ...gpu, ...version, missing: preloadCuda(), missingProviders };
}

export function checkCudaLibraries({ hasGpu, onnxruntimeVersion, missing, missingProviders }: CudaLibraryFacts): Point {
  const title = 'CUDA libraries';
  const brought = missing.filter((name) => name !== DRIVER_LIBRARY);
  const lacks = [...brought, ...missingProviders];
  const total = NVIDIA_LIBRARIES.length + PROVIDER_LIBRARIES.length;
  const found = `${total - lacks.length} of ${total} found`;
  if (!hasGpu) return ok(title, `${found}; without an NVIDIA GPU none is needed`);
  if (onnxruntimeVersion !== ONNXRUNTIME_VERSION) {
    const version = onnxruntimeVersion ?? 'missing';
    return warning(title, `${found}; onnxruntime-node is ${version}`, `Install onnxruntime-node ${ONNXRUNTIME_VERSION}: npm ci.`);
  }
  if (brought.length > 0) return warning(title, `${found}; missing: ${lacks.join(', ')}`, SET_UP);
  if (missingProviders.length > 0) {
    const mend = `${SET_UP} npm ci takes its links away; that they are made again takes a second.`;
    return warning(title, `${found}; missing beside ONNX Runtime: ${missingProviders.join(', ')}`, mend);
  }
  if (missing.includes(DRIVER_LIBRARY)) {
    const mend = `Install NVIDIA's driver; in a container, use --gpus all with NVIDIA's container toolkit.`;
    return warning(title, `${found}; the driver's ${DRIVER_LIBRARY} is missing`, mend);
  }
  return ok(title, found);
}

/**
 * Slices of a study as a bundle's networks see them, and a network's answer to one on any provider.
 * @module
 */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { millimetreParitySlices, paritySlices } from '../../cli/parity-slices.ts';
import type { ManifestStage } from '../../core/model-manifest.ts';
import type { Volume } from '../../core/volume.ts';
import type { StageSlice } from '../../export/stage-slice.ts';
import type { ExecutionProvider } from '../../runtime/sessions/session.ts';

/** A few slices; none of a stage in tiles, which has inputs of its own. */
export function slicesFor(stage: ManifestStage, volume: Volume): readonly StageSlice[] {
  if (stage.space === 'tiles') return [];
  return stage.space === 'pixels' ? paritySlices(volume, stage.region) : millimetreParitySlices(volume, stage.spacingMm);
}

/**
 * A network on one provider, ONNX Runtime's fall-back switched off.
 * @param profilePrefix - Where its profile goes; absent: none is written.
 */
export function openNetwork(onnx: Uint8Array, provider: ExecutionProvider, profilePrefix?: string): Promise<InferenceSession> {
  return InferenceSession.create(onnx, {
    executionProviders: [provider],
    logSeverityLevel: 4,
    ...(profilePrefix === undefined ? {} : { enableProfiling: true, profileFilePrefix: profilePrefix }),
    ...(provider === 'cpu' ? {} : { extra: { session: { disable_cpu_ep_fallback: '1' } } }),
  });
}

/** @returns all outputs by name. WebGPU takes int32, the others int16. */
export async function askNetwork(
  session: InferenceSession,
  { hu, sizePixels: [width, height], gridPixels }: StageSlice,
  provider: ExecutionProvider,
): Promise<InferenceSession.OnnxValueMapType> {
  const shape = [1, 1, height, width];
  const slice = provider === 'webgpu' ? new Tensor('int32', Int32Array.from(hu), shape) : new Tensor('int16', hu, shape);
  const size = gridPixels && new Tensor('int64', BigInt64Array.from([gridPixels[1], gridPixels[0]], BigInt), [2]);
  return session.run({ hu: slice, ...(size && { size }) });
}

/**
 * The golden slice of a bundle: a phantom slice to keep, and the labels that a bundle gives for it on this machine.
 * @module
 */
import { createVolume, type LabelMap, type Volume } from '../core/volume.ts';
import type { GoldenResult } from '../export/bundle.ts';
import { readNifti } from '../formats/nifti/read-nifti.ts';
import { writeNiftiLabels, writeNiftiVolume } from '../formats/nifti/write-nifti.ts';
import { type BundleSource, loadBundle } from '../runtime/bundle.ts';
import { segment } from '../runtime/segment.ts';
import { nodeSessions } from '../runtime/session-node.ts';

/** A gzipped NIfTI of the slice with the most lesion. */
export function goldenNifti(volume: Volume, truth: LabelMap, lesionLabel: number): Uint8Array {
  const [width, height, slices] = volume.geometry.sizeVoxels;
  const pixels = width * height;
  const lesionPixels = Array.from({ length: slices }, (_, k) =>
    truth.labels.subarray(k * pixels, (k + 1) * pixels).reduce((count, label) => count + (label === lesionLabel ? 1 : 0), 0),
  );
  const k = lesionPixels.indexOf(Math.max(...lesionPixels));
  const geometry = { sizeVoxels: [width, height, 1] as const, voxelToWorld: volume.geometry.voxelToWorld };
  return writeNiftiVolume(createVolume(geometry, volume.hu.slice(k * pixels, (k + 1) * pixels)));
}

/**
 * What a bundle gives for its golden slice on the CPU, post-processing included.
 * @param nifti - The golden slice.
 */
export async function segmentGolden(source: BundleSource, nifti: Uint8Array): Promise<GoldenResult> {
  const bundle = await loadBundle(source, { openSessions: nodeSessions({ providers: ['cpu'] }) });
  try {
    const { labelMap } = await segment(bundle, readNifti(nifti).volume);
    return { labels: labelMap.labels, nifti: writeNiftiLabels(labelMap, bundle.manifest.labels) };
  } finally {
    await bundle.release();
  }
}

/**
 * The golden slice of a bundle: a phantom slice, or a slab of some, to keep, and the labels that a bundle gives for it on this machine.
 * @module
 */
import { affineColumn, affineFromColumns, applyAffine, scale } from '../core/affine.ts';
import type { Precision } from '../core/model-variants.ts';
import { createVolume, type LabelMap, type Volume } from '../core/volume.ts';
import type { GoldenResult } from '../export/bundle.ts';
import { readNifti } from '../formats/nifti/read-nifti.ts';
import { writeNiftiLabels, writeNiftiVolume } from '../formats/nifti/write-nifti.ts';
import { resizeHuAntialiased } from '../preprocess/resize-antialiased.ts';
import { type BundleSource, loadBundle } from '../runtime/bundle.ts';
import { segment } from '../runtime/segment.ts';
import { nodeSessions } from '../runtime/sessions/session-node.ts';

/** A gzipped NIfTI of the slice with the most lesion. */
export function goldenNifti(volume: Volume, truth: LabelMap, lesionLabel: number): Uint8Array {
  const [width, height] = volume.geometry.sizeVoxels;
  const pixels = width * height;
  const k = sliceWithMost(truth, lesionLabel);
  const geometry = { sizeVoxels: [width, height, 1] as const, voxelToWorld: volume.geometry.voxelToWorld };
  return writeNiftiVolume(createVolume(geometry, volume.hu.slice(k * pixels, (k + 1) * pixels)));
}

/** A slab: how many slices, about how far apart, and how much coarser than the phantom's its pixels are. */
const SLAB = { slices: 12, stepMm: 5, coarser: 3 } as const;

/**
 * The same for stages in millimetres, which judge in three dimensions, where one slice of an organ is smaller than what
 * counts as one: slabs of coarser slices, not much larger as files. They overlap by half, from the feet to the head; which
 * of them shows the organ of a bundle, the bundle tells.
 */
export function goldenSlabNiftis(volume: Volume): Uint8Array[] {
  const { sizeVoxels, voxelToWorld } = volume.geometry;
  const slices = sizeVoxels[2];
  const step = Math.max(1, Math.round(SLAB.stepMm / Math.hypot(...affineColumn(voxelToWorld, 2))));
  const count = Math.min(SLAB.slices, Math.floor((slices - 1) / step) + 1);
  const last = slices - 1 - (count - 1) * step;
  const apart = Math.ceil(count / 2) * step;
  const starts = Array.from({ length: Math.ceil(last / apart) + 1 }, (_, n) => Math.min(n * apart, last));
  return starts.map((first) => writeNiftiVolume(slabOf(volume, { first, step, count })));
}

interface Slab {
  readonly first: number;
  readonly step: number;
  readonly count: number;
}

function slabOf({ geometry, hu }: Volume, { first, step, count }: Slab): Volume {
  const { sizeVoxels, voxelToWorld } = geometry;
  const [width, height] = sizeVoxels;
  const size = [Math.ceil(width / SLAB.coarser), Math.ceil(height / SLAB.coarser)] as const;
  const coarse = new Int16Array(size[0] * size[1] * count);
  for (let n = 0; n < count; n++) {
    const start = (first + n * step) * width * height;
    const slice = resizeHuAntialiased(hu.subarray(start, start + width * height), [width, height], size);
    coarse.set(
      slice.map((value) => Math.round(value)),
      n * slice.length,
    );
  }
  const [growth, growthDown] = [width / size[0], height / size[1]];
  const [i, j, k] = [affineColumn(voxelToWorld, 0), affineColumn(voxelToWorld, 1), affineColumn(voxelToWorld, 2)];
  // The corner of the slices stays where it is, so the first centre moves by half of what a pixel grew.
  const origin = applyAffine(voxelToWorld, [(growth - 1) / 2, (growthDown - 1) / 2, first]);
  const affine = affineFromColumns(scale(i, growth), scale(j, growthDown), scale(k, step), origin);
  return createVolume({ sizeVoxels: [...size, count], voxelToWorld: affine }, coarse);
}

function sliceWithMost({ labels, geometry: { sizeVoxels } }: LabelMap, label: number): number {
  const pixels = sizeVoxels[0] * sizeVoxels[1];
  const counts = Array.from({ length: sizeVoxels[2] }, (_, k) =>
    labels.subarray(k * pixels, (k + 1) * pixels).reduce((count, value) => count + (value === label ? 1 : 0), 0),
  );
  return counts.indexOf(Math.max(...counts));
}

/**
 * What a bundle gives for its golden slice on the CPU, post-processing included.
 * @param nifti - The golden slice.
 */
export async function segmentGolden(source: BundleSource, nifti: Uint8Array, precision: Precision = 'fp32'): Promise<GoldenResult> {
  const bundle = await loadBundle(source, { openSessions: nodeSessions({ providers: ['cpu'] }), precision });
  try {
    const { labelMap } = await segment(bundle, readNifti(nifti).volume);
    return { labels: labelMap.labels, nifti: writeNiftiLabels(labelMap, bundle.manifest.labels) };
  } finally {
    await bundle.release();
  }
}

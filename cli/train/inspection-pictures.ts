/**
 * A case → the picture of one of its slices with the masks' outlines, as `train --inspect` shows it.
 * @module
 */
import { affineFromColumns } from '../../core/affine.ts';
import type { LabelTable } from '../../core/label-table.ts';
import { createLabelMap, createVolume, type LabelMap, type Volume } from '../../core/volume.ts';
import { encodeJpeg } from '../../daemon/results/jpeg.ts';
import { drawSlice, pictureSource, WINDOW } from '../../daemon/results/slice-picture.ts';
import type { LabelledCase } from '../../train/data/read-case.ts';
import type { LabelledPicture } from '../../train/data/read-picture.ts';

/** The longer side. */
const PIXELS = 400;

/** Of a slice's stored values, what is darker than black and brighter than white. */
const CUT_SHARE = 0.005;

/** Draws slice k, from the feet. @returns JPEG. */
export function drawInspected(read: LabelledCase, k: number, labels: LabelTable): Promise<Uint8Array> {
  const { volume, truth } = read.kind === 'volume' ? read : asVolume(read);
  return encodeJpeg(drawSlice(pictureSource(volume, truth, labels), k, PIXELS));
}

/** Stored values of the first channel → what the window shows from black to white. */
function asVolume({ sizePixels, values, labels }: LabelledPicture): { readonly volume: Volume; readonly truth: LabelMap } {
  const plane = values.subarray(0, labels.length);
  const sorted = Float32Array.from(plane).sort();
  const cut = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] as number;
  const [low, high] = [cut(CUT_SHARE), cut(1 - CUT_SHARE)];
  const black = WINDOW.level - WINDOW.width / 2;
  const hu = Int16Array.from(plane, (value) => black + Math.min(1, Math.max(0, (value - low) / (high - low || 1))) * WINDOW.width);
  const geometry = {
    sizeVoxels: [...sizePixels, 1] as const,
    voxelToWorld: affineFromColumns([1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]),
  };
  return { volume: createVolume(geometry, hu), truth: createLabelMap(geometry, labels) };
}

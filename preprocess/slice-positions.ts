/**
 * A view of a volume → where its axial slices lie along their normal, and how large their pixels are.
 * @module
 */
import { affineColumn, cross, dot, normalize } from '../core/affine.ts';
import type { AxialView } from './reorient.ts';

/**
 * Positions of the slices of a view, mm, rising or falling; unevenly spaced where the scan's slices are these slices and
 * are uneven.
 */
export function slicePositionsMm({ native, axes, sizeVoxels, voxelToWorld }: AxialView): Float64Array {
  const [, , { nativeAxis, isFlipped }] = axes;
  const slices = sizeVoxels[2];
  const known = nativeAxis === 2 ? native.slicePositionsMm : undefined;
  if (known) return Float64Array.from(known, (_, k) => known[isFlipped ? slices - 1 - k : k] as number);
  const normal = normalize(cross(affineColumn(voxelToWorld, 0), affineColumn(voxelToWorld, 1)));
  const stepMm = dot(normal, affineColumn(voxelToWorld, 2));
  return Float64Array.from({ length: slices }, (_, k) => k * stepMm);
}

/** Distance between the pixels of a view's slices along its i and j, mm. */
export function slicePixelMm({ voxelToWorld }: AxialView): readonly [i: number, j: number] {
  return [Math.hypot(...affineColumn(voxelToWorld, 0)), Math.hypot(...affineColumn(voxelToWorld, 1))];
}

/**
 * A grid in one line for people, e.g. `512 × 512 × 56 voxels of 0.977 × 0.977 × 4.250 mm, LPS`.
 * @module
 */
import { affineSpacingMm, axisCodes } from '../core/affine.ts';
import type { GridGeometry } from '../core/volume.ts';

export function describeGrid({ sizeVoxels, voxelToWorld }: GridGeometry): string {
  const spacing = affineSpacingMm(voxelToWorld).map((mm) => mm.toFixed(3));
  return `${sizeVoxels.join(' × ')} voxels of ${spacing.join(' × ')} mm, ${axisCodes(voxelToWorld)}`;
}

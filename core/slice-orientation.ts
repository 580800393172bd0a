/**
 * A grid → how its slices lie in the patient, and by how much they are tilted and spaced: facts for reports and checks.
 * @module
 */
import { affineColumn, cross, dot, normalize, type Vector3 } from './affine.ts';
import type { GridGeometry } from './volume.ts';

export type SliceOrientation = 'axial' | 'coronal' | 'sagittal';

/** The plane that the slices (of constant k) are nearest to. */
export function sliceOrientation({ voxelToWorld }: GridGeometry): SliceOrientation {
  const [x, y, z] = normalOf(voxelToWorld).map(Math.abs) as [number, number, number];
  if (z >= x && z >= y) return 'axial';
  return y >= x ? 'coronal' : 'sagittal';
}

/** Angle between the stack (k axis) and the slice normal, degrees, 0…90: what a gantry tilt leaves in a stack. */
export function tiltDegrees({ voxelToWorld }: GridGeometry): number {
  const cosine = Math.abs(dot(normalize(affineColumn(voxelToWorld, 2)), normalOf(voxelToWorld)));
  return (Math.acos(Math.min(1, cosine)) * 180) / Math.PI;
}

/** Smallest and largest distance between neighbouring slices along their normal, mm. */
export function sliceDistancesMm({ voxelToWorld, slicePositionsMm }: GridGeometry): readonly [smallest: number, largest: number] {
  if (!slicePositionsMm || slicePositionsMm.length < 2) {
    const step = Math.abs(dot(affineColumn(voxelToWorld, 2), normalOf(voxelToWorld)));
    return [step, step];
  }
  const steps = slicePositionsMm.slice(1).map((position, k) => Math.abs(position - (slicePositionsMm[k] as number)));
  return [Math.min(...steps), Math.max(...steps)];
}

function normalOf(voxelToWorld: GridGeometry['voxelToWorld']): Vector3 {
  return normalize(cross(affineColumn(voxelToWorld, 0), affineColumn(voxelToWorld, 1)));
}

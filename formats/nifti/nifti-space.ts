/**
 * The orientation fields of a NIfTI header ↔ voxel-to-world affine (LPS). The fields are kept as they were read, so
 * that a mask can carry them on bit for bit.
 * Source: nifti1.h, "3D IMAGE (VOLUME) ORIENTATION AND LOCATION IN SPACE".
 * @module
 */
import {
  type Affine,
  affineColumn,
  affineDeterminant,
  affineFromColumns,
  affineSpacingMm,
  dot,
  flipLpsRas,
  normalize,
  scale,
  type Vector3,
} from '../../core/affine.ts';
import { MM_PER_UNIT, type NiftiVersion, UNITS_MM } from './header-layout.ts';
import { quaternionFromRotation, rotationFromQuaternion } from './quaternion.ts';

/** Orientation as the header holds it; lengths in the header's units. */
export interface NiftiSpace {
  readonly version: NiftiVersion;
  /** Spatial part of `xyzt_units`: 0 unknown, 1 m, 2 mm, 3 µm. */
  readonly units: number;
  /** `pixdim[0]`: −1 where the qform is left-handed. */
  readonly qfac: number;
  /** `pixdim[1 … 3]`. */
  readonly voxelSize: Vector3;
  readonly qformCode: number;
  readonly sformCode: number;
  /** `quatern_b`, `_c`, `_d`. */
  readonly quaternion: Vector3;
  /** `qoffset_x`, `_y`, `_z`. */
  readonly offset: Vector3;
  /** `srow_x`, `srow_y`, `srow_z`: 12 numbers, voxel → RAS. */
  readonly srow: readonly number[];
}

/** Two axes are at right angles when their cosine is below this. */
export const ORTHOGONAL_TOLERANCE = 1e-4;

/** Code `NIFTI_XFORM_SCANNER_ANAT`: coordinates of the scanner. */
const SCANNER_ANATOMICAL = 1;

/**
 * The affine that a header means: sform if it has one, else qform, else voxel sizes alone with x to the left and the
 * image's middle at the origin (as nibabel reads such files; left and right are then a guess).
 * @param sizeVoxels - Needed for that last case.
 * @returns voxel → LPS, mm.
 */
export function affineOfSpace(space: NiftiSpace, sizeVoxels: readonly [number, number, number]): Affine {
  const mm = MM_PER_UNIT[space.units] ?? 1;
  const inUnits = space.sformCode > 0 ? sform(space) : space.qformCode > 0 ? qform(space) : unoriented(space, sizeVoxels);
  return flipLpsRas(inUnits.map((value, index) => (index < 12 && mm !== 1 ? value * mm : value)));
}

/** Whether sform and qform are both set and lay some voxel at places further apart than a distance, in header units. */
export function formsDiffer(space: NiftiSpace, sizeVoxels: readonly [number, number, number], tolerance: number): boolean {
  if (space.sformCode <= 0 || space.qformCode <= 0) return false;
  const [s, q] = [sform(space), qform(space)];
  return [0, 1, 2].some((row) => {
    const corner = [0, 1, 2].reduce(
      (sum, axis) => sum + Math.abs((s[row * 4 + axis] as number) - (q[row * 4 + axis] as number)) * (sizeVoxels[axis] as number),
      Math.abs((s[row * 4 + 3] as number) - (q[row * 4 + 3] as number)),
    );
    return corner > tolerance;
  });
}

/**
 * Orientation fields for an image that comes from elsewhere: an sform always, a qform only where the voxel axes are
 * orthogonal (it cannot hold a shear).
 * @param voxelToWorld - voxel → LPS, mm.
 */
export function spaceFromAffine(voxelToWorld: Affine): NiftiSpace {
  const ras = flipLpsRas(voxelToWorld);
  const voxelSize = affineSpacingMm(ras);
  const axes = [0, 1, 2].map((axis) => normalize(affineColumn(ras, axis as 0 | 1 | 2))) as [Vector3, Vector3, Vector3];
  const isOrthogonal = [dot(axes[0], axes[1]), dot(axes[0], axes[2]), dot(axes[1], axes[2])].every(
    (cosine) => Math.abs(cosine) < ORTHOGONAL_TOLERANCE,
  );
  const qfac = affineDeterminant(ras) < 0 ? -1 : 1;
  return {
    version: 1,
    units: UNITS_MM,
    qfac: isOrthogonal ? qfac : 1,
    voxelSize,
    qformCode: isOrthogonal ? SCANNER_ANATOMICAL : 0,
    sformCode: SCANNER_ANATOMICAL,
    quaternion: isOrthogonal ? quaternionFromRotation(axes[0], axes[1], scale(axes[2], qfac)) : [0, 0, 0],
    offset: isOrthogonal ? affineColumn(ras, 3) : [0, 0, 0],
    srow: ras.slice(0, 12),
  };
}

function sform({ srow }: NiftiSpace): Affine {
  return [...srow, 0, 0, 0, 1];
}

function qform({ quaternion, voxelSize, qfac, offset }: NiftiSpace): Affine {
  const [a, b, c] = rotationFromQuaternion(quaternion);
  // nifti1.h: qfac is 1 or −1, and 0 means 1.
  const signedK = voxelSize[2] * (qfac < 0 ? -1 : 1);
  return affineFromColumns(scale(a, voxelSize[0]), scale(b, voxelSize[1]), scale(c, signedK), offset);
}

function unoriented({ voxelSize: [x, y, z] }: NiftiSpace, sizeVoxels: readonly [number, number, number]): Affine {
  const middle = sizeVoxels.map((n) => (n - 1) / 2) as [number, number, number];
  return affineFromColumns([-x, 0, 0], [0, y, 0], [0, 0, z], [x * middle[0], -y * middle[1], -z * middle[2]]);
}

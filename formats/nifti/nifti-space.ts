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
  cross,
  dot,
  flipLpsRas,
  normalize,
  scale,
  type Vector3,
} from '../../core/affine.ts';
import { VoxwatchError } from '../../core/errors.ts';
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

/** Code `NIFTI_XFORM_SCANNER_ANAT`: coordinates of the scanner. */
const SCANNER_ANATOMICAL = 1;

/** A quaternion of float32 numbers is this much longer than 1 by rounding at most, squared. */
const QUATERNION_TOLERANCE = 1e-3;

/**
 * The affine that a header means: sform if it has one, else qform, else voxel sizes alone with x to the left and the
 * image's middle at the origin (as nibabel reads such files; left and right are then a guess).
 * @param sizeVoxels - Needed for that last case.
 * @returns voxel → LPS, mm; not finite or singular where the sform is.
 * @throws {VoxwatchError} `GEOMETRY_INVALID` where the affine needs voxel sizes that are not positive, or a quaternion
 *   that is longer than 1.
 */
export function affineOfSpace(space: NiftiSpace, sizeVoxels: readonly [number, number, number]): Affine {
  if (space.sformCode <= 0) checkQform(space);
  const mm = mmPerUnit(space);
  const inUnits = space.sformCode > 0 ? sform(space) : space.qformCode > 0 ? qform(space) : unoriented(space, sizeVoxels);
  return flipLpsRas(inUnits.map((value, index) => (index < 12 && mm !== 1 ? value * mm : value)));
}

/** Whether sform and qform are both set and lay some voxel at places further apart than a distance in mm. */
export function formsDiffer(space: NiftiSpace, sizeVoxels: readonly [number, number, number], toleranceMm: number): boolean {
  if (space.sformCode <= 0 || space.qformCode <= 0) return false;
  const [s, q] = [sform(space), qform(space)];
  return [0, 1, 2].some((row) => {
    const corner = [0, 1, 2].reduce(
      (sum, axis) => sum + Math.abs((s[row * 4 + axis] as number) - (q[row * 4 + axis] as number)) * (sizeVoxels[axis] as number),
      Math.abs((s[row * 4 + 3] as number) - (q[row * 4 + 3] as number)),
    );
    return !(corner * mmPerUnit(space) <= toleranceMm);
  });
}

/** Whether the sform's voxel axes have other lengths than `pixdim` says, by more than a part of them. */
export function spacingDiffers(space: NiftiSpace, tolerance: number): boolean {
  if (space.sformCode <= 0) return false;
  const lengths = affineSpacingMm(sform(space));
  return lengths.some((length, axis) => !(Math.abs(length - (space.voxelSize[axis] as number)) <= tolerance * length));
}

/**
 * Orientation fields for an image that comes from elsewhere: sform and qform, both `NIFTI_XFORM_SCANNER_ANAT`.
 *
 * A sheared stack (gantry tilt) is exact in the sform only: a qform cannot hold a shear. Its qform keeps the slice plane,
 * the first voxel and the distance between slice centres, and lays the slices straight above each other. That is what
 * ITK makes of the DICOM series itself. ITK and all that is built on it (SimpleITK, ITK-SNAP, Slicer) refuse a file
 * with a sheared sform and no qform; with this qform they open it, and lay it over their own reading of the series.
 * nibabel, NiiVue and our own reader take the sform, so they see the true place; our reader reports the difference.
 * @param voxelToWorld - voxel → LPS, mm.
 */
export function spaceFromAffine(voxelToWorld: Affine): NiftiSpace {
  const ras = flipLpsRas(voxelToWorld);
  const qfac = affineDeterminant(ras) < 0 ? -1 : 1;
  return {
    version: 1,
    units: UNITS_MM,
    qfac,
    voxelSize: affineSpacingMm(ras),
    qformCode: SCANNER_ANATOMICAL,
    sformCode: SCANNER_ANATOMICAL,
    quaternion: quaternionFromRotation(...rightHandedAxes(ras)),
    offset: affineColumn(ras, 3),
    srow: ras.slice(0, 12),
  };
}

/** Unit axes at right angles: i as it is, j in the plane of i and j, k along the normal to the right-handed side. */
function rightHandedAxes(ras: Affine): [Vector3, Vector3, Vector3] {
  const i = normalize(affineColumn(ras, 0));
  const normal = normalize(cross(i, affineColumn(ras, 1)));
  return [i, cross(normal, i), normal];
}

function mmPerUnit({ units }: NiftiSpace): number {
  return MM_PER_UNIT[units] ?? 1;
}

function checkQform({ voxelSize, qformCode, quaternion }: NiftiSpace): void {
  if (!voxelSize.every((size) => Number.isFinite(size) && size > 0)) {
    throw new VoxwatchError('GEOMETRY_INVALID', `Voxel sizes must be positive; the header has ${voxelSize.join(' × ')}.`);
  }
  if (qformCode > 0 && !(dot(quaternion, quaternion) <= 1 + QUATERNION_TOLERANCE)) {
    throw new VoxwatchError('GEOMETRY_INVALID', 'The rotation in the header (its quaternion) is longer than 1: it is no rotation.');
  }
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

/**
 * The values everything else passes around: a grid, a volume of Hounsfield units on it, a label map on it.
 * @module
 */
import { type Affine, affineColumn, affineDeterminant, cross, dot, normalize } from './affine.ts';
import { VoxwatchError } from './errors.ts';

/** The largest volume that is read: 4,000 slices of 1,024². A lying header is refused before anything is allocated. */
export const MAX_VOXELS = 1024 * 1024 * 4000;

/** Where voxels lie, without their values. */
export interface GridGeometry {
  /** Number of voxels along i, j, k; each at least 1. i runs fastest in memory. */
  readonly sizeVoxels: readonly [i: number, j: number, k: number];
  /** Voxel index → world mm (LPS), row-major 4×4; a gantry tilt is a shear in it. */
  readonly voxelToWorld: Affine;
  /**
   * Only where slices are unevenly spaced: position of each slice k along the slice normal, mm, ascending or
   * descending. The affine then holds the mean step, and volumes are measured with these.
   */
  readonly slicePositionsMm?: readonly number[];
}

/** A CT volume. */
export interface Volume {
  readonly geometry: GridGeometry;
  /** Hounsfield units, i fastest, then j, then k; length = product of the size. */
  readonly hu: Int16Array;
}

/** A label per voxel; 0 is background. */
export interface LabelMap {
  readonly geometry: GridGeometry;
  /** Label indices, in the voxel order of {@link Volume.hu}. */
  readonly labels: Uint8Array;
}

/** Number of voxels of a grid. */
export function voxelCount({ sizeVoxels: [i, j, k] }: GridGeometry): number {
  return i * j * k;
}

/**
 * Checks a grid and freezes it.
 * @throws {VoxwatchError} `GEOMETRY_INVALID` for a size that is not positive whole numbers or an affine that is not
 *   finite and invertible; `INPUT_TOO_LARGE` above {@link MAX_VOXELS}.
 */
export function createGeometry(geometry: GridGeometry): GridGeometry {
  const { sizeVoxels, voxelToWorld, slicePositionsMm } = geometry;
  if (sizeVoxels.length !== 3 || sizeVoxels.some((n) => !Number.isInteger(n) || n < 1)) {
    throw new VoxwatchError(
      'GEOMETRY_INVALID',
      `An image needs at least one voxel along each axis; its size is ${sizeVoxels.join(' × ')}.`,
    );
  }
  if (voxelCount(geometry) > MAX_VOXELS) {
    throw new VoxwatchError(
      'INPUT_TOO_LARGE',
      `An image of ${sizeVoxels.join(' × ')} voxels is above the limit of ${MAX_VOXELS} voxels.`,
    );
  }
  const determinant = affineDeterminant(voxelToWorld);
  if (voxelToWorld.length !== 16 || voxelToWorld.some((v) => !Number.isFinite(v)) || !Number.isFinite(1 / determinant)) {
    throw new VoxwatchError('GEOMETRY_INVALID', 'The image has no usable position in space: its affine is singular or not finite.');
  }
  if (slicePositionsMm && slicePositionsMm.length !== sizeVoxels[2]) {
    throw new VoxwatchError(
      'GEOMETRY_INVALID',
      `There must be one slice position a slice: ${slicePositionsMm.length} for ${sizeVoxels[2]} slices.`,
    );
  }
  return Object.freeze({ ...geometry });
}

/** Makes a volume; the voxels are kept, not copied. @throws {VoxwatchError} as {@link createGeometry}, or when lengths differ. */
export function createVolume(geometry: GridGeometry, hu: Int16Array): Volume {
  return { geometry: checkedFor(geometry, hu.length), hu };
}

/** Makes a label map; the labels are kept, not copied. @throws {VoxwatchError} as {@link createGeometry}, or when lengths differ. */
export function createLabelMap(geometry: GridGeometry, labels: Uint8Array): LabelMap {
  return { geometry: checkedFor(geometry, labels.length), labels };
}

function checkedFor(geometry: GridGeometry, length: number): GridGeometry {
  const checked = createGeometry(geometry);
  if (length !== voxelCount(checked)) {
    throw new VoxwatchError(
      'GEOMETRY_INVALID',
      `A grid of ${checked.sizeVoxels.join(' × ')} needs ${voxelCount(checked)} voxels; there are ${length}.`,
    );
  }
  return checked;
}

/** Where the planes of the slices lie along their normal. */
export interface SlicePlanes {
  /** Area of a voxel in its slice, mm². */
  readonly areaMm2: number;
  /** The affine's step from slice to slice along their normal, mm: the mean one where they are unevenly spaced. */
  readonly stepMm: number;
  /** From each slice to the next, mm; one fewer than there are slices. */
  readonly gapsMm: readonly number[];
  /** What each slice stands for, mm: half the way to both neighbours; the outer slices take their only gap whole. */
  readonly thicknessesMm: readonly number[];
}

/** The true distances of slices. */
export function slicePlanes({ sizeVoxels, voxelToWorld, slicePositionsMm }: GridGeometry): SlicePlanes {
  const [a, b, c] = [affineColumn(voxelToWorld, 0), affineColumn(voxelToWorld, 1), affineColumn(voxelToWorld, 2)];
  const perpendicular = cross(a, b);
  const stepMm = Math.abs(dot(normalize(perpendicular), c));
  const gapsMm = Array.from({ length: sizeVoxels[2] - 1 }, (_, k) =>
    slicePositionsMm ? Math.abs((slicePositionsMm[k + 1] as number) - (slicePositionsMm[k] as number)) : stepMm,
  );
  const thicknessesMm = Array.from({ length: sizeVoxels[2] }, (_, k) => {
    const below = gapsMm[k - 1] ?? gapsMm[k] ?? stepMm;
    return (below + (gapsMm[k] ?? below)) / 2;
  });
  return { areaMm2: Math.hypot(...perpendicular), stepMm, gapsMm, thicknessesMm };
}

/**
 * The volume that each voxel of a slice stands for, mm³, by true slice distances.
 * @returns one number a slice k.
 */
export function voxelVolumesMm3(geometry: GridGeometry): Float64Array {
  const { areaMm2, thicknessesMm } = slicePlanes(geometry);
  return Float64Array.from(thicknessesMm, (mm) => areaMm2 * mm);
}

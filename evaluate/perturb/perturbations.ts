/**
 * The stated changes of the robustness check: a volume → the volume as it might also have come, and the way back for the
 * mask that was made on it. Each is small enough that a reader would draw the same mask.
 * @module
 */
import { type Affine, applyAffine, invertAffine, multiplyAffines, type Vector3 } from '../../core/affine.ts';
import { createVolume, type LabelMap, type Volume } from '../../core/volume.ts';
import { resampleLabels, resampleVolume } from '../resample.ts';
import { cropGrid, cropLabels, cropVolume, flipAxes, pasteLabels } from './regrid.ts';

/** Added noise: its standard deviation, HU; about what halving the dose of a routine abdomen adds. */
export const NOISE_HU = 15;

/** Shift of all values, HU: the tolerance that quality control allows between scanners is smaller. */
export const SHIFT_HU = 15;

/** Voxels become longer by this factor along all axes. */
export const SPACING_FACTOR = 1.25;

/** Rotation about the patient's long axis, degrees. */
export const ROTATION_DEGREES = 5;

/** Share of the rows and columns cut off at each of the four sides. */
export const CROP_SHARE = 0.1;

/** Draws of the standard normal distribution. */
export type DrawNormal = () => number;

/** A changed volume, and how a mask on it comes back to the grid of the original. */
export interface PerturbedVolume {
  readonly volume: Volume;
  /** A mask on the original's grid → on the changed one; with {@link restore}, what the way there and back costs. */
  readonly carry: (mask: LabelMap) => LabelMap;
  /** A mask on the changed grid → on the original's. */
  readonly restore: (mask: LabelMap) => LabelMap;
}

export interface Perturbation {
  readonly id: string;
  /** What is changed, for the report. */
  readonly statement: string;
  /** The mask must come back bit for bit: anything else is a defect, not a weakness. */
  readonly mustBeIdentical: boolean;
  apply(volume: Volume, drawNormal: DrawNormal): PerturbedVolume;
}

export const PERTURBATIONS: readonly Perturbation[] = [
  {
    id: 'noise',
    statement: `Gaussian noise of ${NOISE_HU} HU added to each voxel`,
    mustBeIdentical: false,
    apply: (volume, drawNormal) => mapHu(volume, (hu) => hu + NOISE_HU * drawNormal()),
  },
  shift('hu-up', SHIFT_HU),
  shift('hu-down', -SHIFT_HU),
  {
    id: 'spacing',
    statement: `voxels ${SPACING_FACTOR} × as long along every axis (linear), the mask back by nearest neighbour`,
    mustBeIdentical: false,
    apply: (volume) => through(volume, coarserGrid(volume)),
  },
  {
    id: 'rotation',
    statement: `rotated by ${ROTATION_DEGREES}° about the long axis of the patient (linear), the mask back by nearest neighbour`,
    mustBeIdentical: false,
    apply: (volume) => through(volume, { geometry: volume.geometry, toSource: rotation(volume) }),
  },
  {
    id: 'flip',
    statement: 'the same anatomy stored with all three voxel axes reversed',
    mustBeIdentical: true,
    apply: ({ geometry, hu }) => {
      const flipped = createVolume(flipAxes(geometry), hu.slice().reverse());
      const flipTo =
        (target: Volume['geometry']) =>
        ({ labels }: LabelMap): LabelMap => ({ geometry: target, labels: labels.slice().reverse() });
      return { volume: flipped, carry: flipTo(flipped.geometry), restore: flipTo(geometry) };
    },
  },
  {
    id: 'crop',
    statement: `${CROP_SHARE * 100} % of rows and columns cut off at each side; what is outside counts as background`,
    mustBeIdentical: false,
    apply: (volume) => {
      const box = cropGrid(volume.geometry, CROP_SHARE);
      return {
        volume: cropVolume(volume, box),
        carry: (mask) => cropLabels(mask, box),
        restore: (mask) => pasteLabels(mask, volume.geometry, box),
      };
    },
  },
];

function shift(id: string, shiftHu: number): Perturbation {
  const statement = `${Math.abs(shiftHu)} HU ${shiftHu > 0 ? 'added to' : 'taken from'} each voxel`;
  return { id, statement, mustBeIdentical: false, apply: (volume) => mapHu(volume, (hu) => hu + shiftHu) };
}

/** Values are rounded and clamped to int16. */
function mapHu({ geometry, hu }: Volume, change: (hu: number) => number): PerturbedVolume {
  const changed = new Int16Array(hu.length);
  for (let p = 0; p < hu.length; p++) changed[p] = Math.min(32767, Math.max(-32768, Math.round(change(hu[p] as number))));
  const same = (mask: LabelMap): LabelMap => mask;
  return { volume: createVolume(geometry, changed), carry: same, restore: same };
}

interface Regrid {
  readonly geometry: Volume['geometry'];
  /** Index in the new grid → index in the original. */
  readonly toSource: Affine;
}

function through(volume: Volume, { geometry, toSource }: Regrid): PerturbedVolume {
  return {
    volume: resampleVolume(volume, geometry, toSource),
    carry: (mask) => resampleLabels(mask, geometry, toSource),
    restore: (mask) => resampleLabels(mask, volume.geometry, invertAffine(toSource)),
  };
}

/** The same field of view in fewer voxels; axes of one voxel stay. */
function coarserGrid({ geometry: { sizeVoxels, voxelToWorld } }: Volume): Regrid {
  const size = sizeVoxels.map((n) => Math.max(1, Math.round(n / SPACING_FACTOR))) as [number, number, number];
  const [fi, fj, fk] = size.map((n, axis) => (sizeVoxels[axis] as number) / n) as [number, number, number];
  // Edges of the fields of view coincide, not centres of voxels.
  const toSource: Affine = [...[fi, 0, 0, (fi - 1) / 2], ...[0, fj, 0, (fj - 1) / 2], ...[0, 0, fk, (fk - 1) / 2], ...[0, 0, 0, 1]];
  return { geometry: { sizeVoxels: size, voxelToWorld: multiplyAffines(voxelToWorld, toSource) }, toSource };
}

/** Index → index, rotating the world about its z axis through the middle of the volume. */
function rotation({ geometry: { sizeVoxels, voxelToWorld } }: Volume): Affine {
  const middle = applyAffine(voxelToWorld, sizeVoxels.map((n) => (n - 1) / 2) as unknown as Vector3);
  const angle = (ROTATION_DEGREES * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [x, y] = middle;
  const inWorld: Affine = [
    ...[cos, -sin, 0, x - cos * x + sin * y],
    ...[sin, cos, 0, y - sin * x - cos * y],
    ...[0, 0, 1, 0],
    ...[0, 0, 0, 1],
  ];
  return multiplyAffines(invertAffine(voxelToWorld), multiplyAffines(inWorld, voxelToWorld));
}

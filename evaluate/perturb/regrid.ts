/**
 * Grids cut to a part of themselves or stored backwards, without interpolation.
 * @module
 */
import { affineColumn, affineFromColumns, applyAffine, dominantWorldAxes, scale, type Vector3 } from '../../core/affine.ts';
import { createLabelMap, createVolume, type GridGeometry, type LabelMap, type Volume, voxelCount } from '../../core/volume.ts';

/** A half-open box of voxels. */
export interface VoxelBox {
  readonly start: Vector3;
  readonly size: Vector3;
}

/** The same places, all three axes reversed. */
export function flipAxes({ sizeVoxels, voxelToWorld, slicePositionsMm }: GridGeometry): GridGeometry {
  const last = sizeVoxels.map((n) => n - 1) as unknown as Vector3;
  const column = (axis: 0 | 1 | 2): Vector3 => scale(affineColumn(voxelToWorld, axis), -1);
  return {
    sizeVoxels,
    voxelToWorld: affineFromColumns(column(0), column(1), column(2), applyAffine(voxelToWorld, last)),
    ...(slicePositionsMm ? { slicePositionsMm: [...slicePositionsMm].reverse() } : {}),
  };
}

/** The box that is left when a share is cut off both ends of the two axes that are not the patient's long one. */
export function cropGrid({ sizeVoxels, voxelToWorld }: GridGeometry, share: number): VoxelBox {
  const LONG_AXIS = 2;
  const cut = dominantWorldAxes(voxelToWorld).map(({ axis }, n) =>
    axis === LONG_AXIS ? 0 : Math.floor((sizeVoxels[n] as number) * share),
  );
  return {
    start: cut as unknown as Vector3,
    size: sizeVoxels.map((n, axis) => n - 2 * (cut[axis] as number)) as unknown as Vector3,
  };
}

/** The part of a volume in a box. */
export function cropVolume({ geometry, hu }: Volume, box: VoxelBox): Volume {
  const cropped = croppedGrid(geometry, box);
  const out = new Int16Array(voxelCount(cropped));
  forEachRow(geometry, box, (inWhole, inBox, length) => out.set(hu.subarray(inWhole, inWhole + length), inBox));
  return createVolume(cropped, out);
}

/** The part of a label map in a box. */
export function cropLabels({ geometry, labels }: LabelMap, box: VoxelBox): LabelMap {
  const cropped = croppedGrid(geometry, box);
  const out = new Uint8Array(voxelCount(cropped));
  forEachRow(geometry, box, (inWhole, inBox, length) => out.set(labels.subarray(inWhole, inWhole + length), inBox));
  return createLabelMap(cropped, out);
}

function croppedGrid({ voxelToWorld, slicePositionsMm }: GridGeometry, box: VoxelBox): GridGeometry {
  const column = (axis: 0 | 1 | 2): Vector3 => affineColumn(voxelToWorld, axis);
  return {
    sizeVoxels: box.size,
    voxelToWorld: affineFromColumns(column(0), column(1), column(2), applyAffine(voxelToWorld, box.start)),
    ...(slicePositionsMm ? { slicePositionsMm: slicePositionsMm.slice(box.start[2], box.start[2] + box.size[2]) } : {}),
  };
}

/** Puts the labels of a box back into a whole grid; the rest is background. */
export function pasteLabels({ labels }: LabelMap, whole: GridGeometry, box: VoxelBox): LabelMap {
  const out = new Uint8Array(voxelCount(whole));
  forEachRow(whole, box, (inWhole, inBox, length) => out.set(labels.subarray(inBox, inBox + length), inWhole));
  return createLabelMap(whole, out);
}

function forEachRow(
  { sizeVoxels: [width, height] }: GridGeometry,
  { start, size }: VoxelBox,
  visit: (inWhole: number, inBox: number, length: number) => void,
): void {
  for (let k = 0; k < size[2]; k++)
    for (let j = 0; j < size[1]; j++)
      visit(((start[2] + k) * height + start[1] + j) * width + start[0], (k * size[1] + j) * size[0], size[0]);
}

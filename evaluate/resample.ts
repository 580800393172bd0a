/**
 * Voxels of one grid → voxels of another, through an affine between their indices.
 * @module
 */
import { type Affine, affineSpacingMm, invertAffine, multiplyAffines } from '../core/affine.ts';
import { gridShiftMm } from '../core/grid-shift.ts';
import { createLabelMap, createVolume, type GridGeometry, type LabelMap, type Volume, voxelCount } from '../core/volume.ts';
import { GRID_TOLERANCE_MM } from './metrics/check-grids.ts';

/** HU of what lies outside a volume. */
const OUTSIDE_HU = -1024;

/** A sample this close outside an edge, in voxels, is on it: the arithmetic of affines is not exact. */
const EDGE_TOLERANCE = 1e-6;

/** Target voxel index → source voxel index, for grids that lie in the same world. */
export function gridToGrid(target: GridGeometry, source: GridGeometry): Affine {
  return multiplyAffines(invertAffine(source.voxelToWorld), target.voxelToWorld);
}

/** How two grids differ, in words of sizes and distances; nothing where they may be scored as the same. */
export function gridMismatch(truth: GridGeometry, prediction: GridGeometry): string | undefined {
  if (truth.sizeVoxels.join() !== prediction.sizeVoxels.join()) {
    return `size ${prediction.sizeVoxels.join(' × ')} voxels instead of ${truth.sizeVoxels.join(' × ')}`;
  }
  const shiftMm = gridShiftMm(truth, prediction);
  if (shiftMm <= GRID_TOLERANCE_MM) return undefined;
  const shorten = ({ voxelToWorld }: GridGeometry): string =>
    affineSpacingMm(voxelToWorld)
      .map((mm) => Number(mm.toFixed(4)))
      .join(' × ');
  const [found, expected] = [shorten(prediction), shorten(truth)];
  return found === expected
    ? `the same size and spacing, but up to ${shiftMm.toPrecision(2)} mm away`
    : `spacing ${found} mm instead of ${expected} mm`;
}

/** Nearest neighbour; outside is background. */
export function resampleLabels({ geometry, labels }: LabelMap, target: GridGeometry, toSource: Affine): LabelMap {
  const [width, height, depth] = geometry.sizeVoxels;
  const out = new Uint8Array(voxelCount(target));
  forEachSample(target, toSource, (p, x, y, z) => {
    const [i, j, k] = [Math.round(x), Math.round(y), Math.round(z)];
    if (i < 0 || j < 0 || k < 0 || i >= width || j >= height || k >= depth) return;
    out[p] = labels[(k * height + j) * width + i] as number;
  });
  return createLabelMap(target, out);
}

/** Between the eight neighbours, linearly; outside is air. */
export function resampleVolume({ geometry, hu }: Volume, target: GridGeometry, toSource: Affine): Volume {
  const [width, height, depth] = geometry.sizeVoxels;
  const out = new Int16Array(voxelCount(target)).fill(OUTSIDE_HU);
  const clampTo = (value: number, last: number): number => Math.min(Math.max(value, 0), last);
  forEachSample(target, toSource, (p, x, y, z) => {
    if (isOutside(x, width) || isOutside(y, height) || isOutside(z, depth)) return;
    const [cx, cy, cz] = [clampTo(x, width - 1), clampTo(y, height - 1), clampTo(z, depth - 1)];
    const [i, j, k] = [Math.floor(cx), Math.floor(cy), Math.floor(cz)];
    const stepI = i + 1 < width ? 1 : 0;
    const stepJ = j + 1 < height ? width : 0;
    const stepK = k + 1 < depth ? width * height : 0;
    const at = (k * height + j) * width + i;
    const row = (from: number): number => {
      const left = hu[from] as number;
      return left + ((hu[from + stepI] as number) - left) * (cx - i);
    };
    const plane = (from: number): number => {
      const upper = row(from);
      return upper + (row(from + stepJ) - upper) * (cy - j);
    };
    const near = plane(at);
    out[p] = Math.round(near + (plane(at + stepK) - near) * (cz - k));
  });
  return createVolume(target, out);
}

function isOutside(value: number, size: number): boolean {
  return value < -EDGE_TOLERANCE || value > size - 1 + EDGE_TOLERANCE;
}

function forEachSample(
  { sizeVoxels: [width, height, depth] }: GridGeometry,
  toSource: Affine,
  visit: (p: number, x: number, y: number, z: number) => void,
): void {
  const m = toSource as readonly [number, number, number, number, number, number, number, number, number, number, number, number];
  for (let k = 0, p = 0; k < depth; k++)
    for (let j = 0; j < height; j++) {
      const x = m[1] * j + m[2] * k + m[3];
      const y = m[5] * j + m[6] * k + m[7];
      const z = m[9] * j + m[10] * k + m[11];
      for (let i = 0; i < width; i++) visit(p++, m[0] * i + x, m[4] * i + y, m[8] * i + z);
    }
}

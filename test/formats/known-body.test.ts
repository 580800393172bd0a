import { describe, expect, it } from 'vitest';
import { affineFromColumns, applyAffine, norm, subtract, type Vector3 } from '../../core/affine.ts';
import { createVolume, type GridGeometry, type Volume, voxelCount, voxelVolumesMm3 } from '../../core/volume.ts';
import { worldPositionMm } from '../../core/world-position.ts';
import { readNifti } from '../../formats/nifti/read-nifti.ts';
import { writeNiftiVolume } from '../../formats/nifti/write-nifti.ts';
import { readBack } from './read-back.ts';

/** The body: an ellipsoid of known place and size, of soft tissue in air. */
const CENTRE_MM: Vector3 = [4.3, -7.1, 61.7];
const SEMI_AXES_MM: Vector3 = [33, 27, 38];
const VOLUME_MM3 = (4 / 3) * Math.PI * SEMI_AXES_MM[0] * SEMI_AXES_MM[1] * SEMI_AXES_MM[2];
const [TISSUE_HU, AIR_HU, BORDER_HU] = [40, -1000, -480];

const VOLUME_TOLERANCE = 0.005;
const CENTROID_TOLERANCE_MM = 0.5;

function bodyOn(geometry: GridGeometry): Volume {
  const [ni, nj] = geometry.sizeVoxels;
  const hu = new Int16Array(voxelCount(geometry)).map((_, n) => {
    const place = [n % ni, Math.floor(n / ni) % nj, Math.floor(n / (ni * nj))] as const;
    const out = subtract(worldPositionMm(geometry, place), CENTRE_MM).map((mm, axis) => mm / (SEMI_AXES_MM[axis] as number));
    return out.reduce((sum, x) => sum + x * x, 0) <= 1 ? TISSUE_HU : AIR_HU;
  });
  return createVolume(geometry, hu);
}

/** What is brighter than the border: its volume, and its centre by a way from voxel to world. */
function measure({ geometry, hu }: Volume, toWorld: (place: Vector3) => Vector3): { volumeMm3: number; centroidMm: Vector3 } {
  const [ni, nj] = geometry.sizeVoxels;
  const weights = voxelVolumesMm3(geometry);
  const sum: [number, number, number] = [0, 0, 0];
  let volumeMm3 = 0;
  for (const [n, value] of hu.entries()) {
    if (value < BORDER_HU) continue;
    const k = Math.floor(n / (ni * nj));
    const weight = weights[k] as number;
    const world = toWorld([n % ni, Math.floor(n / ni) % nj, k]);
    volumeMm3 += weight;
    for (const axis of [0, 1, 2] as const) sum[axis] += weight * world[axis];
  }
  return { volumeMm3, centroidMm: sum.map((mm) => mm / volumeMm3) as unknown as Vector3 };
}

/** 0.9 × 1 mm pixels; the k column says how the gantry stood. */
function grid(slices: number, columnK: Vector3, slicePositionsMm?: readonly number[]): GridGeometry {
  return {
    sizeVoxels: [100, 100, slices],
    voxelToWorld: affineFromColumns([0.9, 0, 0], [0, 1, 0], columnK, [-42, columnK[1] === 0 ? -58 : -72, 12]),
    ...(slicePositionsMm ? { slicePositionsMm } : {}),
  };
}

/** Steps of 1.5 mm below and 2.2 mm above, as some protocols have them; no multiple, or it would look like holes. */
const TWO_STEPS = Array.from({ length: 52 }, (_, k) => 12 + (k <= 32 ? 1.5 * k : 48 + 2.2 * (k - 32)));
const MEAN_STEP_MM = ((TWO_STEPS.at(-1) as number) - 12) / 51;
const TILT = Math.tan((18.5 * Math.PI) / 180);

describe('a known body', () => {
  it.each<[string, GridGeometry, readonly number[], readonly string[]]>([
    ['an even stack', grid(50, [0, 0, 2]), [], []],
    ['a tilted stack', grid(50, [0, 2 * TILT, 2]), [], ['GANTRY_TILT']],
    ['a stack with a hole of two slices', grid(50, [0, 0, 2]), [31, 32], ['SLICE_GAP']],
    ['a tilted stack with a hole', grid(50, [0, 2 * TILT, 2]), [16, 17], ['SLICE_GAP', 'GANTRY_TILT']],
    ['a stack of two steps', grid(52, [0, 0, MEAN_STEP_MM], TWO_STEPS), [], ['UNEVEN_SLICES']],
    [
      'a tilted stack of two steps',
      grid(52, [0, MEAN_STEP_MM * TILT, MEAN_STEP_MM], TWO_STEPS),
      [],
      ['UNEVEN_SLICES', 'GANTRY_TILT'],
    ],
  ])('keeps its volume within 0.5 %% and its place within 0.5 mm in %s', async (_, geometry, lost, codes) => {
    const { volume, findings } = await readBack(bodyOn(geometry), new Set(lost));
    expect(findings.map(({ code }) => code)).toEqual(codes);
    const { volumeMm3, centroidMm } = measure(volume, (place) => worldPositionMm(volume.geometry, place));
    expect(Math.abs(volumeMm3 / VOLUME_MM3 - 1)).toBeLessThan(VOLUME_TOLERANCE);
    expect(norm(subtract(centroidMm, CENTRE_MM))).toBeLessThan(CENTROID_TOLERANCE_MM);
  });

  it('would be millimetres off by the affine alone, where slices are uneven', async () => {
    const { volume } = await readBack(bodyOn(grid(50, [0, 0, 2])), new Set([31, 32]));
    const { centroidMm } = measure(volume, (place) => applyAffine(volume.geometry.voxelToWorld, place));
    expect(norm(subtract(centroidMm, CENTRE_MM))).toBeGreaterThan(CENTROID_TOLERANCE_MM);
  });

  it('stays where it is through NIfTI, tilted', async () => {
    const { volume } = await readBack(bodyOn(grid(50, [0, 2 * TILT, 2])));
    const { volume: again } = readNifti(writeNiftiVolume(volume));
    const { volumeMm3, centroidMm } = measure(again, (place) => worldPositionMm(again.geometry, place));
    expect(Math.abs(volumeMm3 / VOLUME_MM3 - 1)).toBeLessThan(VOLUME_TOLERANCE);
    expect(norm(subtract(centroidMm, CENTRE_MM))).toBeLessThan(CENTROID_TOLERANCE_MM);
  });
});

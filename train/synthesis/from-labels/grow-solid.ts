/**
 * Grows a solid in a painted anatomy: a lesion, a cyst, a sac. Its edge is soft, and the grain of what it replaces stays.
 * @module
 */
import type { Random } from '../../../core/random.ts';
import { createSmoothField } from '../noise-field.ts';
import { ellipsoid, type Rotation, type Shape, union } from '../shapes.ts';
import type { ScanGrid } from './resample-template.ts';

/** An anatomy that solids grow in; `tissues` and `hu` are changed. */
export interface Scene {
  readonly grid: ScanGrid;
  /** Codes, i fastest. */
  readonly tissues: Uint8Array;
  readonly hu: Float32Array;
  readonly meansHu: Float32Array;
}

export type Place = readonly [x: number, y: number, z: number];

export interface Solid {
  readonly shape: Shape;
  /** How far the surface is roughened, mm. */
  readonly roughnessMm: number;
  /** Width of the transition at its edge, mm. */
  readonly edgeMm: number;
  /** HU at a place inside, by the depth under the surface. */
  readonly hu: (x: number, y: number, z: number, depthMm: number) => number;
  readonly code: number;
  /** Tissues that it may replace, by code. */
  readonly replaces: Uint8Array;
}

/** What differs more than this from its tissue's mean is not grain: a vessel, a calcification. It goes. */
const GRAIN_HU = 30;
const ROUGHNESS_WAVELENGTH = 0.7;

/** Most voxels of a solid of this size lie within a box that is larger by this, mm. */
function marginOf({ roughnessMm, edgeMm }: Solid): number {
  return 3 * roughnessMm + edgeMm;
}

/**
 * @param radiusMm - Size of the solid, for the grain of its surface.
 * @returns voxels that became part of it.
 */
export function growSolid(random: Random, { grid, tissues, hu, meansHu }: Scene, solid: Solid, radiusMm: number): number {
  const { sizeVoxels, originMm, spacingMm } = grid;
  const margin = marginOf(solid);
  const bounds = ([0, 1, 2] as const).map((axis) => {
    const low = Math.ceil((solid.shape.low[axis] - margin - originMm[axis]) / spacingMm[axis]);
    const high = Math.floor((solid.shape.high[axis] + margin - originMm[axis]) / spacingMm[axis]);
    return [Math.max(0, low), Math.min(sizeVoxels[axis] - 1, high)] as const;
  }) as [readonly [number, number], readonly [number, number], readonly [number, number]];
  const roughness = createSmoothField(random.fork('roughness'), Math.max(4, ROUGHNESS_WAVELENGTH * radiusMm));
  const half = solid.edgeMm / 2;
  let grown = 0;
  for (let k = bounds[2][0]; k <= bounds[2][1]; k++) {
    const z = originMm[2] + k * spacingMm[2];
    for (let j = bounds[1][0]; j <= bounds[1][1]; j++) {
      const y = originMm[1] + j * spacingMm[1];
      let p = (k * sizeVoxels[1] + j) * sizeVoxels[0] + bounds[0][0];
      for (let i = bounds[0][0]; i <= bounds[0][1]; i++, p++) {
        const code = tissues[p] as number;
        if (!solid.replaces[code]) continue;
        const x = originMm[0] + i * spacingMm[0];
        const rough = solid.shape.distance(x, y, z);
        if (rough > margin) continue;
        const distance = rough + solid.roughnessMm * roughness(x, y, z);
        if (distance >= half) continue;
        const cover = distance <= -half ? 1 : 0.5 - distance / solid.edgeMm;
        const value = hu[p] as number;
        const grain = value - (meansHu[code] as number);
        const own = solid.hu(x, y, z, -distance) + Math.max(-GRAIN_HU, Math.min(GRAIN_HU, grain));
        hu[p] = value + (own - value) * cover;
        if (cover <= 0.5) continue;
        tissues[p] = solid.code;
        grown++;
      }
    }
  }
  return grown;
}

/** An ellipsoid of about this radius, turned at random; now and then with a second one that runs into it. */
export function roundShape(
  random: Random,
  centre: Place,
  radiusMm: number,
  { axisJitter, secondProbability }: { readonly axisJitter: number; readonly secondProbability: number },
): Shape {
  const lobe = (at: Place, radius: number): Shape => {
    const radii = [0, 1, 2].map(() => radius * Math.exp(random.normal(0, axisJitter))) as [number, number, number];
    return ellipsoid(at, radii, turned(random));
  };
  const first = lobe(centre, radiusMm);
  if (!random.chance(secondProbability)) return first;
  const at = centre.map((value) => value + random.normal(0, 0.5 * radiusMm)) as [number, number, number];
  return union([first, lobe(at, radiusMm * random.uniform(0.5, 0.85))], 0.3 * radiusMm);
}

export function turned(random: Random): Rotation {
  return { x: random.uniform(0, Math.PI), y: random.uniform(0, Math.PI), z: random.uniform(0, Math.PI) };
}

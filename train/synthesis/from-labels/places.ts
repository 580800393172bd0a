/**
 * Where in an organ something may grow: a voxel inside it, or one of its surface.
 * @module
 */
import type { Random } from '../../../core/random.ts';
import type { Place, Scene } from './grow-solid.ts';

export interface OrganVoxels {
  /** Array indices, ascending. */
  readonly indices: Uint32Array;
  /** Membership of the organ's tissues, by code. */
  readonly member: Uint8Array;
}

export function voxelsOf({ tissues }: Scene, member: Uint8Array): OrganVoxels {
  let count = 0;
  for (let p = 0; p < tissues.length; p++) count += member[tissues[p] as number] as number;
  const indices = new Uint32Array(count);
  for (let p = 0, n = 0; p < tissues.length; p++) if (member[tissues[p] as number]) indices[n++] = p;
  return { indices, member };
}

/** @returns nothing where the organ is not in the scene. */
export function placeInside(random: Random, scene: Scene, { indices }: OrganVoxels): Place | undefined {
  if (indices.length === 0) return undefined;
  return placeOf(scene, indices[random.integer(0, indices.length - 1)] as number);
}

/** How often a surface voxel is looked for among random ones. */
const TRIES = 400;

/**
 * @param beside - What must lie on the other side of the surface, by code.
 * @returns nothing where no such voxel was met.
 */
export function placeOnSurface(random: Random, scene: Scene, { indices }: OrganVoxels, beside: Uint8Array): Place | undefined {
  const [ni, nj] = scene.grid.sizeVoxels;
  const steps = [1, -1, ni, -ni, ni * nj, -ni * nj];
  for (let n = 0; n < TRIES && indices.length > 0; n++) {
    const p = indices[random.integer(0, indices.length - 1)] as number;
    if (steps.some((step) => beside[scene.tissues[p + step] ?? 0] === 1)) return placeOf(scene, p);
  }
  return undefined;
}

function placeOf({ grid: { sizeVoxels, originMm, spacingMm } }: Scene, p: number): Place {
  const i = p % sizeVoxels[0];
  const j = Math.floor(p / sizeVoxels[0]) % sizeVoxels[1];
  const k = Math.floor(p / (sizeVoxels[0] * sizeVoxels[1]));
  return [originMm[0] + i * spacingMm[0], originMm[1] + j * spacingMm[1], originMm[2] + k * spacingMm[2]];
}

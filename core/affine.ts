/**
 * 4×4 affine matrices between voxel indices and world millimetres.
 *
 * One convention inside voxwatch: world is DICOM LPS (+x patient's Left, +y Posterior, +z Superior), matrices are
 * row-major, points are columns (`world = A · [i, j, k, 1]`), and a voxel index is the voxel's centre.
 * @module
 */
import { VoxwatchError } from './errors.ts';

/** 16 numbers, row-major; the last row is 0 0 0 1. */
export type Affine = readonly number[];

/** A point or a direction, `[x, y, z]`. */
export type Vector3 = readonly [x: number, y: number, z: number];

/**
 * Builds an affine from its columns.
 * @param columnI - World step of one voxel along i, mm.
 * @param columnJ - World step of one voxel along j, mm.
 * @param columnK - World step of one voxel along k, mm.
 * @param originMm - World position of voxel [0, 0, 0]'s centre.
 */
export function affineFromColumns(columnI: Vector3, columnJ: Vector3, columnK: Vector3, originMm: Vector3): Affine {
  return [
    ...[columnI[0], columnJ[0], columnK[0], originMm[0]],
    ...[columnI[1], columnJ[1], columnK[1], originMm[1]],
    ...[columnI[2], columnJ[2], columnK[2], originMm[2]],
    ...[0, 0, 0, 1],
  ];
}

/** The world step of one voxel along an axis (0 = i, 1 = j, 2 = k), mm. */
export function affineColumn(affine: Affine, axis: 0 | 1 | 2 | 3): Vector3 {
  return [affine[axis] as number, affine[4 + axis] as number, affine[8 + axis] as number];
}

/** Applies an affine to a point. */
export function applyAffine(affine: Affine, [i, j, k]: Vector3): Vector3 {
  const row = (r: number): number =>
    (affine[r] as number) * i + (affine[r + 1] as number) * j + (affine[r + 2] as number) * k + (affine[r + 3] as number);
  return [row(0), row(4), row(8)];
}

/** `a · b`: first b, then a. */
export function multiplyAffines(a: Affine, b: Affine): Affine {
  const out = new Array<number>(16).fill(0);
  for (let r = 0; r < 4; r++)
    for (let c = 0; c < 4; c++)
      for (let m = 0; m < 4; m++) out[r * 4 + c] = (out[r * 4 + c] as number) + (a[r * 4 + m] as number) * (b[m * 4 + c] as number);
  return out;
}

/** Determinant of the 3×3 part: the signed volume of a voxel, mm³. */
export function affineDeterminant(affine: Affine): number {
  return dot(affineColumn(affine, 0), cross(affineColumn(affine, 1), affineColumn(affine, 2)));
}

/**
 * Inverse of an affine.
 * @throws {VoxwatchError} `GEOMETRY_INVALID` if it is singular.
 */
export function invertAffine(affine: Affine): Affine {
  const [a, b, c] = [affineColumn(affine, 0), affineColumn(affine, 1), affineColumn(affine, 2)];
  const determinant = affineDeterminant(affine);
  if (!Number.isFinite(determinant) || determinant === 0) {
    throw new VoxwatchError(
      'GEOMETRY_INVALID',
      'The voxel axes of this image do not span a volume: its affine cannot be inverted.',
    );
  }
  const rows = [cross(b, c), cross(c, a), cross(a, b)].map((v) => scale(v, 1 / determinant));
  const t = affineColumn(affine, 3);
  return [...rows.flatMap((row) => [...row, -dot(row, t)]), 0, 0, 0, 1];
}

/** Length of each voxel axis, mm. */
export function affineSpacingMm(affine: Affine): Vector3 {
  return [norm(affineColumn(affine, 0)), norm(affineColumn(affine, 1)), norm(affineColumn(affine, 2))];
}

/**
 * LPS ↔ RAS: negates x and y of the world. Its own inverse. The only place where the two conventions meet.
 * @param affine - voxel → LPS mm (or voxel → RAS mm).
 */
export function flipLpsRas(affine: Affine): Affine {
  return affine.map((value, index) => (index < 8 && value !== 0 ? -value : value));
}

/** Letters of the world direction that each voxel axis points to most, e.g. `LPS` for a standard axial CT. */
export function axisCodes(affine: Affine): string {
  const letters = [
    ['R', 'L'],
    ['A', 'P'],
    ['I', 'S'],
  ] as const;
  return dominantWorldAxes(affine)
    .map(({ axis, sign }) => letters[axis][sign > 0 ? 1 : 0])
    .join('');
}

/** For each voxel axis i, j, k: the world axis (0 = x …) it follows and its sign; each world axis is used once. */
export function dominantWorldAxes(affine: Affine): readonly { axis: 0 | 1 | 2; sign: 1 | -1 }[] {
  const directions = ([0, 1, 2] as const).map((axis) => normalize(affineColumn(affine, axis)));
  const orders = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ] as const;
  // All six assignments are tried: a greedy choice can give two voxel axes the same letter on oblique scans.
  let best: (typeof orders)[number] = orders[0];
  let bestScore = -1;
  for (const order of orders) {
    const score = order.reduce<number>((sum, world, voxel) => sum + Math.abs((directions[voxel] as Vector3)[world]), 0);
    if (score > bestScore + 1e-9) [best, bestScore] = [order, score];
  }
  return best.map((axis, voxel) => ({ axis, sign: (directions[voxel] as Vector3)[axis] < 0 ? -1 : 1 }));
}

export function dot(a: Vector3, b: Vector3): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

export function cross(a: Vector3, b: Vector3): Vector3 {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

export function subtract(a: Vector3, b: Vector3): Vector3 {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

export function scale(a: Vector3, factor: number): Vector3 {
  return [a[0] * factor, a[1] * factor, a[2] * factor];
}

export function norm(a: Vector3): number {
  return Math.hypot(a[0], a[1], a[2]);
}

/** Unit vector; the zero vector stays zero. */
export function normalize(a: Vector3): Vector3 {
  const length = norm(a);
  return length === 0 ? a : scale(a, 1 / length);
}

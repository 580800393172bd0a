/**
 * The base of the skull: where the brain ends below, and the bone under it with its air.
 * @module
 */
import type { Vector3 } from '../../../core/affine.ts';
import type { Random } from '../../../core/random.ts';
import { createSmoothField } from '../noise-field.ts';
import { difference, ellipsoid, intersection, type Shape } from '../shapes.ts';
import { type HuInside, PAINTED_LABELS, type Structure } from '../structure.ts';
import type { HeadTissues } from './head-tissue.ts';

/** The base goes down from the brow to the neck: its height where y is 0, mm, and how much it falls per mm of y. */
const BASE_MM = -40;
const FALL = 0.22;
const PLATE_MM = 2.5;
export const AIR_HU = -950;
const SIDES = [-1, 1] as const;

/** Cuts off what lies under the base. */
export function aboveBase(shape: Shape): Shape {
  return { ...shape, distance: (x, y, z) => Math.max(shape.distance(x, y, z), depthBelowBase(y, z)) };
}

/** @param skull - What the bone of the vault encloses, with that bone. */
export function buildSkullBase(random: Random, tissues: HeadTissues, skull: Shape): Structure[] {
  const bone = (shape: Shape, hu: number | HuInside = tissues.diploe, textureHu = 120): Structure => ({
    shape,
    hu,
    textureHu,
    roughnessMm: 1,
    label: PAINTED_LABELS.wall,
  });
  const plate: Shape = {
    ...skull,
    distance: (x, y, z) => Math.max(skull.distance(x, y, z), Math.abs(depthBelowBase(y, z)) - PLATE_MM),
  };
  const cells = createSmoothField(random.fork('cells'), 7);
  const airiness = random.uniform(0.1, 0.9);
  const mastoid: HuInside = (x, y, z, depthMm) =>
    depthMm > 1.5 && cells(x, y, z) > airiness ? AIR_HU : depthMm < 3 ? tissues.compactBone : tissues.diploe;
  const at = (x: number, y: number, lift = 0): Vector3 => [x, y, BASE_MM - FALL * y + lift + random.normal(0, 1.5)];
  const sphenoid = random.uniform(0.6, 1.1);
  return [
    bone(plate, tissues.compactBone),
    bone(ellipsoid(at(0, -10, -5), [17, 19, 13])),
    { shape: ellipsoid(at(0, -14, -5), [11 * sphenoid, 12 * sphenoid, 9 * sphenoid]), hu: AIR_HU },
    ...SIDES.flatMap((side) => [
      bone(ellipsoid(at(side * 34, 12, 2), [26, 10, 10], { x: 0, y: 0, z: side * 0.7 }), tissues.compactBone),
      bone(ellipsoid(at(side * 53, 28, -6), [13, 18, 20]), mastoid),
      // The ear's canal.
      { shape: ellipsoid(at(side * 60, 10, -3), [16, 4, 4]), hu: AIR_HU },
    ]),
    // Where the spinal cord leaves the skull.
    { shape: intersection(ellipsoid(at(0, 40), [15, 18, 12]), skull), hu: tissues.fluid, textureHu: 2 },
    { shape: ellipsoid(at(0, 38), [7, 6, 14]), hu: tissues.greyMatter, textureHu: 1 },
  ];
}

/** A hollow bone full of air: an orbit's neighbours, the sinuses. */
export function sinus(centre: Vector3, radii: Vector3, wallHu: number): Structure[] {
  const WALL_MM = 1.6;
  const inner: Vector3 = [radii[0] - WALL_MM, radii[1] - WALL_MM, radii[2] - WALL_MM];
  const hollow = ellipsoid(centre, inner);
  return [
    { shape: difference(ellipsoid(centre, radii), hollow), hu: wallHu, label: PAINTED_LABELS.wall, roughnessMm: 0.5 },
    { shape: hollow, hu: AIR_HU, roughnessMm: 0.5 },
  ];
}

function depthBelowBase(y: number, z: number): number {
  return BASE_MM - FALL * y - z;
}

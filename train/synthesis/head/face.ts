/**
 * Face and neck under the skull, as far as scans of heads show them: jaws, orbits, nose, muscles of chewing and of the neck,
 * vertebrae, great vessels. Sizes as in an adult, in the coordinates of `skull.ts`.
 * @module
 */
import type { Vector3 } from '../../../core/affine.ts';
import type { Random } from '../../../core/random.ts';
import { createSmoothField } from '../noise-field.ts';
import { difference, ellipsoid, polyline, type Shape, tube, union } from '../shapes.ts';
import { type HuInside, PAINTED_LABELS, type Structure } from '../structure.ts';
import type { HeadTissues } from './head-tissue.ts';
import { AIR_HU, sinus } from './skull-base.ts';

/** Under this no scan of a head goes, mm. */
const LOWEST_MM = -170;
const SIDES = [-1, 1] as const;
const SKIN_MM = 2;
/** Behind the spine, and beside and before it: centre and half axes in the slice, x to the side. */
const NECK_MUSCLES_MM = [
  [18, 62, 17, 15],
  [40, 52, 13, 16],
  [20, 42, 10, 10],
  [17, 8, 9, 8],
] as const;

/** HU of what the skull does not have, drawn for each head. */
interface SoftTissues {
  readonly muscle: number;
  readonly gland: number;
  readonly blood: number;
  readonly fat: number;
}

/** In the order in which they are painted; the skull and the brain go over them. */
export function buildFace(random: Random, tissues: HeadTissues): Structure[] {
  const soft: SoftTissues = {
    muscle: random.normal(58, 6),
    gland: random.uniform(-25, 50),
    blood: random.chance(0.5) ? random.uniform(35, 55) : random.uniform(80, 200),
    fat: random.normal(-95, 10),
  };
  const size = random.uniform(0.93, 1.07);
  const jitter = random.fork('jitter');
  const at = (x: number, y: number, z: number): Vector3 => [
    x * size + jitter.normal(0, 1),
    y * size + jitter.normal(0, 1.5),
    z * size + jitter.normal(0, 1.5),
  ];
  const radii = (x: number, y: number, z: number): Vector3 => [x * size, y * size, z * size];
  const muscle = (shape: Shape): Structure => ({
    shape,
    hu: soft.muscle,
    textureHu: 7,
    roughnessMm: 1,
    label: PAINTED_LABELS.wall,
  });
  const bone = (shape: Shape): Structure => ({
    shape,
    hu: (_x, _y, _z, depthMm) => (depthMm < 2 ? tissues.compactBone : 0.6 * tissues.diploe),
    textureHu: 60,
    roughnessMm: 0.6,
    label: PAINTED_LABELS.wall,
  });
  return [
    ...buildFlesh(random.fork('flesh'), tissues, soft, size),
    ...SIDES.flatMap((side) => [
      ...NECK_MUSCLES_MM.map(([x, y, a, b]) => muscle(column(at(side * x, y, 0), radii(a, b, 0)))),
      // From the ear to the breastbone; then those of chewing: temporal, masseter, pterygoid.
      muscle(tube(at(side * 55, 26, -58), at(side * 38, 0, LOWEST_MM), 10 * size)),
      muscle(ellipsoid(at(side * 57, -32, -32), radii(9, 27, 32))),
      muscle(ellipsoid(at(side * 57, -26, -82), radii(9, 18, 32))),
      muscle(ellipsoid(at(side * 36, -22, -76), radii(10, 17, 24))),
      { shape: ellipsoid(at(side * 58, 6, -80), radii(13, 17, 30)), hu: soft.gland, textureHu: 12, roughnessMm: 1.5 },
      { shape: column(at(side * 30, 8, 0), radii(4, 4, 0)), hu: soft.blood },
      { shape: column(at(side * 37, 14, 0), radii(6, 7, 0)), hu: soft.blood },
      bone(polyline([at(side * 52, -62, -55), at(side * 66, -28, -52), at(side * 60, -2, -47)], 3.5 * size)),
      bone(polyline([at(side * 49, -6, -52), at(side * 48, -14, -108)], 5.5 * size)),
      bone(polyline([at(side * 48, -14, -108), at(side * 27, -68, -116), at(0, -82, -116)], 6.5 * size)),
      ...sinus(at(side * 29, -58, -64), radii(17, 19, 18), tissues.compactBone),
      ...buildOrbit(side, at, radii, tissues, soft),
    ]),
    ...buildMiddle(random.fork('middle'), at, radii, tissues, muscle),
    ...buildSpine(at, radii, tissues, bone),
  ];
}

type At = (x: number, y: number, z: number) => Vector3;

/** Skin and fat, and in it flesh with sheets of fat. */
function buildFlesh(random: Random, tissues: HeadTissues, soft: SoftTissues, size: number): Structure[] {
  const SHEET_MM = 5;
  const sheets = createSmoothField(random.fork('sheets'), 12);
  const fatMm = random.uniform(4, 14);
  const fatty = random.uniform(-0.2, 0.6);
  const head = ellipsoid([0, -18 * size, -62 * size], [70 * size, 80 * size, 82 * size]);
  const neck = tube([0, 22 * size, -50 * size], [0, 34 * size, LOWEST_MM], 58 * size, 60 * size);
  const nose = ellipsoid([0, -98 * size, -58 * size], [12, 16, 18]);
  const whole = union([head, neck, nose], 12);
  const skin: HuInside = (_x, _y, _z, depthMm) => (depthMm < SKIN_MM ? tissues.skin : soft.fat);
  const flesh: Shape = {
    ...whole,
    distance: (x, y, z) => Math.max(whole.distance(x, y, z) + fatMm, SHEET_MM * (sheets(x, y, z) - fatty)),
  };
  return [
    { shape: whole, hu: skin, textureHu: 8 },
    { shape: flesh, hu: soft.muscle - 10, textureHu: 8, label: PAINTED_LABELS.wall },
  ];
}

function buildOrbit(side: number, at: At, radii: At, tissues: HeadTissues, soft: SoftTissues): Structure[] {
  const centre = at(side * 32, -66, -30);
  const [x, y, z] = centre;
  const apex: Vector3 = [x - side * 14, y + 24, z];
  const socket = ellipsoid(centre, radii(19, 25, 18));
  const muscles = [-1, 1].map((way) => tube([x + way * 11, y - 8, z], apex, 2.2));
  return [
    {
      shape: difference(ellipsoid(centre, radii(21, 27, 20)), socket),
      hu: tissues.compactBone,
      label: PAINTED_LABELS.wall,
    },
    { shape: socket, hu: soft.fat, textureHu: 6 },
    { shape: union([tube([x, y - 5, z], apex, 2.5), ...muscles]), hu: soft.muscle - 15 },
    { shape: ellipsoid([x, y - 15, z], radii(12, 12, 12)), hu: tissues.fluid },
  ];
}

/** Nose, mouth and throat. */
function buildMiddle(random: Random, at: At, radii: At, tissues: HeadTissues, muscle: (shape: Shape) => Structure): Structure[] {
  const turbinates = createSmoothField(random.fork('turbinates'), 9);
  const filled = random.uniform(0.2, 0.9);
  const nasal: HuInside = (x, y, z) => (turbinates(x, y, z) > filled ? tissues.skin : AIR_HU);
  const palate = random.uniform(0.85, 1);
  return [
    ...sinus(at(0, -66, -32), radii(12, 20, 16), tissues.diploe),
    { shape: ellipsoid(at(0, -62, -60), radii(14, 30, 20)), hu: nasal },
    { shape: ellipsoid(at(0, -62, -56), [1.2, 30, 22]), hu: tissues.diploe, label: PAINTED_LABELS.wall },
    {
      shape: difference(
        ellipsoid(at(0, -58, -92), radii(32, 34, 10)),
        ellipsoid(at(0, -52, -96), radii(26 * palate, 30 * palate, 13)),
      ),
      hu: tissues.compactBone,
      textureHu: 300,
      label: PAINTED_LABELS.wall,
    },
    muscle(ellipsoid(at(0, -44, -104), radii(25, 32, 20))),
    { shape: tube(at(0, -14, -66), at(0, -6, LOWEST_MM), 6, 8), hu: AIR_HU, roughnessMm: 1 },
  ];
}

function buildSpine(at: At, radii: At, tissues: HeadTissues, bone: (shape: Shape) => Structure): Structure[] {
  const canal = column(at(0, 38, 0), radii(10, 9, 0));
  const atlas = ellipsoid(at(0, 28, -76), radii(40, 24, 8));
  const arches = [-96, -114, -132, -150].map((z) => ellipsoid(at(0, 36, z), radii(25, 20, 7)));
  return [
    bone(difference(union([atlas, ...arches]), canal)),
    bone(column(at(0, 20, 0), radii(10, 9, 0))),
    { shape: canal, hu: tissues.fluid, textureHu: 2 },
    { shape: column(at(0, 38, 0), radii(6, 4.5, 0)), hu: tissues.greyMatter },
  ];
}

/** An upright cylinder from the lowest slice to the base of the skull; heights of its arguments do not count. */
function column([x, y]: Vector3, [a, b]: Vector3): Shape {
  const TOP_MM = -56;
  const disc = ellipsoid([x, y, 0], [a, b, 1]);
  return {
    low: [x - a, y - b, LOWEST_MM],
    high: [x + a, y + b, TOP_MM],
    distance: (px, py, pz) => Math.max(disc.distance(px, py, 0), pz - TOP_MM, LOWEST_MM - pz),
  };
}

/**
 * The shells of a head, each in the one before it: scalp, skull, fluid, and the brain's surface.
 *
 * Coordinates in mm: x to the patient's left, y to the back, z to the top, origin in the middle of the brain. They are whole
 * shells: what `skull-base.ts` and `face.ts` have below is another thing.
 * @module
 */
import type { Vector3 } from '../../../core/affine.ts';
import type { Random } from '../../../core/random.ts';
import { difference, ellipsoid, type Shape } from '../shapes.ts';
import { type HuInside, PAINTED_LABELS, type Structure } from '../structure.ts';
import type { HeadTissues } from './head-tissue.ts';

export interface Skull {
  /** Scalp and fluid: under all else. */
  readonly structures: readonly Structure[];
  /** Over all else, so that nothing grows through it. */
  readonly bone: Structure;
  /** The bone with all that it encloses. */
  readonly outside: Shape;
  readonly brain: Shape;
  /** Half axes of the brain, and of the space in the skull, mm. */
  readonly brainMm: Vector3;
  readonly insideMm: Vector3;
}

/** Half width, length and height of an adult's head, mm. */
const HEAD_MM: Vector3 = [77, 96, 92];
const SKIN_MM = 2;
const COMPACT_MM = 1.8;
const CENTRE: Vector3 = [0, 0, 0];

export function buildSkull(random: Random, tissues: HeadTissues): Skull {
  const size = random.uniform(0.93, 1.06);
  const head = HEAD_MM.map((half) => half * size * random.uniform(0.96, 1.04)) as [number, number, number];
  const scalpMm = random.uniform(4, 8);
  const boneMm = random.uniform(5, 9);
  const fluidMm = random.logUniform(1.2, 4.5);
  const shell = (depthMm: number): Vector3 => [head[0] - depthMm, head[1] - depthMm, head[2] - depthMm];
  const [boneAt, insideMm, brainMm] = [shell(scalpMm), shell(scalpMm + boneMm), shell(scalpMm + boneMm + fluidMm)];
  const scalp: HuInside = (_x, _y, _z, depthMm) => (depthMm < SKIN_MM ? tissues.skin : tissues.scalpFat);
  // The depth is that below the nearer of its faces.
  const boneHu: HuInside = (_x, _y, _z, depthMm) => (depthMm < COMPACT_MM ? tissues.compactBone : tissues.diploe);
  const inside = ellipsoid(CENTRE, insideMm);
  const outside = ellipsoid(CENTRE, boneAt);
  return {
    structures: [
      { shape: ellipsoid(CENTRE, head), hu: scalp, textureHu: 6 },
      { shape: inside, hu: tissues.fluid, textureHu: 1 },
    ],
    bone: {
      shape: difference(outside, inside),
      hu: boneHu,
      textureHu: 40,
      label: PAINTED_LABELS.wall,
    },
    outside,
    brain: ellipsoid(CENTRE, brainMm),
    brainMm,
    insideMm,
  };
}

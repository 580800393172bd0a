/**
 * Liver with its vessels, gallbladder, spleen, stomach, pancreas, great vessels.
 * Places are those of an average adult, in mm from the point between the kidneys, scaled with the trunk.
 * @module
 */
import type { Vector3 } from '../../core/affine.ts';
import type { Random } from '../../core/random.ts';
import type { Body } from './body.ts';
import type { LesionFact } from './lesion-fact.ts';
import { buildLiverLesions } from './liver-lesions.ts';
import { ellipsoid, polyline, type Shape, tube, union } from './shapes.ts';
import { spineDepthMm } from './skeleton.ts';
import { type HuInside, PAINTED_LABELS, type Structure } from './structure.ts';
import type { ContrastPhase, TissueValues } from './tissue.ts';

/** @param lesions - How many grow in the liver. */
export function buildAbdominalOrgans(
  random: Random,
  body: Body,
  tissues: TissueValues,
  phase: ContrastPhase,
  lesions: number,
): { readonly structures: Structure[]; readonly lesions: readonly LesionFact[] } {
  const liver = buildLiver(random.fork('liver'), body, tissues);
  const grown = buildLiverLesions(random.fork('liver lesions'), liver.shape, tissues, phase, lesions);
  return {
    structures: [
      ...buildStomach(random.fork('stomach'), body, tissues),
      ...liver.structures,
      ...grown.structures,
      liver.gallbladder,
      ...buildSpleen(random.fork('spleen'), body, tissues),
      ...buildPancreas(random.fork('pancreas'), body, tissues),
    ],
    lesions: grown.lesions,
  };
}

/** Moves a place by a Gaussian and scales it with the trunk. */
function place(random: Random, body: Body, at: Vector3, spreadMm: number): Vector3 {
  const moved = at.map((value) => value * body.scale + random.normal(0, spreadMm));
  return [moved[0] as number, moved[1] as number, moved[2] as number];
}

function sizes(random: Random, body: Body, radii: Vector3): Vector3 {
  const common = body.scale * random.uniform(0.88, 1.12);
  const scaled = radii.map((radius) => radius * common * random.uniform(0.92, 1.08));
  return [scaled[0] as number, scaled[1] as number, scaled[2] as number];
}

interface Liver {
  readonly shape: Shape;
  readonly structures: Structure[];
  /** Apart, so that what grows in the liver does not cover it. */
  readonly gallbladder: Structure;
}

function buildLiver(random: Random, body: Body, tissues: TissueValues): Liver {
  const right = place(random, body, [-76, -20, 64], 7);
  const left = place(random, body, [2, -48, 78], 9);
  const tilt = { x: random.normal(0, 0.12), y: random.normal(-0.15, 0.12), z: random.normal(0.1, 0.1) };
  const shape = union(
    [ellipsoid(right, sizes(random, body, [72, 70, 78]), tilt), ellipsoid(left, sizes(random, body, [72, 34, 40]))],
    25,
  );
  const structures: Structure[] = [
    { shape, hu: tissues.liver, textureHu: 5, roughnessMm: 2, label: PAINTED_LABELS.liver, insideAbdomen: true },
  ];
  const hilum: Vector3 = [right[0] + 42, right[1] + 8, right[2] - 8];
  for (let n = 0; n < 7; n++) {
    const middle: Vector3 = [right[0] + random.normal(5, 18), right[1] + random.normal(0, 18), right[2] + random.normal(5, 18)];
    const end: Vector3 = [middle[0] + random.normal(-18, 14), middle[1] + random.normal(0, 24), middle[2] + random.normal(0, 24)];
    const shape = polyline([hilum, middle, end], random.uniform(1.8, 3.8));
    structures.push({ shape, hu: tissues.vein, label: 'kept', insideAbdomen: true });
  }
  const sac = place(random, body, [-52, -52, 18], 8);
  const bladder = ellipsoid(sac, sizes(random, body, [14, 17, 26]));
  return {
    shape,
    structures,
    gallbladder: { shape: bladder, hu: tissues.bile, textureHu: 2, label: PAINTED_LABELS.gut, insideAbdomen: true },
  };
}

function buildSpleen(random: Random, body: Body, tissues: TissueValues): Structure[] {
  const centre = place(random, body, [96, 28, 72], 7);
  const shape = ellipsoid(centre, sizes(random, body, [26, 44, 46]), {
    x: random.normal(0.2, 0.15),
    y: 0,
    z: random.normal(-0.35, 0.15),
  });
  return [{ shape, hu: tissues.spleen, textureHu: 5, roughnessMm: 1.5, label: PAINTED_LABELS.spleen, insideAbdomen: true }];
}

function buildStomach(random: Random, body: Body, tissues: TissueValues): Structure[] {
  const centre = place(random, body, [46, -38, 74], 10);
  const shape = ellipsoid(centre, sizes(random, body, [42, 38, 44]), {
    x: 0,
    y: random.normal(0.3, 0.2),
    z: random.normal(0.3, 0.2),
  });
  return [
    {
      shape,
      hu: hollowOrgan(random, tissues, centre[1] - random.uniform(-5, 22), 4),
      textureHu: 12,
      roughnessMm: 2,
      label: PAINTED_LABELS.gut,
      insideAbdomen: true,
    },
  ];
}

/** Wall, fluid, and gas above the fluid: the patient lies on the back, so gas is in front (small y). */
export function hollowOrgan(random: Random, tissues: TissueValues, gasLevelYMm: number, wallMm: number): HuInside {
  const fluid = random.uniform(0, 45) + (random.chance(0.1) ? random.uniform(80, 250) : 0);
  return (_x, y, _z, depth) => (depth < wallMm ? tissues.bowelWall : y < gasLevelYMm ? -920 : fluid);
}

function buildPancreas(random: Random, body: Body, tissues: TissueValues): Structure[] {
  const points = (
    [
      [-32, -22, 8],
      [-12, -20, 18],
      [14, -12, 26],
      [44, 0, 38],
      [66, 14, 48],
    ] as const
  ).map((p) => place(random, body, p, 3));
  return [
    {
      shape: polyline(points, random.uniform(8, 12) * body.scale),
      hu: tissues.pancreas,
      textureHu: 14,
      roughnessMm: 2.5,
      label: PAINTED_LABELS.gut,
      insideAbdomen: true,
    },
  ];
}

/** Aorta and inferior vena cava in front of the spine. */
export function buildGreatVessels(
  random: Random,
  body: Body,
  tissues: TissueValues,
  heightRange: readonly [number, number],
): Structure[] {
  const y = spineDepthMm(body) - 31 * body.scale;
  const [low, high] = [heightRange[0] - 40, heightRange[1] + 40];
  const aorta = random.uniform(8, 12);
  const cava = random.uniform(9, 13);
  return [
    {
      shape: tube([8 + random.normal(0, 3), y, low], [11 + random.normal(0, 3), y, high], aorta),
      hu: tissues.artery,
      textureHu: 4,
      label: PAINTED_LABELS.vessel,
    },
    {
      shape: tube([-21 + random.normal(0, 3), y, low], [-24 + random.normal(0, 3), y - 6, high], cava),
      hu: tissues.vein,
      textureHu: 5,
      label: PAINTED_LABELS.vessel,
    },
  ];
}

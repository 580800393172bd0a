/**
 * Lesions of the liver, and what looks like one and is none: a sac at its edge, a cleft of fat.
 * @module
 */
import type { Random } from '../../../core/random.ts';
import { type FieldRule, numberWithin, type Range, rangeWithin, wholeNumberWithin } from '../../augmentation/fields.ts';
import { createSmoothField } from '../noise-field.ts';
import { ellipsoid } from '../shapes.ts';
import type { ContrastPhase } from '../tissue.ts';
import { growSolid, type Place, roundShape, type Scene, type Solid, turned } from './grow-solid.ts';
import { type LesionFact, lesionMl } from './lesion-fact.ts';
import { placeInside, placeOnSurface, voxelsOf } from './places.ts';
import { CODES, membership } from './tissues.ts';

export interface LiverLesionDesign {
  readonly probability: number;
  /** After each lesion, the probability that there is another; at most `most`. */
  readonly anotherProbability: number;
  readonly most: number;
  /** Drawn evenly in its logarithm; where there are many, none is larger than `manyRadiusMm`. */
  readonly radiusMm: Range;
  readonly many: number;
  readonly manyRadiusMm: number;
  readonly axisJitter: number;
  /** Roughness of the surface as a share of the radius. */
  readonly roughness: Range;
  readonly edgeMm: Range;
  /** How much darker than the liver, at most; less where the liver is dark itself. */
  readonly darkerHu: Range;
  readonly brighterProbability: number;
  readonly brighterArterialProbability: number;
  readonly brighterHu: Range;
  readonly textureHu: Range;
  readonly coreProbability: number;
  readonly coreHu: Range;
  readonly rimProbability: number;
  readonly rimHu: Range;
  readonly secondProbability: number;
  readonly calcificationProbability: number;
  readonly calcificationHu: Range;
  /** How often a lesion bulges out of the liver. */
  readonly bulgeProbability: number;
  readonly sacProbability: number;
  readonly cleftProbability: number;
}

export const LIVER_LESIONS: LiverLesionDesign = {
  probability: 0.8,
  anotherProbability: 0.72,
  most: 10,
  radiusMm: [5, 48],
  many: 3,
  manyRadiusMm: 21,
  axisJitter: 0.15,
  roughness: [0, 0.18],
  edgeMm: [1, 4.5],
  darkerHu: [12, 95],
  brighterProbability: 0.07,
  brighterArterialProbability: 0.25,
  brighterHu: [15, 55],
  textureHu: [1, 12],
  coreProbability: 0.35,
  coreHu: [-60, -10],
  rimProbability: 0.3,
  rimHu: [-60, 60],
  secondProbability: 0.3,
  calcificationProbability: 0.18,
  calcificationHu: [80, 500],
  bulgeProbability: 0.12,
  sacProbability: 0.3,
  cleftProbability: 0.25,
};

const share = numberWithin(0, 1);

export const LIVER_LESION_RULES: { readonly [K in keyof LiverLesionDesign]: FieldRule } = {
  probability: share,
  anotherProbability: numberWithin(0, 0.95),
  most: wholeNumberWithin(1, 50),
  radiusMm: rangeWithin(1, 150),
  many: wholeNumberWithin(1, 50),
  manyRadiusMm: numberWithin(1, 150),
  axisJitter: numberWithin(0, 0.5),
  roughness: rangeWithin(0, 0.5),
  edgeMm: rangeWithin(0.1, 20),
  darkerHu: rangeWithin(0, 300),
  brighterProbability: share,
  brighterArterialProbability: share,
  brighterHu: rangeWithin(0, 300),
  textureHu: rangeWithin(0, 100),
  coreProbability: share,
  coreHu: rangeWithin(-200, 200),
  rimProbability: share,
  rimHu: rangeWithin(-200, 200),
  secondProbability: share,
  calcificationProbability: share,
  calcificationHu: rangeWithin(0, 2000),
  bulgeProbability: share,
  sacProbability: share,
  cleftProbability: share,
};

const LIVER = membership(['liver']);
const SOFT_NEIGHBOURS = membership(['fat', 'soft-tissue', 'stomach', 'bowel']);
const BULGING = membership(['liver', 'fat', 'soft-tissue']);
/** A liver this dark still shows lesions that are darker by this much. */
const LEAST_DARKER_HU = 30;
/** HU below which no lesion goes: fluid. */
const FLUID_HU = -5;

export function growLiverLesions(random: Random, scene: Scene, phase: ContrastPhase, design: LiverLesionDesign): LesionFact[] {
  growDistractors(random.fork('distractors'), scene, design);
  if (!random.chance(design.probability)) return [];
  let count = 1;
  while (count < design.most && random.chance(design.anotherProbability)) count++;
  const facts: LesionFact[] = [];
  for (let n = 0; n < count; n++) {
    const own = random.fork(`lesion ${n}`);
    const largest = count > design.many ? Math.min(design.manyRadiusMm, design.radiusMm[1]) : design.radiusMm[1];
    const radiusMm = own.logUniform(Math.min(design.radiusMm[0], largest), largest);
    const bulges = own.chance(design.bulgeProbability);
    const liver = voxelsOf(scene, LIVER);
    const centre = bulges ? placeOnSurface(own, scene, liver, SOFT_NEIGHBOURS) : placeInside(own, scene, liver);
    if (!centre) continue;
    const solid = buildLesion(own, scene, { centre, radiusMm, bulges, phase }, design);
    const voxels = growSolid(own, scene, solid, radiusMm);
    if (voxels > 0) facts.push({ kind: 'liver-lesion', radiusMm, centreMm: centre, volumeMl: lesionMl(scene, voxels) });
  }
  return facts;
}

interface Sketch {
  readonly centre: Place;
  readonly radiusMm: number;
  readonly bulges: boolean;
  readonly phase: ContrastPhase;
}

function buildLesion(random: Random, scene: Scene, { centre, radiusMm, bulges, phase }: Sketch, design: LiverLesionDesign): Solid {
  const liverHu = scene.meansHu[CODES.liver] as number;
  const brighter = random.chance(phase === 'arterial' ? design.brighterArterialProbability : design.brighterProbability);
  const [least, most] = design.darkerHu;
  const change = brighter
    ? random.uniform(...design.brighterHu)
    : -random.uniform(least, Math.max(least, Math.min(most, Math.max(LEAST_DARKER_HU, liverHu))));
  const body = Math.max(FLUID_HU, liverHu + change);
  const texture = createSmoothField(random.fork('texture'), Math.max(4, 0.5 * radiusMm));
  const textureHu = random.uniform(...design.textureHu);
  const core = random.chance(design.coreProbability) ? random.uniform(...design.coreHu) : 0;
  const coreFrom = random.uniform(0.3, 0.6) * radiusMm;
  const rim = random.chance(design.rimProbability) ? random.uniform(...design.rimHu) : 0;
  const rimMm = Math.min(0.4 * radiusMm, random.uniform(2, 6));
  const calcified = random.chance(design.calcificationProbability) ? random.uniform(...design.calcificationHu) : 0;
  // Where the same field that makes the texture is highest.
  const calcifiedAbove = random.uniform(1, 1.8);
  return {
    shape: roundShape(random, centre, radiusMm, design),
    roughnessMm: random.uniform(...design.roughness) * radiusMm,
    edgeMm: random.uniform(...design.edgeMm),
    code: CODES['liver-lesion'],
    replaces: bulges ? BULGING : LIVER,
    hu: (x, y, z, depthMm) => {
      const field = texture(x, y, z);
      let hu = body + textureHu * field;
      if (depthMm < rimMm) hu += rim;
      if (depthMm > coreFrom) hu = Math.max(FLUID_HU, hu + core * Math.min(1, (depthMm - coreFrom) / (0.15 * radiusMm)));
      if (calcified > 0 && depthMm > 1 && field > calcifiedAbove) hu += calcified;
      return hu;
    },
  };
}

function growDistractors(random: Random, scene: Scene, design: LiverLesionDesign): void {
  const liver = voxelsOf(scene, LIVER);
  const sac = random.fork('sac');
  if (sac.chance(design.sacProbability)) {
    const centre = placeOnSurface(sac, scene, liver, SOFT_NEIGHBOURS);
    const radii = [sac.uniform(7, 16), sac.uniform(7, 16), sac.uniform(12, 30)] as const;
    const hu = scene.meansHu[CODES.gallbladder] as number;
    const shape = centre && ellipsoid(centre, radii, turned(sac));
    if (shape)
      growSolid(sac, scene, { shape, roughnessMm: 0.8, edgeMm: 2, code: CODES.gallbladder, replaces: BULGING, hu: () => hu }, 12);
  }
  const cleft = random.fork('cleft');
  if (cleft.chance(design.cleftProbability)) {
    const centre = placeOnSurface(cleft, scene, liver, SOFT_NEIGHBOURS);
    const radii = [cleft.uniform(2, 5), cleft.uniform(12, 30), cleft.uniform(12, 30)] as const;
    const hu = scene.meansHu[CODES.fat] as number;
    const shape = centre && ellipsoid(centre, radii, turned(cleft));
    if (shape) growSolid(cleft, scene, { shape, roughnessMm: 1, edgeMm: 2.5, code: CODES.fat, replaces: LIVER, hu: () => hu }, 8);
  }
}

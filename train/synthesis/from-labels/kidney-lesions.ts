/**
 * Lesions and cysts of the kidneys: most bulge out of them, none takes more than half of one.
 * @module
 */
import type { Random } from '../../../core/random.ts';
import { type FieldRule, numberWithin, type Range, rangeWithin, wholeNumberWithin } from '../../augmentation/fields.ts';
import { createSmoothField } from '../noise-field.ts';
import { growSolid, roundShape, type Scene } from './grow-solid.ts';
import { type LesionFact, lesionMl } from './lesion-fact.ts';
import type { Mode } from './paint.ts';
import { placeInside, placeOnSurface, voxelsOf } from './places.ts';
import { CODES, membership } from './tissues.ts';

export interface KidneyLesionDesign {
  readonly probability: number;
  readonly anotherProbability: number;
  readonly most: number;
  /** Drawn evenly in its logarithm. */
  readonly radiusMm: Range;
  readonly axisJitter: number;
  readonly roughness: Range;
  readonly edgeMm: Range;
  readonly bulgeProbability: number;
  readonly lesionHu: Range;
  readonly cystProbability: number;
  readonly cystHu: Range;
  /** Difference from the cortex without which nobody could see it. */
  readonly leastDifferenceHu: number;
  /**
   * How often one that would be brighter than the cortex grows. Without contrast medium few lesions are, and what is bright in a
   * kidney then is noise, as a rule.
   */
  readonly brighterProbability: number;
  readonly textureHu: Range;
  readonly coreProbability: number;
  readonly coreHu: Range;
  readonly calcificationProbability: number;
  readonly calcificationHu: Range;
  readonly secondProbability: number;
  /** Whether they also grow in the real CT as it is. */
  readonly inRealMode: boolean;
}

export const KIDNEY_LESIONS: KidneyLesionDesign = {
  probability: 0.6,
  anotherProbability: 0.35,
  most: 4,
  radiusMm: [6, 42],
  axisJitter: 0.15,
  roughness: [0, 0.15],
  edgeMm: [1, 4],
  bulgeProbability: 0.7,
  lesionHu: [15, 75],
  cystProbability: 0.25,
  cystHu: [-10, 18],
  leastDifferenceHu: 14,
  brighterProbability: 1,
  textureHu: [1, 14],
  coreProbability: 0.3,
  coreHu: [-40, -10],
  calcificationProbability: 0.1,
  calcificationHu: [80, 400],
  secondProbability: 0.25,
  inRealMode: true,
};

const share = numberWithin(0, 1);

export const KIDNEY_LESION_RULES: { readonly [K in keyof KidneyLesionDesign]: FieldRule } = {
  probability: share,
  anotherProbability: numberWithin(0, 0.95),
  most: wholeNumberWithin(1, 50),
  radiusMm: rangeWithin(1, 150),
  axisJitter: numberWithin(0, 0.5),
  roughness: rangeWithin(0, 0.5),
  edgeMm: rangeWithin(0.1, 20),
  bulgeProbability: share,
  lesionHu: rangeWithin(-200, 300),
  cystProbability: share,
  cystHu: rangeWithin(-200, 300),
  leastDifferenceHu: numberWithin(0, 100),
  brighterProbability: share,
  textureHu: rangeWithin(0, 100),
  coreProbability: share,
  coreHu: rangeWithin(-200, 200),
  calcificationProbability: share,
  calcificationHu: rangeWithin(0, 2000),
  secondProbability: share,
  inRealMode: (value) => (typeof value === 'boolean' ? undefined : 'true or false'),
};

const KIDNEY = membership(['renal-cortex', 'renal-medulla']);
const NEIGHBOURS = membership(['fat', 'soft-tissue']);
const BULGING = membership(['renal-cortex', 'renal-medulla', 'fat', 'soft-tissue', 'bowel']);
/** Of one kidney, what a lesion may take at most. */
const LARGEST_SHARE = 0.5;
const TRIES = 20;

export function growKidneyLesions(random: Random, scene: Scene, mode: Mode, design: KidneyLesionDesign): LesionFact[] {
  if (!random.chance(design.probability) || (mode === 'real' && !design.inRealMode)) return [];
  const facts: LesionFact[] = [];
  let count = 1;
  while (count < design.most && random.chance(design.anotherProbability)) count++;
  const whole = voxelsOf(scene, KIDNEY);
  // Both kidneys are alike, near enough.
  const oneKidneyMm3 = (lesionMl(scene, whole.indices.length) * 1000) / 2;
  const largestMm = Math.cbrt((LARGEST_SHARE * oneKidneyMm3 * 3) / (4 * Math.PI));
  for (let n = 0; n < count; n++) {
    const own = random.fork(`lesion ${n}`);
    const kidney = voxelsOf(scene, KIDNEY);
    const bulges = own.chance(design.bulgeProbability);
    const centreMm = bulges ? placeOnSurface(own, scene, kidney, NEIGHBOURS) : placeInside(own, scene, kidney);
    const largest = Math.min(design.radiusMm[1], bulges ? 1.3 * largestMm : largestMm);
    if (!centreMm || largest < design.radiusMm[0]) continue;
    const radiusMm = own.logUniform(design.radiusMm[0], largest);
    const isCyst = own.chance(design.cystProbability);
    const body = bodyHu(own, scene, isCyst ? design.cystHu : design.lesionHu, design);
    if (body === undefined) continue;
    const kind = isCyst ? 'kidney-cyst' : 'kidney-lesion';
    const texture = createSmoothField(own.fork('texture'), Math.max(4, 0.5 * radiusMm));
    const textureHu = isCyst ? 1 : own.uniform(...design.textureHu);
    const core = !isCyst && own.chance(design.coreProbability) ? own.uniform(...design.coreHu) : 0;
    const calcified = own.chance(design.calcificationProbability) ? own.uniform(...design.calcificationHu) : 0;
    const jitter = { axisJitter: design.axisJitter, secondProbability: isCyst ? 0 : design.secondProbability };
    const voxels = growSolid(
      own,
      scene,
      {
        shape: roundShape(own, centreMm, radiusMm, jitter),
        roughnessMm: isCyst ? 0 : own.uniform(...design.roughness) * radiusMm,
        edgeMm: own.uniform(...design.edgeMm),
        code: CODES[kind],
        replaces: bulges ? BULGING : KIDNEY,
        hu: (x, y, z, depthMm) => {
          const field = texture(x, y, z);
          const inCore = Math.max(0, Math.min(1, (depthMm / radiusMm - 0.4) * 6));
          return body + textureHu * field + core * inCore + (field > 1.5 && depthMm > 1 ? calcified : 0);
        },
      },
      radiusMm,
    );
    if (voxels > 0) facts.push({ kind, radiusMm, centreMm, volumeMl: lesionMl(scene, voxels) });
  }
  return facts;
}

/** @returns nothing where the range holds no value that can be told from the cortex, or only one that is not to grow. */
function bodyHu(
  random: Random,
  { meansHu }: Scene,
  range: Range,
  { leastDifferenceHu, brighterProbability }: KidneyLesionDesign,
): number | undefined {
  const cortex = meansHu[CODES['renal-cortex']] as number;
  const mayBeBrighter = random.fork('brighter').chance(brighterProbability);
  for (let n = 0; n < TRIES; n++) {
    const hu = random.uniform(...range);
    if (hu - cortex >= leastDifferenceHu) return mayBeBrighter ? hu : undefined;
    if (cortex - hu >= leastDifferenceHu) return hu;
  }
  return undefined;
}

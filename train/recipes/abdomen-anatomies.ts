/**
 * How the anatomies are drawn that the recipes of the abdomen are trained on: designs for `voxwatch synthesize --from-labels`,
 * as far as they differ from the default (docs/synthesis.md).
 * @module
 */
import type { TruthDesign } from '../synthesis/from-labels/truth.ts';

/** Labels of `abdomen-cascade.ts`. */
const TRUTH: TruthDesign = {
  lung: 1,
  muscle: 2,
  'soft-tissue': 2,
  bone: 2,
  cartilage: 2,
  artery: 3,
  vein: 3,
  heart: 3,
  myocardium: 3,
  gut: 4,
  gallbladder: 4,
  pancreas: 4,
  spleen: 5,
  kidney: 6,
  liver: 7,
  'kidney-lesion': 8,
  'kidney-cyst': 8,
  'liver-lesion': 9,
};

/** For stage 1: the pixels are those of its grid. */
export const ORGAN_ANATOMIES = { truth: TRUTH, scan: { pixelMm: [3, 3] } } as const;

/** For lesions of the liver, at the pixels of stage 2. */
export const LIVER_ANATOMIES = { truth: TRUTH, scan: { pixelMm: [1.5, 1.5] } } as const;

/**
 * For lesions of the kidneys: mirrored as often as not, since left and right are alike; a sinus that may be anything; and no
 * lesion that differs so little from the cortex that healthy kidneys would look like it.
 */
export const KIDNEY_ANATOMIES = {
  truth: TRUTH,
  scan: { pixelMm: [1.5, 1.5] },
  bend: { mirrorProbability: 0.5 },
  paint: { sinusProbability: 0.45 },
  kidneyLesions: { probability: 0.5, inRealMode: false, leastDifferenceHu: 20 },
} as const;

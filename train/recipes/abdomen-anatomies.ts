/**
 * How the anatomies are drawn that the recipes of the abdomen are trained on: designs for `voxwatch synthesize --from-labels`,
 * as far as they differ from the default (docs/synthesis.md).
 * @module
 */
import { ABDOMEN_TRUTH } from '../synthesis/abdomen-truth.ts';
import type { TruthDesign } from '../synthesis/from-labels/truth.ts';

const TRUTH: TruthDesign = {
  lung: ABDOMEN_TRUTH.lung,
  muscle: ABDOMEN_TRUTH['muscle and bone'],
  'soft-tissue': ABDOMEN_TRUTH['muscle and bone'],
  bone: ABDOMEN_TRUTH['muscle and bone'],
  cartilage: ABDOMEN_TRUTH['muscle and bone'],
  artery: ABDOMEN_TRUTH['heart and vessels'],
  vein: ABDOMEN_TRUTH['heart and vessels'],
  heart: ABDOMEN_TRUTH['heart and vessels'],
  myocardium: ABDOMEN_TRUTH['heart and vessels'],
  gut: ABDOMEN_TRUTH['gut, gallbladder and pancreas'],
  gallbladder: ABDOMEN_TRUTH['gut, gallbladder and pancreas'],
  pancreas: ABDOMEN_TRUTH['gut, gallbladder and pancreas'],
  spleen: ABDOMEN_TRUTH.spleen,
  kidney: ABDOMEN_TRUTH.kidney,
  'kidney-cyst': ABDOMEN_TRUTH.kidney,
  liver: ABDOMEN_TRUTH.liver,
  'kidney-lesion': ABDOMEN_TRUTH['kidney lesion'],
  'liver-lesion': ABDOMEN_TRUTH['liver lesion'],
};

/** For stage 1: the pixels are those of its grid. */
export const ORGAN_ANATOMIES = { truth: TRUTH, workMm: 2, scan: { pixelMm: [3, 3] } } as const;

/** For lesions of the liver, at the pixels of stage 2; label maps and CTs as fine, so that the grain of a real CT is left in it. */
export const LIVER_ANATOMIES = { truth: TRUTH, workMm: 1.5, scan: { pixelMm: [1.5, 1.5] } } as const;

/**
 * For lesions of the kidneys: mirrored as often as not, since left and right are alike; a sinus that may be anything; no lesion
 * that differs so little from the cortex that healthy kidneys would look like it, and few that are brighter than it.
 */
export const KIDNEY_ANATOMIES = {
  truth: TRUTH,
  workMm: 1.5,
  scan: { pixelMm: [1.5, 1.5] },
  bend: { mirrorProbability: 0.5 },
  paint: { sinusProbability: 0.45 },
  kidneyLesions: { probability: 0.5, inRealMode: false, leastDifferenceHu: 20, brighterProbability: 0.2 },
} as const;
